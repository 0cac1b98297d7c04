//! Trackers of the reader's own: the examples work from outside the checkout, as a reader would use them.

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use common::{errors, memscope_bench, run, text};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

/// Copies an example, so that nothing of the checkout lies around it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, to).unwrap();
        }
    }
}

fn examples() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/examples"))
}

/// The grades of what was audited, and what is wrong with how it is described.
fn audited(summary: &Value) -> Vec<(String, String, bool)> {
    let audits = summary["audits"].as_array().unwrap();
    let told = |audit: &Value| {
        let name = |key: &str| audit[key].as_str().unwrap().to_owned();
        (name("workload"), name("grade"), audit.get("misdeclared").is_some())
    };
    audits.iter().map(told).collect()
}

#[test]
#[ignore = "builds a tracker: a minute, and a network"]
fn a_crate_of_the_readers_own_is_measured_and_taken_up_again() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("mine");
    copy(&examples().join("own-tracker"), &place);
    let spec = "mine/own-tracker.toml";
    let arguments =
        ["audit", "-t", spec, "-w", "reallocations", "-w", "fragmentation", "--scale", "0.01"];
    let output = run(folder.path(), &[&arguments[..], &["--json"]].concat());
    assert!(output.status.success(), "{}", errors(&output));
    // Whose code it is, is said.
    assert!(errors(&output).contains("builds and runs tally@path:"), "{}", errors(&output));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let exact = |workload: &str| (workload.to_owned(), "exact".to_owned(), false);
    assert_eq!(audited(&summary), [exact("fragmentation"), exact("reallocations")]);
    // What was known of it is in the run: neither this nor its report needs the file.
    fs::rename(place.join("own-tracker.toml"), place.join("gone.toml")).unwrap();
    let newest = common::newest_run(folder.path()).folder;
    let newest = newest.to_str().unwrap();
    let output = run(folder.path(), &["report", newest, "--out", "site"]);
    assert!(output.status.success(), "{}", errors(&output));
    let page = fs::read_to_string(folder.path().join("site/index.html")).unwrap();
    assert!(page.contains("tally"));
    let output = run(folder.path(), &["audit", "--resume", newest, "--json"]);
    assert!(output.status.success(), "{}", errors(&output));
    // A wrong word in the file is found out.
    let text = fs::read_to_string(place.join("gone.toml")).unwrap();
    let wrong = text.replace("realloc = \"both\"", "realloc = \"apart\"");
    fs::write(place.join("own-tracker.toml"), wrong).unwrap();
    let output = run(folder.path(), &[&arguments[..], &["--json"]].concat());
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(audited(&summary).iter().any(|(_, _, misdeclared)| *misdeclared), "{summary}");
}

