//! Every verb's procedure, carried out without a process.

use std::collections::HashSet;
use std::time::Duration;

use protocol::{Params, workloads};

use super::*;
use crate::fixture;
use crate::plan::arm::{Planted, Role};
use crate::plan::calibration;
use crate::plan::partition::Partition;
use crate::plan::procedure::{Procedure, Verb};
use crate::plan::procedures;

/// Takes samples without a process, and notes them.
#[derive(Default)]
struct Mock {
    taken: Vec<Record>,
    timeouts: Vec<Option<Duration>>,
    /// Interrupts instead of taking one more.
    at_most: Option<usize>,
    /// Which samples fail.
    fails: Option<fn(&Task<'_>) -> Option<Failure>>,
}

impl Executor for Mock {
    fn take(&mut self, task: &Task<'_>) -> Result<Record, RunError> {
        if self.at_most.is_some_and(|most| self.taken.len() >= most) {
            return Err(RunError::Interrupted { folder: "run".into(), verb: "measure" });
        }
        let failure = self.fails.and_then(|fails| fails(task));
        let outcome = failure.map(fixture::failed);
        let sample = fixture::timed(task.arm, &task.group.workload, task.slot.block, Some(2_000.0));
        let record = Record {
            params: task.kind.params(task.group),
            pass: task.kind.pass,
            experiment: task.kind.experiment,
            slot: task.slot,
            report_asked: task.report,
            outcome: outcome.unwrap_or_else(|| sample.outcome.clone()),
            ..sample
        };
        self.taken.push(record.clone());
        self.timeouts.push(task.timeout);
        Ok(record)
    }
}

/// Two workloads under two trackers, and one that is repeated to see memory grow.
fn groups() -> Vec<Group> {
    let trackers = [fixture::arm("dhat"), fixture::arm("memscope-rs@0.2.4/full")];
    ["fragmentation", "leak-detection"]
        .iter()
        .filter_map(|name| workloads::find(name))
        .map(|workload| Group::new(workload, Params::default(), &trackers))
        .collect()
}

/// A slow-down for each of them.
fn planted() -> Vec<Vec<Planted>> {
    vec![vec![Planted { per_mille: 10, steps: 3 }]; groups().len()]
}

/// What every verb that runs something runs.
fn every_verb() -> Vec<(&'static str, Procedure)> {
    vec![
        ("measure", procedures::measure(groups())),
        ("bench", procedures::bench(groups())),
        ("compare", procedures::compare(groups(), None)),
        ("compare --links", procedures::compare(groups(), Some(2))),
        ("bisect", procedures::bisect(groups(), true)),
        ("bisect --fail-above", procedures::bisect(groups(), false)),
        ("gate", procedures::gate(groups(), false)),
        ("gate --truth", procedures::gate(groups(), true)),
        ("audit", procedures::audit(groups(), Vec::new())),
        ("sweep", procedures::sweep(groups(), &[1, 2])),
        ("sweep --over scale", procedures::sweep_sizes(groups(), &[0.1, 0.2])),
        ("ladder", procedures::ladder(groups())),
        ("latency", procedures::latency(groups())),
        ("load", procedures::load(groups(), &[1_000, 2_000], 10, 3)),
        ("profile", procedures::profile(groups())),
        ("verify", procedures::verify(groups(), true, Some("memcheck".to_owned()))),
        ("instructions", procedures::instructions(Verb::Measure, groups(), 3, "callgrind")),
        ("verify --soak", procedures::soak(groups(), false, Duration::from_secs(1))),
        ("calibrate costs", calibration::known_cost(groups())),
        ("calibrate slow-downs", calibration::planted(groups(), &planted(), 1)),
        ("calibrate layout", calibration::relinked(groups(), 2)),
    ]
}

fn run_with(mock: Mock, procedure: &Procedure, taken: Vec<Record>) -> (Mock, bool) {
    let mut engine = Engine::new(mock, 7, Some(3), taken);
    let done = engine.carry_out(procedure, &mut Silent);
    (engine.executor, done.is_ok())
}

fn run(procedure: &Procedure) -> Vec<Record> {
    let (mock, done) = run_with(Mock::default(), procedure, Vec::new());
    assert!(done);
    mock.taken
}

/// Which samples these are, whatever their order.
fn keys(records: &[Record]) -> HashSet<Key> {
    let keys: HashSet<Key> = records.iter().map(Key::of_record).collect();
    assert_eq!(keys.len(), records.len(), "a sample was taken twice");
    keys
}

/// The stages' samples in a few words: how many of each pass and experiment.
fn told(records: &[Record]) -> Vec<(Pass, Option<Experiment>, usize)> {
    let mut told: Vec<(Pass, Option<Experiment>, usize)> = Vec::new();
    for record in records {
        match told.last_mut() {
            Some((pass, experiment, number))
                if (*pass, *experiment) == (record.pass, record.experiment) =>
            {
                *number += 1;
            }
            _ => told.push((record.pass, record.experiment, 1)),
        }
    }
    told
}

#[test]
fn every_verb_takes_its_stages_in_their_order() {
    use Experiment::{
        Growth, Instructions, KnownCost, Ladder, Latency, Leaks, Load, Moments, Repeats, Sizes,
        Soak, Threads, Verify,
    };
    let (audit, timed) = (Pass::Audit, Pass::Timed);
    // One of the workloads has its lists of leaks graded, and is repeated to see memory grow: there, each
    // arm is audited and timed.
    let growth = [(audit, Some(Growth), 1), (timed, Some(Growth), 1)].repeat(3);
    // Two trackers are audited four times more on both, and listed twice on one.
    let judged = vec![(audit, None, 6), (audit, Some(Repeats), 16), (audit, Some(Leaks), 10)];
    let judged = [judged, growth.clone()].concat();
    // Two workloads with a base and two trackers: six audits; four arms in a warm-up block and three others.
    let expected = |verb| match verb {
        "measure" | "bench" => vec![(audit, None, 6), (timed, None, 32)],
        "compare" | "compare --links" | "bisect --fail-above" | "gate" => {
            [judged.clone(), vec![(timed, None, 32)]].concat()
        }
        "bisect" | "gate --truth" => judged.clone(),
        "audit" => {
            let first = vec![(audit, None, 6), (audit, Some(Moments), 4), (audit, Some(Leaks), 2)];
            [first, growth.clone()].concat()
        }
        "sweep" => vec![(audit, Some(Threads), 12), (timed, Some(Threads), 64)],
        "sweep --over scale" => vec![(audit, Some(Sizes), 12), (timed, Some(Sizes), 64)],
        "ladder" => vec![(audit, Some(Ladder), 2), (timed, Some(Ladder), 56)],
        "latency" => vec![(timed, Some(Latency), 32)],
        // Two of them have no server, and hold nothing: the first step of three arms, three times.
        "load" => vec![(timed, Some(Load), 18)],
        "profile" => vec![(audit, None, 4)],
        "verify" => vec![(audit, Some(Verify), 6)],
        "instructions" => {
            vec![(audit, Some(Instructions), 2), (timed, Some(Instructions), 18)]
        }
        "verify --soak" => vec![(audit, Some(Soak), 4)],
        // None of the workloads is the one on which costs are looked for.
        "calibrate costs" => vec![(audit, Some(KnownCost), 6)],
        "calibrate slow-downs" => vec![(timed, Some(Experiment::Planted), 40)],
        // Two trackers and the control of one, without the base.
        "calibrate layout" => vec![(timed, Some(Experiment::Relinked), 24)],
        other => unreachable!("{other}"),
    };
    for (verb, procedure) in every_verb() {
        let records = run(&procedure);
        assert_eq!(told(&records), expected(verb), "{verb}");
        keys(&records);
    }
}

#[test]
fn a_block_has_every_arm_once_and_rounds_spread_the_groups() {
    // A climb leaves arms behind: it has a test of its own.
    for (verb, procedure) in every_verb().into_iter().filter(|(verb, _)| *verb != "load") {
        let timed: Vec<Record> = run(&procedure)
            .into_iter()
            .filter(|record| {
                let in_turn = [Experiment::Growth, Experiment::Instructions];
                let in_blocks = record.experiment.is_none_or(|one| !in_turn.contains(&one));
                record.pass == Pass::Timed && in_blocks
            })
            .collect();
        let arms = procedure.groups[0].arms.len();
        let mut places = HashSet::new();
        for block in timed.chunks(arms) {
            let first = &block[0];
            let same = |record: &Record| {
                (&record.workload, record.params, record.slot.block)
                    == (&first.workload, first.params, first.slot.block)
            };
            assert!(block.iter().all(same), "{verb}: a block is torn apart");
            let different: HashSet<&ArmId> = block.iter().map(|record| &record.arm).collect();
            assert_eq!(different.len(), arms, "{verb}: an arm is missing in a block");
            assert!((0..).zip(block).all(|(place, record)| record.slot.place == place), "{verb}");
            places.insert(block.iter().map(|r| r.arm.to_string()).collect::<Vec<_>>());
            assert_eq!(first.slot.warm_up, first.slot.block == 0, "{verb}");
        }
        // The order of arms is drawn anew for each block.
        assert!(timed.is_empty() || places.len() > 1, "{verb}");
        // No group has all its blocks in a row.
        let rounds: Vec<u32> = timed.chunks(arms).map(|block| block[0].slot.block).collect();
        assert!(rounds.is_sorted(), "{verb}: {rounds:?}");
    }
}

#[test]
fn workloads_with_workers_are_timed_on_one_thread_and_once_more_on_all() {
    let group = |name| {
        let params = Params { threads: 4, ..Params::default() };
        Group::new(workloads::find(name).unwrap(), params, &[fixture::arm("dhat")])
    };
    let groups = || vec![group("data-processing"), group("fragmentation")];
    for procedure in [procedures::measure(groups()), procedures::bench(groups())] {
        let records = run(&procedure);
        let threads = |workload: &str, pass, experiment| -> HashSet<usize> {
            let is = |record: &&Record| {
                (&*record.workload, record.pass, record.experiment) == (workload, pass, experiment)
            };
            records.iter().filter(is).map(|record| record.params.threads).collect()
        };
        let (pool, again) = ("data-processing", Some(Experiment::Threads));
        assert_eq!(threads(pool, Pass::Timed, None), [1].into());
        assert_eq!(threads(pool, Pass::Timed, again), [4].into());
        assert_eq!(threads(pool, Pass::Audit, None), [4].into());
        assert_eq!(threads("fragmentation", Pass::Timed, None), [4].into());
        assert_eq!(threads("fragmentation", Pass::Timed, again), [].into());
        keys(&records);
        // Taken up again, nothing is taken twice.
        let (mock, _) = run_with(Mock::default(), &procedure, records);
        assert_eq!(mock.taken.len(), 0);
    }
}

#[test]
fn link_orders_take_turns_and_the_base_stays_as_it_was_built() {
    let records = run(&procedures::compare(groups(), Some(2)));
    let timed = records.iter().filter(|record| record.is_of_a_cell());
    let (timed, audited): (Vec<&Record>, _) = timed.partition(|record| record.pass == Pass::Timed);
    assert!(audited.iter().all(|record| record.slot.link.is_none()));
    for record in timed {
        let expected = (record.arm.role != Role::Base).then_some(record.slot.block % 2);
        assert_eq!(record.slot.link, expected, "{record:?}");
    }
    // Without a number of samples, each order has as many blocks: here of 16 s each, the warm-up block beside them.
    let mut engine = Engine::new(Mock::default(), 7, None, Vec::new());
    engine.carry_out(&procedures::compare(groups(), Some(8)), &mut Silent).unwrap();
    let of = |order| {
        let own = engine.executor.taken.iter().filter(|one| one.slot.link == Some(order));
        own.filter(|one| !one.slot.warm_up && one.arm.role == Role::Twin).count()
    };
    assert_eq!([0, 1, 7].map(of), [10; 3], "five blocks of two workloads");
}

#[test]
fn the_seed_fixes_the_order() {
    let procedure = procedures::measure(groups());
    let order = |seed| {
        let mut engine = Engine::new(Mock::default(), seed, Some(3), Vec::new());
        engine.carry_out(&procedure, &mut Silent).unwrap();
        let taken = engine.executor.taken.iter();
        taken.map(|record| (record.workload.clone(), record.arm.clone())).collect::<Vec<_>>()
    };
    assert_eq!(order(7), order(7));
    assert_ne!(order(7), order(8));
}

#[test]
fn wherever_it_is_interrupted_every_verb_goes_on_to_the_same_samples() {
    for (verb, procedure) in every_verb() {
        let whole = run(&procedure);
        for at_most in [0, 1, whole.len() / 2, whole.len() - 1] {
            let mock = Mock { at_most: Some(at_most), ..Mock::default() };
            let (interrupted, done) = run_with(mock, &procedure, Vec::new());
            assert!(!done, "{verb}");
            let before = interrupted.taken;
            assert_eq!(before.len(), at_most, "{verb}");
            let (resumed, done) = run_with(Mock::default(), &procedure, before.clone());
            assert!(done, "{verb}");
            // Nothing twice, and in the order of an uninterrupted run.
            let after: Vec<Key> = resumed.taken.iter().map(Key::of_record).collect();
            let rest: Vec<Key> = whole[at_most..].iter().map(Key::of_record).collect();
            assert_eq!(after, rest, "{verb} after {at_most} samples");
        }
        let (resumed, _) = run_with(Mock::default(), &procedure, whole);
        assert!(resumed.taken.is_empty(), "{verb}: a complete run takes nothing more");
    }
}

#[test]
fn the_shares_of_every_verb_are_the_whole() {
    for (verb, procedure) in every_verb() {
        let controls =
            |record: &&Record| matches!(record.arm.role, Role::Base | Role::Twin | Role::Parked);
        let whole = run(&procedure);
        for of in [2, 3] {
            let share = |number| run(&procedure.clone().share(Partition { number, of }));
            let shares: Vec<Record> = (1..=of).flat_map(share).collect();
            // Controls are measured beside every tracker, so in several shares; all else once.
            let own: Vec<Record> = shares.iter().filter(|r| !controls(r)).cloned().collect();
            let expected: Vec<Record> = whole.iter().filter(|r| !controls(r)).cloned().collect();
            assert_eq!(keys(&own), keys(&expected), "{verb} in {of} shares");
            let all: HashSet<Key> = shares.iter().map(Key::of_record).collect();
            assert_eq!(all, keys(&whole), "{verb} in {of} shares");
        }
    }
}

#[test]
fn a_procedure_is_recorded_and_read_back() {
    for (verb, procedure) in every_verb() {
        let text = serde_json::to_string(&procedure).unwrap();
        let read: Procedure = serde_json::from_str(&text).unwrap();
        assert_eq!(read, procedure, "{verb}");
    }
}

#[test]
fn an_audit_that_fails_with_its_report_is_taken_once_more_without() {
    let with_report = |failure: Failure| {
        let fails: fn(&Task<'_>) -> Option<Failure> = match failure {
            Failure::Build => |task| task.arm.is_tracked().then_some(Failure::Build),
            _ => |task| (task.arm.is_tracked() && task.report).then_some(Failure::TimedOut),
        };
        let mock = Mock { fails: Some(fails), ..Mock::default() };
        let (mock, _) = run_with(mock, &procedures::measure(groups()), Vec::new());
        mock.taken
    };
    let taken = with_report(Failure::TimedOut);
    let dhat: Vec<&Record> = taken.iter().filter(|record| record.arm.tracker == "dhat").collect();
    let ended = |record: &Record| (record.report_asked, record.outcome.failed().is_some());
    assert_eq!(ended(dhat[0]), (true, true));
    assert_eq!(ended(dhat[1]), (false, false));
    // What does not build would fail alike.
    let audits =
        |records: Vec<Record>| records.into_iter().filter(|r| r.pass == Pass::Audit).count();
    assert_eq!(audits(with_report(Failure::Build)), 6);
}

#[test]
fn a_question_of_its_own_has_the_time_of_four_audits() {
    let procedure = procedures::audit(groups(), Vec::new());
    let (mock, _) = run_with(Mock::default(), &procedure, Vec::new());
    let own = mock.taken.iter().zip(&mock.timeouts).filter(|(_, timeout)| timeout.is_some());
    let own: Vec<_> = own.collect();
    // An audit takes four seconds here.
    assert!(own.iter().all(|(_, timeout)| **timeout == Some(Duration::from_secs(26))), "{own:?}");
    let of = |experiment| own.iter().filter(|(r, _)| r.experiment == Some(experiment)).count();
    assert_eq!((of(Experiment::Leaks), of(Experiment::Moments), own.len()), (2, 4, 6));
}

/// Answers in time up to a rate that its arm can hold.
struct Rated(Vec<(ArmId, u32)>);

impl Executor for Rated {
    fn take(&mut self, task: &Task<'_>) -> Result<Record, RunError> {
        let rate = task.kind.arrivals.unwrap().rate;
        self.0.push((task.arm.clone(), rate));
        let most = if task.arm.is_tracked() { 2_000 } else { 8_000 };
        Ok(fixture::loaded(task.arm, task.slot.block, rate, if rate > most { 80 } else { 3 }))
    }
}

#[test]
fn a_climb_ends_for_each_arm_at_the_first_rate_that_it_does_not_hold() {
    let rates = [1_000, 2_000, 4_000, 8_000, 12_000, 16_000];
    let facts = workloads::find("http-longevity").unwrap();
    let group = Group::new(facts, Params::default(), &[fixture::arm("dhat")]);
    let procedure = procedures::load(vec![group], &rates, 10, 2);
    let mut engine = Engine::new(Rated(Vec::new()), 7, None, Vec::new());
    engine.carry_out(&procedure, &mut Silent).unwrap();
    let taken = engine.executor.0;
    let of = |tracked| -> Vec<u32> {
        let own = taken.iter().filter(|(arm, _)| arm.is_tracked() == tracked);
        own.map(|(_, rate)| *rate).collect()
    };
    assert_eq!(of(false), [&rates[..5], &rates[..5]].concat());
    assert_eq!(of(true), [&rates[..3], &rates[..3]].concat());
}
