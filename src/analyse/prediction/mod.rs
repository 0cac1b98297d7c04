//! What a tracker would cost another program: a model of how often it allocates, how many allocations are alive at once, and
//! on how many threads; and how wrong that is.
//!
//! A tracker adds some CPU time to each allocation, its free included. A program that allocates so often in a second of its
//! CPU time takes `1 + rate × time` as long. How much each allocation takes differs between workloads: the model has the
//! mean over all, and the range. It is tried on each workload by what the others say of it.
//!
//! The range covers what the workloads do: up to some ten thousand live allocations, and one thread. Beyond that it is
//! multiplied by what sweeps show: how much more an allocation takes with a million alive, or on four threads. Within the
//! workloads' own range the sweep over live allocations is not used: METHODOLOGY.md says why. What no sweep covers is not told.

mod growing;
mod held_out;

use serde::Serialize;

pub use self::growing::Growing;
use crate::analyse::accuracy::OwnHeap;
use crate::analyse::summary::{Overall, SizeCell, Summary, WorkloadSummary};
use crate::common::units;
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

/// What decides what tracking costs a program.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Program {
    /// Allocations in a second of its CPU time.
    pub rate: f64,
    /// The most allocations that are alive at once, where known.
    pub live: Option<u64>,
    /// Threads that run at once.
    pub threads: usize,
}

/// What a tracker would cost a program.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Predicted {
    /// CPU time, tracked ÷ untracked.
    pub cpu: Range,
    /// The tracker's own heap at the program's peak, in bytes, where that was counted.
    pub own_heap: Option<Range>,
}

/// Why nothing is told: it is beyond what was measured. Each with the least and the most that was.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs)]
pub enum Beyond {
    #[error("measured from {} allocations a second", ends(.0))]
    Rate([f64; 2]),
    #[error("measured with up to {} alive", counted(.0))]
    Live(f64),
    #[error("measured on up to {}", threads(.0))]
    Threads(f64),
    #[error("with more than {} alive it adds too little to be told from nothing", counted(.0))]
    LittleWithMore(f64),
    #[error("on more than {} it adds too little to be told from nothing", threads(.0))]
    LittleOnThreads(f64),
}

fn ends([low, high]: &[f64; 2]) -> String {
    format!("{} to {}", counted(low), counted(high))
}

fn threads(number: &f64) -> String {
    units::counted(*number as usize, "thread")
}

fn counted(number: &f64) -> String {
    units::count(number.round() as u64)
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
    /// The median error on more than one thread, over workloads that the sweep over threads has not, if there are any.
    pub error_on_threads: Option<f64>,
    /// The median error with more alive than at any workload's own size, over workloads that were made larger, if there are any.
    pub error_with_more_alive: Option<f64>,
    /// The most allocations that any of the workloads had alive at once, where that was counted.
    pub live: Option<f64>,
    /// By how much an allocation takes longer with more alive, by the sweep over that.
    pub by_live: Growing,
    /// By how much an allocation takes longer on more threads, by the sweep over those.
    pub by_threads: Growing,
    /// Bytes of its own heap for each live allocation, where that was counted: typical is that of the workload with most
    /// alive, the ends are of those with a thousand and more.
    pub bytes_per_live: Option<Range>,
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
    /// What it would cost a program.
    ///
    /// # Errors
    ///
    /// If that is beyond what was measured: it is not extrapolated.
    pub fn of_program(&self, program: &Program) -> Result<Predicted, Beyond> {
        let [lowest, highest] = self.rates;
        let Program { rate, live, threads } = *program;
        if !(lowest..=highest).contains(&rate) {
            return Err(Beyond::Rate(self.rates));
        }
        let live = live.map(|live| live as f64);
        let by_live = live.map_or(Ok(1.0), |live| self.by_live(live))?;
        let by_threads = self.by_threads(threads)?;
        let ratio = |ns: f64| ratio(rate, ns * by_live * by_threads);
        let own_heap = live.zip(self.bytes_per_live);
        Ok(Predicted {
            cpu: self.ns.map(ratio),
            own_heap: own_heap.map(|(live, bytes)| bytes.map(|each| each * live)),
        })
    }

    /// The largest median error of what the prediction for this program rests on; none where that was not tried.
    pub fn error_for(&self, program: &Program) -> Option<f64> {
        let is_beyond = |live: u64| self.live.is_some_and(|most| live as f64 > most);
        let on_threads = (program.threads > 1).then_some(self.error_on_threads);
        let with_more = program.live.is_some_and(is_beyond).then_some(self.error_with_more_alive);
        let beyond: Option<Vec<f64>> = on_threads.into_iter().chain(with_more).collect();
        Some(beyond?.into_iter().fold(self.error, f64::max))
    }

    /// By which factor an allocation takes longer on so many threads than on one.
    ///
    /// # Errors
    ///
    /// If no sweep goes so far.
    pub fn by_threads(&self, threads: usize) -> Result<f64, Beyond> {
        if threads <= 1 {
            return Ok(1.0);
        }
        let threads = threads as f64;
        let beyond = || {
            let most = self.by_threads.swept_to().unwrap_or(1.0);
            let end = self.by_threads.end().unwrap_or(1.0);
            if threads <= most { Beyond::LittleOnThreads(end) } else { Beyond::Threads(most) }
        };
        self.by_threads.at(threads).ok_or_else(beyond)
    }

    /// By which factor an allocation takes longer with so many alive than on the workload with most.
    ///
    /// # Errors
    ///
    /// If no sweep goes so far.
    pub fn by_live(&self, live: f64) -> Result<f64, Beyond> {
        // Where it was not counted how many they have, the sweep's first point stands for them.
        let most = self.live.unwrap_or(0.0);
        if live <= most {
            return Ok(1.0);
        }
        let factors = self.by_live.at(live).zip(self.by_live.at(most));
        let beyond = || {
            let swept_to = self.by_live.swept_to().unwrap_or(most).max(most);
            let end = self.by_live.end().unwrap_or(most).max(most);
            if live <= swept_to { Beyond::LittleWithMore(end) } else { Beyond::Live(swept_to) }
        };
        let (there, here) = factors.ok_or_else(beyond)?;
        Ok(there / here)
    }
}

