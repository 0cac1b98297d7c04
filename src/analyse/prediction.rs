//! What a tracker would cost another program: a model of one figure, how often it allocates, and how wrong that is.
//!
//! A tracker adds some CPU time to each allocation, its free included. A program that allocates so often in a second of its
//! CPU time takes `1 + rate × time` as long. How much each allocation takes differs between workloads: the model has the
//! mean over all, and the range. It is tried on each workload by what the others say of it.

use serde::Serialize;

use crate::analyse::accuracy::OwnHeap;
use crate::analyse::summary::{Overall, SizeCell, Summary, WorkloadSummary};
use crate::plan::arm::ArmId;
use crate::stats;

/// The workload whose sweep shows what an allocation costs by how often there is one. It frees each at once.
const RATES: &str = "event-rate";

/// A range, and what is typical.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Range {
    /// The least of any workload.
    pub low: f64,
    /// Over all workloads.
    pub typical: f64,
    /// The most of any workload.
    pub high: f64,
}

/// What a tracker adds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Prediction {
    /// The arm.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub arm: ArmId,
    /// The version that the subject gave.
    pub version: Option<String>,
    /// CPU time that it adds to an allocation and what becomes of it, in nanoseconds.
    pub ns: Range,
    /// The rates of allocations at which that was measured: the lowest and the highest, in a second of CPU time.
    pub rates: [f64; 2],
    /// By how much the ratio that the others predict for a workload is off, as a share of the measured one: the median.
    pub error: f64,
    /// The same, of the workload on which it is off by most.
    pub worst_error: f64,
    /// Bytes of its own heap for each live allocation, on the workload with most alive, where that was counted.
    pub bytes_per_live: Option<f64>,
}

/// A workload, or a size of one: allocations a second of CPU time, and what each takes of it under the tracker.
#[derive(Clone, Copy, Debug)]
struct Point {
    rate: f64,
    /// Nanoseconds that are added to each.
    ns: f64,
    /// Allocations.
    number: f64,
    /// Whether that is more than could be noise: of few allocations amid much work, nothing can be told.
    is_known: bool,
}

impl Prediction {
    /// The ratio of CPU times of a program that allocates so often in a second of its CPU time. `None` where that is beyond
    /// what was measured: it is not extrapolated.
    pub fn ratio_at(&self, rate: f64) -> Option<Range> {
        let [lowest, highest] = self.rates;
        let ratio = |ns: f64| 1.0 + rate * ns / 1e9;
        let Range { low, typical, high } = self.ns;
        let measured = (lowest..=highest).contains(&rate);
        measured.then(|| Range { low: ratio(low), typical: ratio(typical), high: ratio(high) })
    }
}

/// The model of each tracker that completed three workloads or more.
pub fn predictions(summary: &Summary) -> Vec<Prediction> {
    summary.overall.iter().filter_map(|overall| prediction(summary, overall)).collect()
}

fn prediction(summary: &Summary, overall: &Overall) -> Option<Prediction> {
    let workloads: Vec<Point> = points(summary, &overall.arm);
    if workloads.len() < 3 {
        return None;
    }
    let swept = summary.sizes.iter().filter(|cell| cell.arm == overall.arm).filter_map(of_sweep);
    let all: Vec<Point> = workloads.iter().copied().chain(swept).collect();
    let ends = |of: fn(&Point) -> Option<f64>| {
        let figures = || all.iter().filter_map(of);
        [figures().fold(f64::INFINITY, f64::min), figures().fold(f64::NEG_INFINITY, f64::max)]
    };
    let [low, high] = ends(|point| point.is_known.then_some(point.ns));
    let errors: Vec<f64> = (0..workloads.len()).map(|one| error_without(&workloads, one)).collect();
    let audits = summary.audits.iter().filter(|audit| audit.arm == overall.arm);
    let own_heaps = audits.filter_map(|audit| audit.own_heap);
    Some(Prediction {
        arm: overall.arm.clone(),
        version: overall.version.clone(),
        ns: Range { low, typical: typical(&workloads), high },
        rates: ends(|point| Some(point.rate)),
        error: stats::median(&errors)?,
        worst_error: errors.iter().copied().fold(0.0, f64::max),
        bytes_per_live: OwnHeap::where_most_is_live(own_heaps).filter(|bytes| *bytes > 0.0),
    })
}

