//! What the harness asks of a subject.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Version of [`Job`] and [`Message`](crate::Message); a subject refuses a job of another version.
pub const PROTOCOL: u32 = 3;

/// Name of the environment variable that tells a subject, before its first allocation, what its
/// allocator wrapper is to do: see [`AllocatorRole`].
pub const ROLE_VARIABLE: &str = "MEMSCOPE_BENCH_ROLE";

/// The function that does the work and nothing else, by its path in the crate `subject`: a tool in front of a
/// subject knows by it where the measured region begins and ends.
pub const REGION: &str = "measure::measured_region";

/// What the allocator wrapper of a subject does with each call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AllocatorRole {
    /// Count the ground truth.
    pub audit: bool,
    /// Pass by the tracker's allocator: for modes in which it is linked but not installed.
    pub bypass: bool,
}

impl AllocatorRole {
    /// The value of [`ROLE_VARIABLE`] that asks for this role.
    pub fn to_variable(self) -> &'static str {
        match (self.audit, self.bypass) {
            (false, false) => "timed",
            (true, false) => "audit",
            (false, true) => "timed,bypass",
            (true, true) => "audit,bypass",
        }
    }
}

/// What is recorded besides cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Pass {
    /// Nothing but the tracker is installed; only these samples say what tracking costs.
    Timed,
    /// The ground truth is counted too; only these samples say what truly happened.
    Audit,
}

/// What becomes of the original's sleeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Pacing {
    /// A sleep yields to the scheduler and costs nothing.
    #[default]
    Yield,
    /// Sleeps last as long as in the original; they hide cost.
    Original,
}

/// What makes a program of a workload: the same parameters, the same allocations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Multiplies the outer counts of the workload; 1.0 is the size of the published suites.
    pub scale: f64,
    /// Size of the workload's thread pool or runtime.
    pub threads: usize,
    /// Every random generator of the workload is derived from it.
    pub seed: u64,
    /// What becomes of the original's sleeps.
    #[serde(default)]
    pub pacing: Pacing,
}

impl Default for Params {
    /// Full size, on one thread.
    fn default() -> Self {
        Self { scale: 1.0, threads: 1, seed: 1, pacing: Pacing::Yield }
    }
}

impl Params {
    /// The same at a share of this scale, as one would write the product: 0.1 × 0.1 is 0.01, and equal to a
    /// scale of 0.01 that was asked for.
    #[must_use]
    pub fn at_share(self, share: f64) -> Self {
        let exact = self.scale * share;
        Self { scale: format!("{exact:.12e}").parse().unwrap_or(exact), ..self }
    }
}

/// One job: run these workloads, one after the other, in this process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// [`PROTOCOL`] of the sender.
    pub protocol: u32,
    /// Names of the workloads, in order. A sample has one; the stress test has all eight phases.
    pub workloads: Vec<String>,
    /// The tracker's mode; empty for its default.
    #[serde(default)]
    pub mode: String,
    /// What to record.
    pub pass: Pass,
    /// What makes a program of the workload.
    pub params: Params,
    /// Whether the tracker is to be linked but idle: nothing is set up and nothing tracked, as in a
    /// program that carries the tracker and does not start it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub idle: bool,
    /// Whether a second thread is to wait beside the work, doing nothing: what the C library's allocator does
    /// otherwise in a process of several threads shows by it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub parked: bool,
    /// Whether the tracker is not asked what it counted: where nobody wants to know, as in most timed passes, that
    /// may take longer than the work.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unread: bool,
    /// Whether to ask the tracker for its list of leaks, and to grade it ([`Pass::Audit`] only).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leaks: bool,
    /// Whether to ask the tracker, at some moments within the workload, what is alive, and to give
    /// [`Reply::moments`](crate::Reply::moments) ([`Pass::Audit`] only).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub moments: bool,
    /// Whether the tracker is to tell what it knows of single sites ([`Pass::Audit`] only). It may write to
    /// [`Job::report_folder`] for that, and makes no other report.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sites: bool,
    /// Whether to time every single call of the allocator, and to give
    /// [`Part::latencies`](crate::Part::latencies) ([`Pass::Timed`] only; its cost is not a tracker's).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub latency: bool,
    /// Folder for the tracker report; none is made without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_folder: Option<PathBuf>,
    /// Whether to send [`Message::Progress`](crate::Message::Progress) while working.
    #[serde(default)]
    pub progress: bool,
    /// Interval between the points of [`Reply::timeline`](crate::Reply::timeline), in milliseconds; no timeline without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeline_ms: Option<u64>,
    /// The port on which a server listens; one of the system's choice without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Whether to free everything after the reply and send [`Message::FinalHeap`](crate::Message::FinalHeap) at the very end
    /// ([`Pass::Audit`] only).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub final_heap: bool,
    /// Repeats the workload for this long, in milliseconds, and gives [`Reply::soak`](crate::Reply::soak)
    /// ([`Pass::Audit`] only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soak_ms: Option<u64>,
}

impl Job {
    /// A job for one workload, in the tracker's default mode, with the default [`Params`].
    pub fn new(workload: &str, pass: Pass) -> Self {
        Self {
            protocol: PROTOCOL,
            workloads: vec![workload.to_owned()],
            mode: String::new(),
            pass,
            params: Params::default(),
            idle: false,
            parked: false,
            unread: false,
            leaks: false,
            moments: false,
            sites: false,
            latency: false,
            report_folder: None,
            progress: false,
            timeline_ms: None,
            port: None,
            final_heap: false,
            soak_ms: None,
        }
    }
}

/// What the runner sends to a server to stop it.
pub const STOP: &[u8] = b"\"stop\"\n";
