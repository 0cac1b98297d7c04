//! The counters of `mod-alloc`, which it has with and without call sites.

use mod_alloc::ModAlloc;
use subject::GroundTruth;
use subject::protocol::{Live, Reported};

#[global_allocator]
pub static ALLOCATOR: GroundTruth<ModAlloc> = GroundTruth::new(ModAlloc::new());

/// What is alive.
pub fn live() -> Live {
    let stats = ALLOCATOR.tracker().snapshot();
    Live { allocations: Some(stats.live_count), bytes: Some(stats.current_bytes) }
}

/// By its convention a reallocation is one more allocation, of which only what the block grows by counts as
/// allocated. It counts no frees.
pub fn reported() -> Reported {
    let stats = ALLOCATOR.tracker().snapshot();
    Reported {
        allocations: Some(stats.alloc_count),
        allocated_bytes: Some(stats.total_bytes),
        live_allocations: Some(stats.live_count),
        live_bytes: Some(stats.current_bytes),
        peak_live_bytes: Some(stats.peak_bytes),
        ..Reported::default()
    }
}
