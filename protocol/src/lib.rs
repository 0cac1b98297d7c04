//! What the harness and a measured process say to each other, and the facts of the workloads.
//!
//! Both sides link this crate, and nothing else in common: a subject does not link the harness, and the
//! harness does not link what subjects run on.
//!
//! Messages are JSON, one a line, on a channel of their own: a socket pair that the subject finds in place
//! of its standard input. Standard output and error belong to the tracker. All durations are in
//! nanoseconds, all sizes in bytes. A figure that could not be read is absent, never zero.

mod heap;
mod job;
mod latency;
mod reply;
mod tracker;
pub mod workloads;

pub use heap::{Cost, Heap, Live, Moment, TimelinePoint, Truth, TypeUse};
pub use job::{AllocatorRole, Job, PROTOCOL, Pacing, Params, Pass, REGION, ROLE_VARIABLE, STOP};
pub use latency::{LATENCY_DIGITS, LATENCY_MAX_NS, Latencies};
pub use reply::{FinalHeap, Identity, Message, Part, Reply, Served, SoakPoint};
pub use tracker::{LeakGrades, LeakList, Leaked, Planted, Reported, SiteUse, TrackerReport};

/// FNV-1a, 64 bits: a hash that is the same everywhere and always, for deriving seeds from names.
pub fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
