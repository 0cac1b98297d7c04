//! From recorded samples to figures: what each tracker costs on each workload, with intervals.
//!
//! Every table, chart and page is made from a [`Summary`], and a summary from nothing but records.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use subject::protocol::Pass;
use subject::workloads;

use crate::catalog::{TWIN, UNTRACKED};
use crate::environment::Environment;
use crate::records::{Failure, Outcome, Record, Run};
use crate::stats::{
    self, Detection, Interval, IntervalOptions, NoiseFloor, PairedArms, RatioEstimate, StatsError,
};

/// What one or several runs say.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Where and how the runs were made, in the order given.
    pub environments: Vec<Environment>,
    /// One a workload, in the registry's order.
    pub workloads: Vec<WorkloadSummary>,
    /// One a tracked arm: its overhead over all workloads that it completed.
    pub overall: Vec<Overall>,
    /// Share of the measuring stage's wall time that lay inside the measured regions, 0 to 1.
    pub measured_share: Option<f64>,
    /// Wall time of the measuring stage, in seconds: all timed samples, warm-up included.
    pub measuring_s: f64,
}

/// What was measured of one workload.
#[derive(Clone, Debug, Serialize)]
pub struct WorkloadSummary {
    /// Its name.
    pub workload: String,
    /// Blocks measured, without warm-up.
    pub blocks: usize,
    /// Blocks that the program allocated in the measured region, counted in an audit of `untracked`.
    pub allocations: Option<u64>,
    /// Allocation events there: allocations, deallocations and reallocations.
    pub events: Option<u64>,
    /// The untracked arm.
    pub untracked: Option<Timing>,
    /// How far identical programs differ.
    pub noise: Option<Noise>,
    /// The tracked arms, by name.
    pub cells: Vec<Cell>,
}

/// The spread of one arm's samples, in seconds.
#[derive(Clone, Debug, Serialize)]
pub struct Timing {
    /// Number of samples.
    pub samples: usize,
    /// Median wall time.
    pub wall_s: f64,
    /// Shortest wall time.
    pub wall_min_s: f64,
    /// Longest wall time.
    pub wall_max_s: f64,
    /// Median CPU time, user and kernel, of all threads.
    pub cpu_s: Option<f64>,
    /// Median of the peak resident set, in bytes.
    pub resident_peak_bytes: Option<f64>,
    /// How many samples are outliers by Tukey's fences; labelled, not dropped.
    pub outliers: usize,
}

/// A ratio with its interval, as published.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Ratio {
    /// Tracked ÷ untracked.
    pub ratio: f64,
    /// Lower end of the 95 % interval.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Blocks it rests on.
    pub blocks: usize,
}

/// The A/A arm against `untracked`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Noise {
    /// The ratio of identical programs.
    pub twin: Ratio,
    /// The noise floor, a factor of at least 1: how far from 1 the interval reaches.
    pub factor: Option<f64>,
}

/// One tracker on one workload.
#[derive(Clone, Debug, Serialize)]
pub struct Cell {
    /// The arm's name.
    pub arm: String,
    /// The version that the subject gave.
    pub version: Option<String>,
    /// Its samples.
    pub timing: Option<Timing>,
    /// Overhead in wall time.
    pub overhead: Option<Ratio>,
    /// Overhead in CPU time.
    pub cpu_overhead: Option<Ratio>,
    /// Peak resident set, tracked ÷ untracked.
    pub memory: Option<Ratio>,
    /// Whether the overhead is beyond the noise.
    pub detection: Option<&'static str>,
    /// What the tracker reported of the blocks that the program allocated ÷ the true number.
    pub capture: Option<f64>,
    /// Failed samples, by kind, with the first reason of each.
    pub failures: Vec<FailureCount>,
}

/// Samples that failed alike.
#[derive(Clone, Debug, Serialize)]
pub struct FailureCount {
    /// In which way.
    pub failure: Failure,
    /// How many.
    pub count: usize,
    /// The first one's reason.
    pub reason: String,
}

/// An arm over all workloads.
#[derive(Clone, Debug, Serialize)]
pub struct Overall {
    /// The arm's name.
    pub arm: String,
    /// The version that the subject gave.
    pub version: Option<String>,
    /// Geometric mean of its overheads in wall time.
    pub overhead: Option<Ratio>,
    /// Workloads in that mean.
    pub workloads: usize,
    /// Workloads on which it completed no sample.
    pub failed: usize,
}

impl From<RatioEstimate> for Ratio {
    fn from(estimate: RatioEstimate) -> Self {
        let Interval { low, high, .. } = estimate.interval.unwrap_or(Interval {
            low: f64::NAN,
            high: f64::NAN,
            confidence: f64::NAN,
        });
        let known = estimate.interval.is_some();
        Self {
            ratio: estimate.ratio,
            low: known.then_some(low),
            high: known.then_some(high),
            blocks: estimate.blocks,
        }
    }
}

