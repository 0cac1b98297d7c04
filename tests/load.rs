//! Servers at fixed rates, end to end.

mod common;

use common::{Fakes, errors, memscope_bench, newest_run, text};
use memscope_bench::plan::procedure::{Arrivals, Experiment, SampleKind};
use memscope_bench::record::Record;
use protocol::Pass;

/// A sample of a fake's server that is asked at a rate, for so many milliseconds.
fn sample(workload: &str, mode: &str, rate: u32, for_ms: u32) -> Record {
    let fakes = Fakes::failing();
    let group = common::fake_group(workload, mode);
    let arrivals = Some(Arrivals { rate, for_ms });
    let kind = SampleKind { arrivals, ..SampleKind::new(Pass::Timed).of(Experiment::Load) };
    common::sample(&mut fakes.engine(), &group, 2, &kind)
}

#[test]
fn every_request_that_is_due_is_answered_once() {
    for workload in ["http-longevity", "broken-pipe"] {
        let record = sample(workload, "right", 500, 200);
        assert_eq!(record.outcome.failure(), None, "{workload}");
        let server = record.outcome.server().expect("a server was there");
        let load = &server.load;
        assert_eq!((load.requests, load.good), (100, 100), "{workload}: {load:?}");
        let open = load.open.as_ref().expect("it had a rate");
        assert_eq!((open.rate, open.for_ns, open.unanswered), (500, 200_000_000, 0));
        let (latency, lag) = (load.latency.unwrap(), open.lag.unwrap());
        // To be late is part of what a request takes.
        assert!(latency.max_ns >= lag.max_ns && latency.p50_ns > 0, "{load:?}");
        // The last is due when all but one five-hundredth of the time is over.
        assert!(load.wall_ns >= 198_000_000, "{load:?}");
        assert!(load.client_cpu_ns.unwrap() > 0 && load.holding().is_some());
    }
}

#[test]
fn a_server_that_dies_is_a_failure() {
    // It dies after 300 ms: the rate is not held by it, and the run goes on.
    let record = sample("http-longevity", "killed-later", 100, 1_000);
    assert!(record.outcome.failed().is_some(), "{record:?}");
}

#[test]
fn the_verb_prints_records_and_draws() {
    let folder = tempfile::tempdir().unwrap();
    let arguments =
        ["load", "-t", "counting", "--rates", "200,100", "--for", "200ms", "--samples", "1"];
    let output = memscope_bench(folder.path(), &arguments).output().unwrap();
    let printed = text(&output.stdout);
    assert!(output.status.success(), "{}", errors(&output));
    for told in ["highest rate held", "counting", "untracked", "client late"] {
        assert!(printed.contains(told), "{printed}");
    }
    let recorded = newest_run(folder.path());
    // Of two arms the lower rate, and the higher of those that held it.
    assert!((2..=4).contains(&recorded.records.len()), "{}", recorded.records.len());
    assert!(recorded.folder.join("charts/load.svg").is_file());
    assert_eq!(recorded.environment.settings.samples, Some(1));
}
