//! A failure is a result: every way in which a subject can fail becomes a record of its kind, nothing is
//! left running, nothing recorded before is lost, and the run goes on.

mod common;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use common::{Fakes, fake_group};
use memscope_bench::plan::arm::ArmId;
use memscope_bench::plan::group::Group;
use memscope_bench::plan::procedure::{Experiment, ReportWish, SampleKind};
use memscope_bench::plan::procedures;
use memscope_bench::plan::settings::Settings;
use memscope_bench::record::{Failed, Failure, Outcome, RECORDS_FILE, Record, Run, Writer};
use memscope_bench::run::Session;
use memscope_bench::run::cgroup;
use memscope_bench::run::engine::Engine;
use protocol::{Params, Pass};

/// What is taken in blocks.
fn timed() -> SampleKind {
    SampleKind::new(Pass::Timed)
}

/// The same, with the tracker read out in the end: it may fail there, too.
fn read() -> SampleKind {
    timed().of(Experiment::Ladder)
}

/// Runs one block with the fake in a mode; what became of the fake's sample.
fn outcome(mode: &str) -> (Outcome, Duration) {
    let fakes = Fakes::failing();
    let mut engine = fakes.engine();
    let group = fake_group("fragmentation", mode);
    let begin = Instant::now();
    let records = engine.block(&group, &read(), 1, false).expect("a failing subject is no error");
    let took = begin.elapsed();
    // The others of the block are untouched, and all are in the file.
    let [base, twin, fake] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!((&base.arm, base.outcome.failure()), (&ArmId::base(), None));
    assert_eq!((&twin.arm, twin.outcome.failure()), (&ArmId::twin(), None));
    let run = Run::load(engine.executor.folder()).expect("the records can be read back");
    assert_eq!(run.records.len(), 3);
    assert!(records.iter().all(|record| run.records.contains(record)));
    assert_eq!(common::processes_of(&fakes.program()), [""; 0], "{mode} is left");
    (fake.outcome.clone(), took)
}

fn failed(outcome: &Outcome) -> (Failure, String) {
    let Failed { failure, reason, .. } = outcome.failed().expect("it should have failed");
    (*failure, reason.clone())
}

fn failure(mode: &str) -> (Failure, String) {
    failed(&outcome(mode).0)
}

#[test]
fn a_subject_that_is_right_completes() {
    assert_eq!(outcome("right").0.failure(), None);
}

