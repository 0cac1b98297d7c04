//! All measured versions of one tracker in one mode, side by side.

use std::collections::BTreeMap;

use semver::Version;
use serde::Serialize;

use crate::plan::arm::ArmId;

use super::{Cell, Overall, Ratio, Summary};

/// From how many versions on they are shown as a matrix.
const LEAST: usize = 3;

/// Versions by workloads.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Matrix {
    /// The tracker.
    pub tracker: String,
    /// Its mode; empty if it has only one.
    pub mode: String,
    /// The workloads, in the registry's order.
    pub workloads: Vec<String>,
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
    /// Its place among the versions that completed every workload, from 1 for the cheapest.
    pub rank: Option<usize>,
    /// Over all workloads that it completed: wall time, tracked ÷ untracked.
    pub overhead: Option<Ratio>,
    /// Likewise: peak resident set.
    pub memory: Option<Ratio>,
    /// Workloads on which it completed no sample.
    pub failed: usize,
    /// One for each workload, where it was measured.
    pub cells: Vec<Option<MatrixCell>>,
}

/// A version on a workload.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MatrixCell {
    /// Wall time, tracked ÷ untracked.
    pub overhead: Option<f64>,
    /// Reported ÷ actual.
    pub capture: Option<f64>,
    /// How it failed, if no sample came through.
    pub failed: Option<&'static str>,
}

impl MatrixRow {
    /// The lowest and the highest capture of its workloads.
    pub fn captures(&self) -> Option<(f64, f64)> {
        let captures = self.cells.iter().flatten().filter_map(|cell| cell.capture);
        captures.fold(None, |range, capture| {
            let (low, high) = range.unwrap_or((capture, capture));
            Some((low.min(capture), high.max(capture)))
        })
    }
}

/// The matrices of a summary: one for each tracker and mode of which there are several versions.
pub fn matrices(summary: &Summary) -> Vec<Matrix> {
    let mut families = BTreeMap::<(&str, Option<&str>), Vec<(Version, &Overall)>>::new();
    for overall in &summary.overall {
        let arm = &overall.arm;
        // What is no published version, a folder for example, is no part of a matrix.
        let version = arm.version.as_ref().and_then(|version| version.parse().ok());
        if let Some(version) = version {
            let family = families.entry((&arm.tracker, arm.mode.as_deref())).or_default();
            family.push((version, overall));
        }
    }
    let families = families.into_iter().filter(|(_, versions)| versions.len() >= LEAST);
    families
        .map(|((tracker, mode), mut versions)| {
            versions.sort_by(|a, b| a.0.cmp(&b.0));
            let rows = versions.into_iter().map(|(version, arm)| row(summary, version, arm));
            let mut versions: Vec<MatrixRow> = rows.collect();
            rank(&mut versions);
            Matrix {
                tracker: tracker.to_owned(),
                mode: mode.unwrap_or_default().to_owned(),
                workloads: summary.workloads.iter().map(|one| one.workload.clone()).collect(),
                versions,
            }
        })
        .collect()
}

fn row(summary: &Summary, version: Version, overall: &Overall) -> MatrixRow {
    let mut records = summary.environments.iter().flat_map(|environment| &environment.versions);
    let cells = summary.workloads.iter().map(|workload| {
        let own = workload.cells.iter().find(|cell| cell.arm == overall.arm)?;
        Some(cell(own))
    });
    MatrixRow {
        arm: overall.arm.clone(),
        version,
        released: records
            .find(|one| one.program() == overall.arm.program())
            .and_then(|one| one.released.clone()),
        rank: None,
        overhead: overall.overhead,
        memory: overall.memory,
        failed: overall.failed,
        cells: cells.collect(),
    }
}

fn cell(cell: &Cell) -> MatrixCell {
    let failed = cell.failures.first().map(|failed| failed.failure.label());
    MatrixCell {
        overhead: cell.overhead.map(|overhead| overhead.ratio),
        capture: cell.capture,
        failed: failed.filter(|_| cell.timing.is_none()),
    }
}

/// Ranks the versions that completed every workload: the means of the others are of fewer.
fn rank(versions: &mut [MatrixRow]) {
    let complete = |row: &MatrixRow| {
        row.cells.iter().all(|cell| cell.as_ref().is_some_and(|cell| cell.overhead.is_some()))
    };
    let mut order: Vec<(f64, usize)> = versions
        .iter()
        .enumerate()
        .filter(|(_, row)| complete(row))
        .filter_map(|(index, row)| Some((row.overhead?.ratio, index)))
        .collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (place, (_, index)) in order.into_iter().enumerate() {
        versions[index].rank = Some(place + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn versions_are_in_their_order_and_ranked_by_what_they_cost() {
        let summary = summary(&[
            ("t@0.1.10/full", Some(2.0)),
            ("t@0.1.9/full", Some(4.0)),
            ("t@0.2.0/full", None),
            ("t@path:./full", Some(1.5)),
            ("t/full", Some(1.2)),
        ]);
        let matrices = matrices(&summary);
        assert_eq!(matrices.len(), 1);
        let rows = &matrices[0].versions;
        let told: Vec<_> =
            rows.iter().map(|row| (row.version.to_string(), row.rank, row.failed)).collect();
        let row = |version: &str, rank, failed| (version.to_owned(), rank, failed);
        let expected = [row("0.1.9", Some(2), 0), row("0.1.10", Some(1), 0), row("0.2.0", None, 2)];
        assert_eq!(told, expected);
        assert_eq!(rows[2].cells[0].as_ref().unwrap().failed, Some("crashed"));
    }

    #[test]
    fn two_versions_are_no_matrix() {
        assert!(matrices(&summary(&[("t@0.1.0", Some(2.0)), ("t@0.1.1", Some(2.0))])).is_empty());
    }
}
