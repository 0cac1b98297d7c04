//! What `memscope-rs` 0.2.0 to 0.2.4 have in common, set up as their README tells. The root of each
//! family says how a variable is tracked, and where leaks are looked for. 0.2.5 has another start, and is `../memscope-rs.rs`.
//!
//! - `full`: `TrackingAllocator` as the global allocator (what the feature `tracking-allocator`
//!   installs), `init_global_tracking()` and `track!`.
//! - `allocator`: the allocator alone; nothing is called.
//! - `variables`: `init_global_tracking()` and `track!` alone, as in a program that only follows the
//!   quick start.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use memscope_rs::core::tracker::get_tracker;
use memscope_rs::{GlobalTracker, TrackingAllocator, global_tracker, init_global_tracking};
use subject::protocol::{LeakList, Live, Reported, TypeUse};
use subject::{GroundTruth, Probe, Site, Tracker, TrackerError};

use super::{leaks, track};

#[global_allocator]
static ALLOCATOR: GroundTruth<TrackingAllocator> = GroundTruth::new(TrackingAllocator::new());

pub(crate) struct Memscope {
    mode: &'static str,
    /// `None` in the mode `allocator`.
    tracker: Option<Arc<GlobalTracker>>,
}

impl Tracker for Memscope {
    type Probe = Variables;
    const NAME: &'static str = "memscope-rs";
    const MODES: &'static [&'static str] = &["full", "allocator", "variables"];
    const MODES_WITHOUT_ALLOCATOR: &'static [&'static str] = &["variables"];

    fn version() -> &'static str {
        env!("LOCKED_MEMSCOPE_RS")
    }

    fn init(mode: &'static str, _report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        if mode == "allocator" {
            return Ok(Self { mode, tracker: None });
        }
        init_global_tracking()?;
        Ok(Self { mode, tracker: Some(global_tracker()?) })
    }

    fn probe(&self) -> Variables {
        Variables(self.tracker.clone())
    }

    fn live_now() -> Live {
        let Ok(stats) = get_tracker().get_stats() else { return Live::NONE };
        let (allocations, bytes) = (stats.active_allocations as u64, stats.active_memory as u64);
        Live { allocations: Some(allocations), bytes: Some(bytes) }
    }

    /// The allocator's statistics where it is installed, else those of the variables: the library
    /// keeps the two apart.
    fn reported(&self) -> Result<Reported, TrackerError> {
        let mut reported = if self.mode == "variables" {
            Reported::default()
        } else {
            let stats = get_tracker().get_stats()?;
            Reported {
                allocations: Some(stats.total_allocations as u64),
                deallocations: Some(stats.total_deallocations as u64),
                allocated_bytes: Some(stats.total_allocated as u64),
                freed_bytes: Some(stats.total_deallocated as u64),
                live_allocations: Some(stats.active_allocations as u64),
                live_bytes: Some(stats.active_memory as u64),
                peak_live_bytes: Some(stats.peak_memory as u64),
                ..Reported::default()
            }
        };
        let Some(tracker) = &self.tracker else {
            return Ok(reported);
        };
        reported.variables = Some(tracker.tracker().event_store().len() as u64);
        let analysis = tracker.analyze();
        if self.mode == "variables" {
            reported.allocations = Some(analysis.total_allocations as u64);
            reported.deallocations = Some(analysis.total_deallocations as u64);
            reported.live_allocations = Some(analysis.active_allocations as u64);
            reported.live_bytes = Some(analysis.current_memory_bytes);
            reported.peak_live_bytes = Some(analysis.peak_memory_bytes);
        }
        let mut types = BTreeMap::<String, (u64, u64)>::new();
        for hotspot in analysis.hotspots {
            let (count, bytes) = types.entry(hotspot.type_name).or_default();
            *count += hotspot.allocation_count as u64;
            *bytes += hotspot.total_size as u64;
        }
        let types = types.into_iter();
        let types = types.map(|(type_name, (count, bytes))| TypeUse {
            type_name,
            count,
            bytes: Some(bytes),
        });
        reported.types = types.collect();
        reported.types.sort_by_key(|usage| std::cmp::Reverse(usage.bytes));
        Ok(reported)
    }

    /// Where variables are tracked, the leak detector that the version's guide names; else the blocks that
    /// the allocator holds to be alive, since no leak detector looks at those.
    fn leaks(&self) -> Result<Option<LeakList>, TrackerError> {
        let Some(tracker) = &self.tracker else {
            let active = get_tracker().get_active_allocations()?;
            return Ok(Some(LeakList {
                source: "get_active_allocations()".to_owned(),
                addresses: active.iter().map(|allocation| allocation.ptr as u64).collect(),
                all_live: true,
            }));
        };
        leaks(tracker).map(Some)
    }

    fn write_report(self, folder: &Path) -> Result<(), TrackerError> {
        if let Some(tracker) = self.tracker {
            tracker.export_json(folder)?;
            tracker.export_html(folder)?;
        }
        Ok(())
    }
}

/// `track!(tracker, variable)`.
#[derive(Clone)]
pub(crate) struct Variables(Option<Arc<GlobalTracker>>);

macro_rules! tracked {
    ($($method:ident $(<$generic:ident>)? ($shape:ty);)*) => {$(
        fn $method $(<$generic>)? (&self, variable: &$shape, site: Site) {
            match &self.0 {
                Some(tracker) => track(tracker, variable, site),
                None => {
                    std::hint::black_box(variable);
                }
            }
        }
    )*};
}

impl Probe for Variables {
    tracked! {
        vec<T>(Vec<T>);
        string(String);
        boxed<T>(Box<T>);
        rc<T>(Rc<T>);
        arc<T>(Arc<T>);
    }
}
