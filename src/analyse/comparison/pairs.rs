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
