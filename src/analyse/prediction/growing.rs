//! How what an allocation takes grows: with the number that is alive, and with threads. Read off the sweeps.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::analyse::summary::{Summary, ThreadCell};
use crate::plan::arm::ArmId;
use crate::stats;

/// The workload whose sweep shows what an event costs by how many allocations are alive.
pub(super) const LIVE: &str = "live-set";

/// By which factor an allocation takes longer, as something grows: 1 at the first point. Empty where nothing was swept.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Growing(Vec<(f64, f64)>);

impl Growing {
    /// From what an allocation takes at each. Where it is not above nothing, it is noise, and makes no curve.
    pub(super) fn of(mut points: Vec<(f64, f64)>) -> Self {
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let first = points.first().map_or(0.0, |&(_, ns)| ns);
        if points.iter().any(|&(_, ns)| ns <= 0.0) {
            return Self::default();
        }
        Self(points.into_iter().map(|(at, ns)| (at, ns / first)).collect())
    }

    /// What an event takes on the workload whose live allocations grow, and whose events hardly do.
    pub(super) fn by_live(summary: &Summary, arm: &ArmId) -> Self {
        let cells = summary.sizes.iter().filter(|cell| cell.arm == *arm && cell.workload == LIVE);
        Self::of(cells.filter_map(|cell| Some((cell.live? as f64, cell.added?.ns))).collect())
    }

    /// What the same work takes on more threads: the mean over the workloads of the sweep.
    pub(super) fn by_threads(summary: &Summary, arm: &ArmId) -> Self {
        let cells = || summary.threads.iter().filter(|cell| cell.arm == *arm);
        // A cell of two threads, as a measurement has beside its workload, is no sweep.
        let is_swept = |cell: &&ThreadCell| {
            let is_beside =
                |one: &ThreadCell| (&one.workload, one.scale) == (&cell.workload, cell.scale);
            cells().any(|one| one.threads == 1 && is_beside(one))
        };
        let mut added = BTreeMap::<usize, Vec<f64>>::new();
        for cell in cells().filter(is_swept) {
            added.entry(cell.threads).or_default().extend(cell.added_s());
        }
        // Where one of the workloads failed, the mean would be one of others.
        let all = added.values().map(Vec::len).max().unwrap_or_default();
        let whole = added.into_iter().filter(|(_, seconds)| seconds.len() == all);
        let mean = |seconds: &[f64]| stats::geometric_mean(seconds).unwrap_or(0.0);
        Self::of(whole.map(|(threads, seconds)| (threads as f64, mean(&seconds))).collect())
    }

    /// The factor at a place between two points, on a line between them where both scales are logarithmic. Before the first
    /// point it is that of the first; behind the last there is none.
    pub fn at(&self, at: f64) -> Option<f64> {
        let behind = self.0.iter().find(|point| point.0 >= at)?;
        let before = self.0.iter().rev().find(|point| point.0 < at);
        let Some(before) = before else { return Some(behind.1) };
        let share = (at / before.0).ln() / (behind.0 / before.0).ln();
        Some(before.1 * (behind.1 / before.1).powf(share))
    }

    /// The last point's place.
    pub fn end(&self) -> Option<f64> {
        self.0.last().map(|point| point.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_curve_is_read_between_its_points_and_not_beyond() {
        let curve = Growing::of(vec![(100.0, 40.0), (1.0, 10.0)]);
        assert_eq!(curve.at(0.5), Some(1.0));
        assert_eq!(curve.at(1.0), Some(1.0));
        assert!((curve.at(10.0).unwrap() - 2.0).abs() < 1e-12);
        assert_eq!(curve.at(100.0), Some(4.0));
        assert_eq!(curve.at(101.0), None);
        assert_eq!(curve.end(), Some(100.0));
        // What may be noise makes none.
        assert_eq!(Growing::of(vec![(1.0, 0.0), (2.0, 5.0)]), Growing::default());
        assert_eq!(Growing::default().at(1.0), None);
    }

    #[test]
    fn the_sweep_over_threads_is_one_over_all_its_workloads() {
        let mut summary = fixture::large_summary(2, 5);
        let arm = summary.overall[1].arm.clone();
        let cell = |workload: &str, threads: usize, ratio: f64| {
            let mut cell = fixture::threaded(&arm, workload, threads, ratio);
            cell.untracked_cpu_s = Some(1.0);
            cell
        };
        summary.threads = vec![
            cell("a", 1, 2.0),
            cell("a", 2, 3.0),
            cell("b", 1, 2.0),
            cell("b", 2, 9.0),
            // On four threads, one of the two is missing.
            cell("a", 4, 3.0),
            // That is no sweep: there is none on one thread.
            cell("c", 2, 100.0),
        ];
        let curve = Growing::by_threads(&summary, &arm);
        // Two seconds for one, and eight for one: four times as long.
        assert!((curve.at(2.0).unwrap() - 4.0).abs() < 1e-9, "{curve:?}");
        assert_eq!(curve.end(), Some(2.0));
    }
}
