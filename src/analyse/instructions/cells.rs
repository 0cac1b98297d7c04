//! A tracker's instructions against those of the program without one.

use serde::Serialize;

use super::Counted;
use crate::plan::arm::ArmId;
use crate::stats;

/// An arm on a workload, or over all that it completed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InstructionCell {
    /// The workload; absent for the geometric mean over all.
    pub workload: Option<String>,
    /// The arm.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub arm: ArmId,
    /// The version that the subject gave.
    pub version: Option<String>,
    /// Allocation events of the workload: allocations, deallocations, reallocations.
    pub events: Option<u64>,
    /// Instructions in the measured region: the median over the samples.
    pub instructions: Option<f64>,
    /// The largest count less the smallest, as a share of the median.
    pub spread: Option<f64>,
    /// How many samples there are.
    pub samples: usize,
    /// Instructions, tracked ÷ untracked; absent for untracked itself.
    pub ratio: Option<f64>,
    /// Instructions that the tracker adds, for each allocation event.
    pub added_per_event: Option<f64>,
    /// Who counted.
    pub counter: Option<String>,
    /// How samples failed.
    pub failures: Vec<String>,
}

impl InstructionCell {
    /// Every cell, arm by arm: untracked first, each with its mean over the workloads last, if there are several.
    pub fn all(counted: &[Counted]) -> Vec<Self> {
        let base = ArmId::base();
        let arms = std::iter::once(&base).chain(super::arms(counted));
        let mut cells = Vec::new();
        for arm in arms {
            let own: Vec<Self> = counted
                .iter()
                .filter(|one| one.arm == *arm)
                .map(|one| Self::new(one, counted))
                .collect();
            let mean = Self::mean(arm, &own);
            cells.extend(own);
            cells.extend(mean);
        }
        cells
    }

    fn new(one: &Counted, all: &[Counted]) -> Self {
        let untracked = all.iter().find(|base| base.is_base() && base.workload == one.workload);
        let untracked = untracked.filter(|_| !one.is_base()).and_then(Counted::median);
        let median = one.median();
        let both = median.zip(untracked.filter(|&untracked| untracked > 0.0));
        Self {
            workload: Some(one.workload.clone()),
            arm: one.arm.clone(),
            version: one.version.clone(),
            events: one.events,
            instructions: median,
            spread: one.spread(),
            samples: one.counts.len(),
            ratio: both.map(|(tracked, untracked)| tracked / untracked),
            added_per_event: both
                .zip(one.events)
                .map(|((tracked, untracked), events)| (tracked - untracked) / events as f64),
            counter: one.counter.clone(),
            failures: one.failures.clone(),
        }
    }

    /// The geometric mean of the ratios of an arm; `None` for fewer than two.
    fn mean(arm: &ArmId, cells: &[Self]) -> Option<Self> {
        let ratios: Vec<f64> = cells.iter().filter_map(|cell| cell.ratio).collect();
        let first = cells.first().filter(|_| ratios.len() > 1)?;
        Some(Self {
            workload: None,
            arm: arm.clone(),
            version: first.version.clone(),
            events: None,
            instructions: None,
            spread: None,
            samples: 0,
            ratio: stats::geometric_mean(&ratios),
            added_per_event: None,
            counter: first.counter.clone(),
            failures: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn what_a_tracker_adds_is_told_by_event() {
        let counting = fixture::arm("counting");
        let mut records = Vec::new();
        for (workload, tracked) in [("basic-structures", 8_980), ("fragmentation", 45_000)] {
            records.push(fixture::instruction_audit(workload));
            records.push(fixture::instructed(&ArmId::base(), workload, 5_000));
            records.push(fixture::instructed(&counting, workload, tracked));
        }
        let counted = Counted::all(&records.iter().collect::<Vec<_>>());
        let cells = InstructionCell::all(&counted);
        let told: Vec<_> = cells.iter().map(|cell| (cell.ratio, cell.added_per_event)).collect();
        // 1,990 events.
        assert_eq!(told[..2], [(None, None), (None, None)]);
        assert_eq!(told[2], (Some(1.796), Some(2.0)));
        assert_eq!(told[3].0, Some(9.0));
        // The geometric mean.
        assert_eq!(cells[4].workload, None);
        assert!((cells[4].ratio.unwrap() - (1.796_f64 * 9.0).sqrt()).abs() < 1e-12);
        assert_eq!(cells.len(), 5);
    }
}
