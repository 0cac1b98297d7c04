//! The figures of the committed sample pages, recomputed from their records, are what they were, to the last
//! digit. When they change on purpose, the pages are made again, in a commit that says why.

use std::fs;
use std::path::{Path, PathBuf};

use memscope_bench::analyse::summary::Summary;
use memscope_bench::record::Run;

/// The folder of a sample page.
fn folder(page: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target-reports/sample").join(page)
}

/// All of a summary but its environments, line by line.
fn figures(summary: &str) -> Vec<&str> {
    let begin = summary.find("\n  \"workloads\":").expect("a summary has workloads");
    summary[begin..].lines().collect()
}

/// The runs of a page, in its order.
fn runs(page: &str, committed: &str) -> Vec<Run> {
    let summary: serde_json::Value = serde_json::from_str(committed).unwrap();
    let environments = summary["environments"].as_array().unwrap();
    let load = |environment: &serde_json::Value| {
        let run = environment["run"].as_str().unwrap();
        Run::load(&folder(page).join("data").join(run)).unwrap()
    };
    environments.iter().map(load).collect()
}

fn hold(page: &str) {
    let committed = fs::read_to_string(folder(page).join("summary.json")).unwrap();
    let mut summary = Summary::of(&runs(page, &committed)).unwrap();
    summary.add_kept_calibrations(&folder(page)).unwrap();
    summary.add_kept_adoptions(&folder(page)).unwrap();
    let now = serde_json::to_string_pretty(&summary).unwrap();
    let (before, now) = (figures(&committed), figures(&now));
    assert!(before.len() > 1_000, "only {} lines of figures", before.len());
    for (line, (before, now)) in before.iter().zip(&now).enumerate() {
        assert_eq!(before, now, "line {line} of the figures of sample/{page}");
    }
    assert_eq!(before.len(), now.len());
}

#[test]
fn the_figures_of_the_phases_are_what_they_were() {
    hold("");
}

#[test]
fn the_figures_of_the_scenarios_are_what_they_were() {
    hold("scenarios");
}

#[test]
fn the_figures_of_the_versions_are_what_they_were() {
    hold("versions");
}

#[test]
fn the_figures_of_the_servers_are_what_they_were() {
    hold("servers");
}

#[test]
fn the_figures_of_the_slow_tools_are_what_they_were() {
    hold("slow");
}

#[test]
fn the_figures_of_growth_are_what_they_were() {
    hold("growth");
}

#[test]
fn the_figures_of_the_comparison_are_what_they_were() {
    hold("compare");
}
