//! Who runs when: groups of arms, and the random order within each block.

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use subject::workloads::Meta;

use crate::catalog::{Catalog, Choice, TWIN, UNTRACKED};
use crate::settings::{Settings, SettingsError};

/// One side of a comparison: a tracker under the name by which it appears.
#[derive(Clone, Debug)]
pub struct Arm {
    /// The name; `untracked-twin` runs the same program as `untracked`.
    pub name: String,
    /// The tracker and its mode.
    pub choice: Choice,
    /// Whether the tracker is linked but not started.
    pub idle: bool,
}

impl Arm {
    fn new(name: String, choice: &Choice) -> Self {
        Self { name, choice: choice.clone(), idle: false }
    }

    /// The tracker linked but not started: a rung of the cost ladder.
    pub fn idle(choice: &Choice) -> Self {
        Self { idle: true, ..Self::new(format!("{} (idle)", choice.label()), choice) }
    }
}

/// A workload with the arms that are compared on it.
#[derive(Clone, Debug)]
pub struct Group {
    /// The workload.
    pub workload: &'static Meta,
    /// The arms: `untracked` first, then its twin, then the trackers.
    pub arms: Vec<Arm>,
}

impl Group {
    /// A group of `untracked`, its twin, and the trackers.
    pub fn new(workload: &'static Meta, untracked: &Choice, trackers: &[Choice]) -> Self {
        let mut arms = vec![
            Arm::new(untracked.label(), untracked),
            // The A/A control: its spread is the noise floor.
            Arm::new(TWIN.to_owned(), untracked),
        ];
        arms.extend(trackers.iter().map(|choice| Arm::new(choice.label(), choice)));
        Self { workload, arms }
    }

    /// The arms that are audited: all but the twin, which would repeat `untracked`.
    pub fn audited(&self) -> impl Iterator<Item = &Arm> {
        self.arms.iter().filter(|arm| arm.name != TWIN)
    }

    /// The order of arms in a block: a permutation drawn from the seed, the workload and the block, so
    /// that no arm always runs first, or always behind the same neighbour.
    pub fn order(&self, seed: u64, block: u32) -> Vec<usize> {
        let name = subject::fnv1a(self.workload.name.as_bytes());
        let mut rng = StdRng::seed_from_u64(seed ^ name ^ (u64::from(block) << 32));
        let mut order: Vec<usize> = (0..self.arms.len()).collect();
        order.shuffle(&mut rng);
        order
    }
}

/// A group for every workload chosen, with the trackers chosen; never empty.
///
/// # Errors
///
/// A pattern or SPEC that names nothing.
pub fn groups(settings: &Settings) -> Result<Vec<Group>, SettingsError> {
    let catalog = Catalog::built_in()?;
    let untracked = catalog.choose(&UNTRACKED.parse()?)?;
    let trackers = settings.chosen_trackers(&catalog)?;
    let workloads = settings.chosen_workloads()?;
    Ok(workloads.into_iter().map(|meta| Group::new(meta, &untracked, &trackers)).collect())
}

/// The order in which groups take their turn in one round of blocks.
pub fn round_order(groups: usize, seed: u64, round: u32) -> Vec<usize> {
    let mut rng = StdRng::seed_from_u64(seed ^ 0x72_6f75_6e64 ^ (u64::from(round) << 32));
    let mut order: Vec<usize> = (0..groups).collect();
    order.shuffle(&mut rng);
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
    use subject::workloads;

    fn group() -> Group {
        let catalog = Catalog::built_in().unwrap();
        let choose = |spec: &str| catalog.choose(&spec.parse().unwrap()).unwrap();
        Group::new(&workloads::ALL[0], &choose("untracked"), &[choose("dhat"), choose("counting")])
    }

    #[test]
    fn every_group_has_untracked_twice_under_two_names() {
        let names: Vec<_> = group().arms.iter().map(|arm| arm.name.clone()).collect();
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
