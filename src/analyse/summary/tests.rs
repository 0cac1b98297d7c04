//! Figures of made-up records whose answers are known.

use protocol::{Pass, Reported};

use super::*;
use crate::fixture::{self, record, run_of as run};
use crate::record::{Failure, Outcome};

const ARM: &str = "memscope-rs/full";

const BASE: &str = "untracked";
const TWIN: &str = "untracked-twin";

/// The audit of an arm.
fn audited(arm: &str, workload: &str) -> Record {
    fixture::audited(&fixture::arm(arm), workload)
}

/// Blocks in which the tracked program takes `factor` times as long, on two phases.
fn blocks(factor: f64, tracked: impl Fn(&str, u32) -> bool) -> Vec<Record> {
    let mut records = Vec::new();
    for workload in ["fragmentation", "basic-structures"] {
        records.extend([BASE, ARM].map(|arm| audited(arm, workload)));
        for block in 0..8 {
            // However noisy the machine, both samples of a block see the same.
            let wall = 100.0 * (1.0 + f64::from(block % 4) * 0.2);
            let own = Some(wall * factor).filter(|_| tracked(workload, block));
            records.push(record(ARM, workload, block, own));
            records.push(record(TWIN, workload, block, Some(wall * 1.001)));
            records.push(record(BASE, workload, block, Some(wall)));
        }
    }
    records
}

fn near(figure: f64, expected: f64) -> bool {
    (figure / expected - 1.0).abs() < 1e-6
}

#[test]
fn overhead_is_paired_by_block() {
    let summary = Summary::of(&[run(blocks(3.0, |_, _| true))]).unwrap();
    // In the registry's order, not in that of the records.
    let names: Vec<_> = summary.workloads.iter().map(|workload| &*workload.workload).collect();
    assert_eq!(names, ["basic-structures", "fragmentation"]);
    for workload in &summary.workloads {
        let cell = &workload.cells[0];
        let overhead = cell.overhead.unwrap();
        assert!(near(overhead.ratio, 3.0) && overhead.blocks == 8, "{overhead:?}");
        assert!(near(overhead.low.unwrap(), 3.0) && near(overhead.high.unwrap(), 3.0));
        assert_eq!(cell.detection, Some("slower"));
        assert_eq!(cell.capture, Some(0.98));
        assert!(near(workload.noise.unwrap().factor.unwrap(), 1.001));
    }
    let overall = &summary.overall[0];
    assert!(near(overall.overhead.unwrap().ratio, 3.0));
    assert_eq!((overall.workloads, overall.failed), (2, 0));
    assert_eq!(overall.detection, Some("slower"));
    assert!(overall.memory.unwrap().ratio > 1.0 && summary.noise.is_some());
}

#[test]
fn cpu_time_is_judged_and_wall_time_stands_beside_it() {
    let mut records = blocks(3.0, |_, _| true);
    for record in records.iter_mut().filter(|record| record.arm == fixture::arm(ARM)) {
        if let Outcome::Timed(timed) = &mut record.outcome {
            // As much work, and as long a wait.
            timed.cost.wall_ns *= 2;
        }
    }
    let summary = Summary::of(&[run(records)]).unwrap();
    let (cell, overall) = (&summary.workloads[0].cells[0], &summary.overall[0]);
    assert!(near(cell.overhead.unwrap().ratio, 3.0) && near(overall.overhead.unwrap().ratio, 3.0));
    assert!(near(cell.wall_overhead.unwrap().ratio, 6.0));
    assert!(near(overall.wall_overhead.unwrap().ratio, 6.0));
    assert!(cell.blocks.iter().all(|(_, ratio)| near(*ratio, 3.0)));
}

#[test]
fn what_is_warm_up_or_audited_is_in_no_figure() {
    let mut records = blocks(2.0, |_, _| true);
    for (arm, wall) in [(BASE, 1.0), (ARM, 1e6)] {
        let mut warm_up = record(arm, "fragmentation", 100, Some(wall));
        warm_up.slot.warm_up = true;
        // An audit whose time would be seen.
        let mut audit = record(arm, "fragmentation", 101, Some(wall));
        audit.pass = Pass::Audit;
        records.extend([warm_up, audit]);
    }
    let summary = Summary::of(&[run(records)]).unwrap();
    let cell = &summary.workloads[1].cells[0];
    assert!(near(cell.overhead.unwrap().ratio, 2.0));
    assert_eq!(cell.timing.as_ref().unwrap().samples, 8);
}

