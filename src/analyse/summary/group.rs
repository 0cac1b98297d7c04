//! The timed samples of one workload, side by side: what ratios and spreads are computed from.

use std::collections::BTreeMap;

use super::Timing;
use crate::analyse::stats::{self, IntervalOptions, RatioEstimate};
use crate::plan::catalog::UNTRACKED;
use crate::record::{Outcome, Record};

/// One reading of a sample, if it has it.
pub(super) type Reading = fn(&Record) -> Option<f64>;

pub(super) fn wall(record: &Record) -> Option<f64> {
    record.cost.map(|cost| cost.wall_ns as f64)
}

pub(super) fn cpu(record: &Record) -> Option<f64> {
    record.cost?.cpu_ns().map(|cpu| cpu as f64)
}

pub(super) fn resident(record: &Record) -> Option<f64> {
    record.cost?.resident_peak_bytes.map(|bytes| bytes as f64)
}

/// Readings of two arms in the same blocks.
#[derive(Default)]
pub(super) struct Pairs {
    pub(super) base: Vec<f64>,
    pub(super) other: Vec<f64>,
}

/// The timed samples of one workload, by arm and by block.
pub(super) struct Group<'a> {
    pub(super) arms: BTreeMap<&'a str, BTreeMap<(&'a str, u32), &'a Record>>,
}

impl<'a> Group<'a> {
    pub(super) fn new(records: &[&'a Record]) -> Self {
        let mut arms = BTreeMap::<_, BTreeMap<_, _>>::new();
        for record in records {
            if record.is_timed_sample() && record.outcome == Outcome::Completed {
                let block = (record.run.as_str(), record.block);
                arms.entry(record.arm.as_str()).or_default().insert(block, *record);
            }
        }
        Self { arms }
    }

    /// Readings of `arm` beside those of `untracked`, for every block that has both, above zero.
    pub(super) fn pairs(&self, arm: &str, reading: Reading) -> Pairs {
        let mut pairs = Pairs::default();
        let (Some(base), Some(other)) = (self.arms.get(UNTRACKED), self.arms.get(arm)) else {
            return pairs;
        };
        for (block, record) in other {
            let beside = base.get(block).and_then(|record| reading(record));
            if let (Some(base), Some(other)) = (beside, reading(record))
                && base > 0.0
                && other > 0.0
            {
                pairs.base.push(base);
                pairs.other.push(other);
            }
        }
        pairs
    }

    pub(super) fn ratio(&self, arm: &str, reading: Reading) -> Option<RatioEstimate> {
        let pairs = self.pairs(arm, reading);
        stats::paired_ratio(&pairs.base, &pairs.other, &IntervalOptions::default()).ok()
    }

    pub(super) fn timing(&self, arm: &str) -> Option<Timing> {
        let samples = self.arms.get(arm)?;
        let read = |reading: Reading| -> Vec<f64> {
            samples.values().filter_map(|record| reading(record)).collect()
        };
        let seconds: Vec<f64> = read(wall).iter().map(|ns| ns / 1e9).collect();
        let summary = stats::summarise(&seconds).ok()?;
        let median = |values: &[f64]| stats::quantile(values, 0.5).ok();
        Some(Timing {
            samples: seconds.len(),
            wall_s: summary.median,
            wall_min_s: summary.min,
            wall_max_s: seconds.iter().copied().fold(summary.min, f64::max),
            cpu_s: median(&read(cpu)).map(|ns| ns / 1e9),
            resident_peak_bytes: median(&read(resident)),
            outliers: stats::label_outliers(&seconds).ok()?.iter().flatten().count(),
        })
    }
}
