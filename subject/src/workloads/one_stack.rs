//! Ours: allocations of two sizes from one call stack, many small and few large, which stay: the shape that shows whether
//! an allocator's own sampling is biased where it corrects by a stack's mean size (jemalloc's `prof_bias` test).
//!
//! At scale 1.0 there are 33,554,432 of 16 bytes and 16 of 32 MiB; only these numbers are scaled. They are leaked, so that
//! no container is among them.

use super::Setting;
use crate::probe::Probe;
use crate::{progress, track};

/// Runs the workload.
pub(super) fn run<P: Probe>(probe: &P, setting: &Setting) {
    progress!("  Allocating two sizes from one stack...");
    let (small, large) = (setting.scaled(32 << 20), setting.scaled(16));
    // The large ones among the small, as evenly as they go.
    let between = small.div_ceil(large);
    for number in 0..small {
        if number % between == 0 {
            keep(probe, 32 << 20);
        }
        keep(probe, 16);
        // Of 65,536, or what is left of them.
        if (number + 1) % (1 << 16) == 0 || number + 1 == small {
            probe.round();
        }
    }
    progress!("  Allocations made");
}

/// The one place that allocates.
#[inline(never)]
fn keep<P: Probe>(probe: &P, bytes: usize) {
    let block: Vec<u8> = Vec::with_capacity(bytes);
    if bytes > 16 {
        track!(probe, block);
    }
    std::mem::forget(std::hint::black_box(block));
}
