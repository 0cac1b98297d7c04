//! The dot-and-whisker plot: a row for each workload, in it a lane for each tracked arm, and along it
//! the ratio to `untracked` on a logarithmic axis.

use plotters::style::{RGBColor, WHITE};

use super::ChartError;
use super::axis::{Axis, Unit};
use super::canvas::{Align, Canvas, plain};
use super::frame::{Entry, Frame, NOTE_LINE};
use super::style::{
    ALARM, BAND, FAILED, FAINT, GREY, INK, MARGIN, Marker, WIDTH, fit, marker, size, text_width,
    wrap,
};
use crate::analyse::summary::Ratio;

/// What to plot.
pub(super) struct DotPlot {
    pub(super) title: String,
    /// What the points are, in a sentence or two.
    pub(super) explanation: String,
    /// What the axis counts.
    pub(super) axis: String,
    pub(super) unit: Unit,
    /// For those who cannot see it.
    pub(super) description: String,
    /// The arms' names, in the order of each row's lanes.
    pub(super) arms: Vec<String>,
    pub(super) rows: Vec<Row>,
    pub(super) provenance: Vec<String>,
}

/// One workload, or all of them together.
pub(super) struct Row {
    pub(super) name: String,
    /// Below the name, in small.
    pub(super) note: String,
    /// The noise floor's factor.
    pub(super) noise: Option<f64>,
    /// One for each arm.
    pub(super) lanes: Vec<Lane>,
    /// Whether the row sums the others up.
    pub(super) total: bool,
}

/// One arm's point.
pub(super) struct Lane {
    pub(super) ratio: Option<Ratio>,
    /// The figure, beside the point; or why there is none.
    pub(super) label: String,
    /// How samples failed; empty if none did.
    pub(super) failures: String,
}

const LANE: i32 = 18;
const NAME_LINE: i32 = 17;
/// Between a point's whisker and its label, and around a cross.
const SPACE: i32 = 9;
/// How far a marker reaches from its middle.
const REACH: i32 = 6;

struct PlacedRow<'a> {
    row: &'a Row,
    names: Vec<String>,
    top: i32,
    height: i32,
}

impl PlacedRow<'_> {
    fn middle(&self) -> i32 {
        self.top + self.height / 2
    }
}

impl DotPlot {
    /// Draws it.
    pub(super) fn draw(&self) -> Result<String, ChartError> {
        let frame = self.frame();
        let mut plot_top = frame.plot_top();
        let (left, mut rows) = self.place_rows(plot_top);
        let mut plot_bottom = rows.last().map_or(plot_top, |row| row.top + row.height);
        if is_tall(plot_top, plot_bottom) {
            // Room for ticks above, too.
            rows.iter_mut().for_each(|row| row.top += NOTE_LINE);
            plot_top += NOTE_LINE;
            plot_bottom += NOTE_LINE;
        }
        let points = self.points((WIDTH - MARGIN - left) / 2);
        let axis = Axis::new(self.unit, left, WIDTH - MARGIN, &points);
        frame.draw(plot_bottom + 42, |canvas| {
            rows.iter().try_for_each(|placed| draw_band(canvas, &axis, placed))?;
            self.draw_axis(canvas, &axis, plot_top, plot_bottom)?;
            rows.iter().try_for_each(|placed| self.draw_row(canvas, &axis, placed))
        })
    }

    fn frame(&self) -> Frame {
        let arms = self.arms.iter().enumerate();
        let mut legend: Vec<Entry> =
            arms.map(|(arm, name)| Entry::Arm(marker(arm), name.clone())).collect();
        if self.rows.iter().any(|row| row.noise.is_some()) {
            legend.push(Entry::Noise);
        }
        if self.rows.iter().flat_map(|row| &row.lanes).any(|lane| !lane.failures.is_empty()) {
            legend.push(Entry::Failed);
        }
        Frame {
            title: self.title.clone(),
            explanation: self.explanation.clone(),
            description: self.description.clone(),
            legend,
            provenance: self.provenance.clone(),
        }
    }

    /// Everything that the axis has to show, with the pixels its label takes.
    fn points(&self, most: i32) -> Vec<(f64, i32)> {
        let mut points = Vec::new();
        for row in &self.rows {
            points.extend(row.noise.into_iter().flat_map(|noise| [(noise, 0), (1.0 / noise, 0)]));
            for lane in &row.lanes {
                if let Some(ratio) = lane.ratio {
                    let mut label = SPACE + text_width(&lane.label, size::TEXT);
                    if !lane.failures.is_empty() {
                        label += 3 * SPACE + text_width(&lane.failures, size::TEXT).min(most);
                    }
                    points.push((ratio.high.unwrap_or(ratio.ratio), label.max(SPACE)));
                    points.push((ratio.low.unwrap_or(ratio.ratio), 0));
                }
            }
        }
        points
    }

    /// Puts the rows below one another; also gives the left edge of the axis.
    fn place_rows(&self, top: i32) -> (i32, Vec<PlacedRow<'_>>) {
        let most = WIDTH * 3 / 10;
        let mut widest = 0;
        let mut y = top;
        let mut placed = Vec::new();
        for row in &self.rows {
            let names = wrap(&row.name, size::TEXT, most);
            let widths = names.iter().map(|name| text_width(name, size::TEXT));
            let note = text_width(&row.note, size::NOTE);
            widest = widths.chain([note]).fold(widest, i32::max);
            let label = names.len() as i32 * NAME_LINE + NOTE_LINE;
            let height = label.max(row.lanes.len() as i32 * LANE) + 12;
            placed.push(PlacedRow { row, names, top: y, height });
            y += height;
        }
        (MARGIN + widest + 16, placed)
    }

