//! A tracker whose cost, memory and losses are known, and what was found of each.

use serde::{Deserialize, Serialize};

use super::windows::Blocks;
use crate::analyse::accuracy::OwnHeap;
use crate::plan::arm::{ArmId, Role};
use crate::record::{Audited, Record};
use crate::stats::CONFIDENCE;

/// All that was planted in the tracker of known cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownCosts {
    /// Work for each event.
    pub costs: Vec<FoundCost>,
    /// Bytes for each live allocation.
    pub memory: Vec<FoundMemory>,
    /// Events that are not counted.
    pub losses: Vec<FoundLoss>,
}

/// Work for each event.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoundCost {
    /// What is known, in nanoseconds for each event; 0 is the tracker without work once more.
    pub planted_ns: f64,
    /// What was found: CPU time beyond that of the tracker without work, in nanoseconds for each event.
    pub found_ns: f64,
    /// Lower end of the 95 % interval.
    pub low_ns: f64,
    /// Upper end.
    pub high_ns: f64,
    /// Blocks.
    pub blocks: usize,
}

/// Bytes for each live allocation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoundMemory {
    /// What is known.
    pub planted_bytes: f64,
    /// What was found, at the peak.
    pub found_bytes: f64,
}

/// Events that are not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoundLoss {
    /// One allocation in so many is not counted.
    pub one_in: u64,
    /// Allocations that happened, by the ground truth.
    pub allocations: u64,
    /// Allocations that the tracker reports.
    pub reported: u64,
}

impl FoundCost {
    /// Whether it lies within ±5 %, or ±1 ns below 20 ns.
    pub fn is_close(&self) -> bool {
        let tolerated = if self.planted_ns < 20.0 { 1.0 } else { 0.05 * self.planted_ns };
        (self.found_ns - self.planted_ns).abs() <= tolerated
    }

    /// Whether the interval holds what was planted.
    pub fn is_covered(&self) -> bool {
        (self.low_ns..=self.high_ns).contains(&self.planted_ns)
    }
}

impl FoundMemory {
    /// Whether it lies within ±5 %.
    pub fn is_close(&self) -> bool {
        (self.found_bytes / self.planted_bytes - 1.0).abs() <= 0.05
    }
}

impl FoundLoss {
    /// What the tracker reports by what is known of it: of every so many allocations one less.
    pub fn expected(&self) -> u64 {
        self.allocations - self.allocations / self.one_in.max(1)
    }

    /// Whether that is what was found, to the event.
    pub fn is_exact(&self) -> bool {
        self.reported == self.expected()
    }
}

impl KnownCosts {
    /// Those of an experiment's records; `None` without any figure.
    pub(super) fn of(records: &[&Record]) -> Option<Self> {
        let mut arms: Vec<(&str, u64, &ArmId)> = records
            .iter()
            .filter(|record| record.arm.is_tracked())
            .filter_map(|record| {
                let (what, amount) = record.arm.mode.as_deref()?.split_once('-')?;
                Some((what, amount.parse().ok()?, &record.arm))
            })
            .collect();
        arms.sort();
        arms.dedup();
        let mut found = Self { costs: Vec::new(), memory: Vec::new(), losses: Vec::new() };
        if let Some(timed) = Timed::of(records) {
            found.costs.extend(timed.cost(timed.blocks.twin, 0.0));
            for &(_, amount, arm) in arms.iter().filter(|(what, ..)| *what == "spin") {
                // Without work it is what the others are compared to.
                found.costs.extend((amount > 0).then(|| timed.cost(arm, amount as f64)).flatten());
            }
        }
        for (what, amount, arm) in arms {
            let audited = records
                .iter()
                .filter(|record| record.arm == *arm)
                .find_map(|record| record.outcome.audited());
            match what {
                "own" => found.memory.extend(audited.and_then(|one| memory(one, amount))),
                "drop" => found.losses.extend(audited.and_then(|one| loss(one, amount))),
                _ => {}
            }
        }
        let any = !(found.costs.is_empty() && found.memory.is_empty() && found.losses.is_empty());
        any.then_some(found)
    }
}

/// The samples by which costs are found: against the tracker without work, which the control repeats.
struct Timed<'a> {
    blocks: Blocks<'a>,
    /// Allocation events of the workload.
    events: f64,
    /// CPU time without work, in nanoseconds.
    without_ns: f64,
}

impl<'a> Timed<'a> {
    fn of(records: &[&'a Record]) -> Option<Self> {
        let workload = &records.iter().find(|record| record.arm.role == Role::Twin)?.workload;
        let own = records.iter().copied().filter(|record| record.workload == *workload);
        let own: Vec<&Record> = own.collect();
        let base = own.iter().filter(|record| record.arm.role == Role::Base);
        let events = base.filter_map(|record| record.outcome.audited()?.work.as_ref()).next()?;
        let events = events.heap.events() as f64;
        let blocks = Blocks::of(&own)?;
        let without_ns = blocks.sample_s()? * 1e9;
        Some(Self { blocks, events, without_ns })
    }

    /// What an arm takes beyond the one without work, by the very estimator that overheads are computed by.
    fn cost(&self, arm: &ArmId, planted_ns: f64) -> Option<FoundCost> {
        let estimate = self.blocks.whole(arm)?;
        let interval = estimate.interval(CONFIDENCE)?;
        let per_event = |ratio: f64| (ratio - 1.0) * self.without_ns / self.events;
        Some(FoundCost {
            planted_ns,
            found_ns: per_event(estimate.ratio),
            low_ns: per_event(interval.low),
            high_ns: per_event(interval.high),
            blocks: estimate.blocks,
        })
    }
}

fn memory(audited: &Audited, planted: u64) -> Option<FoundMemory> {
    let own = OwnHeap::new(audited.own_heap.as_ref()?, &audited.truth.as_ref()?.heap);
    Some(FoundMemory {
        planted_bytes: planted as f64,
        found_bytes: own.peak_bytes_per_live_allocation?,
    })
}

fn loss(audited: &Audited, one_in: u64) -> Option<FoundLoss> {
    let allocations = audited.truth.as_ref()?.heap.allocations;
    Some(FoundLoss { one_in, allocations, reported: audited.reported.as_ref()?.allocations? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn within_five_percent_and_below_twenty_within_a_nanosecond() {
        let found = |planted_ns: f64, found_ns: f64| FoundCost {
            planted_ns,
            found_ns,
            low_ns: found_ns - 0.5,
            high_ns: found_ns + 0.5,
            blocks: 40,
        };
        assert!(found(5.0, 5.9).is_close() && !found(5.0, 6.1).is_close());
        assert!(found(100.0, 104.9).is_close() && !found(100.0, 94.0).is_close());
        assert!(found(0.0, 0.4).is_covered() && !found(0.0, 0.6).is_covered());
    }

    #[test]
    fn of_every_ten_allocations_one_is_missed() {
        let found = |reported| FoundLoss { one_in: 10, allocations: 1_009, reported };
        assert_eq!(found(0).expected(), 909);
        assert!(found(909).is_exact() && !found(908).is_exact());
    }
}
