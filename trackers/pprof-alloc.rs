//! `pprof-alloc`: counters, and allocation stacks sampled once in 512 KiB, set up as "Quick start" in its README
//! tells, with its default features: its own sampler over the system allocator. (That section's first example is
//! of jemalloc and jemalloc's profiler, which its default features do not contain.)
//!
//! To be built with frame pointers, as "Frame-pointer mode" in its README asks.

use std::path::Path;

use pprof_alloc::{PprofAlloc, allocation_stats};
use subject::probe::NoProbe;
use subject::protocol::{Live, Reported};
use subject::{GroundTruth, Tracker, TrackerError};

#[global_allocator]
static ALLOCATOR: GroundTruth<PprofAlloc> = GroundTruth::new(
    PprofAlloc::new()
        .with_pprof_sample_rate_from_env(pprof_alloc::DEFAULT_PPROF_SAMPLE_RATE)
        .with_stats(),
);

struct Sampled;

impl Tracker for Sampled {
    type Probe = NoProbe;
    const NAME: &'static str = "pprof-alloc";

    fn version() -> &'static str {
        env!("LOCKED_PPROF_ALLOC")
    }

    fn init(_mode: &'static str, _report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        Ok(Self)
    }

    fn probe(&self) -> NoProbe {
        NoProbe
    }

    fn live_now() -> Live {
        let stats = allocation_stats();
        let (allocations, bytes) = (stats.in_use_allocations(), stats.in_use_bytes());
        Live { allocations: Some(allocations), bytes: Some(bytes) }
    }

    /// Its counters, which count every event; what it samples is in its profile alone. Threads hand over what they
    /// counted now and then, so that the last 1,023 events or 1 MiB of a thread that is alive may be missing. A
    /// reallocation is an allocation and a free.
    fn reported(&self) -> Result<Reported, TrackerError> {
        let stats = allocation_stats();
        Ok(Reported {
            allocations: Some(stats.allocations),
            deallocations: Some(stats.frees),
            allocated_bytes: Some(stats.allocated),
            freed_bytes: Some(stats.freed),
            live_allocations: Some(stats.in_use_allocations()),
            live_bytes: Some(stats.in_use_bytes()),
            ..Reported::default()
        })
    }

    fn write_report(self, folder: &Path) -> Result<(), TrackerError> {
        let profile = pprof_alloc::generate_pprof()?;
        std::fs::write(folder.join("pprof.memprof"), profile)?;
        Ok(())
    }
}

subject::main!(Sampled);
