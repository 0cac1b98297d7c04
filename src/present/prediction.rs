//! What a tracker would cost the reader's program, as a table.

use super::table::{Cell, Table, Unit, Value};
use super::{links, words};
use crate::analyse::prediction::{Prediction, Range, predictions};
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
            let title = words::arm_title(&one.arm, one.version.as_deref());
            Cell::from(title).link(links::tracker_page(&one.arm))
        })
        .estimate("an allocation takes", "ns", |one| ranged(one.ns, Unit::Nanoseconds))
        .aside("least to most of a workload");
    for (rate, heading, field) in RATES {
        table = table.bare_estimate(heading, field, move |one: &Prediction| {
            let Some(ratio) = one.ratio_at(rate) else { return Value::Absent.into() };
            let aside = units::short_interval(ratio.typical, ratio.low.max(0.0), ratio.high);
            Cell::from(ranged(ratio, Unit::Factor)).aside(aside)
        });
    }
    table
        .figure("error", "error", |one| Unit::Share.of(one.error))
        .aside("median")
        .figure("worst", "worst_error", |one| Unit::Share.of(one.worst_error))
        .figure("own heap for each live allocation", "bytes_per_live", |one| {
            one.bytes_per_live.map(Value::bytes)
        })
        .table("prediction", "What would it cost my program?")
        .note(
            "Count your program's allocations, for example by `heaptrack PROGRAM`, and divide them by its CPU time in seconds \
             (user and system): the columns are that rate. They say how many times the CPU time it would take, and below that \
             the least and the most, as if each allocation cost what it costs on the workload where it is cheapest, and \
             dearest. What is beyond the rates that were measured is not told. Error: each workload's ratio as all others \
             predict it, against what was measured. Own heap: on the workload with most allocations alive. More threads may cost more: see the page about them.",
        )
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
}
