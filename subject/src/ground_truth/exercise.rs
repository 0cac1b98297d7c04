//! Calling an allocator directly, for measuring what the wrapper around it costs.

use std::alloc::{GlobalAlloc, Layout};
use std::hint::black_box;

/// Sizes of the blocks, in bytes: those that the phases ask for most.
const SIZES: [usize; 8] = [24, 32, 48, 64, 16, 96, 256, 8];

/// Allocates and frees `pairs` blocks, eight of them alive at a time.
///
/// # Panics
///
/// If memory runs out.
pub fn exercise(allocator: &impl GlobalAlloc, pairs: usize) {
    let layouts = SIZES.map(|size| {
        Layout::from_size_align(size, 8).expect("the sizes are small and 8 is a power of two")
    });
    for _ in 0..pairs / SIZES.len() {
        // SAFETY: no layout has size 0.
        let blocks = layouts.map(|layout| unsafe { black_box(allocator).alloc(layout) });
        for (block, layout) in black_box(blocks).into_iter().zip(layouts) {
            assert!(!block.is_null(), "out of memory");
            // SAFETY: the block came from this allocator with this layout and is freed once.
            unsafe { black_box(allocator).dealloc(block, layout) };
        }
    }
}
