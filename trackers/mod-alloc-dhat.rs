//! `mod-alloc` in the place of `dhat`: its `dhat_compat`, set up as "Drop-in replacement for dhat-rs" in its README
//! and `MIGRATING_FROM_DHAT.md` tell, with the features `dhat-compat` and `symbolicate`: "to match dhat's resolution
//! quality", says that guide under "5. Frame string format".
//!
//! To be built with frame pointers, as "Build requirements" in that guide asks.

use std::path::Path;

use mod_alloc::dhat_compat as dhat;
use subject::probe::NoProbe;
use subject::protocol::{Live, Reported, SiteUse};
use subject::{GroundTruth, Tracker, TrackerError, sites};

#[global_allocator]
static ALLOCATOR: GroundTruth<dhat::Alloc> = GroundTruth::new(dhat::Alloc);

/// Other than dhat's, its counters count from the start of the process: only its sites wait for the profiler.
struct DropIn {
    profiler: dhat::Profiler,
}

impl Tracker for DropIn {
    type Probe = NoProbe;
    const NAME: &'static str = "mod-alloc-dhat";

    fn version() -> &'static str {
        env!("LOCKED_MOD_ALLOC")
    }

    fn init(_mode: &'static str, report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        let profiler = match report_folder {
            Some(folder) => {
                dhat::Profiler::builder().file_name(folder.join("dhat-heap.json")).build()
            }
            None => dhat::Profiler::new_heap(),
        };
        Ok(Self { profiler })
    }

    fn probe(&self) -> NoProbe {
        NoProbe
    }

    fn live_now() -> Live {
        let stats = dhat::HeapStats::get();
        let (allocations, bytes) = (stats.curr_blocks as u64, stats.curr_bytes as u64);
        Live { allocations: Some(allocations), bytes: Some(bytes) }
    }

    /// A reallocation is one more block, as for dhat. Other than for dhat, only what the block grows by counts as
    /// allocated.
    fn reported(&self) -> Result<Reported, TrackerError> {
        let stats = dhat::HeapStats::get();
        Ok(Reported {
            allocations: Some(stats.total_blocks),
            allocated_bytes: Some(stats.total_bytes),
            live_allocations: Some(stats.curr_blocks as u64),
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

subject::main!(DropIn);
