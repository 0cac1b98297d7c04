//! A failure is a result: every way in which a subject can fail becomes a record of its kind, nothing is
//! left running, nothing recorded before is lost, and the run goes on.

mod common;

use std::fs;
use std::time::{Duration, Instant};

use common::{Fakes, fake_group};
use memscope_bench::plan::settings::Settings;
use memscope_bench::record::{Failure, Outcome, RECORDS_FILE, Run};
use memscope_bench::run::{Session, Subjects};
use protocol::Pass;

/// Runs one block with the fake in a mode; what became of the fake's sample.
fn outcome(mode: &str) -> (Outcome, Duration) {
    let fakes = Fakes::new();
    let mut session = fakes.session();
    let group = fake_group(mode);
    let begin = Instant::now();
    let records = session.block(&group, 1, false).expect("a failing subject is no error");
    let took = begin.elapsed();
    // The others of the block are untouched, and all are in the file.
    assert_eq!(records[0].outcome, Outcome::Completed);
    assert_eq!(records[1].outcome, Outcome::Completed);
    let run = Run::load(session.folder()).expect("the records can be read back");
    assert_eq!(run.records.len(), 3);
    let fake = run.records.into_iter().find(|record| record.tracker.name == "fake");
    let fake = fake.expect("the fake's sample is recorded");
    assert_eq!(fake, records[2]);
    assert!(common::processes_named("subject-fake", fakes.folder()).is_empty(), "{mode} is left");
    (fake.outcome, took)
}

fn failure(mode: &str) -> (Failure, String) {
    match outcome(mode).0 {
        Outcome::Failed { failure, reason } => (failure, reason),
        Outcome::Completed => panic!("{mode} completed"),
    }
}

#[test]
fn a_subject_that_is_right_completes() {
    assert_eq!(outcome("right").0, Outcome::Completed);
}

#[test]
fn what_a_tracker_prints_does_not_disturb_the_reply() {
    assert_eq!(outcome("chatter").0, Outcome::Completed);
}

#[test]
fn a_panic_during_initialisation_is_told_in_its_own_words() {
    let (kind, reason) = failure("panic");
    assert_eq!(kind, Failure::Panicked);
    assert!(reason.contains("the fake tracker panics while it is initialised"), "{reason}");
}

#[test]
fn a_refusal_names_its_stage() {
    let (kind, reason) = failure("refuse");
    assert_eq!(kind, Failure::Refused);
    assert_eq!(reason, "init: the fake tracker does not want to");
    let (kind, reason) = failure("readout");
    assert_eq!(kind, Failure::Refused);
    assert_eq!(reason, "readout: the fake tracker has lost its figures");
}

#[test]
fn a_crash_names_its_signal() {
    let (kind, reason) = failure("abort");
    assert_eq!(kind, Failure::Crashed);
    assert!(reason.contains("SIGABRT"), "{reason}");
}

#[test]
fn a_crash_after_the_reply_is_still_a_crash() {
    let (kind, reason) = failure("late-crash");
    assert_eq!(kind, Failure::Crashed);
    assert!(reason.contains("after its reply"), "{reason}");
}

#[test]
fn an_exit_without_a_reply_names_its_code() {
    let (kind, reason) = failure("exit");
    assert_eq!(kind, Failure::NoReply);
    assert!(reason.contains("exit code 7"), "{reason}");
}

#[test]
fn a_hanging_subject_is_stopped_in_time() {
    let (outcome, took) = outcome("hang");
    let Outcome::Failed { failure, reason } = outcome else { panic!("it completed") };
    assert_eq!(failure, Failure::TimedOut);
    assert!(reason.contains("stopped after 3s"), "{reason}");
    // Not a measure of performance: hours would mean that nobody stopped it.
    assert!(took < Duration::from_secs(60), "{took:?}");
}

#[test]
fn a_subject_that_eats_memory_is_stopped() {
    let (kind, reason) = failure("hog");
    assert_eq!(kind, Failure::OutOfMemory);
    assert!(reason.contains("allowed"), "{reason}");
}

#[test]
fn a_garbled_reply_is_shown() {
    let (kind, reason) = failure("garble");
    assert_eq!(kind, Failure::Garbled);
    assert!(reason.contains("this is no message"), "{reason}");
    let (kind, reason) = failure("cut-off");
    assert_eq!(kind, Failure::Garbled);
    assert!(reason.contains("cut off"), "{reason}");
}

