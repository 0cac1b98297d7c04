//! Every version on every workload: what it costs, and how right it is.

use super::grid::{Grid, WHOLE};
use super::heat::{HeatCell, HeatColour, HeatMap, HeatRow, RatioScale};
use super::{ChartError, grades};
use crate::analyse::accuracy::Grade;
use crate::analyse::summary::{
    Content, Matrix, MatrixAudit, MatrixCell, MatrixRow, Summary, Verdict, matrices,
};
use crate::common::units;
use crate::present::canvas::Frame;
use crate::present::words;

pub(super) const OVERHEAD: &str = "What each version costs: CPU time, tracked ÷ untracked";
pub(super) const ACCURACY: &str = "How right each version is: by how much its worst figure is off";

/// Draws the overhead of each version on each workload.
pub(super) fn overhead(summary: &Summary) -> Result<String, ChartError> {
    overhead_in(summary, WHOLE)
}

/// The same in a picture of any width.
pub(super) fn overhead_in(summary: &Summary, grid: Grid) -> Result<String, ChartError> {
    let matrix = largest(summary).filter(|_| summary.is_timed()).ok_or(ChartError::Nothing)?;
    let all = matrix.versions.iter().flat_map(|row| row.cells.iter().flatten());
    let scale = RatioScale::of(all.filter_map(|cell| cell.overhead));
    let noun = words::workload_noun(&summary.workloads);
    let mut columns = matrix.workloads.clone();
    columns.push(format!("all {noun}s"));
    let rows =
        matrix.versions.iter().map(|row| {
            let mut cells: Vec<HeatCell> = row
                .cells
                .iter()
                .map(|one| scale.cell(one.as_ref().and_then(|c| c.overhead), failure(one.as_ref())))
                .collect();
            let partly = (row.failed > 0).then_some("some failed");
            cells.push(scale.cell(
                row.overhead.map(|overhead| overhead.ratio).filter(|_| row.failed == 0),
                partly,
            ));
            heat_row(row, cells)
        });
    let frame = Frame {
        title: title(&matrix, OVERHEAD),
        explanation:
            "Geometric mean over paired samples, one process each. 1× is no cost. Colours are on \
             a logarithmic scale. Right: over all workloads, for versions that completed every one."
                .to_owned(),
        description: overhead_alt(summary),
        provenance: words::provenance(summary),
        ..Frame::default()
    };
    Ok(HeatMap { frame, columns, rows: rows.collect() }.draw_in(grid))
}

/// Draws the grade of each version on each workload on which any was audited.
pub(super) fn accuracy(summary: &Summary) -> Result<String, ChartError> {
    accuracy_in(summary, WHOLE)
}

/// The same in a picture of any width.
pub(super) fn accuracy_in(summary: &Summary, grid: Grid) -> Result<String, ChartError> {
    let matrix = largest(summary).filter(is_audited).ok_or(ChartError::Nothing)?;
    let rows = matrix.versions.iter().map(|row| {
        let cells = row.audits.iter().map(|audit| match audit {
            Some(audit) => HeatCell {
                text: grades::label_in(grid, audit.all),
                colour: HeatColour::Told(audit.all),
            },
            None => HeatCell { text: String::new(), colour: HeatColour::Blank },
        });
        heat_row(row, cells.collect())
    });
    let frame = Frame {
        title: title(&matrix, ACCURACY),
        explanation: "Each cell is as good as the worst figure that the version reports there, against what \
             was counted: the factor says how far that is off, and half is as far off as double. ∞ is \
             something where there is nothing, or nothing where there is something. The darker, the worse; \
             blank was not audited."
            .to_owned(),
        description: accuracy_alt(summary),
        legend: grades::legend(told(&matrix).map(|(_, audit)| audit.all.grade)),
        provenance: words::provenance_of(summary, &[Content::Audited]),
    };
    let rows = rows.collect();
    Ok(HeatMap { frame, columns: matrix.audited.clone(), rows }.draw_in(grid))
}

fn is_audited(matrix: &Matrix) -> bool {
    told(matrix).next().is_some()
}

fn told(matrix: &Matrix) -> impl Iterator<Item = (&MatrixRow, &MatrixAudit)> {
    let rows = matrix.versions.iter();
    rows.flat_map(|row| row.audits.iter().flatten().map(move |audit| (row, audit)))
}

pub(super) fn overhead_alt(summary: &Summary) -> String {
    let Some(matrix) = largest(summary) else { return String::new() };
    let versions = matrix.versions.iter().map(|row| {
        let cells = matrix.workloads.iter().zip(&row.cells).map(|(workload, cell)| {
            let words = cell.as_ref().and_then(|cell| cell.overhead).map(units::short_factor);
            let words = words.or(failure(cell.as_ref()).map(str::to_owned));
            format!("{workload} {}", words.unwrap_or_else(|| "not measured".to_owned()))
        });
        format!("{}: {}", row.version, cells.collect::<Vec<_>>().join(", "))
    });
    let versions: Vec<String> = versions.collect();
    format!("{}. {}.", title(&matrix, OVERHEAD), versions.join("; "))
}

pub(super) fn accuracy_alt(summary: &Summary) -> String {
    let Some(matrix) = largest(summary) else { return String::new() };
    let versions = matrix.versions.iter().map(|row| {
        let cells = matrix.audited.iter().zip(&row.audits).map(|(workload, audit)| {
            let told = audit.as_ref().map_or("not audited".to_owned(), |audit| in_words(audit.all));
            format!("{workload} {told}")
        });
        format!("{}: {}", row.version, cells.collect::<Vec<_>>().join(", "))
    });
    let versions: Vec<String> = versions.collect();
    format!("{}. {}.", title(&matrix, ACCURACY), versions.join("; "))
}

fn in_words(told: Verdict) -> String {
    let word = told.grade.word();
    match (told.grade, told.factor) {
        (Grade::Off | Grade::Wrong, Some(factor)) if factor.is_infinite() => {
            format!("{word} by an infinite factor")
        }
        (Grade::Off | Grade::Wrong, Some(factor)) => {
            format!("{word} by {}", grades::off_by(factor))
        }
        _ => word.to_owned(),
    }
}

/// The matrix of most versions: a page has room for one.
pub(super) fn largest(summary: &Summary) -> Option<Matrix> {
    // The first of several that are equally large.
    matrices(summary).into_iter().rev().max_by_key(|matrix| matrix.versions.len())
}

pub(super) fn title(matrix: &Matrix, what: &str) -> String {
    let mode = if matrix.mode.is_empty() { String::new() } else { format!("/{}", matrix.mode) };
    format!("{}{mode}. {what}", matrix.tracker)
}

fn heat_row(row: &MatrixRow, cells: Vec<HeatCell>) -> HeatRow {
    let note = row.released.clone().unwrap_or_default();
    HeatRow { name: row.version.to_string(), note, cells }
}

fn failure(cell: Option<&MatrixCell>) -> Option<&'static str> {
    cell.and_then(|cell| cell.failed)
}
