//! `re_memory`: rerun's accounting allocator, set up as "First steps" in its crate documentation tells.
//!
//! - `accounting`: the allocator alone, which knows what is alive.
//! - `callstacks`: also `set_tracking_callstacks(true)`, of "Finding memory leaks": the call stacks of live
//!   allocations of 1 KiB and more, one in 64 of them below 1 MiB.

use std::alloc::System;
use std::path::Path;

use re_memory::AccountingAllocator;
use re_memory::accounting_allocator::{global_allocs, set_tracking_callstacks, tracking_stats};
use subject::probe::NoProbe;
use subject::protocol::{Live, Reported};
use subject::{GroundTruth, Tracker, TrackerError};

#[global_allocator]
static ALLOCATOR: GroundTruth<AccountingAllocator<System>> =
    GroundTruth::new(AccountingAllocator::new(System));

struct Accounting {
    mode: &'static str,
}

impl Tracker for Accounting {
    type Probe = NoProbe;
    const NAME: &'static str = "re_memory";
    const MODES: &'static [&'static str] = &["accounting", "callstacks"];

    fn version() -> &'static str {
        env!("LOCKED_RE_MEMORY")
    }

    fn init(mode: &'static str, _report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        if mode == "callstacks" {
            set_tracking_callstacks(true);
        }
        Ok(Self { mode })
    }

    fn probe(&self) -> NoProbe {
        NoProbe
    }

    fn live_now() -> Live {
        let live = global_allocs();
        Live {
            allocations: live.map(|live| live.count as u64),
            bytes: live.map(|live| live.size as u64),
        }
    }

    /// It counts what is alive and nothing else.
    fn reported(&self) -> Result<Reported, TrackerError> {
        let live = Self::live_now();
        if self.mode == "callstacks" {
            // What its user would look at; timed with the rest of the read-out. It is of live allocations, at
            // their call stacks, and has no figure that could be held against another.
            drop(tracking_stats());
        }
        Ok(Reported {
            live_allocations: live.allocations,
            live_bytes: live.bytes,
            ..Reported::default()
        })
    }

    fn write_report(self, folder: &Path) -> Result<(), TrackerError> {
        if let Some(stats) = tracking_stats() {
            std::fs::write(folder.join("tracking-stats.txt"), format!("{stats:#?}"))?;
        }
        Ok(())
    }
}

subject::main!(Accounting);
