//! Bisections: over versions that a made-up cargo "builds", interrupted and resumed. None is really built, but in
//! the test that is ignored.

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{errors, text};
use memscope_bench::build::subjects::SUBJECTS_VARIABLE;
use memscope_bench::plan::procedure::Verb;
use memscope_bench::record::{RECORDS_FILE, Run};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

/// Cargo, as far as it is needed. Up to 0.1.6 a version is the one that is built in; from there on it fails. 0.1.5
/// does not build. While there is a file `hang`, 0.1.4 says so by a file `hangs` and is not finished.
const CARGO: &str = r#"#!/bin/sh
[ "$1" = build ] || exit 0
case "$PWD" in
*0-1-5*) echo "error: broken" >&2; exit 101 ;;
*0-1-4*) if [ -e HOME/hang ]; then : > HOME/hangs; exec /bin/sleep 3600; fi ;;
esac
case "$PWD" in
*0-1-[2-6]*) program=PROGRAMS/subject-memscope-rs ;;
*) program=/bin/false ;;
esac
printf '{"reason":"compiler-artifact","package_id":"a","manifest_path":"/a","target":{"name":"a",'
printf '"kind":["bin"],"crate_types":["bin"],"src_path":"/a","edition":"2024"},"profile":{"opt_level":"3",'
printf '"debuginfo":0,"debug_assertions":false,"overflow_checks":false,"test":false},"features":[],'
printf '"filenames":[],"executable":"%s","fresh":false}\n' "$program"
"#;

/// A home of cargo, with that cargo and an index of nine versions, one of them yanked.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let cache = home.path().join("registry/index/example.org-0/.cache/me/ms");
    fs::create_dir_all(&cache).unwrap();
    let lines = (2..=10).map(|n| {
        let yanked = n == 9;
        format!("0.1.{n}\0{{\"vers\":\"0.1.{n}\",\"yanked\":{yanked},\"features\":{{}}}}\0")
    });
    let lines: String = lines.collect();
    fs::write(cache.join("memscope-rs"), format!("\u{3}etag\0{lines}")).unwrap();
    let script = CARGO
        .replace("HOME", &home.path().display().to_string())
        .replace("PROGRAMS", &common::programs().display().to_string());
    let path = home.path().join("cargo");
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    home
}

fn program(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_memscope-bench"));
    command
        .current_dir(home)
        .arg("bisect")
        .args(arguments)
        .env("CARGO_HOME", home)
        .env("CARGO", home.join("cargo"))
        .env("CARGO_TARGET_DIR", home.join("target"))
        .env(SUBJECTS_VARIABLE, common::programs());
    command
}

const SMALL: [&str; 6] = ["-w", "fragmentation", "--scale", "0.02", "--threads", "2"];
/// In a mode whose figures are the same each time.
const ENDS: [&str; 2] = ["memscope-rs@0.1.2/variables", "memscope-rs@0.1.10/variables"];

/// The only bisection's folder.
fn folder(home: &Path) -> PathBuf {
    let mut all = fs::read_dir(home.join("target-reports/bisect")).unwrap();
    let only = all.next().unwrap().unwrap().path();
    assert!(all.next().is_none());
    only
}

