//! The audit is itself audited: trackers that are wrong in a known way are each found and named, and one
//! that is right is called exact.

mod common;

use common::Fakes;
use memscope_bench::analyse::accuracy::{Audit, Check, Grade, Growth, LeakAudit, LeakGrade};
use memscope_bench::plan::catalog::{Convention, Counts, Realloc};
use memscope_bench::plan::procedure::{Experiment, ReportWish, SampleKind};
use memscope_bench::record::{Audited, Record};
use protocol::Pass;
use protocol::workloads;

const CONVENTION: Convention = Convention {
    realloc: Realloc::Apart,
    counts: Counts::Allocations,
    variables: true,
    whole_process: false,
};

/// Audits the liar on a workload.
fn record(mode: &str, workload: &str) -> Record {
    sample(mode, workload, &SampleKind::new(Pass::Audit).with_report(ReportWish::Yes))
}

fn sample(mode: &str, workload: &str, kind: &SampleKind) -> Record {
    let fakes = Fakes::lying();
    let group = common::fake_group(workload, mode);
    let record = common::sample(&mut fakes.engine(), &group, 2, kind);
    assert_eq!(record.outcome.failure(), None, "{mode} on {workload}");
    record
}

fn audited(record: &Record) -> &Audited {
    record.outcome.audited().expect("an audit")
}

fn audit(mode: &str, workload: &str) -> Audit {
    Audit::of(&record(mode, workload), Some(CONVENTION)).expect("it claims to count")
}

fn check<'a>(audit: &'a Audit, figure: &str) -> &'a Check {
    audit.checks.iter().find(|check| check.figure == figure).expect("it is checked")
}

/// The figure that is off by most, and reported ÷ true.
fn worst(audit: &Audit) -> (&str, f64) {
    let worst = audit.worst().expect("something is off");
    (&worst.figure, worst.ratio().expect("it is reported"))
}

#[test]
fn a_tracker_that_is_right_is_exact_on_every_workload() {
    // Of servers too: the harness makes their load.
    for meta in workloads::ALL {
        let audit = audit("honest", meta.name);
        assert_eq!(audit.grade, Grade::Exact, "{}: {:?}", meta.name, audit.worst());
        assert_eq!(audit.dropped_events, None);
    }
}

#[test]
fn a_tracker_that_drops_every_tenth_event_is_wrong_by_ten_percent() {
    let audit = audit("drops-tenth", "fragmentation");
    assert_eq!(audit.grade, Grade::Wrong, "{:?}", audit.worst());
    let allocations = check(&audit, "allocations");
    let ratio = allocations.ratio().unwrap();
    assert!((0.88..0.92).contains(&ratio), "{ratio}");
    assert!(allocations.grade() >= Grade::Off, "{allocations:?}");
    // And it says so itself.
    assert!(audit.dropped_events.unwrap() > 0);
}

#[test]
fn a_tracker_that_drops_one_event_in_a_hundred_is_not_exact() {
    let audit = audit("drops-hundredth", "basic-structures");
    assert!(audit.grade > Grade::Exact, "{:?}", audit.grade);
}

#[test]
fn a_tracker_that_counts_twice_is_named_by_the_figure() {
    let audit = audit("doubles", "nested-structures");
    assert_eq!(audit.grade, Grade::Wrong);
    let allocations = check(&audit, "allocations");
    assert!((1.9..=2.0).contains(&allocations.ratio().unwrap()), "{allocations:?}");
    let frees = check(&audit, "frees");
    assert_eq!(frees.grade(), Grade::Exact);
}

#[test]
fn a_wrong_peak_is_named_and_nothing_else() {
    let audit = audit("peak", "fragmentation");
    let (figure, ratio) = worst(&audit);
    assert_eq!(figure, "peak live bytes");
    assert!((0.49..0.51).contains(&ratio), "{ratio}");
    let wrong = audit.checks.iter().filter(|check| check.grade() > Grade::Exact);
    assert_eq!(wrong.count(), 1);
}

