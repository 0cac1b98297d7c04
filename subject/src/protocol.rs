//! What the runner asks of a subject, and what it answers.
//!
//! Both are JSON, one message a line, on a channel of their own: a socket pair that the subject finds
//! in place of its standard input. Standard output and error belong to the tracker. All durations are
//! in nanoseconds, all sizes in bytes. A figure that could not be read is absent, never zero.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Version of [`Job`] and [`Message`]; a subject refuses a job of another version.
pub const PROTOCOL: u32 = 1;

/// Name of the environment variable that tells a subject, before its first allocation, what its
/// allocator wrapper is to do: see [`ground_truth::Role`](crate::ground_truth::Role).
pub const ROLE_VARIABLE: &str = "MEMSCOPE_BENCH_ROLE";

/// What is recorded besides cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pass {
    /// Nothing but the tracker is installed; only these samples say what tracking costs.
    Timed,
    /// The ground truth is counted too; only these samples say what truly happened.
    Audit,
}

/// What becomes of the seed's sleeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pacing {
    /// A sleep yields to the scheduler and costs nothing.
    #[default]
    Yield,
    /// Sleeps last as long as in the seed; they hide cost.
    Seed,
}

/// One job: run these workloads, one after the other, in this process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Multiplies the outer counts of the workload; 1.0 is the seed's size.
    pub scale: f64,
    /// Every random generator of the workload is derived from it.
    pub seed: u64,
    /// Size of the workload's thread pool or runtime.
    pub threads: usize,
    /// What becomes of the seed's sleeps.
    #[serde(default)]
    pub pacing: Pacing,
    /// Whether the tracker is to be linked but idle: nothing is set up and nothing tracked, as in a
    /// program that carries the tracker and does not start it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub idle: bool,
    /// Whether to ask the tracker for its list of leaks, and to grade it ([`Pass::Audit`] only).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leaks: bool,
    /// Folder for the tracker's own exports; none are made without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artefacts: Option<PathBuf>,
    /// Whether to send [`Message::Progress`] while working.
    #[serde(default)]
    pub progress: bool,
    /// Interval between the points of [`Reply::timeline`], in milliseconds; no timeline without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeline_ms: Option<u64>,
    /// The port on which a server listens; one of the system's choice without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Whether to free everything after the reply and send [`Message::Farewell`] at the very end
    /// ([`Pass::Audit`] only).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub farewell: bool,
    /// Repeats the workload for this long, in milliseconds, and gives [`Reply::soak`]
    /// ([`Pass::Audit`] only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soak_ms: Option<u64>,
}

impl Job {
    /// A job for one workload, in the tracker's default mode, at full size, on one thread.
    pub fn new(workload: &str, pass: Pass) -> Self {
        Self {
            protocol: PROTOCOL,
            workloads: vec![workload.to_owned()],
            mode: String::new(),
            pass,
            scale: 1.0,
            seed: 1,
            threads: 1,
            pacing: Pacing::Yield,
            idle: false,
            leaks: false,
            artefacts: None,
            progress: false,
            timeline_ms: None,
            port: None,
            farewell: false,
            soak_ms: None,
        }
    }
}

/// What the runner sends to a server to stop it.
pub const STOP: &[u8] = b"\"stop\"\n";

/// What a subject sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// A line of progress, for people.
    Progress(String),
    /// A server of the job accepts connections on this port of the loopback interface, until the runner
    /// sends [`STOP`].
    Listening(u16),
    /// The answer; nothing but a farewell follows it.
    Reply(Box<Reply>),
    /// The last word before the exit, if [`Job::farewell`] asked for it.
    Farewell(Farewell),
    /// The subject could not do the job, and why.
    Failed {
        /// What it was doing: `job`, `init`, `work`, `readout`, `leaks`.
        stage: String,
        /// The reason, in words.
        reason: String,
    },
}

