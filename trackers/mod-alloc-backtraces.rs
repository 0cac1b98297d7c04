//! `mod-alloc` with call sites: its allocator of the README's "Quick start", and the feature `symbolicate`
//! (README, "Feature flags"), which records call sites by `backtraces` and resolves their addresses when the
//! report is read.
//!
//! To be built with frame pointers, as "Backtraces" in the README asks.

use std::collections::BTreeMap;
use std::path::Path;

use mod_alloc::ModAlloc;
use subject::probe::NoProbe;
use subject::protocol::workloads::KNOWN_SITES;
use subject::protocol::{Live, Reported, SiteUse};
use subject::{GroundTruth, Tracker, TrackerError};

#[global_allocator]
static ALLOCATOR: GroundTruth<ModAlloc> = GroundTruth::new(ModAlloc::new());

struct Backtraces;

impl Tracker for Backtraces {
    type Probe = NoProbe;
    const NAME: &'static str = "mod-alloc-backtraces";

    fn version() -> &'static str {
        env!("LOCKED_MOD_ALLOC")
    }

    fn init(_mode: &'static str, _report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        Ok(Self)
    }

    fn probe(&self) -> NoProbe {
        NoProbe
    }

    fn live_now() -> Live {
        let stats = ALLOCATOR.tracker().snapshot();
        Live { allocations: Some(stats.live_count), bytes: Some(stats.current_bytes) }
    }

    /// By its convention a reallocation is one more allocation, of which only what the block grows by counts as
    /// allocated. It counts no frees.
    fn reported(&self) -> Result<Reported, TrackerError> {
        let stats = ALLOCATOR.tracker().snapshot();
        Ok(Reported {
            allocations: Some(stats.alloc_count),
            allocated_bytes: Some(stats.total_bytes),
            live_allocations: Some(stats.live_count),
            live_bytes: Some(stats.current_bytes),
            peak_live_bytes: Some(stats.peak_bytes),
            ..Reported::default()
        })
    }

    /// In this table, other than in the counters, a reallocation has its whole new size.
    fn sites(self, _folder: &Path) -> Result<Vec<SiteUse>, TrackerError> {
        let mut sites = BTreeMap::<&str, (u64, u64)>::new();
        for site in ALLOCATOR.tracker().symbolicated_report() {
            // Innermost first.
            let functions = site.frames.iter().filter_map(|frame| frame.function.as_deref());
            let known = |name: &str| KNOWN_SITES.into_iter().find(|s| name.contains(s.function));
            if let Some(known) = { functions }.find_map(known) {
                let (allocations, bytes) = sites.entry(known.function).or_default();
                *allocations += site.count;
                *bytes += site.total_bytes;
            }
        }
        let site = |(function, (allocations, bytes)): (&str, (u64, u64))| SiteUse {
            function: function.to_owned(),
            allocations,
            bytes,
        };
        Ok(sites.into_iter().map(site).collect())
    }
}

subject::main!(Backtraces);
