//! The tables of servers at fixed rates: which rate is held, and how long requests take at each.

use super::table::{Table, Unit, Value};
use crate::analyse::load::{ClimbEnd, LoadClimb, LoadStep};
use crate::analyse::summary::Summary;
use crate::common::units;
use crate::present::words::arm_title;
use crate::record::HELD_P99_NS;

/// Both tables, if any server was put under fixed rates.
pub(super) fn tables(summary: &Summary) -> Vec<Table> {
    let tables = [held(&summary.loads), steps(&summary.loads)];
    tables.into_iter().filter_map(Table::filled).collect()
}

/// The highest rate that each tracker's server holds.
pub(super) fn held(all: &[LoadClimb]) -> Table {
    Table::of(all)
        .words("workload", "workload", |climb| climb.workload.as_str())
        .words("tracker", "tracker", |climb| arm_title(&climb.arm, climb.version.as_deref()))
        .datum("held_per_s", |climb| climb.highest_held().map(|rate| Value::Count(rate.into())))
        .figure("highest rate held", "held", held_words)
        .figure("each climb", "climbs", |climb| {
            climb.held.iter().map(|&rate| units::count(rate.into())).collect::<Vec<_>>().join("; ")
        })
        .words("ended by", "ended_by", ended)
        .datum("failures", |climb| climb.failures.join("; "))
        .table("load-held", "The highest rate of requests that a server holds")
        .note(format!(
            "Requests a second of which 99 % were answered within {} of when they were due; the median of the \
             climbs. A climb tries one rate after the other and ends with the first that is not held. Client and \
             server share the cores. Where the client could not begin with its requests in time, it was the \
             limit, and the server may hold more (≥).",
            limit()
        ))
}

fn limit() -> String {
    let text = units::seconds(HELD_P99_NS as f64 / 1e9);
    text.replace(".0 ", " ")
}

/// The highest rate held, in words: `8,000/s`, `≥ 24,000/s`.
pub(super) fn held_words(climb: &LoadClimb) -> String {
    match climb.highest_held() {
        None | Some(0) => "none".to_owned(),
        Some(rate) => {
            let more = if climb.is_at_least() { "≥ " } else { "" };
            format!("{more}{}/s", units::count(rate.into()))
        }
    }
}

fn ended(climb: &LoadClimb) -> String {
    let words = |end: &ClimbEnd| match end {
        ClimbEnd::Late => "late answers",
        ClimbEnd::ClientLate => "a late client",
        ClimbEnd::AllHeld => "no higher rate",
        ClimbEnd::Failed => "a failed sample",
    };
    let all: Vec<String> = match climb.ended.len() {
        1 => climb.ended.keys().map(|end| words(end).to_owned()).collect(),
        _ => climb.ended.iter().map(|(end, times)| format!("{} ({times})", words(end))).collect(),
    };
    all.join(", ")
}

/// How long requests take at each rate, in a section for each workload.
pub(super) fn steps(all: &[LoadClimb]) -> Table {
    let time = |ns: u64| Value::seconds(ns as f64 / 1e9);
    let sections = all.chunk_by(|a, b| a.workload == b.workload).map(|climbs| {
        let rows =
            climbs.iter().flat_map(|climb| climb.steps.iter().map(move |step| (climb, step)));
        (climbs[0].workload.clone(), rows.collect::<Vec<(&LoadClimb, &LoadStep)>>())
    });
    Table::in_sections(sections)
        .words("tracker", "tracker", |(climb, _)| {
            arm_title(&climb.arm, climb.version.as_deref())
        })
        .datum("workload", |(climb, _)| climb.workload.as_str())
        .figure("requests/s", "rate_per_s", |(_, step)| Value::Count(step.rate.into()))
        .words("held", "held", |(_, step)| holding(step))
        .figure("p50", "p50_s", |(_, step)| time(step.latency.p50_ns))
        .figure("p90", "p90_s", |(_, step)| time(step.latency.p90_ns))
        .spare()
        .figure("p99", "p99_s", |(_, step)| time(step.latency.p99_ns))
        .datum("p99_s_least", |(_, step)| time(step.p99_range_ns[0]))
        .datum("p99_s_most", |(_, step)| time(step.p99_range_ns[1]))
        .figure("p99.9", "p99_9_s", |(_, step)| step.latency.p999_ns.map(time))
        .spare()
        .figure("max", "max_s", |(_, step)| time(step.latency.max_ns))
        .spare()
        .figure("client late, p99", "lag_p99_s", |(_, step)| step.lag_p99_ns.map(time))
        .figure("answered", "answered", |(_, step)| Unit::Share.of(step.answered))
        .spare()
        .figure("CPU per 1,000", "cpu_s_per_1000", |(_, step)| {
            step.cpu_s_per_1000.map(Value::seconds)
        })
        .datum("samples", |(_, step)| Value::Count(step.samples as u64))
        .table("load", "Servers at fixed rates")
        .note(
            "Requests come at a fixed rate, whatever becomes of those before them, each on a connection of its \
             own; a latency counts from when the request was due. Client late: from then until the client began \
             with it, which is part of the latency. Medians over samples.",
        )
}

fn holding(step: &LoadStep) -> String {
    match (step.held, step.client_late) {
        (held, _) if held == step.samples => "yes".to_owned(),
        (0, 0) => "no".to_owned(),
        (0, late) if late == step.samples => "client late".to_owned(),
        (held, 0) => format!("{held} of {}", step.samples),
        (held, late) => format!("{held} of {}, client late {late}", step.samples),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::present::table::{Renderer, Terminal};

    #[test]
    fn the_tables_read_like_this() {
        let summary = fixture::summary_of_loads();
        let text: Vec<String> =
            tables(&summary).iter().map(|table| Terminal::default().render(table)).collect();
        insta::assert_snapshot!(text.join("\n\n"));
    }
}