impl Range {
    fn map(self, of: impl Fn(f64) -> f64) -> Self {
        Self { low: of(self.low), typical: of(self.typical), high: of(self.high) }
    }
}

/// The model of each tracker that completed three workloads or more.
pub fn predictions(summary: &Summary) -> Vec<Prediction> {
    summary.overall.iter().filter_map(|overall| prediction(summary, overall)).collect()
}

fn prediction(summary: &Summary, overall: &Overall) -> Option<Prediction> {
    let workloads: Vec<Point> = points(summary, &overall.arm, |_| true);
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
    let own_heaps: Vec<OwnHeap> = audits.filter_map(|audit| audit.own_heap).collect();
    let live = summary.workloads.iter().filter_map(|workload| workload.live);
    let prediction = Prediction {
        arm: overall.arm.clone(),
        version: overall.version.clone(),
        ns: Range { low, typical: typical(&workloads), high },
        rates: ends(|point| Some(point.rate)),
        error: stats::median(&errors)?,
        worst_error: errors.iter().copied().fold(0.0, f64::max),
        error_on_threads: None,
        error_with_more_alive: None,
        live: live.max().map(|live| live as f64),
        by_live: Growing::by_live(summary, &overall.arm),
        by_threads: Growing::by_threads(summary, &overall.arm),
        bytes_per_live: bytes_per_live(&own_heaps),
    };
    Some(Prediction {
        error_on_threads: held_out::on_threads(&prediction, summary),
        error_with_more_alive: held_out::with_more_alive(&prediction, summary),
        ..prediction
    })
}

/// Fewer live allocations than these tell nothing of what each costs: a tracker holds some memory whatever a program does.
const MANY: f64 = 1_000.0;

fn bytes_per_live(own_heaps: &[OwnHeap]) -> Option<Range> {
    let typical = OwnHeap::where_most_is_live(own_heaps.iter().copied());
    let typical = typical.filter(|bytes| *bytes > 0.0)?;
    let told = own_heaps.iter().filter_map(|own| {
        let each = own.peak_bytes_per_live_allocation.filter(|each| *each > 0.0)?;
        (own.peak_bytes as f64 / each >= MANY).then_some(each)
    });
    let [low, high] = told.fold([typical; 2], |[low, high], each| [low.min(each), high.max(each)]);
    Some(Range { low, typical, high })
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
    error(ratio(rate, typical(&others)), ratio(rate, ns))
}

/// How many times as long a program takes that allocates so often in a second, if each takes so many nanoseconds more.
fn ratio(rate: f64, ns: f64) -> f64 {
    1.0 + rate * ns / 1e9
}

/// By how much a predicted ratio is off, as a share of the measured one.
fn error(predicted: f64, measured: f64) -> f64 {
    (predicted / measured - 1.0).abs()
}

