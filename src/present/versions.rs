//! All versions of a tracker on the page: a ranking, and the pictures that they draw themselves.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::table::{Cell, Table, Unit, Value};
use super::{faults, links};
use crate::analyse::accuracy::Standing;
use crate::analyse::summary::{Matrix, MatrixRow, Summary, matrices};
use crate::common::inside::inside;
use crate::common::units;
use crate::plan::arm::ArmId;
use crate::record::{Record, Run};

/// Where early versions of memscope-rs leave the picture that they draw.
const TRACKER_PICTURES: [&str; 3] = [
    "export/memory_analysis.svg",
    "export/MemoryAnalysis/memory_analysis.svg",
    "export/MemoryAnalysis/memory_analysis/memory_analysis.svg",
];

/// The workload whose picture is shown.
const SHOWN: &str = "basic-structures";

/// Pictures larger than this are not worth a page's weight, in bytes.
const LARGEST: u64 = 2 << 20;

/// A picture that a tracker drew.
#[derive(Clone, Debug, Serialize)]
pub(super) struct TrackerPicture {
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub(super) arm: ArmId,
    workload: String,
    file: String,
}

/// A ranking for each tracker and mode of which there are several versions, by accuracy, then by cost.
pub(super) fn rankings(summary: &Summary) -> Vec<Table> {
    let matrices = matrices(summary);
    matrices.iter().zip(1..).map(|(matrix, number)| ranking(summary, matrix, number)).collect()
}

fn ranking(summary: &Summary, matrix: &Matrix, number: usize) -> Table {
    let ranks = matrix.ranks(summary);
    let mut rows: Vec<(&MatrixRow, Option<usize>)> = matrix.versions.iter().zip(ranks).collect();
    // Those without a rank come last, in the order of versions.
    rows.sort_by_key(|(_, rank)| rank.unwrap_or(usize::MAX));
    let mode = if matrix.mode.is_empty() { String::new() } else { format!("/{}", matrix.mode) };
    let standing = |row: &MatrixRow| summary.standing(&row.arm);
    Table::of(rows)
        .words("version", "version", |(row, _)| {
            Cell::from(row.version.to_string()).link(links::tracker_page(&row.arm))
        })
        .figure("rank", "rank", |(_, rank)| rank.map(|rank| Value::Count(rank as u64)))
        .figure("published", "published", |(row, _)| row.released.as_deref())
        .words("grade", "grade", |(row, _)| {
            row.grade.map_or(Value::Absent, |grade| Value::Text(faults::grade(grade)))
        })
        .words("worst figure", "worst", |(row, _)| match standing(row).map(faults::worst) {
            Some(worst) if !worst.is_empty() => Value::Text(worst),
            _ => Value::Empty,
        })
        .figure("coverage", "coverage", |(row, _)| {
            standing(row).and_then(Standing::covered).map(|covered| Unit::Share.of(covered))
        })
        .estimate("overhead", "overhead", |(row, _)| row.overhead)
        .aside("95 % interval")
        .bare_estimate("peak memory", "memory", |(row, _)| row.memory)
        .words("failed", "failed", |(row, _)| match row.failed {
            0 => Value::Empty,
            failed => Value::Failed(units::counted(failed, "workload")),
        })
        .table(
            format!("ranking-{number}"),
            format!("Versions of {}{mode}, by accuracy, then by cost", matrix.tracker),
        )
        .note(
            "Overheads are geometric means over all workloads. Ranks are by accuracy first: a version that is wrong \
             never stands before one that is right. Versions that cannot be told apart in cost share a rank; one \
             that failed, or did not complete every workload, has none.",
        )
}

/// The pictures that trackers drew in a run, one for each arm that is not among the `known`.
pub(super) fn pictures<'a>(run: &'a Run, known: &[TrackerPicture]) -> Vec<(&'a Record, PathBuf)> {
    // The first record of an arm is its audit's; the workload that is shown goes first.
    let mut drawn: Vec<(&Record, PathBuf)> =
        run.records.iter().filter_map(|record| Some((record, picture(run, record)?))).collect();
    drawn.sort_by_key(|(record, _)| record.workload != SHOWN);
    let mut arms: Vec<ArmId> = known.iter().map(|picture| picture.arm.clone()).collect();
    drawn.retain(|(record, _)| {
        let new = !arms.contains(&record.arm);
        arms.push(record.arm.clone());
        new
    });
    drawn
}

impl TrackerPicture {
    /// The picture of a sample, which lies at `file` as links have it.
    pub(super) fn new(record: &Record, file: String) -> Self {
        Self { arm: record.arm.clone(), workload: record.workload.clone(), file }
    }
}

/// Relative to the run's folder.
fn picture(run: &Run, record: &Record) -> Option<PathBuf> {
    let folder = Path::new(record.folder.as_deref()?);
    TRACKER_PICTURES.into_iter().map(|picture| folder.join(picture)).find(|path| {
        let about = inside(&run.folder, path).and_then(std::fs::metadata);
        about.is_ok_and(|about| about.len() > 0 && about.len() <= LARGEST)
    })
}
