//! The cost ladder: which step of using a tracker costs what. A second thread alone → linked but idle → armed → its statistics
//! read → its report written.

use std::collections::BTreeSet;

use protocol::Pass;
use serde::Serialize;

use super::cells::failures;
use super::samples::{TimedSamples, judged};
use super::{FailureCount, Ratio};
use crate::plan::arm::{ArmId, Role};
use crate::plan::procedure::Experiment;
use crate::record::Record;
use crate::stats;

/// One tracker's ladder on one workload. Every rung is what it adds to the one below it, in nanoseconds
/// of CPU time per allocation event of the workload.
#[derive(Clone, Debug, Serialize)]
pub struct Ladder {
    /// The workload.
    pub workload: String,
    /// The arm.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub arm: ArmId,
    /// The version that the subject gave.
    pub version: Option<String>,
    /// Allocation events of the workload: allocations, deallocations, reallocations.
    pub events: u64,
    /// Setting the tracker up: once, in nanoseconds, not per event. Median.
    pub init_ns: Option<f64>,
    /// A second thread that only waits, against no tracker: what a tracker that starts one costs a program of
    /// one thread by that alone, since the C library's allocator takes locks from then on. Part of `armed`
    /// where the tracker has a thread; it is the same whatever the tracker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parked: Option<Rung>,
    /// The tracker linked but not started, against no tracker.
    pub idle: Option<Rung>,
    /// The tracker at work, against no tracker.
    pub armed: Option<Rung>,
    /// Reading its statistics once at the end. Median.
    pub read_ns: Option<f64>,
    /// Making its reports once at the end. Median.
    pub report_ns: Option<f64>,
    /// Size of these reports, in bytes.
    pub report_bytes: Option<u64>,
    /// Failed samples, by kind.
    pub failures: Vec<FailureCount>,
}

/// A cost per event, with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rung {
    /// Nanoseconds per event.
    pub ns: f64,
    /// Lower end.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

impl Rung {
    /// The cost where it is more than nothing, beyond doubt: its whole interval is above 0.
    pub fn beyond_doubt(&self) -> Option<f64> {
        self.low.is_some_and(|low| low > 0.0).then_some(self.ns)
    }

    /// A ratio to `untracked` as a cost: what it adds to the untracked time, for each event.
    pub(super) fn new(ratio: Ratio, untracked_ns: f64, events: u64) -> Self {
        let cost = |ratio: f64| (ratio - 1.0) * untracked_ns / events as f64;
        Self { ns: cost(ratio.ratio), low: ratio.low.map(cost), high: ratio.high.map(cost) }
    }
}

impl Ladder {
    /// All steps together, where each is known: armed, read and its report written. Nanoseconds per event.
    pub fn total_ns(&self) -> Option<f64> {
        Some(self.armed?.ns + self.read_ns? + self.report_ns.unwrap_or(0.0))
    }
}

/// Every ladder, by workload and arm.
pub(super) fn ladders(records: &[&Record]) -> Vec<Ladder> {
    let own: Vec<&Record> =
        records.iter().copied().filter(|r| r.experiment == Some(Experiment::Ladder)).collect();
    let keys: BTreeSet<(&str, &ArmId)> = own
        .iter()
        .filter(|record| record.arm.is_tracked())
        .map(|record| (&*record.workload, &record.arm))
        .collect();
    keys.into_iter().filter_map(|(workload, arm)| ladder(workload, arm, &own)).collect()
}

