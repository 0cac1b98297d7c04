//! Instructions as tables: how many each tracker makes, one version against another, and in which functions.

use super::table::{Cell, Csv, Markdown, Place, Renderer, Table, Terminal, Unit, Value};
use super::words::arm_title;
use crate::analyse::instructions::{
    FunctionChange, Functions, InstructionCell, InstructionComparison, InstructionRow,
    InstructionShift, InstructionVersus,
};
use crate::common::units;

/// What must be said wherever instructions are shown.
const NO_TIME: &str = "Instructions are no time: one that waits for memory counts as much as one that does \
    not, and what the kernel does for a program is not counted.";

/// What the figures are.
const MEANING: &str = "Instructions of the measured region, of all threads, in user mode; the median over \
    the samples. Spread: the largest count less the smallest, as a share of the median.";

/// A percentage with the decimals that instructions have.
fn percent(share: Option<f64>) -> Value {
    share.map(|share| Unit::Decimals(3, " %").of(share * 100.0)).into()
}

fn whole(count: Option<f64>) -> Value {
    count.map(|count| Unit::Whole.of(count)).into()
}

/// What each tracker makes: a section for each arm, untracked first.
pub(super) fn cells(all: &[InstructionCell]) -> Table {
    let mut sections: Vec<(String, Vec<&InstructionCell>)> = Vec::new();
    for cell in all {
        match sections.last_mut() {
            Some((_, cells)) if cells.last().is_some_and(|last| last.arm == cell.arm) => {
                cells.push(cell);
            }
            _ => sections.push((title(cell), vec![cell])),
        }
    }
    let table = Table::in_sections(sections)
        .totals(|cell| cell.workload.is_none())
        .words("workload", "workload", |cell| match &cell.workload {
            Some(workload) => Value::Text(workload.clone()),
            None => Value::Label("geometric mean".to_owned()),
        })
        .datum("arm", |cell| cell.arm.to_string())
        .datum("version", |cell| cell.version.as_deref())
        .figure("events", "events", |cell| of_workload(cell, cell.events.map(Value::Count)))
        .figure("instructions", "instructions", |cell| {
            Cell::from(of_workload(cell, Some(whole(cell.instructions))))
                .failing(cell.failures.join("; "))
        })
        .figure("spread", "spread_percent", |cell| of_workload(cell, Some(percent(cell.spread))))
        .figure("÷ untracked", "ratio", |cell| {
            cell.ratio.map_or(Value::Empty, |ratio| Unit::Decimals(3, "×").of(ratio))
        })
        .figure("added per event", "added_per_event", |cell| {
            cell.added_per_event.map_or(Value::Empty, |added| Unit::Decimals(1, "").of(added))
        })
        .datum("samples", |cell| Value::Count(cell.samples as u64))
        .table("instructions", "Instructions")
        .note(MEANING)
        .note(NO_TIME);
    match counters(all) {
        counters if counters.is_empty() => table,
        counters => table.note(format!("Counted by {counters}.")),
    }
}

fn title(cell: &InstructionCell) -> String {
    arm_title(&cell.arm, cell.version.as_deref().filter(|_| cell.arm.is_tracked()))
}

/// What a mean over workloads does not have.
fn of_workload(cell: &InstructionCell, value: Option<Value>) -> Value {
    if cell.workload.is_none() { Value::Empty } else { value.into() }
}

fn counters(all: &[InstructionCell]) -> String {
    let mut counters: Vec<&str> = all.iter().filter_map(|cell| cell.counter.as_deref()).collect();
    counters.sort_unstable();
    counters.dedup();
    units::listed(&counters)
}

/// Every pair of arms: a section for each, with a row for each workload.
pub(super) fn compared(comparison: &InstructionComparison) -> Table {
    let sections = comparison.against.iter().map(|versus| {
        let rows = versus.rows.iter().map(move |row| (versus, row));
        (versus_title(versus), rows.collect::<Vec<_>>())
    });
    let mut table = Table::in_sections(sections)
        .words("workload", "workload", |(_, row)| row.workload.as_str())
        .datum("base_arm", |(versus, _)| versus.base.to_string())
        .datum("arm", |(versus, _)| versus.arm.to_string())
        .figure("base", "base", |(_, row)| whole(row.base))
        .figure("new", "new", |(_, row)| {
            Cell::from(whole(row.new)).failing(row.failures.join("; "))
        })
        .figure("new ÷ base", "ratio", |(_, row)| {
            Value::from(row.ratio.map(|ratio| Unit::Decimals(4, "×").of(ratio)))
        })
        .figure("spread", "spread_percent", |(_, row)| percent(row.spread))
        .figure("more per event", "more_per_event", |(_, row)| {
            Value::from(row.more_per_event.map(|more| Unit::Decimals(2, "").of(more)))
        })
        .words("became", "shift", |(_, row)| row.shift.words())
        .table("compared-instructions", "Instructions")
        .note(format!(
            "{MEANING} Of both, the larger spread. More or fewer: by more than 0.5 % and three times the \
             spread. {NO_TIME}"
        ));
    for warning in &comparison.warnings {
        table = table.note(format!("Note: {warning}."));
    }
    table
}

