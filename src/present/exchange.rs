//! The figures in the forms that continuous-benchmarking services read.

use serde_json::{Map, Value, json};

use crate::analyse::accuracy::{Audit, Family, FamilyGrade, Grade};
use crate::analyse::summary::{Overall, Ratio, Summary};
use crate::common::units;

/// Families of figures that are off, wrong or failed.
const INACCURATE: &str = "inaccurate-families";

/// One figure: a benchmark's name, what was measured, its unit.
struct Figure {
    name: String,
    measure: &'static str,
    unit: &'static str,
    ratio: Ratio,
}

/// For github-action-benchmark, tool `customSmallerIsBetter`
/// (<https://github.com/benchmark-action/github-action-benchmark#examples>).
///
/// # Errors
///
/// None that figures can cause.
pub fn github_action_benchmark(summary: &Summary) -> serde_json::Result<String> {
    let entries = figures(summary).into_iter().map(|figure| {
        let Ratio { ratio, low, high, .. } = figure.ratio;
        let mut entry = json!({
            "name": format!("{} ({})", figure.name, figure.measure),
            "unit": figure.unit,
            "value": ratio,
        });
        if let (Some(low), Some(high)) = (low, high) {
            entry["range"] = units::interval(ratio, low, high).into();
        }
        entry
    });
    serde_json::to_string_pretty(&Value::Array(entries.collect()))
}

/// Bencher Metric Format (<https://bencher.dev/docs/reference/bencher-metric-format/>).
///
/// # Errors
///
/// None that figures can cause.
pub fn bencher(summary: &Summary) -> serde_json::Result<String> {
    let mut benchmarks = Map::new();
    for figure in figures(summary) {
        let Ratio { ratio, low, high, .. } = figure.ratio;
        let mut metric = json!({ "value": ratio });
        if let (Some(low), Some(high)) = (low, high) {
            metric["lower_value"] = low.into();
            metric["upper_value"] = high.into();
        }
        let benchmark = benchmarks.entry(figure.name).or_insert_with(|| json!({}));
        benchmark[figure.measure] = metric;
    }
    serde_json::to_string_pretty(&Value::Object(benchmarks))
}

/// The number of families, of those that a tracker was asked about in a cell, that are neither exact nor close:
/// fewer are better.
fn inaccurate_families(audit: &Audit) -> f64 {
    if audit.failure.is_some() {
        return Family::ALL.len() as f64;
    }
    let wrong = |told: &&FamilyGrade| told.grade > Grade::Close;
    audit.families.values().filter(wrong).count() as f64
}

/// Overhead in time and memory of each arm, by workload and over all, and beside it how much of what it reports is
/// not accurate: a tracker that drops events is cheap.
fn figures(summary: &Summary) -> Vec<Figure> {
    let mut figures = Vec::new();
    let mut add = |name: &str, measure, ratio: Option<Ratio>| {
        let name = name.to_owned();
        let unit = if measure == INACCURATE { "families" } else { "× untracked" };
        figures.extend(ratio.map(|ratio| Figure { name, measure, unit, ratio }));
    };
    let count = |ratio| Some(Ratio { ratio, low: None, high: None, blocks: 1 });
    for workload in &summary.workloads {
        for cell in &workload.cells {
            let name = format!("{}/{}", workload.workload, cell.arm);
            add(&name, "wall-time-ratio", cell.overhead);
            add(&name, "peak-memory-ratio", cell.memory);
        }
    }
    for audit in &summary.audits {
        let name = format!("{}/{}", audit.workload, audit.arm);
        add(&name, INACCURATE, count(inaccurate_families(audit)));
    }
    // A mean of fewer workloads is of another kind than one of all.
    let complete = |overall: &&Overall| overall.workloads == summary.workloads.len();
    for overall in summary.overall.iter().filter(complete) {
        let name = format!("all/{}", overall.arm);
        add(&name, "wall-time-ratio", overall.overhead);
        add(&name, "peak-memory-ratio", overall.memory);
    }
    for standing in &summary.standings {
        let wrong = standing.families.values().filter(|worst| worst.told.grade > Grade::Close);
        add(&format!("all/{}", standing.arm), INACCURATE, count(wrong.count() as f64));
    }
    figures
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn figures_for_github_action_benchmark() {
        let text = github_action_benchmark(&fixture::plain_summary()).unwrap();
        insta::assert_snapshot!(text);
    }

    #[test]
    fn figures_in_bencher_metric_format() {
        insta::assert_snapshot!(bencher(&fixture::plain_summary()).unwrap());
    }

    #[test]
    fn what_failed_has_no_figure_and_no_mean() {
        let text = bencher(&fixture::summary()).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        assert!(value.get("basic-structures/dhat").is_some());
        assert!(value.get("concurrent-tasks/dhat").is_none());
        assert!(value.get("all/dhat").is_none());
    }
}
