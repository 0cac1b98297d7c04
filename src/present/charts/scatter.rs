//! What tracking costs against how much of the truth it tells: the picture that this project exists for.

use super::axis::{Axis, Unit};
use super::canvas::{Align, Canvas, plain};
use super::frame::{Entry, Frame};
use super::panel::{CaptureAxis, Panel, beyond};
use super::style::{ALARM, GREY, MARGIN, WIDTH, fit, marker, size};
use super::{ChartError, arm_titles, tracked_cells};
use crate::analyse::summary::{Cell, Content, Summary};
use crate::common::units;
use crate::present::words;

pub(super) const TITLE: &str = "Cost and truth: overhead against capture";

const COLUMNS: i32 = 4;
const PANEL_HEIGHT: i32 = 150;
const GAP: i32 = 16;
/// Below a panel: its ticks, and the name of the one below it.
const BELOW: i32 = 48;
/// Left of the first panel: the labels of capture.
const LEFT: i32 = 48;

/// Draws one panel a workload, in it one point a tracker: overhead to the right, capture upwards.
///
/// # Errors
///
/// [`ChartError::Nothing`] without a cell that has both.
pub fn scatter(summary: &Summary) -> Result<String, ChartError> {
    let rows = tracked_cells(summary)?;
    let cells = || rows.iter().flat_map(|(_, cells)| cells.iter().copied().flatten());
    if cells().filter_map(point).next().is_none() {
        return Err(ChartError::Nothing);
    }
    let capture = CaptureAxis::new(cells().filter_map(|cell| cell.capture));
    let ratios: Vec<(f64, i32)> =
        cells().filter_map(|cell| Some((cell.overhead?.ratio, 8))).collect();
    let frame = frame(summary);
    let top = frame.plot_top() + 18;
    let columns = COLUMNS.min(rows.len() as i32);
    let width = (WIDTH - 2 * MARGIN - LEFT - (columns - 1) * GAP) / columns;
    let place = |index: i32| {
        let (column, line) = (index % columns, index / columns);
        let left = MARGIN + LEFT + column * (width + GAP);
        let top = top + line * (PANEL_HEIGHT + BELOW);
        Panel { left, right: left + width, top, bottom: top + PANEL_HEIGHT }
    };
    let lines = (rows.len() as i32 + columns - 1) / columns;
    let bottom = top + lines * (PANEL_HEIGHT + BELOW) - BELOW + 22;
    frame.draw(bottom + 22, |canvas| {
        for (index, (workload, cells)) in (0..).zip(&rows) {
            let panel = place(index);
            panel.draw(canvas, &workload.workload)?;
            capture.draw(canvas, &panel, index % columns == 0)?;
            let axis = Axis::new(Unit::Times, panel.left, panel.right, &ratios);
            panel.horizontal(canvas, &axis)?;
            draw_points(canvas, &panel, &axis, capture, cells)?;
        }
        let words = "across: overhead, tracked ÷ untracked (logarithmic) · upwards: capture, reported ÷ true";
        let looks = plain(size::NOTE, GREY).aligned(Align::Centre);
        canvas.text(words, (WIDTH / 2, bottom + 8), looks)
    })
}

fn frame(summary: &Summary) -> Frame {
    let mut legend: Vec<Entry> = arm_titles(summary)
        .into_iter()
        .enumerate()
        .map(|(arm, name)| Entry::Arm(marker(arm), name))
        .collect();
    if summary.workloads.iter().flat_map(|w| &w.cells).any(|cell| !cell.failures.is_empty()) {
        legend.push(Entry::Failed);
    }
    Frame {
        title: TITLE.to_owned(),
        explanation: "One point a tracker. On the dark line the tracker reported as many allocations as there \
                      were; below it some were missed, above it some were not the program's. Further left \
                      costs less. The best place is the left end of the dark line."
            .to_owned(),
        description: alt(summary),
        legend,
        provenance: words::provenance_of(summary, &[Content::Timed, Content::Audited]),
    }
}

fn draw_points(
    canvas: &Canvas<'_>,
    panel: &Panel,
    axis: &Axis,
    capture: CaptureAxis,
    cells: &[Option<&Cell>],
) -> Result<(), ChartError> {
    let mut words_below = 0;
    for (arm, cell) in cells.iter().enumerate() {
        let Some(cell) = cell else { continue };
        if let Some((ratio, reported)) = point(cell) {
            let at = (axis.x(ratio), capture.y(panel, reported));
            canvas.marker(at, marker(arm))?;
            if let Some(words) = beyond(reported) {
                let looks = plain(size::NOTE, GREY).aligned(Align::Right);
                canvas.text(&words, (at.0 - 9, at.1), looks)?;
            }
            continue;
        }
        let reason = match (cell.overhead, cell.failures.first()) {
            (None, Some(failed)) => failed.failure.label(),
            (None, None) => "not measured",
            (Some(_), _) => "capture unknown",
        };
        let (x, y) = (panel.left + 10, panel.bottom - 10 - words_below * 15);
        words_below += 1;
        if cell.failures.is_empty() {
            canvas.marker((x, y), marker(arm))?;
        } else {
            canvas.cross((x, y), marker(arm).colour)?;
        }
        let words = fit(reason, size::NOTE, panel.right - x - 12);
        let colour = if cell.failures.is_empty() { GREY } else { ALARM };
        canvas.text(&words, (x + 12, y), plain(size::NOTE, colour))?;
    }
    Ok(())
}

/// Overhead and capture, where both are known.
fn point(cell: &Cell) -> Option<(f64, f64)> {
    Some((cell.overhead?.ratio, cell.capture?))
}

pub(super) fn alt(summary: &Summary) -> String {
    let words = summary.workloads.iter().map(|workload| {
        let cells = workload.cells.iter().filter_map(|cell| {
            let (ratio, capture) = point(cell)?;
            let (ratio, capture) = (units::short_factor(ratio), units::percent(capture));
            Some(format!("{} {ratio} at {capture}", cell.arm))
        });
        format!("{}: {}", workload.workload, cells.collect::<Vec<_>>().join(", "))
    });
    format!("Overhead at capture. {}.", words.collect::<Vec<_>>().join("; "))
}
