//! What the charts by phase share: one column a phase, at the same place in each chart.

use protocol::TimelinePoint;

use super::canvas::{Anchor, Area, Canvas, Stroke};
use super::style::{FAINT, INK, MARGIN, NOTE, PALE, SMALL, TEXT, WIDTH, fit, text_width};
use crate::common::units;
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

    /// Numbers and durations of the phases below a chart.
    pub(super) fn durations(&self, canvas: &mut Canvas, phases: &[Phase], y: f64) {
        for (index, phase) in phases.iter().enumerate() {
            let column = self.area(index, y, 0.0);
            let text =
                format!("Phase {}: {}", phase.number, units::seconds(phase.wall_ns() as f64 / 1e9));
            let looks = SMALL.anchored(Anchor::Middle);
            let text = fit(&text, looks.size, column.width);
            canvas.text(column.x + column.width / 2.0, y, &text, looks);
        }
    }
}

/// A vertical axis from 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    area: Area,
    step: f64,
    top: f64,
}

impl Axis {
    /// An axis over the height of an area, for values up to `largest`.
    pub(super) fn new(area: Area, largest: f64) -> Self {
        let largest = if largest.is_finite() && largest > 0.0 { largest } else { 1.0 };
        let rough = largest / 5.0;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0]
            .map(|mantissa| mantissa * power)
            .into_iter()
            .find(|&step| step >= rough * 0.999)
            .unwrap_or(rough);
        let top = (largest / step * 0.999).ceil() * step;
        Self { area, step, top }
    }

    /// The height of a value; what is off the axis is at its end.
    pub(super) fn y(&self, value: f64) -> f64 {
        self.area.bottom() - self.area.height * (value / self.top).clamp(0.0, 1.0)
    }

    /// Grid lines and their labels.
    pub(super) fn draw(
        &self,
        canvas: &mut Canvas,
        columns: &Columns,
        label: impl Fn(f64) -> String,
    ) {
        for index in 0..columns.number {
            let column = columns.area(index, self.area.y, self.area.height);
            canvas.rectangle(column, 0.0, PALE);
        }
        let ticks = (self.top / self.step).round() as usize;
        for tick in 0..=ticks {
            let value = self.step * tick as f64;
            let y = self.y(value);
            let colour = if tick == 0 { INK } else { FAINT };
            canvas.line((self.area.x, y), (self.area.right(), y), Stroke::new(colour, 1.0));
            let looks = NOTE.anchored(Anchor::End);
            canvas.text(self.area.x - 8.0, y + 4.0, &label(value), looks);
        }
    }
}

/// The points of a phase between which lines are drawn: no more than the eye can tell apart, with the
/// extremes kept.
pub(super) fn drawn(
    columns: &Columns,
    (index, phase): (usize, &Phase),
    value: impl Fn(&TimelinePoint) -> Option<f64>,
) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = Vec::new();
    let mut bin: Vec<(f64, f64)> = Vec::new();
    let flush = |bin: &mut Vec<(f64, f64)>, points: &mut Vec<(f64, f64)>| {
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
    canvas: &mut Canvas,
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

/// Coloured lines and what they stand for, in as many rows as it takes; returns where they end.
pub(super) fn legend(canvas: &mut Canvas, y: f64, entries: &[(Stroke, String)]) -> f64 {
    let (mut x, mut y) = (MARGIN, y);
    for (stroke, words) in entries {
        let width = 28.0 + text_width(words, TEXT.size);
        if x > MARGIN && x + width > WIDTH - MARGIN {
            (x, y) = (MARGIN, y + 20.0);
        }
        let stroke = Stroke { width: stroke.width + 1.0, ..*stroke };
        canvas.line((x, y - 4.0), (x + 22.0, y - 4.0), stroke);
        canvas.text(x + 28.0, y, words, TEXT);
        x += width + 18.0;
    }
    y + 16.0
}

/// Says in a chart's place why there is none.
pub(super) fn nothing(canvas: &mut Canvas, area: Area, why: &str) {
    canvas.rectangle(area, 4.0, PALE);
    canvas.outline(area, 4.0, FAINT);
    let middle = (area.x + area.width / 2.0, area.y + area.height / 2.0);
    canvas.text(middle.0, middle.1, why, NOTE.anchored(Anchor::Middle));
}
