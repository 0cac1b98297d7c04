//! The gate and `compare --fail-above`, with trackers that really run: red for each lie by the name of what it is
//! about, and green for the same tracker again, thirty times. How times are judged is tested beside the code, on
//! made-up times: a test that takes times is right only on a quiet machine.

mod common;

use std::path::Path;

use common::Fakes;
use memscope_bench::analyse::comparison::{Pairing, Side, compare};
use memscope_bench::analyse::gate::Baseline;
use memscope_bench::analyse::summary::Summary;
use memscope_bench::build::subjects::Subjects;
use memscope_bench::plan::arm::ArmId;
use memscope_bench::plan::group::Group;
use memscope_bench::plan::procedures;
use memscope_bench::record::{Outcome, Run};
use memscope_bench::run::Session;
use memscope_bench::run::engine::{Engine, Silent};
use memscope_bench::stats::LEAST_EFFECT;

/// Some that allocate the same each time, one of them repeated to see memory grow, and some whose threads race,
/// one of them with leaks.
const WORKLOADS: [&str; 6] = [
    "basic-structures",
    "fragmentation",
    "leak-detection",
    "concurrent-tasks",
    "data-processing",
    "planted-leaks",
];

/// Carries out what `gate --truth` does; arms have one name whatever the mode.
fn run(groups: Vec<Group>, begin: impl FnOnce() -> Engine<Session>) -> Run {
    let mut engine = begin();
    engine.carry_out(&procedures::gate(groups, true), &mut Silent).expect("it can be recorded");
    let mut run = Run::load(engine.executor.folder()).expect("it can be read");
    for record in &mut run.records {
        assert_eq!(record.outcome.failure(), None);
        record.arm.mode = None;
    }
    run
}

/// The liar in a mode.
fn lying(mode: &str) -> Run {
    let fakes = Fakes::lying();
    let groups = WORKLOADS.map(|name| common::fake_group(name, mode)).to_vec();
    run(groups, || fakes.engine())
}

/// A real tracker that misses events where threads race, and counts its own.
fn real() -> Run {
    let fakes = Fakes::lying();
    let arms: [ArmId; 1] = [common::arm("memscope-rs/allocator")];
    // Its list of leaks never comes in this mode.
    let workloads =
        WORKLOADS.iter().filter(|name| !["planted-leaks", "leak-detection"].contains(name));
    let groups = workloads.map(|name| common::group(name, &arms)).collect();
    let subjects = Subjects::in_folder(common::programs());
    run(groups, || fakes.engine_of(subjects))
}

fn sides(run: &Run) -> Vec<Side> {
    Side::all(&Summary::of(std::slice::from_ref(run)).expect("audits have no times"))
}

fn baseline(run: &Run, path: &Path) -> Baseline {
    let baseline = Baseline::new(run.environment.clone(), Vec::new(), sides(run));
    baseline.save(path).unwrap();
    Baseline::load(path).unwrap()
}

/// The same run with this many times the page faults.
fn faulting(run: &Run, factor: u64) -> Run {
    let mut run = run.clone();
    for record in &mut run.records {
        if let Outcome::Audit(audited) = &mut record.outcome {
            let faults = audited.cost.minor_faults.as_mut().expect("the kernel counts them");
            *faults *= factor;
        }
    }
    run
}

/// What turns the gate, and `compare --fail-above`, red.
fn red(baseline: &Baseline, base: &Run, new: &Run) -> [Vec<String>; 2] {
    let (base, new) = (sides(base), sides(new));
    let pairs: Vec<(Side, Side)> = base.into_iter().zip(new.clone()).collect();
    let comparison = compare(&pairs, Pairing::SameBlocks, LEAST_EFFECT).unwrap();
    [baseline.judge(&new, 5.0).unwrap().reasons, comparison.beyond(5.0)]
}

#[test]
fn each_lie_turns_it_red_by_the_name_of_what_it_is_about() {
    let folder = tempfile::tempdir().unwrap();
    let honest = lying("honest");
    let baseline = baseline(&honest, &folder.path().join("baseline.json"));
    for (mode, expected) in [
        ("drops-hundredth", "events less accurate: allocations"),
        ("loses-frees", "events less accurate: frees"),
        ("live-doubled", "live less accurate: live allocations"),
        ("peak", "peak less accurate: peak live bytes"),
        ("bytes-off", "events less accurate: allocated bytes"),
        ("one-false-leak", "leaks less accurate: leaks"),
        ("misses-one-leak", "leaks less accurate: leaks found"),
        ("own-heap", "more own heap"),
        ("hoards", "grows more"),
    ] {
        for reasons in red(&baseline, &honest, &lying(mode)) {
            let named = reasons.iter().any(|reason| reason.contains(expected));
            assert!(named, "{mode}: {reasons:#?}");
        }
    }
}

#[test]
fn twice_the_page_faults_turn_it_red_by_their_name() {
    let folder = tempfile::tempdir().unwrap();
    let honest = lying("honest");
    let baseline = baseline(&honest, &folder.path().join("baseline.json"));
    for reasons in red(&baseline, &honest, &faulting(&lying("honest"), 2)) {
        let named = reasons.iter().filter(|reason| reason.contains("more page faults: "));
        assert!(named.count() >= 3, "where threads race they may differ by as much: {reasons:#?}");
        let others = reasons.iter().filter(|reason| !reason.contains("more page faults: "));
        assert_eq!(others.count(), 0, "{reasons:#?}");
    }
}

/// Six runs of the same, each in turn the baseline of all others: thirty comparisons.
fn green_among_themselves(again: impl Fn() -> Run) {
    let folder = tempfile::tempdir().unwrap();
    let runs: Vec<Run> = (0..6).map(|_| again()).collect();
    for (one, base) in runs.iter().enumerate() {
        let baseline = baseline(base, &folder.path().join(format!("{one}.json")));
        for (other, new) in runs.iter().enumerate().filter(|(other, _)| *other != one) {
            let [gate, compare] = red(&baseline, base, new);
            assert_eq!((gate, compare), (Vec::new(), Vec::new()), "{other} against {one}");
        }
    }
}

#[test]
fn the_same_again_leaves_it_green_thirty_times() {
    green_among_themselves(|| lying("honest"));
}

#[test]
fn a_real_tracker_that_races_leaves_it_green_thirty_times() {
    green_among_themselves(real);
}

#[test]
fn the_committed_baseline_can_be_read_and_tells_how_it_was_made() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/baseline.json");
    let baseline = Baseline::load(&path).unwrap();
    assert!(baseline.arms.len() > 1 && baseline.arms.iter().all(|arm| !arm.workloads.is_empty()));
    let command = &baseline.environment.command;
    assert!(command.contains("gate --baseline .ci/baseline.json --update --truth"), "{command}");
}
