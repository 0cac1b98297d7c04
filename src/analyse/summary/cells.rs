//! One workload: its controls, and each tracker on it.

use std::collections::BTreeMap;

use super::samples::{TimedSamples, judged, resident, wall};
use super::{Cell, FailureCount, Ratio, WorkloadSummary};
use crate::analyse::accuracy;
use crate::plan::arm::{ArmId, Role, in_order};
use crate::plan::catalog::Catalog;
use crate::record::{Failure, Record};

pub(super) fn summarise_workload(
    workload: &str,
    records: &[&Record],
    samples: &TimedSamples<'_>,
    catalog: Option<&Catalog>,
) -> WorkloadSummary {
    let base = records.iter().filter(|record| record.arm.role == Role::Base);
    let work = base.filter_map(|record| record.outcome.audited()?.work.as_ref()).next();
    let controls = records.iter().copied().filter(|record| !record.arm.is_tracked());
    let tracked = records.iter().map(|record| &record.arm).filter(|arm| arm.is_tracked());
    let cell = |arm| cell(arm, records, samples, catalog);
    WorkloadSummary {
        workload: workload.to_owned(),
        blocks: samples.of(&ArmId::base()).len(),
        allocations: work.map(|work| work.heap.allocations),
        events: work.map(|work| work.heap.events()),
        live: work.and_then(|work| work.heap.peak_live_allocations),
        untracked: samples.timing(&ArmId::base()),
        noise: samples.noise(),
        untracked_failures: failures(controls),
        twin_blocks: samples.twin_ratios_by_block(judged),
        links: samples.links_by_block(),
        cells: in_order(tracked).into_iter().map(cell).collect(),
    }
}

fn cell(
    arm: &ArmId,
    records: &[&Record],
    samples: &TimedSamples<'_>,
    catalog: Option<&Catalog>,
) -> Cell {
    let own = || records.iter().filter(|record| record.arm == *arm);
    let overhead = samples.estimate(arm, judged);
    Cell {
        arm: arm.clone(),
        version: own().find_map(|record| record.version.clone()),
        timing: samples.timing(arm),
        overhead: overhead.map(Ratio::from),
        wall_overhead: samples.ratio(arm, wall),
        memory: samples.ratio(arm, resident),
        detection: None,
        detectable: None,
        estimate: overhead,
        capture: own().find_map(|record| capture(record, catalog?)),
        failures: failures(own().copied()),
        blocks: samples.ratios_by_block(arm, judged),
        memory_blocks: samples.ratios_by_block(arm, resident),
    }
}

/// What an audited sample's tracker reported ÷ what happened; see [`accuracy::capture`].
pub(super) fn capture(record: &Record, catalog: &Catalog) -> Option<f64> {
    let convention = catalog.convention(&record.arm, record.version.as_deref())?;
    let audited = record.outcome.audited()?;
    accuracy::capture(audited.truth.as_ref()?, audited.reported.as_ref()?, convention)
}

/// Samples that failed, by kind.
pub(super) fn failures<'a>(records: impl Iterator<Item = &'a Record>) -> Vec<FailureCount> {
    let mut counts = BTreeMap::<(bool, Failure), FailureCount>::new();
    for record in records {
        if let Some(failed) = record.outcome.failed() {
            let (failure, with_report) = (failed.failure, record.report_asked);
            let reason = || failed.reason.clone();
            let first = || FailureCount { failure, with_report, count: 0, reason: reason() };
            counts.entry((with_report, failure)).or_insert_with(first).count += 1;
        }
    }
    counts.into_values().collect()
}
