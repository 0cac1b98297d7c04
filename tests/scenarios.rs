//! The scenarios under fire, at a small scale: every request is answered once and whole, every reset
//! survived and counted, and nothing is left.

mod common;

use common::{Fakes, untracked};
use memscope_bench::record::{Experiment, Outcome, Record};
use memscope_bench::run::{Group, Sample, Session};
use protocol::Pass;
use protocol::workloads;

/// A sample of a scenario, untracked, at the scale of the tests: a hundredth.
fn sample(session: &mut Session, workload: &str, pass: Pass) -> Record {
    let group = Group::new(workloads::find(workload).expect("a scenario"), &untracked(), &[]);
    let sample = session.plain(pass);
    let record = session.sample(&group, &group.arms[0], &sample).expect("it can be recorded");
    assert_eq!(record.outcome, Outcome::Completed, "{workload}");
    record
}

#[test]
fn every_request_is_answered_once_and_whole() {
    let fakes = Fakes::new();
    let record = sample(&mut fakes.session(), "http-longevity", Pass::Timed);
    let load = record.endurance.load.expect("a client was there");
    let served = record.endurance.served.expect("a server was there");
    // Each answer is compared with the page; one that differs is no good one.
    assert_eq!((load.requests, load.good), (1_000, 1_000));
    assert!(load.errors.is_empty(), "{:?}", load.errors);
    assert_eq!((served.connections, served.requests, served.broken), (1_000, 1_000, 0));
    let latency = load.latency.expect("latencies are recorded");
    assert!(latency.p50_ns > 0 && latency.p50_ns <= latency.p90_ns);
    assert!(latency.p90_ns <= latency.p99_ns && latency.p99_ns <= latency.max_ns);
    assert!(load.throughput().unwrap() > 0.0);
    // The client's own work is no part of the server's cost, and is told.
    assert!(load.client_cpu_ns.unwrap() > 0);
    assert!(record.cost.unwrap().cpu_ns().unwrap() > 0);
}

#[test]
fn every_reset_is_survived_and_counted() {
    let fakes = Fakes::new();
    let record = sample(&mut fakes.session(), "broken-pipe", Pass::Timed);
    let load = record.endurance.load.expect("a client was there");
    let served = record.endurance.served.expect("a server was there");
    assert_eq!((load.requests, load.good), (1_000, 1_000));
    assert_eq!(load.interruptions.values().sum::<u64>(), 1_000, "{:?}", load.interruptions);
    // Which of the two depends on whether the request or the close was first.
    let kinds = ["reset", "broken pipe", "closed"];
    assert!(load.interruptions.keys().all(|kind| kinds.contains(&kind.as_str())));
    assert_eq!(served.connections + served.broken, 1_000);
}

#[test]
fn at_the_end_a_server_holds_no_more_than_at_the_beginning_of_main() {
    let fakes = Fakes::new();
    let mut session = fakes.session();
    for workload in ["http-longevity", "rapid-lifecycle", "broken-pipe", "worker-channel"] {
        let group = Group::new(workloads::find(workload).unwrap(), &untracked(), &[]);
        let verify = Sample { experiment: Some(Experiment::Verify), ..session.plain(Pass::Audit) };
        let record = session.sample(&group, &group.arms[0], &verify).unwrap();
        assert_eq!(record.outcome, Outcome::Completed, "{workload}");
        let final_heap = record.endurance.final_heap.expect("it says final_heap");
        let (before, after) = (final_heap.at_main, final_heap.program);
        assert!(after.allocations > 1_000, "{workload}: {after:?}");
        assert_eq!(after.live_allocations, before.live_allocations, "{workload}");
        assert_eq!(after.live_bytes, before.live_bytes, "{workload}");
    }
}
