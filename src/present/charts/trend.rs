//! From version to version: what it costs, and how wrong it is.

use super::grid::{Grid, Size, WHOLE};
use super::panel::{EDGE, factor_axis, panel, times};
use super::versions::{largest, title};
use super::{ChartError, grades};
use crate::analyse::accuracy::{Family, Grade, Standing};
use crate::analyse::summary::{Matrix, MatrixRow, Ratio, Summary};
use crate::common::units;
use crate::present::canvas::{
    ALARM, Area, Axis, Canvas, Direction, Entry, Frame, GREY, INK, Marker, NOTE, Point, SMALL,
    Shape, Stroke, WHITE, marker,
};
use crate::present::{faults, words};

pub(super) const TITLE: &str = "Cost and accuracy from version to version";

/// Both panels.
const PANEL: Size = Size { left: 48.0, height: 170.0, below: 34.0 };
/// What it costs is of no family.
const COST: Marker = Marker { colour: INK, shape: Shape::Circle, hollow: false };

/// Draws the overhead over all workloads, and how far the worst figure is off, of each version.
pub(super) fn trend(summary: &Summary) -> Result<String, ChartError> {
    draw_in(summary, WHOLE)
}

/// The same in a picture of any width.
pub(super) fn draw_in(summary: &Summary, grid: Grid) -> Result<String, ChartError> {
    let matrix = largest(summary).filter(|_| summary.is_timed()).ok_or(ChartError::Nothing)?;
    let worst: Vec<Worst> = matrix.versions.iter().map(|row| Worst::of(summary, row)).collect();
    let frame = Frame {
        title: title(&matrix, TITLE),
        explanation: "Above: CPU time, tracked ÷ untracked, geometric mean over the workloads that the \
             version completed, with its 95 % interval; hollow where it did not complete all. Below: by how \
             much the worst of all figures is off that the version reports on any workload, too many or too \
             few; the sign says of which family it is, and is hollow where the version leaves something \
             out. Versions are in their order, not spaced by date."
            .to_owned(),
        description: alt(summary),
        legend: legend(&worst),
        provenance: words::provenance(summary),
    };
    Ok(frame.draw_at(grid.width, |canvas, top| {
        let costs = grid.place(PANEL, top, 0);
        draw_costs(canvas, &matrix, costs);
        if worst.iter().all(|worst| worst.grade.is_none()) {
            return draw_labels(canvas, &matrix, costs);
        }
        let faults = grid.place(PANEL, top, 1);
        draw_faults(canvas, &worst, faults);
        draw_labels(canvas, &matrix, faults)
    }))
}

pub(super) fn alt(summary: &Summary) -> String {
    let Some(matrix) = largest(summary) else { return String::new() };
    let versions = matrix.versions.iter().map(|row| {
        let cost =
            row.overhead.map_or("not measured".to_owned(), |one| units::short_factor(one.ratio));
        let told = summary.standing(&row.arm).map_or("not audited".to_owned(), |standing| {
            let (word, worst) = (standing.grade.word(), faults::worst(standing));
            if worst.is_empty() { word.to_owned() } else { format!("{word}, {worst}") }
        });
        format!("{} {cost}, {told}", row.version)
    });
    format!("{}: {}.", title(&matrix, TITLE), versions.collect::<Vec<_>>().join("; "))
}

/// What is worst of a version.
struct Worst {
    /// If it was audited.
    grade: Option<Grade>,
    figure: Option<(Family, f64)>,
    leaves_out: bool,
}

impl Worst {
    fn of(summary: &Summary, row: &MatrixRow) -> Self {
        let standing = summary.standing(&row.arm);
        let figure = standing.and_then(Standing::worst_figure);
        Self {
            grade: row.grade,
            figure: figure.and_then(|(check, _)| Some((check.family, check.factor()?))),
            leaves_out: standing.is_some_and(grades::leaves_out),
        }
    }
}

fn legend(worst: &[Worst]) -> Vec<Entry> {
    let shown = |family: &Family| {
        worst.iter().filter_map(|worst| worst.figure).any(|(own, _)| own == *family)
    };
    let families = Family::ALL.into_iter().filter(shown);
    let mut legend: Vec<Entry> =
        families.map(|family| Entry::point(family_marker(family), family.word())).collect();
    if worst.iter().any(|worst| worst.grade.is_none_or(|grade| grade == Grade::Failed)) {
        legend.push(Entry::cross("failed"));
    }
    legend
}

/// The sign of a family, which is the same with any number of them.
fn family_marker(family: Family) -> Marker {
    match Family::ALL.iter().position(|one| *one == family) {
        Some(place) if place < 5 => marker(place),
        _ => Marker { shape: Shape::Plus, hollow: false, ..marker(6) },
    }
}

/// A version's point, and the ends of its range.
struct Spot {
    at: f64,
    low: f64,
    high: f64,
    hollow: bool,
}

