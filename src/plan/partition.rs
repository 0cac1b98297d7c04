//! Shares of a run, for several machines.

use std::str::FromStr;

use super::arm::{ArmId, Role};
use super::group::Group;

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
    /// both cases the controls stay beside every tracker, and idle arms beside the tracker that they are.
    /// All shares together are the whole.
    pub fn share(self, groups: Vec<Group>) -> Vec<Group> {
        let mine = |index: usize| index % self.of == self.number - 1;
        let trackers = |group: &Group| group.arms.iter().filter(|arm| arm.is_tracked()).count();
        if groups.first().map_or(0, trackers) < self.of {
            let dealt = groups.into_iter().enumerate().filter(|(index, _)| mine(*index));
            return dealt.map(|(_, group)| group).collect();
        }
        let keep = |mut group: Group| {
            let all = group.arms.clone();
            let tracked: Vec<_> = all.iter().filter(|arm| arm.is_tracked()).collect();
            group.arms.retain(|arm| {
                let as_tracked = ArmId { role: Role::Tracked, ..arm.clone() };
                tracked.iter().position(|other| **other == as_tracked).is_none_or(mine)
            });
            group
        };
        groups.into_iter().map(keep).collect()
    }
}

#[cfg(test)]
mod tests {
    use protocol::{Params, workloads};

    use super::*;

    fn whole() -> Vec<Group> {
        let tracker = |name: &str| ArmId { tracker: name.to_owned(), ..ArmId::base() };
        let tracked = |name| ArmId { role: Role::Tracked, ..tracker(name) };
        let trackers = [tracked("dhat"), tracked("counting")];
        let group = |workload| Group::new(workload, Params::default(), &trackers);
        workloads::ALL[..2].iter().map(group).collect()
    }

    #[test]
    fn shares_are_the_whole_and_each_has_its_controls() {
        let cells = |groups: &[Group]| -> Vec<(String, String)> {
            let mut cells = Vec::new();
            for group in groups {
                assert_eq!(group.arms[..2], [ArmId::base(), ArmId::twin()]);
                let tracked = group.arms[2..].iter();
                cells.extend(tracked.map(|arm| (group.workload.clone(), arm.to_string())));
            }
            cells
        };
        for of in [1, 2, 3, 4] {
            let share = |number| Partition { number, of }.share(whole());
            let mut all: Vec<_> = (1..=of).flat_map(|number| cells(&share(number))).collect();
            let mut expected = cells(&whole());
            all.sort();
            expected.sort();
            assert_eq!(all, expected, "{of} shares");
        }
    }

    #[test]
    fn a_share_is_written_i_of_n() {
        assert_eq!("2/3".parse(), Ok(Partition { number: 2, of: 3 }));
        for nonsense in ["", "1", "0/3", "4/3", "1/0", "a/b"] {
            assert!(nonsense.parse::<Partition>().is_err(), "{nonsense}");
        }
    }
}