/// One reading of a sample, if it has it.
type Reading = fn(&Record) -> Option<f64>;

fn wall(record: &Record) -> Option<f64> {
    record.cost.map(|cost| cost.wall_ns as f64)
}

fn cpu(record: &Record) -> Option<f64> {
    record.cost?.cpu_ns().map(|cpu| cpu as f64)
}

fn resident(record: &Record) -> Option<f64> {
    record.cost?.resident_peak_bytes.map(|bytes| bytes as f64)
}

/// Readings of two arms in the same blocks.
#[derive(Default)]
struct Pairs {
    base: Vec<f64>,
    other: Vec<f64>,
}

/// The timed samples of one workload, by arm and by block.
struct Group<'a> {
    arms: BTreeMap<&'a str, BTreeMap<(&'a str, u32), &'a Record>>,
}

impl<'a> Group<'a> {
    fn new(records: &[&'a Record]) -> Self {
        let mut arms = BTreeMap::<_, BTreeMap<_, _>>::new();
        for record in records {
            if record.is_timed_sample() && record.outcome == Outcome::Completed {
                let block = (record.run.as_str(), record.block);
                arms.entry(record.arm.as_str()).or_default().insert(block, *record);
            }
        }
        Self { arms }
    }

    /// Readings of `arm` beside those of `untracked`, for every block that has both, above zero.
    fn pairs(&self, arm: &str, reading: Reading) -> Pairs {
        let mut pairs = Pairs::default();
        let (Some(base), Some(other)) = (self.arms.get(UNTRACKED), self.arms.get(arm)) else {
            return pairs;
        };
        for (block, record) in other {
            let beside = base.get(block).and_then(|record| reading(record));
            if let (Some(base), Some(other)) = (beside, reading(record))
                && base > 0.0
                && other > 0.0
            {
                pairs.base.push(base);
                pairs.other.push(other);
            }
        }
        pairs
    }

    fn ratio(&self, arm: &str, reading: Reading) -> Option<RatioEstimate> {
        let pairs = self.pairs(arm, reading);
        stats::paired_ratio(&pairs.base, &pairs.other, &IntervalOptions::default()).ok()
    }

    fn timing(&self, arm: &str) -> Option<Timing> {
        let samples = self.arms.get(arm)?;
        let read = |reading: Reading| -> Vec<f64> {
            samples.values().filter_map(|record| reading(record)).collect()
        };
        let seconds: Vec<f64> = read(wall).iter().map(|ns| ns / 1e9).collect();
        let summary = stats::summarise(&seconds).ok()?;
        let median = |values: &[f64]| stats::quantile(values, 0.5).ok();
        Some(Timing {
            samples: seconds.len(),
            wall_s: summary.median,
            wall_min_s: summary.min,
            wall_max_s: seconds.iter().copied().fold(summary.min, f64::max),
            cpu_s: median(&read(cpu)).map(|ns| ns / 1e9),
            resident_peak_bytes: median(&read(resident)),
            outliers: stats::label_outliers(&seconds).ok()?.iter().flatten().count(),
        })
    }
}

impl Summary {
    /// Computes the summary of some runs, taken together.
    ///
    /// # Errors
    ///
    /// If the statistics of the overall figures fail, which recorded data cannot make them.
    pub fn of(runs: &[Run]) -> Result<Self, StatsError> {
        let records: Vec<&Record> = runs.iter().flat_map(|run| &run.records).collect();
        let named: BTreeSet<&str> = records.iter().map(|record| &*record.workload).collect();
        // In the registry's order; what it does not know (any more) comes last.
        let known = workloads::ALL.iter().map(|meta| meta.name).filter(|name| named.contains(name));
        let unknown = named.iter().copied().filter(|name| workloads::find(name).is_none());
        let order: Vec<&str> = known.chain(unknown).collect();

        let mut groups = Vec::new();
        let mut summaries = Vec::new();
        for workload in order {
            let own: Vec<&Record> =
                records.iter().copied().filter(|record| record.workload == workload).collect();
            let group = Group::new(&own);
            summaries.push(summarise_workload(workload, &own, &group));
            groups.push(group);
        }
        let overall = overall(&summaries, &groups)?;
        let timed = || records.iter().filter(|record| record.pass == Pass::Timed);
        let measuring: u64 = timed().map(|record| record.sample_ns).sum();
        let measured: u64 = timed().filter_map(|record| Some(record.cost?.wall_ns)).sum();
        Ok(Self {
            environments: runs.iter().map(|run| run.environment.clone()).collect(),
            workloads: summaries,
            overall,
            measured_share: (measuring > 0).then(|| measured as f64 / measuring as f64),
            measuring_s: measuring as f64 / 1e9,
        })
    }

