//! How long single allocations take: the quantiles, up to the longest.

use super::ChartError;
use super::grid::{Grid, Size, WIDE};
use super::looks::looks;
use super::panel::{panel, short_time};
use crate::analyse::latency::{CallDurations, CallLatency, QUANTILE_NAMES};
use crate::analyse::summary::{Content, Summary};
use crate::common::units;
use crate::plan::arm::{ArmId, Role, in_order};
use crate::plan::procedure::Experiment;
use crate::present::canvas::{
    Area, Axis, Canvas, Direction, Entry, Frame, GREY, Marker, NOTE, Shape, Stroke,
};
use crate::present::words;

pub(super) const TITLE: &str = "How long a single allocation takes, and a single free";

const PANEL: Size = Size { left: 52.0, height: 170.0, below: 56.0 };

/// The base without a tracker.
const BASE: Marker = Marker { colour: GREY, shape: Shape::Circle, hollow: false };
/// The base once more.
const TWIN: Stroke = Stroke::new(GREY, 1.0).dashed();

/// Draws the quantiles of allocations (left) and frees (right), a line a tracker and a row of panels a workload.
///
/// # Errors
///
/// [`ChartError::Nothing`] if no call was timed.
pub fn calls(summary: &Summary) -> Result<String, ChartError> {
    draw_in(summary, WIDE)
}

/// The same in a picture of any width.
pub(super) fn draw_in(summary: &Summary, grid: Grid) -> Result<String, ChartError> {
    let all = &summary.latencies;
    if all.iter().all(|one| one.allocations.is_none()) {
        return Err(ChartError::Nothing);
    }
    let tracked = all.iter().filter(|one| !one.is_control()).map(|one| &one.arm);
    let arms = in_order(tracked);
    let frame = Frame {
        title: TITLE.to_owned(),
        explanation: "Each call of the allocator, timed as the program sees it: half of the calls take no longer \
                      than p50, one in ten thousand longer than p99.99. Whiskers: from the least to the most of \
                      the samples. The darker line across is the timer around nothing, which is part of every \
                      figure. What untracked shows is the machine's doing, not a tracker's. Logarithmic."
            .to_owned(),
        description: alt(summary),
        legend: legend(summary, &arms),
        provenance: words::provenance_of(summary, &[Content::Experiment(Experiment::Latency)]),
    };
    Ok(frame.draw_at(grid.width, |canvas, top| {
        let mut panels = 0;
        for own in all.chunk_by(|a, b| a.workload == b.workload) {
            let left = grid.place(PANEL, top, panels);
            let right = grid.place(PANEL, top, panels + 1);
            panels += 2;
            let workload = &own[0].workload;
            draw(canvas, left, &arms, own, &format!("{workload}: allocations"), |one| {
                one.allocations.as_ref()
            });
            draw(canvas, right, &arms, own, &format!("{workload}: frees"), |one| {
                one.frees.as_ref()
            });
        }
        grid.place(PANEL, top, panels - 1).bottom() + 26.0
    }))
}

fn legend(summary: &Summary, arms: &[&ArmId]) -> Vec<Entry> {
    let title = |arm: &&ArmId| {
        let own = summary.latencies.iter().filter(|one| one.arm == **arm);
        words::arm_title(arm, own.filter_map(|one| one.version.as_deref()).next())
    };
    let has = |role| summary.latencies.iter().any(|one| one.arm.role == role);
    let base = has(Role::Base).then(|| Entry::point(BASE, "untracked"));
    let twin = has(Role::Twin).then(|| Entry::line(TWIN, "untracked, once more"));
    let signs = looks(arms).into_iter().zip(arms.iter().map(title));
    base.into_iter().chain(twin).chain(Entry::arms(signs)).collect()
}

/// One panel. Both of a workload have the same axis, so that allocations and frees can be compared.
fn draw(
    canvas: &Canvas,
    area: Area,
    arms: &[&ArmId],
    own: &[CallLatency],
    title: &str,
    calls: impl Fn(&CallLatency) -> Option<&CallDurations>,
) {
    panel(canvas, area, title);
    let both = own.iter().flat_map(|one| [&one.allocations, &one.frees]).flatten();
    let ends = both.flat_map(|all| all.quantiles).flat_map(|q| [q.least_ns, q.most_ns]);
    let timer = own.iter().filter_map(|one| one.timer_ns).min();
    let ends: Vec<_> = ends.chain(timer).map(|ns| (value(ns), 0.0)).collect();
    let mut axis = Axis::logarithmic(area, Direction::Up, &ends);
    if let Some(timer) = timer {
        axis = axis.marked(value(timer));
    }
    axis.draw(canvas, |ns| short_time(ns / 1e9));
    let step = area.width / QUANTILE_NAMES.len() as f64;
    let middle = |index: usize| area.x + (index as f64 + 0.5) * step;
    for (index, name) in QUANTILE_NAMES.iter().enumerate() {
        canvas.text(name, (middle(index), area.bottom() + 11.0), NOTE.centred());
    }
    let all = looks(arms);
    for one in own {
        let Some(durations) = calls(one) else { continue };
        let lane = arms.iter().position(|arm| **arm == one.arm);
        // Side by side, so that trackers that agree do not hide one another.
        let lanes = arms.len() as f64 + 1.0;
        let gap = (step * 0.6 / lanes).min(9.0);
        let shift = gap * (lane.map_or(0.0, |lane| lane as f64 + 1.0) - (lanes - 1.0) / 2.0);
        draw_line(canvas, one, durations, lane.map_or(BASE, |lane| all[lane]), |index, ns| {
            (middle(index) + shift, axis.at(value(ns)))
        });
    }
}

fn draw_line(
    canvas: &Canvas,
    one: &CallLatency,
    durations: &CallDurations,
    looks: Marker,
    place: impl Fn(usize, u64) -> (f64, f64),
) {
    let points: Vec<_> =
        durations.quantiles.iter().enumerate().map(|(index, q)| place(index, q.ns)).collect();
    if one.arm.role == Role::Twin {
        return canvas.line(&points, TWIN);
    }
    let told = |(name, q): (&&str, &crate::analyse::latency::QuantileNs)| {
        format!("{name} {}", units::seconds(q.ns as f64 / 1e9))
    };
    let told: Vec<_> = QUANTILE_NAMES.iter().zip(&durations.quantiles).map(told).collect();
    canvas.tip(&format!("{}: {}", one.arm, told.join(", ")), |canvas| {
        for (index, q) in durations.quantiles.iter().enumerate() {
            let whisker = [place(index, q.least_ns), place(index, q.most_ns)];
            canvas.line(&whisker, Stroke::new(looks.colour, 2.0));
        }
        canvas.line(&points, Stroke::new(looks.colour, 1.0));
        for &point in &points {
            canvas.marker(point, looks);
        }
    });
}

/// What took no time at all has no place on a logarithmic axis.
fn value(ns: u64) -> f64 {
    ns.max(1) as f64
}

pub(super) fn alt(summary: &Summary) -> String {
    let words = summary.latencies.iter().filter_map(|one| {
        let [p50, .., p999, _, max] = one.allocations.as_ref()?.quantiles;
        let time = |ns: u64| units::seconds(ns as f64 / 1e9);
        let (p50, p999, max) = (time(p50.ns), time(p999.ns), time(max.ns));
        Some(format!(
            "{} on {}: half within {p50}, 99.9 % within {p999}, the longest {max}",
            one.arm, one.workload
        ))
    });
    format!("How long an allocation takes. {}.", words.collect::<Vec<_>>().join("; "))
}
