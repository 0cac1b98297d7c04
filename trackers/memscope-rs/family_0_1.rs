//! What all of `memscope-rs` 0.1 has in common. The root of each family says how its tracker is
//! reached, what it knows of variables, and what it exports.
//!
//! - `full`: `TrackingAllocator` as the global allocator (what the feature `tracking-allocator`
//!   installs), `init()` and `track_var!`.
//! - `allocator`: the allocator alone; nothing is called.
//! - `variables`: `init()` and `track_var!` alone.

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use memscope_rs::TrackingAllocator;
use subject::protocol::{LeakList, Live, Reported, TypeUse};
use subject::{GroundTruth, Probe, Site, Tracker, TrackerError};

use super::{export, tracker, variables};

#[global_allocator]
static ALLOCATOR: GroundTruth<TrackingAllocator> = GroundTruth::new(TrackingAllocator::new());

pub(crate) struct Memscope {
    mode: &'static str,
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
        if mode != "allocator" {
            memscope_rs::init();
        }
        Ok(Self { mode })
    }

    fn probe(&self) -> Variables {
        Variables { tracked: self.mode != "allocator" }
    }

    fn live_now() -> Live {
        let Ok(stats) = tracker().get_stats() else { return Live::NONE };
        let (allocations, bytes) = (stats.active_allocations as u64, stats.active_memory as u64);
        Live { allocations: Some(allocations), bytes: Some(bytes) }
    }

    fn reported(&self) -> Result<Reported, TrackerError> {
        let stats = tracker().get_stats()?;
        let types = tracker().get_memory_by_type()?.into_iter().map(|usage| TypeUse {
            type_name: usage.type_name,
            count: usage.allocation_count as u64,
            bytes: Some(usage.total_size as u64),
        });
        let mut types: Vec<TypeUse> = types.collect();
        types.sort_by_key(|usage| std::cmp::Reverse(usage.bytes));
        Ok(Reported {
            allocations: Some(stats.total_allocations as u64),
            deallocations: Some(stats.total_deallocations as u64),
            allocated_bytes: Some(stats.total_allocated as u64),
            freed_bytes: Some(stats.total_deallocated as u64),
            live_allocations: Some(stats.active_allocations as u64),
            live_bytes: Some(stats.active_memory as u64),
            peak_live_bytes: Some(stats.peak_memory as u64),
            variables: if self.mode == "allocator" { None } else { variables() },
            types,
            ..Reported::default()
        })
    }

    /// What it holds to be alive, in every mode: variables and the allocator share one list, and no version
    /// has a leak detector for it. The `detect_memory_leaks` of the guide that comes with 0.1.5 and later is
    /// in none of them.
    fn leaks(&self) -> Result<Option<LeakList>, TrackerError> {
        let active = tracker().get_active_allocations()?;
        Ok(Some(LeakList {
            source: "get_active_allocations()".to_owned(),
            addresses: active.iter().map(|allocation| allocation.ptr as u64).collect(),
            all_live: true,
        }))
    }

    fn write_report(self, folder: &Path) -> Result<(), TrackerError> {
        export(folder)
    }
}

/// `track_var!(variable)`, which is this call and takes no account of its result.
#[derive(Clone, Copy)]
pub(crate) struct Variables {
    tracked: bool,
}

macro_rules! tracked {
    ($($method:ident $(<$generic:ident>)? ($shape:ty);)*) => {$(
        fn $method $(<$generic>)? (&self, variable: &$shape, site: Site) {
            if self.tracked {
                let _ = memscope_rs::_track_var_impl(variable, site.name);
            } else {
                std::hint::black_box(variable);
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
