//! Server scenarios: what a request costs the server, and how long clients waited.

use protocol::Cost;
use serde::Serialize;

use super::Ratio;
use super::samples::{TimedSamples, cpu};
use crate::plan::arm::{ArmId, Role};
use crate::record::{Latency, Record};
use crate::stats;

/// One arm of a server scenario; medians over its samples.
#[derive(Clone, Debug, Serialize)]
pub struct Service {
    /// The workload.
    pub workload: String,
    /// The arm.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub arm: ArmId,
    /// The version that the subject gave.
    pub version: Option<String>,
    /// Samples.
    pub samples: usize,
    /// Requests of each.
    pub requests: u64,
    /// CPU time of the server for a thousand requests, user and kernel, in seconds.
    pub cpu_s_per_1000: Option<f64>,
    /// Of it, in user mode: where a tracker works.
    pub user_s_per_1000: Option<f64>,
    /// Of it, in the kernel: most of what a connection costs.
    pub system_s_per_1000: Option<f64>,
    /// Times a thread of the server went to sleep and was woken again (voluntary context switches), for a thousand
    /// requests: the fewer, the more requests it finds waiting each time.
    pub wakeups_per_1000: Option<f64>,
    /// That CPU time, tracked ÷ untracked; absent for `untracked` itself.
    pub cpu_overhead: Option<Ratio>,
    /// Whether that is a difference, in a word or two: what is said of the workload's cell, since a server's CPU
    /// time is what is judged. Wall time is the client's as much as the server's.
    pub detection: Option<&'static str>,
    /// If none was detected, the factor from which on one would have been.
    pub detectable: Option<f64>,
    /// Requests a second.
    pub throughput: Option<f64>,
    /// Quantiles of the latency.
    pub latency: Option<Latency>,
}

/// The arms of one workload, the base first; none for a workload without a server.
pub(super) fn services(workload: &str, samples: &TimedSamples<'_>) -> Vec<Service> {
    let shown = |arm: &&ArmId| arm.role == Role::Base || arm.is_tracked();
    let mut arms: Vec<&ArmId> = samples.arms().filter(shown).collect();
    arms.sort_by(|a, b| a.role_cmp(b));
    arms.into_iter().filter_map(|arm| service(workload, arm, samples)).collect()
}

fn service(workload: &str, arm: &ArmId, timed: &TimedSamples<'_>) -> Option<Service> {
    let samples: Vec<&Record> = timed.of(arm);
    let servers = samples.iter().filter_map(|record| record.outcome.server());
    let loads: Vec<_> = servers.map(|server| &server.load).collect();
    let median = |values: Vec<f64>| stats::median(&values);
    let latencies: Vec<Latency> = loads.iter().filter_map(|load| load.latency).collect();
    let latency = |reading: fn(&Latency) -> Option<u64>| {
        let values = latencies.iter().filter_map(reading).map(|ns| ns as f64).collect();
        median(values).map(|ns| ns as u64)
    };
    let requests = loads.first()?.requests;
    let per_1000 = |reading: fn(&Cost) -> Option<u64>| {
        let read =
            |record: &&Record| Some(reading(&record.cost()?)? as f64 * 1e3 / requests as f64);
        median(samples.iter().filter_map(read).collect())
    };
    // As it was always computed, to the last digit.
    let cpu_per_1000 = |record: &&Record| cpu(record).map(|ns| ns / 1e9 / requests as f64 * 1e3);
    let seconds = |reading| per_1000(reading).map(|ns| ns / 1e9);
    Some(Service {
        workload: workload.to_owned(),
        arm: arm.clone(),
        version: samples.iter().find_map(|record| record.version.clone()),
        samples: samples.len(),
        requests,
        cpu_s_per_1000: median(samples.iter().filter_map(cpu_per_1000).collect()),
        user_s_per_1000: seconds(|cost| cost.user_ns),
        system_s_per_1000: seconds(|cost| cost.system_ns),
        wakeups_per_1000: per_1000(|cost| cost.voluntary_switches),
        cpu_overhead: timed.ratio(arm, cpu).filter(|_| arm.is_tracked()),
        detection: None,
        detectable: None,
        throughput: median(loads.iter().filter_map(|load| load.throughput()).collect()),
        latency: latency(|l| Some(l.p50_ns)).map(|p50_ns| Latency {
            p50_ns,
            p90_ns: latency(|l| Some(l.p90_ns)).unwrap_or(0),
            p99_ns: latency(|l| Some(l.p99_ns)).unwrap_or(0),
            p999_ns: latency(|l| l.p999_ns),
            max_ns: latency(|l| Some(l.max_ns)).unwrap_or(0),
        }),
    })
}
