//! From recorded samples to figures: what each tracker costs on each workload, with intervals.
//!
//! Every table, chart, page and comparison is made from a [`Summary`], and a summary from nothing but records.

mod allocators;
mod cells;
mod compute;
mod dated;
mod ladder;
mod matrix;
mod overall;
mod part;
pub(crate) mod ranking;
pub(crate) mod samples;
mod service;
mod sizes;
#[cfg(test)]
mod tests;
mod threads;
mod verdicts;

use std::collections::{BTreeMap, BTreeSet};

use protocol::Pass;
use serde::Serialize;

use crate::analyse::accuracy::{Audit, Estimates, Growth, LeakAudit, Standing};
use crate::analyse::adoption::Adoption;
use crate::analyse::calibration::Calibration;
use crate::analyse::heap_check::HeapCheck;
use crate::analyse::history::Dated;
use crate::analyse::instructions::InstructionCell;
use crate::analyse::latency::CallLatency;
use crate::analyse::load::LoadClimb;
use crate::analyse::soak::SoakResult;
use crate::plan::arm::ArmId;
use crate::plan::catalog::Kind;
use crate::plan::procedure::Experiment;
use crate::record::environment::Environment;
use crate::record::{Failure, Record};
use crate::stats::{CONFIDENCE, Interval, RatioEstimate};
pub use allocators::OverAllocator;
pub use ladder::{Ladder, Rung};
pub use matrix::{Matrix, MatrixAudit, MatrixCell, MatrixRow, Verdict, matrices};
pub use service::Service;
pub use sizes::{SizeCell, SizeGrowth};
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
    /// Each tracker over all its audits.
    pub standings: Vec<Standing>,
    /// Lists of leaks, graded.
    pub leaks: Vec<LeakAudit>,
    /// Trackers' memory over repeated passes.
    pub growth: Vec<Growth>,
    /// Trackers that bring an allocator, beside that allocator alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allocators: Vec<OverAllocator>,
    /// How good the estimates of trackers are that sample.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub estimates: Vec<Estimates>,
    /// One workload at several numbers of threads.
    pub threads: Vec<ThreadCell>,
    /// One workload at several sizes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sizes: Vec<SizeCell>,
    /// How costs grow with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub size_growth: Vec<SizeGrowth>,
    /// What each step of using a tracker costs.
    pub ladders: Vec<Ladder>,
    /// Server scenarios, arm by arm.
    pub services: Vec<Service>,
    /// What was left on the heap at the very end.
    pub heap_checks: Vec<HeapCheck>,
    /// What grows when a workload is repeated.
    pub soaks: Vec<SoakResult>,
    /// How many instructions each tracker makes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub instructions: Vec<InstructionCell>,
    /// How long single allocations take.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub latencies: Vec<CallLatency>,
    /// Servers at fixed rates.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub loads: Vec<LoadClimb>,
    /// What the instrument finds: calibrations that were made in these runs, or are kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calibrations: Vec<Calibration>,
    /// What trackers bring into a program, as it is kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub adoptions: Vec<Adoption>,
    /// What the site that it is for has shown before, and this among it.
    #[serde(skip)]
    pub history: Vec<Dated>,
}

/// What was measured of one workload.
#[derive(Clone, Debug, Serialize)]
pub struct WorkloadSummary {
    /// Its name.
    pub workload: String,
    /// Blocks measured, without warm-up.
    pub blocks: usize,
    /// Allocations of the program in the measured region, counted in an audit of the base.
    pub allocations: Option<u64>,
    /// Allocation events there: allocations, deallocations and reallocations.
    pub events: Option<u64>,
    /// The most of its allocations that were live at once.
    pub live: Option<u64>,
    /// The untracked arm.
    pub untracked: Option<Timing>,
    /// How far identical programs differ.
    pub noise: Option<Noise>,
    /// Failed samples of the base and of its twin, by kind.
    pub untracked_failures: Vec<FailureCount>,
    /// CPU time of the control ÷ that of the program that it repeats, by block: what the noise rests on.
    #[serde(skip)]
    pub twin_blocks: BlockRatios,
    /// Which link order the trackers ran in a block, where they have several.
    #[serde(skip)]
    pub links: BlockLinks,
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
    /// The least CPU time, its quartiles, and the most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_quartiles_s: Option<[f64; 5]>,
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

/// The A/A arm against `untracked`: how far apart this machine saw identical programs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Noise {
    /// The ratio of identical programs.
    pub twin: Ratio,
    /// How far from 1 the interval reaches, a factor of at least 1.
    pub factor: Option<f64>,
}

/// One tracker on one workload.
#[derive(Clone, Debug, Serialize)]
pub struct Cell {
    /// The arm.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub arm: ArmId,
    /// The version that the subject gave.
    pub version: Option<String>,
    /// Its samples.
    pub timing: Option<Timing>,
    /// Overhead, which is judged: CPU time of all threads, user and kernel, tracked ÷ untracked.
    pub overhead: Option<Ratio>,
    /// The same in wall time.
    pub wall_overhead: Option<Ratio>,
    /// Peak resident set, tracked ÷ untracked.
    pub memory: Option<Ratio>,
    /// Whether the overhead is a difference, in words; judged together with all others of the summary.
    pub detection: Option<&'static str>,
    /// The factor of the largest difference that would not have been found; see
    /// [`Judged::detectable`](crate::stats::Judged::detectable).
    pub detectable: Option<f64>,
    /// What the overhead rests on.
    #[serde(skip)]
    pub estimate: Option<RatioEstimate>,
    /// What the tracker reported ÷ what truly happened; see [`capture`](crate::analyse::accuracy::capture).
    pub capture: Option<f64>,
    /// Failed samples, by kind, with the first reason of each.
    pub failures: Vec<FailureCount>,
    /// CPU time, tracked ÷ untracked, by block: what the overhead rests on.
    #[serde(skip)]
    pub blocks: BlockRatios,
    /// Peak resident set, tracked ÷ untracked, by block.
    #[serde(skip)]
    pub memory_blocks: BlockRatios,
}

