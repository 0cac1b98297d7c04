//! The table of how long single allocations take.

use super::table::{Cell, Place, Table, Unit, Value};
use crate::analyse::latency::{CallDurations, CallLatency, QUANTILE_NAMES, QUANTILES};
use crate::analyse::summary::Summary;
use crate::common::units;
use crate::present::words::arm_title;

/// The table, if anything was timed.
pub(super) fn tables(summary: &Summary) -> Vec<Table> {
    calls(&summary.latencies).filled().into_iter().collect()
}

/// The calls of one kind under one arm.
#[derive(Clone, Copy)]
struct Row<'a> {
    of: &'a CallLatency,
    kind: &'static str,
    durations: Option<&'a CallDurations>,
}

/// A row for the allocations of each arm and one for its frees, in sections by workload.
pub(super) fn calls(all: &[CallLatency]) -> Table {
    let sections = all.chunk_by(|a, b| a.workload == b.workload).map(|workload| {
        let rows = workload.iter().flat_map(|of| {
            let allocations = Row { of, kind: "allocations", durations: of.allocations.as_ref() };
            let frees = of.frees.as_ref();
            let frees = frees.map(|frees| Row { of, kind: "frees", durations: Some(frees) });
            std::iter::once(allocations).chain(frees)
        });
        (workload[0].workload.clone(), rows.collect::<Vec<_>>())
    });
    let mut table = Table::in_sections(sections)
        .words("tracker", "tracker", |row: Row<'_>| title(row.of))
        .datum("workload", |row| row.of.workload.as_str())
        .words("calls", "calls", |row| row.kind)
        .figure("number", "number", |row| row.durations.map(|all| Value::Count(all.calls)))
        .spare();
    for (index, name) in QUANTILE_NAMES.into_iter().enumerate() {
        let ends = ["", "_least", "_most"].map(|end| format!("{}_s{end}", field(name)));
        table = table.figure(name, &ends[0], |row| quantile(row, index, |q| q.ns));
        if index == 0 {
            table = table.datum("samples", |row| Value::Count(row.of.samples as u64));
        } else if QUANTILES[index] < 1.0 && index != 3 {
            table = table.spare();
        }
        table = table.datum(&ends[1], |row| quantile(row, index, |q| q.least_ns));
        table = table.datum(&ends[2], |row| quantile(row, index, |q| q.most_ns));
    }
    table
        .figure("timer", "timer_s", |row| row.of.timer_ns.map(time))
        .at(Place::Page)
        .datum("failures", |row| row.of.failures.join("; "))
        .table("call-latency", "How long a single allocation takes")
        .note(note(all))
}

fn title(of: &CallLatency) -> String {
    if of.is_control() { of.arm.to_string() } else { arm_title(&of.arm, of.version.as_deref()) }
}

/// `p99.9` as data names it: `p99_9`.
fn field(name: &str) -> String {
    name.replace('.', "_")
}

fn quantile(
    row: Row<'_>,
    index: usize,
    read: fn(&crate::analyse::latency::QuantileNs) -> u64,
) -> Cell {
    let value = row.durations.map(|all| time(read(&all.quantiles[index])));
    let failures = &row.of.failures;
    let told = index == 0 && row.kind == "allocations" && !failures.is_empty();
    let failures = told.then(|| format!("{} failed", units::counted(failures.len(), "sample")));
    Cell::from(value).failing(failures.unwrap_or_default())
}

fn time(ns: u64) -> Value {
    Unit::Seconds.of(ns as f64 / 1e9)
}

fn note(all: &[CallLatency]) -> String {
    let mut timers: Vec<u64> = all.iter().filter_map(|one| one.timer_ns).collect();
    timers.sort_unstable();
    let timer = match (timers.first(), timers.last()) {
        (Some(least), Some(most)) if least == most => format!("{least} ns here"),
        (Some(least), Some(most)) => format!("{least} to {most} ns here"),
        _ => "unknown".to_owned(),
    };
    format!(
        "Each call of the allocator by the program, timed as the program sees it, in passes that say nothing of \
         cost: an allocation or reallocation, and a free, that the tracker handles. All samples together; half of \
         the calls take no longer than p50, one in ten thousand longer than p99.99. The timer is part of each: \
         around nothing it takes {timer} (median). Whatever stops a thread, the kernel too, is in the longest: what \
         untracked shows is not the tracker's, and untracked-twin is the same program once more."
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::present::table::{Renderer, Terminal};

    #[test]
    fn the_table_reads_like_this() {
        let summary = fixture::summary_of_latencies();
        insta::assert_snapshot!(Terminal::default().render(&calls(&summary.latencies)));
    }
}
