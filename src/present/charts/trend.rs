//! From version to version: what it costs, and what it reports.

use super::ChartError;
use super::canvas::{Align, Canvas, picture, plain};
use super::style::{ALARM, FAINT, GREY, INK, MARGIN, Marker, WIDTH, fit, marker, size, wrap};
use super::versions::{largest, title};
use crate::analyse::summary::{Matrix, MatrixRow, Ratio, Summary};
use crate::common::units;
use crate::present::words;

pub(super) const TITLE: &str = "Cost and truth from version to version";

/// Heights of both panels.
const PANEL: i32 = 170;
const NOTE: f64 = 10.0;

/// Draws the overhead over all workloads, and the range of captures, of each version.
pub(super) fn trend(summary: &Summary) -> Result<String, ChartError> {
    let matrix = largest(summary).ok_or(ChartError::Nothing)?;
    let full = WIDTH - 2 * MARGIN;
    let explanation = wrap(
        "Above: wall time, tracked ÷ untracked, geometric mean over the workloads that the version \
         completed, with its 95 % interval; hollow where it did not complete all. Below: reported ÷ true \
         allocations, from the lowest workload to the highest; the point is the one furthest from \
         100 %. Versions are in their order, not spaced by date.",
        size::NOTE,
        full,
    );
    let provenance: Vec<String> =
        words::provenance(summary).iter().flat_map(|line| wrap(line, size::NOTE, full)).collect();
    let explanation_top = MARGIN + 32;
    let costs = explanation_top + explanation.len() as i32 * 16 + 26;
    let captures = costs + PANEL + 34;
    let labels = captures + PANEL + 8;
    let provenance_top = labels + 50;
    let height = provenance_top + provenance.len() as i32 * 16 + MARGIN / 2;
    picture(height, &title(&matrix, TITLE), &alt(summary), |canvas| {
        let heading = fit(&title(&matrix, TITLE), size::TITLE, full);
        canvas.text(&heading, (MARGIN, MARGIN + 8), plain(size::TITLE, INK).bold())?;
        for (top, lines) in [(explanation_top, &explanation), (provenance_top, &provenance)] {
            for (line, text) in (0..).zip(lines) {
                canvas.text(text, (MARGIN, top + line * 16 + 8), plain(size::NOTE, GREY))?;
            }
        }
        draw_panel(canvas, &matrix, &cost_panel(&matrix, costs))?;
        draw_panel(canvas, &matrix, &capture_panel(&matrix, captures))?;
        draw_labels(canvas, &matrix, labels)
    })
}

pub(super) fn alt(summary: &Summary) -> String {
    let Some(matrix) = largest(summary) else { return String::new() };
    let versions = matrix.versions.iter().map(|row| {
        let cost =
            row.overhead.map_or("not measured".to_owned(), |one| units::short_factor(one.ratio));
        let captures = row.captures().map_or(String::new(), |(low, high)| {
            format!(", capture {} to {}", units::percent(low), units::percent(high))
        });
        format!("{} {cost}{captures}", row.version)
    });
    format!("{}: {}.", title(&matrix, TITLE), versions.collect::<Vec<_>>().join("; "))
}

/// A panel: a scale from bottom to top, and a point for each version.
struct Panel {
    heading: &'static str,
    top: i32,
    /// The scale's ends, as drawn.
    ends: (f64, f64),
    ticks: Vec<(f64, String)>,
    points: Vec<Option<Point>>,
    look: Marker,
}

struct Point {
    at: f64,
    low: f64,
    high: f64,
    hollow: bool,
}

impl Panel {
    fn y(&self, value: f64) -> i32 {
        let (low, high) = self.ends;
        let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
        self.top + PANEL - (share * f64::from(PANEL)).round() as i32
    }
}

