//! Costs by size: of an event, and of a live allocation.

use std::collections::BTreeSet;

use super::grid::{Grid, Size, WIDE};
use super::looks::looks;
use super::panel::{panel, short_time};
use super::size_rows::{Figure, Rows, Sign};
use super::{CROWD, ChartError};
use crate::analyse::summary::{Content, SizeCell, Summary};
use crate::common::units;
use crate::plan::arm::{ArmId, in_order};
use crate::plan::procedure::Experiment;
use crate::present::canvas::{
    ALARM, Area, Axis, Canvas, Direction, Entry, Frame, GREY, Marker, NOTE, Shape, Stroke,
};
use crate::present::words;

pub(super) const TITLE: &str =
    "Larger workloads: what an event costs, and what a live allocation takes";

const PANEL: Size = Size { left: 60.0, height: 190.0, below: 62.0 };

/// Draws, for each workload, the CPU time that a tracker adds to an event by the number of events (left), and its own heap
/// for each live allocation by their number (right), both logarithmic: what grows in proportion is a flat line.
///
/// # Errors
///
/// [`ChartError::Nothing`] without such an experiment.
pub fn sizes(summary: &Summary) -> Result<String, ChartError> {
    draw_in(summary, WIDE)
}

/// The same in a picture of any width.
pub(super) fn draw_in(summary: &Summary, grid: Grid) -> Result<String, ChartError> {
    let cells = &summary.sizes;
    let workloads: BTreeSet<&str> = cells.iter().map(|cell| &*cell.workload).collect();
    let arms = in_order(cells.iter().map(|cell| &cell.arm));
    if cells.iter().all(|cell| cell.added.is_none()) {
        return Err(ChartError::Nothing);
    }
    let title = |arm: &&ArmId| {
        let own = cells.iter().filter(|cell| cell.arm == **arm);
        words::arm_title(arm, own.filter_map(|cell| cell.version.as_deref()).next())
    };
    let signs: Vec<Sign<'_>> =
        arms.iter().zip(looks(&arms)).map(|(&arm, looks)| (arm, looks, title(&arm))).collect();
    let frame = Frame {
        title: TITLE.to_owned(),
        explanation: "First: CPU time that the tracker adds to an allocation, free or reallocation; whiskers: 95 % \
                      interval. Then: its own heap at its peak ÷ the program's most live allocations. What grows in \
                      proportion to its work is a flat line; a rising one grows faster."
            .to_owned(),
        description: alt(summary),
        legend: legend(summary, &signs),
        provenance: words::provenance_of(summary, &[Content::Experiment(Experiment::Sizes)]),
    };
    Ok(frame.draw_at(grid.width, |canvas, top| {
        let mut y = top;
        for workload in workloads {
            let own: Vec<&SizeCell> = cells.iter().filter(|c| c.workload == workload).collect();
            if is_crowd(&own) {
                y = draw_crowd(canvas, (grid, y), workload, &signs, &own);
            } else {
                y = draw_workload(canvas, (grid, y), workload, &signs, &own);
            }
        }
        y - 20.0
    }))
}

/// Whether these are of more trackers than lines can show.
fn is_crowd(cells: &[&SizeCell]) -> bool {
    in_order(cells.iter().map(|cell| &cell.arm)).len() >= CROWD
}

