//! What tracking costs against how wrong it is: the picture that this project exists for.

use super::grid::{Grid, WHOLE};
use super::labels::Labels;
use super::looks::looks;
use super::panel::{EDGE, factor_axis, panel, times};
use super::{ChartError, arm_titles, grades, is_crowded, tracked_cells};
use crate::analyse::accuracy::{Audit, Check, Family, Grade};
use crate::analyse::summary::{Cell, Content, Summary, WorkloadSummary};
use crate::common::units;
use crate::present::canvas::{
    ALARM, Area, Axis, Canvas, Direction, Entry, Frame, INK, MARGIN, Marker, NOTE, Point, SMALL,
};
use crate::present::{faults, words};

pub(super) const TITLE: &str = "Cost and accuracy: overhead against the worst figure";

/// The least width of a panel: so many lie side by side.
const PANEL_WIDTH: f64 = 220.0;
const PANEL_HEIGHT: f64 = 190.0;
const GAP: f64 = 18.0;
/// Below a panel: its ticks, and the name of the one below it.
const BELOW: f64 = 48.0;
/// Left of the first panel: the labels of the factors.
const LEFT: f64 = 52.0;
/// A line of what has no point, above the panel's plot.
const LINE: f64 = 16.0;

/// A tracker on a workload, with what it costs.
struct Spot<'a> {
    arm: usize,
    overhead: f64,
    audit: &'a Audit,
}

/// Why a tracker has no point.
struct Pointless {
    arm: usize,
    failed: bool,
    reason: String,
}

/// One workload.
struct Panel<'a> {
    workload: &'a WorkloadSummary,
    spots: Vec<Spot<'a>>,
    others: Vec<Pointless>,
}

/// Draws one panel a workload, in it one point a tracker: overhead to the right, and upwards by how much its worst
/// figure is off.
///
/// # Errors
///
/// [`ChartError::Nothing`] without a cell that has both, or with too many trackers for points.
pub fn scatter(summary: &Summary) -> Result<String, ChartError> {
    draw_in(summary, WHOLE)
}

/// The same in a picture of any width.
pub(super) fn draw_in(summary: &Summary, grid: Grid) -> Result<String, ChartError> {
    if is_crowded(summary) {
        return Err(ChartError::Nothing);
    }
    let panels = panels(summary)?;
    let spots = || panels.iter().flat_map(|panel| &panel.spots);
    if spots().next().is_none() {
        return Err(ChartError::Nothing);
    }
    let ratios: Vec<(f64, f64)> =
        spots().map(|spot| (spot.overhead, 8.0)).chain([(1.0, 0.0)]).collect();
    let solid = solid(summary);
    let room = grid.width - 2.0 * MARGIN - LEFT + GAP;
    let columns = ((room / (PANEL_WIDTH + GAP)) as usize).clamp(1, panels.len());
    let width = room / columns as f64 - GAP;
    Ok(frame(summary, &panels).draw_at(grid.width, |canvas, top| {
        let mut bottom = top;
        for line in panels.chunks(columns) {
            let listed = line.iter().map(|panel| panel.others.len()).max().unwrap_or(0);
            let y = bottom + 18.0;
            let inner = y + listed as f64 * LINE + EDGE;
            for (column, one) in line.iter().enumerate() {
                let x = MARGIN + LEFT + column as f64 * (width + GAP);
                let plot = Area { x, y: inner, width, height: PANEL_HEIGHT };
                panel(canvas, Area { y, height: plot.bottom() - y, ..plot }, &one.workload.workload);
                one.list(canvas, (x, y), width, &solid);
                let factors = factor_axis(plot, spots().map(|spot| factor(spot.audit)));
                factors.draw(canvas, |tick| if column == 0 { times(tick) } else { String::new() });
                let overhead = Axis::logarithmic(plot, Direction::Across, &ratios);
                overhead.draw(canvas, times);
                if column == 0 && spots().any(|spot| factor(spot.audit).is_infinite()) {
                    canvas.text("∞", (x - 6.0, plot.y - EDGE / 2.0), NOTE.right());
                }
                one.draw(canvas, plot, &overhead, &factors, &solid);
            }
            bottom = inner + PANEL_HEIGHT + BELOW - 18.0;
        }
        let words = "across: overhead, tracked ÷ untracked · upwards: by how much the worst figure is off · both logarithmic";
        let lines = NOTE.wrap(words, grid.width - 2.0 * MARGIN);
        canvas.lines(&lines, (grid.width / 2.0, bottom - NOTE.line() / 2.0), NOTE.centred()) + 6.0
    }))
}

/// The trackers' looks, which leave it to what the tracker leaves out whether they are hollow.
fn solid(summary: &Summary) -> Vec<Marker> {
    let looks = looks(&summary.arms()).into_iter();
    looks.map(|looks| Marker { hollow: false, ..looks }).collect()
}