fn cost_panel(matrix: &Matrix, top: i32) -> Panel {
    let point = |row: &MatrixRow| {
        let Ratio { ratio, low, high, .. } = row.overhead?;
        let (low, high) = (low.unwrap_or(ratio).ln(), high.unwrap_or(ratio).ln());
        Some(Point { at: ratio.ln(), low, high, hollow: row.failed > 0 })
    };
    let points: Vec<Option<Point>> = matrix.versions.iter().map(point).collect();
    let known = || points.iter().flatten();
    let high = known().map(|point| point.high).fold(1.2_f64.ln(), f64::max) * 1.08;
    let low = known().map(|point| point.low).fold(0.0, f64::min);
    let ticks = [1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0, 1000.0];
    let ticks = ticks.into_iter().filter(|tick: &f64| (low..=high).contains(&tick.ln()));
    Panel {
        heading: "wall time, tracked ÷ untracked (logarithmic)",
        top,
        ends: (low, high),
        ticks: ticks.map(|tick| (tick.ln(), format!("{tick}×"))).collect(),
        points,
        look: marker(1),
    }
}

fn capture_panel(matrix: &Matrix, top: i32) -> Panel {
    let point = |row: &MatrixRow| {
        let (low, high) = row.captures().filter(|(_, high)| high.is_finite())?;
        let at = if 1.0 - low > high - 1.0 { low } else { high };
        Some(Point { at, low, high, hollow: row.failed > 0 })
    };
    let points: Vec<Option<Point>> = matrix.versions.iter().map(point).collect();
    let high = points.iter().flatten().map(|point| point.high).fold(1.1, f64::max) * 1.04;
    let step = [0.25, 0.5, 1.0, 5.0, 25.0, 100.0].into_iter().find(|step| high / step <= 7.0);
    let step = step.unwrap_or(high);
    let ticks = (0..8).map(|index| f64::from(index) * step).filter(|tick| *tick <= high);
    Panel {
        heading: "capture: reported ÷ true allocations",
        top,
        ends: (0.0, high),
        ticks: ticks.map(|tick| (tick, format!("{:.0} %", tick * 100.0))).collect(),
        points,
        look: marker(0),
    }
}

/// The pixel of a version.
fn x(matrix: &Matrix, index: usize) -> i32 {
    const LEFT: i32 = MARGIN + 56;
    let width = f64::from(WIDTH - MARGIN - LEFT) / matrix.versions.len() as f64;
    LEFT + ((index as f64 + 0.5) * width).round() as i32
}

fn draw_panel(canvas: &Canvas<'_>, matrix: &Matrix, panel: &Panel) -> Result<(), ChartError> {
    canvas.text(panel.heading, (MARGIN, panel.top - 12), plain(size::NOTE, INK).bold())?;
    for (tick, label) in &panel.ticks {
        let y = panel.y(*tick);
        canvas.line((MARGIN + 48, y), (WIDTH - MARGIN, y), FAINT, 1)?;
        canvas.text(label, (MARGIN + 42, y), plain(size::NOTE, GREY).aligned(Align::Right))?;
    }
    let mut before: Option<(i32, i32)> = None;
    for (index, point) in panel.points.iter().enumerate() {
        let x = x(matrix, index);
        let Some(point) = point else {
            canvas.cross((x, panel.top + PANEL - 8), ALARM)?;
            before = None;
            continue;
        };
        let y = panel.y(point.at);
        if let Some(before) = before {
            canvas.line(before, (x, y), panel.look.colour, 1)?;
        }
        before = Some((x, y));
    }
    // Above the lines.
    for (index, point) in panel.points.iter().enumerate() {
        let Some(point) = point else { continue };
        let x = x(matrix, index);
        canvas.line((x, panel.y(point.low)), (x, panel.y(point.high)), panel.look.colour, 2)?;
        canvas.marker((x, panel.y(point.at)), Marker { hollow: point.hollow, ..panel.look })?;
    }
    Ok(())
}

/// Numbers of versions, and below them the month, where it is another than before.
fn draw_labels(canvas: &Canvas<'_>, matrix: &Matrix, top: i32) -> Result<(), ChartError> {
    let mut before = None;
    for (index, row) in matrix.versions.iter().enumerate() {
        let x = x(matrix, index);
        let looks = plain(size::NOTE, INK).aligned(Align::Centre);
        canvas.text(&row.version.to_string(), (x, top + 10), looks)?;
        let month = row.released.as_deref().and_then(|day| day.get(..7));
        if month != before
            && let Some(month) = month
        {
            canvas.text(month, (x, top + 26), plain(NOTE, GREY).aligned(Align::Centre))?;
        }
        before = month;
    }
    Ok(())
}
