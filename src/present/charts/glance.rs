//! Every tracker in one picture: what it costs, and beside it by how much its worst figure is off.

use super::panel::{EDGE, times};
use super::{ChartError, grades};
use crate::analyse::accuracy::{Check, Grade, Standing};
use crate::analyse::summary::{Content, Overall, Ratio, Summary, Verdict};
use crate::common::units;
use crate::plan::catalog::Kind;
use crate::present::canvas::{
    ALARM, Area, Axis, BLUE, Canvas, Direction, Entry, Frame, GREY, INK, MARGIN, Marker, NOTE,
    REACH, Shape, Stroke, TEXT, WIDTH,
};
use crate::present::{faults, glance, words};

pub(super) const TITLE: &str = "Cost and accuracy at a glance";

/// The width of a phone's page, in pixels.
const NARROW: f64 = 340.0;
/// The most room for names, beside which the panels stand where there is width for both.
const NAMES: f64 = 300.0;
/// Between the panels.
const GAP: f64 = 24.0;
const ROW: f64 = 20.0;
/// A row whose name stands above its points.
const TWO_LINES: f64 = 42.0;
const HEADING: f64 = 27.0;
/// From a point to what is said of it.
const SPACE: f64 = 4.0;

/// Draws a row for each tracker, those of one kind together.
///
/// # Errors
///
/// [`ChartError::Nothing`] for a summary without tracked arms that were timed.
pub fn at_a_glance(summary: &Summary) -> Result<String, ChartError> {
    Picture::of(summary, glance::in_order(summary), WIDTH)
}

/// The same for a phone.
///
/// # Errors
///
/// As [`at_a_glance`].
pub fn at_a_glance_narrow(summary: &Summary) -> Result<String, ChartError> {
    Picture::of(summary, glance::in_order(summary), NARROW)
}

/// The same of the trackers of the short table, for a README.
///
/// # Errors
///
/// As [`at_a_glance`].
pub fn in_short(summary: &Summary) -> Result<String, ChartError> {
    Picture::of(summary, glance::first_of_each_kind(summary), WIDTH)
}

/// The picture in words.
pub(super) fn alt(summary: &Summary) -> String {
    let rows = glance::in_order(summary).into_iter().map(|(overall, standing)| {
        let cost = overall.overhead.map_or("no figure".to_owned(), |cost| {
            format!("{} times the CPU time", units::short_factor(cost.ratio))
        });
        let told = standing.map_or("not audited", |standing| standing.grade.word());
        format!("{}: {cost}, {told}", words::overall_title(overall))
    });
    format!("{TITLE}. {}.", rows.collect::<Vec<_>>().join("; "))
}

type Row<'a> = (&'a Overall, Option<&'a Standing>);

struct Picture<'a> {
    rows: Vec<Row<'a>>,
    is_narrow: bool,
    cost: Area,
    error: Area,
}

impl<'a> Picture<'a> {
    fn of(summary: &Summary, rows: Vec<Row<'a>>, width: f64) -> Result<String, ChartError> {
        if rows.is_empty() || !summary.is_timed() {
            return Err(ChartError::Nothing);
        }
        let failed = rows.iter().any(|(one, told)| {
            one.overhead.is_none() || told.is_some_and(|told| told.grade == Grade::Failed)
        });
        let mut legend = vec![
            Entry::point(point(true), "accurate: exact, or within 1 %"),
            Entry::point(point(false), "not accurate, or not known"),
        ];
        if failed {
            legend.push(Entry::cross("failed somewhere"));
        }
        let frame = Frame {
            title: TITLE.to_owned(),
            explanation: "Left: CPU time with the tracker ÷ without, over all workloads, with the 95 % interval where \
                          it is wider than the point; 1× costs nothing. Right: by how much the worst figure that it \
                          reports is off, on any workload; 1× is exact, and ∞ is something where there is nothing, \
                          or the other way round. Where it reports little, that stands beside it: what is not reported cannot \
                          be wrong. The best place is left in both."
                .to_owned(),
            description: alt(summary),
            legend,
            provenance: words::provenance_of(summary, &[Content::Timed, Content::Audited]),
        };
        Ok(frame.draw_at(width, |canvas, top| Self::placed(rows, width, top).draw(canvas)))
    }

