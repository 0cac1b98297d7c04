//! All workloads together: what each arm costs, and the noise that goes with it.

use super::samples::{PairedReadings, Reading, TimedSamples, judged, resident, wall};
use super::{Cell, Noise, Overall, WorkloadSummary};
use crate::plan::arm::{ArmId, in_order};
use crate::plan::catalog::Catalog;
use crate::stats::{RatioEstimate, StatsError};

/// What a summary says of all workloads.
pub(super) struct Overview {
    pub(super) arms: Vec<Overall>,
    pub(super) noise: Option<Noise>,
}

impl Overview {
    pub(super) fn of(
        summaries: &[WorkloadSummary],
        samples: &[TimedSamples<'_>],
        catalog: Option<&Catalog>,
    ) -> Result<Self, StatsError> {
        let twins: Vec<_> = samples.iter().map(TimedSamples::twins).collect();
        let noise = PairedReadings::mean(&twins)?.map(Noise::from);
        let arms = in_order(summaries.iter().flat_map(|s| s.cells.iter().map(|cell| &cell.arm)));
        let arms = arms.into_iter().map(|arm| {
            let cells: Vec<&Cell> =
                summaries.iter().flat_map(|s| &s.cells).filter(|cell| cell.arm == *arm).collect();
            let kind = catalog.and_then(|known| known.find(&arm.tracker).ok()?.kind_of(arm));
            Ok(Overall { kind, ..arm_over_all(arm, &cells, samples)? })
        });
        Ok(Self { arms: arms.collect::<Result<_, _>>()?, noise })
    }
}

fn arm_over_all(
    arm: &ArmId,
    cells: &[&Cell],
    samples: &[TimedSamples<'_>],
) -> Result<Overall, StatsError> {
    let overhead = combined(samples, arm, judged)?;
    let estimate = overhead.map(|(estimate, _)| estimate);
    let ratio_of = |reading| -> Result<_, StatsError> {
        Ok(combined(samples, arm, reading)?.map(|(estimate, _)| estimate.into()))
    };
    Ok(Overall {
        arm: arm.clone(),
        version: cells.iter().find_map(|cell| cell.version.clone()),
        kind: None,
        overhead: estimate.map(Into::into),
        workloads: overhead.map_or(0, |(_, workloads)| workloads),
        wall_overhead: ratio_of(wall)?,
        memory: ratio_of(resident)?,
        detection: None,
        detectable: None,
        estimate,
        failed: cells
            .iter()
            .filter(|cell| cell.timing.is_none() && !cell.failures.is_empty())
            .count(),
        rank: None,
        measured: measured(cells),
    })
}

/// The day of the earliest run that the figures rest on, `2026-11-28`: runs have their names by when they began.
fn measured(cells: &[&Cell]) -> Option<String> {
    let runs = cells.iter().flat_map(|cell| &cell.blocks).map(|((run, _), _)| run.as_str());
    let day = runs.min()?.get(..8)?;
    let is_day = day.bytes().all(|byte| byte.is_ascii_digit());
    is_day.then(|| format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..]))
}

/// The ratio over all workloads on which the arm has a pair, and their number.
fn combined(
    samples: &[TimedSamples<'_>],
    arm: &ArmId,
    reading: Reading,
) -> Result<Option<(RatioEstimate, usize)>, StatsError> {
    let pairs: Vec<PairedReadings> =
        samples.iter().map(|samples| samples.pairs(arm, reading)).collect();
    let workloads = pairs.iter().filter(|pairs| !pairs.is_empty()).count();
    Ok(PairedReadings::mean(&pairs)?.map(|ratio| (ratio, workloads)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn the_day_is_that_of_the_earliest_run() {
        let of = |runs: &[&str]| {
            let mut cell = fixture::cell("dhat", "0.3.3", 2.0);
            cell.blocks = runs.iter().map(|run| (((*run).to_owned(), 1), 2.0)).collect();
            measured(&[&cell])
        };
        let runs = ["20261128T232726Z-vm-c9c90ae9cf", "20260901T000000Z-vm-0"];
        assert_eq!(of(&runs).as_deref(), Some("2026-09-01"));
        assert_eq!(of(&["a-run"]), None);
        assert_eq!(of(&["ünïcödé"]), None);
        assert_eq!(of(&[]), None);
    }
}
