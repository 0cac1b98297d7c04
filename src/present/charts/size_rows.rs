//! What an event costs, or a live allocation takes, at each size of a workload, where there are too many trackers for lines:
//! a row for each.

use super::panel::panel;
use crate::analyse::summary::SizeCell;
use crate::common::units;
use crate::plan::arm::ArmId;
use crate::present::canvas::{
    ALARM, Area, Axis, Canvas, Direction, GREY, MARGIN, Marker, NOTE, Stroke, TEXT,
};

const ROW: f64 = 19.0;

/// A tracker, what its points look like, and its title.
pub(super) type Sign<'a> = (&'a ArmId, Marker, String);

/// What rows are of.
pub(super) struct Figure {
    /// In the heading.
    pub(super) what: &'static str,
    /// Of a cell: the figure, and whether it is more than nothing, beyond doubt.
    pub(super) of: fn(&SizeCell) -> Option<(f64, bool)>,
    /// Less than this cannot be told from nothing, and stands at the left end.
    pub(super) least: f64,
    /// The size of a cell, and what it counts.
    pub(super) size: fn(&SizeCell) -> Option<u64>,
    pub(super) counts: &'static str,
    /// How figures are written, and the labels of their axis.
    pub(super) label: fn(f64) -> String,
    pub(super) tick: fn(f64) -> String,
}

/// A figure at a size.
struct Spot {
    size: u64,
    figure: f64,
    is_known: bool,
}

/// A tracker, with its figures by size.
struct Row {
    title: String,
    looks: Marker,
    spots: Vec<Spot>,
}

/// The trackers that have a figure on a workload, a row each, the least at the largest size first.
pub(super) struct Rows<'a> {
    name: String,
    figure: &'a Figure,
    rows: Vec<Row>,
}

impl<'a> Rows<'a> {
    /// Of these cells.
    pub(super) fn of(
        workload: &str,
        figure: &'a Figure,
        signs: &[Sign<'_>],
        cells: &[&SizeCell],
    ) -> Self {
        let row = |(arm, looks, title): &Sign<'_>| {
            let spot = |cell: &&SizeCell| {
                let (told, is_known) = (figure.of)(cell)?;
                Some(Spot { size: (figure.size)(cell)?, figure: told, is_known })
            };
            let own = cells.iter().filter(|cell| cell.arm == **arm);
            let failed = own.clone().any(|cell| cell.has_failed());
            let mut spots: Vec<Spot> = own.filter_map(spot).collect();
            spots.sort_by_key(|spot| spot.size);
            // Of the largest it is said; of another, a point would look like a cost.
            let last = spots.pop();
            spots.retain(|spot| spot.is_known);
            spots.extend(last);
            (failed || !spots.is_empty()).then(|| Row {
                title: title.clone(),
                looks: *looks,
                spots,
            })
        };
        let mut rows: Vec<Row> = signs.iter().filter_map(row).collect();
        let last = |row: &Row| row.spots.last().map_or(f64::INFINITY, |spot| spot.figure);
        rows.sort_by(|a, b| last(a).total_cmp(&last(b)));
        Self { name: format!("{workload}: {}", figure.what), figure, rows }
    }

    /// Draws them from `top` on, in a picture of a width; returns where they end.
    pub(super) fn draw(&self, canvas: &Canvas, top: f64, full: f64) -> f64 {
        if self.rows.is_empty() {
            return top;
        }
        let names = self.rows.iter().map(|row| TEXT.width(&row.title)).fold(0.0, f64::max);
        let x = MARGIN + names.min(full * 0.46) + 14.0;
        let height = self.rows.len() as f64 * ROW;
        let area = Area { x, y: top + 18.0, width: full - MARGIN - x, height };
        panel(canvas, Area { x: MARGIN, width: full - 2.0 * MARGIN, ..area }, &self.name);
        let least = self.figure.least;
        let points = self.rows.iter().flat_map(|row| {
            let room = NOTE.width(&self.words(row)) + 14.0;
            row.spots.iter().map(move |spot| (spot.figure.max(least), room))
        });
        let points: Vec<_> = points.chain([(least, 0.0)]).collect();
        let axis = Axis::logarithmic(area, Direction::Across, &points);
        axis.draw(canvas, self.figure.tick);
        for (index, row) in self.rows.iter().enumerate() {
            let y = area.y + (index as f64 + 0.5) * ROW;
            canvas.text(&TEXT.fit(&row.title, x - MARGIN - 10.0), (MARGIN, y), TEXT);
            self.draw_row(canvas, &axis, row, (area, y));
        }
        area.bottom() + 40.0
    }

    fn draw_row(&self, canvas: &Canvas, axis: &Axis, row: &Row, (area, y): (Area, f64)) {
        let Some(last) = row.spots.last() else {
            return canvas.text("failed", (area.x + 8.0, y), NOTE.colour(ALARM));
        };
        let place = |spot: &Spot| (axis.at(spot.figure.max(self.figure.least)), y);
        let places: Vec<_> = row.spots.iter().map(place).collect();
        canvas.line(&places, Stroke::new(GREY, 1.0));
        for (spot, at) in row.spots.iter().zip(&places) {
            let told = (self.figure.label)(spot.figure);
            let tip = format!("{} {}: {told}", units::count(spot.size), self.figure.counts);
            canvas.tip(&tip, |canvas| {
                canvas.marker(*at, Marker { hollow: spot.size < last.size, ..row.looks });
            });
        }
        let end = places.iter().map(|at| at.0).fold(area.x, f64::max);
        canvas.text(&self.words(row), (end + 10.0, y), NOTE);
    }

    /// What is said of its largest size.
    fn words(&self, row: &Row) -> String {
        match row.spots.last() {
            Some(last) if !last.is_known => "within the noise".to_owned(),
            Some(last) => (self.figure.label)(last.figure),
            None => String::new(),
        }
    }
}
