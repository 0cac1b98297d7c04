//! `stats_alloc`: counters of allocations and bytes, for tests and against leaks in production. Its allocator is
//! installed as its README's "Example" tells, with its default features (none).
//!
//! Read by `StatsAlloc::stats`: figures since the process began. The example's `Region` subtracts two such snapshots
//! and does nothing else.

use std::alloc::System;
use std::path::Path;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use subject::probe::NoProbe;
use subject::protocol::Reported;
use subject::{GroundTruth, Tracker, TrackerError};

// By reference, as in the example: the crate has one instance of it that is ready to use.
#[global_allocator]
static ALLOCATOR: GroundTruth<&StatsAlloc<System>> = GroundTruth::new(&INSTRUMENTED_SYSTEM);

struct Stats;

impl Tracker for Stats {
    type Probe = NoProbe;
    const NAME: &'static str = "stats_alloc";

    fn version() -> &'static str {
        env!("LOCKED_STATS_ALLOC")
    }

    fn init(_mode: &'static str, _report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        Ok(Self)
    }

    fn probe(&self) -> NoProbe {
        NoProbe
    }

    /// By its convention a reallocation counts apart, and only what the block grows or shrinks by counts as
    /// allocated or freed. `bytes_reallocated` is that growth once more: it has no place in [`Reported`]. Of what is
    /// alive it tells nothing.
    fn reported(&self) -> Result<Reported, TrackerError> {
        let stats = ALLOCATOR.tracker().stats();
        Ok(Reported {
            allocations: Some(stats.allocations as u64),
            deallocations: Some(stats.deallocations as u64),
            reallocations: Some(stats.reallocations as u64),
            allocated_bytes: Some(stats.bytes_allocated as u64),
            freed_bytes: Some(stats.bytes_deallocated as u64),
            ..Reported::default()
        })
    }
}

subject::main!(Stats);