/// Which arm is set against which.
pub(super) fn versus_title(versus: &InstructionVersus) -> String {
    let base = arm_title(&versus.base, versus.base_version.as_deref());
    format!("{} against {base}", arm_title(&versus.arm, versus.version.as_deref()))
}

/// What a comparison says, a sentence for each pair.
pub fn instructions_verdict(comparison: &InstructionComparison) -> String {
    let sentences = comparison.against.iter().map(|versus| {
        let ratio = versus.ratio.map(|ratio| format!(", {ratio:.4}× the instructions"));
        let on = |shift: InstructionShift, words: &str| {
            let rows: Vec<&str> = workloads(&versus.rows, shift);
            (!rows.is_empty()).then(|| format!("{words} on {}", units::listed(&rows)))
        };
        let told: Vec<String> = [
            on(InstructionShift::Fails, "fails"),
            on(InstructionShift::More, "more"),
            on(InstructionShift::Fewer, "fewer"),
        ]
        .into_iter()
        .flatten()
        .collect();
        let told = if told.is_empty() { "no difference".to_owned() } else { told.join("; ") };
        format!("{}: {told}{}.", versus_title(versus), ratio.unwrap_or_default())
    });
    sentences.collect::<Vec<_>>().join(" ")
}

fn workloads(rows: &[InstructionRow], shift: InstructionShift) -> Vec<&str> {
    let of = rows.iter().filter(|row| row.shift == shift);
    of.map(|row| row.workload.as_str()).collect()
}

/// Where one arm's instructions differ from another's.
pub(super) fn functions(functions: &Functions, number: usize) -> Table {
    let total = functions.base_total.max(1) as f64;
    Table::of(&functions.changes)
        .words("function", "function", |one: &FunctionChange| shortened(&one.name))
        .words("in", "object", |one| one.object.as_str())
        .spare()
        .figure("base", "base", |one| Value::Count(one.base))
        .figure("new", "new", |one| Value::Count(one.new))
        .figure("difference", "", |one| Value::Label(signed(one.difference())))
        .datum("difference", |one| Value::Figure(one.difference() as f64, None, Unit::Whole))
        .figure("of all", "share_of_base_percent", move |one| {
            Value::Figure(one.difference() as f64 / total * 100.0, None, Unit::Decimals(2, " %"))
        })
        .at(Place::Page)
        .table(
            format!("functions-{number}"),
            format!("Where: {} against {}", functions.arm, functions.base),
        )
        .note(format!(
            "Instructions in a function itself, without those that it calls; over {}. {} of {}, largest difference \
             first. In all: {} → {}. What the compiler inlined counts for the function that it is in.",
            units::listed(&functions.workloads.iter().map(String::as_str).collect::<Vec<_>>()),
            functions.changes.len(),
            units::counted(functions.all, "function"),
            units::count(functions.base_total),
            units::count(functions.new_total),
        ))
}

/// A name that leaves room for the figures: names of generic functions have no end.
fn shortened(name: &str) -> String {
    const LONGEST: usize = 80;
    let characters: Vec<char> = name.chars().collect();
    if characters.len() <= LONGEST {
        return name.to_owned();
    }
    // The end says which function of a type it is.
    let half = LONGEST / 2;
    let (head, tail) = (&characters[..half], &characters[characters.len() - half..]);
    head.iter().chain([&'…']).chain(tail).collect()
}

fn signed(difference: i64) -> String {
    let sign = if difference < 0 { "−" } else { "+" };
    format!("{sign}{}", units::count(difference.unsigned_abs()))
}

/// The tables of `measure --metric instructions` for a terminal.
pub fn instruction_tables(all: &[InstructionCell], places: &[Functions]) -> String {
    printed(std::iter::once(cells(all)).chain(placed_functions(places)))
}

/// The tables of a comparison for a terminal.
pub fn compared_instructions(comparison: &InstructionComparison, places: &[Functions]) -> String {
    let tables = printed(std::iter::once(compared(comparison)).chain(placed_functions(places)));
    format!("{tables}\n\n{}", instructions_verdict(comparison))
}

