//! Workloads at several sizes: what does a tracker cost as they grow, and does it still count?

use std::collections::BTreeSet;

use protocol::Pass;
use serde::Serialize;

use super::cells::failures;
use super::samples::{TimedSamples, judged};
use super::{FailureCount, Ratio, Rung};
use crate::analyse::accuracy::{Audit, Check, Grade};
use crate::plan::arm::ArmId;
use crate::plan::catalog::Catalog;
use crate::plan::procedure::Experiment;
use crate::record::Record;
use crate::stats::{CONFIDENCE, Slope};

/// One arm on one workload at one size.
#[derive(Clone, Debug, Serialize)]
pub struct SizeCell {
    /// The workload.
    pub workload: String,
    /// The arm.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub arm: ArmId,
    /// The version that the subject gave.
    pub version: Option<String>,
    /// The scale.
    pub scale: f64,
    /// Allocation events of the workload: allocations, deallocations, reallocations.
    pub events: Option<u64>,
    /// The most allocations of the workload that were live at once.
    pub live: Option<u64>,
    /// Median CPU time without a tracker, in seconds.
    pub untracked_cpu_s: Option<f64>,
    /// Overhead in CPU time, against `untracked` at that size.
    pub overhead: Option<Ratio>,
    /// CPU time that the tracker adds to an event.
    pub added: Option<Rung>,
    /// The tracker's own heap at its peak, in bytes.
    pub own_peak_bytes: Option<u64>,
    /// The grade of all that it reported.
    pub grade: Option<Grade>,
    /// The figure of it that is off by most, if any is.
    pub worst: Option<Check>,
    /// Failed samples, by kind.
    pub failures: Vec<FailureCount>,
}

/// How what a tracker costs grows with a workload: as the size to the power of an exponent, 1 where it is in proportion.
#[derive(Clone, Debug, Serialize)]
pub struct SizeGrowth {
    /// The workload.
    pub workload: String,
    /// The arm.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub arm: ArmId,
    /// The version that the subject gave.
    pub version: Option<String>,
    /// Of the CPU time that it adds, by events; where their number hardly varies, absent.
    pub time: Option<Slope>,
    /// Of the CPU time that it adds to an event, by live allocations, where the number of events hardly varies: 0 where it
    /// costs the same however many are alive.
    pub event_time: Option<Slope>,
    /// Of its own heap at its peak, by live allocations of the program.
    pub memory: Option<Slope>,
    /// The smallest scale from which on its worst figure is wrong, where it is not at the smallest of all.
    pub wrong_from: Option<f64>,
    /// The smallest scale at which it completed no sample.
    pub failed_from: Option<f64>,
}

/// Every cell of the experiment, by workload, arm and scale.
pub(super) fn cells(records: &[&Record], catalog: Option<&Catalog>) -> Vec<SizeCell> {
    let own: Vec<&Record> =
        records.iter().copied().filter(|r| r.experiment == Some(Experiment::Sizes)).collect();
    // Scales are above 0, where the order of floats is that of their bits.
    let keys: BTreeSet<(&str, &ArmId, u64)> = own
        .iter()
        .filter(|record| record.arm.is_tracked())
        .map(|record| (&*record.workload, &record.arm, record.params.scale.to_bits()))
        .collect();
    let cell = |(workload, arm, scale)| cell(workload, arm, f64::from_bits(scale), &own, catalog);
    keys.into_iter().map(cell).collect()
}

fn cell(
    workload: &str,
    arm: &ArmId,
    scale: f64,
    records: &[&Record],
    catalog: Option<&Catalog>,
) -> SizeCell {
    let is_beside = |one: &&Record| one.workload == workload && one.params.scale == scale;
    let beside: Vec<&Record> = records.iter().copied().filter(is_beside).collect();
    let of_arm = || beside.iter().copied().filter(|record| record.arm == *arm);
    let samples = TimedSamples::new(&beside);
    let mut base = beside.iter().filter(|one| one.arm == ArmId::base() && one.pass == Pass::Audit);
    let heap = base.find_map(|one| Some(one.outcome.audited()?.work.as_ref()?.heap));
    let events = heap.map(|heap| heap.events());
    let untracked_ns = samples.median(&ArmId::base(), judged);
    let overhead = samples.ratio(arm, judged);
    let told = of_arm().filter(|record| record.pass == Pass::Audit).find_map(|record| {
        Audit::of(record, catalog?.convention(&record.arm, record.version.as_deref()))
    });
    let added = || Some(Rung::new(overhead?, untracked_ns?, events.filter(|&events| events > 0)?));
    SizeCell {
        workload: workload.to_owned(),
        arm: arm.clone(),
        version: of_arm().find_map(|record| record.version.clone()),
        scale,
        events,
        live: heap.and_then(|heap| heap.peak_live_allocations),
        untracked_cpu_s: untracked_ns.map(|ns| ns / 1e9),
        overhead,
        added: added(),
        own_peak_bytes: told.as_ref().and_then(|audit| Some(audit.own_heap?.peak_bytes)),
        grade: told.as_ref().map(|audit| audit.grade),
        worst: told.as_ref().and_then(|audit| audit.worst().cloned()),
        failures: failures(of_arm()),
    }
}

