//! Soaks: live bytes, resident memory and descriptors over time.

use protocol::SoakPoint;

use super::ChartError;
use super::canvas::{Align, Canvas, plain};
use super::frame::Frame;
use super::style::{FAINT, GREY, INK, MARGIN, WIDTH, marker, size};
use crate::analyse::soak::{SoakResult, Trend};
use crate::analyse::summary::{Content, Summary};
use crate::common::units;
use crate::plan::procedure::Experiment;
use crate::present::words;

pub(super) const TITLE: &str = "Over and over in one process: flat or growing?";

const PANEL: i32 = 84;
const GAP: i32 = 34;
const LEFT: i32 = MARGIN + 76;

type Reading = fn(&SoakPoint) -> Option<u64>;
/// A panel's name, what it shows, whether that grows, and how its figures are written.
type Row<'a> = (&'a str, Reading, Option<Trend>, &'a dyn Fn(f64) -> String);

/// Draws a panel for each reading of each soak.
///
/// # Errors
///
/// [`ChartError::Nothing`] without a soak.
pub fn soak(summary: &Summary) -> Result<String, ChartError> {
    let soaks: Vec<&SoakResult> = summary.soaks.iter().filter(|s| s.points.len() > 1).collect();
    if soaks.is_empty() {
        return Err(ChartError::Nothing);
    }
    let frame = Frame {
        title: TITLE.to_owned(),
        explanation:
            "The process after each repetition of the workload. Each panel begins at zero."
                .to_owned(),
        description: alt(summary),
        legend: Vec::new(),
        provenance: words::provenance_of(summary, &[Content::Experiment(Experiment::Soak)]),
    };
    let top = frame.plot_top() + 8;
    let panels = soaks.len() as i32 * 3;
    frame.draw(top + panels * (PANEL + GAP) + 6, |canvas| {
        let mut y = top;
        for soak in &soaks {
            let bytes = |value: f64| units::bytes(value);
            let plain_number = |value: f64| format!("{value:.0}");
            let readings: [Row<'_>; 3] = [
                ("live bytes", |p| p.live_bytes, soak.live_bytes, &bytes),
                ("resident memory", |p| p.resident_bytes, soak.resident_bytes, &bytes),
                ("file descriptors", |p| p.descriptors, soak.descriptors, &plain_number),
            ];
            for (index, (name, reading, slope, unit)) in readings.into_iter().enumerate() {
                let verdict = match slope {
                    Some(slope) if slope.grows => "growing",
                    Some(_) => "flat",
                    None => "unknown",
                };
                let heading = format!("{}, {}: {name}, {verdict}", soak.workload, soak.arm);
                panel(canvas, y, &heading, &soak.points, reading, unit, index)?;
                y += PANEL + GAP;
            }
        }
        Ok(())
    })
}

fn panel(
    canvas: &Canvas<'_>,
    top: i32,
    heading: &str,
    points: &[SoakPoint],
    reading: Reading,
    unit: &dyn Fn(f64) -> String,
    index: usize,
) -> Result<(), ChartError> {
    let right = WIDTH - MARGIN;
    let (plot_top, bottom) = (top + 20, top + PANEL);
    canvas.text(heading, (MARGIN, top + 6), plain(size::TEXT, INK))?;
    let values: Vec<(f64, f64)> = points
        .iter()
        .filter_map(|point| Some((point.at_ns as f64 / 1e9, reading(point)? as f64)))
        .collect();
    let end = values.last().map_or(1.0, |value| value.0).max(1e-9);
    let most = values.iter().map(|value| value.1).fold(0.0, f64::max).max(1.0);
    for share in [0.0, 1.0] {
        let y = bottom - (share * f64::from(bottom - plot_top)) as i32;
        canvas.line((LEFT, y), (right, y), FAINT, 1)?;
        let looks = plain(size::NOTE, GREY).aligned(Align::Right);
        canvas.text(&unit(most * share), (LEFT - 8, y), looks)?;
    }
    canvas.text("0 s", (LEFT, bottom + 12), plain(size::NOTE, GREY))?;
    let looks = plain(size::NOTE, GREY).aligned(Align::Right);
    canvas.text(&units::seconds(end), (right, bottom + 12), looks)?;
    let place = |(at, value): (f64, f64)| {
        (
            LEFT + (at / end * f64::from(right - LEFT)) as i32,
            bottom - (value / most * f64::from(bottom - plot_top)) as i32,
        )
    };
    for pair in values.windows(2) {
        canvas.line(place(pair[0]), place(pair[1]), marker(index).colour, 2)?;
    }
    Ok(())
}

pub(super) fn alt(summary: &Summary) -> String {
    let soaks = summary.soaks.iter().map(|soak| {
        let verdict = if soak.grows() { "something grows" } else { "flat" };
        format!("{}, {}: {verdict}", soak.workload, soak.arm)
    });
    format!("Soaks. {}.", soaks.collect::<Vec<_>>().join("; "))
}
