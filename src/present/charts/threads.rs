//! Overhead and capture by number of threads.

use std::collections::BTreeSet;

use super::ChartError;
use super::panel::{beyond, capture_axis, drawn, panel, percent, times};
use crate::analyse::summary::{Content, Summary, ThreadCell};
use crate::common::units;
use crate::plan::arm::{ArmId, in_order};
use crate::plan::procedure::Experiment;
use crate::present::canvas::{
    Area, Axis, Canvas, Direction, Entry, Frame, MARGIN, NOTE, Stroke, WIDTH, marker,
};
use crate::present::words;

pub(super) const TITLE: &str = "More threads: what tracking costs, and whether it still counts";

const PANEL_HEIGHT: f64 = 190.0;
const BELOW: f64 = 62.0;
const LEFT: f64 = 52.0;

/// Draws overhead (left) and capture (right) over the number of threads, a line a tracker and a row of
/// panels a workload.
///
/// # Errors
///
/// [`ChartError::Nothing`] without such an experiment.
pub fn threads(summary: &Summary) -> Result<String, ChartError> {
    let cells = &summary.threads;
    let workloads: BTreeSet<&str> = cells.iter().map(|cell| &*cell.workload).collect();
    let arms = in_order(cells.iter().map(|cell| &cell.arm));
    if cells.iter().all(|cell| cell.overhead.is_none()) {
        return Err(ChartError::Nothing);
    }
    let title = |arm: &&ArmId| {
        let own = cells.iter().filter(|cell| cell.arm == **arm);
        words::arm_title(arm, own.filter_map(|cell| cell.version.as_deref()).next())
    };
    let frame = Frame {
        title: TITLE.to_owned(),
        explanation: format!(
            "Left: wall time, tracked ÷ untracked with as many threads; whiskers: 95 % interval over {} \
             at each number of threads. Right: allocations reported ÷ true. A flat line at 1× and one at \
             100 % would be perfect.",
            units::counted(blocks(cells), "paired sample"),
        ),
        description: alt(summary),
        legend: Entry::arms(arms.iter().map(title).collect()),
        provenance: words::provenance_of(summary, &[Content::Experiment(Experiment::Threads)]),
    };
    let width = (WIDTH - 2.0 * MARGIN - 2.0 * LEFT - 16.0) / 2.0;
    Ok(frame.draw(|canvas, top| {
        let mut left = Area { x: MARGIN + LEFT, y: top + 18.0, width, height: PANEL_HEIGHT };
        for workload in workloads {
            let own: Vec<&ThreadCell> = cells.iter().filter(|c| c.workload == workload).collect();
            let right = Area { x: left.right() + 16.0 + LEFT, ..left };
            draw_overheads(canvas, left, &arms, &own, workload);
            draw_captures(canvas, right, &arms, &own, workload);
            left.y += PANEL_HEIGHT + BELOW;
        }
        left.y - BELOW + 42.0
    }))
}

/// Blocks at each number of threads; the fewest, where they differ.
fn blocks(cells: &[ThreadCell]) -> usize {
    cells.iter().filter_map(|cell| cell.overhead).map(|ratio| ratio.blocks).min().unwrap_or(0)
}

/// The places of the numbers of threads, evenly spaced, with their labels below.
fn steps(canvas: &Canvas, area: Area, cells: &[&ThreadCell]) -> Vec<(usize, f64)> {
    let numbers: BTreeSet<usize> = cells.iter().map(|cell| cell.threads).collect();
    let step = area.width / numbers.len() as f64;
    canvas.text("threads", (area.middle().0, area.bottom() + 29.0), NOTE.centred());
    let mut places = Vec::new();
    for (index, number) in numbers.into_iter().enumerate() {
        let x = area.x + (index as f64 + 0.5) * step;
        canvas.text(&number.to_string(), (x, area.bottom() + 11.0), NOTE.centred());
        places.push((number, x));
    }
    places
}

fn draw_overheads(
    canvas: &Canvas,
    area: Area,
    arms: &[&ArmId],
    cells: &[&ThreadCell],
    workload: &str,
) {
    panel(canvas, area, &format!("{workload}: overhead"));
    let ratios = cells.iter().filter_map(|cell| cell.overhead).flat_map(|ratio| {
        [(ratio.high.unwrap_or(ratio.ratio), 0.0), (ratio.low.unwrap_or(ratio.ratio), 0.0)]
    });
    let ratios: Vec<_> = ratios.chain([(1.0, 0.0)]).collect();
    let axis = Axis::logarithmic(area, Direction::Up, &ratios).marked(1.0);
    axis.draw(canvas, times);
    let places = steps(canvas, area, cells);
    draw_lines(canvas, arms, cells, &places, |cell, x, stroke| {
        let ratio = cell.overhead?;
        if let (Some(low), Some(high)) = (ratio.low, ratio.high) {
            canvas.line(&[(x, axis.at(low)), (x, axis.at(high))], stroke);
        }
        Some(axis.at(ratio.ratio))
    });
}

fn draw_captures(
    canvas: &Canvas,
    area: Area,
    arms: &[&ArmId],
    cells: &[&ThreadCell],
    workload: &str,
) {
    panel(canvas, area, &format!("{workload}: capture"));
    let axis = capture_axis(area, cells.iter().filter_map(|cell| cell.capture));
    axis.draw(canvas, percent);
    let places = steps(canvas, area, cells);
    draw_lines(canvas, arms, cells, &places, |cell, x, _| {
        let capture = cell.capture?;
        let y = axis.at(drawn(capture));
        if let Some(words) = beyond(capture) {
            canvas.text(&words, (x, y + 14.0), NOTE.centred());
        }
        Some(y)
    });
}

/// A line a tracker through its points, whose heights `at` tells (and draws what belongs to them).
fn draw_lines(
    canvas: &Canvas,
    arms: &[&ArmId],
    cells: &[&ThreadCell],
    places: &[(usize, f64)],
    at: impl Fn(&ThreadCell, f64, Stroke) -> Option<f64>,
) {
    for (index, arm) in arms.iter().enumerate() {
        let looks = marker(index);
        // Side by side, so that trackers that agree do not hide one another.
        let shift = 8.0 * index as f64 - 4.0 * (arms.len() as f64 - 1.0);
        let mut before = None;
        for &(number, x) in places {
            let cell = cells.iter().find(|cell| cell.arm == **arm && cell.threads == number);
            let x = x + shift;
            let place =
                cell.and_then(|cell| at(cell, x, Stroke::new(looks.colour, 2.0))).map(|y| (x, y));
            if let (Some(before), Some(place)) = (before, place) {
                canvas.line(&[before, place], Stroke::new(looks.colour, 1.0));
            }
            if let Some(place) = place {
                canvas.marker(place, looks);
            }
            before = place;
        }
    }
}

pub(super) fn alt(summary: &Summary) -> String {
    let words = summary.threads.iter().map(|cell| {
        let overhead =
            cell.overhead.map_or("failed".to_owned(), |ratio| units::short_factor(ratio.ratio));
        let capture = cell.capture.map_or("unknown".to_owned(), units::percent);
        let threads = units::counted(cell.threads, "thread");
        format!("{} on {} with {threads}: {overhead}, capture {capture}", cell.arm, cell.workload)
    });
    format!("Overhead and capture by number of threads. {}.", words.collect::<Vec<_>>().join("; "))
}
