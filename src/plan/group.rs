//! Who runs when: groups of arms, and the random order within each block.

use std::str::FromStr;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use subject::workloads::Meta;

use crate::plan::catalog::{Catalog, Choice, TWIN, UNTRACKED};
use crate::plan::settings::{Settings, SettingsError};

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

/// One of several equal shares of a run, for one machine of several: `2/3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Which, from 1.
    pub number: usize,
    /// Of how many.
    pub of: usize,
}

impl FromStr for Partition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = |text: &str| text.parse::<usize>().ok().filter(|number| *number > 0);
        let parts = text.split_once('/').and_then(|(i, n)| Some((parse(i)?, parse(n)?)));
        match parts {
            Some((number, of)) if number <= of => Ok(Self { number, of }),
            _ => Err("write I/N, the I-th of N shares: 1/3, 2/3, 3/3".to_owned()),
        }
    }
}

impl Partition {
    /// Its share of some groups. Trackers are dealt out if there are enough of them, else workloads; in
    /// both cases `untracked` and its twin stay beside every tracker. All shares together are the whole.
    pub fn share(self, groups: Vec<Group>) -> Vec<Group> {
        let mine = |index: usize| index % self.of == self.number - 1;
        // The first two are untracked and its twin.
        let trackers = groups.first().map_or(0, |group| group.arms.len().saturating_sub(2));
        if trackers < self.of {
            let dealt = groups.into_iter().enumerate().filter(|(index, _)| mine(*index));
            return dealt.map(|(_, group)| group).collect();
        }
        let keep = |group: Group| {
            let arms = group.arms.into_iter().enumerate();
            let arms = arms.filter(|(index, _)| *index < 2 || mine(*index - 2));
            Group { workload: group.workload, arms: arms.map(|(_, arm)| arm).collect() }
        };
        groups.into_iter().map(keep).collect()
    }
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
    fn shares_are_the_whole_and_each_has_its_controls() {
        let whole = || vec![group(), Group { workload: &workloads::ALL[1], ..group() }];
        let cells = |groups: &[Group]| -> Vec<(&str, String)> {
            let arms = |group: &Group| group.arms.iter().map(|arm| arm.name.clone()).collect();
            let named = |group: &Group| {
                let arms: Vec<String> = arms(group);
                assert_eq!(arms[..2], ["untracked", "untracked-twin"]);
                arms.into_iter().skip(2).map(|arm| (group.workload.name, arm)).collect::<Vec<_>>()
            };
            groups.iter().flat_map(named).collect()
        };
        for of in [1, 2, 3, 4] {
            let share = |number| Partition { number, of }.share(whole());
            let mut all: Vec<_> = (1..=of).flat_map(|number| cells(&share(number))).collect();
            let mut expected = cells(&whole());
            all.sort();
            expected.sort();
            assert_eq!(all, expected, "{of} shares");
        }
        assert_eq!("2/3".parse(), Ok(Partition { number: 2, of: 3 }));
        for nonsense in ["", "1", "0/3", "4/3", "1/0", "a/b"] {
            assert!(nonsense.parse::<Partition>().is_err(), "{nonsense}");
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
