//! Heap profiles as tables: the lines that allocate most.

use serde::Serialize;

use super::grid::Grid;
use crate::analyse::profile::{Profile, Site};
use crate::common::units;

/// A profile as the page shows it.
#[derive(Debug, Serialize)]
pub(super) struct ProfileView {
    grid: Grid,
    /// Links to dhat's file and to the flame graphs.
    dhat: String,
    peak: String,
    blocks: String,
}

impl ProfileView {
    /// `links` are those of [`Profile::files`], in its order.
    pub(super) fn new(profile: &Profile, links: Vec<String>) -> Self {
        let mut links = links.into_iter();
        let mut next = || links.next().unwrap_or_default();
        Self { grid: grid(profile), dhat: next(), peak: next(), blocks: next() }
    }
}

/// A table for each profile.
pub(super) fn grids(profiles: &[Profile]) -> Vec<Grid> {
    profiles.iter().map(grid).collect()
}

fn grid(profile: &Profile) -> Grid {
    let row = |site: &Site| {
        let bytes = |bytes: u64| units::bytes(bytes as f64);
        let totals = &site.totals;
        vec![
            site.place.clone(),
            site.function.clone(),
            bytes(totals.bytes),
            units::count(totals.allocations),
            bytes(totals.peak_bytes),
            units::count(totals.peak_allocations),
            bytes(totals.end_bytes),
        ]
    };
    let totals = &profile.totals;
    Grid {
        id: format!("profile-{}", profile.workload),
        title: profile.workload.clone(),
        note: format!(
            "{} of {}, most bytes first. In all: {} in {} blocks, {} at the peak, {} at the end.",
            profile.sites.len(),
            units::counted(profile.all_sites, "site"),
            units::bytes(totals.bytes as f64),
            units::count(totals.allocations),
            units::bytes(totals.peak_bytes as f64),
            units::bytes(totals.end_bytes as f64),
        ),
        headings: vec![
            "line",
            "function",
            "bytes",
            "blocks",
            "at the peak",
            "blocks",
            "at the end",
        ],
        text: 2,
        rows: profile.sites.iter().map(row).collect(),
    }
}
