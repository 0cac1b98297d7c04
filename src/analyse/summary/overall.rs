//! All workloads together: what each arm costs, and the noise that goes with it.

use super::cells::detection;
use super::samples::{PairedReadings, Reading, TimedSamples, cpu, resident, wall};
use super::{Cell, Noise, Overall, WorkloadSummary};
use crate::analyse::stats::{self, IntervalOptions, NoiseFloor, RatioEstimate, StatsError};
use crate::plan::arm::{ArmId, in_order};

/// What a summary says of all workloads.
pub(super) struct Overview {
    pub(super) arms: Vec<Overall>,
    pub(super) noise: Option<Noise>,
}

impl Overview {
    pub(super) fn of(
        summaries: &[WorkloadSummary],
        samples: &[TimedSamples<'_>],
    ) -> Result<Self, StatsError> {
        let floor = combined(samples, &ArmId::twin(), wall)?.map(|(twin, _)| NoiseFloor { twin });
        let arms = in_order(summaries.iter().flat_map(|s| s.cells.iter().map(|cell| &cell.arm)));
        let arms = arms.into_iter().map(|arm| {
            let cells: Vec<&Cell> =
                summaries.iter().flat_map(|s| &s.cells).filter(|cell| cell.arm == *arm).collect();
            arm_over_all(arm, &cells, samples, floor.as_ref())
        });
        Ok(Self { arms: arms.collect::<Result<_, _>>()?, noise: floor.map(Noise::from) })
    }
}

fn arm_over_all(
    arm: &ArmId,
    cells: &[&Cell],
    samples: &[TimedSamples<'_>],
    floor: Option<&NoiseFloor>,
) -> Result<Overall, StatsError> {
    let overhead = combined(samples, arm, wall)?;
    let estimate = overhead.map(|(estimate, _)| estimate);
    let ratio_of = |reading| -> Result<_, StatsError> {
        Ok(combined(samples, arm, reading)?.map(|(estimate, _)| estimate.into()))
    };
    Ok(Overall {
        arm: arm.clone(),
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
        rank: None,
    })
}

/// The ratio over all workloads on which the arm has a pair, and their number.
fn combined(
    samples: &[TimedSamples<'_>],
    arm: &ArmId,
    reading: Reading,
) -> Result<Option<(RatioEstimate, usize)>, StatsError> {
    let pairs: Vec<PairedReadings> =
        samples.iter().map(|samples| samples.pairs(arm, reading)).collect();
    let complete: Vec<_> =
        pairs.iter().filter(|pairs| !pairs.is_empty()).map(PairedReadings::as_arms).collect();
    if complete.is_empty() {
        return Ok(None);
    }
    let ratio = stats::combined_ratio(&complete, &IntervalOptions::default())?;
    Ok(Some((ratio, complete.len())))
}