/// The signs of lines alone: rows have names.
fn legend(summary: &Summary, signs: &[Sign<'_>]) -> Vec<Entry> {
    let of_workload = |name: &str| -> Vec<&SizeCell> {
        summary.sizes.iter().filter(|cell| cell.workload == name).collect()
    };
    let is_line = |arm: &ArmId| {
        let own = summary.sizes.iter().filter(|cell| cell.arm == *arm);
        own.into_iter().any(|cell| !is_crowd(&of_workload(&cell.workload)))
    };
    let lines = signs.iter().filter(|(arm, ..)| is_line(arm));
    let mut legend = Entry::arms(lines.clone().map(|(_, looks, title)| (*looks, title.clone())));
    if summary.sizes.iter().any(|cell| is_crowd(&of_workload(&cell.workload))) {
        let point = |hollow| Marker { colour: GREY, shape: Shape::Circle, hollow };
        legend.push(Entry::point(point(true), "in rows: smaller sizes"));
        legend.push(Entry::point(point(false), "the largest"));
    }
    if summary.sizes.iter().any(SizeCell::has_failed) {
        legend.push(Entry::cross("failed at this size"));
    }
    legend
}

/// What an event costs, by the number of events.
const EVENT: Figure = Figure {
    what: "an event",
    of: |cell| {
        let added = cell.added?;
        Some((added.ns / 1e9, added.low.is_none_or(|low| low > 0.0)))
    },
    // Below a nanosecond, a cost cannot be told from nothing.
    least: 1e-9,
    size: |cell| cell.events,
    counts: "events",
    label: units::seconds,
    tick: short_time,
};

/// What each live allocation takes of the tracker's own heap, by their number.
const LIVE: Figure = Figure {
    what: "own heap per live allocation",
    of: |cell| {
        let (_, bytes) = live(cell)?;
        Some((bytes?.0, true))
    },
    least: 1.0,
    size: |cell| cell.live,
    counts: "live allocations",
    label: units::bytes,
    tick: units::bytes,
};

/// Draws the rows of a workload with many trackers; returns where they end.
fn draw_crowd(
    canvas: &Canvas,
    (grid, top): (Grid, f64),
    workload: &str,
    signs: &[Sign<'_>],
    own: &[&SizeCell],
) -> f64 {
    let by_live = Figure { size: LIVE.size, counts: LIVE.counts, ..EVENT };
    let time = if varies(own, |cell| cell.events) { EVENT } else { by_live };
    let end = Rows::of(workload, &time, signs, own).draw(canvas, top, grid.width);
    if !varies(own, |cell| cell.live) {
        return end;
    }
    Rows::of(workload, &LIVE, signs, own).draw(canvas, end, grid.width)
}

/// Draws the lines of a workload, and those of what is held; returns where they end.
fn draw_workload(
    canvas: &Canvas,
    (grid, top): (Grid, f64),
    workload: &str,
    signs: &[Sign<'_>],
    own: &[&SizeCell],
) -> f64 {
    let (left, right) = (grid.place(PANEL, top, 0), grid.place(PANEL, top, 1));
    let name = format!("{workload}: an event");
    // By what grows: where events stay the same, what is alive does.
    if varies(own, |cell| cell.events) {
        let time = Panel { area: left, name, below: "events" };
        time.draw(canvas, signs, own, event, short_time);
    } else {
        let time = Panel { area: left, name, below: "live allocations" };
        time.draw(canvas, signs, own, event_by_live, short_time);
    }
    let name = format!("{workload}: own heap per live allocation");
    let memory = Panel { area: right, name, below: "live allocations" };
    if varies(own, |cell| cell.live) {
        memory.draw(canvas, signs, own, live, units::bytes);
    } else {
        memory.say(canvas, "as many are alive at each size");
    }
    right.bottom() + PANEL.below
}

/// Where a cell's point lies, and the ends of its interval.
type Place = (f64, Option<(f64, [f64; 2])>);

/// Seconds that are added to an event, by events.
fn event(cell: &SizeCell) -> Option<Place> {
    let figure = cell.added.filter(|added| added.ns > 0.0).map(|added| {
        let (low, high) = (added.low.unwrap_or(added.ns), added.high.unwrap_or(added.ns));
        // An interval may reach below nothing, where no logarithm is.
        (added.ns / 1e9, [low.max(added.ns / 10.0) / 1e9, high / 1e9])
    });
    Some((cell.events? as f64, figure))
}

/// The same, by live allocations.
fn event_by_live(cell: &SizeCell) -> Option<Place> {
    let (_, figure) = event(cell)?;
    Some((cell.live.filter(|&live| live > 0)? as f64, figure))
}

/// Whether a number grows enough to draw anything over it.
fn varies(cells: &[&SizeCell], of: fn(&SizeCell) -> Option<u64>) -> bool {
    let numbers = || cells.iter().filter_map(|cell| of(cell));
    numbers().max().unwrap_or(0) >= 4 * numbers().min().unwrap_or(0).max(1)
}

/// Bytes of its own for each live allocation, by their number.
fn live(cell: &SizeCell) -> Option<Place> {
    let live = cell.live.filter(|&live| live > 0)? as f64;
    let bytes = cell.own_peak_bytes.filter(|&bytes| bytes > 0).map(|bytes| bytes as f64 / live);
    Some((live, bytes.map(|bytes| (bytes, [bytes, bytes]))))
}

struct Panel {
    area: Area,
    name: String,
    below: &'static str,
}

impl Panel {
    /// What is to be said where there is nothing to draw.
    fn say(&self, canvas: &Canvas, words: &str) {
        panel(canvas, self.area, &self.name);
        canvas.text(words, self.area.middle(), NOTE.centred());
    }

    fn draw(
        &self,
        canvas: &Canvas,
        signs: &[Sign<'_>],
        cells: &[&SizeCell],
        of: fn(&SizeCell) -> Option<Place>,
        label: impl Fn(f64) -> String,
    ) {
        panel(canvas, self.area, &self.name);
        let places = || cells.iter().filter_map(|cell| of(cell));
        let across: Vec<(f64, f64)> = places().map(|(x, _)| (x, 0.0)).collect();
        let ends = places().filter_map(|(_, figure)| figure).flat_map(|(_, ends)| ends);
        let up: Vec<(f64, f64)> = ends.map(|end| (end, 0.0)).collect();
        if up.is_empty() {
            return canvas.text(
                "nothing of its own on the heap",
                self.area.middle(),
                NOTE.centred(),
            );
        }
        let across = Axis::logarithmic(self.area, Direction::Across, &across);
        across.draw(canvas, rounded);
        let up = Axis::logarithmic(self.area, Direction::Up, &up);
        up.draw(canvas, label);
        let below = (self.area.middle().0, self.area.bottom() + 29.0);
        canvas.text(self.below, below, NOTE.centred());
        for &(arm, looks, _) in signs {
            let mut before = None;
            for cell in cells.iter().filter(|cell| cell.arm == *arm) {
                let Some((x, figure)) = of(cell) else { continue };
                let x = across.at(x);
                let Some((y, [low, high])) = figure else {
                    if cell.overhead.is_none() && !cell.failures.is_empty() {
                        canvas.cross((x, self.area.y + 8.0), ALARM);
                    }
                    before = None;
                    continue;
                };
                let place = (x, up.at(y));
                canvas.line(&[(x, up.at(low)), (x, up.at(high))], Stroke::new(looks.colour, 2.0));
                if let Some(before) = before {
                    canvas.line(&[before, place], Stroke::new(looks.colour, 1.0));
                }
                canvas.marker(place, looks);
                before = Some(place);
            }
        }
    }
}

/// The label of a number: `20k`, `3M`.
fn rounded(number: f64) -> String {
    let short = |unit: f64, letter: &str| {
        let text = format!("{:.3}", number / unit);
        format!("{}{letter}", text.trim_end_matches('0').trim_end_matches('.'))
    };
    match number {
        number if number < 1e3 => short(1.0, ""),
        number if number < 1e6 => short(1e3, "k"),
        _ => short(1e6, "M"),
    }
}

pub(super) fn alt(summary: &Summary) -> String {
    let words = summary.sizes.iter().map(|cell| {
        let cost = cell.added.map_or("failed".to_owned(), |added| units::seconds(added.ns / 1e9));
        let events = cell.events.map_or("unknown".to_owned(), units::count);
        format!("{} on {} at {events} events: {cost} an event", cell.arm, cell.workload)
    });
    format!("{TITLE}. {}.", words.collect::<Vec<_>>().join("; "))
}
