//! `memory_analysis.svg`: the seed's five sections, one file each, between a title and its provenance.
//!
//! It needs nothing but itself: tooltips are `<title>` elements, highlights are CSS. Both work where the
//! file is opened in a browser; embedded as an image it is the same picture, without them.

mod canvas;
mod columns;
mod dashboard;
mod fragmentation;
mod growth;
mod heat_map;
mod style;
#[cfg(test)]
mod tests;
mod usage;

use self::canvas::{Area, Canvas, Stroke, escape};
use self::style::{FAINT, HEADING, MARGIN, NOTE, SMALL, TITLE, WHITE, WIDTH};
use super::{StressOutcome, summary};
use crate::present::words;

/// Space between two sections.
const GAP: f64 = 40.0;

const STYLE: &str = "\
    .tip:hover > .ground { stroke: #1f2328; stroke-width: 1.5px }\n\
    .sensor { fill: #1f2328; fill-opacity: 0 }\n\
    .sensor:hover { fill-opacity: 0.14 }\n\
    text { pointer-events: none }\n\
    .tip text { pointer-events: auto }\n";

/// Draws a section from a height on, and returns where it ends.
type Section = fn(&mut Canvas, &StressOutcome, f64) -> f64;

/// Draws the whole picture.
pub fn picture(outcome: &StressOutcome) -> String {
    let mut canvas = Canvas::default();
    let mut y = header(&mut canvas, outcome);
    let sections: [(&str, Section); 5] = [
        ("dashboard", dashboard::draw),
        ("heat-map", heat_map::draw),
        ("usage", usage::draw),
        ("growth", growth::draw),
        ("fragmentation", fragmentation::draw),
    ];
    for (class, draw) in sections {
        let mut end = y;
        canvas.group(class, |canvas| end = draw(canvas, outcome, y));
        y = end + GAP;
    }
    let height = footer(&mut canvas, outcome, y);
    document(outcome, height, &canvas.into_body())
}

fn document(outcome: &StressOutcome, height: f64, body: &str) -> String {
    let title = title(outcome);
    let description = "Dashboard, allocation heat map, usage by type, growth over time and \
        fragmentation of one run: what the tracker says beside what was counted.";
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" \
         width=\"{WIDTH}\" height=\"{height:.0}\" font-family=\"{}\">\n\
         <title>{}</title>\n<desc>{}</desc>\n<style>\n{STYLE}</style>\n\
         <rect width=\"{WIDTH}\" height=\"{height:.0}\" fill=\"{WHITE}\"/>\n{body}</svg>\n",
        style::FONT,
        escape(&title),
        escape(description),
    )
}

fn title(outcome: &StressOutcome) -> String {
    format!("Memory analysis: eight phases under {}", outcome.tracker_title())
}

fn header(canvas: &mut Canvas, outcome: &StressOutcome) -> f64 {
    let title = style::fit(&title(outcome), TITLE.size, WIDTH - 2.0 * MARGIN);
    canvas.text(MARGIN, 46.0, &title, TITLE);
    let tracker = &outcome.tracker.tracker;
    let words = format!(
        "The memscope stress test: its phases ran one after the other in one process. Each figure is \
         what {tracker} says, what was counted around it, or both where they differ. Counted is what \
         the program did; the tracker's own heap is counted apart. Opened in a browser, the picture \
         tells more where the mouse points."
    );
    paragraph(canvas, 70.0, &words) + 24.0
}

/// A section's title and what explains it; returns where its content begins.
fn heading(canvas: &mut Canvas, y: f64, title: &str, explanation: &str) -> f64 {
    canvas.line((MARGIN, y), (WIDTH - MARGIN, y), Stroke::new(FAINT, 1.0));
    canvas.text(MARGIN, y + 27.0, title, HEADING);
    paragraph(canvas, y + 48.0, explanation) + 10.0
}

/// Explaining text over the whole width, its first baseline at `y`; returns the end of its last line.
fn paragraph(canvas: &mut Canvas, y: f64, text: &str) -> f64 {
    let mut y = y;
    for line in style::wrap(text, NOTE.size, WIDTH - 2.0 * MARGIN) {
        canvas.text(MARGIN, y, &line, NOTE);
        y += 17.0;
    }
    y - 12.0
}

/// Where the picture comes from; returns its height.
fn footer(canvas: &mut Canvas, outcome: &StressOutcome, y: f64) -> f64 {
    let environment = &outcome.environment;
    let settings = &environment.settings;
    let mode = &outcome.tracker.mode;
    let build = if outcome.tracker.debug_build { "debug build" } else { &environment.profile };
    let lines = [
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
    ];
    canvas.line((MARGIN, y), (WIDTH - MARGIN, y), Stroke::new(FAINT, 1.0));
    let mut y = y + 20.0;
    canvas.group("provenance", |canvas| {
        for line in lines {
            for line in style::wrap(&line, SMALL.size, WIDTH - 2.0 * MARGIN) {
                canvas.text(MARGIN, y, &line, SMALL);
                y += 16.0;
            }
        }
    });
    y + 6.0
}

/// A small square of a colour, with words behind it; returns where the words end.
fn key(canvas: &mut Canvas, (x, y): (f64, f64), colour: &str, words: &str) -> f64 {
    let area = Area { x, y: y - 10.0, width: 11.0, height: 11.0 };
    canvas.rectangle(area, 2.0, colour);
    canvas.text(x + 17.0, y, words, style::TEXT);
    x + 17.0 + style::text_width(words, style::TEXT.size)
}
