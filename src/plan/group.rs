//! Groups: a workload with the arms that are compared on it, and the balanced order within blocks.

use protocol::Params;
use protocol::workloads::{self, Workload};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::arm::{ArmId, Role};

/// A workload with the arms that are compared on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The workload's name.
    pub workload: String,
    /// What makes a program of it.
    pub params: Params,
    /// The arms, controls first: the base, then its twin, then the trackers.
    pub arms: Vec<ArmId>,
}

impl Group {
    /// A group of the base, its twin, and these trackers.
    pub fn new(workload: &Workload, params: Params, trackers: &[ArmId]) -> Self {
        // The twin is the A/A control.
        let mut arms = vec![ArmId::base(), ArmId::twin()];
        arms.extend_from_slice(trackers);
        Self { workload: workload.name.to_owned(), params, arms }
    }

    /// The same, with the first tracker repeated as the control instead of the base: the null of a comparison is
    /// that tracker's own noise.
    #[must_use]
    pub fn repeating_the_first_tracker(mut self) -> Self {
        let first = self.arms.iter().find(|arm| arm.is_tracked()).map(ArmId::again);
        let twin = self.arms.iter_mut().find(|arm| arm.role == Role::Twin);
        if let Some((twin, again)) = twin.zip(first) {
            *twin = again;
        }
        self
    }

    /// The workload's facts; `None` if this program does not know it (any more).
    pub fn facts(&self) -> Option<&'static Workload> {
        workloads::find(&self.workload)
    }

    /// Whether as many threads do its work as one asks for.
    pub fn has_workers(&self) -> bool {
        self.facts().is_some_and(|facts| facts.setup.has_workers())
    }

    /// The order of arms in a block, balanced as Williams does it (1949, *Experimental Designs Balanced for the
    /// Estimation of Residual Effects of Treatments*): over as many blocks as there are arms, or twice as many of
    /// an odd number, every arm runs as often in every place, and as often right behind every other. A sample may
    /// be slower behind one that used much memory; chance alone would leave that uneven in ten blocks. Which arm is which, and which block comes when, is drawn anew for each such cycle.
    pub fn order(&self, seed: u64, block: u32) -> Vec<usize> {
        let arms = self.arms.len();
        let blocks = if arms.is_multiple_of(2) { arms } else { 2 * arms };
        let block = block as usize;
        let name = protocol::fnv1a(self.workload.as_bytes());
        let seed = seed ^ name ^ (((block / blocks) as u64) << 32);
        let (labels, turns) = (shuffled(arms, seed), shuffled(blocks, !seed));
        let places = 0..arms;
        places.map(|place| labels[balanced(arms, turns[block % blocks], place)]).collect()
    }
}

/// Who runs at a place in a row of Williams' square: in the first 0, 1, n−1, 2, n−2, …, in each further one all of
/// these one up. Behind n rows, which do for an even n, the same come backwards.
fn balanced(arms: usize, row: usize, place: usize) -> usize {
    let place = if row < arms { place } else { arms - 1 - place };
    let first = if place.is_multiple_of(2) { arms - place / 2 } else { place.div_ceil(2) };
    (first + row) % arms
}

/// The order in which groups take their turn in one round of blocks.
pub fn round_order(groups: usize, seed: u64, round: u32) -> Vec<usize> {
    shuffled(groups, seed ^ 0x72_6f75_6e64 ^ (u64::from(round) << 32))
}

fn shuffled(number: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..number).collect();
    order.shuffle(&mut StdRng::seed_from_u64(seed));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::arm::Role;

    fn group() -> Group {
        let tracker = |name: &str| ArmId {
            tracker: name.to_owned(),
            version: None,
            mode: None,
            role: Role::Tracked,
        };
        let trackers = [tracker("dhat"), tracker("counting")];
        Group::new(&workloads::ALL[0], Params::default(), &trackers)
    }

    #[test]
    fn every_group_has_the_base_twice_under_two_names() {
        let names: Vec<_> = group().arms.iter().map(ArmId::to_string).collect();
        assert_eq!(names, ["untracked", "untracked-twin", "dhat", "counting"]);
    }

    #[test]
    fn a_block_runs_every_arm_once_in_an_order_that_the_seed_fixes() {
        let group = group();
        for block in 0..50 {
            let order = group.order(7, block);
            assert_eq!(order, group.order(7, block));
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3]);
        }
        assert!((0..50).any(|block| group.order(7, block) != group.order(8, block)));
    }

    /// How often each of so many arms runs in each place, and right behind each other one, over a cycle of blocks.
    fn counted(arms: usize, cycle: usize) -> (Vec<Vec<u32>>, Vec<Vec<u32>>) {
        let group = Group { arms: vec![ArmId::base(); arms], ..group() };
        let blocks = if arms.is_multiple_of(2) { arms } else { 2 * arms };
        let mut places = vec![vec![0; arms]; arms];
        let mut behind = places.clone();
        for block in cycle * blocks..(cycle + 1) * blocks {
            let order = group.order(1, block as u32);
            order.iter().enumerate().for_each(|(place, &arm)| places[arm][place] += 1);
            order.windows(2).for_each(|pair| behind[pair[0]][pair[1]] += 1);
        }
        (places, behind)
    }

    #[test]
    fn over_a_cycle_every_arm_runs_as_often_in_every_place_and_behind_every_other() {
        for arms in 1..=19 {
            for cycle in [0, 1, 7] {
                let times = if arms % 2 == 0 { 1 } else { 2 };
                let (places, behind) = counted(arms, cycle);
                assert!(places.concat().iter().all(|&count| count == times), "{arms}: {places:?}");
                for (arm, after) in behind.iter().enumerate() {
                    let expected = |other: usize| if other == arm { 0 } else { times };
                    let all = (0..arms).map(expected).collect::<Vec<_>>();
                    assert_eq!(*after, all, "{arms} arms, cycle {cycle}");
                }
            }
        }
    }

    #[test]
    fn cycles_differ() {
        let group = group();
        let cycle =
            |number: u32| (0..4).map(|b| group.order(1, 4 * number + b)).collect::<Vec<_>>();
        // There are 144.
        let all: std::collections::HashSet<_> = (0..100).map(cycle).collect();
        assert!(all.len() > 50, "{}", all.len());
    }
}