    fn draw_row(
        &self,
        canvas: &Canvas<'_>,
        axis: &Axis,
        placed: &PlacedRow<'_>,
    ) -> Result<(), ChartError> {
        draw_names(canvas, axis, placed)?;
        let first = placed.middle() - (placed.row.lanes.len() as i32 - 1) * LANE / 2;
        for (arm, lane) in placed.row.lanes.iter().enumerate() {
            let y = first + arm as i32 * LANE;
            match lane.ratio {
                Some(ratio) => draw_point(canvas, axis, marker(arm), ratio, lane, y)?,
                None => self.draw_pointless(canvas, axis, arm, lane, y)?,
            }
        }
        Ok(())
    }

    /// A lane without a point: a strip over the grid, so that nobody reads a ratio off it, and why.
    fn draw_pointless(
        &self,
        canvas: &Canvas<'_>,
        axis: &Axis,
        arm: usize,
        lane: &Lane,
        y: i32,
    ) -> Result<(), ChartError> {
        let (left, right) = axis.ends();
        let failed = !lane.failures.is_empty();
        let ground = if failed { FAILED } else { WHITE };
        canvas.rectangle([(left, y - LANE / 2), (right, y + LANE / 2)], ground)?;
        let reason = if failed { &lane.failures } else { &lane.label };
        // Without its marker, an arm among several has to be named.
        let words = match self.arms.as_slice() {
            [_] => reason.clone(),
            arms => format!("{}: {reason}", arms[arm]),
        };
        let start = (left + SPACE, y);
        if failed {
            return draw_failures(canvas, axis, marker(arm).colour, &words, start);
        }
        let words = fit(&words, size::TEXT, right - start.0);
        canvas.text(&words, start, plain(size::TEXT, GREY))
    }

    fn draw_axis(
        &self,
        canvas: &Canvas<'_>,
        axis: &Axis,
        top: i32,
        bottom: i32,
    ) -> Result<(), ChartError> {
        let (left, right) = axis.ends();
        for (tick, label) in axis.ticks() {
            let x = axis.x(tick);
            let one = self.unit == Unit::Times && tick == 1.0;
            canvas.line((x, top), (x, bottom), if one { GREY } else { FAINT }, 1)?;
            let looks = plain(size::NOTE, if one { INK } else { GREY }).aligned(Align::Centre);
            canvas.text(&label, (x, bottom + 11), looks)?;
            if is_tall(top, bottom) {
                canvas.text(&label, (x, top - 10), looks)?;
            }
        }
        let middle = ((left + right) / 2, bottom + 31);
        canvas.text(&self.axis, middle, plain(size::NOTE, GREY).aligned(Align::Centre))
    }
}

/// Whether the ticks below may be off the screen when one looks at the top.
fn is_tall(top: i32, bottom: i32) -> bool {
    bottom - top > 700
}

fn draw_band(canvas: &Canvas<'_>, axis: &Axis, placed: &PlacedRow<'_>) -> Result<(), ChartError> {
    let (top, bottom) = (placed.top, placed.top + placed.height);
    if let Some(noise) = placed.row.noise {
        canvas.rectangle([(axis.x(1.0 / noise), top), (axis.x(noise), bottom)], BAND)?;
    }
    let (_, right) = axis.ends();
    let colour = if placed.row.total { GREY } else { FAINT };
    canvas.line((MARGIN, top), (right, top), colour, 1)?;
    canvas.line((MARGIN, bottom), (right, bottom), FAINT, 1)
}

fn draw_names(canvas: &Canvas<'_>, axis: &Axis, placed: &PlacedRow<'_>) -> Result<(), ChartError> {
    let right = axis.ends().0 - 12;
    let lines = placed.names.len() as i32;
    let mut y = placed.middle() - (lines * NAME_LINE + NOTE_LINE) / 2 + NAME_LINE / 2;
    for name in &placed.names {
        let looks = plain(size::TEXT, INK).aligned(Align::Right);
        let looks = if placed.row.total { looks.bold() } else { looks };
        canvas.text(name, (right, y), looks)?;
        y += NAME_LINE;
    }
    let looks = plain(size::NOTE, GREY).aligned(Align::Right);
    canvas.text(&placed.row.note, (right, y - 1), looks)
}

/// The point, its whisker and label, and a cross if some samples failed.
fn draw_point(
    canvas: &Canvas<'_>,
    axis: &Axis,
    marker: Marker,
    ratio: Ratio,
    lane: &Lane,
    y: i32,
) -> Result<(), ChartError> {
    let point = axis.x(ratio.ratio);
    for end in [ratio.low, ratio.high].into_iter().flatten().map(|end| axis.x(end)) {
        // An end that the marker covers would only spoil its shape.
        if (end - point).abs() > REACH {
            canvas.line((point, y), (end, y), marker.colour, 2)?;
            canvas.line((end, y - 4), (end, y + 4), marker.colour, 2)?;
        }
    }
    canvas.marker((point, y), marker)?;
    let x = axis.x(ratio.high.unwrap_or(ratio.ratio)).max(point + REACH) + SPACE - 3;
    canvas.text(&lane.label, (x, y), plain(size::TEXT, INK))?;
    if lane.failures.is_empty() {
        return Ok(());
    }
    let x = x + text_width(&lane.label, size::TEXT) + SPACE;
    draw_failures(canvas, axis, ALARM, &lane.failures, (x, y))
}

fn draw_failures(
    canvas: &Canvas<'_>,
    axis: &Axis,
    colour: RGBColor,
    words: &str,
    (x, y): (i32, i32),
) -> Result<(), ChartError> {
    canvas.cross((x, y), colour)?;
    let x = x + SPACE + 2;
    let words = fit(words, size::TEXT, axis.ends().1 - x);
    canvas.text(&words, (x, y), plain(size::TEXT, ALARM))
}
