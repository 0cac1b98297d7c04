//! The ground truth against trackers that are known to be right: an independent counter, and dhat.
//!
//! The counter sits where a tracker sits, inside the wrapper, and counts in its own way. If the two agree
//! to the event and the byte on every workload, both are right, or both are wrong in the same way, which
//! `phase_counts.rs` excludes.

mod common;

use std::process::Command;

use subject::protocol::{Job, PROTOCOL, Pacing, Pass, Reply};
use subject::workloads;

/// Small enough for all workloads to take seconds under dhat.
const SCALE: f64 = 0.01;

fn reply(tracker: &str, mode: &str, workload: &str, pass: Pass, seed: u64) -> Reply {
    let job = Job {
        protocol: PROTOCOL,
        workloads: vec![workload.to_owned()],
        mode: mode.to_owned(),
        pass,
        scale: SCALE,
        seed,
        threads: 2,
        pacing: Pacing::Yield,
        idle: false,
        leaks: false,
        artefacts: None,
        progress: false,
        timeline_ms: None,
    };
    let output = Command::new(common::programs().join(format!("subject-{tracker}")))
        .arg("--job")
        .arg(serde_json::to_string(&job).unwrap())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{tracker} on {workload}: {errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    // memscope-rs prints lines of its own before.
    let line = text.lines().rev().find(|line| line.starts_with("{\"protocol\"")).unwrap();
    serde_json::from_str(line).unwrap()
}

/// Two counters see the calls of racing threads in different orders, so the peaks that they see differ by
/// what is on its way between them: a block a thread. With one thread they are equal.
fn assert_peak(meta: &workloads::Meta, reported: Option<u64>, truth: u64) {
    let off = reported.unwrap().abs_diff(truth);
    let allowed = if meta.is_deterministic() { 0 } else { truth / 20 };
    assert!(off <= allowed, "{}: peak {reported:?}, counted {truth}", meta.name);
}

#[test]
fn an_independent_counter_agrees_to_the_event_on_every_workload() {
    for meta in workloads::ALL.iter() {
        let reply = reply("counting", "", meta.name, Pass::Audit, 1);
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
    for meta in workloads::ALL.iter() {
        let reply = reply("dhat", "", meta.name, Pass::Audit, 1);
        let (truth, reported) = (reply.truth.unwrap().heap, reply.reported.unwrap());
        let name = meta.name;
        // By dhat's convention a reallocation is one more block.
        let blocks = truth.allocations + truth.reallocations;
        assert_eq!(reported.allocations, Some(blocks), "{name}");
        assert_eq!(reported.allocated_bytes, Some(truth.allocated_bytes), "{name}");
        assert_eq!(reported.live_blocks, Some(truth.live_blocks), "{name}");
        assert_eq!(reported.live_bytes, Some(truth.live_bytes), "{name}");
        assert_peak(meta, reported.peak_live_bytes, truth.peak_live_bytes);
        assert!(reply.own_heap.unwrap().allocations > 0, "{name}: dhat has a heap of its own");
    }
}

#[test]
fn the_program_does_the_same_whichever_tracker_watches() {
    for meta in workloads::ALL.iter().filter(|meta| meta.is_deterministic()) {
        let work = |tracker: &str, mode: &str| {
            reply(tracker, mode, meta.name, Pass::Audit, 1).parts.remove(0).truth.unwrap()
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
    let reply = reply("memscope-rs", "full", "fragmentation", Pass::Timed, 1);
    assert_eq!(reply.truth, None);
    assert_eq!(reply.own_heap, None);
    assert_eq!(reply.parts[0].truth, None);
    assert!(reply.parts[0].cost.wall_ns > 0);
    assert_eq!(reply.receipt.version, "0.2.5");
}

#[test]
fn without_the_wrapper_there_is_no_truth_rather_than_zero() {
    let reply = reply("bare", "", "fragmentation", Pass::Audit, 1);
    assert_eq!(reply.truth, None);
    assert_eq!(reply.parts[0].truth, None);
}
