//! Servers under load: what a request costs the server, and how long clients waited.

use super::ChartError;
use super::grid::{Grid, WHOLE};
use super::looks::beside_the_base;
use crate::analyse::summary::{Service, Summary};
use crate::common::units;
use crate::plan::arm::ArmId;
use crate::present::canvas::{
    Area, Axis, Canvas, Direction, Frame, INK, MARGIN, Marker, NOTE, Stroke, TEXT,
};
use crate::present::words;
use crate::record::Latency;

pub(super) const LATENCY_TITLE: &str = "How long a request takes, at 1,000 at a time";
pub(super) const CPU_TITLE: &str = "What a thousand requests cost the server";

const LANE: f64 = 30.0;
/// Above a lane, for its name, where there is no room beside it.
const NAME: f64 = 20.0;

/// Draws the latencies' quantiles, a lane an arm.
///
/// # Errors
///
/// [`ChartError::Nothing`] without a server scenario.
pub fn latency(summary: &Summary) -> Result<String, ChartError> {
    latency_in(summary, WHOLE)
}

/// The same in a picture of any width.
pub(super) fn latency_in(summary: &Summary, grid: Grid) -> Result<String, ChartError> {
    let all = summary.services.iter().flat_map(|service| quantiles(service.latency));
    // Room at the right for half a label.
    let all: Vec<(f64, f64)> = all.map(|seconds| (seconds, 12.0)).collect();
    if all.is_empty() {
        return Err(ChartError::Nothing);
    }
    let frame = Frame {
        title: LATENCY_TITLE.to_owned(),
        explanation: "From left to right in each lane: the latency that 50 %, 90 %, 99 % and 99.9 % of \
                      requests stay below, and the longest; the larger dot is the median. Logarithmic."
            .to_owned(),
        description: latency_alt(summary),
        provenance: words::provenance(summary),
        ..Frame::default()
    };
    Ok(frame.draw_at(grid.width, |canvas, top| {
        let lanes = Lanes::of(&summary.services, grid, top);
        let area = lanes.area;
        let axis = Axis::logarithmic(area, Direction::Across, &all);
        axis.draw(canvas, units::seconds);
        lanes.draw(canvas, |service, y, looks| {
            let places = quantiles(service.latency).into_iter().map(|seconds| axis.at(seconds));
            let places: Vec<f64> = places.collect();
            let (Some(&first), Some(&end)) = (places.first(), places.last()) else { return };
            let stroke = Stroke::new(looks.colour, 2.0);
            canvas.line(&[(first, y), (end, y)], stroke);
            for &place in &places[1..] {
                canvas.line(&[(place, y - 6.0), (place, y + 6.0)], stroke);
            }
            canvas.marker((first, y), looks);
        });
        area.bottom() + 30.0
    }))
}

/// Draws the server's CPU time per thousand requests, a bar an arm.
///
/// # Errors
///
/// [`ChartError::Nothing`] without a server scenario.
pub fn server_cpu(summary: &Summary) -> Result<String, ChartError> {
    cpu_in(summary, WHOLE)
}

/// The same in a picture of any width.
pub(super) fn cpu_in(summary: &Summary, grid: Grid) -> Result<String, ChartError> {
    let all = summary.services.iter().filter_map(|service| service.cpu_s_per_1000);
    let Some(most) = all.reduce(f64::max).filter(|most| *most > 0.0) else {
        return Err(ChartError::Nothing);
    };
    let frame = Frame {
        title: CPU_TITLE.to_owned(),
        explanation: "CPU time of the server, in user mode and in the kernel, for 1,000 requests, each on a \
                      new connection. The client's is not in it. In brackets: tracked ÷ untracked, with its \
                      95 % interval."
            .to_owned(),
        description: cpu_alt(summary),
        provenance: words::provenance(summary),
        ..Frame::default()
    };
    let label = |service: &Service| {
        let time = service.cpu_s_per_1000.map(units::seconds)?;
        Some(match service.cpu_overhead {
            Some(ratio) => match (ratio.low, ratio.high) {
                (Some(low), Some(high)) => format!(
                    "{time} ({}, {})",
                    units::factor(ratio.ratio),
                    units::interval(ratio.ratio, low, high)
                ),
                _ => format!("{time} ({})", units::factor(ratio.ratio)),
            },
            None => time,
        })
    };
    let room = summary.services.iter().filter_map(label);
    let room = room.map(|text| NOTE.width(&text)).fold(0.0, f64::max) + 12.0;
    Ok(frame.draw_at(grid.width, |canvas, top| {
        let lanes = Lanes::of(&summary.services, grid, top);
        let area = lanes.area;
        let full = (area.width - room).max(80.0);
        lanes.draw(canvas, |service, y, looks| {
            let Some(time) = service.cpu_s_per_1000 else {
                return canvas.text("not measured", (area.x, y), NOTE);
            };
            let bar = Area { y: y - 8.0, width: time / most * full, height: 16.0, ..area };
            canvas.rectangle(bar, looks.colour);
            let text = label(service).unwrap_or_default();
            canvas.text(&text, (bar.right() + 8.0, y), NOTE.colour(INK));
        });
        area.bottom() + 4.0
    }))
}

