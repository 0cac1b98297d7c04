//! A comparison as people and programs read it.

use super::table::{Csv, Markdown, Place, Renderer, Table, Terminal, Unit, Value};
use crate::analyse::comparison::{Comparison, Row, Shown};
use crate::common::units;
use crate::present::words;

/// The table for a terminal, a section for each arm. Without columns of time, if none was taken.
pub fn table(comparison: &Comparison) -> String {
    Terminal::here(false).render(&model(comparison))
}

/// As GitHub's Markdown, for a comment on a pull request.
pub fn markdown(comparison: &Comparison) -> String {
    Markdown.render(&model(comparison))
}

/// Unrounded, absent figures empty.
pub fn csv(comparison: &Comparison) -> String {
    Csv.render(&model(comparison))
}

/// The table in no form yet.
fn model(comparison: &Comparison) -> Table {
    let timed = is_timed(comparison);
    let of_time = if timed { Place::Text } else { Place::Data };
    let sections = comparison.against.iter().map(|versus| {
        // Over all workloads there are times alone.
        let rows = versus.rows.iter().filter(move |row| timed || row.workload.is_some());
        (words::versus_title(versus), rows.map(move |row| (versus, row)))
    });
    let table = Table::in_sections(sections)
        .datum("base", |(versus, _)| versus.base.to_string())
        .datum("arm", |(versus, _)| versus.arm.to_string())
        .words("workload", "workload", |(_, row)| match &row.workload {
            Some(workload) => Value::from(workload.as_str()),
            None => Value::Label("all".to_owned()),
        })
        .figure("base", "base_overhead", |(_, row)| overhead(&row.base))
        .at(of_time)
        .figure("new", "new_overhead", |(_, row)| overhead(&row.new))
        .at(of_time)
        .estimate("new ÷ base", "change", |(_, row)| row.change)
        .at(of_time)
        .figure("noise floor", "noise_factor", |(_, row)| row.noise.map(Value::factor))
        .at(of_time)
        .pair("capture, base → new", ["base_capture", "new_capture"], |(_, row)| {
            Value::Change([row.base.capture, row.new.capture], Unit::Capture)
        })
        .words("verdict", "verdicts", |(_, row)| verdicts(row))
        .table("comparison", "");
    notes(comparison).into_iter().fold(table, Table::note)
}

/// Whether there is a time, or the lack of one to tell.
fn is_timed(comparison: &Comparison) -> bool {
    let told = |side: &Shown| side.overhead.is_some() || side.failed.is_some();
    let mut rows = comparison.against.iter().flat_map(|versus| &versus.rows);
    rows.any(|row| told(&row.base) || told(&row.new))
}

fn overhead(side: &Shown) -> Value {
    match (&side.overhead, &side.failed) {
        (Some(overhead), _) => Value::factor(overhead.ratio),
        (None, Some(failed)) => Value::Failed(failed.clone()),
        (None, None) => Value::Absent,
    }
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
        insta::assert_snapshot!(Terminal::default().render(&model(&comparison())));
    }

    #[test]
    fn a_comparison_as_markdown() {
        insta::assert_snapshot!(markdown(&comparison()));
    }

    #[test]
    fn lines_of_csv_have_as_many_fields_as_the_header() {
        let csv = csv(&comparison());
        // The reader fails on a record of another length than the first.
        let records = csv::Reader::from_reader(csv.as_bytes()).into_records();
        let records = records.collect::<Result<Vec<_>, _>>().unwrap();
        assert_eq!(records.len(), 3);
    }
}
