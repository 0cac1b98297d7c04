//! What a tracker would cost the reader's program, as a table.

use super::table::{Cell, Table, Unit, Value};
use super::{links, words};
use crate::analyse::prediction::{Predicted, Prediction, Program, Range, predictions};
use crate::analyse::summary::Summary;
use crate::common::units;

/// Allocations in a second of CPU time.
const RATES: [(f64, &str, &str); 4] = [
    (1e5, "100,000 a second", "ratio_at_100k"),
    (1e6, "1 million", "ratio_at_1m"),
    (3e6, "3 million", "ratio_at_3m"),
    (1e7, "10 million", "ratio_at_10m"),
];

/// A row for each tracker, the cheapest first.
pub(super) fn tables(summary: &Summary) -> Vec<Table> {
    if !summary.is_timed() {
        return Vec::new();
    }
    let mut all = predictions(summary);
    all.sort_by(|a, b| a.ns.typical.total_cmp(&b.ns.typical));
    vec![table(&all)]
}

fn table(all: &[Prediction]) -> Table {
    let mut table = Table::of(all)
        .words("tracker", "tracker", |one| {
            Cell::from(title(one)).link(links::tracker_page(&one.arm))
        })
        .estimate("an allocation takes", "ns", |one| ranged(one.ns, Unit::Nanoseconds))
        .aside("least to most of a workload");
    for (rate, heading, field) in RATES {
        table = table.bare_estimate(heading, field, move |one: &Prediction| {
            let program = Program { rate, live: None, threads: 1 };
            let Ok(predicted) = one.of_program(&program) else { return Value::Absent.into() };
            let ratio = predicted.cpu;
            let aside = units::short_interval(ratio.typical, ratio.low.max(0.0), ratio.high);
            Cell::from(ranged(ratio, Unit::Factor)).aside(aside)
        });
    }
    let mut table = table
        .figure("error", "error", |one| Unit::Share.of(one.error))
        .aside("median")
        .figure("worst", "worst_error", |one| Unit::Share.of(one.worst_error))
        .figure("with a million alive", "by_a_million_alive", |one| {
            one.by_live(1e6).ok().map(Value::factor)
        })
        .aside("an allocation takes");
    let with_ten = |one: &Prediction| one.by_live(1e7).ok().map(Value::factor);
    if all.iter().any(|one| with_ten(one).is_some()) {
        table = table.figure("with ten million", "by_ten_million_alive", with_ten);
        table = table.aside("an allocation takes");
    }
    // Where it was tried on any.
    let with_more = |one: &Prediction| share(one.error_with_more_alive);
    if all.iter().any(|one| with_more(one).is_some()) {
        table = table.figure("error with more alive", "error_with_more_alive", with_more);
        table = table.aside("median");
    }
    table = table
        .figure("on 4 threads", "by_4_threads", |one| one.by_threads(4).ok().map(Value::factor))
        .aside("an allocation takes");
    let on_threads = |one: &Prediction| share(one.error_on_threads);
    if all.iter().any(|one| on_threads(one).is_some()) {
        table = table.figure("error on threads", "error_on_threads", on_threads).aside("median");
    }
    table
        .bare_estimate("own heap for each live allocation", "bytes_per_live", |one| {
            one.bytes_per_live.map(|bytes| ranged(bytes, Unit::Bytes))
        })
        .table("prediction", "What would it cost my program?")
        .note(
            "`memscope-bench predict -- PROGRAM` counts your program's allocations, those alive at once and its threads, and \
             says what each tracker would cost it. The columns are rates: allocations in a second of CPU time. They say how \
             many times the CPU time it would take, and below that the least and the most, as if each allocation cost \
             what it costs on the workload where it is cheapest, and dearest. What is beyond the rates that were measured \
             is not told. Error: each workload's ratio as all others predict it, against what was measured. With more alive than any \
             of the workloads has, and on more threads, an allocation takes so many times as long, where a sweep was made \
             over that and it found more than nothing beyond doubt; an error beside it is of workloads that this sweep has \
             not: larger ones, and those with workers on all threads. Own heap: on the workload with most allocations alive.",
        )
}

/// What each tracker would cost one program, the cheapest first; below it, of which nothing is told, and why.
pub(super) fn of_program(all: &[Prediction], program: &Program) -> Table {
    let mut told: Vec<(&Prediction, Predicted)> = Vec::new();
    let mut beyond: Vec<(String, Vec<String>)> = Vec::new();
    for one in all {
        match one.of_program(program) {
            Ok(predicted) => told.push((one, predicted)),
            Err(reason) => {
                let (reason, title) = (reason.to_string(), title(one));
                match beyond.iter_mut().find(|(known, _)| *known == reason) {
                    Some((_, titles)) => titles.push(title),
                    None => beyond.push((reason, vec![title])),
                }
            }
        }
    }
    told.sort_by(|(_, a), (_, b)| a.cpu.typical.total_cmp(&b.cpu.typical));
    let table = Table::of(told)
        .words("tracker", "tracker", |(one, _)| title(one))
        .estimate("CPU time", "cpu", |(_, told)| ranged(told.cpu, Unit::Factor))
        .aside("least to most")
        .estimate("own heap", "own_heap_bytes", |(_, told)| {
            told.own_heap.map_or(Value::Absent, |bytes| ranged(bytes, Unit::Bytes))
        })
        .figure("error", "error", |(one, _)| share(one.error_for(program)))
        .table("predicted", "What would it cost this program?")
        .note(
            "CPU time: how many times that of the program it would take; the ends are as if each allocation cost what it costs \
             on the workload where it is cheapest, and dearest. Error: the median, of workloads' ratios as others \
             predict them, against what was measured: on several threads, and with more alive than those have, of such ones, \
             where that was tried. Nothing is told beyond what was measured.",
        );
    beyond.into_iter().fold(table, |table, (reason, titles)| {
        let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
        table.note(format!("Not told of {}: {reason}.", units::listed(&titles)))
    })
}

fn share(error: Option<f64>) -> Option<Value> {
    error.map(|error| Unit::Share.of(error))
}

fn title(one: &Prediction) -> String {
    words::arm_title(&one.arm, one.version.as_deref())
}

fn ranged(Range { low, typical, high }: Range, unit: Unit) -> Value {
    Value::Figure(typical, Some([low, high]), unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::present::table::{Renderer, Terminal};

    #[test]
    fn predictions_read_like_this() {
        let tables = tables(&fixture::large_summary(3, 6));
        insta::assert_snapshot!(Terminal::default().render(&tables[0]));
    }

    #[test]
    fn what_it_would_cost_a_program_reads_like_this() {
        let all = predictions(&fixture::large_summary(3, 6));
        let rate = all[1].rates[0];
        let table = |program| Terminal::default().render(&of_program(&all, &program));
        let told = table(Program { rate, live: Some(1_000), threads: 1 });
        let not_told = table(Program { rate, live: Some(1_000), threads: 64 });
        insta::assert_snapshot!(format!("{told}\n\n{not_told}"));
    }
}
