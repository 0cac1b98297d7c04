//! Groups: a workload with the arms that are compared on it, and the random order within blocks.

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

    /// The order of arms in a block: a permutation drawn from the seed, the workload and the block, so
    /// that no arm always runs first, or always behind the same neighbour.
    pub fn order(&self, seed: u64, block: u32) -> Vec<usize> {
        let name = protocol::fnv1a(self.workload.as_bytes());
        shuffled(self.arms.len(), seed ^ name ^ (u64::from(block) << 32))
    }
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

/// How many blocks a group gets when nobody says: at least ten, and as many more as fit into some
/// seconds, since short workloads are noisier. `block_s` is how long its warm-up block took.
pub fn automatic_samples(block_s: f64) -> u32 {
    const AT_LEAST: u32 = 10;
    const AT_MOST: u32 = 60;
    const SECONDS: f64 = 12.0;
    // A cast of a too large or infinite quotient saturates.
    ((SECONDS / block_s.max(1e-3)) as u32).clamp(AT_LEAST, AT_MOST)
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

    #[test]
    fn over_many_blocks_every_arm_runs_in_every_place() {
        let group = group();
        let mut counts = [[0_u32; 4]; 4];
        for block in 0..4000 {
            for (place, arm) in group.order(1, block).into_iter().enumerate() {
                counts[arm][place] += 1;
            }
        }
        // 1000 expected, standard deviation 27: six of those.
        for count in counts.as_flattened() {
            assert!((835..=1165).contains(count), "{counts:?}");
        }
    }

    #[test]
    fn short_workloads_get_more_samples() {
        assert_eq!(automatic_samples(5.0), 10);
        assert_eq!(automatic_samples(0.5), 24);
        assert_eq!(automatic_samples(0.001), 60);
        assert_eq!(automatic_samples(0.0), 60);
    }
}
