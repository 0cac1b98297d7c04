//! Section 1: a gauge for each figure, what the tracker says above what was counted.

use plotters::style::RGBColor;

use super::{COUNTED, OWN, SAID, WIDTH, heading};
use crate::common::units;
use crate::present::canvas::{
    Area, Canvas, Entry, FAINT, GREY, INK, MARGIN, NOTE, PALE, TEXT, Type, legend,
};
use crate::stress::StressOutcome;
use crate::stress::figures::{Figure, Kind, Unit};
use crate::stress::summary;

const ACROSS: usize = 4;
const GAP: f64 = 14.0;
const HEIGHT: f64 = 150.0;
const VALUE: Type = Type::new(18.0, INK).bold();

pub(super) fn draw(canvas: &Canvas, outcome: &StressOutcome, y: f64) -> f64 {
    let words = format!(
        "A resize counts as one allocation freed and one made, as {} counts it. {}",
        outcome.tracker.tracker,
        summary::EFFICIENCY
    );
    let y = heading(canvas, y, "Performance dashboard", &words);
    let entries = [
        Entry::ground(SAID, format!("{} says", outcome.tracker.tracker)),
        Entry::ground(COUNTED, "counted"),
        Entry::ground(OWN, "counted, the tracker's own heap"),
    ];
    let top = legend(canvas, (MARGIN, y), WIDTH - MARGIN, &entries) + 8.0;

    let place = |index: usize| {
        let width = (WIDTH - 2.0 * MARGIN + GAP) / ACROSS as f64 - GAP;
        Area {
            x: MARGIN + (width + GAP) * (index % ACROSS) as f64,
            y: top + (HEIGHT + GAP) * (index / ACROSS) as f64,
            width,
            height: HEIGHT,
        }
    };
    let mut tiles = 0;
    let mut next = || {
        tiles += 1;
        place(tiles - 1)
    };
    for figure in outcome.figures.iter().filter(|figure| figure.kind != Kind::Variables) {
        tile(canvas, next(), outcome, figure);
    }
    own_heap(canvas, next(), outcome);
    duration(canvas, next(), outcome);
    place((tiles - 1) / ACROSS * ACROSS).bottom()
}

fn tile(canvas: &Canvas, area: Area, outcome: &StressOutcome, figure: &Figure) {
    let (kind, unit) = (figure.kind, figure.kind.unit());
    let tracker = &outcome.tracker.tracker;
    let exact = |value: Option<f64>| value.map_or(units::ABSENT.to_owned(), |v| unit.exact(v));
    let mut tip = format!("{}: {}", kind.name(), kind.definition());
    let differs = figure.differs();
    let difference = figure.difference();
    tip += &format!("\n{tracker} says: {}", exact(figure.reported));
    tip += &format!("\ncounted: {}", exact(figure.counted));
    if let Some(difference) = &difference {
        tip += &format!("\ndifference: {difference}");
    }
    if let Some(both) = figure.with_own_heap {
        tip += &format!("\ncounted, {tracker}'s own heap included: {}", unit.exact(both));
    }

    // A share's gauge ends at 100 %; the others end at the larger of the two.
    let largest = [figure.reported, figure.counted].into_iter().flatten().fold(0.0, f64::max);
    let full = if unit == Unit::Share { 1.0_f64.max(largest) } else { largest };
    canvas.tip(&tip, |canvas| {
        frame(canvas, area, kind.name(), kind.definition());
        let short = |value: Option<f64>| value.map_or(units::ABSENT.to_owned(), |v| unit.short(v));
        let (said, counted) = (figure.reported, figure.counted);
        if differs {
            let at = (area.right() - 12.0, area.y + 18.0);
            canvas.text(&difference.unwrap_or_default(), at, NOTE.bold().right());
            gauge(canvas, area, 0, (&short(said), tracker), (said, full), SAID);
            gauge(canvas, area, 1, (&short(counted), "counted"), (counted, full), COUNTED);
            if let Some(both) = figure.with_own_heap {
                below(canvas, area, &format!("counted with its own heap: {}", unit.short(both)));
            }
            return;
        }
        let (value, words, colour) = match (said, counted) {
            (Some(_), Some(_)) => (counted, "as both say".to_owned(), COUNTED),
            (Some(_), None) => (said, format!("{tracker}; not counted"), SAID),
            _ => (counted, "counted; not reported".to_owned(), COUNTED),
        };
        gauge(canvas, area, 0, (&short(value), &words), (value, full), colour);
    });
}

