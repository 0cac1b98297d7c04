//! `mod-alloc`: counters of allocations and bytes, set up as its README's "Quick start" tells, with its default
//! features (`counters`).
//!
//! Read by `ModAlloc::snapshot`, as the example of `ModAlloc` and `examples/backtraces.rs` do: figures since the
//! process began. The quick start's `Profiler` subtracts two such snapshots and does nothing else.

use std::path::Path;

use mod_alloc::ModAlloc;
use subject::probe::NoProbe;
use subject::protocol::{Live, Reported};
use subject::{GroundTruth, Tracker, TrackerError};

#[global_allocator]
static ALLOCATOR: GroundTruth<ModAlloc> = GroundTruth::new(ModAlloc::new());

struct Counters;

impl Tracker for Counters {
    type Probe = NoProbe;
    const NAME: &'static str = "mod-alloc";

    fn version() -> &'static str {
        env!("LOCKED_MOD_ALLOC")
    }

    fn init(_mode: &'static str, _report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        Ok(Self)
    }

    fn probe(&self) -> NoProbe {
        NoProbe
    }

    fn live_now() -> Live {
        let stats = ALLOCATOR.tracker().snapshot();
        Live { allocations: Some(stats.live_count), bytes: Some(stats.current_bytes) }
    }

    /// By its convention a reallocation is one more allocation, of which only what the block grows by counts as
    /// allocated. It counts no frees.
    fn reported(&self) -> Result<Reported, TrackerError> {
        let stats = ALLOCATOR.tracker().snapshot();
        Ok(Reported {
            allocations: Some(stats.alloc_count),
            allocated_bytes: Some(stats.total_bytes),
            live_allocations: Some(stats.live_count),
            live_bytes: Some(stats.current_bytes),
            peak_live_bytes: Some(stats.peak_bytes),
            ..Reported::default()
        })
    }
}

subject::main!(Counters);
