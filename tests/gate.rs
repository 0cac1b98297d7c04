//! The gate, with trackers that really run: red for one that drops one event in a hundred, green for the same
//! tracker again, twenty times. How it judges time is tested beside its code, on made-up times: a test that
//! takes times is right only on a quiet machine.

mod common;

use std::path::Path;

use common::Fakes;
use memscope_bench::analyse::comparison::Side;
use memscope_bench::analyse::gate::Baseline;
use memscope_bench::analyse::summary::Summary;
use memscope_bench::plan::procedures;
use memscope_bench::record::Run;
use memscope_bench::run::engine::Silent;

/// Two that allocate the same each time, and one whose threads race.
const WORKLOADS: [&str; 3] = ["basic-structures", "fragmentation", "concurrent-tasks"];

/// Audits the liar in a mode, as `gate --truth` does; its arm has one name whatever the mode.
fn run(mode: &str) -> Run {
    let fakes = Fakes::lying();
    let groups = WORKLOADS.map(|name| common::fake_group(name, mode));
    let procedure = procedures::gate(groups.to_vec(), true);
    let mut engine = fakes.begin(fakes.settings(), &procedure);
    engine.carry_out(&procedure, &mut Silent).expect("it can be recorded");
    let mut run = Run::load(engine.executor.folder()).expect("it can be read");
    assert_eq!(run.records.len(), 2 * WORKLOADS.len(), "an audit of the base and of the liar");
    for record in &mut run.records {
        assert_eq!(record.outcome.failure(), None);
        record.arm.mode = None;
    }
    run
}

fn sides(run: &Run) -> Vec<Side> {
    Side::all(&Summary::of(std::slice::from_ref(run)).expect("audits have no times"))
}

fn baseline(path: &Path) -> Baseline {
    let run = run("honest");
    let baseline = Baseline::new(run.environment.clone(), sides(&run));
    baseline.save(path).unwrap();
    Baseline::load(path).unwrap()
}

#[test]
fn a_tracker_that_drops_one_event_in_a_hundred_turns_it_red_and_the_same_again_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let baseline = baseline(&folder.path().join("baseline.json"));
    let reasons = |mode: &str| baseline.judge(&sides(&run(mode)), 5.0).unwrap().reasons;
    let red = reasons("drops-hundredth");
    assert_eq!(red.len(), WORKLOADS.len(), "{red:?}");
    assert!(red.iter().all(|reason| reason.ends_with("less accurate")), "{red:?}");
    for time in 0..20 {
        assert_eq!(reasons("honest"), [""; 0], "time {time}");
    }
}

#[test]
fn the_committed_baseline_can_be_read_and_tells_how_it_was_made() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/baseline.json");
    let baseline = Baseline::load(&path).unwrap();
    assert!(baseline.arms.len() > 1 && baseline.arms.iter().all(|arm| !arm.workloads.is_empty()));
    let command = &baseline.environment.command;
    assert!(command.contains("gate --baseline .ci/baseline.json --update --truth"), "{command}");
}
