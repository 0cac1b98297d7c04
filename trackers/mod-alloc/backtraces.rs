//! `mod-alloc` with call sites: its allocator of the README's "Quick start", and the feature `symbolicate`
//! (README, "Feature flags"), which records call sites by `backtraces` and resolves their addresses when the
//! report is read.
//!
//! To be built with frame pointers, as "Backtraces" in the README asks.

mod family;

use std::collections::BTreeMap;
use std::path::Path;

use subject::probe::NoProbe;
use subject::protocol::workloads::KNOWN_SITES;
use subject::protocol::{Live, Reported, SiteUse};
use subject::{Tracker, TrackerError};

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
        family::live()
    }

    fn reported(&self) -> Result<Reported, TrackerError> {
        Ok(family::reported())
    }

    /// In this table, other than in the counters, a reallocation has its whole new size.
    fn sites(self, _folder: &Path) -> Result<Vec<SiteUse>, TrackerError> {
        let mut sites = BTreeMap::<&str, (u64, u64)>::new();
        for site in family::ALLOCATOR.tracker().symbolicated_report() {
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
