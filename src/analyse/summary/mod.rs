//! From recorded samples to figures: what each tracker costs on each workload, with intervals.
//!
//! Every table, chart and page is made from a [`Summary`], and a summary from nothing but records.

mod group;
mod ladder;
mod matrix;
mod overall;
mod service;
#[cfg(test)]
mod tests;
mod threads;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use subject::protocol::Pass;
use subject::workloads;

use crate::analyse::accuracy::{self, Audit, Growth, LeakAudit};
use crate::analyse::heap_check::Entry;
use crate::analyse::soak::Slopes;
use crate::analyse::stats::{
    self, Detection, Interval, IntervalOptions, NoiseFloor, RatioEstimate, StatsError,
};
use crate::plan::arm::{self, natural};
use crate::plan::catalog::{Catalog, TWIN, UNTRACKED};
use crate::record::environment::Environment;
use crate::record::{Experiment, Failure, Outcome, Record, Run};
pub use matrix::{Matrix, MatrixCell, MatrixRow, matrices};

use group::{Group, cpu, resident, wall};
pub use ladder::{Ladder, Rung};
use overall::Overview;
pub use service::Service;
pub use threads::ThreadCell;

/// What one or several runs say.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Where and how the runs were made, in the order given.
    pub environments: Vec<Environment>,
    /// What each of those runs holds samples of.
    #[serde(skip)]
    pub contents: Vec<BTreeSet<Content>>,
    /// One a workload, in the registry's order.
    pub workloads: Vec<WorkloadSummary>,
    /// One a tracked arm: its overhead over all workloads that it completed.
    pub overall: Vec<Overall>,
    /// How far identical programs differ over all workloads together.
    pub noise: Option<Noise>,
    /// Whether any subject was built with debug assertions; such figures are not worth publishing.
    pub debug_build: bool,
    /// Share of the measuring stage's wall time that lay inside the measured regions, 0 to 1.
    pub measured_share: Option<f64>,
    /// Wall time of the measuring stage, in seconds: all timed samples, warm-up included.
    pub measuring_s: f64,
    /// What each tracker said, held against what happened: one a cell that was audited.
    pub audits: Vec<Audit>,
    /// Lists of leaks, graded.
    pub leaks: Vec<LeakAudit>,
    /// Trackers' memory over repeated passes.
    pub growth: Vec<Growth>,
    /// One workload at several numbers of threads.
    pub threads: Vec<ThreadCell>,
    /// What each step of using a tracker costs.
    pub ladders: Vec<Ladder>,
    /// Server scenarios, arm by arm.
    pub services: Vec<Service>,
    /// What was left on the heap at the very end.
    pub ledger: Vec<Entry>,
    /// What grows when a workload is repeated.
    pub soaks: Vec<Slopes>,
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
    /// Failed samples of the untracked arm and of its twin, by kind.
    pub untracked_failures: Vec<FailureCount>,
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
    /// What the tracker reported ÷ what truly happened; see [`accuracy::capture`].
    pub capture: Option<f64>,
    /// Failed samples, by kind, with the first reason of each.
    pub failures: Vec<FailureCount>,
}

/// Samples that failed alike.
#[derive(Clone, Debug, Serialize)]
pub struct FailureCount {
    /// In which way.
    pub failure: Failure,
    /// Whether the tracker was to make its own report, in an audit: which is taken once more without.
    pub exporting: bool,
    /// How many.
    pub count: usize,
    /// The first one's reason.
    pub reason: String,
}

impl FailureCount {
    /// In a word or three.
    pub fn label(&self) -> String {
        failure_label(self.failure, self.exporting)
    }
}

/// How a sample failed, in a word or three.
pub(crate) fn failure_label(failure: Failure, exporting: bool) -> String {
    format!("{}{}", if exporting { "own report " } else { "" }, failure.label())
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
    /// Geometric mean of its overheads in CPU time.
    pub cpu_overhead: Option<Ratio>,
    /// Geometric mean of its peak resident sets, tracked ÷ untracked.
    pub memory: Option<Ratio>,
    /// Whether the overhead in wall time is beyond the noise.
    pub detection: Option<&'static str>,
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

impl From<NoiseFloor> for Noise {
    fn from(floor: NoiseFloor) -> Self {
        Self { twin: floor.twin.into(), factor: floor.factor() }
    }
}

/// What a sample is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Content {
    /// What a cell costs.
    Timed,
    /// What is true of a cell.
    Audited,
    /// An experiment.
    Experiment(Experiment),
}

