//! The timed samples of one workload, side by side: what ratios and spreads are computed from.

use std::collections::{BTreeMap, HashMap};

use super::{BlockLinks, BlockRatios, Noise, Ratio, Timing};
use crate::plan::arm::{ArmId, Role};
use crate::record::Record;
use crate::stats::{self, LinkedArms, PairedArms, RatioEstimate, StatsError};

/// One reading of a sample, if it has it.
pub(super) type Reading = fn(&Record) -> Option<f64>;

/// What is judged: see [`Record::judged_ns`].
pub(super) fn judged(record: &Record) -> Option<f64> {
    record.judged_ns().map(|ns| ns as f64)
}

pub(super) fn wall(record: &Record) -> Option<f64> {
    record.cost().map(|cost| cost.wall_ns as f64)
}

pub(super) fn cpu(record: &Record) -> Option<f64> {
    record.cost()?.cpu_ns().map(|cpu| cpu as f64)
}

pub(super) fn resident(record: &Record) -> Option<f64> {
    record.cost()?.peak_bytes().map(|bytes| bytes as f64)
}

/// A block of a run.
pub(super) type Block<'a> = (&'a str, u32);

/// Readings of two arms in the same blocks.
#[derive(Clone, Debug, Default)]
pub(crate) struct PairedReadings {
    pub(crate) base: Vec<f64>,
    pub(crate) other: Vec<f64>,
    /// The link order that each block ran; empty, if the programs ran as they were built.
    pub(crate) links: Vec<u32>,
}

impl PairedReadings {
    /// Those of an arm whose readings are ratios to the base already.
    pub(crate) fn of_ratios(ratios: Vec<f64>) -> Self {
        Self { base: vec![1.0; ratios.len()], other: ratios, links: Vec::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.base.is_empty()
    }

    /// Whether every block has a link order.
    fn is_linked(&self) -> bool {
        !self.is_empty() && self.links.len() == self.base.len()
    }

    fn arms(&self) -> PairedArms<'_> {
        PairedArms { base: &self.base, other: &self.other }
    }

    fn linked(&self) -> LinkedArms<'_> {
        LinkedArms { arms: self.arms(), orders: &self.links }
    }

    /// The ratio, if there is any reading; over link orders, where there are several.
    pub(crate) fn ratio(&self) -> Option<RatioEstimate> {
        if self.is_linked() {
            return stats::linked_ratio(&[self.linked()]).ok();
        }
        stats::paired_ratio(&self.base, &self.other).ok()
    }

    /// The geometric mean over those of several workloads that have any reading; `None` without one.
    ///
    /// # Errors
    ///
    /// If the statistics fail, which measured readings cannot make them.
    pub(crate) fn mean(all: &[Self]) -> Result<Option<RatioEstimate>, StatsError> {
        let read: Vec<&Self> = all.iter().filter(|pairs| !pairs.is_empty()).collect();
        if read.is_empty() {
            return Ok(None);
        }
        if read.iter().all(|pairs| pairs.is_linked()) {
            let linked: Vec<_> = read.iter().map(|pairs| pairs.linked()).collect();
            return match stats::linked_ratio(&linked) {
                // The workloads have no link order in common, of which too few samples came through.
                Err(StatsError::Empty) => Ok(None),
                found => found.map(Some),
            };
        }
        let arms: Vec<_> = read.iter().map(|pairs| pairs.arms()).collect();
        stats::combined_ratio(&arms).map(Some)
    }
}

/// The timed samples of one workload, by arm and by block.
pub(super) struct TimedSamples<'a> {
    arms: HashMap<&'a ArmId, BTreeMap<Block<'a>, &'a Record>>,
    base: ArmId,
}

impl<'a> TimedSamples<'a> {
    pub(super) fn new(records: &[&'a Record]) -> Self {
        let mut arms = HashMap::<_, BTreeMap<_, _>>::new();
        for record in records {
            if record.is_timed_sample() && record.outcome.failed().is_none() {
                let block = (record.run.as_str(), record.slot.block);
                arms.entry(&record.arm).or_default().insert(block, *record);
            }
        }
        Self { arms, base: ArmId::base() }
    }

    /// The arms that have a sample.
    pub(super) fn arms(&self) -> impl Iterator<Item = &'a ArmId> {
        self.arms.keys().copied()
    }

