//! The dot-and-whisker plot: a row for each workload, in it a lane for each tracked arm, and along it
//! the ratio to `untracked` on a logarithmic axis.

use plotters::style::RGBColor;

use super::panel::times;
use crate::analyse::summary::Ratio;
use crate::common::units;
use crate::present::canvas::{
    ALARM, Area, Axis, BAND, Canvas, Direction, Entry, FAILED, Frame, GREY, GRID, MARGIN, Marker,
    NOTE, REACH, Stroke, TEXT, WHITE, is_tall,
};

/// What to plot.
pub(super) struct DotPlot {
    /// Its legend is made here.
    pub(super) frame: Frame,
    /// Of the picture, in pixels.
    pub(super) width: f64,
    /// What the axis counts.
    pub(super) axis: String,
    pub(super) unit: Unit,
    /// The arms' names, in the order of each row's lanes.
    pub(super) arms: Vec<(Marker, String)>,
    pub(super) rows: Vec<Row>,
}

/// What an axis counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Ratios; 1 is always shown.
    Times,
    /// Sizes in bytes.
    Bytes,
}

/// One workload, or all of them together.
pub(super) struct Row {
    pub(super) name: String,
    /// Below the name, in small.
    pub(super) note: String,
    /// How far apart identical programs seemed to be, a factor.
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

const LANE: f64 = 18.0;
const NAME_LINE: f64 = 17.0;
/// Between a point's whisker and its label, and around a cross.
const SPACE: f64 = 9.0;

struct PlacedRow<'a> {
    row: &'a Row,
    names: Vec<String>,
    /// Over the width of the axis.
    area: Area,
}

impl DotPlot {
    /// Draws it.
    pub(super) fn draw(&self) -> String {
        let frame = Frame { legend: self.legend(), ..self.frame.clone() };
        frame.draw_at(self.width, |canvas, top| {
            let (left, mut rows) = self.place_rows(top);
            let height = rows.iter().map(|row| row.area.height).sum();
            let mut area = Area { x: left, y: top, width: self.right() - left, height };
            if is_tall(height) {
                // Room for ticks above, too.
                rows.iter_mut().for_each(|row| row.area.y += NAME_LINE);
                area.y += NAME_LINE;
            }
            let axis = self.axis(area);
            rows.iter().for_each(|placed| draw_band(canvas, &axis, placed));
            match self.unit {
                Unit::Times => axis.draw(canvas, times),
                Unit::Bytes => axis.draw(canvas, units::bytes),
            }
            let bottom = area.bottom();
            // Below the axis's middle, as far as the picture has room for it there.
            let half = NOTE.width(&self.axis) / 2.0;
            let x = area.middle().0.min(self.right() - half).max(MARGIN + half);
            canvas.text(&self.axis, (x, bottom + 31.0), NOTE.centred());
            rows.iter().for_each(|placed| self.draw_row(canvas, &axis, placed));
            bottom + 42.0
        })
    }

    /// Where rows end.
    fn right(&self) -> f64 {
        self.width - MARGIN
    }

    fn legend(&self) -> Vec<Entry> {
        let mut legend = Entry::arms(self.arms.clone());
        if self.rows.iter().any(|row| row.noise.is_some()) {
            legend.push(Entry::noise());
        }
        if self.rows.iter().flat_map(|row| &row.lanes).any(|lane| !lane.failures.is_empty()) {
            legend.push(Entry::failed());
        }
        legend
    }

    /// An axis for everything that there is to show, with the pixels its label takes.
    fn axis(&self, area: Area) -> Axis {
        let mut points = Vec::new();
        for row in &self.rows {
            points
                .extend(row.noise.into_iter().flat_map(|noise| [(noise, 0.0), (1.0 / noise, 0.0)]));
            for lane in &row.lanes {
                if let Some(ratio) = lane.ratio {
                    let mut label = SPACE + TEXT.width(&lane.label);
                    if !lane.failures.is_empty() {
                        label += 3.0 * SPACE + TEXT.width(&lane.failures).min(area.width / 2.0);
                    }
                    points.push((ratio.high.unwrap_or(ratio.ratio), label));
                    points.push((ratio.low.unwrap_or(ratio.ratio), 0.0));
                }
            }
        }
        if self.unit == Unit::Times {
            points.push((1.0, 0.0));
            return Axis::logarithmic(area, Direction::Across, &points).marked(1.0);
        }
        Axis::logarithmic(area, Direction::Across, &points)
    }

