//! What trackers cost from report to report of a site.

use std::collections::BTreeSet;

use super::ChartError;
use super::grid::{Grid, Size, WIDE};
use super::panel::{panel, times};
use crate::analyse::history::{Circumstances, Line, Spot, lines};
use crate::analyse::summary::Summary;
use crate::common::units;
use crate::present::canvas::{
    Area, Axis, Canvas, Direction, Entry, Frame, GREY, NOTE, Stroke, marker,
};
use crate::present::words;

pub(super) const TITLE: &str = "Cost, from report to report";

const PANEL: Size = Size { left: 52.0, height: 110.0, below: 66.0 };
/// To both sides of a panel's points.
const GAP: f64 = 16.0;
/// Where something changed.
const CHANGED: Stroke = Stroke::new(GREY, 1.0).dashed();

/// Draws a panel a tracker, or, of one tracker, a panel a workload.
///
/// # Errors
///
/// [`ChartError::Nothing`] where no figure was in two reports.
pub fn history(summary: &Summary) -> Result<String, ChartError> {
    draw_in(summary, WIDE)
}

/// The same in a picture of any width.
pub(super) fn draw_in(summary: &Summary, grid: Grid) -> Result<String, ChartError> {
    let lines = lines(&summary.history);
    if lines.is_empty() {
        return Err(ChartError::Nothing);
    }
    let mut legend = vec![Entry::point(marker(0), "a report, with its 95 % interval")];
    if lines.iter().flat_map(|line| &line.spots).any(|spot| !spot.changed.is_empty()) {
        legend.push(Entry::line(CHANGED, "machine, compiler or settings changed"));
    }
    let frame = Frame {
        title: TITLE.to_owned(),
        explanation: "CPU time, tracked ÷ untracked, by the day it was measured. Reports between which something changed \
                      beside the tracker are joined by no line. Hours differ too, and are in no interval: compare \
                      measures two versions in the same blocks."
            .to_owned(),
        description: alt(summary),
        legend,
        provenance: provenance(summary),
    };
    Ok(frame.draw_at(grid.width, |canvas, top| {
        for (number, line) in lines.iter().enumerate() {
            draw(canvas, grid.place(PANEL, top, number), line);
        }
        grid.place(PANEL, top, lines.len() - 1).bottom() + 34.0
    }))
}

fn draw(canvas: &Canvas, area: Area, line: &Line<'_>) {
    panel(canvas, area, line.name);
    let ends = |spot: &Spot<'_>| spot.point.ends.unwrap_or([spot.point.ratio; 2]);
    let reach = line.spots.iter().flat_map(ends).chain([1.0, 1.2]).map(|ratio| (ratio, 0.0));
    let up = Axis::logarithmic(area, Direction::Up, &reach.collect::<Vec<_>>()).marked(1.0);
    up.draw(canvas, times);
    let days: Vec<f64> = line.spots.iter().map(|spot| day(&spot.dated.measured)).collect();
    let (first, last) = (days[0], days[days.len() - 1]);
    let inner = area.width - 2.0 * GAP;
    let x = |day: f64| area.x + GAP + inner * (day - first) / (last - first).max(1.0);
    let places: Vec<(f64, f64)> = line
        .spots
        .iter()
        .zip(&days)
        .map(|(spot, &day)| (x(day), up.at(spot.point.ratio)))
        .collect();
    for (spot, pair) in line.spots[1..].iter().zip(places.windows(2)) {
        if spot.changed.is_empty() {
            canvas.line(pair, Stroke::new(marker(0).colour, 1.5));
        } else {
            let middle = (pair[0].0 + pair[1].0) / 2.0;
            let ends = [(middle, area.y), (middle, area.bottom())];
            canvas.line(&ends, CHANGED);
        }
    }
    for (spot, &(x, y)) in line.spots.iter().zip(&places) {
        canvas.tip(&told(spot), |canvas| {
            let whisker = ends(spot).map(|end| (x, up.at(end)));
            canvas.line(&whisker, Stroke::new(marker(0).colour, 2.0));
            canvas.marker((x, y), marker(0));
        });
    }
    let label = |spot: &Spot<'_>| date(&spot.dated.measured).to_owned();
    let (begin, end) = (label(&line.spots[0]), label(&line.spots[line.spots.len() - 1]));
    canvas.text(&begin, (area.x, area.bottom() + 12.0), NOTE);
    if end != begin {
        canvas.text(&end, (area.right(), area.bottom() + 12.0), NOTE.right());
    }
}

/// A moment in days, to place it; the beginning of all where it cannot be read.
fn day(moment: &str) -> f64 {
    let read = moment.parse::<jiff::Timestamp>();
    read.map_or(0.0, |moment| moment.as_second() as f64 / 86_400.0)
}

/// The day of a moment, as it is written.
fn date(moment: &str) -> &str {
    moment.get(..10).unwrap_or(moment)
}

fn told(spot: &Spot<'_>) -> String {
    let version = spot.point.version.as_ref().map(|version| format!(", {version}"));
    let changed = match spot.changed.as_slice() {
        [] => String::new(),
        changed => format!(" (changed: {})", units::listed(changed)),
    };
    format!(
        "{}{}: {}{changed}",
        date(&spot.dated.measured),
        version.unwrap_or_default(),
        units::short_factor(spot.point.ratio)
    )
}

pub(super) fn alt(summary: &Summary) -> String {
    let lines = lines(&summary.history);
    let words = lines.iter().map(|line| {
        let spots: Vec<String> = line.spots.iter().map(told).collect();
        format!("{}: {}", line.name, spots.join("; "))
    });
    format!("CPU time, tracked ÷ untracked. {}.", words.collect::<Vec<_>>().join(". "))
}

/// The machines and compilers of all its reports.
fn provenance(summary: &Summary) -> Vec<String> {
    let all = |of: fn(&Circumstances) -> &str| {
        let different: BTreeSet<&str> =
            summary.history.iter().map(|dated| of(&dated.circumstances)).collect();
        different.into_iter().collect::<Vec<_>>().join("; ")
    };
    let days: Vec<String> =
        summary.history.iter().map(|one| words::moment(&one.measured)).collect();
    vec![days.join(", "), all(|one| &one.machine), all(|one| &one.compiler)]
}
