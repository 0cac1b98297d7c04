//! What tracking costs against how much of the truth it tells: the picture that this project exists for.

use super::panel::{beyond, capture_axis, drawn, panel, percent, times};
use super::{ChartError, arm_titles, tracked_cells};
use crate::analyse::summary::{Cell, Content, Summary};
use crate::common::units;
use crate::present::canvas::{
    ALARM, Area, Axis, Canvas, Direction, Entry, Frame, MARGIN, NOTE, WIDTH, marker,
};
use crate::present::words;

pub(super) const TITLE: &str = "Cost and truth: overhead against capture";

const COLUMNS: usize = 4;
const PANEL_HEIGHT: f64 = 150.0;
const GAP: f64 = 16.0;
/// Below a panel: its ticks, and the name of the one below it.
const BELOW: f64 = 48.0;
/// Left of the first panel: the labels of capture.
const LEFT: f64 = 48.0;

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
    let ratios = cells().filter_map(|cell| Some((cell.overhead?.ratio, 8.0)));
    let ratios: Vec<(f64, f64)> = ratios.chain([(1.0, 0.0)]).collect();
    let columns = COLUMNS.min(rows.len());
    let width = (WIDTH - 2.0 * MARGIN - LEFT + GAP) / columns as f64 - GAP;
    Ok(frame(summary).draw(|canvas, top| {
        let mut bottom = top;
        for (index, (workload, arms)) in rows.iter().enumerate() {
            let (column, line) = (index % columns, index / columns);
            let x = MARGIN + LEFT + column as f64 * (width + GAP);
            let y = top + 18.0 + line as f64 * (PANEL_HEIGHT + BELOW);
            let area = Area { x, y, width, height: PANEL_HEIGHT };
            panel(canvas, area, &workload.workload);
            let capture = capture_axis(area, cells().filter_map(|cell| cell.capture));
            capture.draw(canvas, |tick| if column == 0 { percent(tick) } else { String::new() });
            let overhead = Axis::logarithmic(area, Direction::Across, &ratios);
            overhead.draw(canvas, times);
            draw_points(canvas, area, &overhead, &capture, arms);
            bottom = area.bottom() + 22.0;
        }
        let words = "across: overhead, tracked ÷ untracked (logarithmic) · upwards: capture, reported ÷ true";
        canvas.text(words, (WIDTH / 2.0, bottom + 8.0), NOTE.centred());
        bottom + 22.0
    }))
}

fn frame(summary: &Summary) -> Frame {
    let mut legend = Entry::arms(arm_titles(summary));
    if summary.workloads.iter().flat_map(|w| &w.cells).any(|cell| !cell.failures.is_empty()) {
        legend.push(Entry::failed());
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
    canvas: &Canvas,
    area: Area,
    overhead: &Axis,
    capture: &Axis,
    cells: &[Option<&Cell>],
) {
    let mut y = area.bottom() - 10.0;
    for (arm, cell) in cells.iter().enumerate() {
        let Some(cell) = cell else { continue };
        if let Some((ratio, reported)) = point(cell) {
            let (x, y) = (overhead.at(ratio), capture.at(drawn(reported)));
            canvas.marker((x, y), marker(arm));
            if let Some(words) = beyond(reported) {
                canvas.text(&words, (x - 9.0, y), NOTE.right());
            }
            continue;
        }
        let reason = match (cell.overhead, cell.failures.first()) {
            (None, Some(failed)) => failed.failure.label(),
            (None, None) => "not measured",
            (Some(_), _) => "capture unknown",
        };
        let (x, looks) =
            (area.x + 10.0, if cell.failures.is_empty() { NOTE } else { NOTE.colour(ALARM) });
        if cell.failures.is_empty() {
            canvas.marker((x, y), marker(arm));
        } else {
            canvas.cross((x, y), marker(arm).colour);
        }
        canvas.text(&looks.fit(reason, area.right() - x - 12.0), (x + 12.0, y), looks);
        y -= 15.0;
    }
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