impl SizeCell {
    /// Whether there is no figure of what it costs, since samples failed.
    pub fn has_failed(&self) -> bool {
        self.added.is_none() && !self.failures.is_empty()
    }

    /// CPU time that the tracker adds to the whole of it, in seconds; only where it is more than nothing, beyond doubt.
    fn added_s(&self) -> Option<f64> {
        Some(self.added?.beyond_doubt()? * self.events? as f64 / 1e9)
    }

    fn is_wrong(&self) -> bool {
        matches!(self.grade, Some(Grade::Wrong | Grade::Failed))
    }
}

/// Numbers of events that differ by less than this factor hardly vary: no exponent can be told by them.
const VARIES: u64 = 4;

/// How each tracker's costs grow on each workload.
pub(super) fn growth(cells: &[SizeCell]) -> Vec<SizeGrowth> {
    let of_one = cells.chunk_by(|a, b| (&a.workload, &a.arm) == (&b.workload, &b.arm));
    of_one.map(growth_of).collect()
}

/// Of the cells of one tracker on one workload, from the smallest to the largest.
fn growth_of(cells: &[SizeCell]) -> SizeGrowth {
    let points = |x: fn(&SizeCell) -> Option<u64>, y: fn(&SizeCell) -> Option<f64>| {
        let points = cells.iter().filter_map(|cell| Some((x(cell)? as f64, y(cell)?)));
        let points = points.filter(|(x, y)| *x > 0.0 && *y > 0.0).map(|(x, y)| (x.ln(), y.ln()));
        Slope::through(&points.collect::<Vec<_>>(), CONFIDENCE)
    };
    let first_wrong = cells.iter().position(SizeCell::is_wrong).filter(|&first| first > 0);
    let wrong = first_wrong.filter(|&first| cells[first..].iter().all(SizeCell::is_wrong));
    let failed = cells.iter().find(|cell| cell.overhead.is_none() && !cell.failures.is_empty());
    let events = || cells.iter().filter_map(|cell| cell.events);
    let varies = events().max().unwrap_or(0) >= VARIES * events().min().unwrap_or(0).max(1);
    let time = points(|cell| cell.events, SizeCell::added_s);
    let event_time = points(|cell| cell.live, |cell| Some(cell.added_s()? / cell.events? as f64));
    SizeGrowth {
        workload: cells[0].workload.clone(),
        arm: cells[0].arm.clone(),
        version: cells.iter().find_map(|cell| cell.version.clone()),
        time: time.filter(|_| varies),
        event_time: event_time.filter(|_| !varies),
        memory: points(|cell| cell.live, |cell| cell.own_peak_bytes.map(|bytes| bytes as f64)),
        wrong_from: wrong.map(|first| cells[first].scale),
        failed_from: failed.map(|cell| cell.scale),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn sized(scale: f64, ns: f64, own: u64, grade: Grade) -> SizeCell {
        let arm = fixture::arm("dhat");
        let cell = fixture::sized(&arm, "live-set", (1e6 * scale) as u64, scale, (ns, ns * 0.9));
        SizeCell { scale, own_peak_bytes: Some(own), grade: Some(grade), ..cell }
    }

    #[test]
    fn what_grows_faster_than_its_work_has_an_exponent_above_one() {
        // The cost of an event is as the root of the size, its memory in proportion.
        let cells: Vec<SizeCell> = [0.01, 0.1, 1.0, 10.0]
            .map(|scale: f64| {
                sized(scale, 100.0 * scale.sqrt(), (1e6 * scale) as u64, Grade::Exact)
            })
            .to_vec();
        let growth = &growth(&cells)[0];
        let (time, memory) = (growth.time.unwrap(), growth.memory.unwrap());
        assert!((time.slope - 1.5).abs() < 1e-6 && time.low > 1.0, "{time:?}");
        assert!((memory.slope - 1.0).abs() < 1e-3, "{memory:?}");
        assert_eq!((growth.wrong_from, growth.failed_from), (None, None));
        assert_eq!(growth.event_time, None);
    }

    #[test]
    fn where_events_stay_the_same_an_event_is_told_by_what_is_alive() {
        let cells: Vec<SizeCell> = [0.01, 0.1, 1.0, 10.0]
            .map(|scale: f64| SizeCell {
                events: Some(2_000_000 + (1e5 * scale) as u64),
                ..sized(scale, 100.0 * scale.powf(0.2), 1, Grade::Exact)
            })
            .to_vec();
        let growth = &growth(&cells)[0];
        let event_time = growth.event_time.unwrap();
        assert!((event_time.slope - 0.2).abs() < 1e-3 && growth.time.is_none(), "{growth:?}");
    }

    #[test]
    fn where_it_begins_to_lose_count_is_told() {
        let grades = [Grade::Exact, Grade::Close, Grade::Wrong, Grade::Wrong];
        let cells: Vec<SizeCell> = [0.1, 1.0, 2.0, 4.0]
            .iter()
            .zip(grades)
            .map(|(&scale, grade)| sized(scale, 10.0, 1, grade))
            .collect();
        assert_eq!(growth(&cells)[0].wrong_from, Some(2.0));
        // What was wrong from the beginning, or is right again, is not lost by growing.
        assert_eq!(growth(&cells[2..])[0].wrong_from, None);
    }
}
