//! The lists of trackers and of workloads, each with links to their pages.

use protocol::workloads;

use super::TopicPage;
use crate::analyse::summary::{Summary, WorkloadSummary};
use crate::plan::catalog::Catalog;
use crate::present::table::{Cell, Table, Unit, Value};
use crate::present::{adoption, features, links};

/// Every tracker that was measured, what it is, and those that could not be.
pub(in crate::present) fn trackers(
    summary: &Summary,
    catalog: &Catalog,
    about: &str,
) -> Option<TopicPage> {
    let tables = [
        features::abilities(summary),
        features::measured(summary, catalog),
        adoption::table(&summary.adoptions),
        features::unavailable(catalog),
    ];
    TopicPage::of(about, Vec::new(), tables.into_iter().filter_map(Table::filled).collect())
}

/// Every workload that was measured.
pub(in crate::present) fn workloads(summary: &Summary, about: &str) -> Option<TopicPage> {
    let table = Table::of(&summary.workloads)
        .words("workload", "workload", |one| {
            Cell::from(&*one.workload).link(links::workload_page(&one.workload))
        })
        .words("kind", "kind", |one| {
            workloads::find(&one.workload).map_or(String::new(), |meta| meta.kind.numbered())
        })
        .figure("allocations", "allocations", |one| one.allocations.map(Value::Count))
        .figure("CPU time, untracked", "untracked_cpu_s", |one| {
            one.untracked.as_ref().and_then(|timing| timing.cpu_s).map(Value::seconds)
        })
        .figure("allocations a second", "allocations_per_s", rate)
        .figure("samples", "blocks", |one| Value::Count(one.blocks as u64))
        .words("what it does", "about", |one| {
            workloads::find(&one.workload).map_or("", |meta| meta.summary)
        })
        .table("workloads", "Workloads");
    TopicPage::of(about, Vec::new(), table.filled().into_iter().collect())
}

/// How often the untracked program allocates, in a second of CPU time.
fn rate(one: &WorkloadSummary) -> Option<Value> {
    let (allocations, cpu_s) = (one.allocations?, one.untracked.as_ref()?.cpu_s?);
    (cpu_s > 0.0).then(|| Unit::Whole.of(allocations as f64 / cpu_s))
}
