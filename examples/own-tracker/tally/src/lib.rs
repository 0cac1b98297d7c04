//! An allocator that keeps a tally. A reallocation is an allocation and a free.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static FREES: AtomicU64 = AtomicU64::new(0);
static LIVE_BYTES: AtomicU64 = AtomicU64::new(0);

/// The allocator.
#[derive(Default)]
pub struct Tally;

impl Tally {
    /// For a `static`.
    pub const fn new() -> Self {
        Self
    }
}

/// What was counted.
pub struct Told {
    pub allocations: u64,
    pub frees: u64,
    pub live_bytes: u64,
}

/// What was counted until now.
pub fn told() -> Told {
    let [allocations, frees, live_bytes] =
        [&ALLOCATIONS, &FREES, &LIVE_BYTES].map(|one| one.load(Relaxed));
    Told { allocations, frees, live_bytes }
}

fn allocated(size: usize) {
    ALLOCATIONS.fetch_add(1, Relaxed);
    LIVE_BYTES.fetch_add(size as u64, Relaxed);
}

fn freed(size: usize) {
    FREES.fetch_add(1, Relaxed);
    LIVE_BYTES.fetch_sub(size as u64, Relaxed);
}

// SAFETY: every call is forwarded to `System` with the arguments it came with, and what that returns is returned.
unsafe impl GlobalAlloc for Tally {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        allocated(layout.size());
        // SAFETY: the caller's contract is passed on unchanged.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        allocated(layout.size());
        // SAFETY: the caller's contract is passed on unchanged.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        freed(layout.size());
        // SAFETY: the caller's contract is passed on unchanged.
        unsafe { System.dealloc(block, layout) };
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        freed(layout.size());
        allocated(new_size);
        // SAFETY: the caller's contract is passed on unchanged.
        unsafe { System.realloc(block, layout, new_size) }
    }
}
