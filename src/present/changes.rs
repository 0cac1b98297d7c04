//! What changed when: each version of a tracker against the one before it, in cost and in every family of
//! figures.

use super::table::{Table, Value};
use crate::analyse::accuracy::Family;
use crate::analyse::comparison::{Comparison, FigureShift, Pairing, Row, Shift, Side, compare};
use crate::analyse::summary::{Matrix, Summary, matrices};
use crate::common::units;
use crate::stats::LEAST_EFFECT;

/// By how much a figure must change to be told of, as a factor: a tracker that counts its own maps reports a little
/// more or less each time, and here each was audited once.
const LEAST: f64 = 1.1;

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
        .words("else", "else", |step| others(&step.all))
        .table(
            format!("changes-{number}"),
            format!("What changed when: {}{mode}", matrix.tracker),
        )
        .note(
            "Each version against the one before it, in the same blocks. Of each family of figures, the one \
             that changed most on any workload, reported ÷ actual. Each version was audited once, so changes \
             below a tenth are left out. One family that became better never hides one that became worse.",
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
        let comparison =
            compare(&[(base.clone(), new.clone())], Pairing::SameBlocks, LEAST_EFFECT).ok()?;
        step(from.clone(), to.clone(), comparison)
    });
    steps.collect()
}

fn step(from: String, to: String, comparison: Comparison) -> Option<Step> {
    let mut rows = comparison.against.into_iter().flat_map(|versus| versus.rows);
    let all = rows.find(|row| row.workload.is_none())?;
    let worse = largest(&all, Shift::is_worse);
    let better = largest(&all, |shift| matches!(shift, Shift::More | Shift::Begun));
    Some(Step { from, to, worse, better, all })
}

/// Of each family, the figure that changed most in this way, if it changed by so much that a single audit tells.
fn largest(row: &Row, is: fn(Shift) -> bool) -> String {
    let told = Family::ALL.into_iter().filter_map(|family| {
        let own = row
            .figures
            .iter()
            .filter(|one| one.family == family && one.shift.is_some_and(is) && one.size() >= LEAST);
        own.max_by(|a, b| a.size().total_cmp(&b.size())).map(FigureShift::words)
    });
    told.collect::<Vec<_>>().join("; ")
}

/// What else may be said: failures, and the tracker's own memory.
fn others(row: &Row) -> Value {
    let own = row.verdicts.iter().filter(|verdict| verdict.is_of_memory_or_failure());
    let words: Vec<&str> = own.map(|verdict| verdict.words()).collect();
    if words.is_empty() { Value::Empty } else { Value::Text(units::listed(&words)) }
}
