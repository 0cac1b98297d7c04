//! The experiments' tables: numbers of threads, and the cost ladder.

use super::faults;
use super::table::{Cell, Table, Unit, Value};
use crate::analyse::summary::{Ladder, Rung, SizeCell, SizeGrowth, Summary, ThreadCell};
use crate::present::words::{self, arm_title};
use crate::stats::Slope;

/// Every table of a summary that is about an experiment, those without a row left out.
pub(super) fn tables(summary: &Summary) -> Vec<Table> {
    let tables = [
        threads(&summary.threads),
        size_growth(&summary.size_growth),
        sizes(&summary.sizes),
        ladder(&summary.ladders),
    ];
    tables.into_iter().filter_map(Table::filled).collect()
}

pub(super) fn threads(all: &[ThreadCell]) -> Table {
    Table::of(all)
        .words("workload", "workload", |cell| cell.workload.as_str())
        .words("tracker", "tracker", |cell| arm_title(&cell.arm, cell.version.as_deref()))
        .figure("threads", "threads", |cell| Value::Count(cell.threads as u64))
        .figure("scale", "scale", |cell| Unit::Decimals(2, "").of(cell.scale))
        .spare()
        .estimate("overhead", "overhead", |cell| {
            Cell::from(cell.overhead).failing(words::failures(&cell.failures))
        })
        .bare_estimate("in wall time", "wall_overhead", |cell| cell.wall_overhead)
        .spare()
        .figure("identical programs", "noise_factor", |cell| {
            cell.noise.and_then(|noise| noise.factor).map(Value::factor)
        })
        .words("accuracy", "grade", |cell| {
            cell.grade.map_or(Value::Absent, |grade| Value::Text(grade.word().to_owned()))
        })
        .words("worst figure", "worst", |cell| {
            cell.worst.as_ref().map(faults::fault).unwrap_or_default()
        })
        .spare()
        .figure("capture", "capture", |cell| cell.capture.map(Value::capture))
        .figure("live allocations", "live_allocations", |cell| {
            cell.live_allocations.map(Value::capture)
        })
        .datum("failures", |cell| words::failures(&cell.failures))
        .table("threads", "By number of threads")
        .note(
            "Each number of threads has its own untracked programs beside it. Accuracy is \
             of the worst figure. Capture: reported ÷ actual allocations. Live allocations at the end, likewise.",
        )
}

/// How costs grow: the exponents.
pub(super) fn size_growth(all: &[SizeGrowth]) -> Table {
    let exponent = |slope: Option<Slope>| {
        let value = |slope: Slope| {
            Value::Figure(slope.slope, Some([slope.low, slope.high]), Unit::Decimals(2, ""))
        };
        slope.map(value)
    };
    let scale = |scale: Option<f64>| scale.map(|scale| Unit::Decimals(3, "").of(scale));
    Table::of(all)
        .words("workload", "workload", |one| one.workload.as_str())
        .words("tracker", "tracker", |one| arm_title(&one.arm, one.version.as_deref()))
        .words("as it grows", "verdict", growth_in_words)
        .estimate("CPU time", "time_exponent", move |one| exponent(one.time))
        .aside("exponent, by events")
        .estimate("of an event", "event_time_exponent", move |one| exponent(one.event_time))
        .aside("by live allocations")
        .estimate("own heap", "memory_exponent", move |one| exponent(one.memory))
        .aside("exponent, by live allocations")
        .figure("wrong from", "wrong_from", move |one| scale(one.wrong_from))
        .figure("failed from", "failed_from", move |one| scale(one.failed_from))
        .table("size-growth", "How costs grow with a workload")
        .note(
            "What a tracker adds is as the size to the power of the exponent: 1 is in proportion, more is worse than that, \
             0 is the same whatever the size. Of an event: where the number of events hardly varies, how the cost of one grows \
             with the allocations that are alive. A straight line through logarithms, with its 95 % interval. Wrong, and \
             failed, from which scale on.",
        )
}

/// What is to be said of it: `in proportion`, `faster than in proportion`, `loses count`.
fn growth_in_words(one: &SizeGrowth) -> String {
    let mut words = Vec::new();
    if one.failed_from.is_some() {
        words.push("stops");
    }
    if one.wrong_from.is_some() {
        words.push("loses count");
    }
    let faster = |slope: Option<Slope>| slope.is_some_and(|slope| slope.low > FASTER);
    if one.event_time.is_some_and(|slope| slope.low > FASTER - 1.0) {
        words.push("an event costs more, the more are alive");
    }
    if faster(one.time) {
        words.push("time faster than in proportion");
    }
    if faster(one.memory) {
        words.push("memory faster than in proportion");
    }
    if words.is_empty() { "in proportion, or less".to_owned() } else { words.join("; ") }
}

