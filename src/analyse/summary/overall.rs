//! All workloads together: what each arm costs, and the noise that goes with it.

use super::group::{Group, Pairs, Reading, cpu, resident, wall};
use super::{Cell, Noise, Overall, WorkloadSummary, detection};
use crate::analyse::stats::{
    self, IntervalOptions, NoiseFloor, PairedArms, RatioEstimate, StatsError,
};
use crate::plan::arm;
use crate::plan::catalog::TWIN;

/// What a summary says of all workloads.
pub(super) struct Overview {
    pub(super) arms: Vec<Overall>,
    pub(super) noise: Option<Noise>,
}

impl Overview {
    pub(super) fn of(
        summaries: &[WorkloadSummary],
        groups: &[Group<'_>],
    ) -> Result<Self, StatsError> {
        let floor = combined(groups, TWIN, wall)?.map(|(twin, _)| NoiseFloor { twin });
        let arms = arm::arms(summaries.iter().flat_map(|s| s.cells.iter().map(|cell| &*cell.arm)));
        let arms = arms.into_iter().map(|arm| {
            let cells: Vec<&Cell> =
                summaries.iter().flat_map(|s| &s.cells).filter(|cell| cell.arm == arm).collect();
            arm_over_all(arm, &cells, groups, floor.as_ref())
        });
        Ok(Self { arms: arms.collect::<Result<_, _>>()?, noise: floor.map(Noise::from) })
    }
}

fn arm_over_all(
    arm: &str,
    cells: &[&Cell],
    groups: &[Group<'_>],
    floor: Option<&NoiseFloor>,
) -> Result<Overall, StatsError> {
    let overhead = combined(groups, arm, wall)?;
    let estimate = overhead.map(|(estimate, _)| estimate);
    let ratio_of = |reading| -> Result<_, StatsError> {
        Ok(combined(groups, arm, reading)?.map(|(estimate, _)| estimate.into()))
    };
    Ok(Overall {
        arm: arm.to_owned(),
        version: cells.iter().find_map(|cell| cell.version.clone()),
        overhead: estimate.map(Into::into),
        workloads: overhead.map_or(0, |(_, workloads)| workloads),
        cpu_overhead: ratio_of(cpu)?,
        memory: ratio_of(resident)?,
        detection: estimate.zip(floor).map(|(estimate, floor)| detection(&estimate, floor)),
        failed: cells
            .iter()
            .filter(|cell| cell.timing.is_none() && !cell.failures.is_empty())
            .count(),
    })
}

/// The ratio over all workloads on which the arm has a pair, and their number.
fn combined(
    groups: &[Group<'_>],
    arm: &str,
    reading: Reading,
) -> Result<Option<(RatioEstimate, usize)>, StatsError> {
    let pairs: Vec<Pairs> = groups.iter().map(|group| group.pairs(arm, reading)).collect();
    let complete: Vec<PairedArms<'_>> = pairs
        .iter()
        .filter(|pairs| !pairs.base.is_empty())
        .map(|pairs| PairedArms { base: &pairs.base, other: &pairs.other })
        .collect();
    if complete.is_empty() {
        return Ok(None);
    }
    let ratio = stats::combined_ratio(&complete, &IntervalOptions::default())?;
    Ok(Some((ratio, complete.len())))
}