#[test]
fn failures_are_counted_and_their_blocks_left_out() {
    let survives = |workload: &str, block| workload != "fragmentation" && ![2, 5].contains(&block);
    let summary = Summary::of(&[run(blocks(2.0, survives))]).unwrap();
    let (partly, wholly) = (&summary.workloads[0].cells[0], &summary.workloads[1].cells[0]);
    assert_eq!(partly.overhead.unwrap().blocks, 6);
    assert_eq!((partly.failures[0].count, wholly.failures[0].count), (2, 8));
    assert_eq!(partly.failures[0].reason, fixture::HOSTILE);
    assert!(wholly.overhead.is_none() && wholly.timing.is_none());
    let overall = &summary.overall[0];
    assert_eq!((overall.workloads, overall.failed), (1, 1));
}

#[test]
fn a_failing_report_of_the_trackers_own_is_told_apart() {
    let mut records = blocks(2.0, |_, _| true);
    let failed = |report_asked| Record {
        pass: Pass::Audit,
        report_asked,
        ..record(ARM, "fragmentation", 0, None)
    };
    records.extend([failed(true), failed(false), failed(true)]);
    let summary = Summary::of(&[run(records)]).unwrap();
    let failures = &summary.workloads[1].cells[0].failures;
    let told: Vec<_> = failures.iter().map(|one| (one.label(), one.count)).collect();
    assert_eq!(told, [("crashed".to_owned(), 1), ("tracker report crashed".to_owned(), 2)]);
}

#[test]
fn failures_of_the_untracked_arm_are_told() {
    let mut records = blocks(2.0, |_, _| true);
    records.push(record(BASE, "fragmentation", 8, None));
    records.push(record(ARM, "fragmentation", 8, Some(1e6)));
    let summary = Summary::of(&[run(records)]).unwrap();
    let workload = &summary.workloads[1];
    assert_eq!(workload.untracked_failures[0].count, 1);
    // A tracked sample without one beside it says nothing.
    assert!(near(workload.cells[0].overhead.unwrap().ratio, 2.0));
}

#[test]
fn blocks_of_different_runs_are_not_mixed_up() {
    let other = |record: Record| Record { run: "another".to_owned(), ..record };
    let slower: Vec<Record> = blocks(8.0, |_, _| true).into_iter().map(other).collect();
    let summary = Summary::of(&[run(blocks(2.0, |_, _| true)), run(slower)]).unwrap();
    let overhead = summary.workloads[0].cells[0].overhead.unwrap();
    assert!(near(overhead.ratio, 4.0) && overhead.blocks == 16, "{overhead:?}");
    assert_eq!(summary.environments.len(), 2);
}

#[test]
fn nothing_recorded_is_an_empty_summary() {
    let summary = Summary::of(&[run(Vec::new())]).unwrap();
    assert!(summary.workloads.is_empty() && summary.overall.is_empty());
    assert_eq!(summary.measured_share, None);
}

#[test]
fn what_was_only_audited_is_no_empty_row_of_costs() {
    let timed = |arm: &str| fixture::record(arm, "fragmentation", 1, Some(100.0));
    let mut records = vec![timed(BASE), timed("counting"), audited("counting", "planted-leaks")];
    records.push(audited("dhat", "fragmentation"));
    let summary = Summary::of(&[run(records.clone())]).unwrap();
    assert_eq!(summary.arms(), [&fixture::arm("counting")]);
    assert_eq!(summary.workloads.len(), 1);
    // It is among the audits.
    assert_eq!(summary.audits.len(), 2);
    // Where nothing was timed, what there is is shown.
    let summary = Summary::of(&[run(records.split_off(2))]).unwrap();
    assert!(!summary.is_timed());
    assert_eq!((summary.arms().len(), summary.workloads.len()), (2, 2));
}

#[test]
fn the_newest_audit_of_a_cell_counts() {
    let audited = |at: u64, reported: u64| {
        let mut record = audited("counting", "fragmentation");
        record.started_unix_ns = at;
        if let Outcome::Audit(audited) = &mut record.outcome {
            audited.reported =
                Some(Reported { allocations: Some(reported), ..Reported::default() });
        }
        record
    };
    let summary = Summary::of(&[run(vec![audited(2, 1_000), audited(1, 500)])]).unwrap();
    assert_eq!(summary.audits.len(), 1);
    assert_eq!(summary.audits[0].checks[0].reported, Some(1_000));
}

#[test]
fn what_does_not_build_is_a_row_all_the_same() {
    let mut records = blocks(2.0, |_, _| true);
    let broken = fixture::arm("memscope-rs@0.1.4/full");
    let outcome = fixture::failed(Failure::Build);
    records.push(Record { outcome, ..fixture::audited(&broken, "fragmentation") });
    let summary = Summary::of(&[run(records)]).unwrap();
    let cell = summary.workloads[1].cell(&broken).unwrap();
    assert_eq!(cell.failures[0].label(), "does not build");
    assert_eq!(summary.overall.iter().find(|one| one.arm == broken).unwrap().failed, 1);
}
