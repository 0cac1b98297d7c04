//! A part of a summary: what it says of one tracker, or of one workload.

use super::{BlockLinks, BlockRatios, Content, OverAllocator, Summary, WorkloadSummary};
use crate::analyse::adoption::Adoption;
use crate::analyse::history::Point;
use crate::analyse::instructions::InstructionCell;
use crate::plan::arm::ArmId;
use crate::record::comparable::differences;

impl Summary {
    /// Why figures of these runs must not be taken together: other programs of the workloads were measured, at another
    /// scale, say. Experiments, which have sizes of their own, are none of these figures.
    pub fn not_to_be_pooled(&self) -> Option<String> {
        let held = self.environments_holding(&[Content::Timed, Content::Audited]);
        let pairs = held
            .iter()
            .enumerate()
            .flat_map(|(n, one)| held[n + 1..].iter().map(move |other| (one, other)));
        let reasons = pairs.map(|(one, other)| differences(one, other).refusals);
        reasons.into_iter().find(|reasons| !reasons.is_empty()).map(|reasons| reasons.join("; "))
    }

    /// What is said of one tracker.
    pub fn of_arm(&self, arm: &ArmId) -> Self {
        let part = self.part(|_, one| one == arm);
        let of_arm = |one: &&OverAllocator| one.arm == *arm;
        let name = self.name_over_time(arm);
        let is_of_arm = |point: &Point| point.tracker == name;
        Self {
            standings: self.standing(arm).cloned().into_iter().collect(),
            allocators: self.allocators.iter().filter(of_arm).cloned().collect(),
            history: self.history.iter().map(|dated| dated.part(is_of_arm)).collect(),
            ..part
        }
    }

    /// What is said of one workload; of what is said of trackers over all workloads, nothing but who they are.
    pub fn of_workload(&self, workload: &str) -> Self {
        let mut part = self.part(|one, _| one.is_none_or(|one| one == workload));
        part.workloads.retain(|one| one.workload == workload);
        part
    }

    /// What is said of cells that are wanted, by workload, if it is said of one, and arm; without what rests on all
    /// workloads. Nothing else is copied: a summary of many runs is large, and there is a part for each page.
    fn part(&self, wanted: impl Fn(Option<&str>, &ArmId) -> bool) -> Self {
        macro_rules! wanted {
            ($field:ident) => {{
                let is_wanted =
                    self.$field.iter().filter(|one| wanted(Some(&one.workload), &one.arm));
                is_wanted.cloned().collect()
            }};
        }
        let of_workload = |workload: &WorkloadSummary| {
            let cells = workload.cells.iter();
            let cells = cells.filter(|cell| wanted(Some(&workload.workload), &cell.arm));
            WorkloadSummary {
                cells: cells.cloned().collect(),
                workload: workload.workload.clone(),
                untracked: workload.untracked.clone(),
                untracked_failures: workload.untracked_failures.clone(),
                // What verdicts are made from; those are made.
                twin_blocks: BlockRatios::default(),
                links: BlockLinks::default(),
                ..*workload
            }
        };
        // It is of every mode, and so of every arm of the tracker.
        let adopted = |one: &&Adoption| {
            self.overall.iter().any(|of| of.arm.tracker == one.tracker && wanted(None, &of.arm))
        };
        let instructed = |one: &&InstructionCell| wanted(one.workload.as_deref(), &one.arm);
        Self {
            environments: self.environments.clone(),
            contents: self.contents.clone(),
            workloads: self.workloads.iter().map(of_workload).collect(),
            overall: self.overall.iter().filter(|one| wanted(None, &one.arm)).cloned().collect(),
            noise: self.noise,
            debug_build: self.debug_build,
            measured_share: self.measured_share,
            measuring_s: self.measuring_s,
            standings: Vec::new(),
            allocators: Vec::new(),
            instructions: self.instructions.iter().filter(instructed).cloned().collect(),
            calibrations: Vec::new(),
            history: Vec::new(),
            adoptions: self.adoptions.iter().filter(adopted).cloned().collect(),
            audits: wanted!(audits),
            leaks: wanted!(leaks),
            growth: wanted!(growth),
            estimates: wanted!(estimates),
            threads: wanted!(threads),
            sizes: wanted!(sizes),
            size_growth: wanted!(size_growth),
            ladders: wanted!(ladders),
            services: wanted!(services),
            heap_checks: wanted!(heap_checks),
            soaks: wanted!(soaks),
            latencies: wanted!(latencies),
            loads: wanted!(loads),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::plan::procedure::Experiment;

    #[test]
    fn runs_of_different_scales_are_not_pooled_unless_they_are_experiments() {
        let mut summary = fixture::judged_summary();
        let mut other = summary.environments[0].clone();
        other.settings.params.scale = 0.1;
        summary.environments.push(other);
        summary.contents = vec![[Content::Timed].into(), [Content::Audited].into()];
        let reasons = summary.not_to_be_pooled().unwrap();
        assert_eq!(reasons, "another scale: 1 and 0.1");
        summary.contents[1] = [Content::Experiment(Experiment::Sizes)].into();
        assert_eq!(summary.not_to_be_pooled(), None);
    }

    #[test]
    fn a_part_is_of_one_tracker_or_one_workload() {
        let summary = fixture::judged_summary();
        let arm = fixture::arm("dhat");
        let part = summary.of_arm(&arm);
        assert_eq!(part.arms(), [&arm]);
        assert!(part.workloads.iter().all(|one| one.cells.len() == 1 && one.cells[0].arm == arm));
        assert_eq!(part.workloads.len(), summary.workloads.len());
        assert!(part.audits.iter().all(|audit| audit.arm == arm) && !part.audits.is_empty());

        let part = summary.of_workload("fragmentation");
        assert_eq!(part.workloads.len(), 1);
        assert_eq!(part.workloads[0].cells.len(), 3);
        assert!(part.audits.iter().all(|audit| audit.workload == "fragmentation"));
        assert!(!part.audits.is_empty() && part.standings.is_empty());
    }
}
