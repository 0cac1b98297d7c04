//! Workloads at several numbers of threads: when does a tracker get slow, and when does it lose count?

use std::collections::BTreeSet;

use protocol::Pass;
use serde::Serialize;

use super::cells::{capture, failures};
use super::samples::{TimedSamples, judged, wall};
use super::{BlockLinks, BlockRatios, FailureCount, Noise, Ratio};
use crate::analyse::accuracy::{Audit, Check, Grade};
use crate::plan::arm::ArmId;
use crate::plan::catalog::Catalog;
use crate::plan::procedure::Experiment;
use crate::record::Record;

/// One arm on one workload at one number of threads.
#[derive(Clone, Debug, Serialize)]
pub struct ThreadCell {
    /// The workload.
    pub workload: String,
    /// The arm.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub arm: ArmId,
    /// The version that the subject gave.
    pub version: Option<String>,
    /// Threads of the workload's runtime or pool.
    pub threads: usize,
    /// The workload's scale: cells of different ones are never one.
    pub scale: f64,
    /// Median CPU time without a tracker at as many threads, in seconds.
    pub untracked_cpu_s: Option<f64>,
    /// Overhead in CPU time, against `untracked` at as many threads.
    pub overhead: Option<Ratio>,
    /// The same in wall time.
    pub wall_overhead: Option<Ratio>,
    /// How far identical programs differ at as many threads.
    pub noise: Option<Noise>,
    /// What the tracker reported ÷ what truly happened.
    pub capture: Option<f64>,
    /// The grade of all that it reported.
    pub grade: Option<Grade>,
    /// The figure of it that is off by most, if any is.
    pub worst: Option<Check>,
    /// Live allocations at the end, reported ÷ actual.
    pub live_allocations: Option<f64>,
    /// Failed samples, by kind.
    pub failures: Vec<FailureCount>,
    /// CPU time, tracked ÷ untracked, by block: what the overhead rests on.
    #[serde(skip)]
    pub blocks: BlockRatios,
    /// CPU time of the control ÷ that of the program that it repeats, by block.
    #[serde(skip)]
    pub twin_blocks: BlockRatios,
    /// The link order of each block, where there are several.
    #[serde(skip)]
    pub links: BlockLinks,
}

impl ThreadCell {
    /// CPU time that the tracker adds, in seconds.
    pub fn added_s(&self) -> Option<f64> {
        Some((self.overhead?.ratio - 1.0) * self.untracked_cpu_s?)
    }
}

/// Every cell of the experiment, by workload, arm and number of threads. Where it has no audit of its own, that of the
/// workload's cell stands for it if it was at as many threads.
pub(super) fn cells(records: &[&Record], catalog: Option<&Catalog>) -> Vec<ThreadCell> {
    let own: Vec<&Record> =
        records.iter().copied().filter(|r| r.experiment == Some(Experiment::Threads)).collect();
    // Scales are above 0, where the order of floats is that of their bits.
    let size = |record: &Record| record.params.scale.to_bits();
    let keys: BTreeSet<(&str, u64, &ArmId, usize)> = own
        .iter()
        .filter(|record| record.arm.is_tracked())
        .map(|record| (&*record.workload, size(record), &record.arm, record.params.threads))
        .collect();
    keys.into_iter()
        .map(|(workload, scale, arm, threads)| {
            let is_beside = |r: &&Record| {
                (&*r.workload, size(r), r.params.threads) == (workload, scale, threads)
            };
            let beside: Vec<&Record> = own.iter().copied().filter(is_beside).collect();
            let samples = TimedSamples::new(&beside);
            let of_arm = || beside.iter().copied().filter(|record| record.arm == *arm);
            let of_cell = records
                .iter()
                .copied()
                .filter(|record| record.is_of_a_cell() && record.arm == *arm && is_beside(record));
            let audited =
                || of_arm().chain(of_cell.clone()).filter(|record| record.pass == Pass::Audit);
            let told = audited().find_map(|record| {
                let convention = catalog?.convention(&record.arm, record.version.as_deref());
                Audit::of(record, convention)
            });
            ThreadCell {
                workload: workload.to_owned(),
                arm: arm.clone(),
                version: of_arm().find_map(|record| record.version.clone()),
                threads,
                scale: f64::from_bits(scale),
                untracked_cpu_s: samples.median(&ArmId::base(), judged).map(|ns| ns / 1e9),
                overhead: samples.ratio(arm, judged),
                wall_overhead: samples.ratio(arm, wall),
                noise: samples.noise(),
                capture: audited().find_map(|record| capture(record, catalog?)),
                grade: told.as_ref().map(|audit| audit.grade),
                worst: told.as_ref().and_then(|audit| audit.worst().cloned()),
                live_allocations: audited().find_map(|record| {
                    let audited = record.outcome.audited()?;
                    let truth = audited.truth.as_ref()?.heap.live_allocations;
                    let reported = audited.reported.as_ref()?.live_allocations?;
                    (truth > 0).then(|| reported as f64 / truth as f64)
                }),
                failures: failures(of_arm()),
                blocks: samples.ratios_by_block(arm, judged),
                twin_blocks: samples.twin_ratios_by_block(judged),
                links: samples.links_by_block(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn cells_of_different_scales_are_never_one() {
        let (base, arm) = (ArmId::base(), fixture::arm("dhat"));
        let mut records = Vec::new();
        // Twice the time at full size, three times at a tenth.
        for (scale, tracked) in [(1.0, 200.0), (0.1, 300.0)] {
            let arms = [(&base, 100.0), (&arm, tracked)];
            for (block, (of, ms)) in (0..8).flat_map(|block| arms.map(|one| (block, one))) {
                let mut record = fixture::timed(of, "concurrent-tasks", block, Some(ms));
                record.experiment = Some(Experiment::Threads);
                record.params.scale = scale;
                records.push(record);
            }
        }
        let cells = cells(&records.iter().collect::<Vec<_>>(), None);
        let mut told: Vec<(f64, f64)> =
            cells.iter().map(|cell| (cell.scale, cell.overhead.unwrap().ratio)).collect();
        told.sort_by(|a, b| a.0.total_cmp(&b.0));
        let near = |(scale, ratio): (f64, f64), expected: f64| {
            (ratio - expected).abs() < 1e-6 && scale > 0.0
        };
        assert_eq!(told.len(), 2);
        assert!(near(told[0], 3.0) && near(told[1], 2.0), "{told:?}");
    }
}
