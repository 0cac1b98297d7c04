//! All measured versions of one tracker in one mode, side by side.

use std::collections::BTreeMap;

use semver::Version;
use serde::Serialize;

use crate::analyse::accuracy::{Audit, Check, Family, Grade};
use crate::plan::arm::{ArmId, in_order};

use super::{Cell, Ratio, Summary, ranking};

/// From how many versions on they are shown as a matrix.
const LEAST: usize = 3;

/// Versions by workloads.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Matrix {
    /// The tracker.
    pub tracker: String,
    /// Its mode; empty if it has only one.
    pub mode: String,
    /// The workloads whose cost was measured, in the registry's order.
    pub workloads: Vec<String>,
    /// The workloads on which any of the versions was audited, in the registry's order.
    pub audited: Vec<String>,
    /// From the oldest version to the newest.
    pub versions: Vec<MatrixRow>,
}

/// A version on all workloads.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MatrixRow {
    /// Its arm.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub arm: ArmId,
    /// Its number.
    pub version: Version,
    /// The day of its publication, if it is known.
    pub released: Option<String>,
    /// That of its worst cell, if it was audited.
    pub grade: Option<Grade>,
    /// Over all workloads that it completed: wall time, tracked ÷ untracked.
    pub overhead: Option<Ratio>,
    /// Likewise: peak resident set.
    pub memory: Option<Ratio>,
    /// Workloads on which it completed no sample.
    pub failed: usize,
    /// One for each workload, where it was measured.
    pub cells: Vec<Option<MatrixCell>>,
    /// One for each audited workload, where it was audited.
    pub audits: Vec<Option<MatrixAudit>>,
}

/// What a version costs on a workload.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MatrixCell {
    /// Wall time, tracked ÷ untracked.
    pub overhead: Option<f64>,
    /// How it failed, if no sample came through.
    pub failed: Option<&'static str>,
}

/// What a version reports of a workload.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MatrixAudit {
    /// All in all.
    pub all: Verdict,
    /// Each family that was asked about.
    pub families: BTreeMap<Family, Verdict>,
}

/// How right something is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// The grade of the worst figure.
    pub grade: Grade,
    /// By how much that figure is off, a factor of at least 1; infinite if there was nothing where something
    /// should have been, or the other way round. `None` without a figure.
    pub factor: Option<f64>,
}

impl Matrix {
    /// The place of each version among all, by grade and then by cost; see `ranking.rs`. It is computed anew with each
    /// call, which takes a while: every version is compared with every other.
    pub fn ranks(&self, summary: &Summary) -> Vec<Option<usize>> {
        let arms: Vec<&ArmId> = self.versions.iter().map(|row| &row.arm).collect();
        ranking::ranks(summary, &arms)
    }
}

/// The matrices of a summary: one for each tracker and mode of which there are several versions, whether they
/// were timed or only audited.
pub fn matrices(summary: &Summary) -> Vec<Matrix> {
    let mut families = BTreeMap::<(&str, Option<&str>), Vec<(Version, &ArmId)>>::new();
    let timed = summary.overall.iter().map(|overall| &overall.arm);
    let audited = summary.standings.iter().map(|standing| &standing.arm);
    for arm in in_order(timed.chain(audited)) {
        // What is no published version, a folder for example, is no part of a matrix.
        let version = arm.version.as_ref().and_then(|version| version.parse().ok());
        if let Some(version) = version {
            families.entry((&arm.tracker, arm.mode.as_deref())).or_default().push((version, arm));
        }
    }
    let families = families.into_iter().filter(|(_, versions)| versions.len() >= LEAST);
    families
        .map(|((tracker, mode), mut versions)| {
            versions.sort_by(|a, b| a.0.cmp(&b.0));
            let arms: Vec<&ArmId> = versions.iter().map(|(_, arm)| *arm).collect();
            let audited = summary.audited_workloads(|arm| arms.contains(&arm));
            let rows = versions.into_iter().map(|(version, arm)| {
                let audits = audited.iter().map(|workload| summary.audit(workload, arm).map(told));
                MatrixRow { audits: audits.collect(), ..row(summary, version, arm) }
            });
            Matrix {
                tracker: tracker.to_owned(),
                mode: mode.unwrap_or_default().to_owned(),
                workloads: summary.workloads.iter().map(|one| one.workload.clone()).collect(),
                versions: rows.collect(),
                audited: audited.into_iter().map(str::to_owned).collect(),
            }
        })
        .collect()
}