fn frame(summary: &Summary, panels: &[Panel<'_>]) -> Frame {
    let mut legend = Entry::arms(solid(summary).into_iter().zip(arm_titles(summary)));
    let others = || panels.iter().flat_map(|panel| &panel.others);
    let spots = || panels.iter().flat_map(|panel| &panel.spots);
    if others().any(|one| one.failed) || spots().any(|spot| spot.audit.grade == Grade::Failed) {
        legend.push(Entry::cross("failed"));
    }
    Frame {
        title: TITLE.to_owned(),
        explanation: "One point a tracker. On the dark line, at 1×, all that it reports is exact; the higher, \
                      the more its worst figure is off, too many or too few alike; ∞ is something where there \
                      is nothing, or nothing where there is something. Further left costs less. The best place \
                      is the left end of the dark line. Hollow: it leaves something out, as said beside it."
            .to_owned(),
        description: alt(summary),
        legend,
        provenance: words::provenance_of(summary, &[Content::Timed, Content::Audited]),
    }
}

fn panels(summary: &Summary) -> Result<Vec<Panel<'_>>, ChartError> {
    let panels = tracked_cells(summary)?.into_iter().map(|(workload, cells)| {
        let (mut spots, mut others) = (Vec::new(), Vec::new());
        for (arm, cell) in cells.into_iter().enumerate() {
            let Some(cell) = cell else { continue };
            match told(summary, workload, cell) {
                Ok((overhead, audit)) => spots.push(Spot { arm, overhead, audit }),
                Err((failed, reason)) => others.push(Pointless { arm, failed, reason }),
            }
        }
        Panel { workload, spots, others }
    });
    Ok(panels.collect())
}

/// What a cell costs and what it is worth, or whether it failed, and how.
fn told<'a>(
    summary: &'a Summary,
    workload: &WorkloadSummary,
    cell: &Cell,
) -> Result<(f64, &'a Audit), (bool, String)> {
    let Some(overhead) = cell.overhead else {
        let failed = cell.failures.first().map(|failed| failed.failure.label().to_owned());
        return Err((failed.is_some(), failed.unwrap_or("not measured".to_owned())));
    };
    let Some(audit) = summary.audit(&workload.workload, &cell.arm) else {
        return Err((false, "not audited".to_owned()));
    };
    let known = audit.families.values().any(|family| family.worst.is_some());
    match audit.grade {
        _ if known => Ok((overhead.ratio, audit)),
        Grade::Failed => Err((true, "the audit failed".to_owned())),
        _ => Err((false, "reports nothing".to_owned())),
    }
}

/// By how much its worst figure is off.
fn factor(audit: &Audit) -> f64 {
    audit.worst().and_then(Check::factor).unwrap_or(1.0)
}

impl Panel<'_> {
    /// Lists what has no point.
    fn list(&self, canvas: &Canvas, (x, y): Point, width: f64, solid: &[Marker]) {
        for (line, other) in self.others.iter().enumerate() {
            let y = y + 6.0 + line as f64 * LINE;
            let looks = if other.failed { NOTE.colour(ALARM) } else { NOTE };
            canvas.marker((x + 7.0, y), solid[other.arm]);
            let mut x = x + 18.0;
            if other.failed {
                canvas.cross((x + 4.0, y), ALARM);
                x += 13.0;
            }
            canvas.text(&looks.fit(&other.reason, width - 34.0), (x, y), looks);
        }
    }

    /// Draws the points, and beside them what is wrong, as far as there is room: the furthest off first.
    fn draw(&self, canvas: &Canvas, plot: Area, overhead: &Axis, factors: &Axis, solid: &[Marker]) {
        let edge = plot.y - EDGE / 2.0;
        let place = |spot: &Spot<'_>| {
            let factor = factor(spot.audit);
            let y = if factor.is_infinite() { edge } else { factors.at(factor) };
            (overhead.at(spot.overhead), y)
        };
        let within = Area { y: plot.y - EDGE, height: plot.height + EDGE, ..plot };
        let mut labels = Labels::around(within, self.spots.iter().map(place));
        for spot in &self.spots {
            let hollow = grades::missing(spot.audit).is_some();
            canvas.marker(place(spot), Marker { hollow, ..solid[spot.arm] });
            if spot.audit.grade == Grade::Failed {
                canvas.cross(place(spot), ALARM);
            }
        }
        let mut order: Vec<&Spot<'_>> = self.spots.iter().collect();
        order.sort_by(|a, b| factor(b.audit).total_cmp(&factor(a.audit)));
        for spot in order {
            let at = place(spot);
            if let Some(words) = fault(spot.audit) {
                labels.draw(canvas, &words, at, SMALL.colour(INK));
            }
            if let Some(words) = grades::missing(spot.audit) {
                labels.draw(canvas, &words, at, SMALL);
            }
            for failed in failed(spot.audit) {
                let words = format!("✗ {} failed", failed.word());
                labels.draw(canvas, &words, at, SMALL.colour(ALARM));
            }
        }
    }
}

/// The families of a cell that failed.
fn failed(audit: &Audit) -> impl Iterator<Item = Family> {
    let families = audit.families.iter();
    families.filter(|(_, told)| told.grade == Grade::Failed).map(|(family, _)| *family)
}

/// The family of the worst figure, and by how much it is off.
fn fault(audit: &Audit) -> Option<String> {
    let worst = audit.worst().filter(|worst| worst.grade() > Grade::Close)?;
    let factor = worst.factor().filter(|factor| factor.is_finite());
    let factor = factor.map_or(String::new(), |factor| format!(" {}", grades::off_by(factor)));
    Some(format!("{}{factor}", worst.family.word()))
}

pub(super) fn alt(summary: &Summary) -> String {
    let words = summary.workloads.iter().map(|workload| {
        let cells = workload.cells.iter().map(|cell| match told(summary, workload, cell) {
            Ok((ratio, audit)) => {
                let missing =
                    grades::missing(audit).map_or(String::new(), |words| format!(", {words}"));
                let ratio = units::short_factor(ratio);
                format!("{} {ratio}, {}{missing}", cell.arm, faults::cell(audit))
            }
            Err((_, reason)) => format!("{} {reason}", cell.arm),
        });
        format!("{}: {}", workload.workload, cells.collect::<Vec<_>>().join("; "))
    });
    format!("Overhead and accuracy. {}.", words.collect::<Vec<_>>().join(". "))
}
