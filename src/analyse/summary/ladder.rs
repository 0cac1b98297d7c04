//! The cost ladder: which step of using a tracker costs what. Linked but idle → armed → its statistics
//! read → its reports exported.

use std::collections::BTreeSet;

use serde::Serialize;
use subject::protocol::Pass;

use super::group::{Group, wall};
use super::{FailureCount, Ratio, failures, is_tracked};
use crate::analyse::stats;
use crate::plan::catalog::UNTRACKED;
use crate::record::{Experiment, Record};

/// One tracker's ladder on one workload. Every rung is what it adds to the one below it, in nanoseconds
/// of wall time per allocation event of the workload.
#[derive(Clone, Debug, Serialize)]
pub struct Ladder {
    /// The workload.
    pub workload: String,
    /// The arm.
    pub arm: String,
    /// The version that the subject gave.
    pub version: Option<String>,
    /// Allocation events of the workload: allocations, deallocations, reallocations.
    pub events: u64,
    /// Setting the tracker up: once, in nanoseconds, not per event. Median.
    pub init_ns: Option<f64>,
    /// The tracker linked but not started, against no tracker.
    pub idle: Option<Rung>,
    /// The tracker at work, against no tracker.
    pub armed: Option<Rung>,
    /// Reading its statistics once at the end. Median.
    pub read_ns: Option<f64>,
    /// Making its own reports once at the end. Median.
    pub export_ns: Option<f64>,
    /// Size of these reports, in bytes.
    pub export_bytes: Option<u64>,
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
    /// A ratio to `untracked` as a cost: what it adds to the untracked time, for each event.
    fn new(ratio: Ratio, untracked_ns: f64, events: u64) -> Self {
        let cost = |ratio: f64| (ratio - 1.0) * untracked_ns / events as f64;
        Self { ns: cost(ratio.ratio), low: ratio.low.map(cost), high: ratio.high.map(cost) }
    }
}

impl Ladder {
    /// All steps together, where each is known: armed, read and exported. Nanoseconds per event.
    pub fn total_ns(&self) -> Option<f64> {
        Some(self.armed?.ns + self.read_ns? + self.export_ns.unwrap_or(0.0))
    }
}

/// Every ladder, by workload and arm.
pub(super) fn ladders(records: &[&Record]) -> Vec<Ladder> {
    let own: Vec<&Record> =
        records.iter().copied().filter(|r| r.experiment == Some(Experiment::Ladder)).collect();
    let keys: BTreeSet<(&str, &str)> = own
        .iter()
        .filter(|record| is_tracked(&record.arm) && !record.idle)
        .map(|record| (&*record.workload, &*record.arm))
        .collect();
    keys.into_iter().filter_map(|(workload, arm)| ladder(workload, arm, &own)).collect()
}

fn ladder(workload: &str, arm: &str, records: &[&Record]) -> Option<Ladder> {
    let beside: Vec<&Record> =
        records.iter().copied().filter(|record| record.workload == workload).collect();
    let events = beside
        .iter()
        .filter(|record| record.pass == Pass::Audit && record.arm == UNTRACKED)
        .find_map(|record| Some(record.work.as_ref()?.heap.events()))
        .filter(|&events| events > 0)?;
    let group = Group::new(&beside);
    let untracked_ns = group.timing(UNTRACKED)?.wall_s * 1e9;
    let rung = |arm: &str| {
        let ratio = group.ratio(arm, wall).map(Ratio::from)?;
        Some(Rung::new(ratio, untracked_ns, events))
    };
    let of_arm = || beside.iter().copied().filter(|record| record.arm == arm);
    let timed = || of_arm().filter(|record| record.is_timed_sample());
    let median = |figure: fn(&Record) -> Option<u64>| {
        let values: Vec<f64> = timed().filter_map(figure).map(|ns| ns as f64).collect();
        stats::quantile(&values, 0.5).ok()
    };
    let per_event = |ns: f64| ns / events as f64;
    let exported = |record: &Record| {
        record
            .export
            .as_ref()
            .filter(|export| !export.files.is_empty())
            .map(|export| export.export_ns)
    };
    Some(Ladder {
        workload: workload.to_owned(),
        arm: arm.to_owned(),
        version: of_arm().find_map(|record| record.tracker.version.clone()),
        events,
        init_ns: median(|record| record.init_ns),
        idle: idle_arm(&beside, of_arm().next()?).and_then(rung),
        armed: rung(arm),
        read_ns: median(|record| record.readout_ns).map(per_event),
        export_ns: median(exported).map(per_event),
        export_bytes: timed()
            .find_map(|record| record.export.as_ref())
            .filter(|export| !export.files.is_empty())
            .map(|export| export.files.iter().map(|(_, size)| size).sum()),
        failures: failures(of_arm()),
    })
}

/// The arm that has the same tracker in the same mode, not started.
fn idle_arm<'a>(records: &[&'a Record], armed: &Record) -> Option<&'a str> {
    let same = |record: &&&Record| {
        record.idle
            && record.tracker.name == armed.tracker.name
            && record.tracker.mode == armed.tracker.mode
    };
    records.iter().find(same).map(|record| &*record.arm)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_rung_is_the_added_time_per_event() {
        let ratio = Ratio { ratio: 3.0, low: Some(2.0), high: Some(4.0), blocks: 10 };
        let rung = Rung::new(ratio, 1_000.0, 100);
        assert_eq!(rung, Rung { ns: 20.0, low: Some(10.0), high: Some(30.0) });
    }

    #[test]
    fn every_step_is_told_apart() {
        let mut records = Vec::new();
        let mut add = |arm: &str, idle: bool, block: u32, ms: f64| {
            let mut record = fixture::record(arm, "fragmentation", block, Some(ms));
            record.experiment = Some(Experiment::Ladder);
            record.idle = idle;
            if idle {
                // The arm's name is not the tracker's.
                record.tracker.mode = "full".to_owned();
            }
            record.readout_ns = Some(3_980_000);
            records.push(record);
        };
        for block in 0..8 {
            add(UNTRACKED, false, block, 100.0);
            add("memscope-rs/full (idle)", true, block, 101.0);
            add("memscope-rs/full", false, block, 300.0);
        }
        records.push(Record { pass: Pass::Audit, ..records[0].clone() });
        let all: Vec<&Record> = records.iter().collect();
        let ladders = ladders(&all);
        let [ladder] = ladders.as_slice() else { panic!("{ladders:?}") };
        // 1,000 allocations and 990 frees: 1 ms is 502.5 ns an event.
        assert!((ladder.idle.unwrap().ns - 502.5).abs() < 0.1, "{ladder:?}");
        assert!((ladder.armed.unwrap().ns - 100_502.5).abs() < 0.1, "{ladder:?}");
        assert_eq!(ladder.read_ns, Some(2_000.0));
        assert_eq!(ladder.export_ns, None);
    }
}
