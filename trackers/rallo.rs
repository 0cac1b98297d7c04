//! `rallo`: a log of each allocation and free with its stack, and a flame graph of them, set up as "Usage" in its
//! README tells, with the sizes given there: its log holds 10,240 allocations and 10,240 frees, and it panics
//! beyond that.

#![allow(unsafe_code)]

use std::cell::OnceCell;
use std::path::Path;

use rallo::{RalloAllocator, Stats};
use subject::probe::NoProbe;
use subject::protocol::workloads::KNOWN_SITES;
use subject::protocol::{Reported, SiteUse};
use subject::{GroundTruth, Tracker, TrackerError};

/// The most frames of a stack.
const MAX_FRAME_LENGTH: usize = 128;
/// The most allocations, and the most frees.
const MAX_LOG_COUNT: usize = 1_024 * 10;

type Rallo = RalloAllocator<MAX_FRAME_LENGTH, MAX_LOG_COUNT>;

#[global_allocator]
static ALLOCATOR: GroundTruth<Rallo> = GroundTruth::new(Rallo::new());

/// What it logged, once read: reading it empties the log.
#[derive(Default)]
struct Log {
    stats: OnceCell<Stats>,
}

impl Log {
    fn read(&self) -> &Stats {
        self.stats.get_or_init(|| {
            ALLOCATOR.tracker().stop_track();
            // SAFETY: the workloads have ended, tracking has stopped, and nothing else calls this meanwhile.
            unsafe { ALLOCATOR.tracker().calculate_stats() }
        })
    }
}

impl Tracker for Log {
    type Probe = NoProbe;
    const NAME: &'static str = "rallo";
    // It logs nothing until it is started.
    const COUNTS_FROM_INIT: bool = true;

    fn version() -> &'static str {
        env!("LOCKED_RALLO")
    }

    fn init(_mode: &'static str, _report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        // SAFETY: the program has one thread yet.
        unsafe { ALLOCATOR.tracker().start_track() };
        Ok(Self::default())
    }

    fn probe(&self) -> NoProbe {
        NoProbe
    }

    /// A reallocation is logged as an allocation and a free. So is the free of what was allocated before it was
    /// started.
    fn reported(&self) -> Result<Reported, TrackerError> {
        let stats = self.read();
        let allocated: usize = stats.allocations.iter().map(|entry| entry.allocation_size).sum();
        let freed: usize = stats.deallocations.iter().map(|entry| entry.deallocation_size).sum();
        Ok(Reported {
            allocations: Some(stats.allocations.len() as u64),
            deallocations: Some(stats.deallocations.len() as u64),
            allocated_bytes: Some(allocated as u64),
            freed_bytes: Some(freed as u64),
            ..Reported::default()
        })
    }

    fn sites(self, _folder: &Path) -> Result<Vec<SiteUse>, TrackerError> {
        let mut sites = Vec::<SiteUse>::new();
        for entry in &self.read().allocations {
            // Outermost first.
            let mut names = entry.stack.iter().rev().filter_map(|frame| frame.fn_name.as_deref());
            let known = names
                .find_map(|name| KNOWN_SITES.into_iter().find(|site| name.contains(site.function)));
            let Some(known) = known else { continue };
            let bytes = entry.allocation_size as u64;
            match sites.iter_mut().find(|site| site.function == known.function) {
                Some(site) => {
                    site.allocations += 1;
                    site.bytes += bytes;
                }
                None => {
                    let function = known.function.to_owned();
                    sites.push(SiteUse { function, allocations: 1, bytes });
                }
            }
        }
        Ok(sites)
    }

    fn write_report(self, folder: &Path) -> Result<(), TrackerError> {
        self.read();
        let Some(stats) = self.stats.into_inner() else { return Ok(()) };
        let tree = stats.into_tree().map_err(std::borrow::Cow::into_owned)?;
        tree.print_flamegraph(folder.join("memory-flamegraph.html"));
        Ok(())
    }
}

subject::main!(Log);
