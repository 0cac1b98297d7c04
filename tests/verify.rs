//! `verify`: what is freed is called clean, a single leaked allocation turns it red, and what the two witnesses
//! say is compared.

mod common;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};

use memscope_bench::build::subjects::SUBJECTS_VARIABLE;
use memscope_bench::record::{MemcheckFindings, NotFreed};
use serde_json::Value;

/// Runs the program in a folder, which has its subjects: the untracked one, or the fake in its place.
fn verify(folder: &Path, arguments: &[&str], fake: bool) -> Command {
    let subjects = folder.join("subjects");
    fs::create_dir_all(&subjects).unwrap();
    let program = if fake { "subject-fake" } else { "subject-untracked" };
    let _ = symlink(common::programs().join(program), subjects.join("subject-untracked"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_memscope-bench"));
    command.current_dir(folder).arg("verify").args(arguments).env(SUBJECTS_VARIABLE, subjects);
    command
}

fn entries(output: &Output) -> Vec<Value> {
    let errors = String::from_utf8_lossy(&output.stderr);
    let parsed: Result<Value, _> = serde_json::from_slice(&output.stdout);
    parsed.unwrap_or_else(|error| panic!("{error}: {errors}")).as_array().unwrap().clone()
}

#[test]
fn the_scenarios_are_clean_to_both_witnesses() {
    if !common::has_valgrind() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let output = verify(folder.path(), &["--scale", "0.001", "--json"], false).output().unwrap();
    let entries = entries(&output);
    assert_eq!(output.status.code(), Some(0), "{entries:#?}");
    let names: Vec<_> = entries.iter().map(|entry| entry["workload"].as_str().unwrap()).collect();
    assert_eq!(names, ["http-longevity", "rapid-lifecycle", "broken-pipe", "worker-channel"]);
    for entry in &entries {
        let (found, counted) = (&entry["memcheck"], &entry["counted"]);
        assert_eq!(entry["judgement"], "clean", "{entry:#}");
        for kind in ["definitely_lost", "indirectly_lost", "possibly_lost", "still_reachable"] {
            assert_eq!(found[kind]["bytes"], 0, "{entry:#}");
        }
        assert_eq!(found["errors"], 0);
        assert_eq!(counted["left"]["allocations"], 0, "{entry:#}");
        // All that Memcheck has not seen freed is what is suppressed by name.
        let count = |value: &Value| value.as_u64().unwrap();
        let kept = count(&found["allocations"]) - count(&found["frees"]);
        assert_eq!(kept, count(&found["suppressed"]["allocations"]), "{entry:#}");
        // It sees every allocation that the ground truth does, and a few more.
        let more = count(&found["allocations"]) - count(&counted["allocations"]);
        assert!(more < 100, "{more} more: {entry:#}");
    }
}

#[test]
fn a_single_leaked_allocation_turns_it_red_to_both_witnesses() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["-w", "worker-channel", "--scale", "0.001", "--json"];
    let run = |leak: bool| {
        let mut command = verify(folder.path(), &arguments, true);
        if leak {
            command.env("FAKE_LEAK", "1");
        }
        command.output().unwrap()
    };
    let sound = run(false);
    assert_eq!(sound.status.code(), Some(0), "{}", String::from_utf8_lossy(&sound.stderr));
    let leaking = run(true);
    assert_eq!(leaking.status.code(), Some(1), "{}", String::from_utf8_lossy(&leaking.stderr));
    let entry = &entries(&leaking)[0];
    assert_eq!(entry["judgement"], "leaks");
    let planted = serde_json::to_value(NotFreed { allocations: 1, bytes: 48 }).unwrap();
    assert_eq!(entry["counted"]["left"], planted, "{entry:#}");
    if common::has_valgrind() {
        // A stray copy of the pointer on the stack may make it reachable; it is not freed all the same.
        let found: MemcheckFindings = serde_json::from_value(entry["memcheck"].clone()).unwrap();
        assert_eq!(found.left(), NotFreed { allocations: 1, bytes: 48 }, "{entry:#}");
    }
}

#[test]
fn what_a_librarys_static_keeps_is_told_by_its_stack() {
    if !common::has_valgrind() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // Its pool is rayon's, whose epochs keep a list.
    let arguments = ["-w", "data-processing", "--scale", "0.01", "--json"];
    let output = verify(folder.path(), &arguments, false).output().unwrap();
    let entry = &entries(&output)[0];
    assert_eq!(output.status.code(), Some(0), "{entry:#}");
    assert_eq!(entry["judgement"], "clean", "{entry:#}");
    let left = entry["counted"]["left"]["allocations"].as_u64().unwrap();
    assert!((1..100).contains(&left), "{entry:#}");
}

#[test]
fn what_leaks_on_purpose_is_said_so() {
    if !common::has_valgrind() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["-w", "reference-cycles", "--scale", "0.02", "--json"];
    let output = verify(folder.path(), &arguments, false).output().unwrap();
    let entry = &entries(&output)[0];
    assert_eq!(output.status.code(), Some(0), "{entry:#}");
    assert_eq!(entry["judgement"], "on-purpose", "{entry:#}");
    assert!(entry["counted"]["left"]["allocations"].as_u64().unwrap() > 100, "{entry:#}");
}

#[test]
fn without_valgrind_the_ground_truth_judges_and_the_way_to_install_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["-w", "rapid-lifecycle", "--scale", "0.001"];
    let output = verify(folder.path(), &arguments, false).env("PATH", "").output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    assert!(errors.contains("apt-get install valgrind"), "{errors}");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("ground truth") && printed.contains("clean"), "{printed}");
}

