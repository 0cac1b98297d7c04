//! Versions of memscope-rs: what can be asked for, and that what can be had builds and runs.
//!
//! Most of it needs no network: cargo's home is a made-up one, and cargo itself fails. The tests that build
//! need one, or what cargo has cached, and some minutes; `MEMSCOPE_BENCH_VERSIONS` names the SPECs:
//!
//! ```console
//! cargo test --test versions -- --ignored                                        # one of each family
//! MEMSCOPE_BENCH_VERSIONS='memscope-rs@*' cargo test --test versions -- --ignored   # all of them
//! ```

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use memscope_bench::build::subjects::SUBJECTS_VARIABLE;
use memscope_bench::plan::arm::Role;
use memscope_bench::plan::procedure::Experiment;
use memscope_bench::record::{Failure, Outcome, Record, Run};

/// A home of cargo whose index knows two versions of memscope-rs, one of them yanked.
fn home(folder: &Path) {
    let cache = folder.join("registry/index/example.org-0/.cache/me/ms");
    fs::create_dir_all(&cache).unwrap();
    let lines = [("0.1.9", false), ("0.1.10", true)].map(|(version, yanked)| {
        format!("{version}\0{{\"vers\":\"{version}\",\"yanked\":{yanked},\"features\":{{}}}}\0")
    });
    fs::write(cache.join("memscope-rs"), format!("\u{3}etag\0{}", lines.concat())).unwrap();
}

/// Asks for a version where cargo cannot be asked for anything.
fn offline(home: &Path, spec: &str) -> Output {
    asked(home, "/bin/false", &["measure", "-t", spec])
}

/// Runs the program with this program for cargo.
fn asked(home: &Path, cargo: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_memscope-bench"))
        .current_dir(home)
        .args(arguments)
        .env("CARGO_HOME", home)
        .env("CARGO", cargo)
        .env("CARGO_NET_OFFLINE", "true")
        .env(SUBJECTS_VARIABLE, common::programs())
        .output()
        .unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn what_was_never_published_or_was_withdrawn_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    home(folder.path());
    for (spec, words) in [
        ("memscope-rs@0.2.2", "never published; the nearest is 0.1.9"),
        ("memscope-rs@0.1.10", "was yanked"),
        ("memscope-rs@>=0.3/full", "the newest is 0.1.10"),
    ] {
        let output = offline(folder.path(), spec);
        assert_eq!(output.status.code(), Some(2), "{spec}: {}", told(&output));
        assert!(told(&output).contains(words), "{spec}: {}", told(&output));
    }
    assert!(!folder.path().join("target-reports").exists(), "nothing was measured");
}

#[test]
fn without_a_network_or_an_index_nothing_is_made_up() {
    let folder = tempfile::tempdir().unwrap();
    let output = offline(folder.path(), "memscope-rs@*");
    assert_eq!(output.status.code(), Some(3), "{}", told(&output));
    assert!(told(&output).contains("could not be asked"), "{}", told(&output));
}

#[test]
fn what_cargo_answers_from_its_copy_is_said_to_be_from_there() {
    let folder = tempfile::tempdir().unwrap();
    home(folder.path());
    let short = ["-w", "fragmentation", "--scale", "0.01", "--samples", "1"];
    let arguments = [&["measure", "-t", "memscope-rs@*"], &short[..]].concat();
    let output = asked(folder.path(), "/bin/true", &arguments);
    let words = "the ones that cargo knew of (cargo is set to stay offline)";
    assert!(told(&output).contains(words), "{}", told(&output));
}

/// The short program of which `verify` says whether it leaks.
const VERIFY: [&str; 5] = ["verify", "-w", "worker-channel", "--scale", "0.001"];

