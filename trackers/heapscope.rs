//! `heapscope`: a profiler of every allocation by call site, set up as its README's "Quickstart" tells.
//!
//! - `exact`: every allocation, its default.
//! - `sampled`: one in 128 KiB, by `sampling()` as "Paying less, on purpose" in `docs/performance.md` tells.
//!
//! To be built with frame pointers: without them it refuses to start (README, "Install").

use std::path::Path;

use heapscope::{HeapStats, Output, Profiler};
use subject::probe::NoProbe;
use subject::protocol::{Live, Reported, SiteUse};
use subject::{GroundTruth, Tracker, TrackerError, sites};

#[global_allocator]
static ALLOCATOR: GroundTruth<heapscope::Alloc> = GroundTruth::new(heapscope::Alloc::system());

/// Mean bytes between two samples: the only number that its documentation gives.
const INTERVAL: u64 = 128 * 1024;

struct Heapscope {
    profiler: Profiler,
}

impl Tracker for Heapscope {
    type Probe = NoProbe;
    const NAME: &'static str = "heapscope";
    const MODES: &'static [&'static str] = &["exact", "sampled"];
    // It records what is allocated while its profiler is there.
    const COUNTS_FROM_INIT: bool = true;

    fn version() -> &'static str {
        env!("LOCKED_HEAPSCOPE")
    }

    fn init(mode: &'static str, report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        let mut builder = Profiler::builder();
        if mode == "sampled" {
            builder = builder.sampling(INTERVAL);
        }
        builder = match report_folder {
            Some(folder) => builder.output(Output::dhat_v2(folder.join("dhat-heap.json"))),
            // By default the process's end writes a profile into the current folder, dropped or not.
            None => builder.no_output(),
        };
        Ok(Self { profiler: builder.build()? })
    }

    fn probe(&self) -> NoProbe {
        NoProbe
    }

    /// Nothing where it samples: it refuses to tell then.
    fn live_now() -> Live {
        match HeapStats::get() {
            Ok(stats) => {
                Live { allocations: Some(stats.curr_blocks), bytes: Some(stats.curr_bytes) }
            }
            Err(_) => Live::NONE,
        }
    }

    /// Where it samples these are its estimates. By its convention a reallocation is one more block, and its new
    /// size counts as allocated.
    fn reported(&self) -> Result<Reported, TrackerError> {
        let stats = self.profiler.stats();
        Ok(Reported {
            allocations: Some(stats.total_blocks),
            allocated_bytes: Some(stats.total_bytes),
            live_allocations: Some(stats.curr_blocks),
            live_bytes: Some(stats.curr_bytes),
            peak_live_bytes: Some(stats.max_bytes),
            dropped_events: Some(stats.dropped_blocks),
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

subject::main!(Heapscope);
