//! What an event costs at the smallest and at the largest size of a workload, where there are too many trackers for lines.

use super::panel::{panel, short_time};
use crate::analyse::summary::{Rung, SizeCell};
use crate::common::units;
use crate::plan::arm::ArmId;
use crate::present::canvas::{
    ALARM, Area, Axis, Canvas, Direction, GREY, MARGIN, Marker, NOTE, Stroke, TEXT,
};

const ROW: f64 = 19.0;
/// Less than this, in nanoseconds, is no cost that can be told from the noise of a process.
const LEAST: f64 = 1.0;

/// A tracker, by its title, and what it adds to an event: by number of events.
struct Row<'a> {
    title: String,
    looks: Marker,
    points: Vec<(u64, Rung)>,
    failed: Option<&'a SizeCell>,
}

/// The trackers of a workload, a row each, the cheapest at the largest size first.
pub(super) struct Rows<'a> {
    name: String,
    rows: Vec<Row<'a>>,
}

impl<'a> Rows<'a> {
    /// Of these cells.
    pub(super) fn of(
        workload: &str,
        arms: &[(&ArmId, Marker, String)],
        cells: &[&'a SizeCell],
    ) -> Self {
        let row = |(arm, looks, title): &(&ArmId, Marker, String)| {
            let own = || cells.iter().filter(|cell| cell.arm == **arm);
            let point = |cell: &&SizeCell| Some((cell.events?, cell.added?));
            let mut points: Vec<_> = own().filter_map(point).collect();
            points.sort_by_key(|(events, _)| *events);
            let failed = own().find(|cell| cell.added.is_none() && !cell.failures.is_empty());
            own().next()?;
            Some(Row { title: title.clone(), looks: *looks, points, failed: failed.copied() })
        };
        let mut rows: Vec<Row<'_>> = arms.iter().filter_map(row).collect();
        let cost = |row: &Row<'_>| row.points.last().map_or(f64::INFINITY, |(_, added)| added.ns);
        rows.sort_by(|a, b| cost(a).total_cmp(&cost(b)));
        Self { name: format!("{workload}: an event"), rows }
    }

    /// Draws them from `top` on, in a picture of a width; returns where they end.
    pub(super) fn draw(&self, canvas: &Canvas, top: f64, full: f64) -> f64 {
        let names = self.rows.iter().map(|row| TEXT.width(&row.title)).fold(0.0, f64::max);
        let x = MARGIN + names.min(full * 0.4) + 14.0;
        let height = self.rows.len() as f64 * ROW;
        let area = Area { x, y: top + 18.0, width: full - MARGIN - x, height };
        panel(canvas, area, &self.name);
        let label = |ns: f64| units::seconds(ns / 1e9);
        let points = self.rows.iter().flat_map(|row| {
            let room =
                row.points.last().map_or(0.0, |(_, added)| NOTE.width(&label(added.ns)) + 14.0);
            let ends = row.points.iter().map(|(_, added)| added.high.unwrap_or(added.ns));
            ends.map(move |ns| (ns.max(LEAST) / 1e9, room)).collect::<Vec<_>>()
        });
        let points: Vec<_> = points.chain([(LEAST / 1e9, 0.0)]).collect();
        let axis = Axis::logarithmic(area, Direction::Across, &points);
        axis.draw(canvas, short_time);
        for (index, row) in self.rows.iter().enumerate() {
            let y = area.y + (index as f64 + 0.5) * ROW;
            canvas.text(&TEXT.fit(&row.title, x - MARGIN - 10.0), (MARGIN, y), TEXT);
            row.draw(canvas, &axis, (area, y));
        }
        area.bottom() + 30.0
    }
}

impl Row<'_> {
    fn draw(&self, canvas: &Canvas, axis: &Axis, (area, y): (Area, f64)) {
        let place = |ns: f64| axis.at(ns.max(LEAST) / 1e9);
        let Some((most, last)) = self.points.last() else {
            let words = if self.failed.is_some() { "failed" } else { "not measured" };
            return canvas.text(words, (area.x + 8.0, y), NOTE.colour(ALARM));
        };
        let places = self.points.iter().map(|(_, added)| (place(added.ns), y)).collect::<Vec<_>>();
        canvas.line(&places, Stroke::new(GREY, 1.0));
        for ((events, added), at) in self.points.iter().zip(&places) {
            let tip = format!("{} events: {}", units::count(*events), told(added));
            canvas.tip(&tip, |canvas| {
                canvas.marker(*at, Marker { hollow: events < most, ..self.looks });
            });
        }
        let end = places.iter().map(|at| at.0).fold(area.x, f64::max);
        // At the left end, nothing is told from nothing.
        let words = match last.low {
            Some(low) if low <= 0.0 => "nothing, within the noise".to_owned(),
            _ => units::seconds(last.ns / 1e9),
        };
        canvas.text(&words, (end + 10.0, y), NOTE);
    }
}

fn told(added: &Rung) -> String {
    let ns = |ns: f64| units::seconds(ns / 1e9);
    match (added.low, added.high) {
        (Some(low), Some(high)) => format!("{} ({} to {})", ns(added.ns), ns(low), ns(high)),
        _ => ns(added.ns),
    }
}