    fn placed(rows: Vec<Row<'a>>, width: f64, top: f64) -> Self {
        let is_narrow = width < WIDTH;
        let names = rows.iter().map(|row| TEXT.width(&words::overall_title(row.0)) + 12.0);
        let names = names.fold(0.0, f64::max).min(NAMES);
        let left = if is_narrow { MARGIN } else { MARGIN + names };
        let panel = (width - MARGIN - left - GAP) / 2.0;
        let kinds = rows.chunk_by(|a, b| a.0.kind == b.0.kind).count();
        let row = if is_narrow { TWO_LINES } else { ROW };
        let headings = if kinds > 1 { kinds as f64 * HEADING } else { 0.0 };
        // Below the captions of the panels, and a line of ticks.
        let y = top + 34.0;
        let height = headings + rows.len() as f64 * row;
        let cost = Area { x: left, y, width: panel, height };
        let error = Area { x: left + panel + GAP, ..cost };
        Self { rows, is_narrow, cost, error }
    }

    fn draw(&self, canvas: &Canvas) -> f64 {
        let (costs, errors) = (self.costs(), self.errors());
        for (area, caption) in [(self.cost, "CPU time ratio"), (self.error, "worst figure off by")]
        {
            canvas.text(&NOTE.fit(caption, area.width), (area.x, area.y - 25.0), NOTE.colour(INK));
        }
        costs.draw(canvas, times);
        errors.draw(canvas, short_times);
        let edge = (self.error.right() - EDGE / 2.0, self.error.bottom() + 11.0);
        if self.rows.iter().filter_map(|row| factor(*row)).any(f64::is_infinite) {
            canvas.text("∞", edge, NOTE.centred());
        }
        let mut y = self.cost.y;
        let kinds: Vec<&[Row<'_>]> = self.rows.chunk_by(|a, b| a.0.kind == b.0.kind).collect();
        for kind in &kinds {
            if kinds.len() > 1 {
                let name = kind[0].0.kind.map_or("others", words::kind_heading);
                canvas.text(name, (MARGIN, y + HEADING / 2.0 + 2.0), NOTE.bold());
                y += HEADING;
            }
            for row in *kind {
                y = self.draw_row(canvas, (&costs, &errors), *row, y);
            }
        }
        self.cost.bottom() + 28.0
    }

    fn draw_row(
        &self,
        canvas: &Canvas,
        (costs, errors): (&Axis, &Axis),
        row: Row<'_>,
        y: f64,
    ) -> f64 {
        let end = if self.is_narrow { self.error.right() } else { self.cost.x - 10.0 };
        let room = end - MARGIN;
        let name = TEXT.fit(&words::overall_title(row.0), room);
        canvas.text(&name, (MARGIN, y + ROW / 2.0), TEXT);
        let next = y + if self.is_narrow { TWO_LINES } else { ROW };
        let middle = next - ROW / 2.0;
        self.draw_cost(canvas, costs, row, middle);
        self.draw_error(canvas, errors, row, middle);
        next
    }

    fn draw_cost(&self, canvas: &Canvas, axis: &Axis, (overall, told): Row<'_>, y: f64) {
        let Some(ratio) = overall.overhead else {
            let words = NOTE.fit("completed no workload", self.cost.width - 20.0);
            canvas.cross((self.cost.x + 8.0, y), ALARM);
            return canvas.text(&words, (self.cost.x + 18.0, y), NOTE.colour(ALARM));
        };
        let x = axis.at(ratio.ratio);
        for end in [ratio.low, ratio.high].into_iter().flatten().map(|end| axis.at(end)) {
            if (end - x).abs() > REACH + 0.5 {
                canvas.line(&[(x, y), (end, y)], Stroke::new(BLUE, 2.0));
                canvas.line(&[(end, y - 4.0), (end, y + 4.0)], Stroke::new(BLUE, 2.0));
            }
        }
        canvas.marker((x, y), point(told.is_some_and(|told| told.grade.is_accurate())));
        let end = axis.at(ratio.high.unwrap_or(ratio.ratio)).max(x + REACH);
        canvas.text(&cost_label(ratio), (end + SPACE, y), NOTE.colour(INK));
    }

    fn draw_error(&self, canvas: &Canvas, axis: &Axis, row: Row<'_>, y: f64) {
        let label = error_label(row);
        let Some(factor) = factor(row) else {
            let looks = if row.1.is_some_and(|told| told.grade == Grade::Failed) {
                NOTE.colour(ALARM)
            } else {
                NOTE.colour(GREY)
            };
            return canvas.text(&looks.fit(&label, self.error.width), (self.error.x, y), looks);
        };
        let is_accurate = row.1.is_some_and(|told| told.grade.is_accurate());
        let x =
            if factor.is_infinite() { self.error.right() - EDGE / 2.0 } else { axis.at(factor) };
        let looks = if is_accurate { NOTE.colour(INK) } else { NOTE.colour(ALARM) };
        canvas.marker((x, y), point(is_accurate));
        let (left, right) = (x - REACH - SPACE, x + REACH + SPACE);
        let (before, behind) = (left - self.error.x, self.error.right() - right);
        match looks.width(&label) > behind && before > behind {
            true => canvas.text(&looks.fit(&label, before), (left, y), looks.right()),
            false => canvas.text(&looks.fit(&label, behind), (right, y), looks),
        }
    }

    fn costs(&self) -> Axis {
        let ratios = self.rows.iter().filter_map(|(overall, _)| overall.overhead);
        let points = ratios.flat_map(|ratio| {
            let need = REACH + SPACE + NOTE.width(&cost_label(ratio));
            let ends = (ratio.low.unwrap_or(ratio.ratio), ratio.high.unwrap_or(ratio.ratio));
            [(ends.0, 0.0), (ends.1, need)]
        });
        let points: Vec<(f64, f64)> = points.chain([(1.0, 0.0)]).collect();
        Axis::logarithmic(self.cost, Direction::Across, &points).marked(1.0)
    }

    fn errors(&self) -> Axis {
        let finite = self.rows.iter().filter_map(|row| factor(*row)).filter(|one| one.is_finite());
        let points: Vec<(f64, f64)> =
            finite.map(|one| (one, 0.0)).chain([(1.0, 0.0), (10.0, 0.0)]).collect();
        let area = Area { width: self.error.width - EDGE, ..self.error };
        Axis::logarithmic(area, Direction::Across, &points).marked(1.0)
    }
}

/// Filled where what the tracker says may be believed.
fn point(is_accurate: bool) -> Marker {
    Marker { colour: BLUE, shape: Shape::Circle, hollow: !is_accurate }
}

/// The label of a factor at its axis: `100×`, `10k×`.
fn short_times(factor: f64) -> String {
    match factor {
        factor if factor >= 999_500.0 => format!("{}M×", (factor / 1e6).round()),
        factor if factor >= 999.5 => format!("{}k×", (factor / 1e3).round()),
        factor => times(factor),
    }
}

fn cost_label(ratio: Ratio) -> String {
    units::short_factor(ratio.ratio)
}

/// By how much the worst figure of a tracker is off.
fn factor((_, told): Row<'_>) -> Option<f64> {
    told?.worst_figure().and_then(|(check, _)| Check::factor(check))
}

fn error_label(row: Row<'_>) -> String {
    let Some(told) = row.1 else { return "not audited".to_owned() };
    match told.grade {
        Grade::Absent if row.0.kind == Some(Kind::Sampled) => "it estimates".to_owned(),
        Grade::Absent => "nothing to judge".to_owned(),
        grade => {
            let label = grades::label(Verdict { grade, factor: factor(row) });
            // What it does not report, it cannot have wrong.
            if grade.is_accurate() && !told.reports_totals() {
                format!("{label}: {}", faults::reported(told))
            } else {
                label
            }
        }
    }
}