#[test]
fn apache_bench_killed_half_way_is_a_failure_under_load() {
    let folder = tempfile::tempdir().unwrap();
    let ab = folder.path().join("ab");
    fs::write(&ab, "#!/bin/sh\nkill -9 $$\n").unwrap();
    fs::set_permissions(&ab, fs::Permissions::from_mode(0o755)).unwrap();
    let arguments = ["-w", "http-longevity", "--scale", "0.001", "--client", "ab", "--json"];
    let mut command = verify(folder.path(), &arguments, false);
    let output = command.env("PATH", folder.path()).output().unwrap();
    let entry = &entries(&output)[0];
    assert_eq!(output.status.code(), Some(1), "{entry:#}");
    assert_eq!(entry["judgement"], "failed");
    let note = entry["notes"][0].as_str().unwrap();
    assert!(note.contains("failed under load") && note.contains("signal: 9"), "{note}");
}

#[test]
fn a_limit_of_descriptors_that_is_too_low_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["-w", "http-longevity", "--scale", "0.01", "--json"];
    let command = verify(folder.path(), &arguments, false);
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -n 200; exec \"$0\" \"$@\""]).arg(command.get_program());
    limited.args(command.get_args()).current_dir(folder.path());
    limited.env(SUBJECTS_VARIABLE, folder.path().join("subjects"));
    let output = limited.output().unwrap();
    let entry = &entries(&output)[0];
    assert_eq!(output.status.code(), Some(1), "{entry:#}");
    let note = entry["notes"][0].as_str().unwrap();
    assert!(note.contains("ulimit -Hn") && note.contains("the limit is 200"), "{note}");
}

#[test]
fn a_soak_tells_slopes() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["-w", "worker-channel", "--scale", "0.001", "--soak", "2s", "--json"];
    let output = verify(folder.path(), &arguments, false).output().unwrap();
    let slopes = &entries(&output)[0];
    assert!(slopes["repetitions"].as_u64().unwrap() > 20, "{slopes:#}");
    assert_eq!(slopes["live_bytes"]["grows"], false, "{slopes:#}");
    assert_eq!(slopes["descriptors"]["grows"], false, "{slopes:#}");
    assert!(slopes["resident_bytes"]["last"].as_f64().unwrap() > 0.0, "{slopes:#}");
}