#[test]
fn a_command_of_the_readers_own_is_put_in_front_of_the_program() {
    if !common::has_tool("memusage") {
        common::skipped("memusage is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::copy(examples().join("own-command.toml"), folder.path().join("own.toml")).unwrap();
    let more = ["-w", "reallocations", "-w", "fragmentation", "--scale", "0.01", "--json"];
    let output = run(folder.path(), &[&["audit", "-t", "./own.toml"], &more[..]].concat());
    assert!(output.status.success(), "{}", errors(&output));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let grades = audited(&summary);
    assert_eq!(grades.len(), 2, "{grades:?}");
    assert!(grades.iter().all(|(_, grade, _)| grade == "exact"), "{grades:?}");
}

#[test]
fn what_is_wrong_with_a_file_is_said_before_anything_is_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.toml");
    let command = |more: &str| format!("name = \"mine\"\n[command]\nline = [\"env\"]\n{more}");
    for (content, reason) in [
        (None, "own.toml: No such file"),
        (Some("nothing = 1\n".to_owned()), "unknown field `nothing`"),
        (Some(command("version = [\"/nowhere/tool\"]\n")), "/nowhere/tool: No such file"),
        (Some(command("totals = { calls = \"(.)\" }\n")), "no figure is called \"calls\""),
    ] {
        match content {
            Some(content) => fs::write(&path, content).unwrap(),
            None => drop(fs::remove_file(&path)),
        }
        let mut program = memscope_bench(folder.path(), &["measure", "-t", "own.toml"]);
        let output = program.output().unwrap();
        assert!(matches!(output.status.code(), Some(2 | 3)), "{:?}", output.status);
        assert!(errors(&output).contains(reason), "{}", errors(&output));
        assert_eq!(text(&output.stdout), "");
        assert!(!folder.path().join("target-reports").exists());
    }
}

/// A compiler is cargo's child, and cargo is in a process group of its own: neither hears of Ctrl-C but through us.
#[test]
fn a_build_that_is_ended_leaves_no_compiler() {
    let folder = tempfile::tempdir().unwrap();
    copy(&examples().join("own-tracker"), folder.path());
    let cargo = folder.path().join("cargo");
    let begun = folder.path().join("begun");
    let real = env!("CARGO");
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = build ]; then sleep 31562 & : > '{}'; wait; else exec '{real}' \"$@\"; fi\n",
        begun.display()
    );
    fs::write(&cargo, script).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    for (signals, codes) in [
        (&[Signal::SIGINT][..], &[130][..]),
        (&[Signal::SIGQUIT], &[131]),
        // Which of two that come together is heard first, the system decides.
        (&[Signal::SIGINT, Signal::SIGTERM], &[130, 143]),
    ] {
        let arguments = ["audit", "-t", "./own-tracker.toml", "-w", "fragmentation"];
        let mut program = memscope_bench(folder.path(), &arguments);
        program.env("CARGO", &cargo).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = program.spawn().unwrap();
        common::wait_for(|| begun.is_file());
        for &signal in signals {
            kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
        }
        let code = child.wait().unwrap().code().expect("it ends by itself");
        assert!(codes.contains(&code), "{signals:?}: {code}");
        assert_eq!(common::processes_of(Path::new("sleep 31562")), [""; 0], "{signals:?}");
        fs::remove_file(&begun).unwrap();
    }
}

#[test]
#[ignore = "builds programs: a minute, and a network"]
fn a_workload_of_the_readers_own_is_measured_under_trackers_and_taken_up_again() {
    let folder = tempfile::tempdir().unwrap();
    copy(&examples().join("own-workload"), &folder.path().join("mine"));
    let workload = ["-w", "mine/own-workload.toml", "-w", "fragmentation"];
    let trackers = ["-t", "dhat", "--scale", "0.02", "--samples", "2", "--json"];
    let output = run(folder.path(), &[&["measure"], &workload[..], &trackers].concat());
    assert!(output.status.success(), "{}", errors(&output));
    // Whose code it is, is said.
    assert!(errors(&output).contains("builds and runs words as you"), "{}", errors(&output));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let workloads: Vec<_> = summary["workloads"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["workload"].as_str())
        .collect();
    assert_eq!(workloads, [Some("fragmentation"), Some("words")]);
    let exact = |workload: &str| (workload.to_owned(), "exact".to_owned(), false);
    let [ours, mine] = ["fragmentation", "words"].map(exact);
    assert_eq!(audited(&summary), [ours, mine]);
    let newest = common::newest_run(folder.path()).folder;
    let output = run(folder.path(), &["measure", "--resume", newest.to_str().unwrap(), "--json"]);
    assert!(output.status.success(), "{}", errors(&output));
}

#[test]
fn a_baseline_knows_a_command_of_the_readers_own_without_its_file() {
    if !common::has_tool("memusage") {
        common::skipped("memusage is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    fs::copy(examples().join("own-command.toml"), &file).unwrap();
    let gate = ["gate", "--baseline", "baseline.json"];
    let small = ["--update", "-t", "./own.toml", "-w", "fragmentation", "--scale", "0.01"];
    let output = run(folder.path(), &[&gate[..], &small].concat());
    assert!(output.status.success(), "{}", errors(&output));
    fs::remove_file(file).unwrap();
    let output = run(folder.path(), &[&gate[..], &["--truth"]].concat());
    assert!(output.status.success(), "{}", errors(&output));
    assert!(text(&output.stdout).contains("Gate: green"), "{}", text(&output.stdout));
}
