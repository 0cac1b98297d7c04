//! Overhead and accuracy by number of threads.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::grid::{Grid, Size, WIDE};
use super::labels::Labels;
use super::looks::looks;
use super::panel::{EDGE, factor_axis, panel, times};
use super::{CROWD, ChartError};
use crate::analyse::accuracy::{Check, Grade};
use crate::analyse::summary::{Content, Summary, ThreadCell};
use crate::common::units;
use crate::plan::arm::{ArmId, in_order};
use crate::plan::procedure::Experiment;
use crate::present::canvas::{
    Area, Axis, Canvas, Direction, Entry, Frame, INK, NOTE, SMALL, Stroke,
};
use crate::present::{faults, words};

pub(super) const TITLE: &str = "More threads: what tracking costs, and whether it still counts";

const PANEL: Size = Size { left: 52.0, height: 190.0, below: 62.0 };

/// Draws overhead (left) and how far the worst figure is off (right) over the number of threads, a line a tracker and a row of
/// panels a workload.
///
/// # Errors
///
/// [`ChartError::Nothing`] without such an experiment.
pub fn threads(summary: &Summary) -> Result<String, ChartError> {
    draw_in(summary, WIDE)
}

/// The same in a picture of any width.
pub(super) fn draw_in(summary: &Summary, grid: Grid) -> Result<String, ChartError> {
    let cells = drawn(summary);
    let workloads: BTreeSet<(&str, u64)> = cells.iter().map(|cell| place(cell)).collect();
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
            "First: CPU time, tracked ÷ untracked with as many threads; whiskers: 95 % interval over {} \
             at each number of threads. Then: by how much the worst figure is off, and at the \
             end of a line of which family it is. Flat lines at 1× would be perfect.",
            units::counted(blocks(&cells), "paired sample"),
        ),
        description: alt(summary),
        legend: Entry::arms(looks(&arms).into_iter().zip(arms.iter().map(title))),
        provenance: words::provenance_of(summary, &[Content::Experiment(Experiment::Threads)]),
    };
    Ok(frame.draw_at(grid.width, |canvas, top| {
        let mut panels = 0;
        for of in workloads {
            let left = grid.place(PANEL, top, panels);
            let right = grid.place(PANEL, top, panels + 1);
            panels += 2;
            let own: Vec<&ThreadCell> =
                cells.iter().copied().filter(|cell| place(cell) == of).collect();
            let name = match f64::from_bits(of.1) {
                1.0 => of.0.to_owned(),
                scale => format!("{} at {scale}", of.0),
            };
            draw_overheads(canvas, left, &arms, &own, &name);
            draw_faults(canvas, right, &arms, &own, &name);
        }
        grid.place(PANEL, top, panels - 1).bottom() + 42.0
    }))
}

/// A workload at a scale, the scale by its bits.
fn place(cell: &ThreadCell) -> (&str, u64) {
    (&cell.workload, cell.scale.to_bits())
}

/// What is drawn: lines over several numbers of threads, and single points only if there are few.
fn drawn(summary: &Summary) -> Vec<&ThreadCell> {
    let is_of_line = |cell: &&ThreadCell| {
        summary.threads.iter().any(|other| {
            place(other) == place(cell) && other.arm == cell.arm && other.threads != cell.threads
        })
    };
    let lines: Vec<&ThreadCell> = summary.threads.iter().filter(is_of_line).collect();
    let all = in_order(summary.threads.iter().map(|cell| &cell.arm)).len();
    if lines.is_empty() && all < CROWD { summary.threads.iter().collect() } else { lines }
}

/// Blocks at each number of threads; the fewest, where they differ.
fn blocks(cells: &[&ThreadCell]) -> usize {
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

fn draw_faults(
    canvas: &Canvas,
    area: Area,
    arms: &[&ArmId],
    cells: &[&ThreadCell],
    workload: &str,
) {
    panel(canvas, area, &format!("{workload}: worst figure"));
    let plot = Area { y: area.y + EDGE, height: area.height - EDGE, ..area };
    let edge = area.y + EDGE / 2.0;
    let factors = || cells.iter().filter_map(|cell| factor(cell));
    let axis = factor_axis(plot, factors());
    axis.draw(canvas, times);
    if factors().any(f64::is_infinite) {
        canvas.text("∞", (area.x - 6.0, edge), NOTE.right());
    }
    let places = steps(canvas, area, cells);
    let most = places.iter().map(|(number, _)| *number).max();
    let drawn = RefCell::new(Vec::new());
    draw_lines(canvas, arms, cells, &places, |cell, x, _| {
        let factor = factor(cell)?;
        let y = if factor.is_infinite() { edge } else { axis.at(factor) };
        let family = cell.worst.as_ref().map(|worst| worst.family);
        drawn.borrow_mut().push((cell.threads, (x, y), family));
        Some(y)
    });
    // Which family it is, once a line, at its end.
    let drawn = drawn.into_inner();
    let mut labels = Labels::around(area, drawn.iter().map(|(_, place, _)| *place));
    for (threads, place, family) in drawn {
        if let Some(family) = family.filter(|_| Some(threads) == most) {
            labels.draw(canvas, family.word(), place, SMALL.colour(INK));
        }
    }
}

/// By how much the worst figure is off; none where nothing is known.
fn factor(cell: &ThreadCell) -> Option<f64> {
    match cell.grade? {
        Grade::Absent | Grade::Failed => None,
        _ => Some(cell.worst.as_ref().and_then(Check::factor).unwrap_or(1.0)),
    }
}

/// A line a tracker through its points, whose heights `at` tells (and draws what belongs to them).
fn draw_lines(
    canvas: &Canvas,
    arms: &[&ArmId],
    cells: &[&ThreadCell],
    places: &[(usize, f64)],
    at: impl Fn(&ThreadCell, f64, Stroke) -> Option<f64>,
) {
    for (index, (arm, looks)) in arms.iter().zip(looks(arms)).enumerate() {
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
        let told = match (&cell.worst, cell.grade) {
            (Some(worst), _) => faults::fault(worst),
            (None, Some(grade)) => grade.word().to_owned(),
            (None, None) => "not audited".to_owned(),
        };
        let threads = units::counted(cell.threads, "thread");
        format!("{} on {} with {threads}: {overhead}, {told}", cell.arm, cell.workload)
    });
    format!("Overhead and accuracy by number of threads. {}.", words.collect::<Vec<_>>().join("; "))
}