    /// The tracked arms, by name.
    pub fn arms(&self) -> Vec<&str> {
        self.overall.iter().map(|overall| &*overall.arm).collect()
    }
}

fn summarise_workload(workload: &str, records: &[&Record], group: &Group<'_>) -> WorkloadSummary {
    let noise = {
        let pairs = group.pairs(TWIN, wall);
        stats::noise_floor(&pairs.base, &pairs.other, &IntervalOptions::default()).ok()
    };
    let truth = records
        .iter()
        .find(|record| record.arm == UNTRACKED && record.work.is_some())
        .and_then(|record| record.work.as_ref());
    WorkloadSummary {
        workload: workload.to_owned(),
        blocks: group.arms.get(UNTRACKED).map_or(0, BTreeMap::len),
        allocations: truth.map(|truth| truth.heap.allocations),
        events: truth.map(|truth| truth.heap.events()),
        untracked: group.timing(UNTRACKED),
        noise: noise.map(|floor| Noise { twin: floor.twin.into(), factor: floor.factor() }),
        cells: tracked_arms(records)
            .into_iter()
            .map(|arm| cell(arm, records, group, noise.as_ref()))
            .collect(),
    }
}

/// The arms other than the two untracked ones, by name: the order of records is random.
fn tracked_arms<'a>(records: &[&'a Record]) -> BTreeSet<&'a str> {
    let arms = records.iter().map(|record| &*record.arm);
    arms.filter(|arm| ![UNTRACKED, TWIN].contains(arm)).collect()
}

fn cell(arm: &str, records: &[&Record], group: &Group<'_>, noise: Option<&NoiseFloor>) -> Cell {
    let own = || records.iter().filter(|record| record.arm == arm);
    let overhead = group.ratio(arm, wall);
    let detection =
        overhead.zip(noise).map(|(estimate, floor)| match stats::detect(&estimate, floor) {
            Detection::Slower => "slower",
            Detection::Faster => "faster",
            Detection::NotDetected => "not detected",
        });
    Cell {
        arm: arm.to_owned(),
        version: own().find_map(|record| record.tracker.version.clone()),
        timing: group.timing(arm),
        overhead: overhead.map(Ratio::from),
        cpu_overhead: group.ratio(arm, cpu).map(Ratio::from),
        memory: group.ratio(arm, resident).map(Ratio::from),
        detection,
        capture: own().find_map(|record| {
            let truth = record.truth.as_ref()?.heap.allocations;
            let reported = record.reported.as_ref()?.allocations?;
            (truth > 0).then(|| reported as f64 / truth as f64)
        }),
        failures: failures(own().copied()),
    }
}

fn failures<'a>(records: impl Iterator<Item = &'a Record>) -> Vec<FailureCount> {
    let mut counts = BTreeMap::<Failure, FailureCount>::new();
    for record in records {
        if let Outcome::Failed { failure, reason } = &record.outcome {
            let first = || FailureCount { failure: *failure, count: 0, reason: reason.clone() };
            counts.entry(*failure).or_insert_with(first).count += 1;
        }
    }
    counts.into_values().collect()
}

fn overall(
    summaries: &[WorkloadSummary],
    groups: &[Group<'_>],
) -> Result<Vec<Overall>, StatsError> {
    let arms: BTreeSet<&str> =
        summaries.iter().flat_map(|s| s.cells.iter().map(|cell| &*cell.arm)).collect();
    let of_arm = |arm: &str| {
        let cells = || summaries.iter().flat_map(|s| &s.cells).filter(|cell| cell.arm == arm);
        let pairs: Vec<Pairs> = groups.iter().map(|group| group.pairs(arm, wall)).collect();
        let complete: Vec<PairedArms<'_>> = pairs
            .iter()
            .filter(|pairs| !pairs.base.is_empty())
            .map(|pairs| PairedArms { base: &pairs.base, other: &pairs.other })
            .collect();
        let overhead = if complete.is_empty() {
            None
        } else {
            Some(stats::combined_ratio(&complete, &IntervalOptions::default())?.into())
        };
        Ok(Overall {
            arm: arm.to_owned(),
            version: cells().find_map(|cell| cell.version.clone()),
            overhead,
            workloads: complete.len(),
            failed: cells()
                .filter(|cell| cell.timing.is_none() && !cell.failures.is_empty())
                .count(),
        })
    };
    arms.into_iter().map(of_arm).collect()
}