impl Content {
    fn of(record: &Record) -> Self {
        match (record.experiment, record.pass) {
            (Some(experiment), _) => Self::Experiment(experiment),
            (None, Pass::Timed) => Self::Timed,
            (None, Pass::Audit) => Self::Audited,
        }
    }
}

impl Summary {
    /// The environments of the runs that hold samples of one of these kinds; all, if none does.
    pub fn environments_of(&self, kinds: &[Content]) -> Vec<&Environment> {
        let holds = self.environments.iter().zip(&self.contents);
        let holding = holds.filter(|(_, held)| kinds.iter().any(|kind| held.contains(kind)));
        let environments: Vec<_> = holding.map(|(environment, _)| environment).collect();
        if environments.is_empty() { self.environments.iter().collect() } else { environments }
    }

    /// Computes the summary of some runs, taken together.
    ///
    /// # Errors
    ///
    /// If the statistics of the overall figures fail, which recorded data cannot make them.
    pub fn of(runs: &[Run]) -> Result<Self, StatsError> {
        let all: Vec<&Record> = runs.iter().flat_map(|run| &run.records).collect();
        let records: Vec<&Record> = all.iter().copied().filter(|r| r.is_of_a_cell()).collect();
        // Without it no capture can be told; everything else can.
        let catalog = Catalog::built_in().ok();
        let audits = audits(&records, catalog.as_ref());
        let records = with_costs(records);
        let named: BTreeSet<&str> = records.iter().map(|record| &*record.workload).collect();
        // In the registry's order; what it does not know (any more) comes last.
        let known = workloads::ALL.iter().map(|meta| meta.name).filter(|name| named.contains(name));
        let unknown = named.iter().copied().filter(|name| workloads::find(name).is_none());
        let order: Vec<&str> = known.chain(unknown).collect();

        let mut groups = Vec::new();
        let mut services = Vec::new();
        let mut summaries = Vec::new();
        for workload in order {
            let own: Vec<&Record> =
                records.iter().copied().filter(|record| record.workload == workload).collect();
            let group = Group::new(&own);
            services.extend(service::services(workload, &group));
            summaries.push(summarise_workload(workload, &own, &group, catalog.as_ref()));
            groups.push(group);
        }
        let overall = Overview::of(&summaries, &groups)?;
        let timed = || records.iter().filter(|record| record.pass == Pass::Timed);
        let measuring: u64 = timed().map(|record| record.sample_ns).sum();
        let measured: u64 = timed().filter_map(|record| Some(record.cost?.wall_ns)).sum();
        Ok(Self {
            environments: runs.iter().map(|run| run.environment.clone()).collect(),
            contents: runs
                .iter()
                .map(|run| run.records.iter().map(Content::of).collect())
                .collect(),
            workloads: summaries,
            overall: overall.arms,
            noise: overall.noise,
            debug_build: all.iter().any(|record| record.debug_build),
            measured_share: (measuring > 0).then(|| measured as f64 / measuring as f64),
            measuring_s: measuring as f64 / 1e9,
            audits,
            leaks: LeakAudit::all(&all),
            growth: Growth::all(&all),
            threads: threads::cells(&all, catalog.as_ref()),
            ladders: ladder::ladders(&all),
            services,
            ledger: all.iter().filter_map(|record| Entry::of(record)).collect(),
            soaks: all.iter().filter_map(|record| Slopes::of(record)).collect(),
        })
    }

    /// Whether any cell was timed: an audit alone has no costs to show.
    pub fn is_timed(&self) -> bool {
        self.measuring_s > 0.0
    }

    /// The tracked arms, by name.
    pub fn arms(&self) -> Vec<&str> {
        self.overall.iter().map(|overall| &*overall.arm).collect()
    }
}

/// The records of cells that have a cost to show, if any has: what was only audited stands among the
/// audits, and is no empty row of the tables of cost.
fn with_costs(records: Vec<&Record>) -> Vec<&Record> {
    let timed: BTreeSet<(&str, &str)> = records
        .iter()
        .filter(|record| record.pass == Pass::Timed)
        .map(|record| (&*record.workload, &*record.arm))
        .collect();
    let has_cost = |record: &&Record| timed.contains(&(&*record.workload, &*record.arm));
    if timed.is_empty() { records } else { records.into_iter().filter(has_cost).collect() }
}

