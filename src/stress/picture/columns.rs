//! What the charts by phase share: one column a phase, at the same place in each chart.

use protocol::TimelinePoint;

use super::WIDTH;
use crate::common::units;
use crate::present::canvas::{Area, Canvas, MARGIN, NOTE, PALE, Point};
use crate::stress::phases::Phase;

/// Where the columns begin; left of them are the names of rows and ticks.
const LEFT: f64 = 150.0;
/// Space between two columns.
const GAP: f64 = 3.0;

/// The columns of the phases.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    pub(super) number: usize,
}

impl Columns {
    /// The column with this index, over the height of a chart.
    pub(super) fn area(&self, index: usize, y: f64, height: f64) -> Area {
        let each = (WIDTH - MARGIN - LEFT) / self.number.max(1) as f64;
        Area { x: LEFT + each * index as f64, y, width: each - GAP, height }
    }

    /// From the first column to the last.
    pub(super) fn whole(&self, y: f64, height: f64) -> Area {
        Area { x: LEFT, y, width: WIDTH - MARGIN - LEFT - GAP, height }
    }

    /// Where a point of a phase lies: time runs linearly within each.
    pub(super) fn x(&self, index: usize, phase: &Phase, at_ns: u64) -> f64 {
        let column = self.area(index, 0.0, 0.0);
        let passed = at_ns.saturating_sub(phase.begin_ns()) as f64;
        column.x + column.width * (passed / phase.wall_ns().max(1) as f64).clamp(0.0, 1.0)
    }

    /// The columns' grounds, over the height of an area.
    pub(super) fn grounds(&self, canvas: &Canvas, area: Area) {
        for index in 0..self.number {
            canvas.rectangle(self.area(index, area.y, area.height), PALE);
        }
    }

    /// Numbers and durations of the phases below a chart.
    pub(super) fn durations(&self, canvas: &Canvas, phases: &[Phase], y: f64) {
        for (index, phase) in phases.iter().enumerate() {
            let text =
                format!("Phase {}: {}", phase.number, units::seconds(phase.wall_ns() as f64 / 1e9));
            self.text(canvas, index, y, &text);
        }
    }

    /// Text in the middle of a column.
    pub(super) fn text(&self, canvas: &Canvas, index: usize, y: f64, text: &str) {
        let column = self.area(index, y, 0.0);
        canvas.text(&NOTE.fit(text, column.width), column.middle(), NOTE.centred());
    }
}

/// The points of a phase between which lines are drawn: no more than the eye can tell apart, with the
/// extremes kept.
pub(super) fn drawn(
    columns: &Columns,
    (index, phase): (usize, &Phase),
    value: impl Fn(&TimelinePoint) -> Option<f64>,
) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::new();
    let mut bin: Vec<Point> = Vec::new();
    let flush = |bin: &mut Vec<Point>, points: &mut Vec<Point>| {
        let place = |best: fn(f64, f64) -> bool| {
            let mut found = 0;
            for (place, point) in bin.iter().enumerate() {
                if best(point.1, bin[found].1) {
                    found = place;
                }
            }
            found
        };
        if !bin.is_empty() {
            let (low, high) = (place(|a, b| a < b), place(|a, b| a > b));
            points.push(bin[low.min(high)]);
            if low != high {
                points.push(bin[low.max(high)]);
            }
        }
        bin.clear();
    };
    for point in &phase.points {
        let Some(value) = value(point) else { continue };
        let x = columns.x(index, phase, point.at_ns);
        if bin.first().is_some_and(|first| x - first.0 > 1.5) {
            flush(&mut bin, &mut points);
        }
        bin.push((x, value));
    }
    flush(&mut bin, &mut points);
    points
}

/// Strips over a chart that tell, where the mouse is, what the nearest point says.
pub(super) fn sensors(
    canvas: &Canvas,
    columns: &Columns,
    phases: &[Phase],
    (y, height): (f64, f64),
    tell: impl Fn(&TimelinePoint) -> String,
) {
    const STRIPS: usize = 20;
    for (index, phase) in phases.iter().enumerate() {
        let column = columns.area(index, y, height);
        let strips = STRIPS.min(phase.points.len());
        for strip in 0..strips {
            let width = column.width / strips as f64;
            let middle = (strip as f64 + 0.5) / strips as f64;
            let at = phase.begin_ns() + (phase.wall_ns() as f64 * middle) as u64;
            let Some(nearest) = phase.points.iter().min_by_key(|point| point.at_ns.abs_diff(at))
            else {
                continue;
            };
            let into = nearest.at_ns.saturating_sub(phase.begin_ns()) as f64 / 1e9;
            let tip = format!(
                "Phase {}: {}, {} after it began\n{}",
                phase.number,
                phase.title,
                units::seconds(into),
                tell(nearest)
            );
            let area = Area { x: column.x + width * strip as f64, width, ..column };
            canvas.tip(&tip, |canvas| canvas.sensor(area));
        }
    }
}
