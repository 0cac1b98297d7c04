//! `adopt`, from its command line to the page that shows it.

mod common;

use std::fs;

use common::{errors, run, text};
use memscope_bench::analyse::adoption;
use serde_json::Value;

#[test]
fn what_is_no_crate_cannot_be_adopted() {
    let folder = tempfile::tempdir().unwrap();
    for tracker in ["counting", "memcheck"] {
        let output = run(folder.path(), &["adopt", "-t", tracker]);
        assert_eq!(output.status.code(), Some(2), "{}", errors(&output));
        assert!(errors(&output).contains("no crate that a program could depend on"), "{output:?}");
    }
    let output = run(folder.path(), &["adopt", "-t", "no-such-tracker"]);
    assert_eq!(output.status.code(), Some(2), "{}", errors(&output));
}

#[test]
fn what_is_kept_and_cannot_be_read_is_no_reason_to_lose_it() {
    let folder = tempfile::tempdir().unwrap();
    let reports = folder.path().join("target-reports");
    fs::create_dir_all(&reports).unwrap();
    let kept = reports.join(adoption::FILE);
    fs::write(&kept, "no JSON").unwrap();
    let output = run(folder.path(), &["adopt", "-t", "dhat"]);
    assert_eq!(output.status.code(), Some(3), "{}", errors(&output));
    assert!(errors(&output).contains(adoption::FILE), "{output:?}");
    assert_eq!(fs::read_to_string(&kept).unwrap(), "no JSON");
}

/// Builds a small crate, and a subject with it.
#[test]
#[ignore = "asks the registry and builds with cargo; CI runs it"]
fn a_crate_is_compiled_counted_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["adopt", "-t", "cap@0.1.2", "--json"]);
    assert!(output.status.success(), "{}", errors(&output));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let one = &found[0];
    assert_eq!((&one["tracker"], &one["version"]), (&"cap".into(), &"0.1.2".into()));
    // Itself, and nothing else.
    assert_eq!(one["crates"], 1, "{one:#}");
    assert!(one["compile_cpu_s"].as_f64().is_some_and(|s| s > 0.01 && s < 60.0), "{one:#}");
    assert!(one["program_bytes"].is_i64() || one["program_bytes"].is_u64(), "{one:#}");
    let kept = adoption::load(&folder.path().join("target-reports")).unwrap();
    assert_eq!(kept.len(), 1);

    // A report of that version shows it, from the list of trackers to its own page.
    let measure = ["measure", "-w", "fragmentation", "-t", "cap@0.1.2", "--scale", "0.01"];
    let output = run(folder.path(), &[&measure[..], &["--samples", "2"]].concat());
    assert!(output.status.success(), "{}", errors(&output));
    let printed = text(&output.stdout);
    let page = printed.lines().find_map(|line| line.strip_prefix("Report: ")).unwrap();
    let list = folder.path().join(page).with_file_name("trackers.html");
    let list = fs::read_to_string(list).unwrap();
    assert!(list.contains("What it takes to add each to a program"), "the page lacks it");
}
