//! Section 4: the program's heap, the tracker's own, and resident memory over time.

use protocol::TimelinePoint;

use super::columns::{Columns, drawn, sensors};
use super::{COUNTED, MARGIN, OWN, SAID, WIDTH, heading, nothing};
use crate::common::units;
use crate::present::canvas::{Axis, Canvas, Direction, Entry, GREEN, Stroke, legend};
use crate::stress::StressOutcome;
use crate::stress::figures::{Figure, Kind};

const HEIGHT: f64 = 270.0;

/// Reads one figure of a point.
type Read = fn(&TimelinePoint) -> Option<u64>;

pub(super) fn draw(canvas: &Canvas, outcome: &StressOutcome, y: f64) -> f64 {
    let words = "Looked at every 10 ms, and where phases begin and end. Phases are drawn equally wide, whatever they took; time runs \
        linearly within each. Resident memory is what is not shared or mapped from files: heap, \
        stacks, static data.";
    let y = heading(canvas, y, "Memory growth over time", words);
    let phases = &outcome.phases;
    let columns = Columns { number: phases.len() };
    let tracker = &outcome.tracker.tracker;
    let own = format!("{tracker}'s own heap");
    let series: [(Stroke, &str, Read); 3] = [
        (Stroke::new(GREEN, 2.0), "resident memory", |point| point.resident_bytes),
        (Stroke::new(OWN, 2.0), &own, |point| Some(point.own_bytes)),
        (Stroke::new(COUNTED, 2.0), "the program's live bytes", |point| Some(point.live_bytes)),
    ];
    let values = phases
        .iter()
        .flat_map(|phase| &phase.points)
        .flat_map(|point| series.iter().filter_map(|(_, _, read)| read(point)));
    let Some(largest) = values.max() else {
        return nothing(canvas, y, "No timeline was taken.");
    };

    let entries = series.iter().map(|&(stroke, words, _)| Entry::line(stroke, words));
    let peak = outcome.figures.iter().find(|figure| figure.kind == Kind::PeakMemory);
    let peaks = peak.map(|peak| peaks(peak, tracker)).unwrap_or_default();
    let largest = peaks.iter().map(|peak| peak.0).fold(largest as f64, f64::max);
    let lines = peaks.iter().map(|(_, words, stroke)| Entry::line(*stroke, words));
    let entries: Vec<_> = entries.chain(lines).collect();
    let y = legend(canvas, (MARGIN, y), WIDTH - MARGIN, &entries) + 8.0;

    let area = columns.whole(y, HEIGHT);
    columns.grounds(canvas, area);
    let axis = Axis::linear(area, Direction::Up, (0.0, largest * 1.04)).marked(0.0);
    axis.draw(canvas, units::bytes);
    for (value, _, stroke) in &peaks {
        let y = axis.at(*value);
        canvas.line(&[(area.x, y), (area.right(), y)], *stroke);
    }
    for (stroke, _, read) in series {
        for (index, phase) in phases.iter().enumerate() {
            let value = |point: &TimelinePoint| read(point).map(|bytes| bytes as f64);
            let points = drawn(&columns, (index, phase), value);
            let points: Vec<_> = points.into_iter().map(|(x, value)| (x, axis.at(value))).collect();
            canvas.line(&points, stroke);
        }
    }
    let tell = |point: &TimelinePoint| {
        let resident = point.resident_bytes.map_or(units::ABSENT.to_owned(), exact);
        format!(
            "the program's live bytes: {}\n{own}: {}\nresident memory: {resident}",
            exact(point.live_bytes),
            exact(point.own_bytes)
        )
    };
    sensors(canvas, &columns, phases, (area.y, area.height), tell);
    columns.durations(canvas, phases, area.bottom() + 14.0);
    area.bottom() + 22.0
}

fn exact(bytes: u64) -> String {
    crate::stress::figures::Unit::Bytes.exact(bytes as f64)
}

/// The peak of the program's live bytes as the two sides have it: value, words, looks.
fn peaks(peak: &Figure, tracker: &str) -> Vec<(f64, String, Stroke)> {
    let line = |value: f64, who: &str, colour| {
        let words = format!("{who}: peak {}", units::bytes(value));
        (value, words, Stroke::new(colour, 1.5).dashed())
    };
    if let (Some(value), false) = (peak.reported.and(peak.counted), peak.differs()) {
        return vec![line(value, &format!("counted and {tracker}"), COUNTED)];
    }
    let said = peak.reported.map(|value| line(value, &format!("{tracker} says"), SAID));
    let counted = peak.counted.map(|value| line(value, "counted", COUNTED));
    said.into_iter().chain(counted).collect()
}
