//! From version to version: what it costs, and what it reports.

use super::ChartError;
use super::panel::{panel, percent, times};
use super::versions::{largest, title};
use crate::analyse::summary::{Matrix, MatrixRow, Ratio, Summary};
use crate::common::units;
use crate::present::canvas::{
    ALARM, Area, Axis, Canvas, Direction, Frame, INK, MARGIN, Marker, NOTE, SMALL, Stroke, WIDTH,
    marker,
};
use crate::present::words;

pub(super) const TITLE: &str = "Cost and truth from version to version";

/// Heights of both panels.
const PANEL: f64 = 170.0;
const LEFT: f64 = MARGIN + 48.0;

/// Draws the overhead over all workloads, and the range of captures, of each version.
pub(super) fn trend(summary: &Summary) -> Result<String, ChartError> {
    let matrix = largest(summary).ok_or(ChartError::Nothing)?;
    let frame = Frame {
        title: title(&matrix, TITLE),
        explanation: "Above: wall time, tracked ÷ untracked, geometric mean over the workloads that the \
             version completed, with its 95 % interval; hollow where it did not complete all. Below: \
             reported ÷ true allocations, from the lowest workload to the highest; the point is the one \
             furthest from 100 %. Versions are in their order, not spaced by date."
            .to_owned(),
        description: alt(summary),
        provenance: words::provenance(summary),
        ..Frame::default()
    };
    Ok(frame.draw(|canvas, top| {
        let costs = Area { x: LEFT, y: top + 18.0, width: WIDTH - MARGIN - LEFT, height: PANEL };
        draw_costs(canvas, &matrix, costs);
        let captures = Area { y: costs.bottom() + 34.0, ..costs };
        draw_captures(canvas, &matrix, captures);
        draw_labels(canvas, &matrix, captures)
    }))
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

/// A version's point, and the ends of its range.
struct Point {
    at: f64,
    low: f64,
    high: f64,
    hollow: bool,
}

fn draw_costs(canvas: &Canvas, matrix: &Matrix, area: Area) {
    let point = |row: &MatrixRow| {
        let Ratio { ratio, low, high, .. } = row.overhead?;
        let (low, high) = (low.unwrap_or(ratio), high.unwrap_or(ratio));
        Some(Point { at: ratio, low, high, hollow: row.failed > 0 })
    };
    let points: Vec<Option<Point>> = matrix.versions.iter().map(point).collect();
    let ends = points.iter().flatten().flat_map(|point| [(point.low, 0.0), (point.high, 0.0)]);
    let ends: Vec<_> = ends.chain([(1.0, 0.0), (1.2, 0.0)]).collect();
    let axis = Axis::logarithmic(area, Direction::Up, &ends).marked(1.0);
    panel(canvas, area, "wall time, tracked ÷ untracked (logarithmic)");
    axis.draw(canvas, times);
    draw_points(canvas, area, &axis, &points, marker(1));
}

fn draw_captures(canvas: &Canvas, matrix: &Matrix, area: Area) {
    let point = |row: &MatrixRow| {
        let (low, high) = row.captures().filter(|(_, high)| high.is_finite())?;
        let at = if 1.0 - low > high - 1.0 { low } else { high };
        Some(Point { at, low, high, hollow: row.failed > 0 })
    };
    let points: Vec<Option<Point>> = matrix.versions.iter().map(point).collect();
    let high = points.iter().flatten().map(|point| point.high).fold(1.1, f64::max) * 1.04;
    let axis = Axis::linear(area, Direction::Up, (0.0, high)).marked(1.0);
    panel(canvas, area, "capture: reported ÷ true allocations");
    axis.draw(canvas, percent);
    draw_points(canvas, area, &axis, &points, marker(0));
}

/// The pixel of a version.
fn x(area: Area, versions: usize, index: usize) -> f64 {
    area.x + (index as f64 + 0.5) * area.width / versions as f64
}

fn draw_points(canvas: &Canvas, area: Area, axis: &Axis, points: &[Option<Point>], look: Marker) {
    let x = |index| x(area, points.len(), index);
    let places = points.iter().enumerate();
    let places: Vec<Option<(f64, f64)>> =
        places.map(|(index, point)| Some((x(index), axis.at(point.as_ref()?.at)))).collect();
    for run in places.split(Option::is_none) {
        let run: Vec<_> = run.iter().copied().flatten().collect();
        canvas.line(&run, Stroke::new(look.colour, 1.0));
    }
    // Above the lines.
    for (index, point) in points.iter().enumerate() {
        let x = x(index);
        let Some(point) = point else {
            canvas.cross((x, area.bottom() - 8.0), ALARM);
            continue;
        };
        let range = [(x, axis.at(point.low)), (x, axis.at(point.high))];
        canvas.line(&range, Stroke::new(look.colour, 2.0));
        canvas.marker((x, axis.at(point.at)), Marker { hollow: point.hollow, ..look });
    }
}

/// Numbers of versions, and below them the month, where it is another than before; returns where they end.
fn draw_labels(canvas: &Canvas, matrix: &Matrix, area: Area) -> f64 {
    let mut before = None;
    for (index, row) in matrix.versions.iter().enumerate() {
        let x = x(area, matrix.versions.len(), index);
        let looks = NOTE.colour(INK).centred();
        canvas.text(&row.version.to_string(), (x, area.bottom() + 18.0), looks);
        let month = row.released.as_deref().and_then(|day| day.get(..7));
        if month != before
            && let Some(month) = month
        {
            canvas.text(month, (x, area.bottom() + 34.0), SMALL.centred());
        }
        before = month;
    }
    area.bottom() + 44.0
}