#[test]
fn a_flood_of_output_is_stopped_before_it_fills_the_disk() {
    let (kind, reason) = failure("babble");
    assert_eq!(kind, Failure::FloodedLog);
    assert!(reason.contains("stdout.log"), "{reason}");
}

#[test]
fn a_subject_that_stays_after_its_reply_is_stopped() {
    let (kind, reason) = failure("linger");
    assert_eq!(kind, Failure::TimedOut);
    assert!(reason.contains("after its reply"), "{reason}");
}

#[test]
fn a_missing_program_is_a_failure_to_start() {
    let fakes = Fakes::new();
    std::fs::remove_file(fakes.folder().join("subject-fake")).unwrap();
    let mut session = fakes.session();
    let records = session.block(&fake_group("right"), 1, false).unwrap();
    let Outcome::Failed { failure, .. } = &records[2].outcome else { panic!("it completed") };
    assert_eq!(*failure, Failure::Spawn);
}

/// Runs a fake as a server in a mode; how its sample failed, and that it ended soon.
fn server_failure(mode: &str) -> (Failure, String) {
    let fakes = Fakes::new();
    // More than can be served before it goes wrong.
    let settings = Settings { scale: 1.0, ..fakes.settings() };
    let mut session = fakes.session_with(settings);
    let group = common::fake_scenario("http-longevity", mode);
    let sample = session.plain(Pass::Timed);
    let begin = Instant::now();
    let record = session.sample(&group, &group.arms[2], &sample).unwrap();
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
    assert!(common::processes_named("subject-fake", fakes.folder()).is_empty(), "{mode} is left");
    let Outcome::Failed { failure, reason } = record.outcome else { panic!("{mode} completed") };
    (failure, reason)
}

#[test]
fn a_server_killed_half_way_is_a_crash() {
    let (kind, reason) = server_failure("killed-later");
    assert_eq!(kind, Failure::Crashed);
    assert!(reason.contains("SIGKILL"), "{reason}");
}

#[test]
fn a_tracker_that_deadlocks_the_server_runs_out_of_time() {
    let (kind, reason) = server_failure("stuck-later");
    assert_eq!(kind, Failure::TimedOut, "{reason}");
}

/// A scenario, untracked, with these settings; how its sample failed.
fn scenario_failure(change: impl FnOnce(&mut Settings)) -> (Failure, String) {
    let fakes = Fakes::new();
    let mut settings = fakes.settings();
    change(&mut settings);
    let mut session = fakes.session_with(settings);
    let group = common::fake_scenario("http-longevity", "right");
    let sample = session.plain(Pass::Timed);
    let record = session.sample(&group, &group.arms[0], &sample).unwrap();
    let Outcome::Failed { failure, reason } = record.outcome else { panic!("it completed") };
    assert!(common::processes_named("subject-untracked", fakes.folder()).is_empty(), "it is left");
    (failure, reason)
}

#[test]
fn a_port_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let (kind, reason) = scenario_failure(|settings| settings.port = Some(port));
    assert_eq!(kind, Failure::Refused);
    assert!(reason.contains(&format!("127.0.0.1:{port}")) && reason.contains("in use"), "{reason}");
}

#[test]
fn an_audit_whose_export_fails_is_taken_without_it_even_when_resumed() {
    let fakes = Fakes::new();
    let group = fake_group("export");
    let arm = &group.arms[2];
    let mut session = fakes.session();
    assert_eq!(session.audit(&group, arm).unwrap().outcome, Outcome::Completed);
    let folder = session.folder().to_owned();
    drop(session);
    let taken = |folder| {
        let records = Run::load(folder).expect("it can be read").records;
        records.into_iter().map(|one| (one.exported, one.outcome == Outcome::Completed)).collect()
    };
    let both: Vec<_> = taken(&folder);
    assert_eq!(both, [(true, false), (false, true)]);

    // As if it had been interrupted between the two.
    let file = folder.join(RECORDS_FILE);
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.lines().next().unwrap().to_owned() + "\n").unwrap();
    for _ in 0..2 {
        let (run, subjects) = (Run::load(&folder).unwrap(), Subjects::in_folder(fakes.folder()));
        let mut session = Session::resume(run, fakes.settings(), subjects).unwrap();
        assert_eq!(session.audit(&group, arm).unwrap().outcome, Outcome::Completed);
        drop(session);
        assert_eq!(taken(&folder), both, "what is there is not repeated");
    }
}
