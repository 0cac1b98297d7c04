//! In what share of comparisons a planted slow-down is found, over the time that is spent.

use super::ChartError;
use super::grid::{Grid, Size, WIDE};
use super::panel::panel;
use crate::analyse::calibration::{Calibration, Found, Level};
use crate::analyse::summary::Summary;
use crate::present::calibration::percent_of;
use crate::present::canvas::{Area, Axis, Canvas, Direction, Entry, Frame, NOTE, Stroke, marker};
use crate::present::words;

pub(super) const TITLE: &str = "Which slow-downs are found, and in what time";

const PANEL: Size = Size { left: 52.0, height: 150.0, below: 74.0 };
/// Between a panel's name and its line of 100 %, on which markers lie.
const ABOVE: f64 = 10.0;
/// Of fewer comparisons a share says little.
const COMPARISONS_NEEDED: usize = 5;

/// Draws a panel a workload, a line a slow-down.
///
/// # Errors
///
/// [`ChartError::Nothing`] without such a calibration.
pub fn slow_downs(summary: &Summary) -> Result<String, ChartError> {
    draw_in(summary, WIDE)
}

/// The same in a picture of any width.
pub(super) fn draw_in(summary: &Summary, grid: Grid) -> Result<String, ChartError> {
    let all = panels(summary);
    let levels = per_milles(&all);
    if levels.is_empty() {
        return Err(ChartError::Nothing);
    }
    let entries = levels.iter().enumerate().map(|(lane, level)| {
        Entry::point(marker(lane), format!("{} more CPU time", percent_of(*level)))
    });
    let frame = Frame {
        title: TITLE.to_owned(),
        explanation: "memscope-rs with work added to every allocation, against itself, on one thread: in how many \
                      of 100 comparisons it was called slower, over what the comparison took. Each is judged as one \
                      of nine rows. A line at the top is found every time. Where fewer than five comparisons were \
                      recorded, there is no point."
            .to_owned(),
        description: alt(summary),
        legend: entries.collect(),
        provenance: words::provenance_of_calibrations(made(summary)),
    };
    Ok(frame.draw_at(grid.width, |canvas, top| {
        for (number, one) in all.iter().enumerate() {
            draw(canvas, grid.place(PANEL, top, number), &levels, one);
        }
        grid.place(PANEL, top, all.len() - 1).bottom() + 40.0
    }))
}

/// One workload on one machine, beside so many neighbours.
struct Panel<'a> {
    name: String,
    machine: &'a str,
    levels: Vec<&'a Level>,
}

/// The calibrations in which slow-downs were looked for.
fn made(summary: &Summary) -> impl Iterator<Item = &Calibration> + Clone {
    summary.calibrations.iter().filter(|calibration| !calibration.slow_downs.is_empty())
}

/// Each workload's slow-downs, of all calibrations; of one that was planted in several, the one with the most comparisons.
fn panels(summary: &Summary) -> Vec<Panel<'_>> {
    let mut panels: Vec<Panel<'_>> = Vec::new();
    for calibration in made(summary) {
        let machine = calibration.machine.split(',').next().unwrap_or_default();
        for of in &calibration.slow_downs {
            let beside = match calibration.neighbours {
                0 => String::new(),
                1 => " + neighbour".to_owned(),
                number => format!(" + {number} neighbours"),
            };
            let name = format!("{}{beside}", of.workload);
            let known = panels.iter().position(|one| (&*one.name, one.machine) == (&name, machine));
            let at = known.unwrap_or_else(|| {
                panels.push(Panel { name, machine, levels: Vec::new() });
                panels.len() - 1
            });
            of.levels.iter().for_each(|level| panels[at].add(level));
        }
    }
    panels.retain(|panel| !panel.levels.is_empty());
    // Most are of one machine, which is named below them all.
    let first = panels.first().map(|panel| panel.machine);
    for panel in panels.iter_mut().filter(|panel| Some(panel.machine) != first) {
        panel.name = format!("{}, {}", panel.name, panel.machine);
    }
    panels
}

impl<'a> Panel<'a> {
    fn add(&mut self, level: &'a Level) {
        let comparisons =
            |of: &Level| of.found.iter().map(|found| found.counted.all).sum::<usize>();
        match self.levels.iter_mut().find(|known| known.per_mille == level.per_mille) {
            Some(known) if comparisons(known) < comparisons(level) => *known = level,
            Some(_) => {}
            None => self.levels.push(level),
        }
    }
}

fn per_milles(all: &[Panel<'_>]) -> Vec<u32> {
    let levels = all.iter().flat_map(|one| &one.levels).map(|level| level.per_mille);
    let mut levels: Vec<u32> = levels.collect();
    levels.sort_unstable();
    levels.dedup();
    levels
}

fn draw(canvas: &Canvas, area: Area, levels: &[u32], of: &Panel<'_>) {
    panel(canvas, area, &of.name);
    let plot = Area { y: area.y + ABOVE, height: area.height - ABOVE, ..area };
    let shares = Axis::linear(plot, Direction::Up, (0.0, 1.0));
    shares.draw(canvas, |share| format!("{:.0} %", share * 100.0));
    let found = |level: &Level| -> Vec<Found> {
        let enough = |found: &&Found| found.counted.all >= COMPARISONS_NEEDED;
        level.found.iter().filter(enough).copied().collect()
    };
    let all = of.levels.iter().flat_map(|level| found(level));
    let mut places: Vec<f64> = all.map(|found| found.seconds).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    let step = area.width / places.len().max(1) as f64;
    let at = |seconds: f64| {
        let index = places.iter().position(|&place| place == seconds).unwrap_or(0);
        area.x + (index as f64 + 0.5) * step
    };
    for &seconds in &places {
        let label = format!("{seconds} s");
        canvas.text(&label, (at(seconds), area.bottom() + 11.0), NOTE.centred());
    }
    canvas.text("time for the workload", (area.middle().0, area.bottom() + 27.0), NOTE.centred());
    for &level in &of.levels {
        let Some(lane) = levels.iter().position(|one| *one == level.per_mille) else { continue };
        let looks = marker(lane);
        let points: Vec<(f64, f64)> = found(level)
            .iter()
            .filter_map(|found| Some((at(found.seconds), shares.at(found.counted.share()?))))
            .collect();
        canvas.tip(&told(level), |canvas| {
            canvas.line(&points, Stroke::new(looks.colour, 1.5));
            points.iter().for_each(|&point| canvas.marker(point, looks));
        });
    }
}

fn told(level: &Level) -> String {
    let found = level.found.iter().map(|found| {
        format!("{} of {} in {} s", found.counted.so, found.counted.all, found.seconds)
    });
    format!("{}: {}", percent_of(level.per_mille), found.collect::<Vec<_>>().join(", "))
}

pub(super) fn alt(summary: &Summary) -> String {
    let words = panels(summary).into_iter().map(|of| {
        let levels = of.levels.iter().map(|level| told(level)).collect::<Vec<_>>().join("; ");
        format!("{}: {levels}", of.name)
    });
    format!(
        "In how many comparisons a slow-down is found. {}.",
        words.collect::<Vec<_>>().join(". ")
    )
}