/// The answer to a [`Job`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// [`PROTOCOL`] of the subject.
    pub protocol: u32,
    /// Who answers.
    pub receipt: Receipt,
    /// Nanoseconds since the Unix epoch at which the subject's `main` began.
    pub main_unix_ns: u64,
    /// Nanoseconds that setting up the tracker took.
    pub init_ns: u64,
    /// What each workload of the job cost, in the job's order.
    pub parts: Vec<Part>,
    /// What the program truly did since counting began ([`Pass::Audit`] only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truth: Option<Truth>,
    /// The tracker's own heap since counting began ([`Pass::Audit`] only).
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
    /// The tracker's own export, if one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export: Option<Export>,
    /// The program's heap over time, if asked for ([`Pass::Audit`] only).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timeline: Vec<TimelinePoint>,
    /// The process after each repetition, if [`Job::soak_ms`] asked for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub soak: Vec<SoakPoint>,
}

/// All that a process did on the heap, from its first allocation to its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Farewell {
    /// The program when its `main` began: what is alive there is the language runtime's.
    pub at_main: Heap,
    /// The program at the end.
    pub program: Heap,
    /// The tracker for itself.
    pub own: Heap,
}

/// What a server served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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

/// What a subject says it is: read from the running program, not from a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The tracker's name.
    pub tracker: String,
    /// The version compiled in.
    pub version: String,
    /// The mode it ran in; empty if it has but one.
    pub mode: String,
    /// Whether it was compiled with debug assertions; such figures are not worth publishing.
    pub debug_build: bool,
}

/// One workload's share of a sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// reached since the process began ([`Pass::Audit`] only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truth: Option<Truth>,
    /// The tracker's own heap, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_heap: Option<Heap>,
    /// What it left behind once all that was set up for it was gone ([`Pass::Audit`] only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaked: Option<Leaked>,
    /// Bytes that the tracker holds for itself after it ([`Pass::Audit`] only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_live_bytes: Option<u64>,
    /// The variables tracked meanwhile, by the type's name ([`Pass::Audit`] only).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<TypeUse>,
    /// What a server served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<Served>,
}

/// The cost of the measured region: the workload and nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Wall-clock time.
    pub wall_ns: u64,
    /// CPU time in user mode, of all threads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_ns: Option<u64>,
    /// CPU time in the kernel, of all threads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_ns: Option<u64>,
    /// Resident set just before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resident_before_bytes: Option<u64>,
    /// Largest resident set meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resident_peak_bytes: Option<u64>,
    /// Page faults served without I/O.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minor_faults: Option<u64>,
    /// Page faults that needed I/O.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub major_faults: Option<u64>,
    /// Times a thread gave up its core.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voluntary_switches: Option<u64>,
    /// Times a thread was made to give up its core.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub involuntary_switches: Option<u64>,
}

impl Cost {
    /// CPU time in user mode and in the kernel, if both are known.
    pub fn cpu_ns(&self) -> Option<u64> {
        Some(self.user_ns? + self.system_ns?)
    }
}

/// Heap use of one owner (the program, or the tracker for itself), counted by the ground truth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heap {
    /// Blocks allocated (`alloc` and `alloc_zeroed`; a reallocation is counted apart).
    pub allocations: u64,
    /// Blocks freed.
    pub deallocations: u64,
    /// Blocks given another size.
    pub reallocations: u64,
    /// Bytes allocated: sizes of new blocks, and new sizes of reallocated ones.
    pub allocated_bytes: u64,
    /// Bytes freed: sizes of freed blocks, and old sizes of reallocated ones.
    pub freed_bytes: u64,
    /// Blocks alive at the end.
    pub live_blocks: u64,
    /// Bytes in them.
    pub live_bytes: u64,
    /// The most bytes that were alive at once.
    pub peak_live_bytes: u64,
    /// The most blocks that were alive at once; not necessarily at the same moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_live_blocks: Option<u64>,
}

