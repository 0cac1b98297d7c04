//! How long single allocations take, tracker by tracker: what a mean over millions hides.

use hdrhistogram::Histogram;
use protocol::{LATENCY_DIGITS, LATENCY_MAX_NS, Latencies};
use serde::Serialize;

use super::grouping::by_cell;
use crate::plan::arm::{ArmId, Role};
use crate::plan::procedure::Experiment;
use crate::record::{Outcome, Record};

/// The quantiles that are told; 1 is the longest.
pub const QUANTILES: [f64; 6] = [0.5, 0.9, 0.99, 0.999, 0.9999, 1.0];

/// Their names.
pub const QUANTILE_NAMES: [&str; 6] = ["p50", "p90", "p99", "p99.9", "p99.99", "max"];

/// One arm's calls of its allocator on one workload, all samples together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CallLatency {
    /// The workload.
    pub workload: String,
    /// The arm; `untracked` and its twin are among them.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub arm: ArmId,
    /// The version that the subject gave.
    pub version: Option<String>,
    /// Samples.
    pub samples: usize,
    /// Allocations, reallocations among them; absent if there was none.
    pub allocations: Option<CallDurations>,
    /// Frees.
    pub frees: Option<CallDurations>,
    /// What the timer takes around nothing, in the same processes: the median, in nanoseconds. It is part of
    /// every duration here.
    pub timer_ns: Option<u64>,
    /// How samples failed, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<String>,
}

/// How long calls took.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CallDurations {
    /// How many, in all samples.
    pub calls: u64,
    /// The durations below which the shares of [`QUANTILES`] lie, in their order.
    pub quantiles: [QuantileNs; 6],
}

/// A duration that a share of calls does not exceed, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct QuantileNs {
    /// Of all samples' calls together.
    pub ns: u64,
    /// Of the sample in which it was shortest.
    pub least_ns: u64,
    /// Of the sample in which it was longest.
    pub most_ns: u64,
}

impl CallLatency {
    /// All that was timed, by workload in the registry's order, the arms of each with the base and its twin
    /// first.
    pub fn all(records: &[&Record]) -> Vec<Self> {
        let of_experiment = |record: &&&Record| {
            record.experiment == Some(Experiment::Latency) && !record.slot.warm_up
        };
        let own: Vec<&Record> = records.iter().filter(of_experiment).copied().collect();
        by_cell(&own).into_iter().map(|(arm, own)| Self::of(arm, &own)).collect()
    }

    fn of(arm: &ArmId, own: &[&Record]) -> Self {
        let latencies: Vec<&Latencies> = own
            .iter()
            .filter_map(|record| match &record.outcome {
                Outcome::Latency(sample) => sample.latencies.as_ref(),
                _ => None,
            })
            .collect();
        let durations = |calls: fn(&Latencies) -> &Buckets| {
            CallDurations::of(&latencies.iter().map(|one| calls(one)).collect::<Vec<_>>())
        };
        Self {
            workload: own.first().map(|record| record.workload.clone()).unwrap_or_default(),
            arm: arm.clone(),
            version: own.iter().find_map(|record| record.version.clone()),
            samples: latencies.len(),
            allocations: durations(|one| &one.allocations),
            frees: durations(|one| &one.frees),
            timer_ns: durations(|one| &one.timer).map(|timer| timer.quantiles[0].ns),
            failures: own.iter().filter_map(|record| record.outcome.failure()).collect(),
        }
    }

    /// Whether it is a control.
    pub fn is_control(&self) -> bool {
        matches!(self.arm.role, Role::Base | Role::Twin)
    }
}

/// Durations with the number of calls that took so long.
type Buckets = Vec<(u64, u64)>;

impl CallDurations {
    /// Those of some samples; `None` if there was no call.
    fn of(samples: &[&Buckets]) -> Option<Self> {
        let each: Vec<Histogram<u64>> = samples.iter().filter_map(|one| histogram(one)).collect();
        let all = histogram(&samples.iter().flat_map(|one| one.iter().copied()).collect())?;
        let quantiles = QUANTILES.map(|quantile| {
            let read = |one: &Histogram<u64>| one.value_at_quantile(quantile);
            QuantileNs {
                ns: read(&all),
                least_ns: each.iter().map(read).min().unwrap_or_default(),
                most_ns: each.iter().map(read).max().unwrap_or_default(),
            }
        });
        Some(Self { calls: all.len(), quantiles })
    }
}

/// The histogram that was recorded; `None` if it is empty.
fn histogram(buckets: &Buckets) -> Option<Histogram<u64>> {
    let mut all = Histogram::new_with_bounds(1, LATENCY_MAX_NS, LATENCY_DIGITS).ok()?;
    for &(ns, calls) in buckets {
        // What was written by hand may be out of bounds.
        all.record_n(ns.min(LATENCY_MAX_NS), calls).ok()?;
    }
    (!all.is_empty()).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::record::{Failure, LatencySample, Process};

    fn record(arm: &str, block: u32, allocations: &[(u64, u64)]) -> Record {
        let latencies = Latencies {
            allocations: allocations.to_vec(),
            frees: Vec::new(),
            timer: vec![(20, 90), (31, 10)],
        };
        let sample = LatencySample {
            process: Process::default(),
            cost: protocol::Cost::default(),
            latencies: Some(latencies),
        };
        let mut record = fixture::timed(&fixture::arm(arm), "fragmentation", block, Some(1.0));
        record.experiment = Some(Experiment::Latency);
        record.outcome = Outcome::Latency(Box::new(sample));
        record
    }

    #[test]
    fn samples_are_taken_together_and_their_spread_is_told() {
        let mut failed = record("dhat", 3, &[]);
        failed.outcome = fixture::failed(Failure::Crashed);
        let mut warm_up = record("dhat", 0, &[(9_000_000_000, 1)]);
        warm_up.slot.warm_up = true;
        let records = [
            record("dhat", 1, &[(40, 998), (2_000_000, 2)]),
            record("dhat", 2, &[(60, 1_000)]),
            record("untracked", 1, &[(30, 10)]),
            failed,
            warm_up,
        ];
        let all = CallLatency::all(&records.iter().collect::<Vec<_>>());
        let names: Vec<String> = all.iter().map(|one| one.arm.to_string()).collect();
        assert_eq!(names, ["untracked", "dhat"]);
        let dhat = &all[1];
        assert_eq!((dhat.samples, dhat.timer_ns, dhat.failures.len()), (2, Some(20), 1));
        assert_eq!(dhat.frees, None);
        let allocations = dhat.allocations.as_ref().unwrap();
        assert_eq!(allocations.calls, 2_000);
        let [p50, .., p9999, max] = allocations.quantiles;
        assert_eq!(p50, QuantileNs { ns: 60, least_ns: 40, most_ns: 60 });
        // Within a thousandth: the end of the bucket.
        assert!((2_000_000..2_002_000).contains(&max.ns), "{max:?}");
        assert_eq!((p9999.least_ns, max.least_ns), (60, 60));
    }

    #[test]
    fn what_is_out_of_bounds_is_at_the_end() {
        let most = CallDurations::of(&[&vec![(u64::MAX, 1)]]).unwrap().quantiles[5].ns;
        assert!((60_000_000_000..60_100_000_000).contains(&most), "{most}");
        assert_eq!(CallDurations::of(&[]), None);
    }
}
