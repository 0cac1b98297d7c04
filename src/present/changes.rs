//! What changed when: each version of a tracker against the one before it, in cost and in every family of
//! figures.

use super::comparison::families_of;
use super::table::{Table, Value};
use crate::analyse::comparison::{Comparison, Pairing, Row, Shift, Side, compare};
use crate::analyse::summary::{Matrix, Summary, matrices};
use crate::common::units;

/// A table for each tracker and mode of which there are several versions.
pub(super) fn tables(summary: &Summary) -> Vec<Table> {
    let matrices = matrices(summary);
    let tables = matrices.iter().zip(1..);
    tables.filter_map(|(matrix, number)| table(summary, matrix, number)).collect()
}

/// A version against the one before it.
struct Step {
    from: String,
    to: String,
    all: Row,
    /// The figures that changed most for the worse and for the better, in words.
    worse: String,
    better: String,
    undecided: String,
}

fn table(summary: &Summary, matrix: &Matrix, number: usize) -> Option<Table> {
    let steps = steps(summary, matrix);
    let mode = if matrix.mode.is_empty() { String::new() } else { format!("/{}", matrix.mode) };
    let table = Table::of(&steps)
        .words("version", "version", |step| step.to.as_str())
        .datum("against", |step| step.from.as_str())
        .estimate("time, new ÷ before", "change", |step| step.all.change)
        .words("less accurate", "less_accurate", |step| step.worse.as_str())
        .words("more accurate", "more_accurate", |step| step.better.as_str())
        .words("reports more or fewer", "undecided", |step| step.undecided.as_str())
        .words("else", "else", |step| others(&step.all))
        .table(
            format!("changes-{number}"),
            format!("What changed when: {}{mode}", matrix.tracker),
        )
        .note(
            "Each version against the one before it, in the same blocks. Of each family of figures that \
             changed on any workload, the figure that changed most, reported ÷ actual. One family that became \
             better never hides one that became worse.",
        );
    table.filled()
}

fn steps(summary: &Summary, matrix: &Matrix) -> Vec<Step> {
    let sides: Vec<(String, Side)> = matrix
        .versions
        .iter()
        .map(|row| (row.version.to_string(), Side::of(summary, &row.arm)))
        .collect();
    let steps = sides.windows(2).filter_map(|pair| {
        let [(from, base), (to, new)] = pair else { return None };
        // What cannot be computed is not shown.
        let comparison = compare(&[(base.clone(), new.clone())], Pairing::SameBlocks).ok()?;
        Some(step(from.clone(), to.clone(), &comparison))
    });
    steps.collect()
}

fn step(from: String, to: String, comparison: &Comparison) -> Step {
    let rows = || comparison.against.iter().flat_map(|versus| &versus.rows);
    let all = rows().find(|row| row.workload.is_none()).cloned().unwrap_or_else(Row::empty);
    let told = |is: fn(Shift) -> bool| families_of(&all, is).join("; ");
    Step {
        from,
        to,
        worse: told(Shift::is_worse),
        better: told(|shift| matches!(shift, Shift::More | Shift::Begun)),
        undecided: told(|shift| matches!(shift, Shift::ReportsMore | Shift::ReportsFewer)),
        all,
    }
}

/// What else may be said: failures, and the tracker's own memory.
fn others(row: &Row) -> Value {
    let own = row.verdicts.iter().filter(|verdict| verdict.is_of_memory_or_failure());
    let words: Vec<&str> = own.map(|verdict| verdict.words()).collect();
    if words.is_empty() { Value::Empty } else { Value::Text(units::listed(&words)) }
}