/// Ratios by run and block.
pub type BlockRatios = Vec<((String, u32), f64)>;

/// Link orders by run and block.
pub type BlockLinks = BTreeMap<(String, u32), u32>;

/// Samples that failed alike.
#[derive(Clone, Debug, Serialize)]
pub struct FailureCount {
    /// In which way.
    pub failure: Failure,
    /// Whether the tracker was to make its report, in an audit: which is taken once more without.
    pub with_report: bool,
    /// How many.
    pub count: usize,
    /// The first one's reason.
    pub reason: String,
}

impl FailureCount {
    /// In a word or three.
    pub fn label(&self) -> String {
        failure_label(self.failure, self.with_report)
    }
}

/// How a sample failed, in a word or three.
fn failure_label(failure: Failure, with_report: bool) -> String {
    format!("{}{}", if with_report { "tracker report " } else { "" }, failure.label())
}

/// An arm over all workloads.
#[derive(Clone, Debug, Serialize)]
pub struct Overall {
    /// The arm.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub arm: ArmId,
    /// The version that the subject gave.
    pub version: Option<String>,
    /// What it is compared with, where the catalogue says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// Geometric mean of its overheads in CPU time.
    pub overhead: Option<Ratio>,
    /// Workloads in that mean.
    pub workloads: usize,
    /// Geometric mean of its overheads in wall time.
    pub wall_overhead: Option<Ratio>,
    /// Geometric mean of its peak resident sets, tracked ÷ untracked.
    pub memory: Option<Ratio>,
    /// Whether the overhead is a difference; see [`Cell::detection`].
    pub detection: Option<&'static str>,
    /// See [`Cell::detectable`].
    pub detectable: Option<f64>,
    /// What the overhead rests on.
    #[serde(skip)]
    pub estimate: Option<RatioEstimate>,
    /// Workloads on which it completed no sample.
    pub failed: usize,
    /// Its place among the trackers of its kind, by grade and then by cost; see `ranking.rs`.
    pub rank: Option<usize>,
    /// The day on which the earliest of its figures was taken, `2026-11-28`, where the runs tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<String>,
}

impl WorkloadSummary {
    /// A tracked arm's cell, if it was measured here.
    pub fn cell(&self, arm: &ArmId) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.arm == *arm)
    }

    /// CPU time that a tracker adds to an allocation, in nanoseconds.
    pub fn added_per_allocation(&self, arm: &ArmId) -> Option<Rung> {
        let allocations = self.allocations.filter(|&allocations| allocations > 0)?;
        let untracked_s = self.untracked.as_ref()?.cpu_s?;
        Some(Rung::new(self.cell(arm)?.overhead?, untracked_s * 1e9, allocations))
    }
}

impl Ratio {
    /// An estimate with its interval at a confidence.
    pub fn at(estimate: RatioEstimate, confidence: f64) -> Self {
        let (low, high) = match estimate.interval(confidence) {
            Some(Interval { low, high, .. }) => (Some(low), Some(high)),
            None => (None, None),
        };
        Self { ratio: estimate.ratio, low, high, blocks: estimate.blocks }
    }
}

impl From<RatioEstimate> for Ratio {
    fn from(estimate: RatioEstimate) -> Self {
        Self::at(estimate, CONFIDENCE)
    }
}

impl From<RatioEstimate> for Noise {
    fn from(twin: RatioEstimate) -> Self {
        Self { twin: twin.into(), factor: twin.interval(CONFIDENCE).map(|aa| aa.reach()) }
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
        let environments = self.environments_holding(kinds);
        if environments.is_empty() { self.environments.iter().collect() } else { environments }
    }

    /// The same; none, if none does.
    fn environments_holding(&self, kinds: &[Content]) -> Vec<&Environment> {
        let holds = self.environments.iter().zip(&self.contents);
        let holding = holds.filter(|(_, held)| kinds.iter().any(|kind| held.contains(kind)));
        holding.map(|(environment, _)| environment).collect()
    }

    /// The calibrations that these runs are, without those that are only kept.
    pub fn calibrations_made(&self) -> impl Iterator<Item = &Calibration> {
        self.calibrations.iter().filter(|calibration| !calibration.is_kept)
    }

    /// Whether any cell was timed: an audit alone has no costs to show.
    pub fn is_timed(&self) -> bool {
        self.measuring_s > 0.0
    }

    /// The workloads on which any of some arms was audited, in the order of the audits, which is the registry's.
    pub fn audited_workloads(&self, wanted: impl Fn(&ArmId) -> bool) -> Vec<&str> {
        let mut workloads: Vec<&str> = Vec::new();
        for audit in self.audits.iter().filter(|audit| wanted(&audit.arm)) {
            if !workloads.contains(&&*audit.workload) {
                workloads.push(&audit.workload);
            }
        }
        workloads
    }

    /// What a tracker said of a workload, held against what happened.
    pub fn audit(&self, workload: &str, arm: &ArmId) -> Option<&Audit> {
        self.audits.iter().find(|audit| audit.workload == workload && audit.arm == *arm)
    }

    /// A tracker over all its audits.
    pub fn standing(&self, arm: &ArmId) -> Option<&Standing> {
        self.standings.iter().find(|standing| standing.arm == *arm)
    }

    /// The tracked arms, by name.
    pub fn arms(&self) -> Vec<&ArmId> {
        self.overall.iter().map(|overall| &overall.arm).collect()
    }
}
