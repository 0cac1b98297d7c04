//! Blocks of two sides, side by side: what a comparison's ratios are made of.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::side::{Measured, Side};
use crate::analyse::summary::samples::PairedReadings;
use crate::stats::RatioEstimate;

/// Whether both sides were measured in the same blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pairing {
    /// They were: block by block.
    SameBlocks,
    /// They were not. The overhead of a tracker differs by a quarter from one hour to another, so that nothing is
    /// said of time but how it stood then and now.
    OtherRun,
}

/// Readings of both sides of the same blocks; none if they were measured in different ones.
pub(super) fn in_same_blocks(
    base: &BTreeMap<u32, f64>,
    new: &BTreeMap<u32, f64>,
    links: &BTreeMap<u32, u32>,
    pairing: Pairing,
) -> PairedReadings {
    if pairing == Pairing::OtherRun {
        return PairedReadings::default();
    }
    let both = base.iter().filter_map(|(block, one)| Some((*block, (*one, *new.get(block)?))));
    let (blocks, (base, other)): (Vec<u32>, _) = both.unzip();
    PairedReadings { base, other, links: of_blocks(links, blocks) }
}

/// What is a ratio already, paired with 1.
pub(super) fn alone(ratios: &BTreeMap<u32, f64>, links: &BTreeMap<u32, u32>) -> PairedReadings {
    let links = of_blocks(links, ratios.keys().copied());
    PairedReadings { links, ..PairedReadings::of_ratios(ratios.values().copied().collect()) }
}

/// The link orders of these blocks; none, unless each has one.
fn of_blocks(links: &BTreeMap<u32, u32>, blocks: impl IntoIterator<Item = u32>) -> Vec<u32> {
    blocks
        .into_iter()
        .map(|block| links.get(&block).copied())
        .collect::<Option<_>>()
        .unwrap_or_default()
}

/// The ratio of peak resident sets. They do not depend on the hour, so those of two runs are compared as they are; nor
/// on where code lies, so each block counts for itself.
pub(super) fn memory(base: &Measured, new: &Measured, pairing: Pairing) -> Option<RatioEstimate> {
    let no_links = BTreeMap::new();
    let own = |side: &Measured| alone(&side.memory, &no_links).ratio();
    match pairing {
        Pairing::SameBlocks => {
            in_same_blocks(&base.memory, &new.memory, &no_links, pairing).ratio()
        }
        Pairing::OtherRun => Some(own(new)?.over(&own(base)?)),
    }
}

/// Over how many link orders the sides were measured, if over several.
pub(super) fn links(pairs: &[(Side, Side)]) -> Option<usize> {
    let workloads = pairs.iter().flat_map(|(_, new)| &new.workloads);
    let orders: BTreeSet<u32> = workloads.flat_map(|one| one.links.values().copied()).collect();
    (!orders.is_empty()).then_some(orders.len())
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::super::{Comparison, compare};
    use super::*;
    use crate::analyse::comparison::Difference;
    use crate::fixture;
    use crate::stats::LEAST_EFFECT;

    /// What the layout of each of eight link orders does to the base, the base again, and the new one: percent.
    const LUCKS: [[f64; 3]; 8] = [
        [0.0, 2.0, 2.5],
        [2.5, 0.5, 0.0],
        [1.0, 0.0, 2.0],
        [0.0, 2.5, 1.0],
        [2.0, 1.0, 0.0],
        [0.5, 0.0, 2.0],
        [2.0, 1.5, 0.5],
        [0.0, 1.0, 0.0],
    ];

    /// Two builds of the same code, or of code that takes `effect` times as long, in so many link orders; in one, as
    /// they are built.
    fn compared(effect: f64, orders: u32) -> Comparison {
        let mut rng = StdRng::seed_from_u64(3);
        let mut records = Vec::new();
        for workload in ["basic-structures", "fragmentation"] {
            for block in 1..=64_u32 {
                let lucks = LUCKS[(block % orders) as usize].map(|percent| 1.0 + percent / 100.0);
                let mut took = |ms: f64| Some(ms * rng.random_range(0.99..1.01));
                let (base, new) = (fixture::arm("m@1.0.0"), fixture::arm("m@1.0.1"));
                for (arm, ms) in [
                    (fixture::arm("untracked"), 100.0),
                    (base.again(), 300.0 * lucks[1]),
                    (base, 300.0 * lucks[0]),
                    (new, 300.0 * lucks[2] * effect),
                ] {
                    let mut record = fixture::timed(&arm, workload, block, took(ms));
                    let link = Some(block % orders).filter(|_| orders > 1);
                    record.slot.link = link.filter(|_| arm.is_relinked());
                    records.push(record);
                }
            }
        }
        let summary = fixture::summarised(records);
        let [base, new] = ["m@1.0.0", "m@1.0.1"].map(|arm| Side::of(&summary, &fixture::arm(arm)));
        compare(&[(base, new)], Pairing::SameBlocks, LEAST_EFFECT.min(1.01)).unwrap()
    }

    fn verdicts(comparison: &Comparison) -> Vec<Difference> {
        comparison.against[0].rows.iter().map(|row| row.verdicts[0]).collect()
    }

    #[test]
    fn what_a_layout_does_is_a_difference_in_one_link_order_and_none_in_eight() {
        let one = compared(1.0, 1);
        assert_eq!(one.links, None);
        assert_eq!(verdicts(&one), [Difference::Slower; 3], "{one:#?}");
        assert!(one.may_be_layout(), "2.5 % between two builds");
        let eight = compared(1.0, 8);
        assert_eq!(eight.links, Some(8));
        assert_eq!(verdicts(&eight), [Difference::NotDetected; 3], "{eight:#?}");
        assert!(!eight.may_be_layout());
        let noise = eight.against[0].rows[0].noise.unwrap();
        assert!(noise > 1.01, "the base again holds what a layout does: {noise}");
    }

    #[test]
    fn a_difference_beyond_what_layouts_do_is_found_over_link_orders() {
        let eight = compared(1.04, 8);
        assert_eq!(verdicts(&eight), [Difference::Slower; 3], "{eight:#?}");
        // However many workloads there are, there are no more layouts than eight.
        let width = |row: usize| {
            let change = eight.against[0].rows[row].change.unwrap();
            change.high.unwrap() / change.low.unwrap() - 1.0
        };
        assert!((width(2) / width(0) - 1.0).abs() < 0.3, "{} and {}", width(0), width(2));
    }
}
