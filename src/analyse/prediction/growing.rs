//! How what an allocation takes grows: with the number that is alive, and with threads. Read off the sweeps.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::analyse::summary::{Summary, ThreadCell};
use crate::plan::arm::ArmId;
use crate::stats;

/// The workload whose sweep shows what an event costs by how many allocations are alive.
pub(super) const LIVE: &str = "live-set";

/// By which factor an allocation takes longer, as something grows: 1 at the first place at which it costs more than nothing
/// beyond doubt. Empty where there is none, or nothing was swept.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Growing {
    points: Vec<(f64, f64)>,
    /// The last place that was measured, whether or not it costs anything there.
    swept_to: Option<f64>,
}

impl Growing {
    /// From what a tracker adds to each at every place of a sweep, in any unit: none where that may be noise, of which no
    /// factor can be told.
    pub(super) fn of(swept: impl Iterator<Item = (f64, Option<f64>)>) -> Self {
        let swept: Vec<(f64, Option<f64>)> = swept.collect();
        let known = swept.iter().filter_map(|&(at, added)| Some((at, added?)));
        let mut points: Vec<(f64, f64)> = known.collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let first = points.first().map_or(1.0, |&(_, added)| added);
        points.iter_mut().for_each(|(_, added)| *added /= first);
        Self { points, swept_to: swept.iter().map(|one| one.0).max_by(f64::total_cmp) }
    }

    /// What an event takes on the workload whose live allocations grow, and whose events hardly do.
    pub(super) fn by_live(summary: &Summary, arm: &ArmId) -> Self {
        let cells = summary.sizes.iter().filter(|cell| cell.arm == *arm && cell.workload == LIVE);
        Self::of(cells.filter_map(|cell| Some((cell.live? as f64, cell.added?.beyond_doubt()))))
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
        let mut added = BTreeMap::<usize, Vec<Option<f64>>>::new();
        for cell in cells().filter(is_swept) {
            let is_known = cell.overhead.is_some_and(|it| it.low.is_some_and(|low| low > 1.0));
            let seconds = cell.added_s().map(|seconds| is_known.then_some(seconds));
            added.entry(cell.threads).or_default().extend(seconds);
        }
        // Where one of the workloads failed, the mean would be one of others.
        let all = added.values().map(Vec::len).max().unwrap_or_default();
        let whole = added.into_iter().filter(|(_, seconds)| seconds.len() == all);
        let mean = |seconds: Vec<Option<f64>>| {
            stats::geometric_mean(&seconds.into_iter().collect::<Option<Vec<f64>>>()?)
        };
        Self::of(whole.map(|(threads, seconds)| (threads as f64, mean(seconds))))
    }

    /// The factor at a place between two points, on a line between them where both scales are logarithmic. Before the first
    /// point it is that of the first; behind the last there is none.
    pub fn at(&self, at: f64) -> Option<f64> {
        let behind = self.points.iter().find(|point| point.0 >= at)?;
        let before = self.points.iter().rev().find(|point| point.0 < at);
        let Some(before) = before else { return Some(behind.1) };
        let share = (at / before.0).ln() / (behind.0 / before.0).ln();
        Some(before.1 * (behind.1 / before.1).powf(share))
    }

    /// The last place of which a factor is told.
    pub fn end(&self) -> Option<f64> {
        self.points.last().map(|point| point.0)
    }

    /// The last place that was measured.
    pub fn swept_to(&self) -> Option<f64> {
        self.swept_to
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::summary::Ratio;
    use crate::fixture;

    #[test]
    fn a_curve_is_read_between_its_points_and_not_beyond() {
        let curve = Growing::of([(100.0, Some(40.0)), (1.0, Some(10.0))].into_iter());
        assert_eq!(curve.at(0.5), Some(1.0));
        assert_eq!(curve.at(1.0), Some(1.0));
        assert!((curve.at(10.0).unwrap() - 2.0).abs() < 1e-12);
        assert_eq!(curve.at(100.0), Some(4.0));
        assert_eq!(curve.at(101.0), None);
        assert_eq!((curve.end(), curve.swept_to()), (Some(100.0), Some(100.0)));
        assert_eq!(Growing::default().at(1.0), None);
    }

    #[test]
    fn what_may_be_noise_is_no_part_of_a_curve() {
        let curve = Growing::of([(1.0, None), (2.0, None), (3.0, None)].into_iter());
        assert_eq!((curve.at(1.0), curve.end(), curve.swept_to()), (None, None, Some(3.0)));
        // What is known between noise makes one, up to there.
        let swept = [(1.0, None), (10.0, Some(4.0)), (20.0, Some(8.0)), (30.0, None)];
        let curve = Growing::of(swept.into_iter());
        assert_eq!((curve.at(1.0), curve.at(20.0), curve.at(30.0)), (Some(1.0), Some(2.0), None));
        assert_eq!(curve.swept_to(), Some(30.0));
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
        // One second and one, and two and eight: four times as long.
        assert!((curve.at(2.0).unwrap() - 4.0).abs() < 1e-9, "{curve:?}");
        assert_eq!(curve.end(), Some(2.0));
        // Of a tracker that costs as good as nothing on one of them, nothing is told.
        summary.threads[1].overhead = Some(Ratio { low: Some(0.9), ..fixture::ratio(1.1, 1.2) });
        let curve = Growing::by_threads(&summary, &arm);
        assert_eq!((curve.at(2.0), curve.swept_to()), (None, Some(2.0)));
    }
}
