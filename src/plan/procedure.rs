//! A procedure: all that a verb is going to run, as data.
//!
//! It says which arms take part, which passes are taken of them, in which order, and what is shown in the
//! end. The engine (`run::engine`) carries it out, whatever the verb; it is recorded with the run, so that an
//! interrupted one goes on as it began.

use protocol::Pass;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::sample_kind::{Arrivals, Experiment, ReportWish, SampleKind, TimeLimit};

use super::arm::{ArmId, Role};
use super::group::Group;
use super::partition::Partition;

/// What is going to be run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Procedure {
    /// Whose it is; it is resumed by the same verb.
    pub verb: Verb,
    /// The workloads, each with its parameters and arms.
    pub groups: Vec<Group>,
    /// What is done with them, one after the other.
    pub stages: Vec<Stage>,
    /// What is printed when all is done.
    pub shown: Shown,
    /// Neighbours that load the machine's memory meanwhile.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub neighbours: u32,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// A verb that runs something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Verb {
    Measure,
    Audit,
    Compare,
    Gate,
    Sweep,
    Ladder,
    Latency,
    Load,
    Profile,
    Verify,
    Calibrate,
    /// `cargo bench`, whose runs are those of `measure`.
    Bench,
}

impl Verb {
    /// The verb by which an interrupted run goes on.
    pub fn resumed_by(self) -> &'static str {
        match self {
            Self::Measure | Self::Bench => "measure",
            Self::Audit => "audit",
            Self::Compare => "compare",
            Self::Gate => "gate",
            Self::Sweep => "sweep",
            Self::Ladder => "ladder",
            Self::Latency => "latency",
            Self::Load => "load",
            Self::Profile => "profile",
            Self::Verify => "verify",
            Self::Calibrate => "calibrate",
        }
    }

    /// That verb with the options that it cannot do without, as a message tells the user.
    pub fn resumed_with(self) -> &'static str {
        match self {
            Self::Gate => "gate --baseline FILE",
            other => other.resumed_by(),
        }
    }
}

/// What is printed in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Shown {
    /// What each tracker costs.
    Costs,
    /// How accurate it is: figures, own heap, leaks, growth, reports.
    Accuracy,
    /// Overhead and accuracy by number of threads.
    Threads,
    /// Cost and accuracy by size.
    Sizes,
    /// What each step of using a tracker costs.
    Ladder,
    /// How long single allocations take.
    Latency,
    /// At which rates of requests a server answers in time.
    Load,
    /// Where the workloads allocate.
    Profiles,
    /// What stays on the heap.
    HeapChecks,
    /// What grows when a workload is repeated.
    Soaks,
    /// Arms set against one of them, which comes first.
    Comparison,
    /// How many instructions each tracker makes, and where.
    Instructions,
    /// What the instrument finds, and where it sees what is not there.
    Calibration,
}

/// One stage of a procedure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// What the progress calls it: `audit`.
    pub title: String,
    /// The workloads that take part; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workloads: Option<Vec<String>>,
    /// The roles of the arms that take part.
    pub roles: Vec<Role>,
    /// The arms that take part, of those of these roles; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arms: Option<Vec<ArmId>>,
    /// What is taken of them.
    pub work: Work,
}

/// What is taken of the arms of a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// Of each arm one sample of each kind, arm by arm.
    Once(Vec<SampleKind>),
    /// Of each arm so many samples of each kind, arm by arm.
    Several(Vec<SampleKind>, u32),
    /// Blocks, each with one sample of every arm in a balanced order: a warm-up block of every group, then
    /// rounds in which each group has its turn, so that no drift of the machine falls on one of them.
    Rounds(SampleKind),
    /// Kinds from the lightest to the heaviest load, so many times over: of each arm a sample of the next kind as
    /// long as it held the one before. All arms take each step back to back, in a balanced order.
    Climb(Vec<SampleKind>, u32),
}

impl Stage {
    /// A stage in which all groups take part.
    pub fn new(title: &str, roles: &[Role], work: Work) -> Self {
        Self { title: title.to_owned(), workloads: None, roles: roles.to_vec(), arms: None, work }
    }

    /// The same, for these workloads alone.
    pub fn on(self, workloads: &[&str]) -> Self {
        Self { workloads: Some(workloads.iter().map(|&name| name.to_owned()).collect()), ..self }
    }

    /// The same, with these arms alone.
    pub fn with_arms(self, arms: Vec<ArmId>) -> Self {
        Self { arms: Some(arms), ..self }
    }

    /// Whether an arm takes part.
    pub fn takes_arm(&self, arm: &ArmId) -> bool {
        self.roles.contains(&arm.role) && self.arms.as_ref().is_none_or(|arms| arms.contains(arm))
    }

    /// Whether a group takes part.
    pub fn takes(&self, group: &Group) -> bool {
        self.workloads.as_ref().is_none_or(|names| names.contains(&group.workload))
    }
}

impl Procedure {
    /// One on a machine that is left alone.
    pub fn new(verb: Verb, groups: Vec<Group>, stages: Vec<Stage>, shown: Shown) -> Self {
        Self { verb, groups, stages, shown, neighbours: 0 }
    }

    /// Only a share of it, for one machine of several.
    pub fn share(self, partition: Partition) -> Self {
        Self { groups: partition.share(self.groups), ..self }
    }

    /// Every arm, each once, in the order of the groups.
    pub fn arms(&self) -> Vec<ArmId> {
        let mut arms: Vec<ArmId> = Vec::new();
        for arm in self.groups.iter().flat_map(|group| &group.arms) {
            if !arms.contains(arm) {
                arms.push(arm.clone());
            }
        }
        arms
    }

    /// Every kind of sample, in the order of the stages.
    pub fn kinds(&self) -> impl Iterator<Item = &SampleKind> {
        self.stages.iter().flat_map(|stage| match &stage.work {
            Work::Once(kinds) | Work::Several(kinds, _) | Work::Climb(kinds, _) => kinds.as_slice(),
            Work::Rounds(kind) => std::slice::from_ref(kind),
        })
    }

    /// Whether workloads with workers are timed on one thread alone.
    pub fn times_one_thread(&self) -> bool {
        self.kinds().any(|kind| kind.pass == Pass::Timed && kind.one_thread)
    }

    /// In how many link orders its programs run, if in several.
    pub fn links(&self) -> Option<u32> {
        self.kinds().filter_map(|kind| kind.links).max()
    }

    /// The workloads, each once.
    pub fn workloads(&self) -> Vec<String> {
        let mut names: Vec<String> = self.groups.iter().map(|g| g.workload.clone()).collect();
        names.dedup();
        names
    }
}
