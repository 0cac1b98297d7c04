//! How long single allocations take: every call is timed once, a pause shows, and the verb tells of it.

mod common;

use common::{Fakes, errors, memscope_bench, newest_run, programs, run, text};
use memscope_bench::analyse::latency::CallLatency;
use memscope_bench::build::subjects::Subjects;
use memscope_bench::plan::arm::ArmId;
use memscope_bench::plan::procedure::{Experiment, SampleKind};
use memscope_bench::record::{Outcome, Record};
use protocol::{Latencies, Pass};

fn latency() -> SampleKind {
    SampleKind::new(Pass::Timed).of(Experiment::Latency)
}

fn latencies(record: &Record) -> &Latencies {
    assert_eq!(record.outcome.failure(), None);
    let Outcome::Latency(sample) = &record.outcome else { panic!("{record:?}") };
    sample.latencies.as_ref().expect("the wrapper is installed")
}

fn calls(buckets: &[(u64, u64)]) -> u64 {
    buckets.iter().map(|(_, calls)| calls).sum()
}

/// Whatever the tracker, and however it is used: what it allocates for itself is no call of the program's.
#[test]
fn there_are_as_many_latencies_as_the_audit_counts_events() {
    let fakes = Fakes::failing();
    let mut engine = fakes.engine_of(Subjects::in_folder(programs()));
    let trackers =
        ["counting", "memscope-rs/full", "memscope-rs/variables", "dhat"].map(common::arm);
    let arms: Vec<ArmId> = std::iter::once(ArmId::base()).chain(trackers).collect();
    for workload in ["basic-structures", "fragmentation"] {
        let mut group = common::group(workload, &[]);
        group.arms.clone_from(&arms);
        for (place, arm) in arms.iter().enumerate() {
            let audit = SampleKind::new(Pass::Audit);
            let audit = common::sample(&mut engine, &group, place, &audit);
            let heap = audit.outcome.audited().unwrap().work.as_ref().unwrap().heap;
            let timed = common::sample(&mut engine, &group, place, &latency());
            let timed = latencies(&timed);
            let counted = heap.allocations + heap.reallocations;
            assert_eq!(calls(&timed.allocations), counted, "{arm} on {workload}");
            assert_eq!(calls(&timed.frees), heap.deallocations, "{arm} on {workload}");
            assert!(calls(&timed.timer) > 0, "the timer itself is timed");
        }
    }
}

#[test]
fn threads_are_timed_too() {
    let fakes = Fakes::failing();
    let mut engine = fakes.engine();
    let group = common::group("concurrent-tasks", &[]);
    let audit = common::sample(&mut engine, &group, 0, &SampleKind::new(Pass::Audit));
    let heap = audit.outcome.audited().unwrap().work.as_ref().unwrap().heap;
    let timed = common::sample(&mut engine, &group, 0, &latency());
    let (counted, timed) = (heap.events(), latencies(&timed));
    let timed = calls(&timed.allocations) + calls(&timed.frees);
    // Threads race: not to the event.
    assert!(timed.abs_diff(counted) * 50 < counted, "{timed} of {counted}");
}

#[test]
fn a_pause_of_20_ms_is_the_longest_allocation() {
    let fakes = Fakes::failing();
    let group = common::fake_group("basic-structures", "pauses");
    let mut record = common::sample(&mut fakes.engine(), &group, 2, &latency());
    let longest = latencies(&record).allocations.last().unwrap().0;
    assert!(longest >= 19_900_000, "{longest} ns");
    // The figures tell of it, and half of the calls do not.
    record.slot.block = 1;
    let all = CallLatency::all(&[&record]);
    let [p50, .., max] = all[0].allocations.as_ref().unwrap().quantiles;
    assert!(max.ns >= 20_000_000 && p50.ns < 20_000_000, "{all:?}");
}

#[test]
fn the_verb_prints_records_and_draws() {
    let folder = tempfile::tempdir().unwrap();
    let arguments =
        ["latency", "-w", "fragmentation", "-t", "counting", "--scale", "0.05", "--samples", "2"];
    let output = memscope_bench(folder.path(), &arguments).output().unwrap();
    let printed = text(&output.stdout);
    assert!(output.status.success(), "{}", errors(&output));
    for told in ["p99.99", "untracked-twin", "frees", "counting"] {
        assert!(printed.contains(told), "{printed}");
    }
    let recorded = newest_run(folder.path());
    // Three arms in a warm-up block and two others.
    assert_eq!(recorded.records.len(), 9);
    assert!(recorded.folder.join("charts/call-latency.svg").is_file());
    let page = std::fs::read_to_string(recorded.folder.join("index.html")).unwrap();
    assert!(page.contains("How long a single allocation takes"));
    let json = run(folder.path(), &[&arguments[..], &["--json"]].concat());
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["latencies"].as_array().unwrap().len(), 3);
}
