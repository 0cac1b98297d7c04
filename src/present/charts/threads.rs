//! Overhead and capture by number of threads.

use std::collections::BTreeSet;

use super::ChartError;
use super::axis::{Axis, Unit};
use super::canvas::{Align, Canvas, plain};
use super::frame::{Entry, Frame};
use super::panel::{CaptureAxis, Panel, beyond};
use super::style::{FAINT, GREY, MARGIN, WIDTH, marker, size};
use crate::analyse::summary::{Content, Summary, ThreadCell};
use crate::common::units;
use crate::plan::arm::{ArmId, in_order};
use crate::plan::procedure::Experiment;
use crate::present::words;

pub(super) const TITLE: &str = "More threads: what tracking costs, and whether it still counts";

const PANEL_HEIGHT: i32 = 190;
const BELOW: i32 = 62;
const LEFT: i32 = 52;

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
    let legend = arms.iter().enumerate().map(|(index, &arm)| {
        let version =
            cells.iter().filter(|cell| cell.arm == *arm).find_map(|c| c.version.as_deref());
        Entry::Arm(marker(index), words::arm_title(arm, version))
    });
    let frame = Frame {
        title: TITLE.to_owned(),
        explanation: format!(
            "Left: wall time, tracked ÷ untracked with as many threads; whiskers: 95 % interval over {} \
             at each number of threads. Right: allocations reported ÷ true. A flat line at 1× and one at \
             100 % would be perfect.",
            units::counted(blocks(cells), "paired sample"),
        ),
        description: alt(summary),
        legend: legend.collect(),
        provenance: words::provenance_of(summary, &[Content::Experiment(Experiment::Threads)]),
    };
    let top = frame.plot_top() + 18;
    let width = (WIDTH - 2 * MARGIN - 2 * LEFT - 16) / 2;
    let bottom = top + workloads.len() as i32 * (PANEL_HEIGHT + BELOW) - BELOW + 42;
    frame.draw(bottom, |canvas| {
        for (line, workload) in (0..).zip(&workloads) {
            let own: Vec<&ThreadCell> = cells.iter().filter(|c| c.workload == *workload).collect();
            let top = top + line * (PANEL_HEIGHT + BELOW);
            let panel =
                |left: i32| Panel { left, right: left + width, top, bottom: top + PANEL_HEIGHT };
            let left = panel(MARGIN + LEFT);
            let right = panel(left.right + 16 + LEFT);
            draw_overheads(canvas, &left, &arms, &own, workload)?;
            draw_captures(canvas, &right, &arms, &own, workload)?;
        }
        Ok(())
    })
}

/// Blocks at each number of threads; the fewest, where they differ.
fn blocks(cells: &[ThreadCell]) -> usize {
    cells.iter().filter_map(|cell| cell.overhead).map(|ratio| ratio.blocks).min().unwrap_or(0)
}

/// The places of the numbers of threads, evenly spaced, with their labels below.
fn steps(
    canvas: &Canvas<'_>,
    panel: &Panel,
    cells: &[&ThreadCell],
) -> Result<Vec<(usize, i32)>, ChartError> {
    let numbers: BTreeSet<usize> = cells.iter().map(|cell| cell.threads).collect();
    let step = (panel.right - panel.left) / numbers.len() as i32;
    let mut places = Vec::new();
    for (index, number) in (0..).zip(numbers) {
        let x = panel.left + index * step + step / 2;
        let looks = plain(size::NOTE, GREY).aligned(Align::Centre);
        canvas.text(&number.to_string(), (x, panel.bottom + 11), looks)?;
        places.push((number, x));
    }
    let middle = ((panel.left + panel.right) / 2, panel.bottom + 29);
    canvas.text("threads", middle, plain(size::NOTE, GREY).aligned(Align::Centre))?;
    Ok(places)
}

fn draw_overheads(
    canvas: &Canvas<'_>,
    panel: &Panel,
    arms: &[&ArmId],
    cells: &[&ThreadCell],
    workload: &str,
) -> Result<(), ChartError> {
    panel.draw(canvas, &format!("{workload}: overhead"))?;
    let ratios = cells.iter().filter_map(|cell| cell.overhead).flat_map(|ratio| {
        [(ratio.high.unwrap_or(ratio.ratio), 0), (ratio.low.unwrap_or(ratio.ratio), 0)]
    });
    // A horizontal axis, stood on its end.
    let axis = Axis::new(Unit::Times, 0, panel.bottom - panel.top, &ratios.collect::<Vec<_>>());
    let y = |ratio: f64| panel.bottom - axis.x(ratio);
    for (tick, label) in axis.ticks() {
        canvas.line((panel.left, y(tick)), (panel.right, y(tick)), FAINT, 1)?;
        let looks = plain(size::NOTE, GREY).aligned(Align::Right);
        canvas.text(&label, (panel.left - 6, y(tick)), looks)?;
    }
    let places = steps(canvas, panel, cells)?;
    draw_lines(canvas, arms, cells, &places, |canvas, cell, x, looks| {
        let Some(ratio) = cell.overhead else { return Ok(None) };
        if let (Some(low), Some(high)) = (ratio.low, ratio.high) {
            canvas.line((x, y(low)), (x, y(high)), looks, 2)?;
        }
        Ok(Some(y(ratio.ratio)))
    })
}

fn draw_captures(
    canvas: &Canvas<'_>,
    panel: &Panel,
    arms: &[&ArmId],
    cells: &[&ThreadCell],
    workload: &str,
) -> Result<(), ChartError> {
    panel.draw(canvas, &format!("{workload}: capture"))?;
    let axis = CaptureAxis::new(cells.iter().filter_map(|cell| cell.capture));
    axis.draw(canvas, panel, true)?;
    let places = steps(canvas, panel, cells)?;
    draw_lines(canvas, arms, cells, &places, |canvas, cell, x, _| {
        let Some(capture) = cell.capture else { return Ok(None) };
        let y = axis.y(panel, capture);
        if let Some(words) = beyond(capture) {
            let looks = plain(size::NOTE, GREY).aligned(Align::Centre);
            canvas.text(&words, (x, y + 14), looks)?;
        }
        Ok(Some(y))
    })
}

/// A line a tracker through its points, whose heights `at` tells (and draws what belongs to them).
fn draw_lines(
    canvas: &Canvas<'_>,
    arms: &[&ArmId],
    cells: &[&ThreadCell],
    places: &[(usize, i32)],
    at: impl Fn(
        &Canvas<'_>,
        &ThreadCell,
        i32,
        plotters::style::RGBColor,
    ) -> Result<Option<i32>, ChartError>,
) -> Result<(), ChartError> {
    for (index, arm) in arms.iter().enumerate() {
        // Side by side, so that trackers that agree do not hide one another.
        let shift = 8 * index as i32 - 4 * (arms.len() as i32 - 1);
        let mut before = None;
        for &(number, x) in places {
            let cell = cells.iter().find(|cell| cell.arm == **arm && cell.threads == number);
            let x = x + shift;
            let y = match cell {
                Some(cell) => at(canvas, cell, x, marker(index).colour)?,
                None => None,
            };
            if let (Some(from), Some(y)) = (before, y) {
                canvas.line(from, (x, y), marker(index).colour, 1)?;
            }
            if let Some(y) = y {
                canvas.marker((x, y), marker(index))?;
            }
            before = y.map(|y| (x, y));
        }
    }
    Ok(())
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