/// Those of the workloads of these names.
fn points(summary: &Summary, arm: &ArmId, wanted: impl Fn(&str) -> bool) -> Vec<Point> {
    let of = |workload: &WorkloadSummary| {
        let number = workload.allocations? as f64;
        let cpu_s = workload.untracked.as_ref()?.cpu_s.filter(|&seconds| seconds > 0.0)?;
        let ns = workload.added_per_allocation(arm)?.ns;
        Some(Point { rate: number / cpu_s, ns, number, is_known: true })
    };
    summary.workloads.iter().filter(|one| wanted(&one.workload)).filter_map(of).collect()
}

/// A size of the sweep over rates, of whose events every other one is a free.
fn of_sweep(cell: &SizeCell) -> Option<Point> {
    let number = cell.events? as f64 / 2.0;
    let cpu_s = cell.untracked_cpu_s.filter(|&seconds| seconds > 0.0)?;
    let added = cell.added?;
    let is_known = added.beyond_doubt().is_some();
    let point = Point { rate: number / cpu_s, ns: 2.0 * added.ns, number, is_known };
    (cell.workload == RATES && number > 0.0).then_some(point)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    /// What was found at each place; 0 may be noise.
    fn swept(points: &[(f64, f64)]) -> Growing {
        Growing::of(points.iter().map(|&(at, added)| (at, Some(added).filter(|&it| it > 0.0))))
    }

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
            error_on_threads: Some(0.4),
            error_with_more_alive: None,
            live: Some(1e4),
            by_live: swept(&[(1e3, 50.0), (1e5, 100.0), (1e6, 400.0), (1e7, 0.0)]),
            by_threads: swept(&[(1.0, 10.0), (4.0, 30.0), (8.0, 0.0)]),
            bytes_per_live: Some(Range { low: 8.0, typical: 10.0, high: 16.0 }),
        };
        let program = |rate, live, threads| Program { rate, live, threads };
        let errors = [
            (program(2e6, None, 1), Some(0.0)),
            (program(2e6, None, 2), Some(0.4)),
            // Within the workloads' own range, and beyond it, where nothing was tried.
            (program(2e6, Some(10_000), 1), Some(0.0)),
            (program(2e6, Some(10_001), 2), None),
        ];
        for (program, error) in errors {
            assert_eq!(prediction.error_for(&program), error, "{program:?}");
        }
        let told = |program| prediction.of_program(&program);
        let at = told(program(2e6, Some(100), 1)).unwrap();
        assert_eq!((at.cpu.low, at.cpu.typical, at.cpu.high), (1.1, 1.2, 1.4));
        assert_eq!(at.own_heap, Some(Range { low: 800.0, typical: 1_000.0, high: 1_600.0 }));
        assert_eq!(told(program(2e6, None, 1)).unwrap(), Predicted { own_heap: None, ..at });
        for rate in [5e6, 1e5] {
            assert_eq!(told(program(rate, None, 1)), Err(Beyond::Rate([1e6, 4e6])));
        }
        // As many as the workloads have cost what they cost there; with more alive it is the sweep's growth from there on.
        assert_eq!(told(program(2e6, Some(10_000), 1)).unwrap().cpu, at.cpu);
        let more = told(program(2e6, Some(1_000_000), 1)).unwrap();
        let growth = 400.0 / (50.0 * 100.0_f64).sqrt();
        assert!((more.cpu.typical - (1.0 + 0.2 * growth)).abs() < 1e-9, "{more:?}");
        // Where the sweep went, and what it found may be nothing; and beyond.
        assert_eq!(told(program(2e6, Some(1_000_001), 1)), Err(Beyond::LittleWithMore(1e6)));
        assert_eq!(told(program(2e6, Some(10_000_001), 1)), Err(Beyond::Live(1e7)));
        assert!((told(program(2e6, None, 4)).unwrap().cpu.typical - 1.6).abs() < 1e-9);
        assert_eq!(told(program(2e6, None, 5)), Err(Beyond::LittleOnThreads(4.0)));
        assert_eq!(told(program(2e6, None, 9)), Err(Beyond::Threads(8.0)));
    }

    #[test]
    fn without_a_sweep_nothing_is_told_beyond_the_workloads() {
        let summary = fixture::large_summary(2, 5);
        let made = predictions(&summary);
        let rate = made[1].rates[0];
        let told = |live, threads| made[1].of_program(&Program { rate, live, threads });
        assert!(told(None, 1).is_ok());
        assert_eq!(told(None, 2), Err(Beyond::Threads(1.0)));
        assert_eq!(told(Some(100_000_000), 1), Err(Beyond::Live(made[1].live.unwrap_or(0.0))));
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