/// A version without its audits.
fn row(summary: &Summary, version: Version, arm: &ArmId) -> MatrixRow {
    let mut records = summary.environments.iter().flat_map(|environment| &environment.versions);
    let cells = summary.workloads.iter().map(|workload| {
        let own = workload.cell(arm)?;
        Some(cell(own))
    });
    let overall = summary.overall.iter().find(|overall| overall.arm == *arm);
    MatrixRow {
        arm: arm.clone(),
        version,
        released: records
            .find(|one| one.program() == arm.program())
            .and_then(|one| one.released.clone()),
        grade: summary.standing(arm).map(|standing| standing.grade),
        overhead: overall.and_then(|overall| overall.overhead),
        memory: overall.and_then(|overall| overall.memory),
        failed: overall.map_or(0, |overall| overall.failed),
        cells: cells.collect(),
        audits: Vec::new(),
    }
}

fn cell(cell: &Cell) -> MatrixCell {
    let failed = cell.failures.first().map(|failed| failed.failure.label());
    MatrixCell {
        overhead: cell.overhead.map(|overhead| overhead.ratio),
        failed: failed.filter(|_| cell.timing.is_none()),
    }
}

fn told(audit: &Audit) -> MatrixAudit {
    let families = audit.families.iter().map(|(family, told)| {
        let factor = told.worst.as_ref().and_then(Check::factor);
        (*family, Verdict { grade: told.grade, factor })
    });
    MatrixAudit { all: Verdict::of(audit), families: families.collect() }
}

impl Verdict {
    /// What is to be said of a cell.
    pub fn of(audit: &Audit) -> Self {
        let worst = audit.families.values().filter_map(|told| told.worst.as_ref());
        let factor = worst.filter_map(Check::factor).reduce(f64::max);
        Self { grade: audit.grade, factor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::accuracy::Standing;
    use crate::fixture;
    use crate::record::Failure;

    fn summary(arms: &[(&str, Option<f64>)]) -> Summary {
        let cells = |extra: f64| {
            let of_arm = |(arm, overhead): &(&str, Option<f64>)| match overhead {
                Some(overhead) => fixture::cell(arm, "0.1.0", overhead + extra),
                None => fixture::failed_cell(arm, Failure::Crashed, 3),
            };
            arms.iter().map(of_arm).collect()
        };
        fixture::summary_of(vec![
            fixture::workload("basic-structures", cells(0.0)),
            fixture::workload("fragmentation", cells(0.1)),
        ])
    }

    #[test]
    fn versions_are_in_their_order_and_ranked_by_grade_before_cost() {
        let mut summary = summary(&[
            ("t@0.1.10/full", Some(2.0)),
            ("t@0.1.9/full", Some(4.0)),
            ("t@0.2.0/full", None),
            ("t@path:./full", Some(1.5)),
            ("t/full", Some(1.2)),
        ]);
        let audit = |arm, reported| {
            fixture::audit_of("fragmentation", arm, &[(Family::Live, 10, reported)])
        };
        summary.audits = vec![audit("t@0.1.9/full", 10), audit("t@0.1.10/full", 90)];
        summary.standings = Standing::all(&summary.audits);
        let matrices = matrices(&summary);
        assert_eq!(matrices.len(), 1);
        assert_eq!(matrices[0].audited, ["fragmentation"]);
        let rows = &matrices[0].versions;
        let told: Vec<_> = rows
            .iter()
            .zip(matrices[0].ranks(&summary))
            .map(|(row, rank)| (row.version.to_string(), rank, row.failed))
            .collect();
        let row = |version: &str, rank, failed| (version.to_owned(), rank, failed);
        let expected = [row("0.1.9", Some(1), 0), row("0.1.10", Some(2), 0), row("0.2.0", None, 2)];
        assert_eq!(told, expected);
        assert_eq!(rows[2].cells[0].as_ref().unwrap().failed, Some("crashed"));
        let wrong = Verdict { grade: Grade::Wrong, factor: Some(9.0) };
        assert_eq!(rows[1].audits[0].as_ref().unwrap().all, wrong);
        assert_eq!((rows[2].grade, &rows[2].audits[0]), (None, &None));
    }

    #[test]
    fn versions_that_were_only_audited_are_a_matrix_too() {
        let mut summary = fixture::summary_of(Vec::new());
        let audit = |arm| fixture::audit_of("known-sites", arm, &[(Family::Sites, 10, 10)]);
        summary.audits = ["t@0.1.0", "t@0.1.1", "t@0.1.2"].map(audit).to_vec();
        summary.standings = Standing::all(&summary.audits);
        let matrices = matrices(&summary);
        assert_eq!(matrices[0].versions.len(), 3);
        assert_eq!(matrices[0].versions[0].grade, Some(Grade::Exact));
        assert!(matrices[0].versions[0].cells.is_empty());
    }

    #[test]
    fn two_versions_are_no_matrix() {
        assert!(matrices(&summary(&[("t@0.1.0", Some(2.0)), ("t@0.1.1", Some(2.0))])).is_empty());
    }
}
