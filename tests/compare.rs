//! Comparisons: of versions in one run, of recorded runs, and with a baseline.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use common::{errors, newest_run, run, text};
use memscope_bench::build::subjects::Subjects;
use memscope_bench::plan::catalog::Catalog;
use memscope_bench::plan::procedure::Procedure;
use memscope_bench::plan::procedures;
use memscope_bench::plan::settings::Settings;
use memscope_bench::record::{ENVIRONMENT_FILE, Run};
use memscope_bench::run::Session;
use memscope_bench::run::engine::{Engine, Silent};
use protocol::workloads::{self, Kind};
use serde_json::Value;

#[test]
fn versions_are_compared_and_a_gate_has_its_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    let short = ["-w", "fragmentation", "--scale", "0.05", "--samples", "8"];
    let with = |verb: &[&str]| run(folder.path(), &[verb, &short].concat());

    // memscope-rs counts some of its own allocations, whatever the machine is doing meanwhile.
    let compare = ["compare", "counting", "memscope-rs/full", "--format", "markdown"];
    let output = with(&[&compare[..], &["--fail-above", "100000"]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
    assert!(text(&output.stdout).contains("| fragmentation |"), "{}", text(&output.stdout));
    assert!(
        errors(&output).contains("fragmentation: events less accurate: allocations"),
        "{}",
        errors(&output)
    );
    let recorded = newest_run(folder.path());
    assert!(recorded.folder.join("charts/comparison.svg").is_file());
    // A report that is made of it later is about the comparison, too.
    let again =
        run(folder.path(), &["report", recorded.folder.to_str().unwrap(), "--out", "again"]);
    assert!(again.status.success(), "{}", errors(&again));
    let page = fs::read_to_string(folder.path().join("again/index.html")).unwrap();
    assert!(page.contains("id=\"comparison\""), "{page}");
    assert!(folder.path().join("again/charts/comparison.svg").is_file());

    let update = with(&["gate", "--baseline", "baseline.json", "--update", "-t", "counting"]);
    assert!(update.status.success(), "{}", errors(&update));
    // Time is not at issue here: the machine may be busy.
    let gate = ["gate", "--baseline", "baseline.json"];
    let green = run(folder.path(), &[&gate[..], &["--fail-above", "10000"]].concat());
    assert!(green.status.success(), "{}{}", text(&green.stdout), errors(&green));
    let recorded = newest_run(folder.path());
    assert_eq!(recorded.environment.settings.params.scale, 0.05, "the baseline's");
    let other = run(folder.path(), &[&gate[..], &["--scale", "0.04"]].concat());
    assert_eq!(other.status.code(), Some(2), "{}", errors(&other));
    assert!(errors(&other).contains("another scale"), "{}", errors(&other));
    let none = run(folder.path(), &["gate", "--baseline", "none.json"]);
    assert_eq!(none.status.code(), Some(3), "{}", errors(&none));
    assert!(errors(&none).contains("there is no baseline"), "{}", errors(&none));
}

#[test]
fn a_gate_on_the_truth_alone_takes_no_times() {
    let folder = tempfile::tempdir().unwrap();
    let gate = ["gate", "--baseline", "baseline.json", "--truth"];
    let chosen = ["--update", "-t", "counting", "-w", "fragmentation", "--scale", "0.05"];
    let update = run(folder.path(), &[&gate[..], &chosen].concat());
    assert!(update.status.success(), "{}", errors(&update));
    assert!(newest_run(folder.path()).records.iter().all(|record| !record.is_timed_sample()));
    let green = run(folder.path(), &gate);
    assert!(green.status.success(), "{}{}", text(&green.stdout), errors(&green));

    let path = folder.path().join("baseline.json");
    let mut baseline: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let allocations = &mut baseline["arms"][0]["workloads"][0]["allocations"];
    *allocations = (allocations.as_u64().unwrap() - 1).into();
    fs::write(&path, baseline.to_string()).unwrap();
    let red = run(folder.path(), &gate);
    assert_eq!(red.status.code(), Some(1), "{}", errors(&red));
    assert!(errors(&red).contains("fragmentation: makes"), "{}", errors(&red));
}

#[test]
fn recorded_runs_are_compared_tracker_by_tracker() {
    let folder = tempfile::tempdir().unwrap();
    let chosen = ["-w", "fragmentation", "-t", "counting", "-t", "dhat", "--samples", "6"];
    for out in ["a", "b"] {
        let sized = ["--scale", "0.05", "--out", out];
        let output = run(folder.path(), &[&["measure"], &chosen[..], &sized].concat());
        assert!(output.status.success(), "{}", errors(&output));
    }
    let runs = ["a", "b"].map(|out| Run::newest(&folder.path().join(out)).unwrap());
    let [a, b] = runs.each_ref().map(|run| run.to_str().unwrap());
    let output = run(folder.path(), &["compare", a, b, "--format", "json"]);
    assert!(output.status.success(), "{}", errors(&output));
    let comparison: Value = serde_json::from_slice(&output.stdout).unwrap();
    let against = comparison["against"].as_array().unwrap();
    let arms: Vec<_> =
        against.iter().map(|one| (one["base"].as_str(), one["arm"].as_str())).collect();
    assert_eq!(arms, ["counting", "dhat"].map(|arm| (Some(arm), Some(arm))));
}

/// What `cargo bench` would run by a settings file.
fn bench(folder: &Path, file: &str) -> (Settings, Procedure) {
    fs::write(folder.join("memscope-bench.toml"), file).unwrap();
    let settings = Settings::for_bench(folder).unwrap();
    let catalog = Catalog::built_in().unwrap();
    let arms: Vec<_> = settings.trackers.iter().map(|spec| catalog.arm(spec).unwrap()).collect();
    let procedure = procedures::bench(procedures::groups(&settings, &arms).unwrap());
    (settings, procedure)
}

/// Begins a run as `cargo bench` does.
fn begin(settings: Settings, procedure: &Procedure) -> Engine<Session> {
    let (seed, sampling) = (settings.params.seed, settings.sampling);
    let subjects = Subjects::in_folder(common::programs());
    let session = Session::begin(settings, procedure, subjects, "cargo bench".to_owned());
    Engine::new(session.unwrap(), seed, sampling, Vec::new())
}

#[test]
fn a_run_of_cargo_bench_says_that_its_scenarios_are_a_tenth_of_their_size() {
    for (file, scale) in [("", 1.0), ("scale = 0.5", 0.5)] {
        let folder = tempfile::tempdir().unwrap();
        let (settings, procedure) = bench(folder.path(), file);
        let engine = begin(settings, &procedure);
        let environment = engine.executor.folder().join(ENVIRONMENT_FILE);
        let text = fs::read_to_string(environment).unwrap();
        let environment: Value = serde_json::from_str(&text).unwrap();
        let settings = &environment["settings"];
        assert_eq!(settings["params"]["scale"], scale, "{settings:#}");
        let scenarios = workloads::ALL.iter().filter(|w| matches!(w.kind, Kind::Scenario(_)));
        let expected: BTreeMap<_, _> = scenarios.map(|w| (w.name, scale * 0.1)).collect();
        assert_eq!(expected.len(), 4);
        assert_eq!(settings["scales"], serde_json::to_value(&expected).unwrap(), "{settings:#}");
        for group in &procedure.groups {
            let own = expected.get(group.workload.as_str()).copied().unwrap_or(scale);
            assert_eq!(group.params.scale, own, "{}", group.workload);
        }
    }
}

#[test]
fn scenarios_of_cargo_bench_are_not_compared_with_those_of_full_size() {
    let folder = tempfile::tempdir().unwrap();
    let chosen = "workloads = [\"fragmentation\", \"rapid-lifecycle\"]\n\
                  trackers = [\"counting\"]\nscale = 0.01\nsamples = 1\n";
    let (settings, procedure) = bench(folder.path(), chosen);
    let mut engine = begin(settings, &procedure);
    engine.carry_out(&procedure, &mut Silent).unwrap();
    let bench = Run::load(engine.executor.folder()).unwrap();
    for record in &bench.records {
        let scale = if record.workload == "rapid-lifecycle" { 0.001 } else { 0.01 };
        assert_eq!(record.params.scale, scale, "{}", record.workload);
        assert_eq!(record.outcome.failure(), None, "{}", record.workload);
    }

    let workloads = ["-w", "fragmentation", "-w", "rapid-lifecycle", "-t", "counting"];
    let sized = ["--scale", "0.01", "--samples", "1", "--out", "full"];
    let output = run(folder.path(), &[&["measure"], &workloads[..], &sized].concat());
    assert!(output.status.success(), "{}", errors(&output));
    let full = Run::newest(&folder.path().join("full")).unwrap();
    let [bench, full] = [&bench.folder, &full].map(|folder| folder.to_str().unwrap());
    let output = run(folder.path(), &["compare", bench, full]);
    assert_eq!(output.status.code(), Some(2), "{}", errors(&output));
    let words = "another scale for rapid-lifecycle: 0.001 and 0.01";
    assert!(errors(&output).contains(words), "{}", errors(&output));
}
