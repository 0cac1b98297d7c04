//! `hotpath` with allocations: its counting allocator and its guard, which is what `#[hotpath::main]` expands to with
//! the feature `hotpath-alloc` (<https://hotpath.rs/memory_profiling>, "Quick start").
//!
//! It counts allocations by thread and by function marked `#[hotpath::measure]`. The workloads are not marked, so
//! that `main` is the only function here; what marking costs is not measured.

use std::alloc::System;
use std::path::Path;

use hotpath::{CountingAllocator, Format, HotpathGuard, HotpathGuardBuilder};
use subject::probe::NoProbe;
use subject::protocol::Reported;
use subject::{GroundTruth, Tracker, TrackerError};

#[global_allocator]
static ALLOCATOR: GroundTruth<CountingAllocator<System>> =
    GroundTruth::new(CountingAllocator::with(System));

struct Hotpath {
    guard: HotpathGuard,
}

impl Tracker for Hotpath {
    type Probe = NoProbe;
    const NAME: &'static str = "hotpath";

    fn version() -> &'static str {
        env!("LOCKED_HOTPATH")
    }

    fn init(_mode: &'static str, report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        let mut guard = HotpathGuardBuilder::new("main");
        if let Some(folder) = report_folder {
            guard = guard.format(Format::JsonPretty).output_path(folder.join("hotpath.json"));
        }
        Ok(Self { guard: guard.build() })
    }

    fn probe(&self) -> NoProbe {
        NoProbe
    }

    /// It tells its figures in its report alone, rounded for people ("1.2 MB"): nothing to hold against others.
    fn reported(&self) -> Result<Reported, TrackerError> {
        Ok(Reported::default())
    }

    fn write_report(self, _folder: &Path) -> Result<(), TrackerError> {
        // Dropping the guard writes the report.
        drop(self.guard);
        Ok(())
    }
}

subject::main!(Hotpath);
