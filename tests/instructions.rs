//! Instructions, counted by Valgrind: a planted slow-down of less than two percent is found, the same again is not, and they
//! are shown, compared and held against a baseline. Without Valgrind it is said how to get it.

mod common;

use std::fs;
use std::path::Path;

use common::{Fakes, errors, newest_run, run, text};
use memscope_bench::analyse::instructions::{Counted, Functions, InstructionComparison};
use memscope_bench::plan::arm::ArmId;
use memscope_bench::plan::procedure::Verb;
use memscope_bench::plan::procedures;
use memscope_bench::record::{CALLGRIND_FILE, CallProfile, Outcome, Record, Run};
use memscope_bench::run::engine::Silent;
use memscope_bench::run::wrap::CALLGRIND;
use serde_json::Value;

/// Some of one thread.
const WORKLOADS: [&str; 2] = ["basic-structures", "leak-detection"];

/// Counts the liar's instructions in a mode; arms have one name whatever the mode.
fn counted(fakes: &Fakes, mode: &str, workloads: &[&str]) -> Run {
    let groups = workloads.iter().map(|name| common::fake_group(name, mode)).collect();
    let procedure = procedures::instructions(Verb::Gate, groups, 3, CALLGRIND);
    let mut engine = fakes.begin(fakes.settings(), &procedure);
    engine.carry_out(&procedure, &mut Silent).expect("it can be recorded");
    let mut run = Run::load(engine.executor.folder()).expect("it can be read");
    for record in &mut run.records {
        assert_eq!(record.outcome.failure(), None, "{record:?}");
        record.arm.mode = None;
    }
    run
}

fn counts(run: &Run) -> Vec<Counted> {
    Counted::all(&run.records.iter().collect::<Vec<&Record>>())
}

fn compared(base: &Run, new: &Run) -> InstructionComparison {
    let arm = common::arm("counting");
    InstructionComparison::of(&counts(base), &counts(new), &[(arm.clone(), arm)])
}

#[test]
fn a_small_slow_down_is_found_and_the_same_again_is_not() {
    if !common::has_valgrind() {
        return;
    }
    let fakes = Fakes::lying();
    let [honest, again, dawdling] =
        ["honest", "honest", "dawdles"].map(|mode| counted(&fakes, mode, &WORKLOADS));
    let same = compared(&honest, &again);
    assert_eq!(same.beyond(0.5), [""; 0], "{same:#?}");
    assert_eq!(same.warnings, [""; 0], "the program without a tracker is the same");

    let slower = compared(&honest, &dawdling);
    let row = |workload: &str| {
        let rows = &slower.against[0].rows;
        rows.iter().find(|row| row.workload == workload).expect("it was counted").clone()
    };
    let planted = row("basic-structures");
    // The plant is a real slow-down, and a small one.
    let more = planted.ratio.expect("both were counted") - 1.0;
    assert!((0.005..0.02).contains(&more), "{planted:?}");
    let reasons = slower.beyond(0.5);
    let named = |workload: &str| {
        let place = format!("counting on {workload}: ");
        reasons.iter().any(|reason| reason.starts_with(&place) && reason.contains("% more"))
    };
    assert!(named("basic-structures") && named("leak-detection"), "{reasons:#?}\n{slower:#?}");

    // And where it is.
    let arm = common::arm("counting");
    let places = Functions::between((&honest, &arm), (&dawdling, &arm)).unwrap().unwrap();
    let most = &places.changes[0];
    assert!(most.difference() > 0 && most.object == "subject", "{places:#?}");
}

#[test]
fn what_other_threads_do_is_counted() {
    if !common::has_valgrind() {
        return;
    }
    let fakes = Fakes::lying();
    let run = counted(&fakes, "honest", &["concurrent-tasks"]);
    let record = run
        .records
        .iter()
        .find(|record| matches!(record.outcome, Outcome::Instructions(_)))
        .expect("it was counted");
    let folder = run.folder.join(record.folder.as_ref().expect("its profile is kept"));
    let profile = CallProfile::read(&folder.join(CALLGRIND_FILE)).unwrap();
    // The tasks, which no other thread than the runtime's runs.
    let of_tasks = |name: &str| name.contains("concurrent_tasks::task::{{closure}}");
    let tasks = profile.functions.iter().filter(|one| of_tasks(&one.name));
    assert!(tasks.map(|one| one.instructions).sum::<u64>() > 1_000, "{:#?}", profile.functions);
    // Nothing from before the region: the job is read there.
    assert!(
        !profile.functions.iter().any(|one| one.instructions > 0 && one.name.contains("read_line"))
    );
}

/// The lines of a table that name a workload.
fn rows<'a>(printed: &'a str, workload: &str) -> Vec<&'a str> {
    printed.lines().filter(|line| line.contains(workload)).collect()
}

