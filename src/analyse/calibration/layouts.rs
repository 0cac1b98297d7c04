//! In what share of comparisons one program, linked twice with its code in another order, is called different from itself.

use serde::{Deserialize, Serialize};

use super::Counted;
use super::windows::{Blocks, Sides};
use crate::analyse::grouping::by_workload;
use crate::record::Record;
use crate::stats::LEAST_EFFECT;
use crate::stats::{self, CONFIDENCE, LinkedArms, PairedArms, RatioEstimate};

/// Over how many link orders a comparison is made that takes several: what `--help` calls a good number.
pub const ORDERS: usize = 8;

/// From which ratio on a difference over several link orders is called slower or faster.
const LEAST_OVER_ORDERS: f64 = 1.01;

/// One tracker on one workload, against itself linked once more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layouts {
    /// The workload.
    pub workload: String,
    /// The scale at which it ran.
    pub scale: f64,
    /// Blocks that were recorded.
    pub blocks: usize,
    /// Pairs of programs: link orders of each side.
    pub orders: usize,
    /// CPU time of the measured region, in seconds: the median.
    pub sample_s: f64,
    /// By how much the ratio of two programs' CPU time differs from pair to pair: a coefficient of variation. What the
    /// layout does, and what is left of the noise.
    pub spread: f64,
    /// Pairs of programs, each judged as two builds are.
    pub pairs: Called,
    /// Comparisons over [`ORDERS`] pairs each, judged as `compare --links` does.
    pub over_orders: Called,
}

/// What comparisons of the same code with itself were called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Called {
    /// Different, at 95 %.
    pub different: Counted,
    /// Slower or faster: different, and by as much as that takes.
    pub slower_or_faster: Counted,
}

impl Called {
    fn of(all: &[RatioEstimate], least: f64) -> Self {
        let differs = |one: &RatioEstimate| {
            one.interval(CONFIDENCE).is_some_and(|interval| !interval.contains(1.0))
        };
        let is_large = |one: &RatioEstimate| one.ratio >= least || one.ratio <= 1.0 / least;
        Self {
            different: Counted::of(all, differs),
            slower_or_faster: Counted::of(all, |one| differs(one) && is_large(one)),
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            different: self.different.and(other.different),
            slower_or_faster: self.slower_or_faster.and(other.slower_or_faster),
        }
    }
}

impl Layouts {
    /// Those of an experiment's records, by workload in the registry's order.
    pub(super) fn all(records: &[&Record]) -> Vec<Self> {
        let of = |(workload, own): (&str, Vec<&Record>)| Self::of(workload, &own);
        by_workload(records).into_iter().filter_map(of).collect()
    }

    fn of(workload: &str, records: &[&Record]) -> Option<Self> {
        let blocks = Blocks::of(records)?;
        let orders = blocks.by_link();
        let pairs: Vec<RatioEstimate> = orders
            .values()
            .filter_map(|(base, twin)| stats::paired_ratio(base, twin).ok())
            .collect();
        let over: Vec<RatioEstimate> = orders
            .iter()
            .collect::<Vec<_>>()
            .chunks_exact(ORDERS)
            .filter_map(over_orders)
            .collect();
        let ratios: Vec<f64> = pairs.iter().map(|pair| pair.ratio).collect();
        Some(Self {
            workload: workload.to_owned(),
            scale: records.first()?.params.scale,
            blocks: blocks.len(),
            orders: pairs.len(),
            sample_s: blocks.sample_s()?,
            spread: stats::summarise(&ratios).ok()?.cv?,
            pairs: Called::of(&pairs, LEAST_EFFECT),
            over_orders: Called::of(&over, LEAST_OVER_ORDERS),
        })
    }
}

/// What `compare --links` would have found over these link orders.
fn over_orders(orders: &[(&u32, &Sides)]) -> Option<RatioEstimate> {
    let mut by_block = (Vec::new(), Vec::new(), Vec::new());
    for (order, (base, twin)) in orders {
        by_block.0.extend_from_slice(base);
        by_block.1.extend_from_slice(twin);
        by_block.2.extend(base.iter().map(|_| **order));
    }
    let arms = PairedArms { base: &by_block.0, other: &by_block.1 };
    stats::linked_ratio(&[LinkedArms { arms, orders: &by_block.2 }]).ok()
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;
    use crate::fixture;
    use crate::plan::procedure::Experiment;

    /// Forty link orders of each side in turns, with so much that a program's layout does, and so much noise of a sample.
    fn layouts(layout: f64, noise: f64) -> Layouts {
        let mut rng = StdRng::seed_from_u64(1);
        let full = fixture::arm("memscope-rs/full");
        let arms = [full.clone(), full.again()];
        let mut about = |share: f64| 1.0 + share * rng.random_range(-1.0..1.0);
        let luck: Vec<[f64; 2]> = (0..40).map(|_| [about(layout), about(layout)]).collect();
        let mut records = Vec::new();
        for block in 1..=1_200_u32 {
            let link = block % 40;
            for (arm, luck) in arms.iter().zip(luck[link as usize]) {
                let ms = 100.0 * luck * about(noise);
                let mut record = fixture::timed(arm, "basic-structures", block, Some(ms));
                record.experiment = Some(Experiment::Relinked);
                record.slot.link = Some(link);
                records.push(record);
            }
        }
        Layouts::all(&records.iter().collect::<Vec<_>>()).remove(0)
    }

    #[test]
    fn each_pair_of_programs_is_a_comparison_and_so_is_each_eight() {
        let found = layouts(0.0, 0.02);
        assert_eq!((found.orders, found.blocks), (40, 1_200));
        assert_eq!((found.pairs.different.all, found.over_orders.different.all), (40, 5));
        // Thirty blocks that differ by 1.6 %: 0.3 %.
        assert!((0.002..0.0045).contains(&found.spread), "{found:?}");
        assert!(found.pairs.different.so <= 6, "{found:?}");
        assert_eq!(found.pairs.slower_or_faster.so, 0);
    }

    #[test]
    fn what_the_layout_does_is_found_of_pairs_and_not_over_orders() {
        let found = layouts(0.05, 0.02);
        assert!(found.pairs.different.so >= 30, "{found:?}");
        // A difference of 3 % and more between two of ±5 %: about half of them.
        assert!((8..32).contains(&found.pairs.slower_or_faster.so), "{found:?}");
        assert!(found.over_orders.different.so <= 1, "{found:?}");
    }
}
