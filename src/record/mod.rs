//! What a run leaves behind: one line of JSON a sample, beside the environment it was taken in.
//!
//! ```text
//! target-reports/runs/20261122T041500Z-host-1a2b3c4/
//!     environment.json     machine, toolchain, settings, the procedure, the command
//!     records.jsonl        one Record a line, appended and flushed as each sample ends; records.jsonl.zst where
//!                          the run is published
//!     samples/…            logs, tracker reports, and Callgrind's profiles
//! ```
//!
//! Everything published is computed from these files. All durations are in nanoseconds, all sizes in
//! bytes. A figure that could not be read is absent, never zero. `docs/records.md` describes the files for
//! other programs.

mod callgrind;
pub mod comparable;
pub mod environment;
mod error;
mod instructed;
mod load;
mod lock;
mod memcheck;
mod open_loop;
mod outcome;
mod packed;
mod read;
pub mod schema;
mod store;
mod version1;

use protocol::{Cost, Params, Pass};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::arm::ArmId;
use crate::plan::procedure::Experiment;

pub use callgrind::{CALLGRIND_FILE, Call, CallProfile, CallgrindError, Function};
pub use error::RecordsError;
pub use instructed::Instructed;
pub use load::{Latency, LoadResult};
pub use memcheck::{MemcheckFindings, NotFreed};
pub use open_loop::{HELD_P99_NS, Holding, OpenLoop};
pub use outcome::{
    Audited, Failed, Failure, LatencySample, LeakSample, Outcome, Process, Repeated, RepetitionEnd,
    Server, Soaked, Timed, TrackerReportFindings, Verified,
};
pub use packed::{PACKED_FILE, is_packed, pack, records_in};
pub use store::{Run, Writer};

/// The name of the file of records in a run's folder.
pub const RECORDS_FILE: &str = "records.jsonl";
/// The name of the file of the environment in a run's folder.
pub const ENVIRONMENT_FILE: &str = "environment.json";

/// Version of [`Record`] and of the environment as they are written. Version 1 is still read.
pub const SCHEMA: u32 = 2;

/// One sample: the outcome of one subject process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Record {
    /// [`SCHEMA`] of the writer.
    pub schema: u32,
    /// The run it belongs to: the name of its folder.
    pub run: String,
    /// The workload.
    pub workload: String,
    /// What makes a program of it.
    pub params: Params,
    /// The arm.
    pub arm: ArmId,
    /// The tracker's version, as the running subject gave it; absent if it never answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Timed or audited.
    pub pass: Pass,
    /// What the sample belongs to, if it is no cell of the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experiment: Option<Experiment>,
    /// Its place among the samples of the arm.
    #[serde(flatten)]
    pub slot: Slot,
    /// Whether the tracker was asked for its report.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub report_asked: bool,
    /// When the process was started, in nanoseconds since the Unix epoch.
    pub started_unix_ns: u64,
    /// All the time this sample took the harness: from before the start to after the end.
    pub sample_ns: u64,
    /// Folder of the sample's logs and reports, relative to the run's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// How it ended, and what came of it.
    pub outcome: Outcome,
}

/// A sample's place among those of its arm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Slot {
    /// Which block of its workload, from 0.
    pub block: u32,
    /// Its place in the block's order, from 0.
    pub place: u32,
    /// Whether the block only warms caches up; such samples are kept, and left out of every figure.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub warm_up: bool,
    /// Which link order of its program it ran, from 0; absent for a program as it was built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<u32>,
}

impl Record {
    /// Whether it counts towards what tracking costs, in its cell or its experiment.
    pub fn is_timed_sample(&self) -> bool {
        self.pass == Pass::Timed && !self.slot.warm_up
    }

    /// Whether it belongs to a cell of the table: a workload under a tracker.
    pub fn is_of_a_cell(&self) -> bool {
        self.experiment.is_none()
    }

    /// What is judged, in nanoseconds: the CPU time of all threads, user and kernel. On a machine that other programs
    /// use, it differs by a third to a tenth of what wall time does between identical programs; and a client that
    /// shares the cores of a server has no part in it. Wall time, where the system tells no other.
    pub fn judged_ns(&self) -> Option<u64> {
        let cost = self.cost()?;
        Some(cost.cpu_ns().unwrap_or(cost.wall_ns))
    }

    /// The cost of the measured region, if the sample was completed.
    pub fn cost(&self) -> Option<Cost> {
        match &self.outcome {
            Outcome::Failed(_) => None,
            Outcome::Timed(timed) => Some(timed.cost),
            Outcome::Growth(repeated) => Some(repeated.cost),
            Outcome::Latency(timed) => Some(timed.cost),
            other => other.audited().map(|audited| audited.cost),
        }
    }
}
