//! Peak memory by workload: what tracking holds beside the program.

use super::dots::{DotPlot, Lane, Row, Unit};
use super::grid::{Grid, WHOLE};
use super::{ChartError, describe, is_crowded, tracked_cells, untracked_note};
use crate::analyse::summary::{Cell, Summary, Timing};
use crate::common::units;
use crate::present::canvas::Frame;
use crate::present::words;

pub(super) const TITLE: &str = "What tracking holds: peak memory, tracked ÷ untracked";

/// Draws the peak resident set of each arm on each workload, as a ratio and in bytes.
///
/// # Errors
///
/// [`ChartError::Nothing`] for a summary without tracked arms, or with too many for a plot of points.
pub fn peak_memory(summary: &Summary) -> Result<String, ChartError> {
    draw_in(summary, WHOLE)
}

/// The same in a picture of any width.
pub(super) fn draw_in(summary: &Summary, grid: Grid) -> Result<String, ChartError> {
    if is_crowded(summary) {
        return Err(ChartError::Nothing);
    }
    let noun = words::workload_noun(&summary.workloads);
    let rows = tracked_cells(summary)?.into_iter().map(|(workload, cells)| Row {
        name: workload.workload.clone(),
        note: untracked_note(workload, peak),
        noise: None,
        lanes: cells.iter().copied().map(lane).collect(),
        total: false,
    });
    let frame = Frame {
        title: TITLE.to_owned(),
        explanation: format!(
            "Largest resident set of the process while the {noun} ran. Points: geometric mean over \
             paired samples, one process each; whiskers, where wider than the point: its 95 % interval; \
             in MB the tracked median. 1× is no cost; further right holds more.",
        ),
        description: alt(summary),
        provenance: words::provenance(summary),
        ..Frame::default()
    };
    let plot = DotPlot {
        frame,
        width: grid.width,
        axis: "peak resident set, tracked ÷ untracked (logarithmic)".to_owned(),
        unit: Unit::Times,
        arms: super::signs(summary),
        rows: rows.collect(),
    };
    Ok(plot.draw())
}

pub(super) fn alt(summary: &Summary) -> String {
    let noun = words::workload_noun(&summary.workloads);
    describe(&format!("Peak memory by {noun}"), summary, |cell| cell.memory)
}

fn lane(cell: Option<&Cell>) -> Lane {
    let memory = cell.and_then(|cell| cell.memory);
    let label = memory.map_or("not measured".to_owned(), |ratio| {
        let factor = units::short_factor(ratio.ratio);
        match cell.and_then(|cell| peak(cell.timing.as_ref()?)) {
            Some(peak) => format!("{factor} · {peak}"),
            None => factor,
        }
    });
    Lane {
        ratio: memory,
        label,
        failures: cell.map_or(String::new(), |cell| words::failures(&cell.failures)),
    }
}

fn peak(timing: &Timing) -> Option<String> {
    Some(units::bytes(timing.resident_peak_bytes?))
}