    /// Puts the rows below one another; also gives the left edge of the axis.
    fn place_rows(&self, top: f64) -> (f64, Vec<PlacedRow<'_>>) {
        let names: Vec<_> =
            self.rows.iter().map(|row| TEXT.wrap(&row.name, self.width * 0.3)).collect();
        let notes = self.rows.iter().map(|row| NOTE.width(&row.note));
        let widest =
            names.iter().flatten().map(|name| TEXT.width(name)).chain(notes).fold(0.0, f64::max);
        let x = MARGIN + widest + 16.0;
        let mut y = top;
        let placed = self.rows.iter().zip(names).map(|(row, names)| {
            let label = names.len() as f64 * NAME_LINE + NOTE.line();
            let height = label.max(row.lanes.len() as f64 * LANE) + 12.0;
            y += height;
            PlacedRow {
                row,
                names,
                area: Area { x, y: y - height, width: self.right() - x, height },
            }
        });
        (x, placed.collect())
    }

    fn draw_row(&self, canvas: &Canvas, axis: &Axis, placed: &PlacedRow<'_>) {
        draw_names(canvas, placed);
        let (_, middle) = placed.area.middle();
        let first = middle - (placed.row.lanes.len() as f64 - 1.0) * LANE / 2.0;
        for (arm, lane) in placed.row.lanes.iter().enumerate() {
            let y = first + arm as f64 * LANE;
            match lane.ratio {
                Some(ratio) => {
                    let looks = self.arms[arm].0;
                    draw_point(canvas, axis, looks, ratio, lane, (y, self.right()));
                }
                None => {
                    let area = Area { y: y - LANE / 2.0, height: LANE, ..placed.area };
                    self.draw_pointless(canvas, area, arm, lane);
                }
            }
        }
    }

    /// A lane without a point: a strip over the grid, so that nobody reads a ratio off it, and why.
    fn draw_pointless(&self, canvas: &Canvas, area: Area, arm: usize, lane: &Lane) {
        let failed = !lane.failures.is_empty();
        canvas.rectangle(area, if failed { FAILED } else { WHITE });
        let reason = if failed { &lane.failures } else { &lane.label };
        // Without its marker, an arm among several has to be named.
        let words = match self.arms.as_slice() {
            [_] => reason.clone(),
            arms => format!("{}: {reason}", arms[arm].1),
        };
        let start = (area.x + SPACE, area.middle().1);
        if failed {
            return draw_failures(canvas, self.arms[arm].0.colour, &words, start, self.right());
        }
        canvas.text(&TEXT.fit(&words, self.right() - start.0), start, TEXT.colour(GREY));
    }
}

fn draw_band(canvas: &Canvas, axis: &Axis, placed: &PlacedRow<'_>) {
    let area = placed.area;
    if let Some(noise) = placed.row.noise {
        let x = axis.at(1.0 / noise);
        canvas.rectangle(Area { x, width: axis.at(noise) - x, ..area }, BAND);
    }
    let above = if placed.row.total { Stroke::new(GREY, 1.0) } else { GRID };
    for (y, stroke) in [(area.y, above), (area.bottom(), GRID)] {
        canvas.line(&[(MARGIN, y), (area.right(), y)], stroke);
    }
}

fn draw_names(canvas: &Canvas, placed: &PlacedRow<'_>) {
    let right = placed.area.x - 12.0;
    let lines = placed.names.len() as f64;
    let mut y = placed.area.middle().1 - (lines * NAME_LINE + NOTE.line()) / 2.0 + NAME_LINE / 2.0;
    for name in &placed.names {
        let looks = if placed.row.total { TEXT.bold() } else { TEXT };
        canvas.text(name, (right, y), looks.right());
        y += NAME_LINE;
    }
    canvas.text(&placed.row.note, (right, y - 1.0), NOTE.right());
}

/// The point, its whisker and label, and a cross if some samples failed.
fn draw_point(
    canvas: &Canvas,
    axis: &Axis,
    marker: Marker,
    ratio: Ratio,
    lane: &Lane,
    (y, right): (f64, f64),
) {
    let point = axis.at(ratio.ratio);
    let stroke = Stroke::new(marker.colour, 2.0);
    for end in [ratio.low, ratio.high].into_iter().flatten().map(|end| axis.at(end)) {
        // An end that the marker covers would only spoil its shape.
        if (end - point).abs() > REACH + 0.5 {
            canvas.line(&[(point, y), (end, y)], stroke);
            canvas.line(&[(end, y - 4.0), (end, y + 4.0)], stroke);
        }
    }
    canvas.marker((point, y), marker);
    let x = axis.at(ratio.high.unwrap_or(ratio.ratio)).max(point + REACH) + SPACE - 3.0;
    canvas.text(&lane.label, (x, y), TEXT);
    if !lane.failures.is_empty() {
        let x = x + TEXT.width(&lane.label) + SPACE;
        draw_failures(canvas, ALARM, &lane.failures, (x, y), right);
    }
}

fn draw_failures(canvas: &Canvas, colour: RGBColor, words: &str, (x, y): (f64, f64), right: f64) {
    canvas.cross((x, y), colour);
    let x = x + SPACE + 2.0;
    canvas.text(&TEXT.fit(words, right - x), (x, y), TEXT.colour(ALARM));
}
