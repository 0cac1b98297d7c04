//! What a site has shown before: the figures of each of its reports, kept in its folder, and which of them compare.
//!
//! ```text
//! mod     a report's figures with the day and the circumstances they were taken in; the file that keeps them
//! lines   figures of one tracker on one workload, from report to report, apart where the circumstances changed
//! ```

mod lines;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::accuracy::Grade;
use crate::common::kept;
use crate::record::environment::Environment;

pub use lines::{Line, Spot, lines};

/// The name of the file, in a site's folder.
pub const FILE: &str = "history.json";
/// What its list is called.
const LIST: &str = "reports";

/// The figures of one report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dated {
    /// When the newest of its runs with times began.
    pub measured: String,
    /// These runs, by name.
    pub runs: Vec<String>,
    /// What figures depend on beside the trackers.
    pub circumstances: Circumstances,
    /// Its figures.
    pub points: Vec<Point>,
}

/// What figures depend on beside the trackers. Of several runs that differ in one, all are named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Circumstances {
    /// Processor, cores, memory, system.
    pub machine: String,
    /// The compiler.
    pub compiler: String,
    /// The version of memscope-bench.
    pub harness: String,
    /// Of the workloads.
    pub scale: String,
    /// Of the workloads, and of timed samples: `2 threads (timed on 1)`.
    pub threads: String,
    /// Of the workloads' generators.
    pub seed: String,
}

/// One figure: a tracker on a workload, or over all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// The tracker and its mode; with its version, where a report has several.
    pub tracker: String,
    /// The version that the subject gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The workload; none over all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload: Option<String>,
    /// CPU time, tracked ÷ untracked.
    pub ratio: f64,
    /// The ends of its 95 % interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<[f64; 2]>,
    /// Of what it reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<Grade>,
}

impl Point {
    /// Whether all of it are ratios.
    fn is_ratio(&self) -> bool {
        let is = |ratio: f64| ratio.is_finite() && ratio > 0.0;
        is(self.ratio) && self.ends.is_none_or(|ends| ends.into_iter().all(is))
    }
}

impl Circumstances {
    /// Those of runs.
    pub fn of(environments: &[&Environment]) -> Self {
        let of = |what: &dyn Fn(&Environment) -> String| {
            let mut told: Vec<String> = environments.iter().map(|one| what(one)).collect();
            told.sort();
            told.dedup();
            told.join("; ")
        };
        Self {
            machine: of(&Environment::machine),
            compiler: of(&|one| one.rustc.clone().unwrap_or_else(|| "unknown".to_owned())),
            harness: of(&|one| one.harness_version.clone()),
            scale: of(&|one| one.settings.scale_in_words()),
            threads: of(&Environment::threads_in_words),
            seed: of(&|one| one.settings.params.seed.to_string()),
        }
    }

    /// What is another than it was, in words.
    pub fn changed_since(&self, before: &Self) -> Vec<&'static str> {
        let of = |one: &Self| {
            [&one.machine, &one.compiler, &one.harness, &one.scale, &one.threads, &one.seed]
                .map(String::clone)
        };
        let names = ["machine", "compiler", "memscope-bench", "scale", "threads", "seed"];
        let pairs = names.into_iter().zip(of(self).into_iter().zip(of(before)));
        pairs.filter(|(_, (now, then))| now != then).map(|(name, _)| name).collect()
    }
}

impl Dated {
    /// The workloads that a tracker's figure over all of them is made of.
    pub fn workloads_of(&self, tracker: &str) -> BTreeSet<&str> {
        let own = self.points.iter().filter(|point| point.tracker == tracker);
        own.filter_map(|point| point.workload.as_deref()).collect()
    }

    /// The same with some of its figures alone.
    #[must_use]
    pub fn part(&self, wanted: impl Fn(&Point) -> bool) -> Self {
        let points = self.points.iter().filter(|point| wanted(point)).cloned().collect();
        Self { points, ..self.clone() }
    }
}

/// The earlier reports of a site, and this one in the place of an earlier one of the same runs; by date.
///
/// # Errors
///
/// If there are any that cannot be read, or are of a later version; the error names the file.
pub fn with(folder: &Path, new: Option<Dated>) -> Result<Vec<Dated>, io::Error> {
    let mut reports: Vec<Dated> = kept::load(&folder.join(FILE), LIST)?;
    // What is no ratio has no place in a chart of ratios.
    reports.iter_mut().for_each(|report| report.points.retain(Point::is_ratio));
    if let Some(new) = &new {
        reports.retain(|old| old.runs != new.runs);
    }
    reports.extend(new);
    reports.sort_by(|a, b| (&a.measured, &a.runs).cmp(&(&b.measured, &b.runs)));
    Ok(reports)
}

/// Keeps them; gives the file's path.
///
/// # Errors
///
/// If it cannot be written, in which case it is as it was.
pub fn store(folder: &Path, reports: &[Dated]) -> Result<PathBuf, io::Error> {
    let path = folder.join(FILE);
    kept::store(&path, LIST, reports)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::fixture;

    #[test]
    fn a_report_is_remembered_once_and_by_date() {
        let folder = tempfile::tempdir().unwrap();
        let of = |measured: &str, run: &str| {
            let mut dated = Dated::of(&fixture::summary()).unwrap();
            dated.measured = measured.to_owned();
            dated.runs = vec![run.to_owned()];
            dated
        };
        for (measured, run) in [("2026-11-29", "b"), ("2026-11-01", "a"), ("2026-11-30", "b")] {
            let all = with(folder.path(), Some(of(measured, run))).unwrap();
            store(folder.path(), &all).unwrap();
        }
        let kept = with(folder.path(), None).unwrap();
        let days: Vec<_> = kept.iter().map(|one| (&*one.measured, &*one.runs[0])).collect();
        assert_eq!(days, [("2026-11-01", "a"), ("2026-11-30", "b")]);
    }

    #[test]
    fn a_report_has_a_figure_of_each_cell_and_of_each_tracker() {
        let summary = fixture::summary();
        let dated = Dated::of(&summary).unwrap();
        let cells = summary.workloads.iter().flat_map(|one| &one.cells);
        let timed = cells.filter(|cell| cell.overhead.is_some()).count();
        let overall = summary.overall.iter().filter(|one| one.overhead.is_some()).count();
        let all = dated.points.iter().filter(|point| point.workload.is_none()).count();
        assert_eq!((dated.points.len(), all), (timed + overall, overall));
        assert!(timed > 2, "{dated:?}");
    }

    #[test]
    fn what_is_no_ratio_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let mut dated = Dated::of(&fixture::summary()).unwrap();
        let all = dated.points.len();
        dated.points[0].ratio = 0.0;
        dated.points[1].ends = Some([-1.0, 2.0]);
        store(folder.path(), &[dated]).unwrap();
        assert_eq!(with(folder.path(), None).unwrap()[0].points.len(), all - 2);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), r#"{"schema": 7, "reports": []}"#).unwrap();
        assert!(with(folder.path(), None).unwrap_err().to_string().contains(FILE));
    }
}
