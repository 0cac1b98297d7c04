//! Every version on every workload: what it costs, and how much of the truth it reports.

use super::ChartError;
use super::heat::{HeatCell, HeatColour, HeatMap, HeatRow};
use crate::analyse::summary::{Matrix, MatrixCell, MatrixRow, Summary, matrices};
use crate::common::units::{self, ABSENT};
use crate::present::canvas::Frame;
use crate::present::words;

pub(super) const OVERHEAD: &str = "What each version costs: wall time, tracked ÷ untracked";
pub(super) const CAPTURE: &str = "What each version reports of what happened";

/// Draws the overhead of each version on each workload.
pub(super) fn overhead(summary: &Summary) -> Result<String, ChartError> {
    let matrix = largest(summary).ok_or(ChartError::Nothing)?;
    let all = matrix.versions.iter().flat_map(|row| row.cells.iter().flatten());
    let most = all.filter_map(|cell| cell.overhead).fold(1.0, f64::max);
    let strength = |ratio: f64| if most > 1.0 { (ratio.ln() / most.ln()).max(0.0) } else { 0.0 };
    let cell = |ratio: Option<f64>, failed: Option<&str>| match (ratio, failed) {
        (Some(ratio), _) => {
            HeatCell { text: units::short_factor(ratio), colour: HeatColour::Over(strength(ratio)) }
        }
        (None, failed) => nothing(failed),
    };
    let noun = words::workload_noun(&summary.workloads);
    let mut columns = matrix.workloads.clone();
    columns.push(format!("all {noun}s"));
    let rows = matrix.versions.iter().map(|row| {
        let mut cells: Vec<HeatCell> = row
            .cells
            .iter()
            .map(|one| cell(one.as_ref().and_then(|c| c.overhead), failure(one.as_ref())))
            .collect();
        let partly = (row.failed > 0).then_some("some failed");
        cells.push(cell(
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
    Ok(HeatMap { frame, columns, rows: rows.collect() }.draw())
}

/// Draws the capture of each version on each workload.
pub(super) fn capture(summary: &Summary) -> Result<String, ChartError> {
    let matrix = largest(summary).ok_or(ChartError::Nothing)?;
    let cell = |one: &Option<MatrixCell>| match one.as_ref().and_then(|cell| cell.capture) {
        // All events missed, or as many again made up, is as strong as it gets.
        Some(capture) if capture < 1.0 => {
            HeatCell { text: units::percent(capture), colour: HeatColour::Under(1.0 - capture) }
        }
        Some(capture) => HeatCell {
            text: if capture.is_finite() {
                units::percent(capture)
            } else {
                "from none".to_owned()
            },
            colour: HeatColour::Over(capture - 1.0),
        },
        None => nothing(failure(one.as_ref())),
    };
    let rows =
        matrix.versions.iter().map(|row| heat_row(row, row.cells.iter().map(cell).collect()));
    let frame = Frame {
        title: title(&matrix, CAPTURE),
        explanation: "Allocations that the tracker reported ÷ those that the program made, in the \
             tracker's own terms. White is right; blue was missed; orange was counted twice, or was the \
             tracker's own."
            .to_owned(),
        description: capture_alt(summary),
        provenance: words::provenance(summary),
        ..Frame::default()
    };
    Ok(HeatMap { frame, columns: matrix.workloads.clone(), rows: rows.collect() }.draw())
}

pub(super) fn overhead_alt(summary: &Summary) -> String {
    describe(summary, OVERHEAD, |cell| cell.overhead.map(units::short_factor))
}

pub(super) fn capture_alt(summary: &Summary) -> String {
    describe(summary, CAPTURE, |cell| cell.capture.map(units::percent))
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

fn nothing(failed: Option<&str>) -> HeatCell {
    match failed {
        Some(failed) => HeatCell { text: failed.to_owned(), colour: HeatColour::Failed },
        None => HeatCell { text: ABSENT.to_owned(), colour: HeatColour::None },
    }
}

fn describe(
    summary: &Summary,
    what: &str,
    figure: impl Fn(&MatrixCell) -> Option<String>,
) -> String {
    let Some(matrix) = largest(summary) else { return String::new() };
    let versions = matrix.versions.iter().map(|row| {
        let cells = matrix.workloads.iter().zip(&row.cells).map(|(workload, cell)| {
            let words = cell.as_ref().and_then(&figure);
            let words = words.or(failure(cell.as_ref()).map(str::to_owned));
            format!("{workload} {}", words.unwrap_or_else(|| "not measured".to_owned()))
        });
        format!("{}: {}", row.version, cells.collect::<Vec<_>>().join(", "))
    });
    let versions: Vec<String> = versions.collect();
    format!("{}. {}.", title(&matrix, what), versions.join("; "))
}
