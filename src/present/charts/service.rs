//! Servers under load: what a request costs the server, and how long clients waited.

use super::ChartError;
use super::canvas::{Align, Canvas, plain};
use super::frame::{Entry, Frame};
use super::style::{FAINT, GREY, INK, MARGIN, Marker, Shape, WIDTH, marker, size, text_width};
use crate::analyse::summary::{Service, Summary};
use crate::common::units;
use crate::plan::arm::Role;
use crate::present::words;
use crate::record::Latency;

pub(super) const LATENCY_TITLE: &str = "How long a request takes, at 1,000 at a time";
pub(super) const CPU_TITLE: &str = "What a thousand requests cost the server";

const LANE: i32 = 30;
const HEADING: i32 = 30;

/// Draws the latencies' quantiles, a lane an arm.
///
/// # Errors
///
/// [`ChartError::Nothing`] without a server scenario.
pub fn latency(summary: &Summary) -> Result<String, ChartError> {
    let seconds = |ns: u64| ns as f64 / 1e9;
    let all: Vec<f64> =
        summary.services.iter().flat_map(|s| quantiles(s.latency)).map(seconds).collect();
    let (Some(least), Some(most)) =
        (all.iter().copied().reduce(f64::min), all.iter().copied().reduce(f64::max))
    else {
        return Err(ChartError::Nothing);
    };
    let frame = Frame {
        title: LATENCY_TITLE.to_owned(),
        explanation: "From left to right in each lane: the latency that 50 %, 90 %, 99 % and 99.9 % of \
                      requests stay below, and the longest; the larger dot is the median. Logarithmic."
            .to_owned(),
        description: latency_alt(summary),
        legend: Vec::<Entry>::new(),
        provenance: words::provenance(summary),
    };
    let lanes = Lanes::new(&summary.services, frame.plot_top());
    // Whole decades would waste room: a tenth more at either end.
    let (low, high) = (least.max(1e-6).ln() - 0.1, most.max(2e-6).ln() + 0.1);
    let span = f64::from(WIDTH - MARGIN - 30 - lanes.left);
    let x = |value: f64| lanes.left + ((value.max(1e-6).ln() - low) / (high - low) * span) as i32;
    frame.draw(lanes.bottom + 30, |canvas| {
        let mut last = i32::MIN;
        for tick in ticks(high - low < 10_f64.ln()).filter(|tick| (low..=high).contains(&tick.ln()))
        {
            let at = x(tick);
            canvas.line((at, lanes.top), (at, lanes.bottom), FAINT, 1)?;
            let label = units::seconds(tick);
            let half = text_width(&label, size::NOTE) / 2;
            if at - half > last {
                let looks = plain(size::NOTE, GREY).aligned(Align::Centre);
                canvas.text(&label, (at, lanes.bottom + 13), looks)?;
                last = at + half + 8;
            }
        }
        lanes.draw(canvas, |canvas, service, y, looks| {
            let places: Vec<i32> =
                quantiles(service.latency).into_iter().map(|ns| x(seconds(ns))).collect();
            let (Some(&first), Some(&end)) = (places.first(), places.last()) else { return Ok(()) };
            canvas.line((first, y), (end, y), looks.colour, 2)?;
            for &place in &places[1..] {
                canvas.line((place, y - 6), (place, y + 6), looks.colour, 2)?;
            }
            canvas.marker((first, y), looks)
        })
    })
}

/// Draws the server's CPU time per thousand requests, a bar an arm.
///
/// # Errors
///
/// [`ChartError::Nothing`] without a server scenario.
pub fn server_cpu(summary: &Summary) -> Result<String, ChartError> {
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
        legend: Vec::<Entry>::new(),
        provenance: words::provenance(summary),
    };
    let lanes = Lanes::new(&summary.services, frame.plot_top());
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
    let room = room.map(|text| text_width(&text, size::NOTE)).max().unwrap_or(0) + 12;
    let full = f64::from((WIDTH - MARGIN - room - lanes.left).max(80));
    frame.draw(lanes.bottom + 4, |canvas| {
        lanes.draw(canvas, |canvas, service, y, looks| {
            let Some(time) = service.cpu_s_per_1000 else {
                return canvas.text("not measured", (lanes.left, y), plain(size::NOTE, GREY));
            };
            let end = lanes.left + (time / most * full) as i32;
            canvas.rectangle([(lanes.left, y - 8), (end, y + 8)], looks.colour)?;
            let text = label(service).unwrap_or_default();
            canvas.text(&text, (end + 8, y), plain(size::NOTE, INK))
        })
    })
}

/// 50, 90, 99, 99.9 % and the most, as far as they are told.
fn quantiles(latency: Option<Latency>) -> Vec<u64> {
    latency.map_or(Vec::new(), |l| {
        [Some(l.p50_ns), Some(l.p90_ns), Some(l.p99_ns), l.p999_ns, Some(l.max_ns)]
            .into_iter()
            .flatten()
            .collect()
    })
}

/// 1, 2 and 5 of every power of ten, from a microsecond to a thousand seconds; every digit, where the axis
/// has no more than one power of ten.
fn ticks(one_power: bool) -> impl Iterator<Item = f64> {
    let digits: &[u8] = if one_power { &[1, 2, 3, 4, 5, 6, 7, 8, 9] } else { &[1, 2, 5] };
    (-6..=3)
        .flat_map(|power| digits.iter().map(move |&digit| f64::from(digit) * 10_f64.powi(power)))
}

/// A lane for every arm, below the heading of its workload.
struct Lanes<'a> {
    services: &'a [Service],
    left: i32,
    top: i32,
    bottom: i32,
}

impl<'a> Lanes<'a> {
    fn new(services: &'a [Service], top: i32) -> Self {
        let widest = services.iter().map(|s| text_width(&title(s), size::TEXT)).max().unwrap_or(0);
        let workloads = services.chunk_by(|a, b| a.workload == b.workload).count() as i32;
        let bottom = top + workloads * HEADING + services.len() as i32 * LANE;
        Self { services, left: MARGIN + widest + 24, top, bottom }
    }

    fn draw(
        &self,
        canvas: &Canvas<'_>,
        lane: impl Fn(&Canvas<'_>, &Service, i32, Marker) -> Result<(), ChartError>,
    ) -> Result<(), ChartError> {
        let mut y = self.top;
        for workload in self.services.chunk_by(|a, b| a.workload == b.workload) {
            let heading = &workload[0].workload;
            canvas.text(heading, (MARGIN, y + HEADING / 2), plain(size::TEXT, INK).bold())?;
            y += HEADING;
            for (index, service) in workload.iter().enumerate() {
                let middle = y + LANE / 2;
                canvas.text(&title(service), (MARGIN + 12, middle), plain(size::TEXT, INK))?;
                lane(canvas, service, middle, looks(service, index))?;
                y += LANE;
            }
        }
        Ok(())
    }
}

/// As in the other charts, in which `untracked` has no lane: it stands first here.
fn looks(service: &Service, index: usize) -> Marker {
    if service.arm.role == Role::Base {
        return Marker { colour: GREY, shape: Shape::Circle, hollow: false };
    }
    marker(index.saturating_sub(1))
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
