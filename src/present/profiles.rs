//! Heap profiles as tables: the lines that allocate most.

use serde::Serialize;

use super::table::{Placed, Table, Value};
use crate::analyse::profile::Profile;
use crate::common::units;

/// A profile as the page shows it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ProfileView {
    /// The workload.
    pub(super) workload: String,
    table: Placed,
    /// Links to dhat's file and to the flame graphs.
    dhat: String,
    peak: String,
    allocations: String,
}

impl ProfileView {
    /// `links` are those of [`Profile::files`], in its order.
    pub(super) fn new(profile: &Profile, links: Vec<String>) -> Self {
        let mut links = links.into_iter();
        let mut next = || links.next().unwrap_or_default();
        let workload = profile.workload.clone();
        Self {
            workload,
            table: table(profile).into(),
            dhat: next(),
            peak: next(),
            allocations: next(),
        }
    }
}

/// The lines of a profile that allocate most.
pub(super) fn table(profile: &Profile) -> Table {
    let totals = &profile.totals;
    Table::of(&profile.sites)
        .words("line", "line", |site| site.place.as_str())
        .words("function", "function", |site| site.function.as_str())
        .figure("bytes", "bytes", |site| Value::size(site.totals.bytes))
        .figure("allocations", "allocations", |site| Value::Count(site.totals.allocations))
        .figure("at the peak", "peak_bytes", |site| Value::size(site.totals.peak_bytes))
        .figure("allocations", "peak_allocations", |site| Value::Count(site.totals.peak_allocations))
        .figure("at the end", "end_bytes", |site| Value::size(site.totals.end_bytes))
        .table(format!("profile-{}", profile.workload), profile.workload.as_str())
        .note(format!(
            "{} of {}, most bytes first. In all: {} in {} allocations, {} at the peak, {} at the end.",
            profile.sites.len(),
            units::counted(profile.all_sites, "site"),
            units::bytes(totals.bytes as f64),
            units::count(totals.allocations),
            units::bytes(totals.peak_bytes as f64),
            units::bytes(totals.end_bytes as f64),
        ))
}
