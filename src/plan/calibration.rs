//! What calibrates the instrument: trackers whose cost is known, work planted in a tracker, and a program linked anew.

use protocol::Pass;

use super::arm::{ArmId, Planted, Role};
use super::group::Group;
use super::procedure::{Experiment, Procedure, SampleKind, Shown, Stage, Verb, Work};

/// The tracker whose cost, memory and losses are known.
pub const KNOWN_COST: &str = "known-cost";
/// How its modes that work are called; the first does no work, and the others are set against it.
const WORKS: &str = "spin-";

/// The workload on which known costs are looked for: one allocation in 50 ns, on one thread.
pub const COST_WORKLOAD: &str = "basic-structures";
/// The workload on which known memory and losses are.
pub const LOSS_WORKLOAD: &str = "nested-structures";

/// The slow-downs that are planted, in thousandths of CPU time.
pub const PER_MILLE: [u32; 5] = [10, 20, 30, 50, 100];

/// How many instructions more are planted, in thousandths.
pub const MORE_INSTRUCTIONS: [u32; 1] = [5];

/// Steps that are planted to see what a step costs.
pub const PILOT_STEPS: u32 = 100;

/// Times the modes that work, against the one that does not, on one workload; audits those that keep memory or lose
/// events on the other.
pub fn known_cost(mut groups: Vec<Group>) -> Procedure {
    for group in &mut groups {
        let is_cost = group.workload == COST_WORKLOAD;
        let works = |arm: &ArmId| arm.mode.as_ref().is_some_and(|mode| mode.starts_with(WORKS));
        group.arms.retain(|arm| !arm.is_tracked() || works(arm) == is_cost);
    }
    let groups = groups.into_iter().map(Group::repeating_the_first_tracker).collect();
    let kind = |pass| SampleKind::new(pass).of(Experiment::KnownCost);
    let timed = Work::Rounds(kind(Pass::Timed));
    let stages = vec![
        // How many events there are to divide by.
        Stage::new("audit", &[Role::Base, Role::Tracked], Work::Once(vec![kind(Pass::Audit)])),
        Stage::new("known costs", &[Role::Base, Role::Twin, Role::Tracked], timed)
            .on(&[COST_WORKLOAD]),
    ];
    Procedure::new(Verb::Calibrate, groups, stages, Shown::Calibration)
}

/// Times a tracker as `compare` does, beside the same with work added: `planted` of each group.
pub fn planted(groups: Vec<Group>, planted: &[Vec<Planted>], neighbours: u32) -> Procedure {
    let groups = with_planted(groups, planted);
    let mut roles = with_roles(&groups);
    roles.push(Role::Base);
    roles.sort();
    let kind = SampleKind::new(Pass::Timed).of(Experiment::Planted).at_one_thread();
    let stages = vec![Stage::new("planted slow-downs", &roles, Work::Rounds(kind))];
    Procedure { neighbours, ..Procedure::new(Verb::Calibrate, groups, stages, Shown::Calibration) }
}

/// Times a tracker beside itself, each side in so many link orders of its own.
pub fn relinked(groups: Vec<Group>, orders: u32) -> Procedure {
    let mut groups: Vec<Group> =
        groups.into_iter().map(Group::repeating_the_first_tracker).collect();
    // It stays as it was built.
    groups.iter_mut().for_each(|group| group.arms.retain(|arm| arm.role != Role::Base));
    let kind = SampleKind::new(Pass::Timed).of(Experiment::Relinked).at_one_thread();
    let kind = SampleKind { links: Some(orders), ..kind };
    let stages =
        vec![Stage::new("relinked copies", &[Role::Twin, Role::Tracked], Work::Rounds(kind))];
    Procedure::new(Verb::Calibrate, groups, stages, Shown::Calibration)
}

/// Counts the instructions of a tracker, of itself once more, and of the same with work added, so many times each.
pub fn planted_instructions(
    groups: Vec<Group>,
    planted: &[Vec<Planted>],
    counter: &str,
    times: u32,
) -> Procedure {
    let groups = with_planted(groups, planted);
    let kind = SampleKind::new(Pass::Timed).of(Experiment::Planted).at_one_thread();
    let kind = SampleKind { wrapper: Some(counter.to_owned()), ..kind };
    let work = Work::Several(vec![kind], times);
    let stages = vec![Stage::new("planted instructions", &with_roles(&groups), work)];
    Procedure::new(Verb::Calibrate, groups, stages, Shown::Calibration)
}

/// Groups with the first tracker once more, and with work added to it.
fn with_planted(groups: Vec<Group>, planted: &[Vec<Planted>]) -> Vec<Group> {
    let with = |(group, planted): (Group, &Vec<Planted>)| {
        let mut group = group.repeating_the_first_tracker();
        let tracker = group.arms.iter().find(|arm| arm.is_tracked()).cloned();
        let arms = tracker.iter().flat_map(|arm| planted.iter().map(|&one| arm.planted(one)));
        let arms: Vec<ArmId> = arms.collect();
        group.arms.extend(arms);
        group
    };
    groups.into_iter().zip(planted).map(with).collect()
}

/// The roles of trackers and of what is set against them.
fn with_roles(groups: &[Group]) -> Vec<Role> {
    let roles = groups.iter().flat_map(|group| &group.arms).map(|arm| arm.role);
    let mut roles: Vec<Role> = roles.filter(|role| *role != Role::Base).collect();
    roles.sort();
    roles.dedup();
    roles
}
