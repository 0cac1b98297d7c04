//! The tables of what the instrument finds.

use super::table::{Table, Unit, Value};
use super::words;
use crate::analyse::calibration::{
    Calibration, Called, Counted, FoundCost, KnownCosts, Layouts, Level, MoreInstructions,
    MoreLevel, ORDERS, ROWS, SlowDowns, TIMES,
};
use crate::analyse::summary::Summary;
use crate::common::units;

/// Every table, of the calibrations that were made or are kept.
pub(super) fn tables(summary: &Summary) -> Vec<Table> {
    of(&summary.calibrations)
}

/// The same, of those alone that were made in these runs.
pub(super) fn made(summary: &Summary) -> Vec<Table> {
    of(summary.calibrations_made())
}

/// The tables of some calibrations.
pub(super) fn of<'a>(all: impl IntoIterator<Item = &'a Calibration>) -> Vec<Table> {
    let one = |(number, calibration): (usize, &Calibration)| {
        let costs = calibration.costs.as_ref().map(|costs| known(calibration, costs));
        let slow_downs = Some(slow_downs(calibration, number + 1))
            .filter(|_| !calibration.slow_downs.is_empty());
        let more =
            Some(more_instructions(calibration)).filter(|_| !calibration.instructions.is_empty());
        let layouts = Some(layouts(calibration)).filter(|_| !calibration.layouts.is_empty());
        [costs, slow_downs, more, layouts].into_iter().flatten().collect::<Vec<_>>()
    };
    all.into_iter().enumerate().flat_map(one).filter_map(Table::filled).collect()
}

/// The lengths of comparisons, in the order of [`SECONDS`](crate::analyse::calibration::SECONDS).
const SECOND_NAMES: [&str; 5] = ["5 s", "10 s", "20 s", "40 s", "60 s"];

/// Where and when, as a note ends.
fn provenance(calibration: &Calibration) -> String {
    format!(
        "{}, {}; made by: {}",
        words::moment(&calibration.started),
        calibration.machine,
        calibration.command
    )
}

/// One thing that was planted.
struct Known {
    what: String,
    found: Value,
    verdict: String,
    blocks: Option<usize>,
}

fn known(calibration: &Calibration, costs: &KnownCosts) -> Table {
    let cost = |one: &FoundCost| Known {
        what: format!("{} ns of work for every event", one.planted_ns),
        found: Value::Figure(one.found_ns, Some([one.low_ns, one.high_ns]), Unit::Nanoseconds),
        verdict: verdict(one.is_close(), Some(one.is_covered())),
        blocks: Some(one.blocks),
    };
    let memory = costs.memory.iter().map(|one| Known {
        what: format!("{} bytes for every live allocation", one.planted_bytes),
        found: Value::bytes(one.found_bytes),
        verdict: verdict(one.is_close(), None),
        blocks: None,
    });
    let losses = costs.losses.iter().map(|one| Known {
        what: format!("one allocation in {} not counted", one.one_in),
        found: Value::Text(format!(
            "{} of {}",
            units::count(one.allocations.saturating_sub(one.reported)),
            units::count(one.allocations)
        )),
        verdict: if one.is_exact() { "exact" } else { "wrong" }.to_owned(),
        blocks: None,
    });
    let rows: Vec<Known> = costs.costs.iter().map(cost).chain(memory).chain(losses).collect();
    Table::of(&rows)
        .words("known", "known", |row: &Known| row.what.as_str())
        .estimate("found", "found", |row| row.found.clone())
        .words("verdict", "verdict", |row| row.verdict.as_str())
        .datum("blocks", |row| row.blocks.map(|blocks| Value::Count(blocks as u64)))
        .table("known-costs", "What is known, and what the instrument finds")
        .note(format!(
            "A tracker whose cost, memory and losses are known beforehand (trackers/known-cost.rs). Work: \
             nanoseconds for each event beyond the same tracker without work, by the estimator of all overheads, with the \
             95 % interval; close is ±5 %, and ±1 ns below 20 ns. {}",
            provenance(calibration)
        ))
}