/// A line of small print below a tile's gauges.
fn below(canvas: &Canvas, tile: Area, words: &str) {
    let at = (tile.x + 12.0, tile.bottom() - 14.0);
    canvas.text(&NOTE.fit(words, tile.width - 24.0), at, NOTE);
}

fn frame(canvas: &Canvas, area: Area, name: &str, definition: &str) {
    canvas.rectangle(area, PALE);
    canvas.text(name, (area.x + 12.0, area.y + 18.0), TEXT.bold());
    let definition = NOTE.fit(definition, area.width - 24.0);
    canvas.text(&definition, (area.x + 12.0, area.y + 35.0), NOTE);
}

/// A value with words at its right and a bar below.
fn gauge(
    canvas: &Canvas,
    tile: Area,
    row: usize,
    (value, words): (&str, &str),
    (size, full): (Option<f64>, f64),
    colour: RGBColor,
) {
    let (x, y) = (tile.x + 12.0, tile.y + 58.0 + 42.0 * row as f64);
    let width = tile.width - 24.0;
    canvas.text(value, (x, y), VALUE);
    let room = width - VALUE.width(value) * 1.08 - 10.0;
    canvas.text(&NOTE.fit(words, room), (x + width, y + 2.0), NOTE.right());
    let share = size.filter(|_| full > 0.0).map_or(0.0, |size| size / full);
    canvas.bar(Area { x, y: y + 14.0, width, height: 8.0 }, FAINT, share, colour);
}

fn own_heap(canvas: &Canvas, area: Area, outcome: &StressOutcome) {
    let tracker = &outcome.tracker.tracker;
    let definition = "bytes alive after the last phase";
    let name = format!("{tracker}'s own heap");
    let Some(own) = &outcome.own_heap else {
        frame(canvas, area, &name, definition);
        return canvas.text("not counted", (area.x + 12.0, area.y + 58.0), VALUE.colour(GREY));
    };
    let tip = format!(
        "{name}, counted apart from the program's\nmade: {} allocations, {}\nalive at the end: {} \
         allocations, {}\npeak: {}",
        units::count(own.allocations),
        Unit::Bytes.exact(own.allocated_bytes as f64),
        units::count(own.live_allocations),
        Unit::Bytes.exact(own.live_bytes as f64),
        Unit::Bytes.exact(own.peak_live_bytes as f64),
    );
    let program = outcome
        .figures
        .iter()
        .find(|figure| figure.kind == Kind::PeakMemory)
        .and_then(|figure| figure.counted);
    canvas.tip(&tip, |canvas| {
        frame(canvas, area, &name, definition);
        let size = own.live_bytes as f64;
        let full = program.unwrap_or(0.0).max(size);
        let words = format!("in {}", units::counted(own.live_allocations as usize, "allocation"));
        gauge(canvas, area, 0, (&units::bytes(size), &words), (Some(size), full), OWN);
        if let Some(peak) = program {
            let words = "the program's peak";
            gauge(canvas, area, 1, (&units::bytes(peak), words), (Some(peak), full), COUNTED);
        }
        below(canvas, area, &format!("its own peak: {}", units::bytes(own.peak_live_bytes as f64)));
    });
}

fn duration(canvas: &Canvas, area: Area, outcome: &StressOutcome) {
    let seconds = |ns: u64| units::seconds(ns as f64 / 1e9);
    let (phases, process) = (outcome.phases_ns(), outcome.process_ns);
    let tracker = &outcome.tracker.tracker;
    let mut tip = format!("Test duration\nin the phases: {}", seconds(phases));
    if let Some(readout) = outcome.readout_ns {
        tip += &format!("\nreading out {tracker}'s figures: {}", seconds(readout));
    }
    if let Some(report) = &outcome.report {
        tip += &format!("\n{tracker}'s report: {}", seconds(report.took_ns));
    }
    tip += &format!("\nthe whole process: {}\n{}", seconds(process), summary::TIMINGS);
    canvas.tip(&tip, |canvas| {
        frame(canvas, area, "Test duration", "wall time, with the truth being counted");
        let full = phases.max(process) as f64;
        let words = "in the phases";
        gauge(canvas, area, 0, (&seconds(phases), words), (Some(phases as f64), full), COUNTED);
        let words = "the whole process";
        gauge(canvas, area, 1, (&seconds(process), words), (Some(process as f64), full), GREY);
        if let Some(report) = &outcome.report {
            below(canvas, area, &format!("{tracker}'s report: {}", seconds(report.took_ns)));
        }
    });
}
