//! Servers whose requests come at fixed rates: how long they wait, and which rate is still held.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::grouping::by_cell;
use crate::plan::arm::ArmId;
use crate::plan::procedure::Experiment;
use crate::record::{Holding, Latency, LoadResult, Record};
use crate::stats;

/// One arm of a server that was put under one rate after the other, as long as it held them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LoadClimb {
    /// The workload.
    pub workload: String,
    /// The arm.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub arm: ArmId,
    /// The version that the subject gave.
    pub version: Option<String>,
    /// The highest rate held by each climb, in requests a second, lowest first; 0 if none was.
    pub held: Vec<u32>,
    /// What ended each climb, with how often it did.
    pub ended: BTreeMap<ClimbEnd, usize>,
    /// Each rate that was tried, lowest first.
    pub steps: Vec<LoadStep>,
    /// How samples failed, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<String>,
}

/// What ends a climb.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClimbEnd {
    /// A rate was not held.
    Late,
    /// The client could not keep up: the server may hold more.
    ClientLate,
    /// The highest rate that was tried was held: the server may hold more.
    AllHeld,
    /// A sample failed.
    Failed,
}

/// One arm at one rate; medians over its samples.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LoadStep {
    /// Requests due in a second.
    pub rate: u32,
    /// Samples.
    pub samples: usize,
    /// Of these, samples that held the rate.
    pub held: usize,
    /// Of these, samples in which the client was the limit.
    pub client_late: usize,
    /// Latencies from when requests were due.
    pub latency: Latency,
    /// The least and the most of the samples' 99 % quantiles, in nanoseconds.
    pub p99_range_ns: [u64; 2],
    /// How late the client began with its requests: the 99 % quantile, in nanoseconds.
    pub lag_p99_ns: Option<u64>,
    /// Share of the requests that were answered as they should be, 0 to 1.
    pub answered: f64,
    /// CPU time of the server for a thousand requests, user and kernel, in seconds.
    pub cpu_s_per_1000: Option<f64>,
}

impl LoadClimb {
    /// All climbs, by workload in the registry's order, the base of each first.
    pub fn all(records: &[&Record]) -> Vec<Self> {
        let of_experiment = |record: &&&Record| record.experiment == Some(Experiment::Load);
        let own: Vec<&Record> = records.iter().filter(of_experiment).copied().collect();
        by_cell(&own).into_iter().map(|(arm, own)| Self::of(arm, &own)).collect()
    }

    fn of(arm: &ArmId, records: &[&Record]) -> Self {
        let mut own = records.to_vec();
        own.sort_by(|a, b| (&a.run, a.slot.block).cmp(&(&b.run, b.slot.block)));
        let climbs = climbs(&own);
        let mut held: Vec<u32> = climbs.iter().map(|climb| climb.held).collect();
        held.sort_unstable();
        let mut ended = BTreeMap::new();
        for climb in &climbs {
            let end = climb.end.unwrap_or(ClimbEnd::AllHeld);
            *ended.entry(end).or_default() += 1;
        }
        let rates: BTreeSet<u32> = own.iter().filter_map(|one| Some(open(one)?.1)).collect();
        Self {
            workload: own.first().map(|record| record.workload.clone()).unwrap_or_default(),
            arm: arm.clone(),
            version: own.iter().find_map(|record| record.version.clone()),
            held,
            ended,
            steps: rates.into_iter().filter_map(|rate| LoadStep::of(rate, &own)).collect(),
            failures: own.iter().filter_map(|record| record.outcome.failure()).collect(),
        }
    }

    /// The highest rate held, the median of the climbs (of two in the middle, the lower); 0 if none was.
    pub fn highest_held(&self) -> Option<u32> {
        self.held.get(self.held.len().checked_sub(1)? / 2).copied()
    }

    /// Whether the server may hold more than was seen, in half of the climbs at least.
    pub fn is_at_least(&self) -> bool {
        let count = |end| self.ended.get(&end).copied().unwrap_or_default();
        2 * (count(ClimbEnd::ClientLate) + count(ClimbEnd::AllHeld)) >= self.held.len()
    }
}

/// One climb of one arm.
struct Climb {
    held: u32,
    /// `None` while it goes on.
    end: Option<ClimbEnd>,
}

/// The climbs of an arm, whose samples are in the order in which they were taken: each begins where the rate does
/// not rise.
fn climbs(own: &[&Record]) -> Vec<Climb> {
    let mut climbs: Vec<Climb> = Vec::new();
    let mut before: Option<u32> = None;
    for record in own {
        let rate = open(record).map(|(_, rate)| rate);
        let goes_on = before.zip(rate).is_none_or(|(before, rate)| rate > before);
        if climbs.last().is_none_or(|climb| climb.end.is_some()) || !goes_on {
            climbs.push(Climb { held: 0, end: None });
        }
        before = rate;
        let Some(climb) = climbs.last_mut() else { continue };
        match open(record).and_then(|(load, rate)| Some((load.holding()?, rate))) {
            Some((Holding::Held, rate)) => climb.held = rate,
            Some((Holding::NotHeld, _)) => climb.end = Some(ClimbEnd::Late),
            Some((Holding::ClientLate, _)) => climb.end = Some(ClimbEnd::ClientLate),
            None => climb.end = Some(ClimbEnd::Failed),
        }
    }
    climbs
}

