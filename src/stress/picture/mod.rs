//! `memory_analysis.svg`: upstream's five sections, one file each, between a title and its provenance.
//!
//! It needs nothing but itself: tooltips are `<title>` elements, highlights are CSS. Both work where the
//! file is opened in a browser; embedded as an image it is the same picture, without them.

mod columns;
mod dashboard;
mod fragmentation;
mod growth;
mod heat_map;
#[cfg(test)]
mod tests;
mod usage;

use plotters::style::RGBColor;

use super::{StressOutcome, summary};
use crate::present::canvas::{
    Area, BLUE, Canvas, Frame, GRID, MARGIN, NOTE, ORANGE, PALE, TITLE, VERMILLION,
};
use crate::present::words;

/// Width of the picture.
const WIDTH: f64 = 1200.0;
/// Space between two sections.
const GAP: f64 = 40.0;

/// What was counted: the program.
const COUNTED: RGBColor = BLUE;
/// What the tracker says.
const SAID: RGBColor = ORANGE;
/// The tracker's own heap.
const OWN: RGBColor = VERMILLION;

/// Draws a section from a height on, and returns where it ends.
type Section = fn(&Canvas, &StressOutcome, f64) -> f64;

/// Draws the whole picture.
pub fn picture(outcome: &StressOutcome) -> String {
    let sections: [(&str, Section); 5] = [
        ("dashboard", dashboard::draw),
        ("heat-map", heat_map::draw),
        ("usage", usage::draw),
        ("growth", growth::draw),
        ("fragmentation", fragmentation::draw),
    ];
    frame(outcome).draw_at(WIDTH, |canvas, top| {
        let mut y = top;
        for (class, draw) in sections {
            canvas.group(class, |canvas| y = draw(canvas, outcome, y) + GAP);
        }
        canvas.line(&[(MARGIN, y), (WIDTH - MARGIN, y)], GRID);
        y
    })
}

fn frame(outcome: &StressOutcome) -> Frame {
    let tracker = &outcome.tracker.tracker;
    let environment = &outcome.environment;
    let settings = &environment.settings;
    let mode = &outcome.tracker.mode;
    let build = if outcome.tracker.debug_build { "debug build" } else { &environment.profile };
    Frame {
        title: format!("Memory analysis: eight phases under {}", outcome.tracker_title()),
        explanation: format!(
            "The memscope stress test: its phases ran one after the other in one process. Each figure is \
             what {tracker} says, what was counted around it, or both where they differ. Counted is what \
             the program did; the tracker's own heap is counted apart. Opened in a browser, the picture \
             tells more where the mouse points."
        ),
        description:
            "Dashboard, allocation heat map, usage by type, growth over time and fragmentation \
             of one run: what the tracker says beside what was counted."
                .to_owned(),
        provenance: vec![
            format!("{} · {}", words::moment(&environment.started), environment.machine()),
            format!(
                "{} · {} · {}, mode {mode}, {build} · scale {}, seed {}, threads {}",
                environment.harness(),
                environment.rustc.as_deref().unwrap_or("unknown compiler"),
                outcome.tracker_title(),
                settings.params.scale,
                settings.params.seed,
                settings.params.threads,
            ),
            format!("Made by: {}", environment.command),
            summary::TIMINGS.to_owned(),
        ],
        ..Frame::default()
    }
}

/// A section's title and what explains it; returns where its content begins.
fn heading(canvas: &Canvas, y: f64, title: &str, explanation: &str) -> f64 {
    let full = WIDTH - 2.0 * MARGIN;
    canvas.line(&[(MARGIN, y), (MARGIN + full, y)], GRID);
    canvas.text(title, (MARGIN, y + 22.0), TITLE);
    canvas.lines(&NOTE.wrap(explanation, full), (MARGIN, y + 38.0), NOTE) + 10.0
}

/// Says in a chart's place why there is none; returns where that ends.
fn nothing(canvas: &Canvas, y: f64, why: &str) -> f64 {
    let area = Area { x: MARGIN, y, width: WIDTH - 2.0 * MARGIN, height: 60.0 };
    canvas.rectangle(area, PALE);
    canvas.text(why, area.middle(), NOTE.centred());
    area.bottom()
}