/// A comparison as GitHub's Markdown: red or green and why, if it was judged, then the tables.
pub fn compared_instructions_markdown(
    comparison: &InstructionComparison,
    places: &[Functions],
    reasons: Option<&[String]>,
) -> String {
    let mut parts = Vec::new();
    if let Some(reasons) = reasons {
        let colour = if reasons.is_empty() { "🟢 **green**" } else { "🔴 **red**" };
        let mut verdict = format!("{colour}: {}", instructions_verdict(comparison));
        for reason in reasons {
            verdict += &format!("\n- {}", Markdown.text(reason));
        }
        parts.push(verdict);
    }
    parts.push(Markdown.render(&compared(comparison)));
    for table in placed_functions(places) {
        parts.push(format!(
            "<details><summary>Instructions, function by function</summary>\n\n{}\n</details>",
            Markdown.render(&table)
        ));
    }
    parts.join("\n\n")
}

/// A comparison unrounded, absent figures empty.
pub fn compared_instructions_csv(comparison: &InstructionComparison) -> String {
    Csv.render(&compared(comparison)).trim_end().to_owned()
}

fn placed_functions(places: &[Functions]) -> impl Iterator<Item = Table> {
    places.iter().enumerate().map(|(number, one)| functions(one, number + 1))
}

fn printed(tables: impl Iterator<Item = Table>) -> String {
    let terminal = Terminal::here(false);
    tables.map(|table| terminal.render(&table)).collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::instructions::Counted;
    use crate::fixture;
    use crate::plan::arm::ArmId;
    use crate::record::{Failure, Record};

    const OLD: &str = "memscope-rs@0.2.4/full";
    const NEW: &str = "memscope-rs@0.2.5/full";

    /// Two versions: one workload as it was, one with more instructions, one that fails.
    fn counted() -> Vec<Counted> {
        let mut records: Vec<Record> = Vec::new();
        for (workload, new) in
            [("basic-structures", 2_000_100), ("fragmentation", 2_040_000), ("leak-detection", 0)]
        {
            records.push(fixture::instruction_audit(workload));
            for (arm, count) in [("untracked", 1_000_000), (OLD, 2_000_000), (NEW, new)] {
                for more in 0..3 {
                    let arm = fixture::arm(arm);
                    let mut record = fixture::instructed(&arm, workload, count + more * 500);
                    if count == 0 {
                        record.outcome = fixture::failed(Failure::TimedOut);
                    }
                    records.push(record);
                }
            }
        }
        Counted::all(&records.iter().collect::<Vec<_>>())
    }

    fn comparison() -> InstructionComparison {
        let counted = counted();
        let pair = (fixture::arm(OLD), fixture::arm(NEW));
        InstructionComparison::of(&counted, &counted, &[pair])
    }

    fn places() -> Functions {
        let change = |name: &str, base, new| FunctionChange {
            name: name.to_owned(),
            object: "subject".to_owned(),
            base,
            new,
        };
        Functions {
            base: fixture::arm(OLD),
            arm: fixture::arm(NEW),
            workloads: vec!["fragmentation".to_owned()],
            changes: vec![change("a::b", 100, 41_000), change("malloc", 900, 0)],
            all: 7,
            base_total: 2_000_000,
            new_total: 2_040_000,
            stacks: Default::default(),
        }
    }

    #[test]
    fn instructions_read_like_this() {
        let table = cells(&InstructionCell::all(&counted()));
        insta::assert_snapshot!(Terminal::default().render(&table));
    }

    #[test]
    fn a_comparison_of_instructions_reads_like_this() {
        let comparison = comparison();
        let tables = [compared(&comparison), functions(&places(), 1)];
        let text: Vec<String> =
            tables.iter().map(|table| Terminal::default().render(table)).collect();
        insta::assert_snapshot!(format!(
            "{}\n\n{}",
            text.join("\n\n"),
            instructions_verdict(&comparison)
        ));
    }

    #[test]
    fn its_markdown_begins_with_red_and_the_reasons() {
        let comparison = comparison();
        let reasons = comparison.beyond(0.5);
        let text = compared_instructions_markdown(&comparison, &[places()], Some(&reasons));
        assert!(text.starts_with("🔴 **red**"), "{text}");
        assert!(text.contains("2.00 % more instructions"), "{text}");
        let csv = compared_instructions_csv(&comparison);
        let lines = csv::Reader::from_reader(csv.as_bytes()).into_records();
        assert_eq!(lines.collect::<Result<Vec<_>, _>>().unwrap().len(), 3);
    }

    #[test]
    fn it_is_never_shown_as_a_cost_in_time() {
        let untracked = ArmId::base().to_string();
        let table = Markdown.render(&cells(&InstructionCell::all(&counted())));
        assert!(
            table.contains(&untracked) && table.contains("Instructions are no time"),
            "{table}"
        );
    }
}