/// The load of a completed sample, and its rate.
fn open(record: &Record) -> Option<(&LoadResult, u32)> {
    let load = &record.outcome.server()?.load;
    Some((load, load.open.as_ref()?.rate))
}

impl LoadStep {
    fn of(rate: u32, records: &[&Record]) -> Option<Self> {
        let own = records.iter().filter_map(|record| {
            let (load, own) = open(record)?;
            (own == rate).then_some((load, *record))
        });
        let own: Vec<(&LoadResult, &Record)> = own.collect();
        let latencies: Vec<Latency> = own.iter().filter_map(|(load, _)| load.latency).collect();
        let of = |read: fn(&Latency) -> u64| {
            median(latencies.iter().map(|one| read(one) as f64)).map(|ns| ns as u64)
        };
        let p99s = || latencies.iter().map(|one| one.p99_ns);
        let count =
            |holding| own.iter().filter(|(load, _)| load.holding() == Some(holding)).count();
        let lag = own.iter().filter_map(|(load, _)| load.open.as_ref()?.lag);
        let cpu = own.iter().filter_map(|(load, record)| {
            let ns = record.cost()?.cpu_ns()? as f64;
            (load.good > 0).then(|| ns / 1e9 / load.good as f64 * 1e3)
        });
        Some(Self {
            rate,
            samples: own.len(),
            held: count(Holding::Held),
            client_late: count(Holding::ClientLate),
            latency: Latency {
                p50_ns: of(|one| one.p50_ns)?,
                p90_ns: of(|one| one.p90_ns)?,
                p99_ns: of(|one| one.p99_ns)?,
                p999_ns: of(|one| one.p999_ns.unwrap_or(one.max_ns)),
                max_ns: of(|one| one.max_ns)?,
            },
            p99_range_ns: [p99s().min()?, p99s().max()?],
            lag_p99_ns: median(lag.map(|one| one.p99_ns as f64)).map(|ns| ns as u64),
            answered: median(
                own.iter().map(|(load, _)| load.good as f64 / load.requests.max(1) as f64),
            )?,
            cpu_s_per_1000: median(cpu),
        })
    }
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    stats::median(&values.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::record::Failure;

    fn climbs_of(records: &[Record]) -> Vec<LoadClimb> {
        LoadClimb::all(&records.iter().collect::<Vec<_>>())
    }

    #[test]
    fn the_highest_rate_held_is_the_median_of_the_climbs() {
        let dhat = fixture::arm("dhat");
        let at = |block, rate, p99_ms| fixture::loaded(&dhat, block, rate, p99_ms);
        let mut failed = at(10, 1_000, 1);
        failed.outcome = fixture::failed(Failure::Crashed);
        let records = [
            at(0, 1_000, 1),
            at(1, 2_000, 9),
            at(2, 4_000, 90),
            at(5, 1_000, 2),
            at(6, 2_000, 51),
            failed,
        ];
        let all = climbs_of(&records);
        let [dhat] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!(dhat.held, [0, 1_000, 2_000]);
        assert_eq!(dhat.highest_held(), Some(1_000));
        assert_eq!(dhat.ended, [(ClimbEnd::Late, 2), (ClimbEnd::Failed, 1)].into());
        assert!(!dhat.is_at_least());
        assert_eq!(dhat.failures.len(), 1);
        let second = &dhat.steps[1];
        assert_eq!((second.rate, second.samples, second.held), (2_000, 2, 1));
        assert_eq!(second.latency.p99_ns, 30_000_000);
        assert_eq!(second.p99_range_ns, [9_000_000, 51_000_000]);
        assert_eq!(second.lag_p99_ns, Some(100_000));
    }

    #[test]
    fn what_the_client_or_the_last_rate_ended_may_be_more() {
        let base = ArmId::base();
        let mut late = fixture::loaded(&base, 1, 2_000, 80);
        if let crate::record::Outcome::Timed(timed) = &mut late.outcome {
            let open = timed.server.as_mut().unwrap().load.open.as_mut().unwrap();
            open.from_begun = Some(Latency { p99_ns: 1_000_000, ..Latency::default() });
        }
        let climb = climbs_of(&[fixture::loaded(&base, 0, 1_000, 3), late]).remove(0);
        assert_eq!(climb.highest_held(), Some(1_000));
        assert_eq!(climb.ended, [(ClimbEnd::ClientLate, 1)].into());
        assert!(climb.is_at_least());
        assert_eq!(climb.steps[1].client_late, 1);

        let all = [1_000, 2_000].iter().zip(0..);
        let all: Vec<Record> =
            all.map(|(&rate, block)| fixture::loaded(&base, block, rate, 3)).collect();
        let climb = climbs_of(&all).remove(0);
        assert_eq!(climb.ended, [(ClimbEnd::AllHeld, 1)].into());
        assert!(climb.is_at_least());
    }
}