    /// An arm's samples, in the order of their blocks.
    pub(super) fn of(&self, arm: &ArmId) -> Vec<&'a Record> {
        self.arms.get(arm).into_iter().flat_map(|blocks| blocks.values().copied()).collect()
    }

    /// Readings of two arms side by side, for every block that has both, above zero.
    fn blocks(
        &self,
        base: &ArmId,
        arm: &ArmId,
        reading: Reading,
    ) -> impl Iterator<Item = (Block<'a>, f64, f64)> {
        let arms = self.arms.get(base).zip(self.arms.get(arm));
        let both = arms.into_iter().flat_map(move |(base, other)| {
            other.iter().filter_map(move |(block, record)| {
                Some((*block, reading(base.get(block)?)?, reading(record)?))
            })
        });
        both.filter(|(_, base, other)| *base > 0.0 && *other > 0.0)
    }

    /// Readings beside those of the base, as the statistics take them.
    pub(super) fn pairs(&self, arm: &ArmId, reading: Reading) -> PairedReadings {
        self.pairs_over(&self.base, arm, reading)
    }

    /// Readings of an arm beside those of another.
    pub(super) fn pairs_over(&self, base: &ArmId, arm: &ArmId, reading: Reading) -> PairedReadings {
        let blocks = self.blocks(base, arm, reading);
        let (blocks, (base, other)): (Vec<Block<'a>>, _) =
            blocks.map(|(block, base, other)| (block, (base, other))).unzip();
        PairedReadings { base, other, links: self.links_of(arm, &blocks) }
    }

    /// The link orders of an arm in these blocks; none, unless it has one in each.
    fn links_of(&self, arm: &ArmId, blocks: &[Block<'a>]) -> Vec<u32> {
        let own = self.arms.get(arm);
        let link = |block| own?.get(block)?.slot.link;
        blocks.iter().map(link).collect::<Option<_>>().unwrap_or_default()
    }

    /// The link orders that the trackers ran, by block: the same for all of them.
    pub(super) fn links_by_block(&self) -> BlockLinks {
        let of_block = |(block, record): (&Block<'a>, &&Record)| {
            Some(((block.0.to_owned(), block.1), record.slot.link?))
        };
        self.arms.values().flatten().filter_map(of_block).collect()
    }

    /// A reading over that of the base, by block.
    pub(super) fn ratios_by_block(&self, arm: &ArmId, reading: Reading) -> BlockRatios {
        self.ratios(&self.base, arm, reading)
    }

    /// A reading of the control over that of the program that it repeats, by block.
    pub(super) fn twin_ratios_by_block(&self, reading: Reading) -> BlockRatios {
        let twin = self.arms().filter(|arm| arm.role == Role::Twin).min();
        twin.map_or_else(Vec::new, |twin| self.ratios(&twin.repeated(), twin, reading))
    }

    fn ratios(&self, base: &ArmId, arm: &ArmId, reading: Reading) -> BlockRatios {
        let blocks = self.blocks(base, arm, reading);
        blocks.map(|((run, block), base, other)| ((run.to_owned(), block), other / base)).collect()
    }

    pub(super) fn estimate(&self, arm: &ArmId, reading: Reading) -> Option<RatioEstimate> {
        self.pairs(arm, reading).ratio()
    }

    pub(super) fn ratio(&self, arm: &ArmId, reading: Reading) -> Option<Ratio> {
        self.estimate(arm, reading).map(Ratio::from)
    }

    /// How far identical programs differ in what is judged.
    pub(super) fn noise(&self) -> Option<Noise> {
        self.twins().ratio().map(Noise::from)
    }

    /// The control beside the program that it repeats.
    pub(super) fn twins(&self) -> PairedReadings {
        let links = self.links_by_block();
        let (links, ratios): (Vec<Option<u32>>, Vec<f64>) = self
            .twin_ratios_by_block(judged)
            .into_iter()
            .map(|(block, ratio)| (links.get(&block).copied(), ratio))
            .unzip();
        let links = links.into_iter().collect::<Option<_>>().unwrap_or_default();
        PairedReadings { links, ..PairedReadings::of_ratios(ratios) }
    }

    /// The median of a reading of an arm's samples.
    pub(super) fn median(&self, arm: &ArmId, reading: Reading) -> Option<f64> {
        let values: Vec<f64> = self.of(arm).into_iter().filter_map(reading).collect();
        stats::median(&values)
    }

    /// The spread of an arm's samples.
    pub(super) fn timing(&self, arm: &ArmId) -> Option<Timing> {
        let samples = self.arms.get(arm)?;
        let read = |reading: Reading| -> Vec<f64> {
            samples.values().filter_map(|record| reading(record)).collect()
        };
        let seconds: Vec<f64> = read(wall).iter().map(|ns| ns / 1e9).collect();
        let summary = stats::summarise(&seconds).ok()?;
        Some(Timing {
            samples: seconds.len(),
            wall_s: summary.median,
            wall_min_s: summary.min,
            wall_max_s: seconds.iter().copied().fold(summary.min, f64::max),
            cpu_s: stats::median(&read(cpu)).map(|ns| ns / 1e9),
            cpu_quartiles_s: quartiles(&read(cpu)).map(|all| all.map(|ns| ns / 1e9)),
            resident_peak_bytes: stats::median(&read(resident)),
            outliers: stats::label_outliers(&seconds).ok()?.iter().flatten().count(),
        })
    }
}

/// The least of some values, their quartiles, and the most. `None` of nothing.
fn quartiles(values: &[f64]) -> Option<[f64; 5]> {
    let at = |probability| stats::quantile(values, probability).ok();
    Some([at(0.0)?, at(0.25)?, at(0.5)?, at(0.75)?, at(1.0)?])
}
