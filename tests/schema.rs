//! Runs that earlier and later versions of memscope-bench recorded: the first schema is read with all its
//! figures, one that is not known yet is refused in words.
//!
//! `tests/schema1/` is a run as the first schema had it: samples of every kind, picked from the recorded runs of
//! the sample pages. The points of the soak are thinned out.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{errors, run};
use memscope_bench::plan::arm::Role;
use memscope_bench::record::{ENVIRONMENT_FILE, Outcome, RECORDS_FILE, Run};
use serde_json::Value;

const SCHEMA_1: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schema1");

/// A copy of the run that may be written to.
fn copy(folder: &Path) -> PathBuf {
    let copy = folder.join("run");
    fs::create_dir(&copy).unwrap();
    for file in [RECORDS_FILE, ENVIRONMENT_FILE] {
        fs::copy(Path::new(SCHEMA_1).join(file), copy.join(file)).unwrap();
    }
    copy
}

/// The lines of the run as they were written.
fn lines() -> Vec<Value> {
    let text = fs::read_to_string(Path::new(SCHEMA_1).join(RECORDS_FILE)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_sample_of_the_first_schema_is_read() {
    let (old, new) = (lines(), Run::load(Path::new(SCHEMA_1)).unwrap().records);
    assert_eq!(old.len(), new.len());
    let mut kinds = Vec::new();
    for (old, new) in old.iter().zip(&new) {
        assert_eq!(old["schema"], 1, "this is what the test is about");
        assert_eq!(old["arm"].as_str().unwrap(), new.arm.to_string());
        assert_eq!(old["workload"].as_str().unwrap(), new.workload);
        assert_eq!(old["scale"].as_f64().unwrap(), new.params.scale);
        assert_eq!(old["block"].as_u64().unwrap(), u64::from(new.slot.block));
        assert_eq!(old["outcome"] == "failed", new.outcome.failed().is_some(), "{new:#?}");
        assert_eq!(old["idle"] == true, new.arm.role == Role::Idle);
        let wall = new.cost().map(|cost| cost.wall_ns);
        assert_eq!(old["cost"]["wall_ns"].as_u64(), wall, "{new:#?}");
        let audited = new.outcome.audited();
        let truth = audited.and_then(|audited| audited.truth.as_ref());
        let blocks = truth.map(|truth| truth.heap.peak_live_allocations.unwrap());
        let counted = &old["truth"]["peak_live_blocks"];
        assert!(blocks == counted.as_u64() || matches!(new.outcome, Outcome::Growth(_)));
        let report = new.outcome.report().map(|report| report.report.took_ns);
        assert_eq!(old["export"]["export_ns"].as_u64(), report, "{new:#?}");
        kinds.push(kind(&new.outcome));
    }
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds, ["audit", "failed", "growth", "leaks", "soak", "timed", "verify"]);
}

fn kind(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Failed(_) => "failed",
        Outcome::Timed(_) => "timed",
        Outcome::Audit(_) => "audit",
        Outcome::Leaks(leaks) => {
            assert!(leaks.list.is_some(), "{leaks:?}");
            "leaks"
        }
        Outcome::Growth(repeated) => {
            assert!(repeated.repetitions.len() > 5, "{repeated:?}");
            "growth"
        }
        Outcome::Verify(verified) => {
            assert!(verified.final_heap.is_some() && verified.memcheck.is_some(), "{verified:?}");
            "verify"
        }
        // Nobody counted them then.
        Outcome::Instructions(_) => "instructions",
        Outcome::Soak(soaked) => {
            assert!(soaked.points.len() > 5, "{soaked:?}");
            "soak"
        }
        Outcome::Latency(_) => unreachable!("the first schema had none: {outcome:?}"),
    }
}

#[test]
fn a_run_of_the_first_schema_is_reported_with_its_figures() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["report", SCHEMA_1, "--out", "site", "--json"]);
    assert!(output.status.success(), "{}", errors(&output));
    assert!(folder.path().join("site/index.html").is_file());
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let of = |list: &str, name: &str| -> Value {
        let entries = summary[list].as_array().unwrap();
        entries.iter().find(|entry| entry["workload"] == name).expect(name).clone()
    };

    // What the lines say, as they stand there.
    let fragmentation = of("workloads", "fragmentation");
    assert_eq!(fragmentation["allocations"], 21_301);
    assert_eq!(fragmentation["events"], 21_301 + 21_301 + 7);
    assert_eq!(fragmentation["untracked"]["samples"], 2, "the warm-up does not count");
    let cell = &fragmentation["cells"][0];
    assert_eq!((&cell["arm"], &cell["version"]), (&"memscope-rs/full".into(), &"0.2.5".into()));
    let capture = cell["capture"].as_f64().unwrap();
    assert!((capture - 31_172.0 / (21_359.0 + 31.0)).abs() < 1e-9, "{cell:#}");

    assert_eq!(of("audits", "rapid-lifecycle")["grade"], "failed");
    let versions = &of("audits", "basic-structures");
    assert_eq!(versions["arm"], "memscope-rs@0.1.10/full");
    assert!(of("leaks", "planted-leaks")["grade"]["true_leaks"].as_u64() > Some(1_000));
    assert!(of("leaks", "reference-cycles")["failure"].is_string());
    assert!(of("growth", "leak-detection")["own_heap"]["low"].as_f64() > Some(0.0));
    let check = of("heap_checks", "http-longevity");
    assert_eq!(check["judgement"], "clean", "{check:#}");
    assert_eq!(check["memcheck"]["suppressed"]["allocations"], 1);
    assert_eq!(check["counted"]["left"]["allocations"], 0);
    assert_eq!(of("soaks", "http-longevity")["live_bytes"]["grows"], false);
}

#[test]
fn a_run_of_the_first_schema_is_not_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["measure", "--resume", SCHEMA_1]);
    assert_eq!(output.status.code(), Some(2), "{}", errors(&output));
    let words = "recorded without what was to be measured, by an earlier memscope-bench";
    assert!(errors(&output).contains(words), "{}", errors(&output));
}

/// Reports a run that cannot be read; what is said.
fn refused(folder: &Path, copy: &Path) -> String {
    let output = run(folder, &["report", copy.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3), "{}", errors(&output));
    assert!(output.stdout.is_empty());
    errors(&output)
}

#[test]
fn a_schema_that_is_not_known_yet_is_refused_in_words() {
    const WORDS: &str = "written with schema 99, and this memscope-bench reads schemas 1 to 2";
    let folder = tempfile::tempdir().unwrap();
    let copy = copy(folder.path());
    let path = copy.join(RECORDS_FILE);
    let text = fs::read_to_string(&path).unwrap();
    // One line among those that are known.
    let newer = text.replacen("\n{\"schema\":1,", "\n{\"schema\":99,", 1);
    assert_ne!(newer, text);
    fs::write(&path, newer).unwrap();
    let said = refused(folder.path(), &copy);
    assert!(said.contains(WORDS) && said.contains(RECORDS_FILE), "{said}");
    fs::write(&path, text).unwrap();

    let path = copy.join(ENVIRONMENT_FILE);
    let text = fs::read_to_string(&path).unwrap();
    let mut environment: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(environment.get("schema"), None, "the first schema did not say so there");
    environment["schema"] = 99.into();
    fs::write(&path, environment.to_string()).unwrap();
    let said = refused(folder.path(), &copy);
    assert!(said.contains(WORDS) && said.contains(ENVIRONMENT_FILE), "{said}");
}