#[test]
fn a_tracker_that_hoards_memory_grows_without_bound_and_one_that_does_not_does_not() {
    let growth = |mode: &str| {
        let kind = SampleKind::new(Pass::Audit).of(Experiment::Growth);
        let record = sample(mode, "leak-detection", &SampleKind { repetitions: 8, ..kind });
        Growth::all(&[&record]).remove(0)
    };
    let hoards = growth("hoards");
    assert!(hoards.is_unbounded(), "{hoards:?}");
    let slope = hoards.own_heap.unwrap();
    // 64 bytes for every fifty events; leak-detection has two for each of its allocations.
    let expected = hoards.allocations_per_repetition.unwrap() as f64 * 2.0 / 50.0 * 64.0;
    assert!((slope.bytes_per_repetition / expected - 1.0).abs() < 0.05, "{slope:?}, {expected}");
    assert!(!growth("honest").is_unbounded());
    // What it hoards is its own, and not booked to the program.
    let audit = audit("hoards", "leak-detection");
    assert_eq!(audit.grade, Grade::Exact, "{:?}", audit.worst());
    assert!(audit.own_heap.unwrap().live_allocations > 0);
}

fn leaks(mode: &str, workload: &str) -> LeakGrade {
    let kind = SampleKind::new(Pass::Audit).of(Experiment::Leaks);
    let record = sample(mode, workload, &kind);
    LeakAudit::all(&[&record]).remove(0).grade.expect("it lists leaks")
}

#[test]
fn an_honest_list_of_leaks_has_full_marks() {
    for workload in ["planted-leaks", "reference-cycles"] {
        let grade = leaks("honest", workload);
        assert!(grade.true_leaks > 0, "{workload} leaks");
        assert_eq!(grade.precision, Some(1.0), "{workload}: {grade:?}");
        assert_eq!(grade.recall, Some(1.0), "{workload}: {grade:?}");
    }
    assert_eq!(leaks("honest", "planted-leaks").planted_recall, Some(1.0));
    // Where nothing leaks, nothing is listed.
    for workload in ["leak-detection", "rapid-lifecycle"] {
        let grade = leaks("honest", workload);
        assert_eq!((grade.true_leaks, grade.listed), (0, 0), "{workload}: {grade:?}");
    }
}

#[test]
fn leaks_that_are_none_are_false_alarms() {
    let grade = leaks("false-leaks", "leak-detection");
    assert_eq!(grade.true_leaks, 0);
    assert!(grade.false_leaks() > 100, "{grade:?}");
    assert_eq!(grade.precision, Some(0.0));
    let grade = leaks("false-leaks", "planted-leaks");
    // In so small a run the freed addresses are soon used again; some are not.
    assert!(grade.false_leaks() > 0 && grade.precision.unwrap() < 1.0, "{grade:?}");
    assert_eq!(grade.planted_recall, Some(1.0));
}

#[test]
fn planted_leaks_are_those_the_workload_says() {
    let grade = leaks("honest", "planted-leaks");
    // At scale 0.01 there is one round.
    let planted = |label: &str| {
        let found = grade.planted.iter().find(|planted| planted.label == label).unwrap();
        (found.leaked.allocations, found.leaked.bytes)
    };
    assert_eq!(planted("mem::forget"), (4, 64 + 256 + 1_024 + 4_096));
    assert_eq!(planted("Box::leak"), (2, 2 * 32 * 8));
    // Two nodes (two counts, a string of three words, a cell of two) and two texts of forty bytes.
    assert_eq!(planted("Rc cycle"), (4, 2 * (16 + 24 + 16) + 2 * 40));
    assert_eq!(planted("undrained channel"), (3, 100 + 200 + 300));
    assert_eq!(planted("detached thread"), (1, 10_000));
}

#[test]
fn reports_that_fail_or_are_malformed_are_findings() {
    let record = record("peak", "fragmentation");
    let report = record.outcome.report().expect("a report was asked for");
    let told = report.findings.join("\n");
    assert_eq!(report.findings.len(), 3, "{told}");
    for finding in ["no more to say", "empty.json is empty", "cut-off.html is cut off"] {
        assert!(told.contains(finding), "{told}");
    }
}

#[test]
fn two_audits_at_one_seed_agree_to_the_event() {
    let single = workloads::ALL.iter().filter(|meta| meta.is_deterministic());
    for meta in single {
        let (one, other) = (record("honest", meta.name), record("honest", meta.name));
        let (one, other) = (audited(&one), audited(&other));
        assert!(one.truth.is_some() && one.work.is_some(), "{}", meta.name);
        assert_eq!(one.truth, other.truth, "{}", meta.name);
        assert_eq!(one.work, other.work, "{}", meta.name);
        assert_eq!(one.reported, other.reported, "{}", meta.name);
        assert_eq!(one.leaked, other.leaked, "{}", meta.name);
    }
}