/// An exponent beyond which growth is called faster than in proportion: small runs have fixed costs, and large ones miss
/// caches, whatever the tracker.
const FASTER: f64 = 1.1;

/// Each size.
pub(super) fn sizes(all: &[SizeCell]) -> Table {
    Table::of(all)
        .words("workload", "workload", |cell| cell.workload.as_str())
        .words("tracker", "tracker", |cell| arm_title(&cell.arm, cell.version.as_deref()))
        .figure("scale", "scale", |cell| Unit::Decimals(3, "").of(cell.scale))
        .figure("events", "events", |cell| cell.events.map(Value::Count))
        .figure("most live", "live", |cell| cell.live.map(Value::Count))
        .figure("events a second", "events_per_s", |cell| {
            let seconds = cell.untracked_cpu_s.filter(|&seconds| seconds > 0.0);
            cell.events.zip(seconds).map(|(events, s)| Unit::Whole.of(events as f64 / s))
        })
        .spare()
        .estimate("overhead", "overhead", |cell| {
            Cell::from(cell.overhead).failing(words::failures(&cell.failures))
        })
        .estimate("an event", "added_ns_per_event", |cell| cell.added.map(rung))
        .figure("own heap", "own_peak_bytes", |cell| cell.own_peak_bytes.map(Value::size))
        .words("accuracy", "grade", |cell| {
            cell.grade.map_or(Value::Absent, |grade| Value::Text(grade.word().to_owned()))
        })
        .words("worst figure", "worst", |cell| {
            cell.worst.as_ref().map(faults::fault).unwrap_or_default()
        })
        .spare()
        .table("sizes", "By size")
        .note(
            "Each size has its own untracked programs beside it. Events a second: of the untracked program. An event: \
             CPU time that the tracker adds to an allocation, free or reallocation. Own heap: at its peak.",
        )
}

pub(super) fn ladder(all: &[Ladder]) -> Table {
    let per_event = |ns: f64| Unit::Nanoseconds.of(ns);
    Table::of(all)
        .words("workload", "workload", |ladder| ladder.workload.as_str())
        .words("tracker", "tracker", |ladder| arm_title(&ladder.arm, ladder.version.as_deref()))
        .figure("events", "events", |ladder| Value::Count(ladder.events))
        .figure("set-up", "init_s", |ladder| ladder.init_ns.map(|ns| Value::seconds(ns / 1e9)))
        .estimate("second thread", "parked_ns_per_event", |ladder| ladder.parked.map(rung))
        .estimate("idle", "idle_ns_per_event", |ladder| ladder.idle.map(rung))
        .estimate("armed", "armed_ns_per_event", |ladder| {
            Cell::from(ladder.armed.map(rung)).failing(words::failures(&ladder.failures))
        })
        .figure("read", "read_ns_per_event", |ladder| ladder.read_ns.map(per_event))
        .figure("reported", "report_ns_per_event", |ladder| ladder.report_ns.map(per_event))
        .figure("all", "all_ns_per_event", |ladder| ladder.total_ns().map(per_event))
        .figure("size of reports", "report_bytes", |ladder| ladder.report_bytes.map(Value::size))
        .datum("failures", |ladder| words::failures(&ladder.failures))
        .table("ladder", "Which step costs what")
        .note(
            "Nanoseconds of CPU time per allocation event of the workload, with the 95 % \
             interval. Second thread: no tracker, and a thread that only waits, against no tracker; the \
             C library's allocator is slower from then on, so a tracker that starts a thread \
             costs a program of one thread that much by it. Idle: linked and not started, against no tracker; an \
             interval that holds 0 is no cost. Armed: at work, against no tracker. Read and \
             reported: its statistics and its reports, once at the end, divided by the events. \
             Set-up is once per program.",
        )
}

fn rung(rung: Rung) -> Value {
    let ends = rung.low.zip(rung.high).map(|(low, high)| [low, high]);
    Value::Figure(rung.ns, ends, Unit::Nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::present::table::{Renderer, Terminal};

    #[test]
    fn the_experiments_read_like_this() {
        let summary = fixture::summary_of_truth();
        let text: Vec<String> =
            tables(&summary).iter().map(|table| Terminal::default().render(table)).collect();
        insta::assert_snapshot!(text.join("\n\n"));
    }
}
