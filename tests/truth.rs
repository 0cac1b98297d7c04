//! The ground truth against trackers that are known to be right: an independent counter, and dhat.
//!
//! The counter sits where a tracker sits, inside the wrapper, and counts in its own way. If the two agree
//! to the event and the byte on every workload, both are right, or both are wrong in the same way, which
//! `phase_counts.rs` excludes.

mod common;

use std::path::Path;
use std::process::Command;

use protocol::workloads;
use protocol::{Job, Params, Pass, ROLE_VARIABLE, Reply};

/// Small enough for all workloads to take seconds under dhat.
const SCALE: f64 = 0.01;

fn job(mode: &str, workload: &str, pass: Pass, scale: f64) -> String {
    let params = Params { scale, threads: 2, ..Params::default() };
    let job = Job { mode: mode.to_owned(), params, ..Job::new(workload, pass) };
    serde_json::to_string(&job).unwrap()
}

fn reply(tracker: &str, mode: &str, workload: &str, pass: Pass) -> Reply {
    let mut command = Command::new(common::programs().join(format!("subject-{tracker}")));
    answer(command.arg("--job").arg(job(mode, workload, pass, SCALE))).0
}

/// Runs a subject by hand: its reply, and what it wrote to standard error.
fn answer(command: &mut Command) -> (Reply, String) {
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    // memscope-rs prints lines of its own before.
    let line = text.lines().rev().find(|line| line.starts_with("{\"protocol\"")).unwrap();
    (serde_json::from_str(line).unwrap(), errors)
}

/// Two counters see the calls of racing threads in different orders, so the peaks that they see differ by
/// what is on its way between them: an allocation a thread. With one thread they are equal.
fn assert_peak(meta: &workloads::Workload, reported: Option<u64>, truth: u64) {
    let off = reported.unwrap().abs_diff(truth);
    let allowed = if meta.is_deterministic() { 0 } else { truth / 20 };
    assert!(off <= allowed, "{}: peak {reported:?}, counted {truth}", meta.name);
}

#[test]
fn an_independent_counter_agrees_to_the_event_on_every_workload() {
    for meta in workloads::ALL.iter().filter(|meta| meta.traffic().is_none()) {
        let reply = reply("counting", "", meta.name, Pass::Audit);
        let (truth, reported) = (reply.truth.unwrap().heap, reply.reported.unwrap());
        let name = meta.name;
        assert_eq!(reported.allocations, Some(truth.allocations), "{name}");
        assert_eq!(reported.deallocations, Some(truth.deallocations), "{name}");
        assert_eq!(reported.reallocations, Some(truth.reallocations), "{name}");
        assert_eq!(reported.allocated_bytes, Some(truth.allocated_bytes), "{name}");
        assert_eq!(reported.freed_bytes, Some(truth.freed_bytes), "{name}");
        assert_eq!(reported.live_bytes, Some(truth.live_bytes), "{name}");
        assert_peak(meta, reported.peak_live_bytes, truth.peak_live_bytes);
        // A tracker without any heap of its own is seen to have none.
        assert_eq!(reply.own_heap.unwrap().allocations, 0, "{name}");
    }
}

#[test]
fn dhat_agrees_to_the_byte_on_every_workload() {
    for meta in workloads::ALL.iter().filter(|meta| meta.traffic().is_none()) {
        let reply = reply("dhat", "", meta.name, Pass::Audit);
        let (truth, reported) = (reply.truth.unwrap().heap, reply.reported.unwrap());
        let name = meta.name;
        // By dhat's convention a reallocation is one more allocation.
        let allocations = truth.allocations + truth.reallocations;
        assert_eq!(reported.allocations, Some(allocations), "{name}");
        assert_eq!(reported.allocated_bytes, Some(truth.allocated_bytes), "{name}");
        assert_eq!(reported.live_allocations, Some(truth.live_allocations), "{name}");
        assert_eq!(reported.live_bytes, Some(truth.live_bytes), "{name}");
        assert_peak(meta, reported.peak_live_bytes, truth.peak_live_bytes);
        assert!(reply.own_heap.unwrap().allocations > 0, "{name}: dhat has a heap of its own");
    }
}

