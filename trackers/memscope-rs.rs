//! `memscope-rs`, the 0.2 family, set up as its README tells: `start()` for the variables, and its
//! `TrackingAllocator` as the global allocator (what its feature `tracking-allocator` installs).
//!
//! - `full`: both.
//! - `allocator`: the allocator alone; nothing is called.
//! - `variables`: `start()` and `track!` alone, as in a program that only follows the quick start.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use memscope_rs::core::tracker::get_tracker;
use memscope_rs::{
    AutoExportConfig, GlobalTracker, MemScopeConfig, MemScopeGuard, TrackingAllocator, start_with,
};
use subject::protocol::{LeakList, Live, Reported, TypeUse};
use subject::{GroundTruth, Probe, Site, Tracker, TrackerError};

#[global_allocator]
static ALLOCATOR: GroundTruth<TrackingAllocator> = GroundTruth::new(TrackingAllocator::new());

struct Memscope {
    mode: &'static str,
    /// Its one-line start; `None` in the mode `allocator`.
    guard: Option<MemScopeGuard>,
}

impl Tracker for Memscope {
    type Probe = Variables;
    const NAME: &'static str = "memscope-rs";
    const MODES: &'static [&'static str] = &["full", "allocator", "variables"];
    const MODES_WITHOUT_ALLOCATOR: &'static [&'static str] = &["variables"];

    fn version() -> &'static str {
        env!("LOCKED_MEMSCOPE_RS")
    }

    fn init(mode: &'static str, report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        if mode == "allocator" {
            return Ok(Self { mode, guard: None });
        }
        let mut config = MemScopeConfig::default();
        if let Some(folder) = report_folder {
            config = config.with_auto_export(AutoExportConfig::default().with_output_path(folder));
        }
        Ok(Self { mode, guard: Some(start_with(config)?) })
    }

    fn probe(&self) -> Variables {
        Variables(self.guard.as_ref().map(|guard| guard.tracker().clone()))
    }

    fn live_now() -> Live {
        let Ok(stats) = get_tracker().get_stats() else { return Live::NONE };
        let (allocations, bytes) = (stats.active_allocations as u64, stats.active_memory);
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
                allocations: Some(stats.total_allocations),
                deallocations: Some(stats.total_deallocations),
                allocated_bytes: Some(stats.total_allocated),
                freed_bytes: Some(stats.total_deallocated),
                live_allocations: Some(stats.active_allocations as u64),
                live_bytes: Some(stats.active_memory),
                peak_live_bytes: Some(stats.peak_memory),
                ..Reported::default()
            }
        };
        let Some(guard) = &self.guard else {
            return Ok(reported);
        };
        reported.variables = Some(guard.tracker().tracker().event_store().len() as u64);
        let analysis = guard.analyze();
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
        reported.types = types
            .into_iter()
            .map(|(type_name, (count, bytes))| TypeUse { type_name, count, bytes: Some(bytes) })
            .collect();
        reported.types.sort_by_key(|type_use| std::cmp::Reverse(type_use.bytes));
        Ok(reported)
    }

    /// Where variables are tracked, its leak detector; else the blocks that the allocator holds to be
    /// alive, since no leak detector looks at those.
    fn leaks(&self) -> Result<Option<LeakList>, TrackerError> {
        let Some(guard) = &self.guard else {
            let active = get_tracker().get_active_allocations()?;
            return Ok(Some(LeakList {
                source: "get_active_allocations()".to_owned(),
                addresses: active.iter().map(|allocation| allocation.ptr as u64).collect(),
                all_live: true,
            }));
        };
        let report = memscope_rs::analyzer(guard.tracker())?.detect().leaks();
        Ok(Some(LeakList {
            source: "analyzer().detect().leaks()".to_owned(),
            addresses: report.leaked_allocations.iter().map(|leak| leak.ptr as u64).collect(),
            all_live: false,
        }))
    }

    fn write_report(self, _folder: &Path) -> Result<(), TrackerError> {
        let Some(guard) = self.guard else {
            return Ok(());
        };
        let exported = guard.export_now();
        // Its drop would export once more.
        std::mem::forget(guard);
        if exported { Ok(()) } else { Err("export_now() returned false".into()) }
    }
}

/// `track!(guard, variable)`, which is `track_as` on the tracker behind the guard.
#[derive(Clone)]
struct Variables(Option<Arc<GlobalTracker>>);

macro_rules! tracked {
    ($($method:ident $(<$generic:ident>)? ($shape:ty);)*) => {$(
        fn $method $(<$generic>)? (&self, variable: &$shape, site: Site) {
            match &self.0 {
                Some(tracker) => {
                    tracker.track_as(variable, site.name, site.file, site.line, site.module);
                }
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

subject::main!(Memscope);
