//! The experiment over numbers of threads: when does a tracker get slow, and when does it lose count?

use std::collections::BTreeSet;

use serde::Serialize;
use subject::protocol::Pass;

use super::group::{Group, wall};
use super::{FailureCount, Noise, Ratio, capture, failures, is_tracked};
use crate::analyse::stats::{self, IntervalOptions};
use crate::plan::catalog::{Catalog, TWIN};
use crate::record::{Experiment, Record};

/// One arm on one workload at one number of threads.
#[derive(Clone, Debug, Serialize)]
pub struct ThreadCell {
    /// The workload.
    pub workload: String,
    /// The arm.
    pub arm: String,
    /// The version that the subject gave.
    pub version: Option<String>,
    /// Threads of the workload's runtime or pool.
    pub threads: usize,
    /// Overhead in wall time, against `untracked` at as many threads.
    pub overhead: Option<Ratio>,
    /// How far identical programs differ at as many threads.
    pub noise: Option<Noise>,
    /// What the tracker reported ÷ what truly happened.
    pub capture: Option<f64>,
    /// Live blocks at the end, reported ÷ true.
    pub live_blocks: Option<f64>,
    /// Failed samples, by kind.
    pub failures: Vec<FailureCount>,
}

/// Every cell of the experiment, by workload, arm and number of threads.
pub(super) fn cells(records: &[&Record], catalog: Option<&Catalog>) -> Vec<ThreadCell> {
    let own: Vec<&Record> =
        records.iter().copied().filter(|r| r.experiment == Some(Experiment::Threads)).collect();
    let keys: BTreeSet<(&str, &str, usize)> = own
        .iter()
        .filter(|record| is_tracked(&record.arm))
        .map(|record| (&*record.workload, &*record.arm, record.threads))
        .collect();
    keys.into_iter()
        .map(|(workload, arm, threads)| {
            let beside: Vec<&Record> = own
                .iter()
                .copied()
                .filter(|r| r.workload == workload && r.threads == threads)
                .collect();
            let group = Group::new(&beside);
            let twin = group.pairs(TWIN, wall);
            let noise = stats::noise_floor(&twin.base, &twin.other, &IntervalOptions::default());
            let of_arm = || beside.iter().copied().filter(|record| record.arm == arm);
            let audited = || of_arm().filter(|record| record.pass == Pass::Audit);
            ThreadCell {
                workload: workload.to_owned(),
                arm: arm.to_owned(),
                version: of_arm().find_map(|record| record.tracker.version.clone()),
                threads,
                overhead: group.ratio(arm, wall).map(Ratio::from),
                noise: noise.ok().map(Noise::from),
                capture: audited().find_map(|record| capture(record, catalog?)),
                live_blocks: audited().find_map(|record| {
                    let truth = record.truth.as_ref()?.heap.live_blocks;
                    let reported = record.reported.as_ref()?.live_blocks?;
                    (truth > 0).then(|| reported as f64 / truth as f64)
                }),
                failures: failures(of_arm()),
            }
        })
        .collect()
}