#[test]
fn instructions_are_measured_compared_and_gated() {
    if !common::has_valgrind() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let metric = ["--metric", "instructions", "-w", "fragmentation", "--scale", "0.01"];
    let with = |verb: &[&str]| run(folder.path(), &[verb, &metric].concat());

    let output = with(&["measure", "-t", "counting", "--samples", "2"]);
    assert!(output.status.success(), "{}", errors(&output));
    let printed = text(&output.stdout);
    assert_eq!(rows(&printed, "fragmentation ").len(), 2, "{printed}");
    assert!(printed.contains("Instructions are no time"), "{printed}");
    let first = newest_run(folder.path());
    let taken: Vec<bool> = first
        .records
        .iter()
        .map(|record| matches!(record.outcome, Outcome::Instructions(_)))
        .collect();
    assert_eq!(taken, [false, true, true, true, true], "an audit of the base, and two of each arm");
    assert!(first.records.iter().skip(1).all(|record| record.cost().is_none()), "no cost in time");
    let page = fs::read_to_string(first.folder.join("index.html")).unwrap();
    assert!(page.contains("instructions-1.svg"), "{page}");
    assert!(first.folder.join("charts/instructions-1.svg").is_file());

    // Another tracker makes more of them.
    let output = with(&[
        "compare",
        "counting",
        "memscope-rs/full",
        "--fail-above",
        "0.5",
        "--format",
        "markdown",
    ]);
    assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
    let printed = text(&output.stdout);
    assert!(
        printed.starts_with("🔴 **red**") && printed.contains("% more instructions"),
        "{printed}"
    );
    let second = newest_run(folder.path());
    // The same from the records; `--resume` of what is complete takes nothing more, and needs no metric.
    let place = second.folder.to_str().unwrap();
    let output = run(folder.path(), &["compare", "--resume", place, "--json"]);
    assert!(output.status.success(), "{}", errors(&output));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["against"][0]["rows"][0]["shift"], "more", "{told:#}");
    assert!(told["functions"][0]["changes"].as_array().unwrap().len() > 5, "{told:#}");

    gated(folder.path(), &first);
    let place = first.folder.to_str().unwrap();
    let output = run(folder.path(), &["compare", place, place, "--metric", "instructions"]);
    assert!(output.status.success(), "{}", errors(&output));
    assert!(text(&output.stdout).contains("no difference"), "{}", text(&output.stdout));
}

/// A recorded run as a baseline, green against itself; one of which less was counted is red.
fn gated(folder: &Path, recorded: &Run) {
    let place = recorded.folder.to_str().unwrap();
    let gate = ["gate", "--baseline", "b.json", "--metric", "instructions"];
    let with = |more: &[&str]| run(folder, &[&gate[..], more].concat());
    let output = with(&["--update", "--run", place]);
    assert!(output.status.success(), "{}", errors(&output));
    let output = with(&["--run", place]);
    assert!(output.status.success(), "{}", errors(&output));
    assert!(text(&output.stdout).contains("Gate: green"), "{}", text(&output.stdout));

    let path = folder.join("b.json");
    let mut baseline: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    for counted in baseline["counted"].as_array_mut().unwrap() {
        for count in counted["counts"].as_array_mut().unwrap() {
            *count = (count.as_u64().unwrap() * 100 / 102).into();
        }
    }
    fs::write(&path, baseline.to_string()).unwrap();
    let output = with(&["--run", place]);
    assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
    assert!(errors(&output).contains("% more instructions"), "{}", errors(&output));
    // Of times it is none.
    let output = run(folder, &["gate", "--baseline", "b.json", "--run", place]);
    assert_eq!(output.status.code(), Some(3), "{}", errors(&output));
    assert!(errors(&output).contains("--metric instructions"), "{}", errors(&output));
}

#[test]
fn without_valgrind_they_are_unavailable_and_it_is_said_how_to_install_it() {
    let folder = tempfile::tempdir().unwrap();
    let metric = ["--metric", "instructions", "-w", "fragmentation"];
    for verb in [
        &["measure", "-t", "counting"][..],
        &["compare", "counting", "dhat"],
        &["gate", "--baseline", "b.json", "--update", "-t", "counting"],
    ] {
        let arguments = [verb, &metric].concat();
        let output =
            common::memscope_bench(folder.path(), &arguments).env("PATH", "").output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{}", errors(&output));
        let said = errors(&output);
        assert!(said.contains("unavailable") && said.contains("scripts/install-tools"), "{said}");
        assert!(!folder.path().join("target-reports").exists(), "no run was begun");
    }
}

#[test]
fn what_cannot_be_counted_is_refused() {
    if !common::has_valgrind() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let metric = ["--metric", "instructions", "-w", "fragmentation"];
    let output = run(folder.path(), &[&["measure", "-t", "memcheck"][..], &metric].concat());
    assert_eq!(output.status.code(), Some(2), "{}", errors(&output));
    assert!(errors(&output).contains("tool in front"), "{}", errors(&output));
    let base = ArmId::base().to_string();
    let output = run(folder.path(), &[&["compare", "counting", &base][..], &metric].concat());
    assert_eq!(output.status.code(), Some(2), "{}", errors(&output));
}