#[test]
fn the_program_does_the_same_whichever_tracker_watches() {
    for meta in workloads::ALL.iter().filter(|meta| meta.is_deterministic()) {
        let work = |tracker: &str, mode: &str| {
            reply(tracker, mode, meta.name, Pass::Audit).parts.remove(0).truth.unwrap()
        };
        let untracked = work("untracked", "");
        for (tracker, mode) in [
            ("counting", ""),
            ("dhat", ""),
            ("memscope-rs", "full"),
            ("memscope-rs", "allocator"),
            ("memscope-rs", "variables"),
        ] {
            assert_eq!(work(tracker, mode), untracked, "{} under {tracker}/{mode}", meta.name);
        }
    }
}

#[test]
fn a_timed_pass_counts_nothing() {
    let reply = reply("memscope-rs", "full", "fragmentation", Pass::Timed);
    assert_eq!(reply.truth, None);
    assert_eq!(reply.own_heap, None);
    assert_eq!(reply.parts[0].truth, None);
    assert!(reply.parts[0].cost.wall_ns > 0);
    assert_eq!(reply.identity.version, "0.2.5");
}

#[test]
fn without_the_wrapper_there_is_no_truth_rather_than_zero() {
    let reply = reply("bare", "", "fragmentation", Pass::Audit);
    assert_eq!(reply.truth, None);
    assert_eq!(reply.parts[0].truth, None);
}

/// Memcheck sees the C library's calls: the Rust allocator's, and what the process does before the first of
/// them and after the truth is read (the loader's and the C library's own, and the making of the reply).
/// That rest is a constant: measured as 18 allocations with Rust 1.95 on Debian 12, the same whatever the phase and
/// its size. A reallocation is one more allocation to Memcheck.
#[test]
fn memcheck_agrees_but_for_the_constant_of_a_process() {
    if !common::has_valgrind() {
        return;
    }
    let memcheck = |workload: &str, scale: f64| {
        let program = common::programs().join("subject-untracked");
        let mut valgrind = Command::new("valgrind");
        let (reply, words) = answer(
            valgrind
                // Valgrind does not follow a program that starts itself anew to change its role.
                .env(ROLE_VARIABLE, "audit")
                .args([Path::new("--tool=memcheck"), &program, Path::new("--job")])
                .arg(job("", workload, Pass::Audit, scale)),
        );
        // "==1==   total heap usage: 11,963 allocs, 11,962 frees, 660,068 bytes allocated"
        let usage = words.split("total heap usage: ").nth(1).expect("Memcheck's summary");
        let figures: Vec<u64> = usage
            .lines()
            .next()
            .unwrap()
            .split(' ')
            .filter_map(|word| word.replace(',', "").parse().ok())
            .collect();
        let heap = reply.truth.unwrap().heap;
        let allocations = figures[0] - (heap.allocations + heap.reallocations);
        let bytes = figures[2] - heap.allocated_bytes;
        println!("{workload} at {scale}: {allocations} allocations and {bytes} bytes more");
        assert!(words.contains("ERROR SUMMARY: 0 errors"), "{words}");
        (allocations, bytes)
    };
    let mut rests = Vec::new();
    for workload in ["basic-structures", "reference-cycles"] {
        for scale in [0.01, 0.04] {
            rests.push(memcheck(workload, scale));
        }
    }
    let (allocations, bytes) = rests[0];
    assert!(allocations < 40 && bytes < 100_000, "{rests:?}");
    for (others, other_bytes) in rests {
        // The reply's own text is longer for longer numbers: its buffer may double once more.
        assert!(allocations.abs_diff(others) <= 2, "{allocations} {others}");
        assert!(bytes.abs_diff(other_bytes) <= 8 << 10, "{bytes} {other_bytes}");
    }
}
