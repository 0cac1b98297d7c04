//! `dhat`: heap profiling by allocation site, set up as its documentation tells for heap profiling.

use std::path::Path;

use subject::probe::NoProbe;
use subject::protocol::{Live, Reported, SiteUse};
use subject::{GroundTruth, Tracker, TrackerError, sites};

#[global_allocator]
static ALLOCATOR: GroundTruth<dhat::Alloc> = GroundTruth::new(dhat::Alloc);

struct Dhat {
    profiler: dhat::Profiler,
}

impl Tracker for Dhat {
    type Probe = NoProbe;
    const NAME: &'static str = "dhat";
    // It ignores what was allocated before its profiler was built, and the freeing of it.
    const COUNTS_FROM_INIT: bool = true;

    fn version() -> &'static str {
        env!("LOCKED_DHAT")
    }

    fn init(_mode: &'static str, report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        let mut profiler = dhat::Profiler::builder();
        if let Some(folder) = report_folder {
            profiler = profiler.file_name(folder.join("dhat-heap.json"));
        }
        Ok(Self { profiler: profiler.build() })
    }

    fn probe(&self) -> NoProbe {
        NoProbe
    }

    fn live_now() -> Live {
        let stats = dhat::HeapStats::get();
        let (allocations, bytes) = (stats.curr_blocks as u64, stats.curr_bytes as u64);
        Live { allocations: Some(allocations), bytes: Some(bytes) }
    }

    /// By dhat's convention a `realloc` is one more block, and its new size counts as allocated.
    fn reported(&self) -> Result<Reported, TrackerError> {
        let stats = dhat::HeapStats::get();
        let live = stats.curr_blocks as u64;
        Ok(Reported {
            allocations: Some(stats.total_blocks),
            allocated_bytes: Some(stats.total_bytes),
            live_allocations: Some(live),
            live_bytes: Some(stats.curr_bytes as u64),
            peak_live_bytes: Some(stats.max_bytes as u64),
            ..Reported::default()
        })
    }

    fn sites(self, folder: &Path) -> Result<Vec<SiteUse>, TrackerError> {
        drop(self.profiler);
        sites::from_dhat_profile(&folder.join("dhat-heap.json"))
    }

    fn write_report(self, _folder: &Path) -> Result<(), TrackerError> {
        // Dropping the profiler writes `dhat-heap.json`.
        drop(self.profiler);
        Ok(())
    }
}

subject::main!(Dhat);
