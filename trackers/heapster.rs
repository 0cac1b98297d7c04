//! `heapster`: counters on relaxed atomics, set up as its README's "Quickstart" tells, with its default features:
//! what its "Feature Guide" calls `baseline`.

use std::alloc::System;
use std::path::Path;

use heapster::Heapster;
use subject::probe::NoProbe;
use subject::protocol::Reported;
use subject::{GroundTruth, Tracker, TrackerError};

#[global_allocator]
static ALLOCATOR: GroundTruth<Heapster<System>> = GroundTruth::new(Heapster::new(System));

struct Baseline;

impl Tracker for Baseline {
    type Probe = NoProbe;
    const NAME: &'static str = "heapster";

    fn version() -> &'static str {
        env!("LOCKED_HEAPSTER")
    }

    fn init(_mode: &'static str, _report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        Ok(Self)
    }

    fn probe(&self) -> NoProbe {
        NoProbe
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
            ..Reported::default()
        })
    }
}

subject::main!(Baseline);