/// What each allocation takes, all together.
fn typical(points: &[Point]) -> f64 {
    let number: f64 = points.iter().map(|point| point.number).sum();
    points.iter().map(|point| point.ns * point.number).sum::<f64>() / number
}

/// By how much a workload's ratio is off that all others predict.
fn error_without(points: &[Point], one: usize) -> f64 {
    let mut others = points.to_vec();
    let Point { rate, ns, .. } = others.remove(one);
    let ratio = |ns: f64| 1.0 + rate * ns / 1e9;
    (ratio(typical(&others)) / ratio(ns) - 1.0).abs()
}

fn points(summary: &Summary, arm: &ArmId) -> Vec<Point> {
    let of = |workload: &WorkloadSummary| {
        let number = workload.allocations? as f64;
        let cpu_s = workload.untracked.as_ref()?.cpu_s.filter(|&seconds| seconds > 0.0)?;
        let ns = workload.added_per_allocation(arm)?.ns;
        Some(Point { rate: number / cpu_s, ns, number, is_known: true })
    };
    summary.workloads.iter().filter_map(of).collect()
}

/// A size of the sweep over rates, of whose events every other one is a free.
fn of_sweep(cell: &SizeCell) -> Option<Point> {
    let number = cell.events? as f64 / 2.0;
    let cpu_s = cell.untracked_cpu_s.filter(|&seconds| seconds > 0.0)?;
    let added = cell.added?;
    let is_known = added.low.is_some_and(|low| low > 0.0);
    let point = Point { rate: number / cpu_s, ns: 2.0 * added.ns, number, is_known };
    (cell.workload == RATES && number > 0.0).then_some(point)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_workload_like_the_others_is_predicted_and_no_rate_beyond_theirs() {
        // 100 ns for each, at 1, 2 and 4 million a second; and one at which it is 200.
        let point = |rate: f64, ns: f64| Point { rate, ns, number: 1e6, is_known: true };
        let alike = [point(1e6, 100.0), point(2e6, 100.0), point(4e6, 100.0)];
        assert!((0..3).all(|one| error_without(&alike, one) < 1e-12));
        let other = [alike[0], alike[1], point(4e6, 200.0)];
        // 1.4 was predicted, 1.8 measured.
        assert!((error_without(&other, 2) - (1.0 - 1.4 / 1.8)).abs() < 1e-12);
        let prediction = Prediction {
            arm: fixture::arm("dhat"),
            version: None,
            ns: Range { low: 50.0, typical: 100.0, high: 200.0 },
            rates: [1e6, 4e6],
            error: 0.0,
            worst_error: 0.0,
            bytes_per_live: None,
        };
        let at = prediction.ratio_at(2e6).unwrap();
        assert_eq!((at.low, at.typical, at.high), (1.1, 1.2, 1.4));
        assert_eq!((prediction.ratio_at(5e6), prediction.ratio_at(1e5)), (None, None));
    }

    #[test]
    fn the_sweep_over_rates_widens_what_can_be_told() {
        let mut summary = fixture::large_summary(2, 5);
        let arm = summary.overall[1].arm.clone();
        let before = predictions(&summary);
        let lowest = before[1].rates[0];
        let cell = |ns: f64, low: f64| fixture::sized(&arm, RATES, 2_000, 1.0, (ns, low));
        // A thousand allocations in a second; each costs 30 ns, which is known, and 40 ms, which may be noise.
        summary.sizes = vec![cell(15.0, 14.0), cell(2e7, -1.0)];
        let after = predictions(&summary);
        assert!(lowest > 1e3);
        assert_eq!(after[1].rates, [1e3, before[1].rates[1]]);
        assert_eq!(after[1].ns.high, before[1].ns.high);
        assert_eq!(after[0], before[0]);
        // The mean is that of workloads alone, and so is the error.
        assert_eq!((after[1].ns.typical, after[1].error), (before[1].ns.typical, before[1].error));
    }

    #[test]
    fn two_workloads_are_too_few_for_a_model() {
        assert_eq!(predictions(&fixture::judged_summary()), []);
        let made = predictions(&fixture::large_summary(2, 5));
        assert_eq!(made.len(), 2);
        assert!(made[0].ns.low <= made[0].ns.typical && made[0].ns.typical <= made[0].ns.high);
    }
}