impl Heap {
    /// Allocation events: blocks allocated, freed and reallocated.
    pub fn events(&self) -> u64 {
        self.allocations + self.deallocations + self.reallocations
    }
}

/// What the program truly did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// The program's heap.
    #[serde(flatten)]
    pub heap: Heap,
    /// Variables handed to the tracker.
    pub variables: u64,
    /// Blocks allocated or reallocated by size: element `i` counts sizes in `2^(i-1) ..= 2^i - 1`
    /// (element 0 counts size 0). Trailing zeros are left out.
    pub size_classes: Vec<u64>,
}

/// What the tracker says the program did, in the tracker's own terms.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reported {
    /// Blocks allocated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocations: Option<u64>,
    /// Blocks freed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deallocations: Option<u64>,
    /// Blocks given another size, where the tracker counts them apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reallocations: Option<u64>,
    /// Bytes allocated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocated_bytes: Option<u64>,
    /// Bytes freed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freed_bytes: Option<u64>,
    /// Blocks alive at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_blocks: Option<u64>,
    /// Bytes in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_bytes: Option<u64>,
    /// The most bytes alive at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_live_bytes: Option<u64>,
    /// Variables tracked by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variables: Option<u64>,
    /// Events that the tracker says it dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropped_events: Option<u64>,
    /// Use by type, where the tracker tells it, largest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<TypeUse>,
}

/// Blocks that a workload allocated and left behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaked {
    /// How many.
    pub blocks: u64,
    /// Bytes in them.
    pub bytes: u64,
}

/// What a tracker lists as leaked, or as still alive where it makes no difference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeakReport {
    /// By which of the tracker's functions, e.g. `get_active_allocations()`.
    pub source: String,
    /// Addresses of the blocks, in any order.
    pub addresses: Vec<u64>,
}

/// A tracker's list of leaks, held block by block against the blocks that are alive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeakGrades {
    /// Where the list is from: [`LeakReport::source`].
    pub source: String,
    /// Different blocks listed.
    pub listed: u64,
    /// Entries beyond the first for a block.
    pub repeated: u64,
    /// Of the listed: truly leaked by the workload.
    pub leaked: u64,
    /// Of the listed: alive and the program's, but from before or after the work, such as this harness's
    /// own few. Neither right nor wrong.
    pub in_use: u64,
    /// Of the listed: the tracker's own blocks.
    pub own: u64,
    /// Of the listed: not alive. Freed, or never a block.
    pub freed: u64,
    /// What workloads truly left behind.
    pub true_leaks: Leaked,
    /// All of the program's blocks that are alive, leaked or in use.
    pub alive_blocks: u64,
    /// Leaks that the workload planted, by label, where there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub planted: Vec<Planted>,
}

/// Leaks that were planted under one label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planted {
    /// The label.
    pub label: String,
    /// What was planted.
    pub leaked: Leaked,
    /// Blocks of it that the tracker lists.
    pub listed: u64,
}

/// Heap use under one type's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeUse {
    /// The type's name, in the words of whoever counted.
    #[serde(rename = "type")]
    pub type_name: String,
    /// How many variables.
    pub count: u64,
    /// Bytes in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

/// A tracker's own export.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// Nanoseconds it took.
    pub export_ns: u64,
    /// The files it left, relative to the artefacts folder, with their sizes in bytes, by name.
    pub files: Vec<(String, u64)>,
    /// What the tracker failed with, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// The heap at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelinePoint {
    /// Nanoseconds since the set-up of the first workload began.
    pub at_ns: u64,
    /// Bytes alive of the program.
    pub live_bytes: u64,
    /// Bytes alive of the tracker for itself.
    pub own_bytes: u64,
    /// Resident memory of the process that is not shared or mapped from files: heap, stacks, static data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resident_bytes: Option<u64>,
}

impl TimelinePoint {
    /// A point before anything was seen.
    pub(crate) const NONE: Self =
        Self { at_ns: 0, live_bytes: 0, own_bytes: 0, resident_bytes: None };
}
