//! Servers at fixed rates: how long the slowest of a hundred requests takes, by the rate.

use super::ChartError;
use super::grid::{Grid, Size, WHOLE};
use super::looks::beside_the_base;
use super::panel::{panel, short_time};
use crate::analyse::load::{LoadClimb, LoadStep};
use crate::analyse::summary::{Content, Summary};
use crate::common::units;
use crate::plan::procedure::Experiment;
use crate::present::canvas::{
    Area, Axis, Canvas, Direction, Entry, Frame, INK, Marker, NOTE, Stroke,
};
use crate::present::{load, words};
use crate::record::HELD_P99_NS;

pub(super) const TITLE: &str = "How many requests a second a server holds";

const PANEL: Size = Size { left: 60.0, height: 280.0, below: 74.0 };

/// Draws the 99 % quantile of the latency over the rate of requests, a line a tracker and a panel a workload.
///
/// # Errors
///
/// [`ChartError::Nothing`] without such an experiment.
pub fn held_rates(summary: &Summary) -> Result<String, ChartError> {
    draw_in(summary, WHOLE)
}

/// The same in a picture of any width.
pub(super) fn draw_in(summary: &Summary, grid: Grid) -> Result<String, ChartError> {
    let all = &summary.loads;
    if all.iter().all(|climb| climb.steps.is_empty()) {
        return Err(ChartError::Nothing);
    }
    let frame = Frame {
        title: TITLE.to_owned(),
        explanation: "99 of 100 requests are answered within this time of when they were due, at a fixed rate of \
                      requests, each on a connection of its own. Below the darker line, at 50 ms, the rate is \
                      held; behind each name, the highest that is. Whiskers: the least and the most of the \
                      samples. Hollow: the client itself was late. Both axes are logarithmic."
            .to_owned(),
        description: alt(summary),
        legend: legend(all),
        provenance: words::provenance_of(summary, &[Content::Experiment(Experiment::Load)]),
    };
    Ok(frame.draw_at(grid.width, |canvas, top| {
        let mut panels = 0;
        for climbs in all.chunk_by(|a, b| a.workload == b.workload) {
            draw(canvas, grid.place(PANEL, top, panels), climbs);
            panels += 1;
        }
        grid.place(PANEL, top, panels - 1).bottom() + 42.0
    }))
}

/// Of the first workload, where there are several: its arms are theirs.
fn legend(all: &[LoadClimb]) -> Vec<Entry> {
    let several = all.first().map(|one| &one.workload) != all.last().map(|one| &one.workload);
    let first = all.chunk_by(|a, b| a.workload == b.workload).next().unwrap_or_default();
    let entry = |(index, climb): (usize, &LoadClimb)| {
        let title = words::arm_title(&climb.arm, climb.version.as_deref());
        let held = if several { String::new() } else { format!(": {}", load::held_words(climb)) };
        Entry::point(looks_of(first)[index], title + &held)
    };
    first.iter().enumerate().map(entry).collect()
}

fn looks_of(climbs: &[LoadClimb]) -> Vec<Marker> {
    beside_the_base(&climbs.iter().map(|climb| &climb.arm).collect::<Vec<_>>())
}

fn draw(canvas: &Canvas, area: Area, climbs: &[LoadClimb]) {
    panel(canvas, area, &climbs[0].workload);
    let steps = || climbs.iter().flat_map(|climb| &climb.steps);
    let rates: Vec<_> = steps().map(|step| (f64::from(step.rate), 0.0)).collect();
    let limit = HELD_P99_NS as f64 / 1e9;
    let times = steps().flat_map(|step| step.p99_range_ns).map(seconds);
    let times: Vec<_> = times.chain([limit]).map(|time| (time, 0.0)).collect();
    let across = Axis::logarithmic(area, Direction::Across, &rates);
    let up = Axis::logarithmic(area, Direction::Up, &times).marked(limit);
    across.draw(canvas, |rate| units::count(rate.round() as u64));
    up.draw(canvas, short_time);
    canvas.text(&short_time(limit), (area.x + 4.0, up.at(limit) - 8.0), NOTE.colour(INK));
    canvas.text("requests a second", (area.middle().0, area.bottom() + 29.0), NOTE.centred());
    let all = looks_of(climbs);
    for (index, climb) in climbs.iter().enumerate() {
        let shown = all[index];
        let place = |step: &LoadStep| {
            (across.at(f64::from(step.rate)), up.at(seconds(step.latency.p99_ns)))
        };
        let line: Vec<_> = climb.steps.iter().map(place).collect();
        canvas.line(&line, Stroke::new(shown.colour, 1.5));
        for step in &climb.steps {
            let (x, y) = place(step);
            let ends = step.p99_range_ns.map(|ns| (x, up.at(seconds(ns))));
            canvas.line(&ends, Stroke::new(shown.colour, 2.0));
            let late = 2 * step.client_late > step.samples;
            canvas.tip(&told(climb, step), |canvas| {
                canvas.marker((x, y), Marker { hollow: shown.hollow || late, ..shown });
            });
        }
    }
}

/// What took no time at all has no place on a logarithmic axis.
fn seconds(ns: u64) -> f64 {
    (ns as f64 / 1e9).max(1e-6)
}

fn told(climb: &LoadClimb, step: &LoadStep) -> String {
    let rate = units::count(step.rate.into());
    format!("{} at {rate}/s: {}", climb.arm, units::seconds(seconds(step.latency.p99_ns)))
}

pub(super) fn alt(summary: &Summary) -> String {
    let words = summary.loads.iter().map(|climb| {
        let steps: Vec<String> = climb.steps.iter().map(|step| told(climb, step)).collect();
        let held = load::held_words(climb);
        format!("{}, {} holds {held} ({})", climb.workload, climb.arm, steps.join(", "))
    });
    let words: Vec<String> = words.collect();
    format!("99 % of requests are answered within, by rate. {}.", words.join("; "))
}