fn draw_costs(canvas: &Canvas, matrix: &Matrix, area: Area) {
    let point = |row: &MatrixRow| {
        let Ratio { ratio, low, high, .. } = row.overhead?;
        let (low, high) = (low.unwrap_or(ratio), high.unwrap_or(ratio));
        Some(Spot { at: ratio, low, high, hollow: row.failed > 0 })
    };
    let points: Vec<Option<Spot>> = matrix.versions.iter().map(point).collect();
    let ends = points.iter().flatten().flat_map(|point| [(point.low, 0.0), (point.high, 0.0)]);
    let ends: Vec<_> = ends.chain([(1.0, 0.0), (1.2, 0.0)]).collect();
    let axis = Axis::logarithmic(area, Direction::Up, &ends).marked(1.0);
    panel(canvas, area, "CPU time, tracked ÷ untracked");
    axis.draw(canvas, times);
    draw_points(canvas, area, &axis, &points, COST);
}

fn draw_faults(canvas: &Canvas, worst: &[Worst], area: Area) {
    panel(canvas, area, "worst figure off by (1× is exact)");
    let plot = Area { y: area.y + EDGE, height: area.height - EDGE, ..area };
    let axis = factor_axis(plot, worst.iter().filter_map(|worst| Some(worst.figure?.1)));
    axis.draw(canvas, times);
    let x = |index| x(area, worst.len(), index);
    let edge = area.y + EDGE / 2.0;
    if worst.iter().any(|worst| worst.figure.is_some_and(|(_, factor)| factor.is_infinite())) {
        canvas.text("∞", (area.x - 6.0, edge), NOTE.right());
    }
    let place = |(index, worst): (usize, &Worst)| {
        let (_, factor) = worst.figure?;
        Some((x(index), if factor.is_infinite() { edge } else { axis.at(factor) }))
    };
    let places: Vec<Option<Point>> = worst.iter().enumerate().map(place).collect();
    for run in places.split(Option::is_none) {
        let run: Vec<_> = run.iter().copied().flatten().collect();
        canvas.line(&run, Stroke::new(GREY, 1.0));
    }
    let step = area.width / worst.len() as f64;
    for (index, (worst, place)) in worst.iter().zip(&places).enumerate() {
        if worst.grade == Some(Grade::Failed) {
            let beside = if place.is_some_and(|(_, y)| y == edge) { 13.0 } else { 0.0 };
            canvas.cross((x(index) + beside, edge), ALARM);
        }
        let Some(((family, factor), (x, y))) = worst.figure.zip(*place) else {
            if worst.grade == Some(Grade::Absent) {
                canvas.text("–", (x(index), area.bottom() - 8.0), NOTE.centred());
            }
            continue;
        };
        let hollow = worst.leaves_out;
        canvas.marker((x, y), Marker { hollow, ..family_marker(family) });
        let text = grades::off_by(factor);
        let looks = SMALL.colour(INK).centred();
        if factor.is_finite() && looks.width(&text) < step {
            let width = looks.width(&text);
            // Above the line from version to version, which may cross it.
            let ground = Area { x: x - width / 2.0, y: y - 21.0, width, height: 13.0 };
            canvas.rectangle(ground, WHITE);
            canvas.text(&text, (x, y - 14.0), looks);
        }
    }
}

/// The pixel of a version.
fn x(area: Area, versions: usize, index: usize) -> f64 {
    area.x + (index as f64 + 0.5) * area.width / versions as f64
}

fn draw_points(canvas: &Canvas, area: Area, axis: &Axis, points: &[Option<Spot>], look: Marker) {
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

/// Numbers of versions, upright where they have no room beside each other, and below them the month, where it is another than
/// before; returns where they end.
fn draw_labels(canvas: &Canvas, matrix: &Matrix, area: Area) -> f64 {
    let looks = NOTE.colour(INK);
    let names: Vec<String> = matrix.versions.iter().map(|row| row.version.to_string()).collect();
    let widest = names.iter().map(|name| looks.width(name)).fold(0.0, f64::max);
    let is_upright = widest + 4.0 > area.width / names.len() as f64;
    let months = area.bottom() + if is_upright { widest + 22.0 } else { 34.0 };
    let mut before = None;
    // Where each of two lines of months is taken until.
    let mut taken = [f64::MIN; 2];
    for (index, (row, name)) in matrix.versions.iter().zip(&names).enumerate() {
        let x = x(area, matrix.versions.len(), index);
        if is_upright {
            canvas.upright(name, (x, area.bottom() + 10.0), looks.right());
        } else {
            canvas.text(name, (x, area.bottom() + 18.0), looks.centred());
        }
        let month = row.released.as_deref().and_then(|day| day.get(..7));
        if month != before
            && let Some(month) = month
        {
            let half = SMALL.width(month) / 2.0;
            let line = usize::from(x - half < taken[0]);
            if x - half >= taken[line] {
                taken[line] = x + half + 2.0;
                canvas.text(month, (x, months + 15.0 * line as f64), SMALL.centred());
            }
        }
        before = month;
    }
    months + if taken[1] > f64::MIN { 25.0 } else { 10.0 }
}
