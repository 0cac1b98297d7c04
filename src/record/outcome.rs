//! How a sample ended, and what came of it: one payload for each kind of sample.

use std::collections::BTreeSet;
use std::path::Path;

use protocol::{
    Cost, FinalHeap, Heap, Latencies, LeakGrades, Leaked, Moment, Reported, Served, SoakPoint,
    TrackerReport, Truth, TypeUse,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Instructed, LoadResult, MemcheckFindings};

/// How a sample ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The subject did not answer, or its answer cannot be used.
    Failed(Box<Failed>),
    /// A timed sample.
    Timed(Box<Timed>),
    /// An audited one.
    Audit(Box<Audited>),
    /// An audited one whose tracker was asked for its list of leaks.
    Leaks(Box<LeakSample>),
    /// The same workload several times in one process.
    Growth(Box<Repeated>),
    /// An audited one that was followed to the end of its process.
    Verify(Box<Verified>),
    /// An audited one whose workload was repeated for a time.
    Soak(Box<Soaked>),
    /// A sample whose instructions were counted.
    Instructions(Box<Instructed>),
    /// One in which each call of the allocator was timed.
    Latency(Box<LatencySample>),
}

impl Outcome {
    /// How it failed; `None` if it did not.
    pub fn failed(&self) -> Option<&Failed> {
        match self {
            Self::Failed(failed) => Some(failed),
            _ => None,
        }
    }

    /// How it failed, in words; `None` if it did not.
    pub fn failure(&self) -> Option<String> {
        let failed = self.failed()?;
        Some(format!("{}: {}", failed.failure.label(), failed.reason))
    }

    /// What was counted, in an audited sample.
    pub fn audited(&self) -> Option<&Audited> {
        match self {
            Self::Failed(_)
            | Self::Timed(_)
            | Self::Growth(_)
            | Self::Instructions(_)
            | Self::Latency(_) => None,
            Self::Audit(audited) => Some(audited),
            Self::Leaks(leaks) => Some(&leaks.audited),
            Self::Verify(verified) => Some(&verified.audited),
            Self::Soak(soaked) => Some(&soaked.audited),
        }
    }

    /// What is known of the process itself, in a completed sample.
    pub fn process(&self) -> Option<&Process> {
        match self {
            Self::Failed(_) => None,
            Self::Timed(timed) => Some(&timed.process),
            Self::Growth(repeated) => Some(&repeated.process),
            Self::Instructions(counted) => Some(&counted.process),
            Self::Latency(timed) => Some(&timed.process),
            other => other.audited().map(|audited| &audited.process),
        }
    }

    /// What a server did, in a completed sample.
    pub fn server(&self) -> Option<&Server> {
        match self {
            Self::Timed(timed) => timed.server.as_deref(),
            other => other.audited().and_then(|audited| audited.server.as_ref()),
        }
    }

    /// The tracker report, in a completed sample.
    pub fn report(&self) -> Option<&TrackerReportFindings> {
        match self {
            Self::Timed(timed) => timed.report.as_deref(),
            other => other.audited().and_then(|audited| audited.report.as_ref()),
        }
    }
}

/// A sample that failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Failed {
    /// In which way.
    pub failure: Failure,
    /// In words, with the end of what the subject wrote to standard error.
    pub reason: String,
    /// What the load on its server did, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<LoadResult>,
    /// What Memcheck found all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memcheck: Option<MemcheckFindings>,
}

/// The ways in which a sample fails.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// The subject could not be built.
    Build,
    /// The process could not be started.
    Spawn,
    /// The subject refused the job, or said at which stage it failed.
    Refused,
    /// It panicked.
    Panicked,
    /// It ended by a signal.
    Crashed,
    /// It ended without an answer.
    NoReply,
    /// Its answer could not be read.
    Garbled,
    /// It took longer than allowed.
    TimedOut,
    /// It used more memory than allowed.
    OutOfMemory,
    /// It wrote more to its logs than allowed.
    FloodedLog,
    /// It left processes behind that did not end by themselves.
    LeftBehind,
    /// The load on its server failed, or not every request was answered as it should be.
    Load,
}

impl Failure {
    /// In a word or two, for a table's cell.
    pub fn label(self) -> &'static str {
        match self {
            Self::Build => "does not build",
            Self::Spawn => "does not start",
            Self::Refused => "refused",
            Self::Panicked => "panicked",
            Self::Crashed => "crashed",
            Self::NoReply => "no reply",
            Self::Garbled => "garbled reply",
            Self::TimedOut => "timed out",
            Self::OutOfMemory => "out of memory",
            Self::FloodedLog => "flooded its log",
            Self::LeftBehind => "left processes",
            Self::Load => "failed under load",
        }
    }
}

