//! Every figure of the README comes from the committed sample report, and the command beside it is the
//! one that made it.

mod common;

use std::fs;
use std::path::Path;

use common::committed_runs as runs;
use memscope_bench::analyse::summary::Summary;
use memscope_bench::present;

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("it is there")
}

fn readme() -> String {
    read("README.md")
}

#[test]
fn its_table_is_that_of_the_sample_report() {
    let summary = Summary::of(&runs("sample")).unwrap();
    let spliced = present::splice(&readme(), &present::overview(&summary));
    assert!(spliced.as_ref() == Some(&readme()), "made again by `report … --splice README.md`");
    let headline = present::headline(&summary).expect("something was measured");
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat(&readme()).contains(&flat(&headline)), "the README should contain:\n{headline}");
}

#[test]
fn the_commands_that_made_them_stand_beside_them() {
    let (readme, field) = (readme(), read("scripts/field"));
    assert!(readme.contains("made by `scripts/field`"));
    for run in common::SITES.iter().flat_map(|site| runs(site)) {
        let command = &run.environment.command;
        let arguments = command.strip_prefix("memscope-bench ").expect("made by this program");
        // Where its files went is no part of what was measured.
        let arguments = arguments.split(" --out ").next().unwrap_or_default();
        let stands = readme.contains(&format!("cargo run --release -- {arguments}\n"))
            || field.lines().any(|line| line.ends_with(&format!(" {arguments}")));
        assert!(stands, "{command}");
    }
}

#[test]
fn the_samples_are_release_builds_and_the_first_of_real_size() {
    for record in common::SITES.iter().flat_map(|site| runs(site)).flat_map(|run| run.records) {
        assert!(!record.outcome.process().is_some_and(|process| process.debug_build), "{record:?}");
    }
    for record in runs("sample").into_iter().flat_map(|run| run.records) {
        assert!(!record.is_of_a_cell() || record.params.scale == 1.0, "{record:?}");
    }
}

#[test]
fn the_charts_shown_are_there() {
    let readme = readme();
    let charts: Vec<&str> = readme.lines().filter(|line| line.starts_with("![")).collect();
    assert!(!charts.is_empty(), "the README shows none");
    for line in charts {
        let path = line.split_once("](").and_then(|(_, rest)| rest.split_once(')')).unwrap().0;
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(path).is_file(), "{path} is missing");
    }
}
