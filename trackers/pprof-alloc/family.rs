//! What both ways to use `pprof-alloc` share: its figures and its profile. The rate of sampling is the allocator's.

use std::path::Path;

use pprof_alloc::allocation_stats;
use subject::probe::NoProbe;
use subject::protocol::{Live, Reported};
use subject::{Tracker, TrackerError};

/// With the stack of every allocation, or of a sample.
pub struct Pprof<const EXACT: bool>;

impl<const EXACT: bool> Tracker for Pprof<EXACT> {
    type Probe = NoProbe;
    const NAME: &'static str = if EXACT { "pprof-alloc-exact" } else { "pprof-alloc" };

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

    /// Its counters, which count every event; the stacks are in its profile alone. Threads hand over what they
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
