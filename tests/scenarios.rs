//! The scenarios under fire, at a small scale: every request is answered once and whole, every reset
//! survived and counted, and nothing is left.

mod common;

use common::Fakes;
use memscope_bench::plan::procedure::{Experiment, SampleKind};
use memscope_bench::record::{Outcome, Record};
use protocol::Pass;

/// A sample of a scenario, untracked, at the scale of the tests: a hundredth.
fn sample(workload: &str, kind: &SampleKind) -> Record {
    let fakes = Fakes::failing();
    let group = common::group(workload, &[]);
    let record = common::sample(&mut fakes.engine(), &group, 0, kind);
    assert_eq!(record.outcome.failure(), None, "{workload}");
    record
}

#[test]
fn every_request_is_answered_once_and_whole() {
    let record = sample("http-longevity", &SampleKind::new(Pass::Timed));
    let server = record.outcome.server().expect("a server was there");
    let (load, served) = (&server.load, server.served.expect("it says what it served"));
    // Each answer is compared with the page; one that differs is no good one.
    assert_eq!((load.requests, load.good), (1_000, 1_000));
    assert!(load.errors.is_empty(), "{:?}", load.errors);
    assert_eq!((served.connections, served.requests, served.broken), (1_000, 1_000, 0));
    let latency = load.latency.as_ref().expect("latencies are recorded");
    assert!(latency.p50_ns > 0 && latency.p50_ns <= latency.p90_ns);
    assert!(latency.p90_ns <= latency.p99_ns && latency.p99_ns <= latency.max_ns);
    assert!(load.throughput().unwrap() > 0.0);
    // The client's own work is no part of the server's cost, and is told.
    assert!(load.client_cpu_ns.unwrap() > 0);
    assert!(record.cost().unwrap().cpu_ns().unwrap() > 0);
}

#[test]
fn every_reset_is_survived_and_counted() {
    let record = sample("broken-pipe", &SampleKind::new(Pass::Timed));
    let server = record.outcome.server().expect("a server was there");
    let (load, served) = (&server.load, server.served.expect("it says what it served"));
    assert_eq!((load.requests, load.good), (1_000, 1_000));
    assert_eq!(load.interruptions.values().sum::<u64>(), 1_000, "{:?}", load.interruptions);
    // Which of the two depends on whether the request or the close was first.
    let kinds = ["reset", "broken pipe", "closed"];
    assert!(load.interruptions.keys().all(|kind| kinds.contains(&kind.as_str())));
    assert_eq!(served.connections + served.broken, 1_000);
}

#[test]
fn at_the_end_a_scenario_holds_no_more_than_at_the_beginning_of_main() {
    for workload in ["http-longevity", "rapid-lifecycle", "broken-pipe", "worker-channel"] {
        let record = sample(workload, &SampleKind::new(Pass::Audit).of(Experiment::Verify));
        let Outcome::Verify(verified) = &record.outcome else { panic!("{record:?}") };
        let final_heap = verified.final_heap.expect("it says what it holds");
        let (before, after) = (final_heap.at_main, final_heap.program);
        assert!(after.allocations > 1_000, "{workload}: {after:?}");
        assert_eq!(after.live_allocations, before.live_allocations, "{workload}");
        assert_eq!(after.live_bytes, before.live_bytes, "{workload}");
    }
}
