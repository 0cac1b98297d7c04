//! Server scenarios: what a request costs the server, and how long clients waited.

use serde::Serialize;

use super::group::{Group, cpu};
use super::{Ratio, is_tracked};
use crate::analyse::stats;
use crate::plan::arm::natural;
use crate::plan::catalog::UNTRACKED;
use crate::record::Record;
use crate::run::load::Latency;

/// One arm of a server scenario; medians over its samples.
#[derive(Clone, Debug, Serialize)]
pub struct Service {
    /// The workload.
    pub workload: String,
    /// The arm's name.
    pub arm: String,
    /// The version that the subject gave.
    pub version: Option<String>,
    /// Samples.
    pub samples: usize,
    /// Requests of each.
    pub requests: u64,
    /// CPU time of the server for a thousand requests, user and kernel, in seconds.
    pub cpu_s_per_1000: Option<f64>,
    /// That, tracked ÷ untracked; absent for `untracked` itself.
    pub cpu_overhead: Option<Ratio>,
    /// Requests a second.
    pub throughput: Option<f64>,
    /// Quantiles of the latency.
    pub latency: Option<Latency>,
}

/// The arms of one workload, `untracked` first; none for a workload without a server.
pub(super) fn services(workload: &str, group: &Group<'_>) -> Vec<Service> {
    let mut arms: Vec<&str> =
        group.arms.keys().copied().filter(|arm| *arm == UNTRACKED || is_tracked(arm)).collect();
    arms.sort_by_cached_key(|arm| (*arm != UNTRACKED, natural(arm)));
    arms.into_iter().filter_map(|arm| service(workload, arm, group)).collect()
}

fn service(workload: &str, arm: &str, group: &Group<'_>) -> Option<Service> {
    let samples: Vec<&Record> = group.arms.get(arm)?.values().copied().collect();
    let loads: Vec<_> = samples.iter().filter_map(|r| r.endurance.load.as_ref()).collect();
    let median = |values: Vec<f64>| stats::quantile(&values, 0.5).ok();
    let latencies: Vec<Latency> = loads.iter().filter_map(|load| load.latency).collect();
    let latency = |reading: fn(&Latency) -> Option<u64>| {
        let values = latencies.iter().filter_map(reading).map(|ns| ns as f64).collect();
        median(values).map(|ns| ns as u64)
    };
    let requests = loads.first()?.requests;
    let per_1000 = |record: &&Record| cpu(record).map(|ns| ns / 1e9 / requests as f64 * 1e3);
    Some(Service {
        workload: workload.to_owned(),
        arm: arm.to_owned(),
        version: samples.iter().find_map(|record| record.tracker.version.clone()),
        samples: samples.len(),
        requests,
        cpu_s_per_1000: median(samples.iter().filter_map(per_1000).collect()),
        cpu_overhead: group.ratio(arm, cpu).filter(|_| arm != UNTRACKED).map(Ratio::from),
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
