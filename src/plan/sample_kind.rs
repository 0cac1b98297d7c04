//! What kind of sample is taken: timed or audited, of which experiment, with what asked of the tracker.

use protocol::{Params, Pass};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::arm::ArmId;
use super::group::Group;

/// Requests that come at a fixed rate, whatever becomes of those before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arrivals {
    /// Requests in a second, at least one.
    pub rate: u32,
    /// For how long they come, in milliseconds.
    pub for_ms: u32,
}

impl Arrivals {
    /// Requests in all.
    pub fn requests(&self) -> u64 {
        u64::from(self.rate) * u64::from(self.for_ms) / 1_000
    }
}

/// What a sample belongs to that is no cell of the table: its figures never mix with the cells'.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Experiment {
    /// One workload at several numbers of threads.
    Threads,
    /// One workload at several sizes.
    Sizes,
    /// What each step of using a tracker costs: linked, armed, read, reported.
    Ladder,
    /// The tracker's list of leaks, graded.
    Leaks,
    /// The same workload over and over in one process: does the tracker's memory grow without bound?
    Growth,
    /// One run to its very end: does the process leave anything on the heap?
    Verify,
    /// One workload repeated for a time in one process: does anything grow?
    Soak,
    /// The audit once more: by how much do audits of the same tracker differ?
    Repeats,
    /// What the tracker says is alive while the workload runs, at some moments of it.
    Moments,
    /// What the tracker says of single sites, on a workload whose sites are known.
    Sites,
    /// The audit many times over, each time with another seed: how good are a tracker's estimates?
    Estimates,
    /// The instructions of the measured region, counted by a tool.
    Instructions,
    /// How long each call of the allocator takes.
    Latency,
    /// A server whose requests come at a fixed rate.
    Load,
    /// A tracker whose cost is known: is it found?
    KnownCost,
    /// A tracker, the same once more, and the same with work added: which are told apart?
    Planted,
    /// A tracker, and the same linked once more, each in many link orders: what does the place of code do?
    Relinked,
}

/// What kind of sample is taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SampleKind {
    /// Timed or audited.
    pub pass: Pass,
    /// What it belongs to, if it is no cell of the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experiment: Option<Experiment>,
    /// Whether the tracker is asked for its report.
    #[serde(default)]
    pub report: ReportWish,
    /// How often the workload runs in the process, at least once.
    pub repetitions: u32,
    /// Share of the group's scale, above 0.
    pub size: f64,
    /// Whether a workload that works on as many threads as one asks for is run on one: threads that race for
    /// cores differ by a fifth from sample to sample.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub one_thread: bool,
    /// The tool that is put in front of the subject, by its launcher's name in the catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrapper: Option<String>,
    /// For how long the workload is repeated in the process, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soak_ms: Option<u64>,
    /// The rate at which requests to a server come; without it, each follows the one before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrivals: Option<Arrivals>,
    /// When it is stopped.
    #[serde(default)]
    pub time_limit: TimeLimit,
    /// In how many link orders the programs of the arms that are compared run, one a block in turns; without it, all
    /// run as they were built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub links: Option<u32>,
}

/// When a sample is stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TimeLimit {
    /// After the run's time limit.
    #[default]
    OfTheRun,
    /// After four times what the arm's audit took and ten seconds, but no later than the run's: the work
    /// has been seen to end in that time.
    FourAudits,
}

/// Whether a tracker is asked for its report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReportWish {
    /// It is not.
    #[default]
    No,
    /// It is.
    Yes,
    /// It is; and if the sample fails, another is taken without: what a tracker counts may be right,
    /// whatever becomes of its reports.
    OrWithout,
}

impl SampleKind {
    /// A sample of a cell, of one pass.
    pub fn new(pass: Pass) -> Self {
        Self {
            pass,
            experiment: None,
            report: ReportWish::No,
            repetitions: 1,
            size: 1.0,
            one_thread: false,
            wrapper: None,
            soak_ms: None,
            arrivals: None,
            time_limit: TimeLimit::OfTheRun,
            links: None,
        }
    }

    /// The same, as part of an experiment.
    pub fn of(self, experiment: Experiment) -> Self {
        Self { experiment: Some(experiment), ..self }
    }

    /// The same, on one thread where that can be chosen.
    pub fn at_one_thread(self) -> Self {
        Self { one_thread: true, ..self }
    }

    /// What makes a program of the group's workload in such a sample.
    pub fn params(&self, group: &Group) -> Params {
        let params = group.params.at_share(self.size);
        if self.one_thread && group.has_workers() {
            Params { threads: 1, ..params }
        } else {
            params
        }
    }

    /// The same for one of several samples: where estimates are judged, each has a seed of its own.
    pub fn params_of(&self, group: &Group, block: u32) -> Params {
        let params = self.params(group);
        let shift = if self.experiment == Some(Experiment::Estimates) { block } else { 0 };
        Params { seed: params.seed.wrapping_add(shift.into()), ..params }
    }

    /// The link order that an arm runs in a block; none, if its program runs as it was built. The base does: it cancels
    /// out where two arms are compared.
    pub fn link_of(&self, arm: &ArmId, block: u32) -> Option<u32> {
        let links = self.links.filter(|_| arm.is_relinked())?;
        Some(block % links)
    }

    /// Whether the tracker is not asked what it counted. Where only times count it would keep the harness from
    /// measuring: memscope-rs takes half a second for it after a tenth of a second's work.
    pub fn is_unread(&self) -> bool {
        let read = matches!(self.experiment, Some(Experiment::Ladder | Experiment::Growth));
        self.pass == Pass::Timed && !read
    }

    /// The same, with a wish for the tracker's report.
    pub fn with_report(self, report: ReportWish) -> Self {
        Self { report, ..self }
    }
}
