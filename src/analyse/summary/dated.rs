//! What a summary leaves in the history of its site.

use super::{Content, Ratio, Summary};
use crate::analyse::history::{Circumstances, Dated, Point};
use crate::plan::arm::ArmId;

impl Dated {
    /// The figures of a summary; `None` if nothing was timed.
    pub fn of(summary: &Summary) -> Option<Self> {
        let environments = summary.environments_of(&[Content::Timed]);
        let measured = environments.iter().map(|one| one.started.clone()).max()?;
        let mut runs: Vec<String> = environments.iter().map(|one| one.run.clone()).collect();
        runs.sort();
        let point = |arm: &ArmId, version: &Option<String>, ratio: Ratio| Point {
            tracker: summary.name_over_time(arm),
            version: version.clone(),
            workload: None,
            ratio: ratio.ratio,
            ends: ratio.low.zip(ratio.high).map(|(low, high)| [low, high]),
            grade: None,
        };
        let overall = summary.overall.iter().filter_map(|one| {
            let grade = summary.standing(&one.arm).map(|standing| standing.grade);
            Some(Point { grade, ..point(&one.arm, &one.version, one.overhead?) })
        });
        let cells = summary.workloads.iter().flat_map(|workload| {
            workload.cells.iter().filter_map(|cell| {
                let audit = summary.audit(&workload.workload, &cell.arm);
                let grade = audit.map(|audit| audit.grade);
                let name = Some(workload.workload.clone());
                let point = point(&cell.arm, &cell.version, cell.overhead?);
                Some(Point { workload: name, grade, ..point })
            })
        });
        let points: Vec<Point> = overall.chain(cells).collect();
        let circumstances = Circumstances::of(&environments);
        (!points.is_empty()).then_some(Self { measured, runs, circumstances, points })
    }
}

impl Summary {
    /// What a tracker is called from report to report: without its version, which changes, unless this summary has several.
    pub(super) fn name_over_time(&self, arm: &ArmId) -> String {
        let versions = self.overall.iter().filter(|one| one.arm.is_same_kind(arm)).count();
        let unversioned = ArmId { version: None, ..arm.clone() };
        if versions > 1 { arm.to_string() } else { unversioned.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    /// One report with these versions of dhat.
    fn summary(versions: [&str; 2]) -> Summary {
        let of = |version: &&str| fixture::cell(&format!("dhat@{version}"), version, 2.0);
        let mut cells: Vec<_> = versions.iter().map(of).collect();
        cells.dedup_by(|one, other| one.arm == other.arm);
        fixture::summary_of(vec![fixture::workload("fragmentation", cells)])
    }

    #[test]
    fn a_tracker_keeps_its_line_when_its_version_changes_and_versions_beside_each_other_have_their_own()
     {
        let names = |versions| -> Vec<String> {
            let dated = Dated::of(&summary(versions)).unwrap();
            let all = dated.points.iter().filter(|point| point.workload.is_none());
            all.map(|point| point.tracker.clone()).collect()
        };
        assert_eq!(names(["0.3.2", "0.3.2"]), ["dhat"]);
        assert_eq!(names(["0.3.3", "0.3.3"]), ["dhat"]);
        assert_eq!(names(["0.3.2", "0.3.3"]), ["dhat@0.3.2", "dhat@0.3.3"]);
    }
}
