//! In what share of comparisons a planted slow-down is found, by the time that is spent; and in what share one is
//! found between identical programs.

use serde::{Deserialize, Serialize};

use super::windows::Blocks;
use crate::analyse::grouping::by_workload;
use crate::plan::arm::{ArmId, Role};
use crate::record::Record;
use crate::stats::{self, CONFIDENCE, RatioEstimate};

/// How long comparisons take, in seconds for each workload.
pub const SECONDS: [f64; 5] = [5.0, 10.0, 20.0, 40.0, 60.0];

/// Rows that are judged together: the eight phases and all of them.
pub const ROWS: usize = 9;

/// How long a comparison of identical programs takes, in seconds: short, so that there are many.
const NULL_SECONDS: f64 = 5.0;

/// One tracker on one workload, against itself with work added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlowDowns {
    /// The workload.
    pub workload: String,
    /// Blocks that were recorded.
    pub blocks: usize,
    /// The scale at which it ran.
    pub scale: f64,
    /// Seconds that a comparison's block takes.
    pub block_s: f64,
    /// CPU time of the tracker's measured region, in seconds: the median.
    pub sample_s: f64,
    /// Standard deviation of one block's ratio of identical programs, as far as the middle three fifths tell, as a
    /// share.
    pub spread: f64,
    /// The smallest slow-down that is found in 95 of 100 comparisons of 60 s, as a share: what the spread comes to.
    pub reach_60s: f64,
    /// Comparisons of identical programs that were called different at 95 %.
    pub false_alarms: Counted,
    /// The same, among as many rows as are judged together.
    pub false_in_table: Counted,
    /// The slow-downs that were planted.
    pub levels: Vec<Level>,
}

/// One slow-down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// By how much the tracker was to become slower, in thousandths.
    pub per_mille: u32,
    /// By how much it did, in all blocks together: a ratio, and its 95 % interval.
    pub effect: f64,
    /// The ends of that interval.
    pub effect_ends: [f64; 2],
    /// In how many comparisons it was called slower, by their length.
    pub found: Vec<Found>,
}

/// Comparisons of one length.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// How long each took, in seconds.
    pub seconds: f64,
    /// In how many it was found, among as many rows as are judged together.
    pub counted: Counted,
    /// In how many it was called different at 95 % alone.
    #[serde(default)]
    pub alone: Counted,
}

/// How many of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// Of them it was so.
    pub so: usize,
    /// All.
    pub all: usize,
}

impl Counted {
    /// Of all those of which it is so.
    pub(super) fn of<T>(all: &[T], is_so: impl Fn(&T) -> bool) -> Self {
        Self { so: all.iter().filter(|one| is_so(one)).count(), all: all.len() }
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { so: self.so.saturating_add(other.so), all: self.all.saturating_add(other.all) }
    }

    /// The share, if there was any.
    pub fn share(self) -> Option<f64> {
        (self.all > 0).then(|| self.so as f64 / self.all as f64)
    }

    /// The interval of the share at 95 %, by Wilson 1927, *Probable Inference, the Law of Succession, and Statistical
    /// Inference*.
    pub fn interval(self) -> Option<[f64; 2]> {
        let share = self.share()?;
        let (n, z) = (self.all as f64, 1.959_964);
        let middle = (share + z * z / (2.0 * n)) / (1.0 + z * z / n);
        let half =
            z / (1.0 + z * z / n) * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
        Some([(middle - half).max(0.0), (middle + half).min(1.0)])
    }
}

impl SlowDowns {
    /// Whether another one is of the same slow-downs on the same workload.
    pub(super) fn is_of_what(&self, other: &Self) -> bool {
        let levels = |one: &Self| -> Vec<u32> {
            let mut levels: Vec<u32> = one.levels.iter().map(|level| level.per_mille).collect();
            levels.sort_unstable();
            levels
        };
        self.workload == other.workload && levels(self) == levels(other)
    }

    /// Those of an experiment's records, by workload in the registry's order.
    pub(super) fn all(records: &[&Record]) -> Vec<Self> {
        by_workload(records)
            .into_iter()
            .filter_map(|(workload, own)| Self::of(workload, &own))
            .collect()
    }