fn ladder(workload: &str, arm: &ArmId, records: &[&Record]) -> Option<Ladder> {
    let beside: Vec<&Record> =
        records.iter().copied().filter(|record| record.workload == workload).collect();
    let events = beside
        .iter()
        .filter(|record| record.pass == Pass::Audit && record.arm.role == Role::Base)
        .find_map(|record| Some(record.outcome.audited()?.work.as_ref()?.heap.events()))
        .filter(|&events| events > 0)?;
    let samples = TimedSamples::new(&beside);
    let untracked_ns = samples.median(&ArmId::base(), judged)?;
    let rung = |arm: &ArmId| Some(Rung::new(samples.ratio(arm, judged)?, untracked_ns, events));
    let of_arm = || beside.iter().copied().filter(|record| record.arm == *arm);
    let timed = || of_arm().filter(|record| record.is_timed_sample());
    let median = |figure: fn(&Record) -> Option<u64>| {
        let values: Vec<f64> = timed().filter_map(figure).map(|ns| ns as f64).collect();
        stats::median(&values)
    };
    let per_event = |ns: f64| ns / events as f64;
    let reported = |record: &Record| {
        let report = &record.outcome.report()?.report;
        (!report.files.is_empty()).then_some(report.took_ns)
    };
    Some(Ladder {
        workload: workload.to_owned(),
        arm: arm.clone(),
        version: of_arm().find_map(|record| record.version.clone()),
        events,
        init_ns: median(|record| record.outcome.process()?.init_ns),
        parked: rung(&ArmId::parked()),
        idle: rung(&arm.idle()),
        armed: rung(arm),
        read_ns: median(|record| record.outcome.process()?.readout_ns).map(per_event),
        report_ns: median(reported).map(per_event),
        report_bytes: timed().find_map(|record| record.outcome.report()?.bytes()),
        failures: failures(of_arm()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::record::Outcome;

    #[test]
    fn a_rung_is_the_added_time_per_event() {
        let ratio = Ratio { ratio: 3.0, low: Some(2.0), high: Some(4.0), blocks: 10 };
        let rung = Rung::new(ratio, 1_000.0, 100);
        assert_eq!(rung, Rung { ns: 20.0, low: Some(10.0), high: Some(30.0) });
    }

    /// Eight blocks of a ladder in which each arm takes so many milliseconds.
    fn records(arms: &[(&ArmId, f64)]) -> Vec<Record> {
        let mut records = Vec::new();
        for block in 0..8 {
            for (arm, ms) in arms {
                let mut record = fixture::timed(arm, "fragmentation", block, Some(*ms));
                record.experiment = Some(Experiment::Ladder);
                if let Outcome::Timed(timed) = &mut record.outcome {
                    timed.process.readout_ns = Some(3_980_000);
                }
                records.push(record);
            }
        }
        let mut audit = fixture::audited(&ArmId::base(), "fragmentation");
        audit.experiment = Some(Experiment::Ladder);
        records.push(audit);
        records
    }

    #[test]
    fn every_step_is_told_apart() {
        let full = fixture::arm("memscope-rs/full");
        let controls = [(&ArmId::base(), 100.0), (&ArmId::parked(), 107.0)];
        let tracked = [(&full.idle(), 101.0), (&full, 300.0)];
        let all = records(&[controls, tracked].concat());
        let ladders = ladders(&all.iter().collect::<Vec<_>>());
        let [ladder] = ladders.as_slice() else { panic!("{ladders:?}") };
        // 1,000 allocations and 990 frees: 1 ms is 502.5 ns an event.
        assert!((ladder.idle.unwrap().ns - 502.5).abs() < 0.1, "{ladder:?}");
        assert!((ladder.parked.unwrap().ns - 3_517.6).abs() < 0.1, "{ladder:?}");
        assert!((ladder.armed.unwrap().ns - 100_502.5).abs() < 0.1, "{ladder:?}");
        assert_eq!(ladder.read_ns, Some(2_000.0));
        assert_eq!(ladder.report_ns, None);
    }

    #[test]
    fn two_versions_have_an_idle_rung_each() {
        let old = fixture::arm("memscope-rs@0.2.4/full");
        let new = fixture::arm("memscope-rs@0.2.5/full");
        let arms = [(&ArmId::base(), 100.0), (&old.idle(), 101.0), (&new.idle(), 110.0)];
        let tracked = [(&old, 300.0), (&new, 300.0)];
        let all = records(&[&arms[..], &tracked[..]].concat());
        let ladders = ladders(&all.iter().collect::<Vec<_>>());
        let idle: Vec<f64> = ladders.iter().map(|ladder| ladder.idle.unwrap().ns).collect();
        assert!((idle[0] - 502.5).abs() < 0.1 && (idle[1] - 5_025.1).abs() < 0.1, "{idle:?}");
    }
}
