//! How the samples of each tracker are spread, on one workload.

use super::ChartError;
use super::grid::{Grid, WHOLE};
use super::panel::short_time;
use crate::analyse::summary::{Summary, Timing, WorkloadSummary};
use crate::common::units;
use crate::present::canvas::{
    Area, Axis, BLUE, Canvas, Direction, Frame, GREY, INK, MARGIN, NOTE, Stroke, TEXT, tint,
};
use crate::present::words;

pub(super) const TITLE: &str = "Every sample: how the CPU times are spread";

const ROW: f64 = 22.0;
/// The height of a row on a phone, where the name stands above the box.
const TALL_ROW: f64 = 36.0;
/// How far above and below the middle of such a row the name and the box are.
const APART: f64 = 8.0;
/// Half the height of a box.
const HALF: f64 = 6.0;

/// An arm's name, and the least CPU time, its quartiles, and the most.
type Row = (String, [f64; 5]);

/// Draws a box for each arm of the only workload, the fastest first.
pub(super) fn samples(part: &Summary) -> Result<String, ChartError> {
    draw_in(part, WHOLE)
}

/// The same in a picture of any width.
pub(super) fn draw_in(part: &Summary, grid: Grid) -> Result<String, ChartError> {
    let [workload] = part.workloads.as_slice() else { return Err(ChartError::Nothing) };
    let rows = rows(workload);
    if rows.len() < 2 {
        return Err(ChartError::Nothing);
    }
    let frame = Frame {
        title: TITLE.to_owned(),
        explanation: "Boxes: the middle half of the samples, with the median; lines: from the least to the most. \
                      All of the workload's, of all blocks, one process each. What each tracker costs is told from \
                      pairs in the same block, and more exactly than boxes that overlap suggest."
            .to_owned(),
        description: alt(part),
        provenance: words::provenance(part),
        ..Frame::default()
    };
    Ok(frame.draw_at(grid.width, |canvas, top| draw(canvas, (top, grid), &rows)))
}

fn draw(canvas: &Canvas, (top, grid): (f64, Grid), rows: &[Row]) -> f64 {
    let names = rows.iter().map(|(name, _)| TEXT.width(name)).fold(0.0, f64::max);
    let (x, row, apart, room) = if grid.is_narrow() {
        (MARGIN, TALL_ROW, APART, grid.width - 2.0 * MARGIN)
    } else {
        let x = (MARGIN + names + 14.0).min(grid.width / 2.5);
        (x, ROW, 0.0, x - MARGIN - 10.0)
    };
    let height = rows.len() as f64 * row;
    // Above it, room for ticks.
    let area = Area { x, y: top + 18.0, width: grid.width - MARGIN - x, height };
    let label = |spread: &[f64; 5]| units::seconds(spread[2]);
    let points = rows
        .iter()
        .flat_map(|(_, spread)| [(spread[0], 0.0), (spread[4], NOTE.width(&label(spread)) + 8.0)]);
    let axis = Axis::logarithmic(area, Direction::Across, &points.collect::<Vec<_>>());
    axis.draw(canvas, short_time);
    for (index, (name, spread)) in rows.iter().enumerate() {
        let middle = area.y + (index as f64 + 0.5) * row;
        canvas.text(&TEXT.fit(name, room), (MARGIN, middle - apart), TEXT);
        let y = middle + apart;
        let [least, first, median, third, most] = spread.map(|seconds| axis.at(seconds));
        canvas.line(&[(least, y), (most, y)], Stroke::new(GREY, 1.0));
        let width = (third - first).max(2.0);
        let inner = Area { x: first, y: y - HALF, width, height: 2.0 * HALF };
        canvas.rectangle(inner, tint(BLUE, 0.35));
        canvas.line(&[(median, y - HALF), (median, y + HALF)], Stroke::new(INK, 2.0));
        canvas.text(&label(spread), (most.max(inner.right()) + 6.0, y), NOTE);
    }
    area.bottom() + 26.0
}

fn rows(workload: &WorkloadSummary) -> Vec<Row> {
    let spread = |timing: Option<&Timing>| timing?.cpu_quartiles_s;
    let untracked = spread(workload.untracked.as_ref());
    let untracked = untracked.map(|spread| ("untracked".to_owned(), spread));
    let tracked = workload.cells.iter().filter_map(|cell| {
        let name = words::arm_title(&cell.arm, cell.version.as_deref());
        Some((name, spread(cell.timing.as_ref())?))
    });
    let mut rows: Vec<Row> = untracked.into_iter().chain(tracked).collect();
    rows.sort_by(|(_, a), (_, b)| a[2].total_cmp(&b[2]));
    rows
}

/// The picture in words.
pub(super) fn alt(part: &Summary) -> String {
    let rows = part.workloads.first().map(rows).unwrap_or_default();
    let told = rows.iter().map(|(name, [least, first, median, third, most])| {
        let [least, first, median, third, most] =
            [least, first, median, third, most].map(|seconds| units::seconds(*seconds));
        format!("{name}: {least} to {most}, median {median}, middle half {first} to {third}")
    });
    format!("{TITLE}. {}.", told.collect::<Vec<_>>().join("; "))
}
