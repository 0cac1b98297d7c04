//! The stability ledger in the terminal and on the page.

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use serde::Serialize;

use crate::ledger::{Entry, Judgement};
use crate::memcheck::Left;
use crate::soak::{Slope, Slopes};
use crate::units::{self, ABSENT, count};

const HEADINGS: [&str; 12] = [
    "test",
    "load",
    "witness",
    "allocations",
    "frees",
    "bytes",
    "definitely lost",
    "indirectly lost",
    "possibly lost",
    "still reachable",
    "errors",
    "verdict",
];

/// What one witness says of a test, cell by cell: from `witness` to `errors`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    witness: String,
    figures: Vec<String>,
}

/// A test, as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Test {
    title: String,
    workload: String,
    objective: &'static str,
    load: String,
    verdict: &'static str,
    good: bool,
    rows: Vec<Row>,
    notes: Vec<String>,
}

impl Test {
    pub(super) fn of(entry: &Entry) -> Self {
        let arm = if entry.arm == crate::catalog::UNTRACKED {
            entry.workload.clone()
        } else {
            format!("{} under {}", entry.workload, entry.arm)
        };
        Self {
            title: entry.title.clone(),
            workload: arm,
            objective: entry.objective,
            load: entry.load.clone(),
            verdict: entry.judgement.label(),
            good: entry.judgement.is_good(),
            rows: rows(entry),
            notes: entry.notes.clone(),
        }
    }
}

fn rows(entry: &Entry) -> Vec<Row> {
    let left = |left: Left| match left.blocks {
        0 => "0".to_owned(),
        blocks => format!("{} B in {}", count(left.bytes), count(blocks)),
    };
    let none = || ABSENT.to_owned();
    let mut rows = Vec::new();
    if let Some(found) = &entry.memcheck {
        rows.push(Row {
            witness: format!("Memcheck {}", found.version),
            figures: vec![
                count(found.allocations),
                count(found.frees),
                count(found.bytes),
                left(found.definitely_lost),
                left(found.indirectly_lost),
                left(found.possibly_lost),
                left(found.still_reachable),
                count(found.errors),
            ],
        });
    }
    if let Some(counted) = &entry.counted {
        rows.push(Row {
            witness: "ground truth".to_owned(),
            figures: vec![
                count(counted.allocations),
                count(counted.frees),
                count(counted.bytes),
                // It knows what is left, not who still points to it.
                left(counted.left),
                none(),
                none(),
                none(),
                none(),
            ],
        });
    }
    if let Some(published) = &entry.published {
        let allocations = count(published.allocations);
        rows.push(Row {
            witness: "Nodepp, published".to_owned(),
            figures: vec![
                allocations.clone(),
                allocations,
                none(),
                count(published.leaked_bytes),
                none(),
                none(),
                none(),
                none(),
            ],
        });
    }
    rows
}

/// The ledger in the terminal, with what there is to say about it below.
pub fn ledger_table(entries: &[Entry], width: Option<u16>) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    // Nobody's terminal: as wide as it takes.
    table.set_width(width.unwrap_or(u16::MAX)).set_header(HEADINGS);
    for column in 3..11 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut notes = Vec::new();
    for entry in entries {
        let test = Test::of(entry);
        for (index, row) in test.rows.iter().enumerate() {
            let first = |text: &str| if index == 0 { text.to_owned() } else { String::new() };
            let name = if index == 1 { test.objective.to_owned() } else { first(&test.workload) };
            let mut cells = vec![name, first(&test.load), row.witness.clone()];
            cells.extend(row.figures.iter().cloned());
            cells.push(first(test.verdict));
            table.add_row(cells);
        }
        if test.rows.is_empty() {
            let mut cells = vec![test.workload.clone(), test.load.clone()];
            cells.extend((2..11).map(|_| ABSENT.to_owned()));
            cells.push(test.verdict.to_owned());
            table.add_row(cells);
        }
        notes.extend(test.notes.iter().map(|note| format!("{}: {note}", test.workload)));
    }
    format!("{table}\n\n{}", notes.join("\n"))
}

/// The slopes of soaks in the terminal.
pub fn soak_table(slopes: &[Slopes]) -> String {
    let mut lines = Vec::new();
    for slopes in slopes {
        lines.push(format!(
            "{} under {}: {} repetitions in {}",
            slopes.workload,
            slopes.arm,
            count(slopes.repetitions),
            units::seconds(slopes.seconds)
        ));
        lines.extend(slopes.failure.iter().map(|failure| format!("  FAILED  {failure}")));
        lines.extend(slope_lines(slopes).into_iter().map(|line| format!("  {line}")));
    }
    lines.join("\n")
}

/// One line for each reading of a soak.
pub(super) fn slope_lines(slopes: &Slopes) -> Vec<String> {
    let bytes = |value: f64| {
        let sign = if value < 0.0 { "−" } else { "" };
        format!("{sign}{}", units::bytes(value.abs()))
    };
    let number = |value: f64| format!("{value:.3}");
    let line = |name: &str, slope: Option<Slope>, unit: &dyn Fn(f64) -> String| match slope {
        Some(slope) => format!(
            "{name:<17} {:<8} {} a second [{} – {}], {} at the end",
            if slope.grows { "GROWING" } else { "flat" },
            unit(slope.per_second),
            unit(slope.low),
            unit(slope.high),
            unit(slope.last),
        ),
        None => format!("{name:<17} unknown: too few repetitions, or not told by this system"),
    };
    vec![
        line("live bytes", slopes.live_bytes, &bytes),
        line("resident memory", slopes.resident_bytes, &bytes),
        line("file descriptors", slopes.descriptors, &number),
    ]
}

/// In one sentence: how many tests are as they should be.
pub fn ledger_verdict(entries: &[Entry]) -> String {
    let bad: Vec<&str> = entries
        .iter()
        .filter(|entry| !entry.judgement.is_good())
        .map(|entry| entry.workload.as_str())
        .collect();
    let on_purpose = entries.iter().filter(|entry| entry.judgement == Judgement::OnPurpose).count();
    match (bad.is_empty(), on_purpose) {
        (true, 0) => "All heap blocks were freed in every test.".to_owned(),
        (true, _) => "Nothing leaks but what is meant to.".to_owned(),
        (false, _) => format!("Not as it should be: {}.", bad.join(", ")),
    }
}
