//! Recorded blocks, cut into comparisons of a given length: each what `compare` would have had in that time.

use std::collections::BTreeMap;

use crate::plan::arm::{ArmId, Role};
use crate::record::Record;
use crate::stats::{self, RatioEstimate};

/// The values of the base and of its control, block by block.
pub(super) type Sides = (Vec<f64>, Vec<f64>);

/// The blocks of one workload, by run and number.
pub(super) struct Blocks<'a> {
    blocks: BTreeMap<(&'a str, u32), BTreeMap<&'a ArmId, &'a Record>>,
    /// The tracker as it is, which the control repeats.
    pub(super) base: ArmId,
    /// The same once more.
    pub(super) twin: &'a ArmId,
    /// The same with work added, by how much.
    pub(super) planted: Vec<&'a ArmId>,
}

impl<'a> Blocks<'a> {
    /// Those of the samples of a workload; `None` without a control.
    pub(super) fn of(records: &[&'a Record]) -> Option<Self> {
        let mut blocks = BTreeMap::<_, BTreeMap<_, _>>::new();
        for record in records.iter().filter(|record| record.is_timed_sample()) {
            let block = (record.run.as_str(), record.slot.block);
            blocks.entry(block).or_default().insert(&record.arm, *record);
        }
        let arms = || records.iter().map(|record| &record.arm);
        let twin = arms().find(|arm| arm.role == Role::Twin)?;
        let mut planted: Vec<&ArmId> =
            arms().filter(|arm| matches!(arm.role, Role::Planted(_))).collect();
        planted.sort();
        planted.dedup();
        Some(Self { blocks, base: twin.repeated(), twin, planted })
    }

    pub(super) fn len(&self) -> usize {
        self.blocks.len()
    }

    /// What all blocks took of a comparison of the tracker with itself, in seconds.
    pub(super) fn seconds(&self) -> f64 {
        self.blocks.values().map(|block| spent_ns(block, self.twin) as f64 / 1e9).sum()
    }

    /// What the base takes in its measured region, in seconds of CPU time: the median.
    pub(super) fn sample_s(&self) -> Option<f64> {
        let taken = self.blocks.values().filter_map(|block| judged(block, &self.base));
        Some(stats::median(&taken.collect::<Vec<_>>())? / 1e9)
    }

    /// The base and its control, by the link order that a block ran.
    pub(super) fn by_link(&self) -> BTreeMap<u32, Sides> {
        let mut orders = BTreeMap::<u32, Sides>::new();
        for block in self.blocks.values() {
            let link = block.get(self.twin).and_then(|record| record.slot.link);
            let sides = judged(block, &self.base).zip(judged(block, self.twin));
            if let Some((link, (base, twin))) = link.zip(sides) {
                let sides = orders.entry(link).or_default();
                sides.0.push(base);
                sides.1.push(twin);
            }
        }
        orders
    }

    /// An arm against the base, in all blocks together.
    pub(super) fn whole(&self, arm: &ArmId) -> Option<RatioEstimate> {
        self.windows(arm, f64::INFINITY, true).pop()
    }

    /// An arm against the base, in one stretch of blocks after the other, each as long as `compare` takes so many
    /// seconds for: a block of it is the program without a tracker, the base, the base once more, and the arm. What
    /// is left in the end is a window too only if `rest` says so.
    pub(super) fn windows(&self, arm: &ArmId, seconds: f64, rest: bool) -> Vec<RatioEstimate> {
        let mut windows = Vec::new();
        let (mut base, mut other, mut spent) = (Vec::new(), Vec::new(), 0_u64);
        for block in self.blocks.values() {
            let (Some(one), Some(new)) = (judged(block, &self.base), judged(block, arm)) else {
                continue;
            };
            spent = spent.saturating_add(spent_ns(block, arm));
            base.push(one);
            other.push(new);
            if spent as f64 >= seconds * 1e9 {
                windows.extend(stats::paired_ratio(&base, &other));
                base.clear();
                other.clear();
                spent = 0;
            }
        }
        if rest {
            windows.extend(stats::paired_ratio(&base, &other));
        }
        windows
    }
}

/// What a block takes of a comparison with this arm, in nanoseconds: the controls', and the arm's own. Where the arm is a
/// control, it counts once more, since another one would stand in its place.
fn spent_ns(block: &BTreeMap<&ArmId, &Record>, arm: &ArmId) -> u64 {
    let is_control = |role| matches!(role, Role::Base | Role::Twin | Role::Tracked);
    let controls = block.iter().filter(|(arm, _)| is_control(arm.role));
    let controls: u64 = controls.map(|(_, record)| record.sample_ns).fold(0, u64::saturating_add);
    let own = block.get(arm).map_or(0, |record| record.sample_ns);
    controls.saturating_add(own)
}

fn judged(block: &BTreeMap<&ArmId, &Record>, arm: &ArmId) -> Option<f64> {
    block.get(arm)?.judged_ns().map(|ns| ns as f64)
}
