//! `mimalloc-pprof` as an exact profiler: mimalloc with the observer of every allocation by call site that its feature
//! `dhat` contains, set up as the documentation of its module `dhat` tells.
//!
//! It allocates by mimalloc, so that its cost is that of another allocator too. To be built with frame pointers, as
//! "Notes" in its README asks.

use std::path::Path;

use mimalloc_pprof::{MiMalloc, dhat};
use subject::probe::NoProbe;
use subject::protocol::{Live, Reported, SiteUse};
use subject::{GroundTruth, Tracker, TrackerError, sites};

#[global_allocator]
static ALLOCATOR: GroundTruth<MiMalloc> = GroundTruth::new(MiMalloc);

struct Exact;

impl Tracker for Exact {
    type Probe = NoProbe;
    const NAME: &'static str = "mimalloc-pprof-dhat";
    // It records nothing until it is started.
    const COUNTS_FROM_INIT: bool = true;

    fn version() -> &'static str {
        env!("LOCKED_MIMALLOC_PPROF")
    }

    fn init(_mode: &'static str, _report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        if !dhat::start() {
            return Err("the observer is running already".into());
        }
        Ok(Self)
    }

    fn probe(&self) -> NoProbe {
        NoProbe
    }

    fn live_now() -> Live {
        let stats = dhat::stats();
        Live { allocations: Some(stats.live_blocks), bytes: Some(stats.live_bytes) }
    }

    fn reported(&self) -> Result<Reported, TrackerError> {
        let stats = dhat::stats();
        Ok(Reported {
            allocations: Some(stats.total_blocks),
            allocated_bytes: Some(stats.total_bytes),
            live_allocations: Some(stats.live_blocks),
            live_bytes: Some(stats.live_bytes),
            peak_live_bytes: Some(stats.peak_bytes),
            dropped_events: Some(stats.dropped),
            ..Reported::default()
        })
    }

    fn sites(self, folder: &Path) -> Result<Vec<SiteUse>, TrackerError> {
        dhat::stop();
        let path = folder.join("dhat-heap.json");
        dhat::dump_file(&path)?;
        sites::from_dhat_profile(&path)
    }

    fn write_report(self, folder: &Path) -> Result<(), TrackerError> {
        dhat::stop();
        dhat::dump_file(&folder.join("dhat-heap.json"))?;
        Ok(())
    }
}

subject::main!(Exact);