    fn of(workload: &str, records: &[&Record]) -> Option<Self> {
        let blocks = Blocks::of(records)?;
        let whole = blocks.whole(blocks.twin)?;
        let nulls = blocks.windows(blocks.twin, NULL_SECONDS, false);
        let error = whole.log_error()?;
        let block_s = blocks.seconds() / blocks.len().max(1) as f64;
        let in_60s = error * (blocks.len() as f64 * block_s / 60.0).sqrt();
        // Two-sided among the rows, and found 95 times in 100.
        let quantiles = stats::two_sided_t(in_table(), f64::from(u16::MAX)) + 1.645;
        let level = |arm: &&ArmId| {
            let Role::Planted(planted) = arm.role else { return None };
            let found = SECONDS.iter().map(|&seconds| {
                let windows = blocks.windows(arm, seconds, false);
                Found {
                    seconds,
                    counted: Counted::of(&windows, is_slower),
                    alone: Counted::of(&windows, |one| differs(one, CONFIDENCE)),
                }
            });
            let effect = blocks.whole(arm)?;
            let interval = effect.interval(CONFIDENCE)?;
            Some(Level {
                per_mille: planted.per_mille,
                effect: effect.ratio,
                effect_ends: [interval.low, interval.high],
                found: found.filter(|found| found.counted.all > 0).collect(),
            })
        };
        Some(Self {
            workload: workload.to_owned(),
            blocks: blocks.len(),
            scale: records.first()?.params.scale,
            block_s,
            sample_s: blocks.sample_s()?,
            spread: error * (blocks.len() as f64).sqrt(),
            reach_60s: (quantiles * in_60s).exp() - 1.0,
            false_alarms: Counted::of(&nulls, |one| differs(one, CONFIDENCE)),
            false_in_table: Counted::of(&nulls, |one| differs(one, in_table())),
            levels: blocks.planted.iter().filter_map(level).collect(),
        })
    }
}

/// The confidence that a row needs if it is the only one of its table that differs.
fn in_table() -> f64 {
    1.0 - (1.0 - CONFIDENCE) / ROWS as f64
}

fn differs(estimate: &RatioEstimate, confidence: f64) -> bool {
    estimate.interval(confidence).is_some_and(|interval| !interval.contains(1.0))
}

fn is_slower(estimate: &RatioEstimate) -> bool {
    estimate.ratio > 1.0 && differs(estimate, in_table())
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;
    use crate::fixture;
    use crate::plan::arm::Planted;
    use crate::plan::procedure::Experiment;

    /// So many blocks of a tracker, itself once more, and itself slower by so many thousandths; each sample takes
    /// 100 ms, and differs by so much.
    fn records(blocks: u32, per_mille: u32, spread: f64) -> Vec<Record> {
        let mut rng = StdRng::seed_from_u64(1);
        let full = fixture::arm("memscope-rs/full");
        let planted = full.planted(Planted { per_mille, steps: 7 });
        let arms = [ArmId::base(), full.again(), full.clone(), planted.clone()];
        let mut records = Vec::new();
        for block in 1..=blocks {
            for arm in &arms {
                let slower = if *arm == planted { f64::from(per_mille) / 1_000.0 } else { 0.0 };
                let ms = 100.0 * (1.0 + slower) * (1.0 + spread * rng.random_range(-1.0..1.0));
                let mut record = fixture::timed(arm, "basic-structures", block, Some(ms));
                record.experiment = Some(Experiment::Planted);
                record.sample_ns = 100_000_000;
                records.push(record);
            }
        }
        records
    }

    fn slow_downs(records: &[Record]) -> SlowDowns {
        SlowDowns::all(&records.iter().collect::<Vec<_>>()).remove(0)
    }

    #[test]
    fn windows_are_as_long_as_a_comparison_and_disjoint() {
        let found = slow_downs(&records(600, 50, 0.02));
        // A block of four samples takes 0.4 s: 240 s in all.
        assert!((found.block_s - 0.4).abs() < 1e-9, "{found:?}");
        let trials: Vec<_> = found.levels[0].found.iter().map(|one| one.counted.all).collect();
        assert_eq!(trials, [46, 24, 12, 6, 4]);
        assert_eq!(found.false_alarms.all, 46);
    }

    #[test]
    fn what_is_large_is_found_and_what_is_not_there_is_not() {
        let found = slow_downs(&records(600, 50, 0.02));
        let level = &found.levels[0];
        assert!((level.effect - 1.05).abs() < 0.002, "{level:?}");
        assert!(level.found.iter().all(|one| one.counted.so == one.counted.all), "{level:?}");
        assert!(found.false_alarms.so <= 6, "{found:?}");
        assert!(found.false_in_table.so <= 2, "{found:?}");
        // Uniform on ±2 % twice: a ratio's standard deviation is 1.6 %.
        assert!((0.008..0.03).contains(&found.spread), "{found:?}");
    }

    #[test]
    fn what_is_small_is_found_more_often_in_more_time() {
        let found = slow_downs(&records(3_000, 10, 0.06));
        let share = |index: usize| found.levels[0].found[index].counted.share().unwrap();
        assert!(share(0) < 0.5 && share(4) > share(0), "{found:?}");
        // What would be found almost always in 60 s is about what the spread says.
        assert!((0.005..0.05).contains(&found.reach_60s), "{found:?}");
    }

    #[test]
    fn a_share_has_an_interval() {
        let of = |so, all| Counted { so, all }.interval().unwrap();
        let [low, high] = of(10, 200);
        assert!((low - 0.0274).abs() < 1e-3 && (high - 0.0896).abs() < 1e-3, "{low} {high}");
        assert_eq!(of(0, 20)[0], 0.0);
        assert_eq!(Counted::default().interval(), None);
    }
}
