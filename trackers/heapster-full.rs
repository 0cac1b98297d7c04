//! `heapster` with its feature `full`: counters on relaxed atomics, histograms of sizes, moves of reallocations,
//! what is alive and its peak. Set up as its README's "Quickstart" tells; of the features, its "Feature Guide".

use std::alloc::System;
use std::path::Path;

use heapster::Heapster;
use subject::probe::NoProbe;
use subject::protocol::{Live, Reported};
use subject::{GroundTruth, Tracker, TrackerError};

#[global_allocator]
static ALLOCATOR: GroundTruth<Heapster<System>> = GroundTruth::new(Heapster::new(System));

struct Full;

impl Tracker for Full {
    type Probe = NoProbe;
    const NAME: &'static str = "heapster-full";

    fn version() -> &'static str {
        env!("LOCKED_HEAPSTER")
    }

    fn init(_mode: &'static str, _report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        Ok(Self)
    }

    fn probe(&self) -> NoProbe {
        NoProbe
    }

    /// It does not tell how many allocations are alive.
    fn live_now() -> Live {
        Live { allocations: None, bytes: Some(ALLOCATOR.tracker().use_curr() as u64) }
    }

    /// It counts reallocations apart, growing and shrinking ones (and none that leaves the size as it was), and
    /// of their bytes those by which the block grew or shrank.
    fn reported(&self) -> Result<Reported, TrackerError> {
        let stats = ALLOCATOR.tracker().stats();
        Ok(Reported {
            allocations: Some(stats.alloc_count),
            deallocations: Some(stats.dealloc_count),
            reallocations: Some(stats.realloc_growth_count + stats.realloc_shrink_count),
            allocated_bytes: Some(stats.total_alloc_sum),
            freed_bytes: Some(stats.total_dealloc_sum),
            live_bytes: Some(stats.use_curr as u64),
            peak_live_bytes: Some(stats.use_max as u64),
            ..Reported::default()
        })
    }
}

subject::main!(Full);