/// Its file.
fn kept(home: &Path) -> Value {
    let text = fs::read_to_string(folder(home).join("bisect.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The names of the candidates, in the order in which they were compared.
fn compared(kept: &Value) -> Vec<String> {
    let candidates = &kept["search"]["candidates"];
    let steps = kept["search"]["steps"].as_array().unwrap().iter();
    let name = |step: &Value| {
        let index = usize::try_from(step["candidate"].as_u64().unwrap()).unwrap();
        candidates[index]["name"].as_str().unwrap().to_owned()
    };
    steps.map(name).collect()
}

/// The numbers of records of the runs, oldest first.
fn runs(home: &Path) -> Vec<(PathBuf, usize)> {
    let entries = fs::read_dir(home.join("target-reports/runs")).unwrap();
    let mut all: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    all.sort();
    let records = |run: PathBuf| {
        let number = Run::load(&run).unwrap().records.len();
        (run, number)
    };
    all.into_iter().map(records).collect()
}

fn assert_found(home: &Path, output: &std::process::Output) {
    assert!(output.status.success(), "{}", errors(output));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["found"], "first", "{told:#}");
    assert_eq!(told["last_good"]["name"], "0.1.6");
    assert_eq!(told["first_bad"]["name"], "0.1.7");
    let reason = &told["reasons"][0];
    assert_eq!(reason["workload"], "fragmentation", "{reason}");
    assert_eq!((&reason["about"], &reason["words"]), (&"failure".into(), &"fails".into()));
    let show = told["show"].as_str().unwrap();
    let command = "memscope-bench compare memscope-rs@0.1.6/variables memscope-rs@0.1.7/variables -w fragmentation";
    assert!(show.starts_with(command), "{show}");
    assert_eq!(compared(&kept(home)), ["0.1.10", "0.1.5", "0.1.4", "0.1.6", "0.1.7"]);
}

#[test]
fn the_first_bad_version_is_found_and_one_that_does_not_build_is_stepped_over() {
    let home = home();
    let output = program(home.path(), &[&ENDS[..], &SMALL, &["--json"]].concat()).output().unwrap();
    let said = errors(&output);
    for words in [
        "step 1: is 0.1.10 worse than 0.1.2? (6 candidates between them)",
        "0.1.10 is worse; what is looked for:\n  fragmentation: ",
        "0.1.5 is stepped over: does not build: error: broken",
        "0.1.6 is good, so on",
        "0.1.7 is bad, so back: fragmentation: ",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_found(home.path(), &output);
    let runs = runs(home.path());
    assert_eq!(runs.len(), 4, "what does not build has no run");
    for (run, _) in &runs {
        let run = Run::load(run).unwrap();
        assert!(run.records.iter().all(|record| !record.is_timed_sample()), "no times are taken");
        assert_eq!(run.environment.procedure.unwrap().verb, Verb::Compare);
    }

    // A finished one only tells it once more.
    let resume = folder(home.path());
    let resume = resume.strip_prefix(home.path()).unwrap().to_str().unwrap();
    let again = program(home.path(), &["--resume", resume, "--json"]).output().unwrap();
    assert_found(home.path(), &again);
    assert!(!errors(&again).contains("step"), "{}", errors(&again));
    let words = program(home.path(), &["--resume", resume]).output().unwrap();
    let told = text(&words.stdout);
    assert!(
        told.starts_with("The first bad one is 0.1.7\nThe last good one before it is 0.1.6\n"),
        "{told}"
    );
}

#[test]
fn an_interrupted_step_goes_on_in_its_run_and_none_is_taken_again() {
    let home = home();
    let whole = program(home.path(), &[&ENDS[..], &SMALL, &["--json"]].concat()).output().unwrap();
    assert_found(home.path(), &whole);
    let before = runs(home.path());

    // As it is when the last step but one is interrupted in the middle of its run.
    let mut file = kept(home.path());
    let steps = file["search"]["steps"].as_array_mut().unwrap();
    let (last, third) = (steps.pop().unwrap(), steps.pop().unwrap());
    file["begun"] = serde_json::json!({ "candidate": third["candidate"], "run": third["run"] });
    let place = folder(home.path());
    fs::write(place.join("bisect.json"), file.to_string()).unwrap();
    let run =
        |step: &Value| home.path().join("target-reports/runs").join(step["run"].as_str().unwrap());
    fs::remove_dir_all(run(&last)).unwrap();
    let records = run(&third).join(RECORDS_FILE);
    let lines = fs::read_to_string(&records).unwrap();
    let kept: Vec<&str> = lines.lines().take(2).collect();
    fs::write(&records, kept.join("\n") + "\n").unwrap();

    let output =
        program(home.path(), &["--resume", place.to_str().unwrap(), "--json"]).output().unwrap();
    assert_found(home.path(), &output);
    let after = runs(home.path());
    assert_eq!(
        after[..2],
        before[..2],
        "the run goes on, and the steps before are not taken again"
    );
    assert_eq!(after.len(), before.len());
    assert!(fs::read_to_string(&records).unwrap().starts_with(&kept.join("\n")));
}

#[test]
fn ctrl_c_leaves_what_was_found_and_says_how_to_go_on() {
    let home = home();
    fs::write(home.path().join("hang"), "").unwrap();
    let child = program(
        home.path(),
        &[&["memscope-rs@0.1.2/variables", "memscope-rs@0.1.8/variables"], &SMALL[..]].concat(),
    )
    .stdout(Stdio::null())
    .stderr(Stdio::piped())
    .spawn()
    .unwrap();
    let begin = Instant::now();
    // The middle one does not build; the one before it is 0.1.4.
    while !home.path().join("hangs").is_file() {
        assert!(begin.elapsed() < Duration::from_secs(120), "it did not come to that");
        std::thread::sleep(Duration::from_millis(10));
    }
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGINT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", errors(&output));
    let place = folder(home.path());
    let place = place.strip_prefix(home.path()).unwrap().display().to_string();
    let hint = format!("go on by `memscope-bench bisect --resume {place}`");
    assert!(errors(&output).contains(&hint), "{}", errors(&output));
    assert_eq!(compared(&kept(home.path())), ["0.1.8", "0.1.5"]);

    fs::remove_file(home.path().join("hang")).unwrap();
    let output = program(home.path(), &["--resume", &place, "--json"]).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["first_bad"]["name"], "0.1.7", "{told:#}");
    let order = ["0.1.8", "0.1.5", "0.1.4", "0.1.6", "0.1.7"];
    assert_eq!(compared(&kept(home.path())), order, "none is compared twice");
}

#[test]
fn what_is_not_worse_is_nothing_to_find_and_what_does_not_build_cannot_be_compared() {
    let home = home();
    let ends = ["memscope-rs@0.1.2/variables", "memscope-rs@0.1.4/variables"];
    let output = program(home.path(), &[&ends[..], &SMALL].concat()).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(text(&output.stdout), "nothing to find: 0.1.4 is not worse than 0.1.2\n");
    for ends in [
        ["memscope-rs@0.1.2/variables", "memscope-rs@0.1.5/variables"],
        ["memscope-rs@0.1.5/variables", "memscope-rs@0.1.6/variables"],
    ] {
        let output = program(home.path(), &[&ends[..], &SMALL].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{}", errors(&output));
        assert!(errors(&output).contains("error: broken"), "{}", errors(&output));
    }
    let ends = ["memscope-rs@0.1.7/variables", "memscope-rs@0.1.8/variables"];
    let output = program(home.path(), &[&ends[..], &SMALL].concat()).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", errors(&output));
    assert!(errors(&output).contains("0.1.7 fails itself"), "{}", errors(&output));
}

#[test]
#[ignore = "builds three versions of memscope-rs, which takes minutes"]
fn the_release_that_lost_its_frees_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let arguments =
        ["memscope-rs@0.1.2", "memscope-rs@0.1.4", "-w", "fragmentation", "--scale", "0.02"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_memscope-bench"));
    command.current_dir(folder.path()).arg("bisect").args(arguments).arg("--json");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["first_bad"]["name"], "0.1.3", "{told:#}");
}
