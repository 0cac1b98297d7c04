//! A tracker that is a tool in front of the untracked program: Valgrind Memcheck, by its `launcher` in
//! `trackers.toml`. What a tool cannot tell is absent from its records, and not zero.

mod common;

use std::process::Command;

use common::{errors, newest_run, run, text};
use memscope_bench::plan::arm::Role;
use memscope_bench::record::Record;
use protocol::Pass;

/// The version that Valgrind gives itself.
fn valgrind_version() -> String {
    let output = Command::new("valgrind").arg("--version").output().unwrap();
    // "valgrind-3.19.0"
    text(&output.stdout).trim().replacen("valgrind-", "", 1)
}

#[test]
fn memcheck_is_measured_like_any_tracker() {
    if !common::has_valgrind() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let chosen = ["measure", "-t", "memcheck", "-w", "fragmentation"];
    let output =
        run(folder.path(), &[&chosen[..], &["--scale", "0.01", "--samples", "2"]].concat());
    assert!(output.status.success(), "{}", errors(&output));
    assert!(text(&output.stdout).contains("memcheck"), "{}", text(&output.stdout));
    let records = newest_run(folder.path()).records;
    // An audit and a warm-up, and two samples.
    let (wrapped, others): (Vec<&Record>, Vec<&Record>) =
        records.iter().partition(|record| record.arm.role == Role::Tracked);
    assert_eq!((wrapped.len(), others.len()), (4, 1 + 2 * 3));
    for record in &wrapped {
        assert_eq!(record.outcome.failure(), None);
        assert_eq!(record.arm.to_string(), "memcheck");
        assert_eq!(record.version.as_deref(), Some(valgrind_version().as_str()));
        let process = record.outcome.process().unwrap();
        assert_eq!((process.init_ns, process.readout_ns), (None, None));
        assert!(process.startup_ns.is_some() && record.cost().unwrap().wall_ns > 0);
    }
    for record in &others {
        let process = record.outcome.process().expect("it works without Valgrind");
        assert!(process.init_ns.is_some(), "{record:?}");
    }

    let audit = wrapped.iter().find(|record| record.pass == Pass::Audit).expect("it is audited");
    let audited = audit.outcome.audited().unwrap();
    assert_eq!(audited.own_heap, None, "{audited:?}");
    let (truth, reported) = (audited.truth.as_ref().unwrap(), audited.reported.as_ref().unwrap());
    // Of the whole process, the C library and the loader included; to it a reallocation is one more allocation.
    let counted = truth.heap.allocations + truth.heap.reallocations;
    let more = reported.allocations.unwrap().checked_sub(counted);
    assert!(more.is_some_and(|more| more < 100), "{reported:?} {truth:?}");
    assert!(reported.allocated_bytes.unwrap() >= truth.heap.allocated_bytes, "{reported:?}");
    assert!(reported.deallocations.is_some() && reported.freed_bytes.is_some(), "{reported:?}");
    // It does not tell of a peak.
    assert_eq!((reported.peak_live_bytes, reported.variables), (None, None));
}

#[test]
fn without_valgrind_it_is_said_how_to_install_it() {
    let folder = tempfile::tempdir().unwrap();
    let chosen = ["measure", "-t", "memcheck", "-w", "fragmentation", "--scale", "0.01"];
    let output = common::memscope_bench(folder.path(), &chosen).env("PATH", "").output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", errors(&output));
    assert!(errors(&output).contains("apt-get install valgrind"), "{}", errors(&output));
    assert!(!folder.path().join("target-reports").exists(), "no run was begun");
}
