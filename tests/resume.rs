//! Interruptions: what was recorded stays, nothing is left running, and every verb that runs something goes on
//! where it was.

mod common;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use common::{errors, memscope_bench, newest_run, run};
use memscope_bench::build::subjects::SUBJECTS_VARIABLE;
use memscope_bench::plan::arm::ArmId;
use memscope_bench::plan::procedure::Experiment;
use memscope_bench::record::{RECORDS_FILE, Record, Run};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use protocol::Pass;
use serde_json::Value;

/// Names a folder. The first subject of a run makes it, and works; the others find it, start a process in a session of its own,
/// say so by a file in it, and hang. So there is a record, and a subject at work, when the run is interrupted.
const SECOND_HANGS: &str = "SECOND_HANGS";

/// Subjects that may hang, in front of those of this build.
fn subjects(folder: &Path) -> PathBuf {
    let subjects = folder.join("subjects");
    fs::create_dir_all(&subjects).unwrap();
    for name in ["untracked", "counting", "dhat"] {
        let program = common::programs().join(format!("subject-{name}"));
        let real = subjects.join(format!("real-{name}"));
        symlink(program, &real).unwrap();
        let script = format!(
            "#!/bin/sh\nif [ -n \"${SECOND_HANGS}\" ] && ! /bin/mkdir \"${SECOND_HANGS}\"; then\n\
             /usr/bin/setsid /bin/sleep 3601 &\n\
             : > \"${SECOND_HANGS}/hangs\"\nexec /bin/sleep 3600\nfi\nexec '{}' \"$@\"\n",
            real.display()
        );
        let path = subjects.join(format!("subject-{name}"));
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    subjects
}

/// The program with those subjects. Without Valgrind, under which a script is not what it starts.
fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = memscope_bench(folder, arguments);
    command.env(SUBJECTS_VARIABLE, folder.join("subjects")).env("PATH", "");
    command
}

/// Starts the program in a process group of its own, and interrupts the group when there is a record, and
/// another subject hangs; what it said.
fn interrupted(folder: &Path, arguments: &[&str]) -> Output {
    let second = folder.join("second");
    let child = program(folder, arguments)
        .env(SECOND_HANGS, &second)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap();
    common::wait_for(|| recorded(folder) > 0 && second.join("hangs").is_file());
    killpg(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGINT).unwrap();
    child.wait_with_output().unwrap()
}

/// Nothing is left of a run that is ended at once, not even what a subject hid in a session of its own.
fn ends_at_once(signals: &[Signal], codes: &[i32]) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    subjects(folder);
    let second = folder.join("second");
    let arguments = ["measure", "-w", "fragmentation", "-t", "counting", "--scale", "0.01"];
    let mut child = program(folder, &arguments)
        .env(SECOND_HANGS, &second)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    common::wait_for(|| recorded(folder) > 0 && second.join("hangs").is_file());
    let process = Pid::from_raw(i32::try_from(child.id()).unwrap());
    for &signal in signals {
        kill(process, signal).unwrap();
    }
    let code = child.wait().unwrap().code().expect("it ends by itself");
    assert!(codes.contains(&code), "{signals:?}: {code}");
    assert_nothing_runs(folder);
    assert!(recorded(folder) > 0, "{signals:?}: what was recorded is lost");
}

#[test]
fn a_run_that_is_ended_at_once_leaves_nothing_running() {
    ends_at_once(&[Signal::SIGQUIT], &[131]);
    // Which of two that come together is heard first, the system decides.
    ends_at_once(&[Signal::SIGINT, Signal::SIGTERM], &[143, 130]);
}

/// How many records the newest run has.
fn recorded(folder: &Path) -> usize {
    let newest = Run::newest(&folder.join("target-reports"));
    newest.and_then(|run| Run::load(&run)).map_or(0, |run| run.records.len())
}

/// Asserts that no process works below a folder: none of the subjects, nor what they started.
fn assert_nothing_runs(folder: &Path) {
    let open = fs::read_dir("/proc").unwrap().flatten().filter(|entry| {
        fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder))
    });
    assert_eq!(open.count(), 0, "a subject is left");
}

/// Which sample of its run a record is.
type Key = (String, usize, ArmId, Pass, Option<Experiment>, u32, bool, bool);

