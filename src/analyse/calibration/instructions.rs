//! In what share of comparisons of instructions work that was added is found.

use serde::{Deserialize, Serialize};

use super::Counted;
use crate::analyse::grouping::by_workload;
use crate::analyse::instructions::{
    Counted as Counts, InstructionRow, InstructionShift, InstructionVersus, reach,
};
use crate::plan::arm::{ArmId, Role};
use crate::record::{Outcome, Record};
use crate::stats;

/// How often a comparison counts each side: as often as `compare` does.
pub const TIMES: usize = 3;

/// One tracker on one workload, against itself with instructions added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoreInstructions {
    /// The workload.
    pub workload: String,
    /// The scale at which it ran.
    pub scale: f64,
    /// What a comparison takes, in seconds: the median.
    pub comparison_s: f64,
    /// By how much the counts of one side of a comparison differ, as a share: the median.
    pub spread: f64,
    /// From which share on more instructions are called more, at that spread.
    pub reach: f64,
    /// Comparisons of the tracker with itself that were called different.
    pub false_alarms: Counted,
    /// What was added.
    pub levels: Vec<MoreLevel>,
}

/// One amount of work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoreLevel {
    /// How many instructions more there were to be, in thousandths.
    pub per_mille: u32,
    /// How many there are, in all counts together: a ratio.
    pub effect: f64,
    /// Comparisons in which they were called more.
    pub found: Counted,
}

/// All counts of an arm on a workload.
fn counts_of(workload: &str, records: &[&Record], arm: &ArmId) -> Counts {
    let counts = records.iter().filter(|record| record.arm == *arm).filter_map(|record| {
        let Outcome::Instructions(counted) = &record.outcome else { return None };
        Some(counted.instructions)
    });
    Counts { counts: counts.collect(), ..Counts::none_of(workload, arm) }
}

/// The same, as many as a comparison has of a side, one lot after the other.
fn lots(all: &Counts) -> impl Iterator<Item = Counts> {
    let lot = |counts: &[u64]| Counts { counts: counts.to_vec(), ..all.clone() };
    all.counts.chunks_exact(TIMES).map(lot)
}

impl MoreInstructions {
    /// Those of an experiment's records, by workload in the registry's order.
    pub(super) fn all(records: &[&Record]) -> Vec<Self> {
        let counted = |record: &&&Record| matches!(record.outcome, Outcome::Instructions(_));
        let counted: Vec<&Record> = records.iter().filter(counted).copied().collect();
        let of = |(workload, own): (&str, Vec<&Record>)| Self::of(workload, &own);
        by_workload(&counted).into_iter().filter_map(of).collect()
    }

    fn of(workload: &str, records: &[&Record]) -> Option<Self> {
        let mut arms: Vec<&ArmId> = records.iter().map(|record| &record.arm).collect();
        arms.sort();
        arms.dedup();
        let twin = arms.iter().copied().find(|arm| arm.role == Role::Twin)?;
        let base = twin.repeated();
        let base = arms.iter().copied().find(|arm| **arm == base)?;
        let seconds: Vec<f64> = records
            .iter()
            .filter(|record| record.arm == *base)
            .map(|record| record.sample_ns as f64 / 1e9)
            .collect();
        let [twin, base] = [twin, base].map(|arm| counts_of(workload, records, arm));
        let median = base.median()?;
        let rows = |other: &Counts| -> Vec<InstructionRow> {
            let pairs = lots(&base).zip(lots(other));
            let versus = |(base, other)| InstructionVersus::new(&[&base], &[&other]);
            pairs.filter_map(versus).flat_map(|versus| versus.rows).collect()
        };
        let nulls = rows(&twin);
        let level = |arm: &&ArmId| {
            let Role::Planted(planted) = arm.role else { return None };
            let more = counts_of(workload, records, arm);
            let found = Counted::of(&rows(&more), |row| row.shift == InstructionShift::More);
            let effect = more.median()? / median;
            Some(MoreLevel { per_mille: planted.per_mille, effect, found })
        };
        let spreads: Vec<f64> = nulls.iter().filter_map(|row| row.spread).collect();
        let spread = stats::median(&spreads)?;
        Some(Self {
            workload: workload.to_owned(),
            scale: records.first()?.params.scale,
            comparison_s: 2.0 * TIMES as f64 * stats::median(&seconds)?,
            spread,
            reach: reach(spread),
            false_alarms: Counted::of(&nulls, |row| row.shift != InstructionShift::NoDifference),
            levels: arms.iter().filter_map(level).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::plan::arm::Planted;
    use crate::plan::procedure::Experiment;

    /// Nine counts of a tracker, itself once more, and itself with work added.
    fn records(per_mille: u32) -> Vec<Record> {
        let full = fixture::arm("memscope-rs/full");
        let planted = full.planted(Planted { per_mille, steps: 1 });
        let mut records = Vec::new();
        for number in 0..9_u64 {
            for arm in [&full, &full.again(), &planted] {
                let more = if *arm == planted { u64::from(per_mille) * 1_000 } else { 0 };
                let count = 1_000_000 + number % 3 * 100 + more;
                let mut record = fixture::instructed(arm, "basic-structures", count);
                record.experiment = Some(Experiment::Planted);
                record.sample_ns = 500_000_000;
                records.push(record);
            }
        }
        records
    }

    fn found(per_mille: u32) -> MoreInstructions {
        MoreInstructions::all(&records(per_mille).iter().collect::<Vec<_>>()).remove(0)
    }

    #[test]
    fn what_is_beyond_the_reach_is_found_and_what_is_not_there_is_not() {
        let one = found(5);
        assert_eq!((one.levels[0].found.so, one.levels[0].found.all), (3, 3), "{one:?}");
        assert_eq!((one.false_alarms.so, one.false_alarms.all), (0, 3));
        assert!((one.levels[0].effect - 1.005).abs() < 1e-4);
        assert!((one.spread - 0.0002).abs() < 1e-6 && one.comparison_s == 3.0);
    }

    #[test]
    fn what_is_within_the_reach_is_not_found() {
        let one = found(1);
        assert!(one.reach > 0.001 && one.levels[0].found.so == 0, "{one:?}");
    }
}
