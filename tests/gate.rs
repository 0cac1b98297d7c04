//! The gate, with trackers that really run: red for one that drops one event in a hundred, green for the same
//! tracker again, twenty times. How it judges time is tested beside its code, on made-up times: a test that
//! takes times is right only on a quiet machine.

mod common;

use std::fs;
use std::path::Path;

use common::{Fakes, liar, untracked};
use memscope_bench::analyse::comparison::Side;
use memscope_bench::analyse::gate::Baseline;
use memscope_bench::plan::catalog::Catalog;
use memscope_bench::record::{Outcome, Run};
use memscope_bench::run::{Group, Sample};
use protocol::Pass;
use protocol::workloads;

/// Two that allocate the same each time, and one whose threads race.
const WORKLOADS: [&str; 3] = ["basic-structures", "fragmentation", "concurrent-tasks"];

/// Audits the liar in a mode; its arm is called `liar` whatever the mode.
fn run(fakes: &Fakes, mode: &str) -> Run {
    let mut session = fakes.session();
    let sample = Sample { export: true, ..session.plain(Pass::Audit) };
    for name in WORKLOADS {
        let meta = workloads::find(name).expect("a workload");
        let group = Group::new(meta, &untracked(), &[liar(mode)]);
        for arm in group.audited() {
            let record = session.sample(&group, arm, &sample).expect("it can be recorded");
            assert_eq!(record.outcome, Outcome::Completed);
        }
    }
    let records = session.folder().join("records.jsonl");
    let text = fs::read_to_string(&records).unwrap();
    fs::write(&records, text.replace(&format!("\"liar/{mode}\""), "\"liar\"")).unwrap();
    let folder = session.folder().to_owned();
    drop(session);
    Run::load(&folder).unwrap()
}

fn sides(run: &Run) -> Vec<Side> {
    let text = "[[tracker]]\nname = \"liar\"\ntitle = \"liar\"\nabout = \"is wrong\"\n\
                realloc = \"apart\"\ncounts = \"allocations\"\n";
    Side::all(run, &Catalog::parse(text).expect("a sound catalogue"))
}

fn baseline(path: &Path) -> Baseline {
    let run = run(&Fakes::new(), "honest");
    let baseline = Baseline::new(run.environment.clone(), sides(&run));
    baseline.save(path).unwrap();
    Baseline::load(path).unwrap()
}

#[test]
fn a_tracker_that_drops_one_event_in_a_hundred_turns_it_red_and_the_same_again_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let baseline = baseline(&folder.path().join("baseline.json"));
    let reasons = |mode: &str| {
        let run = run(&Fakes::new(), mode);
        baseline.judge(&sides(&run), 5.0).unwrap().reasons
    };
    let red = reasons("drops-hundredth");
    assert_eq!(red.len(), WORKLOADS.len(), "{red:?}");
    assert!(red.iter().all(|reason| reason.ends_with("less accurate")), "{red:?}");
    for time in 0..20 {
        assert_eq!(reasons("honest"), [""; 0], "time {time}");
    }
}