fn key(record: &Record) -> Key {
    (
        record.workload.clone(),
        record.params.threads,
        record.arm.clone(),
        record.pass,
        record.experiment,
        record.slot.block,
        record.slot.warm_up,
        record.report_asked,
    )
}

/// The samples of a run, in order, none of them twice.
fn keys(records: &[Record]) -> Vec<Key> {
    let mut keys: Vec<Key> = records.iter().map(key).collect();
    keys.sort();
    assert!(keys.windows(2).all(|pair| pair[0] != pair[1]), "one is there twice: {keys:#?}");
    keys
}

/// Runs a verb to its end; interrupts it elsewhere, and resumes it. Both are to have the same samples.
fn goes_on(verb: &str, arguments: &[&str]) {
    goes_on_with(verb, arguments, &[]);
}

/// The same for a verb that is also told something that makes no difference to what is run.
fn goes_on_with(verb: &str, arguments: &[&str], always: &[&str]) {
    let arguments = [&[verb], arguments, always].concat();
    let (whole, parts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    subjects(whole.path());
    let output = program(whole.path(), &arguments).output().unwrap();
    assert!(output.status.success(), "{verb}: {}", errors(&output));
    let whole = newest_run(whole.path());

    let folder = parts.path();
    subjects(folder);
    let output = interrupted(folder, &arguments);
    assert_eq!(output.status.code(), Some(130), "{verb}: {}", errors(&output));
    assert_nothing_runs(folder);
    let begun = newest_run(folder);
    assert!(begun.records.len() < whole.records.len(), "{verb} was not interrupted");
    let place = begun.folder.strip_prefix(folder).unwrap().display();
    let with = if verb == "gate" { "gate --baseline FILE" } else { verb };
    let hint = format!("`memscope-bench {with} --resume {place}`");
    assert!(errors(&output).contains(&hint), "{verb}: {}", errors(&output));

    let place = place.to_string();
    let again = [&[verb, "--resume", &place, "--json"], always].concat();
    let output = program(folder, &again).output().unwrap();
    assert!(output.status.success(), "{verb}: {}", errors(&output));
    let printed: Result<Value, _> = serde_json::from_slice(&output.stdout);
    assert!(printed.is_ok(), "{verb}: {}", common::text(&output.stdout));
    let resumed = newest_run(folder);
    assert_eq!(resumed.folder, begun.folder, "{verb} goes on in its folder");
    assert_eq!(resumed.records[..begun.records.len()], begun.records, "{verb} keeps what it has");
    assert_eq!(keys(&resumed.records), keys(&whole.records), "{verb}");
    assert_eq!(resumed.environment, begun.environment, "{verb}");

    let output = program(folder, &[another(verb), "--resume", &place]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{verb}: {}", errors(&output));
    let words = format!("is a run of `{verb}`: go on with it by");
    assert!(errors(&output).contains(&words), "{verb}: {}", errors(&output));
}

/// A verb by which a run of this one does not go on.
fn another(verb: &str) -> &'static str {
    if verb == "measure" { "sweep" } else { "measure" }
}

/// Small, and with so few samples as will do.
const SMALL: [&str; 4] = ["--scale", "0.01", "--threads", "2"];
const TWO_PHASES: [&str; 4] = ["-w", "fragmentation", "-w", "reference-cycles"];

#[test]
fn measure_goes_on() {
    let arguments = [&TWO_PHASES[..], &SMALL, &["-t", "counting", "--samples", "2"]].concat();
    goes_on("measure", &arguments);
}

#[test]
fn audit_goes_on() {
    let workloads = ["-w", "leak-detection", "-w", "planted-leaks"];
    // A growth experiment repeats the first, which is enough for one tracker.
    goes_on("audit", &[&workloads[..], &SMALL, &["-t", "counting"]].concat());
}

#[test]
fn compare_goes_on() {
    let arguments = [&["counting", "dhat"], &TWO_PHASES[..], &SMALL, &["--samples", "2"]].concat();
    goes_on("compare", &arguments);
}

#[test]
fn gate_goes_on() {
    let arguments = [&TWO_PHASES[..], &SMALL, &["-t", "counting", "--samples", "2"]].concat();
    goes_on_with("gate", &arguments, &["--baseline", "baseline.json", "--update"]);
}

#[test]
fn sweep_goes_on() {
    let at = ["-w", "concurrent-tasks", "-t", "counting", "--at", "1,2", "--samples", "2"];
    goes_on("sweep", &[&at[..], &["--scale", "0.01"]].concat());
}

#[test]
fn ladder_goes_on() {
    let arguments = [&TWO_PHASES[..], &SMALL, &["-t", "counting", "--samples", "2"]].concat();
    goes_on("ladder", &arguments);
}

#[test]
fn profile_goes_on() {
    goes_on("profile", &[&TWO_PHASES[..], &SMALL].concat());
}

#[test]
fn verify_goes_on() {
    let scenarios = ["-w", "rapid-lifecycle", "-w", "worker-channel", "--scale", "0.001"];
    goes_on("verify", &scenarios);
}

#[test]
fn a_run_is_not_resumed_with_other_choices() {
    let folder = tempfile::tempdir().unwrap();
    for verb in ["measure", "audit", "compare", "gate", "sweep", "ladder", "profile", "verify"] {
        let baseline: &[&str] = if verb == "gate" { &["--baseline", "none"] } else { &[] };
        for choice in [["--scale", "1"], ["-w", "fragmentation"], ["--partition", "1/2"]] {
            let arguments = [&[verb, "--resume", "x"], &choice[..], baseline].concat();
            let output = run(folder.path(), &arguments);
            assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", errors(&output));
            let said = errors(&output);
            assert!(said.contains("cannot be used with"), "{arguments:?}: {said}");
        }
    }
}

#[test]
fn a_signal_to_the_program_alone_keeps_what_was_measured_and_leaves_nothing_running() {
    let folder = tempfile::tempdir().unwrap();
    let sized = ["--scale", "0.05", "--samples", "1000"];
    let arguments = [&["measure", "-w", "leak-detection", "-t", "dhat"], &sized[..]].concat();
    let mut child = memscope_bench(folder.path(), &arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    common::wait_for(|| recorded(folder.path()) > 0);
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGINT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    // Every line that was begun is whole.
    let text = fs::read_to_string(newest_run(folder.path()).folder.join(RECORDS_FILE)).unwrap();
    assert!(text.ends_with('\n') && recorded(folder.path()) == text.lines().count(), "{text}");
    assert_nothing_runs(folder.path());
}

#[test]
fn a_subject_that_the_same_signal_ends_first_has_not_crashed() {
    let folder = tempfile::tempdir().unwrap();
    let subjects = subjects(folder.path());
    // It dies of the signal, and the harness gets its own a moment later.
    let script = "#!/bin/sh\n(/bin/sleep 0.02; kill -INT $PPID) &\nkill -INT $$\n";
    fs::write(subjects.join("subject-untracked"), script).unwrap();
    let arguments = ["measure", "-t", "counting", "-w", "fragmentation", "--scale", "0.01"];
    let output = program(folder.path(), &arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", errors(&output));
    let crashed = |record: &Record| record.arm.tracker == "untracked";
    assert!(!newest_run(folder.path()).records.iter().any(crashed), "{}", errors(&output));
}

#[test]
fn a_run_that_lost_its_last_half_is_made_whole() {
    let folder = tempfile::tempdir().unwrap();
    let chosen = ["-t", "counting", "--scale", "0.02", "--samples", "7"];
    let output = run(folder.path(), &[&["measure"], &TWO_PHASES[..], &chosen].concat());
    assert!(output.status.success(), "{}", errors(&output));
    let whole = newest_run(folder.path());
    let path = whole.folder.join(RECORDS_FILE);
    let text = fs::read_to_string(&path).unwrap();
    let kept: Vec<&str> = text.lines().take(whole.records.len() / 2).collect();
    fs::write(&path, kept.join("\n") + "\n").unwrap();

    let output = run(folder.path(), &["measure", "--resume", whole.folder.to_str().unwrap()]);
    assert!(output.status.success(), "{}", errors(&output));
    let resumed = newest_run(folder.path());
    assert_eq!(keys(&resumed.records), keys(&whole.records));
    assert_eq!(resumed.records[..kept.len()], whole.records[..kept.len()]);
}
