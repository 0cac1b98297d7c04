//! A part of a summary: what it says of one tracker, or of one workload.

use super::Summary;
use crate::plan::arm::ArmId;

impl Summary {
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
    use crate::fixture;

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