fn verdict(is_close: bool, is_covered: Option<bool>) -> String {
    let close = if is_close { "close" } else { "off" };
    match is_covered {
        Some(true) => format!("{close}, in the interval"),
        Some(false) => format!("{close}, not in the interval"),
        None => close.to_owned(),
    }
}

/// So many workloads have room in a title.
const FEW: usize = 3;

/// `number` tells it from those of other calibrations.
fn slow_downs(calibration: &Calibration, number: usize) -> Table {
    let sections = calibration.slow_downs.iter().map(|of| {
        let levels = of.levels.iter().map(|level| (of, Some(level)));
        (of.workload.clone(), std::iter::once((of, None)).chain(levels).collect::<Vec<_>>())
    });
    let beside = match calibration.neighbours {
        0 => String::new(),
        number => format!(", beside {}", units::counted(number as usize, "memory-bound neighbour")),
    };
    // Several tables of a page are told apart by it.
    let workloads: Vec<&str> = calibration.slow_downs.iter().map(|of| &*of.workload).collect();
    let on = match workloads.len() {
        1..=FEW => format!(": {}", units::listed(&workloads)),
        _ => String::new(),
    };
    let mut table = Table::in_sections(sections)
        .words("planted", "planted", |(_, level): (&SlowDowns, Option<&Level>)| match level {
            Some(level) => percent_of(level.per_mille),
            None => "nothing".to_owned(),
        })
        .datum("workload", |(of, _)| of.workload.as_str())
        .estimate("true change", "effect_percent", |(_, level)| level.map(change))
        .datum("scale", |(of, _)| Value::Figure(of.scale, None, Unit::Decimals(4, "")))
        .datum("sample_s", |(of, _)| Value::seconds(of.sample_s))
        .datum("blocks", |(of, _)| Value::Count(of.blocks as u64))
        .datum("spread", |(of, _)| Unit::Share.of(of.spread));
    for (index, name) in SECOND_NAMES.into_iter().enumerate() {
        let field = format!("found_{}", name.replace(' ', ""));
        table = table.figure(name, &field, move |(_, level)| {
            level.and_then(|level| level.found.get(index)).map(|found| counted(found.counted))
        });
        if index % 2 == 1 {
            table = table.spare();
        }
    }
    table
        .figure("false alarms", "false_alarms", |(of, level)| {
            level.is_none().then(|| counted(of.false_alarms))
        })
        .figure("in a table", "false_alarms_in_table", |(of, level)| {
            level.is_none().then(|| counted(of.false_in_table))
        })
        .figure("would be found in 60 s", "reach_60s", |(of, level)| {
            level.is_none().then(|| Unit::Share.of(of.reach_60s))
        })
        .table(
            format!("slow-downs-{number}"),
            format!("Which slow-downs are found, and in what time{beside}{on}"),
        )
        .note(format!(
            "memscope-rs with work added to every allocation, against itself, on one thread. In how many of so many \
             comparisons it was called slower, each with as many blocks of a comparison as fit into the time for each \
             workload, judged as one of {ROWS} rows. The comparisons are disjoint stretches of one recording. False \
             alarms: the tracker against itself once more, called different at 95 % alone (5 in 100 are expected), and \
             as one of {ROWS} rows. {} {}",
            all_together(calibration),
            provenance(calibration)
        ))
}

fn more_instructions(calibration: &Calibration) -> Table {
    let rows: Vec<(&MoreInstructions, &MoreLevel)> = calibration
        .instructions
        .iter()
        .flat_map(|of| of.levels.iter().map(move |level| (of, level)))
        .collect();
    Table::of(&rows)
        .words("workload", "workload", |(of, _): &(&MoreInstructions, &MoreLevel)| {
            of.workload.as_str()
        })
        .words("planted", "planted", |(_, level)| percent_of(level.per_mille))
        .figure("true change", "effect_percent", |(_, level)| {
            Some(Value::Figure(100.0 * (level.effect - 1.0), None, Unit::Decimals(2, " %")))
        })
        .figure("called more", "found", |(_, level)| Some(counted(level.found)))
        .figure("false alarms", "false_alarms", |(of, _)| Some(counted(of.false_alarms)))
        .figure("a comparison takes", "comparison_s", |(of, _)| {
            Some(Value::seconds(of.comparison_s))
        })
        .figure("found from", "reach", |(of, _)| {
            Some(Value::Figure(100.0 * of.reach, None, Unit::Decimals(2, " %")))
        })
        .datum("spread", |(of, _)| Unit::Share.of(of.spread))
        .datum("scale", |(of, _)| Value::Figure(of.scale, None, Unit::Decimals(4, "")))
        .table("more-instructions", "How few instructions more are found")
        .note(format!(
            "memscope-rs with work added to every allocation, against itself: instructions, as Valgrind counts them, \
             {TIMES} times for each side. In how many of so many comparisons it was called more, and in how many the \
             same once more was called different. Found from: the larger of the least change that is called one and \
             three times what counts of the same differ by. {}",
            provenance(calibration)
        ))
}

