//! A part of a summary: what it says of one tracker, or of one workload.

use super::{Content, Summary};
use crate::plan::arm::ArmId;
use crate::record::comparable::differences;

impl Summary {
    /// Why figures of these runs must not be taken together: other programs of the workloads were measured, at another
    /// scale, say. Experiments, which have sizes of their own, are none of these figures.
    pub fn not_to_be_pooled(&self) -> Option<String> {
        let cells = [Content::Timed, Content::Audited];
        let held = self.environments.iter().zip(&self.contents);
        let held: Vec<_> = held
            .filter(|(_, held)| cells.iter().any(|one| held.contains(one)))
            .map(|(e, _)| e)
            .collect();
        let pairs = held
            .iter()
            .enumerate()
            .flat_map(|(n, one)| held[n + 1..].iter().map(move |o| (one, o)));
        let reasons = pairs.map(|(one, other)| differences(one, other).refusals);
        reasons.into_iter().find(|reasons| !reasons.is_empty()).map(|reasons| reasons.join("; "))
    }

    /// What is said of one tracker.
    pub fn of_arm(&self, arm: &ArmId) -> Self {
        self.part(|_, one| one == arm)
    }

    /// What is said of one workload; of what is said of trackers over all workloads, nothing but who they are.
    pub fn of_workload(&self, workload: &str) -> Self {
        let mut part = self.part(|one, _| one.is_none_or(|one| one == workload));
        part.workloads.retain(|one| one.workload == workload);
        part.standings.clear();
        part.allocators.clear();
        part
    }

    /// What is said of cells that are wanted, by workload, if it is said of one, and arm.
    fn part(&self, wanted: impl Fn(Option<&str>, &ArmId) -> bool) -> Self {
        let mut part = self.clone();
        for workload in &mut part.workloads {
            workload.cells.retain(|cell| wanted(Some(&workload.workload), &cell.arm));
        }
        part.overall.retain(|one| wanted(None, &one.arm));
        part.standings.retain(|one| wanted(None, &one.arm));
        part.allocators.retain(|one| wanted(None, &one.arm));
        part.audits.retain(|one| wanted(Some(&one.workload), &one.arm));
        part.leaks.retain(|one| wanted(Some(&one.workload), &one.arm));
        part.growth.retain(|one| wanted(Some(&one.workload), &one.arm));
        part.estimates.retain(|one| wanted(Some(&one.workload), &one.arm));
        part.threads.retain(|one| wanted(Some(&one.workload), &one.arm));
        part.sizes.retain(|one| wanted(Some(&one.workload), &one.arm));
        part.size_growth.retain(|one| wanted(Some(&one.workload), &one.arm));
        part.ladders.retain(|one| wanted(Some(&one.workload), &one.arm));
        part.services.retain(|one| wanted(Some(&one.workload), &one.arm));
        part.heap_checks.retain(|one| wanted(Some(&one.workload), &one.arm));
        part.soaks.retain(|one| wanted(Some(&one.workload), &one.arm));
        part.instructions.retain(|one| wanted(one.workload.as_deref(), &one.arm));
        part.latencies.retain(|one| wanted(Some(&one.workload), &one.arm));
        part.loads.retain(|one| wanted(Some(&one.workload), &one.arm));
        part
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
