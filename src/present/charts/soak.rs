//! Soaks: live bytes, resident memory and descriptors over time.

use plotters::style::RGBColor;
use protocol::SoakPoint;

use super::ChartError;
use super::grid::{Grid, Size, WHOLE};
use super::panel::panel;
use crate::analyse::soak::{SoakResult, Trend};
use crate::analyse::summary::{Content, Summary};
use crate::common::units;
use crate::plan::procedure::Experiment;
use crate::present::canvas::{Area, Axis, Canvas, Direction, Frame, NOTE, Stroke, marker};
use crate::present::words;

pub(super) const TITLE: &str = "Over and over in one process: flat or growing?";

const PANEL: Size = Size { left: 76.0, height: 64.0, below: 54.0 };

type Reading = fn(&SoakPoint) -> Option<u64>;
/// A panel's name, what it shows, whether that grows, and how its figures are written.
type Row<'a> = (&'a str, Reading, Option<Trend>, fn(f64) -> String);

/// Draws a panel for each reading of each soak.
///
/// # Errors
///
/// [`ChartError::Nothing`] without a soak.
pub fn soak(summary: &Summary) -> Result<String, ChartError> {
    draw_in(summary, WHOLE)
}

/// The same in a picture of any width.
pub(super) fn draw_in(summary: &Summary, grid: Grid) -> Result<String, ChartError> {
    let soaks: Vec<&SoakResult> = summary.soaks.iter().filter(|s| s.points.len() > 1).collect();
    if soaks.is_empty() {
        return Err(ChartError::Nothing);
    }
    let frame = Frame {
        title: TITLE.to_owned(),
        explanation:
            "The process after each repetition of the workload. Each panel begins at zero."
                .to_owned(),
        description: alt(summary),
        provenance: words::provenance_of(summary, &[Content::Experiment(Experiment::Soak)]),
        ..Frame::default()
    };
    Ok(frame.draw_at(grid.width, |canvas, top| {
        for (number, soak) in soaks.iter().enumerate() {
            let readings: [Row<'_>; 3] = [
                ("live bytes", |p| p.live_bytes, soak.live_bytes, units::bytes),
                ("resident memory", |p| p.resident_bytes, soak.resident_bytes, units::bytes),
                ("file descriptors", |p| p.descriptors, soak.descriptors, |n| format!("{n:.0}")),
            ];
            for (index, (name, reading, slope, label)) in readings.into_iter().enumerate() {
                let verdict = match slope {
                    Some(slope) if slope.grows => "growing",
                    Some(_) => "flat",
                    None => "unknown",
                };
                let area = grid.place(PANEL, top, 3 * number + index);
                panel(canvas, area, &format!("{name}, {verdict}: {}, {}", soak.workload, soak.arm));
                let read =
                    |point: &SoakPoint| Some((point.at_ns as f64 / 1e9, reading(point)? as f64));
                let values: Vec<_> = soak.points.iter().filter_map(read).collect();
                draw_values(canvas, area, &values, label, marker(index).colour);
            }
        }
        grid.place(PANEL, top, 3 * soaks.len() - 1).bottom() + 24.0
    }))
}

/// A line through the values, by seconds.
fn draw_values(
    canvas: &Canvas,
    area: Area,
    values: &[(f64, f64)],
    label: fn(f64) -> String,
    colour: RGBColor,
) {
    let end = values.last().map_or(1.0, |value| value.0);
    let most = values.iter().map(|value| value.1).fold(1.0, f64::max);
    let axis = Axis::linear(area, Direction::Up, (0.0, most));
    for value in [0.0, most] {
        axis.tick(canvas, value, &label(value));
    }
    canvas.text("0 s", (area.x, area.bottom() + 12.0), NOTE);
    canvas.text(&units::seconds(end), (area.right(), area.bottom() + 12.0), NOTE.right());
    let time = Axis::linear(area, Direction::Across, (0.0, end));
    let points: Vec<_> = values.iter().map(|&(at, value)| (time.at(at), axis.at(value))).collect();
    canvas.line(&points, Stroke::new(colour, 2.0));
}

pub(super) fn alt(summary: &Summary) -> String {
    let soaks = summary.soaks.iter().map(|soak| {
        let verdict = if soak.grows() { "something grows" } else { "flat" };
        format!("{}, {}: {verdict}", soak.workload, soak.arm)
    });
    format!("Soaks. {}.", soaks.collect::<Vec<_>>().join("; "))
}