/// One program linked many times, against itself.
fn layouts(calibration: &Calibration) -> Table {
    let all = |count: fn(&Layouts) -> Called| {
        calibration.layouts.iter().map(count).fold(Called::default(), Called::and)
    };
    let [pairs, over] = [all(|of| of.pairs), all(|of| of.over_orders)];
    Table::of(&calibration.layouts)
        .words("workload", "workload", |of: &Layouts| of.workload.as_str())
        .figure("layout", "spread", |of| Some(Unit::Share.of(of.spread)))
        .figure("two links: different", "pairs_different", |of| Some(counted(of.pairs.different)))
        .figure("slower or faster", "pairs_slower_or_faster", |of| {
            Some(counted(of.pairs.slower_or_faster))
        })
        .figure("eight links: different", "orders_different", |of| {
            Some(counted(of.over_orders.different))
        })
        .figure("slower or faster over eight", "orders_slower_or_faster", |of| {
            Some(counted(of.over_orders.slower_or_faster))
        })
        .datum("scale", |of| Value::Figure(of.scale, None, Unit::Decimals(4, "")))
        .datum("sample_s", |of| Value::seconds(of.sample_s))
        .datum("orders", |of| Value::Count(of.orders as u64))
        .datum("blocks", |of| Value::Count(of.blocks as u64))
        .table("layouts", "The same code linked anew, against itself")
        .note(format!(
            "memscope-rs against itself, each side linked with its code in another order. Layout: by how much the ratio \
             of two such programs differs from pair to pair. Two links: pairs of one program each, called different at \
             95 %, and slower or faster as two builds are, from 3 % on. Eight links: comparisons over {ORDERS} pairs, as \
             --links 8 makes them, slower or faster from 1 % on. Over all workloads: of two links {}; of eight {}. {}",
            called(pairs),
            called(over),
            provenance(calibration)
        ))
}

/// What comparisons were called, in words.
fn called(called: Called) -> String {
    format!(
        "{} different, {} slower or faster",
        share(called.different),
        share(called.slower_or_faster)
    )
}

/// By how much a slow-down truly is one, in percent.
fn change(level: &Level) -> Value {
    let percent = |ratio: f64| 100.0 * (ratio - 1.0);
    Value::Figure(
        percent(level.effect),
        Some(level.effect_ends.map(percent)),
        Unit::Decimals(1, " %"),
    )
}

/// All comparisons of identical programs together.
fn all_together(calibration: &Calibration) -> String {
    let all = |of: fn(&SlowDowns) -> Counted| {
        let all = calibration.slow_downs.iter().map(of).fold(Counted::default(), Counted::and);
        share(all)
    };
    format!(
        "Over all workloads: {} false alarms alone, {} among {ROWS} rows.",
        all(|of| of.false_alarms),
        all(|of| of.false_in_table)
    )
}

/// Thousandths in percent: `1 %`, `1.5 %`.
pub(super) fn percent_of(per_mille: u32) -> String {
    format!("{} %", f64::from(per_mille) / 10.0)
}

/// So many of so many, with the interval of the share.
fn share(counted: Counted) -> String {
    let ends = counted.interval().map(|ends| ends.map(units::percent));
    let ends = ends.map(|[low, high]| format!(" ({low}–{high})")).unwrap_or_default();
    format!("{} of {}{ends}", counted.so, counted.all)
}

fn counted(counted: Counted) -> Value {
    Value::Text(format!("{}/{}", counted.so, counted.all))
}
