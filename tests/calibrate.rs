//! `calibrate`, from its command line to what is kept for every report.

mod common;

use std::fs;

use common::{errors, run, text};
use memscope_bench::analyse::calibration;
use memscope_bench::build::planted;
use serde_json::Value;

#[test]
fn known_losses_and_memory_are_found_exactly_and_kept_for_every_report() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["calibrate", "costs", "--scale", "0.01", "--samples", "7", "--json"];
    let output = run(folder.path(), &arguments);
    assert!(output.status.success(), "{}", errors(&output));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let costs = &found["costs"];
    let planted: Vec<f64> = costs["costs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["planted_ns"].as_f64().unwrap())
        .collect();
    assert_eq!(planted, [0.0, 5.0, 20.0, 100.0, 500.0]);
    for one in costs["losses"].as_array().unwrap() {
        let number = |name: &str| one[name].as_u64().unwrap();
        let (one_in, allocations) = (number("one_in"), number("allocations"));
        assert!(allocations > 1_000, "{one}");
        assert_eq!(number("reported"), allocations - allocations / one_in);
    }
    for one in costs["memory"].as_array().unwrap() {
        let (known, found) = (one["planted_bytes"].as_f64(), one["found_bytes"].as_f64());
        assert!((found.unwrap() / known.unwrap() - 1.0).abs() < 0.05, "{one}");
    }

    // Kept, and shown by a report of another run.
    let reports = folder.path().join("target-reports");
    assert_eq!(calibration::load(&reports).unwrap().len(), 1);
    let measure = ["measure", "-w", "fragmentation", "-t", "counting", "--scale", "0.01"];
    let output = run(folder.path(), &[&measure[..], &["--samples", "2"]].concat());
    assert!(output.status.success(), "{}", errors(&output));
    let printed = text(&output.stdout);
    let page = printed.lines().find_map(|line| line.strip_prefix("Report: ")).unwrap();
    let page = folder.path().join(page).with_file_name("instrument.html");
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("one allocation in 100 not counted"), "the page lacks it");
}

#[test]
fn what_is_kept_and_cannot_be_read_is_left_out_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let reports = folder.path().join("target-reports");
    fs::create_dir_all(&reports).unwrap();
    fs::write(reports.join(calibration::FILE), "no JSON").unwrap();
    let measure = ["measure", "-w", "fragmentation", "-t", "counting", "--scale", "0.01"];
    let output = run(folder.path(), &[&measure[..], &["--samples", "2"]].concat());
    assert!(output.status.success(), "{}", errors(&output));
    assert!(errors(&output).contains("what the instrument finds is left out"), "{output:?}");
}

#[test]
fn costs_have_no_workloads_to_choose() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["calibrate", "costs", "-w", "fragmentation"];
    let output = run(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(2), "{}", errors(&output));
    assert!(errors(&output).contains("slow-downs"), "{}", errors(&output));
}

#[test]
fn the_copy_of_the_tracker_has_a_place_for_work() {
    let copy = planted::copy().unwrap();
    let read = |file: &str| fs::read_to_string(copy.join(file)).unwrap();
    assert!(read("src/core/allocator.rs").contains("crate::planted::work();"));
    assert!(read("src/planted.rs").contains(planted::PLANTED_VARIABLE));
    // A second time, nothing is written: cargo would build it anew.
    let changed = |file: &str| fs::metadata(copy.join(file)).unwrap().modified().unwrap();
    let files = ["src/core/allocator.rs", "src/planted.rs", "Cargo.toml", "src/lib.rs"];
    let before = files.map(changed);
    planted::copy().unwrap();
    assert_eq!(files.map(changed), before);
}

/// Builds a copy of the tracker, which takes minutes.
#[test]
#[ignore = "builds memscope-rs; CI runs it"]
fn slow_downs_are_planted_in_a_copy_and_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let few =
        ["-w", "reference-cycles", "--scale", "0.01", "--samples", "7", "--slow-down", "50,100"];
    let arguments =
        [&["calibrate", "slow-downs", "--neighbours", "1", "--json"], &few[..]].concat();
    let output = run(folder.path(), &arguments);
    assert!(output.status.success(), "{}", errors(&output));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["neighbours"], 1);
    let of = &found["slow_downs"][0];
    assert_eq!((&of["workload"], &of["blocks"]), (&"reference-cycles".into(), &7.into()));
    let levels = of["levels"].as_array().unwrap();
    let per_mille: Vec<_> = levels.iter().map(|one| one["per_mille"].as_u64().unwrap()).collect();
    assert_eq!(per_mille, [500, 1_000]);
}

/// The same by instructions. What is planted is large, so that three counts of each side find it.
#[test]
#[ignore = "builds memscope-rs; CI runs it"]
fn instructions_are_planted_in_a_copy_and_counted() {
    if !common::has_valgrind() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let few = ["-w", "reference-cycles", "--scale", "0.01", "--samples", "3", "--slow-down", "20"];
    let output = run(folder.path(), &[&["calibrate", "instructions", "--json"], &few[..]].concat());
    assert!(output.status.success(), "{}", errors(&output));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let of = &found["instructions"][0];
    assert_eq!(of["workload"], "reference-cycles");
    let level = &of["levels"][0];
    assert_eq!((&level["per_mille"], &level["found"]["so"]), (&200.into(), &1.into()), "{of}");
    let effect = level["effect"].as_f64().unwrap();
    assert!((1.15..1.25).contains(&effect), "{of}");
    assert_eq!(of["false_alarms"]["so"], 0, "{of}");
}
