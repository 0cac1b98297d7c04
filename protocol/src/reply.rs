//! What a subject answers.

use serde::{Deserialize, Serialize};

use crate::{
    Cost, Heap, Latencies, LeakGrades, Leaked, Moment, Reported, TimelinePoint, TrackerReport,
    Truth, TypeUse,
};

/// What a subject sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one at a time, and a box would be one more allocation in a subject"
)]
pub enum Message {
    /// A line of progress, for people.
    Progress(String),
    /// A server of the job accepts connections on this port of the loopback interface, until the runner
    /// sends [`STOP`](crate::STOP).
    Listening(u16),
    /// The answer; nothing but [`Message::FinalHeap`] follows it.
    Reply(Box<Reply>),
    /// The heap at the very end, if [`Job::final_heap`](crate::Job::final_heap) asked for it.
    FinalHeap(FinalHeap),
    /// The subject could not do the job, and why.
    Failed {
        /// What it was doing: `job`, `init`, `work`, `readout`, `leaks`.
        stage: String,
        /// The reason, in words.
        reason: String,
    },
}

/// The answer to a [`Job`](crate::Job).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reply {
    /// [`PROTOCOL`](crate::PROTOCOL) of the subject.
    pub protocol: u32,
    /// Who answers.
    pub identity: Identity,
    /// Nanoseconds since the Unix epoch at which the subject's `main` began.
    pub main_unix_ns: u64,
    /// Nanoseconds that setting up the tracker took.
    pub init_ns: u64,
    /// What each workload of the job cost, in the job's order.
    pub parts: Vec<Part>,
    /// What the program truly did since counting began (audit passes only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truth: Option<Truth>,
    /// The tracker's own heap since counting began (audit passes only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_heap: Option<Heap>,
    /// What the tracker says the program did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<Reported>,
    /// Nanoseconds that reading out [`Reply::reported`] took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readout_ns: Option<u64>,
    /// The tracker's list of leaks, held against what leaked, if asked for; absent for a tracker that
    /// lists none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaks: Option<LeakGrades>,
    /// The tracker report, if one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<TrackerReport>,
    /// The program's heap over time, if asked for (audit passes only).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timeline: Vec<TimelinePoint>,
    /// What the tracker said was alive at some moments within the workload, if asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moments: Vec<Moment>,
    /// The process after each repetition, if [`Job::soak_ms`](crate::Job::soak_ms) asked for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub soak: Vec<SoakPoint>,
}

/// What a subject says it is: read from the running program, not from a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Identity {
    /// The tracker's name.
    pub tracker: String,
    /// The version compiled in.
    pub version: String,
    /// The mode it ran in; empty if it has only one.
    pub mode: String,
    /// Whether it was compiled with debug assertions; such figures are not worth publishing.
    pub debug_build: bool,
}

/// One workload's share of a sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Part {
    /// The workload.
    pub workload: String,
    /// When its measured region began, in nanoseconds since the set-up of the first workload began: on
    /// the clock of [`TimelinePoint::at_ns`].
    #[serde(default)]
    pub begin_ns: u64,
    /// What it cost.
    pub cost: Cost,
    /// What it did: the difference of the counters between its beginning and its end, with the peak
    /// reached since the process began (audit passes only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truth: Option<Truth>,
    /// The tracker's own heap, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_heap: Option<Heap>,
    /// What it left behind once all that was set up for it was gone (audit passes only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaked: Option<Leaked>,
    /// Bytes that the tracker holds for itself after it (audit passes only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_live_bytes: Option<u64>,
    /// The variables tracked meanwhile, by the type's name (audit passes only).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<TypeUse>,
    /// What a server served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<Served>,
    /// How long each call of the allocator took, if [`Job::latency`](crate::Job::latency) asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latencies: Option<Latencies>,
}

/// All that a process did on the heap, from its first allocation to its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FinalHeap {
    /// The program when its `main` began: what is alive there is the language runtime's.
    pub at_main: Heap,
    /// The program at the end.
    pub program: Heap,
    /// The tracker for itself.
    pub own: Heap,
}

/// What a server served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Served {
    /// Connections accepted.
    pub connections: u64,
    /// Requests answered.
    pub requests: u64,
    /// Connections that ended with an error, or before they were accepted.
    pub broken: u64,
}

/// A process at the end of a repetition of its workload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SoakPoint {
    /// Nanoseconds since the first repetition began.
    pub at_ns: u64,
    /// Repetitions until then.
    pub repetitions: u64,
    /// Bytes alive of the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_bytes: Option<u64>,
    /// Resident memory that is not shared or mapped from files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resident_bytes: Option<u64>,
    /// Open file descriptors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub descriptors: Option<u64>,
}