/// What is known of a process that answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Process {
    /// From the start of the process to the first line of its `main`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub startup_ns: Option<u64>,
    /// Setting up the tracker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init_ns: Option<u64>,
    /// Reading the tracker's statistics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readout_ns: Option<u64>,
    /// Whether it was built with debug assertions; such figures are not worth publishing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub debug_build: bool,
}

/// What a server did in a sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Server {
    /// What the load on it did.
    pub load: LoadResult,
    /// What the server says that it served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<Served>,
}

/// A tracker report, and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrackerReportFindings {
    /// The report.
    #[serde(flatten)]
    pub report: TrackerReport,
    /// What is wrong with its form, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
}

impl TrackerReportFindings {
    /// The size of all its files together, in bytes; `None` if it left none.
    pub fn bytes(&self) -> Option<u64> {
        let sizes = self.report.files.iter().map(|(_, size)| *size);
        (!self.report.files.is_empty()).then(|| sizes.fold(0, u64::saturating_add))
    }

    /// The kinds of its files that hold anything, by what their names end with: `html`, `json`.
    pub fn formats(&self) -> BTreeSet<String> {
        let filled = self.report.files.iter().filter(|(_, size)| *size > 0);
        let ends = filled.filter_map(|(name, _)| Path::new(name).extension()?.to_str());
        ends.map(str::to_lowercase).collect()
    }
}

/// What a timed sample brought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Timed {
    /// The process.
    #[serde(flatten)]
    pub process: Process,
    /// The cost of the measured region.
    pub cost: Cost,
    /// What the tracker reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<Reported>,
    /// What a server did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<Box<Server>>,
    /// The tracker report. Its files are judged, measured and deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Box<TrackerReportFindings>>,
}

/// What an audited sample brought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Audited {
    /// The process.
    #[serde(flatten)]
    pub process: Process,
    /// The cost of the measured region, counting included: never part of a figure of cost.
    pub cost: Cost,
    /// What the workload did: allocations within the measured region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<Truth>,
    /// What the program did since counting began: what the tracker's figures are held against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truth: Option<Truth>,
    /// What the tracker reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<Reported>,
    /// The tracker's own heap since counting began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_heap: Option<Heap>,
    /// What the workload left behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaked: Option<Leaked>,
    /// The variables that the workload handed to the tracker, by type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<TypeUse>,
    /// What the tracker said was alive while the workload ran, if it was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moments: Vec<Moment>,
    /// What a server did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<Server>,
    /// The tracker report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<TrackerReportFindings>,
}

/// What a sample brought whose tracker was asked for its list of leaks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LeakSample {
    /// What was counted.
    #[serde(flatten)]
    pub audited: Audited,
    /// The list, graded; absent for a tracker that lists none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<LeakGrades>,
}

/// What a sample brought in which each call of the allocator was timed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LatencySample {
    /// The process.
    #[serde(flatten)]
    pub process: Process,
    /// The cost of the measured region, timing included: never part of a figure of cost.
    pub cost: Cost,
    /// The calls by their durations; absent for a program without the wrapper that times them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latencies: Option<Latencies>,
}

/// What a sample brought whose workload ran several times in one process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Repeated {
    /// The process.
    #[serde(flatten)]
    pub process: Process,
    /// The cost of the first repetition.
    pub cost: Cost,
    /// How things stood after each repetition.
    pub repetitions: Vec<RepetitionEnd>,
}

/// How things stood after one of several repetitions in one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RepetitionEnd {
    /// Bytes that the tracker held for itself (audit passes only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_live_bytes: Option<u64>,
    /// Resident set, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resident_bytes: Option<u64>,
    /// Allocations of the program in this repetition (audit passes only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocations: Option<u64>,
}

/// What a sample brought that was followed to the end of its process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verified {
    /// What was counted until the reply.
    #[serde(flatten)]
    pub audited: Audited,
    /// The heap at the very end, as the ground truth counted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub final_heap: Option<FinalHeap>,
    /// What Memcheck found; absent without Valgrind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memcheck: Option<MemcheckFindings>,
}

/// What a sample brought whose workload was repeated for a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Soaked {
    /// What was counted.
    #[serde(flatten)]
    pub audited: Audited,
    /// The process after each repetition.
    pub points: Vec<SoakPoint>,
}
