//! What the Nodepp suite says of its tests, and publishes.

use protocol::workloads::{self, Traffic, Workload};
use serde::Serialize;

use crate::common::units::count;

/// What Nodepp publishes for its program of the same name, in the summary table of its
/// "Stability & Memory Benchmarks": another language, allocator and library, and other machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct UpstreamFigures {
    /// Its name there.
    pub name: &'static str,
    /// Blocks allocated, and as many freed.
    pub allocations: u64,
    /// Bytes leaked.
    pub leaked_bytes: u64,
}

/// Where [`UpstreamFigures`] figures come from.
pub const UPSTREAM_SOURCE: &str = "Nodepp, Stability & Memory Benchmarks, performance summary";

pub(super) fn objective(workload: &str) -> &'static str {
    match workload {
        "http-longevity" => "HTTP server under load",
        "rapid-lifecycle" => "shared pointer and event stress",
        "broken-pipe" => "I/O failure resilience",
        "worker-channel" => "multi-thread message passing",
        _ => "everything freed at the end",
    }
}

pub(super) fn load(meta: &Workload, scale: f64) -> String {
    let scaled = |number: u32| count(workloads::scaled(number, scale) as u64);
    match (meta.traffic(), meta.name) {
        (Some(Traffic::Answered), _) => format!("{} requests", scaled(workloads::CONNECTIONS)),
        (Some(Traffic::Broken), _) => format!("{} interruptions", scaled(workloads::CONNECTIONS)),
        (None, "rapid-lifecycle") => format!("{} object cycles", scaled(1_000_000)),
        (None, "worker-channel") => format!("{} tasks, 2 workers", scaled(100_000)),
        _ => format!("scale {scale}"),
    }
}

pub(super) fn upstream(workload: &str) -> Option<UpstreamFigures> {
    let (name, allocations) = match workload {
        "http-longevity" => ("Atomic Longevity", 6_644_971),
        "rapid-lifecycle" => ("Rapid Lifecycle", 14_000_173),
        "broken-pipe" => ("Broken Pipe", 2_645_840),
        "worker-channel" => ("Worker/Channel Integrity", 2_000_157),
        _ => return None,
    };
    Some(UpstreamFigures { name, allocations, leaked_bytes: 0 })
}
