//! A comparison as people and programs read it.

use std::ops::Range;

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, Table};

use crate::analyse::comparison::{Comparison, Row, Shown, Versus};
use crate::analyse::summary::Ratio;
use crate::common::units::{self, ABSENT};
use crate::present::words;

const HEADINGS: [&str; 7] =
    ["workload", "base", "new", "new ÷ base", "noise floor", "capture, base → new", "verdict"];

/// Where the columns of time are among [`HEADINGS`].
const OF_TIME: Range<usize> = 1..5;

/// The table for a terminal, a block for each arm. Without columns of time, if none was taken.
pub fn table(comparison: &Comparison) -> String {
    let timed = is_timed(comparison);
    let shown = |cells: Vec<String>| {
        let cells = cells.into_iter().enumerate();
        cells.filter(|(at, _)| timed || !OF_TIME.contains(at)).map(|(_, cell)| cell)
    };
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY);
    table.set_header(shown(HEADINGS.map(str::to_owned).to_vec()));
    for versus in &comparison.against {
        table.add_row([title(versus)]);
        for row in versus.rows.iter().filter(|row| timed || row.workload.is_some()) {
            let mut cells = cells(row);
            cells[0] = format!("  {}", cells[0]);
            table.add_row(shown(cells.to_vec()));
        }
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let notes = notes(comparison).into_iter().map(|note| format!("\n{note}"));
    table.trim_fmt() + &notes.collect::<String>()
}

/// As GitHub's Markdown, for a comment on a pull request.
pub fn markdown(comparison: &Comparison) -> String {
    let mut text = String::new();
    for versus in &comparison.against {
        text += &format!("**{}**\n\n", escape(&title(versus)));
        text += &format!("| {} |\n|:--|--:|--:|--:|--:|--:|:--|\n", HEADINGS.join(" | "));
        for row in &versus.rows {
            let cells = cells(row).map(|cell| escape(&cell));
            let line = cells.join(" | ");
            text += &format!("| {line} |\n");
        }
        text.push('\n');
    }
    for note in notes(comparison) {
        text += &format!("{}<br>\n", escape(&note));
    }
    text
}

/// Unrounded, absent figures empty.
pub fn csv(comparison: &Comparison) -> String {
    let mut text = "base,arm,workload,base_overhead,new_overhead,change,change_low,change_high,\
                    noise_factor,base_capture,new_capture,verdicts\n"
        .to_owned();
    for versus in &comparison.against {
        for row in &versus.rows {
            let number =
                |figure: Option<f64>| figure.map_or(String::new(), |figure| figure.to_string());
            let ratio = |ratio: Option<Ratio>| number(ratio.map(|ratio| ratio.ratio));
            let fields = [
                versus.base.to_string(),
                versus.arm.to_string(),
                row.workload.clone().unwrap_or_default(),
                ratio(row.base.overhead),
                ratio(row.new.overhead),
                ratio(row.change),
                number(row.change.and_then(|change| change.low)),
                number(row.change.and_then(|change| change.high)),
                number(row.noise),
                number(row.base.capture),
                number(row.new.capture),
                verdicts(row),
            ];
            let quoted: Vec<String> =
                fields.iter().map(|field| crate::present::quote(field)).collect();
            text += &(quoted.join(",") + "\n");
        }
    }
    text
}

/// Whether there is a time, or the lack of one to tell.
fn is_timed(comparison: &Comparison) -> bool {
    let told = |side: &Shown| side.overhead.is_some() || side.failed.is_some();
    let mut rows = comparison.against.iter().flat_map(|versus| &versus.rows);
    rows.any(|row| told(&row.base) || told(&row.new))
}

fn title(versus: &Versus) -> String {
    words::versus_title(versus)
}

fn cells(row: &Row) -> [String; 7] {
    let change = row.change.map_or(ABSENT.to_owned(), |change| match (change.low, change.high) {
        (Some(low), Some(high)) => format!(
            "{} [{}]",
            units::factor(change.ratio),
            units::interval(change.ratio, low, high)
        ),
        _ => units::factor(change.ratio),
    });
    [
        row.workload.clone().unwrap_or_else(|| "all".to_owned()),
        overhead(&row.base),
        overhead(&row.new),
        change,
        row.noise.map_or(ABSENT.to_owned(), units::factor),
        format!("{} → {}", capture(&row.base), capture(&row.new)),
        verdicts(row),
    ]
}

fn overhead(side: &Shown) -> String {
    match (&side.overhead, &side.failed) {
        (Some(overhead), _) => units::factor(overhead.ratio),
        (None, Some(failed)) => failed.clone(),
        (None, None) => ABSENT.to_owned(),
    }
}

fn capture(side: &Shown) -> String {
    side.capture.map_or(ABSENT.to_owned(), units::capture)
}

fn verdicts(row: &Row) -> String {
    row.verdicts.iter().map(|verdict| verdict.words()).collect::<Vec<_>>().join(", ")
}

fn notes(comparison: &Comparison) -> Vec<String> {
    let mut notes: Vec<String> =
        comparison.warnings.iter().map(|warning| format!("Note: {warning}.")).collect();
    if !is_timed(comparison) {
        notes.push("Truth alone: no times were taken.".to_owned());
        return notes;
    }
    notes.push(format!(
        "Base and new: wall time, tracked ÷ untracked. Intervals hold for all rows together ({} each). \
         Slower or faster: the whole interval lies beyond the noise floor.",
        units::percent(comparison.confidence)
    ));
    notes
}

fn escape(text: &str) -> String {
    crate::present::escape(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::comparison::{Pairing, Side, compare};
    use crate::fixture;

    /// A version that is slower on one workload and fails on another.
    fn comparison() -> Comparison {
        let mut records = Vec::new();
        for workload in ["basic-structures", "fragmentation"] {
            for arm in ["untracked", "memscope-rs@0.2.4/full", "memscope-rs@path:./full"] {
                records.push(fixture::audited(&fixture::arm(arm), workload));
            }
        }
        for block in 1..=12 {
            let noise = 1.0 + f64::from(block % 3) * 0.01;
            for workload in ["basic-structures", "fragmentation"] {
                let crashes = workload == "fragmentation";
                for (arm, ms) in [
                    ("untracked", Some(100.0 * noise)),
                    ("untracked-twin", Some(100.5 / noise)),
                    ("memscope-rs@0.2.4/full", Some(300.0 * noise)),
                    ("memscope-rs@path:./full", Some(360.0).filter(|_| !crashes)),
                ] {
                    records.push(fixture::record(arm, workload, block, ms));
                }
            }
        }
        let summary = fixture::summarised(records);
        let side = |arm| Side::of(&summary, &fixture::arm(arm));
        let (base, new) = (side("memscope-rs@0.2.4/full"), side("memscope-rs@path:./full"));
        compare(&[(base, new)], Pairing::SameBlocks).unwrap()
    }

    #[test]
    fn a_comparison_as_a_table() {
        insta::assert_snapshot!(table(&comparison()));
    }

    #[test]
    fn a_comparison_as_markdown() {
        insta::assert_snapshot!(markdown(&comparison()));
    }

    #[test]
    fn lines_of_csv_have_as_many_fields_as_the_header() {
        let csv = csv(&comparison());
        let fields = |line: &str| line.split(',').count();
        let header = fields(csv.lines().next().unwrap());
        assert_eq!(csv.lines().count(), 4);
        for line in csv.lines().filter(|line| !line.contains('"')) {
            assert_eq!(fields(line), header, "{line}");
        }
    }
}