fn summarise_workload(
    workload: &str,
    records: &[&Record],
    group: &Group<'_>,
    catalog: Option<&Catalog>,
) -> WorkloadSummary {
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
        noise: noise.map(Noise::from),
        untracked_failures: failures(
            records.iter().copied().filter(|record| !is_tracked(&record.arm)),
        ),
        cells: tracked_arms(records)
            .into_iter()
            .map(|arm| cell(arm, records, group, noise.as_ref(), catalog))
            .collect(),
    }
}

/// Every audited cell's verdict, by workload in the registry's order, then by arm. Where several runs
/// audited a cell, the newest says what is so.
fn audits(records: &[&Record], catalog: Option<&Catalog>) -> Vec<Audit> {
    let mut newest = BTreeMap::<(&str, &str), &Record>::new();
    for record in records.iter().filter(|r| r.pass == Pass::Audit && is_tracked(&r.arm)) {
        let cell = newest.entry((&record.workload, &record.arm)).or_insert(record);
        if record.started_unix_ns > cell.started_unix_ns {
            *cell = record;
        }
    }
    let mut audits: Vec<Audit> = newest
        .into_values()
        .filter_map(|record| {
            Audit::of(record, catalog?.convention(&record.tracker.name, &record.tracker.mode))
        })
        .collect();
    let place = |name: &str| workloads::ALL.iter().position(|meta| meta.name == name);
    audits.sort_by(|a, b| {
        let key = |audit: &Audit| (place(&audit.workload).is_none(), place(&audit.workload));
        key(a).cmp(&key(b)).then_with(|| natural(&a.arm).cmp(&natural(&b.arm)))
    });
    audits
}

/// What an audited sample's tracker reported ÷ what happened; see [`accuracy::capture`].
fn capture(record: &Record, catalog: &Catalog) -> Option<f64> {
    let convention = catalog.convention(&record.tracker.name, &record.tracker.mode)?;
    accuracy::capture(record.truth.as_ref()?, record.reported.as_ref()?, convention)
}

fn is_tracked(arm: &str) -> bool {
    ![UNTRACKED, TWIN].contains(&arm)
}

/// The tracked arms.
fn tracked_arms<'a>(records: &[&'a Record]) -> Vec<&'a str> {
    arm::arms(records.iter().map(|record| &*record.arm).filter(|arm| is_tracked(arm)))
}

/// An interval that does not clear the noise floor.
pub(crate) const NOT_DETECTED: &str = "not detected";

/// No interval that could.
pub(crate) const TOO_FEW: &str = "too few samples";

/// In a word or two, whether a difference is beyond the noise.
fn detection(estimate: &RatioEstimate, floor: &NoiseFloor) -> &'static str {
    match stats::detect(estimate, floor) {
        Detection::Slower => "slower",
        Detection::Faster => "faster",
        Detection::NotDetected => NOT_DETECTED,
        Detection::TooFewBlocks => TOO_FEW,
    }
}

fn cell(
    arm: &str,
    records: &[&Record],
    group: &Group<'_>,
    noise: Option<&NoiseFloor>,
    catalog: Option<&Catalog>,
) -> Cell {
    let own = || records.iter().filter(|record| record.arm == arm);
    let overhead = group.ratio(arm, wall);
    Cell {
        arm: arm.to_owned(),
        version: own().find_map(|record| record.tracker.version.clone()),
        timing: group.timing(arm),
        overhead: overhead.map(Ratio::from),
        cpu_overhead: group.ratio(arm, cpu).map(Ratio::from),
        memory: group.ratio(arm, resident).map(Ratio::from),
        detection: overhead.zip(noise).map(|(estimate, floor)| detection(&estimate, floor)),
        capture: own().find_map(|record| capture(record, catalog?)),
        failures: failures(own().copied()),
    }
}

fn failures<'a>(records: impl Iterator<Item = &'a Record>) -> Vec<FailureCount> {
    let mut counts = BTreeMap::<(bool, Failure), FailureCount>::new();
    for record in records {
        if let Outcome::Failed { failure, reason } = &record.outcome {
            let (failure, exporting) = (*failure, record.exported);
            let first = || FailureCount { failure, exporting, count: 0, reason: reason.clone() };
            counts.entry((exporting, failure)).or_insert_with(first).count += 1;
        }
    }
    counts.into_values().collect()
}
