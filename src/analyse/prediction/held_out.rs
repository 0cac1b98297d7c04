//! How wrong the model is where it is read off a sweep: tried on measurements that are in neither the sweep nor the mean.
//!
//! More threads are tried on what `measure` takes on all threads beside each workload with workers; more allocations alive on
//! workloads that `sweep --over scale` made larger.

use std::collections::BTreeSet;

use super::growing::LIVE;
use super::{Prediction, RATES, error, points, ratio, typical};
use crate::analyse::summary::{Content, Summary};
use crate::plan::arm::ArmId;
use crate::stats;

/// What was measured of a workload that the model has not seen.
struct HeldOut<'a> {
    workload: &'a str,
    /// Allocations.
    number: f64,
    untracked_cpu_s: f64,
    /// CPU time, tracked ÷ untracked.
    ratio: f64,
}

impl HeldOut<'_> {
    /// By how much the ratio is off that the other workloads predict, where an allocation takes so many times as long.
    fn error(&self, summary: &Summary, arm: &ArmId, factor: f64) -> Option<f64> {
        let others = points(summary, arm, |name| name != self.workload);
        if others.is_empty() || self.untracked_cpu_s <= 0.0 {
            return None;
        }
        let rate = self.number / self.untracked_cpu_s;
        Some(error(ratio(rate, typical(&others) * factor), self.ratio))
    }
}

/// The median error on threads, over the workloads that the sweep over threads has not.
pub(super) fn on_threads(prediction: &Prediction, summary: &Summary) -> Option<f64> {
    let arm = &prediction.arm;
    let cells = || summary.threads.iter().filter(|cell| cell.arm == *arm);
    let swept = cells().filter(|cell| cell.threads == 1).map(|cell| &*cell.workload);
    let swept: BTreeSet<&str> = swept.collect();
    let timed = summary.environments_of(&[Content::Timed]);
    let is_whole = |scale: f64| timed.iter().all(|one| one.settings.params.scale == scale);
    let errors = cells().filter_map(|cell| {
        if cell.threads < 2 || swept.contains(&*cell.workload) || !is_whole(cell.scale) {
            return None;
        }
        let of_all = summary.workloads.iter().find(|one| one.workload == cell.workload)?;
        let held_out = HeldOut {
            workload: &cell.workload,
            number: of_all.allocations? as f64,
            untracked_cpu_s: cell.untracked_cpu_s?,
            ratio: cell.overhead?.ratio,
        };
        held_out.error(summary, arm, prediction.by_threads(cell.threads).ok()?)
    });
    stats::median(&errors.collect::<Vec<_>>())
}

/// The median error with more allocations alive than any workload has at its own size.
pub(super) fn with_more_alive(prediction: &Prediction, summary: &Summary) -> Option<f64> {
    let (arm, most) = (&prediction.arm, prediction.live?);
    let errors = summary.sizes.iter().filter_map(|cell| {
        let live = cell.live? as f64;
        if cell.arm != *arm || [LIVE, RATES].contains(&&*cell.workload) || live <= most {
            return None;
        }
        let held_out = HeldOut {
            workload: &cell.workload,
            // Each is freed.
            number: cell.events? as f64 / 2.0,
            untracked_cpu_s: cell.untracked_cpu_s?,
            ratio: cell.overhead?.ratio,
        };
        held_out.error(summary, arm, prediction.by_live(live).ok()?)
    });
    stats::median(&errors.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::prediction::predictions;
    use crate::analyse::summary::Ratio;
    use crate::fixture;

    /// What the model predicts for an allocation of a workload that it has not seen, in nanoseconds.
    fn typical_without(summary: &Summary, arm: &ArmId, workload: &str) -> f64 {
        typical(&points(summary, arm, |name| name != workload))
    }

    #[test]
    fn threads_are_tried_on_workloads_that_were_not_swept() {
        let mut summary = fixture::large_summary(2, 5);
        let arm = summary.overall[1].arm.clone();
        let workload = summary.workloads[0].workload.clone();
        let allocations = summary.workloads[0].allocations.unwrap() as f64;
        let scale = summary.environments_of(&[Content::Timed])[0].settings.params.scale;
        let ns = typical_without(&summary, &arm, &workload);
        let cell = |workload: &str, threads: usize, ratio: f64| {
            let mut cell = fixture::threaded(&arm, workload, threads, ratio);
            (cell.untracked_cpu_s, cell.scale) = (Some(1.0), scale);
            cell
        };
        // Twice as long on two threads, as the sweep says; and a tenth more than that.
        let predicted = 1.0 + allocations * ns * 2.0 / 1e9;
        let swept = [cell("swept", 1, 2.0), cell("swept", 2, 3.0)];
        let errors = [1.0, 1.1].map(|more| {
            summary.threads = swept.to_vec();
            summary.threads.push(cell(&workload, 2, predicted * more));
            predictions(&summary)[1].error_on_threads.unwrap()
        });
        assert!(errors[0] < 1e-9 && (errors[1] - (1.0 - 1.0 / 1.1)).abs() < 1e-9, "{errors:?}");
        // What was swept is no trial.
        summary.threads = swept.to_vec();
        assert_eq!(predictions(&summary)[1].error_on_threads, None);
    }

    #[test]
    fn more_alive_is_tried_on_larger_workloads() {
        let mut summary = fixture::large_summary(2, 5);
        let arm = summary.overall[1].arm.clone();
        let workload = summary.workloads[0].workload.clone();
        let most = summary.workloads.iter().filter_map(|one| one.live).max().unwrap_or(0);
        let ns = typical_without(&summary, &arm, &workload);
        let sized = |name: &str, live: u64, each: f64| {
            let mut cell = fixture::sized(&arm, name, 1_000_000, 1.0, (each, each));
            cell.live = Some(live);
            cell
        };
        // Three times as long with a hundred times as many alive.
        let most = most.max(1);
        let sweep = [sized(LIVE, most, 10.0), sized(LIVE, 100 * most, 30.0)];
        let mut larger = sized(&workload, 100 * most, 1.0);
        let ratio = (1.0 + 500_000.0 * ns * 3.0 / 1e9) * 2.0;
        larger.overhead = Some(Ratio { ratio, low: None, high: None, blocks: 9 });
        summary.sizes = sweep.to_vec();
        assert_eq!(predictions(&summary)[1].error_with_more_alive, None);
        summary.sizes.push(larger);
        let error = predictions(&summary)[1].error_with_more_alive.unwrap();
        assert!((error - 0.5).abs() < 1e-9, "{error}");
    }
}
