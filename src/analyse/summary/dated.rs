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
            tracker: arm.to_string(),
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
                let audit = summary
                    .audits
                    .iter()
                    .find(|audit| audit.arm == cell.arm && audit.workload == workload.workload);
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