#[test]
fn what_a_tracker_prints_does_not_disturb_the_reply() {
    assert_eq!(outcome("chatter").0.failure(), None);
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
    let (kind, reason) = failed(&outcome);
    assert_eq!(kind, Failure::TimedOut);
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

/// That no process of this command is left.
fn assert_gone(command: &str) {
    let left = common::processes_of(Path::new(command));
    assert_eq!(left, [""; 0], "left");
}

#[test]
fn what_a_subject_leaves_behind_is_ended_and_named() {
    let (kind, reason) = failure("orphan");
    assert_eq!(kind, Failure::LeftBehind, "{reason}");
    assert!(reason.contains("sleep"), "{reason}");
    assert_gone("sleep 31557");
}

#[test]
fn a_child_that_drops_its_mark_is_ended_where_control_groups_can_be_made() {
    if let Err(reason) = cgroup::control_groups() {
        eprintln!("skipped: {reason}");
        return;
    }
    let (kind, reason) = failure("unmarked");
    assert_eq!(kind, Failure::LeftBehind, "{reason}");
    assert!(reason.contains("sleep"), "{reason}");
    assert_gone("sleep 31559");
}

#[test]
fn one_that_holds_the_channel_does_not_keep_a_subject_alive() {
    let (outcome, took) = outcome("holder");
    let (kind, reason) = failed(&outcome);
    assert_eq!(kind, Failure::NoReply);
    assert!(reason.contains("exit code 7"), "{reason}");
    assert!(took < Duration::from_secs(30), "{took:?}");
    assert_gone("sleep 31558");
}

#[test]
fn the_memory_of_children_counts() {
    let (kind, reason) = failure("family");
    assert_eq!(kind, Failure::OutOfMemory, "{reason}");
}

#[test]
fn an_endless_message_is_not_read_to_its_end() {
    let (kind, reason) = failure("endless");
    assert_eq!(kind, Failure::Garbled);
    assert!(reason.contains("more than 16"), "{reason}");
}

#[test]
fn an_answer_that_is_no_text_is_garbled() {
    let (kind, reason) = failure("binary");
    assert_eq!(kind, Failure::Garbled);
    assert!(reason.contains("utf-8"), "{reason}");
}

#[test]
fn a_stack_that_overflows_is_a_crash() {
    let (kind, reason) = failure("overflow");
    assert_eq!(kind, Failure::Crashed);
    assert!(reason.contains("overflowed its stack"), "{reason}");
}

#[test]
fn limits_hold_after_the_reply() {
    let (kind, reason) = failure("late-flood");
    assert_eq!(kind, Failure::FloodedLog, "{reason}");
    assert!(reason.contains("after its reply"), "{reason}");
    let (kind, reason) = failure("late-hog");
    assert_eq!(kind, Failure::OutOfMemory, "{reason}");
    assert!(reason.contains("after its reply"), "{reason}");
}

#[test]
fn one_that_hears_no_signal_is_stopped() {
    let (kind, reason) = failure("deaf");
    assert_eq!(kind, Failure::TimedOut, "{reason}");
}

#[test]
fn many_that_are_left_behind_are_all_ended() {
    let (kind, reason) = failure("bomb");
    assert_eq!(kind, Failure::LeftBehind, "{reason}");
    assert_gone("sleep 31559");
}

#[test]
fn a_tracker_that_deadlocks_at_exit_runs_out_of_time() {
    let (kind, reason) = failure("late-deadlock");
    assert_eq!(kind, Failure::TimedOut, "{reason}");
    assert!(reason.contains("after its reply"), "{reason}");
}

#[test]
fn a_limit_that_a_tracker_sets_itself_is_told_by_its_signal() {
    let (kind, reason) = failure("processor-limit");
    assert_eq!(kind, Failure::Crashed, "{reason}");
    assert!(reason.contains("SIGKILL") || reason.contains("SIGXCPU"), "{reason}");
    let (kind, reason) = failure("memory-limit");
    assert_eq!(kind, Failure::Crashed, "{reason}");
    assert!(reason.contains("memory allocation"), "{reason}");
}

#[test]
fn a_full_disk_is_told_in_the_words_of_the_panic() {
    let (kind, reason) = failure("full-disk");
    assert_eq!(kind, Failure::Panicked, "{reason}");
    assert!(reason.contains("No space left"), "{reason}");
}

#[test]
fn one_that_removes_its_folder_harms_itself_alone() {
    // Nothing of it is needed for its reply.
    assert_eq!(outcome("homeless").0.failure(), None);
}

#[test]
fn a_foreign_protocol_is_named_and_a_closed_channel_is_no_reply() {
    let (kind, reason) = failure("foreign");
    assert_eq!(kind, Failure::Garbled, "{reason}");
    // Where the standard library notices, it aborts.
    let (kind, reason) = failure("hush");
    assert!(matches!(kind, Failure::NoReply | Failure::Crashed), "{reason}");
}

#[test]
fn a_missing_program_is_a_failure_to_start() {
    let fakes = Fakes::failing();
    fs::remove_file(fakes.program()).unwrap();
    let group = fake_group("fragmentation", "right");
    let records = fakes.engine().block(&group, &timed(), 1, false).unwrap();
    assert_eq!(failed(&records[2].outcome).0, Failure::Spawn);
}

/// Runs a fake as a server in a mode; how its sample failed, and that it ended soon.
fn server_failure(mode: &str) -> (Failure, String) {
    let fakes = Fakes::failing();
    let group = fake_group("http-longevity", mode);
    // More than can be served before it goes wrong.
    let group = Group { params: Params { scale: 1.0, ..group.params }, ..group };
    let begin = Instant::now();
    let record = common::sample(&mut fakes.engine(), &group, 2, &timed());
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
    assert_eq!(common::processes_of(&fakes.program()), [""; 0], "{mode} is left");
    failed(&record.outcome)
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

#[test]
fn a_port_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let fakes = Fakes::failing();
    let settings = Settings { port: Some(port), ..fakes.settings() };
    let group = common::group("http-longevity", &[]);
    let record = common::sample(&mut fakes.engine_with(settings), &group, 0, &timed());
    let (kind, reason) = failed(&record.outcome);
    assert_eq!(kind, Failure::Refused);
    assert!(reason.contains(&format!("127.0.0.1:{port}")) && reason.contains("in use"), "{reason}");
    let untracked = fakes.folder().join("subject-untracked");
    assert_eq!(common::processes_of(&untracked), [""; 0], "it is left");
}

/// Audits the fake whose report fails.
fn audit_with_failing_report(engine: &mut Engine<Session>, group: &Group) -> Record {
    let kind = SampleKind::new(Pass::Audit).with_report(ReportWish::OrWithout);
    common::sample(engine, group, 2, &kind)
}

#[test]
fn an_audit_whose_report_fails_is_taken_without_it_even_when_resumed() {
    let fakes = Fakes::failing();
    let group = fake_group("fragmentation", "report");
    let procedure = procedures::measure(vec![group.clone()]);
    let mut engine = fakes.begin(fakes.settings(), &procedure);
    assert_eq!(audit_with_failing_report(&mut engine, &group).outcome.failure(), None);
    let folder = engine.executor.folder().to_owned();
    drop(engine);
    let taken = |folder| -> Vec<(bool, bool)> {
        let records = Run::load(folder).expect("it can be read").records;
        records.iter().map(|one| (one.report_asked, one.outcome.failed().is_none())).collect()
    };
    let both = taken(&folder);
    assert_eq!(both, [(true, false), (false, true)]);

    // As if it had been interrupted between the two.
    let file = folder.join(RECORDS_FILE);
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.lines().next().unwrap().to_owned() + "\n").unwrap();
    for _ in 0..2 {
        let run = Run::load(&folder).unwrap();
        let writer = Writer::append(&folder).unwrap();
        let session = Session::resume(&run, writer, fakes.settings(), &procedure, fakes.subjects());
        let mut engine = Engine::new(session.unwrap(), 1, None, run.records);
        assert_eq!(audit_with_failing_report(&mut engine, &group).outcome.failure(), None);
        drop(engine);
        assert_eq!(taken(&folder), both, "what is there is not repeated");
    }
}
