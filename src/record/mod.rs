//! What a run leaves behind: one line of JSON a sample, beside the environment it was taken in.
//!
//! ```text
//! target-reports/runs/20261122T041500Z-host-1a2b3c4/
//!     environment.json     machine, toolchain, settings, the command
//!     records.jsonl        one Record a line, appended and flushed as each sample ends
//!     samples/…            logs, and the trackers' own exports
//! ```
//!
//! Everything published is computed from these files. All durations are in nanoseconds, all sizes in
//! bytes. A figure that could not be read is absent, never zero.

pub mod comparable;
pub mod endurance;
pub mod environment;
mod store;

use serde::{Deserialize, Serialize};
use subject::protocol::{
    Cost, Export, Heap, LeakGrades, Leaked, Pacing, Pass, Reported, Truth, TypeUse,
};

use crate::record::endurance::Endurance;
pub use store::{ENVIRONMENT_FILE, RECORDS_FILE, RecordsError, Run, Writer};

/// Version of [`Record`] as it is written.
pub const SCHEMA: u32 = 1;

/// A tracker as it ran: name, version and mode.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TrackerRef {
    /// The name in the catalogue.
    pub name: String,
    /// The version that the running subject gave; absent if it never answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The mode; empty for a tracker that has but one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub mode: String,
}

/// How a sample ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// The subject answered.
    Completed,
    /// It did not, or not as it should.
    Failed {
        /// In which way.
        failure: Failure,
        /// In words, with the end of what the subject wrote to standard error.
        reason: String,
    },
}

impl Outcome {
    /// How it failed, in words; `None` if it did not.
    pub fn failure(&self) -> Option<String> {
        match self {
            Self::Completed => None,
            Self::Failed { failure, reason } => Some(format!("{}: {reason}", failure.label())),
        }
    }
}

/// The ways in which a sample fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
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
            Self::Load => "failed under load",
        }
    }
}

/// What a sample belongs to that is no cell of the table: its figures never mix with the cells'.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Experiment {
    /// One workload at several numbers of threads.
    Threads,
    /// What each step of using a tracker costs: linked, armed, read, exported.
    Ladder,
    /// The tracker's list of leaks, graded.
    Leaks,
    /// The same workload over and over in one process: does the tracker's memory grow without bound?
    Growth,
    /// One run to its very end: does the process leave anything on the heap?
    Verify,
    /// One workload repeated for a time in one process: does anything grow?
    Soak,
}

/// How things stood after one of several passes in one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassEnd {
    /// Bytes that the tracker held for itself (audit passes only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_live_bytes: Option<u64>,
    /// Resident set, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resident_bytes: Option<u64>,
    /// Blocks that the program allocated in this pass (audit passes only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocations: Option<u64>,
}

/// One sample: the outcome of one subject process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`SCHEMA`] of the writer.
    pub schema: u32,
    /// The run it belongs to: the name of its folder.
    pub run: String,
    /// Which block of its workload, from 0.
    pub block: u32,
    /// Its place in the block's random order, from 0.
    pub order: u32,
    /// Whether the block only warms caches up; such samples are kept, and left out of every figure.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub warm_up: bool,
    /// What the sample belongs to, if it is no cell of the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experiment: Option<Experiment>,
    /// Whether the tracker was linked but not started.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub idle: bool,
    /// Whether the tracker was asked for its own export.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exported: bool,
    /// Timed or audited.
    pub pass: Pass,
    /// The workload.
    pub workload: String,
    /// The arm of the comparison; the name under which the tracker appears. Two arms may run the same
    /// tracker: `untracked` and `untracked-twin` do.
    pub arm: String,
    /// The tracker.
    pub tracker: TrackerRef,
    /// See [`Job`](subject::protocol::Job).
    pub scale: f64,
    /// Likewise.
    pub threads: usize,
    /// Likewise.
    pub seed: u64,
    /// Likewise.
    pub pacing: Pacing,
    /// When the process was started, in nanoseconds since the Unix epoch.
    pub started_unix_ns: u64,
    /// All the time this sample took the runner: from before the start to after the end.
    pub sample_ns: u64,
    /// From the start of the process to the first line of its `main`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub startup_ns: Option<u64>,
    /// Setting up the tracker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init_ns: Option<u64>,
    /// Reading the tracker's statistics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readout_ns: Option<u64>,
    /// Whether the subject was built with debug assertions; such figures are not worth publishing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub debug_build: bool,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The cost of the measured region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// What the workload did: allocations within the measured region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<Truth>,
    /// What the program did since counting began: what the tracker's report is held against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truth: Option<Truth>,
    /// What the tracker reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<Reported>,
    /// The tracker's own heap since counting began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_heap: Option<Heap>,
    /// What the workload left behind (audit passes only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaked: Option<Leaked>,
    /// The tracker's list of leaks, graded (audit passes only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaks: Option<LeakGrades>,
    /// How things stood after each pass, where there were several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passes: Vec<PassEnd>,
    /// The variables that the workload handed to the tracker, by type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<TypeUse>,
    /// The tracker's own export.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export: Option<Export>,
    /// What is wrong with that export; see [`exports`](crate::run::tracker_report).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub export_findings: Vec<String>,
    /// Of scenarios, verifications and soaks only.
    #[serde(flatten)]
    pub endurance: Endurance,
    /// Folder of the sample's logs and exports, relative to the run's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artefacts: Option<String>,
}

impl Record {
    /// Whether it counts towards what tracking costs, in its cell or its experiment.
    pub fn is_timed_sample(&self) -> bool {
        self.pass == Pass::Timed && !self.warm_up
    }

    /// Whether it belongs to a cell of the table: a workload under a tracker.
    pub fn is_of_a_cell(&self) -> bool {
        self.experiment.is_none()
    }
}