#[test]
fn verify_runs_the_version_that_was_asked_for_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    home(folder.path());
    // A cargo that builds nothing: whatever ran all the same would be another program.
    let arguments = [&VERIFY[..], &["-t", "memscope-rs@0.1.9"]].concat();
    let output = asked(folder.path(), "/bin/true", &arguments);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    let run = common::newest_run(folder.path());
    let [record] = run.records.as_slice() else { panic!("{:#?}", run.records) };
    assert_eq!(record.arm.to_string(), "memscope-rs@0.1.9/full");
    assert_eq!(record.experiment, Some(Experiment::Verify));
    let failed = record.outcome.failed().expect("nothing was built");
    assert_eq!(failed.failure, Failure::Build, "{failed:?}");
    let asked: Vec<String> =
        run.environment.versions.iter().map(|version| version.program()).collect();
    assert_eq!(asked, ["memscope-rs@0.1.9"]);
    let procedure = run.environment.procedure.expect("it is recorded");
    assert!(procedure.groups.iter().all(|group| group.arms.contains(&record.arm)));
    assert!(procedure.stages.iter().all(|stage| stage.roles == [Role::Tracked]), "{procedure:?}");
}

#[test]
fn a_revision_that_does_not_exist_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.current_dir(folder.path()).args(["-c", "user.name=a", "-c", "user.email=a@b"]);
        assert!(command.args(arguments).status().unwrap().success(), "{arguments:?}");
    };
    git(&["init", "--quiet"]);
    fs::write(folder.path().join("Cargo.toml"), "[package]\nname = \"other\"\n[lib]\n").unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/lib.rs"), "").unwrap();
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "all"]);
    let url = folder.path().display();
    for (revision, code, words) in [
        ("no-such-branch", 2, "there is no revision \"no-such-branch\""),
        ("HEAD", 2, "holds other, not memscope-rs"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_memscope-bench"))
            .current_dir(folder.path())
            .args(["measure", "-t", &format!("memscope-rs@git:{url}#{revision}/full")])
            .env("CARGO_TARGET_DIR", folder.path().join("target"))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", told(&output));
        assert!(told(&output).contains(words), "{}", told(&output));
    }
}

/// One version of each end of the range of APIs; all of them if asked for.
#[test]
#[ignore = "builds versions of memscope-rs, which takes minutes"]
fn versions_build_and_run_all_phases() {
    let folder = tempfile::tempdir().unwrap();
    let asked = std::env::var("MEMSCOPE_BENCH_VERSIONS");
    let asked = asked.unwrap_or_else(|_| "memscope-rs@0.1.2 memscope-rs@0.2.4".to_owned());
    let mut command = Command::new(env!("CARGO_BIN_EXE_memscope-bench"));
    command.args(["measure", "--scale", "0.002", "--samples", "1", "--out"]).arg(folder.path());
    for spec in asked.split_whitespace() {
        for mode in ["full", "allocator", "variables"] {
            command.arg("-t").arg(format!("{spec}/{mode}"));
        }
    }
    assert!(command.status().unwrap().success());
    let run = Run::load(&Run::newest(folder.path()).unwrap()).unwrap();
    assert!(run.environment.versions.len() >= 2);
    for version in &run.environment.versions {
        let lock = version.lock.as_ref().expect("it builds");
        assert!(run.folder.join(lock).is_file(), "{lock}");
    }
    let failed: Vec<&Record> =
        run.records.iter().filter(|record| record.outcome.failed().is_some()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    for record in &run.records {
        if record.arm.version.is_some() {
            assert_eq!(record.version, record.arm.version, "the running subject says so");
        }
    }
}

#[test]
#[ignore = "builds a version of memscope-rs, which takes a minute"]
fn verify_builds_a_version_and_runs_it_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_memscope-bench"));
    command.current_dir(folder.path()).args(VERIFY).args(["-t", "memscope-rs@0.2.4", "--json"]);
    let output = command.output().unwrap();
    // It may leak: that is its own affair. That it ends is asked.
    assert!([Some(0), Some(1)].contains(&output.status.code()), "{}", told(&output));
    let run = common::newest_run(folder.path());
    let [record] = run.records.as_slice() else { panic!("{:#?}", run.records) };
    assert_eq!(record.outcome.failure(), None);
    assert_eq!(record.version.as_deref(), Some("0.2.4"), "the running subject says so");
    let Outcome::Verify(verified) = &record.outcome else { panic!("{record:?}") };
    assert!(verified.final_heap.is_some());
}