/// 50, 90, 99, 99.9 % and the most, as far as they are told, in seconds.
fn quantiles(latency: Option<Latency>) -> Vec<f64> {
    let all = latency
        .map(|l| [Some(l.p50_ns), Some(l.p90_ns), Some(l.p99_ns), l.p999_ns, Some(l.max_ns)]);
    // What took no time at all has no place on a logarithmic axis.
    all.into_iter().flatten().flatten().map(|ns| (ns as f64 / 1e9).max(1e-6)).collect()
}

/// The services of each workload.
fn by_workload(services: &[Service]) -> impl Iterator<Item = &[Service]> {
    services.chunk_by(|a, b| a.workload == b.workload)
}

/// A lane for every arm, below the name of its workload.
struct Lanes<'a> {
    services: &'a [Service],
    /// What is drawn in them, over all.
    area: Area,
    /// Whether names stand above the lanes, and not beside them.
    is_narrow: bool,
}

impl<'a> Lanes<'a> {
    /// From `top` on.
    fn of(services: &'a [Service], grid: Grid, top: f64) -> Self {
        let is_narrow = grid.is_narrow();
        let widest = services.iter().map(|service| TEXT.width(&title(service))).fold(0.0, f64::max);
        let x = MARGIN + if is_narrow { 0.0 } else { widest + 24.0 };
        let named = if is_narrow { services.len() as f64 * NAME } else { 0.0 };
        let lanes = services.len() + by_workload(services).count();
        let height = lanes as f64 * LANE + named;
        Self {
            services,
            area: Area { x, y: top, width: grid.width - MARGIN - x, height },
            is_narrow,
        }
    }

    fn draw(&self, canvas: &Canvas, lane: impl Fn(&Service, f64, Marker)) {
        let mut y = self.area.y + LANE / 2.0;
        for workload in by_workload(self.services) {
            canvas.text(&workload[0].workload, (MARGIN, y), TEXT.bold());
            y += LANE;
            let arms: Vec<&ArmId> = workload.iter().map(|service| &service.arm).collect();
            for (service, looks) in workload.iter().zip(beside_the_base(&arms)) {
                if self.is_narrow {
                    canvas.text(&title(service), (MARGIN, y), TEXT);
                    y += NAME;
                } else {
                    canvas.text(&title(service), (MARGIN + 12.0, y), TEXT);
                }
                lane(service, y, looks);
                y += LANE;
            }
        }
    }
}

fn title(service: &Service) -> String {
    words::arm_title(&service.arm, service.version.as_deref())
}

pub(super) fn latency_alt(summary: &Summary) -> String {
    let lanes = summary.services.iter().filter_map(|service| {
        let latency = service.latency?;
        let time = |ns: u64| units::seconds(ns as f64 / 1e9);
        Some(format!(
            "{}, {}: median {}, 99 % below {}, longest {}",
            service.workload,
            service.arm,
            time(latency.p50_ns),
            time(latency.p99_ns),
            time(latency.max_ns)
        ))
    });
    format!("Latencies. {}.", lanes.collect::<Vec<_>>().join("; "))
}

pub(super) fn cpu_alt(summary: &Summary) -> String {
    let lanes = summary.services.iter().filter_map(|service| {
        let time = units::seconds(service.cpu_s_per_1000?);
        Some(format!("{}, {}: {time}", service.workload, service.arm))
    });
    format!("CPU time of the server for 1,000 requests. {}.", lanes.collect::<Vec<_>>().join("; "))
}
