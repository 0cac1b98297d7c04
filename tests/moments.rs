//! What trackers say while the work is going on, and of single sites.

mod common;

use std::collections::BTreeMap;

use common::Fakes;
use memscope_bench::build::subjects::Subjects;
use memscope_bench::plan::arm::ArmId;
use memscope_bench::plan::procedure::{Experiment, ReportWish, SampleKind};
use memscope_bench::record::{Audited, Record};
use protocol::workloads::{self, KNOWN_SITES, scaled};
use protocol::{Moment, Pass};

fn audited(record: &Record) -> &Audited {
    record.outcome.audited().unwrap_or_else(|| panic!("{:?}", record.outcome))
}

/// What the liar says in the middle of a workload.
fn moments(mode: &str, workload: &str) -> Vec<Moment> {
    let fakes = Fakes::lying();
    let kind = SampleKind::new(Pass::Audit).of(Experiment::Moments);
    let record = common::sample(&mut fakes.engine(), &common::fake_group(workload, mode), 2, &kind);
    audited(&record).moments.clone()
}

#[test]
fn a_tracker_is_asked_at_five_moments_of_every_workload() {
    for meta in workloads::ALL {
        let rounds = meta.rounds_at(common::small().scale);
        let moments = moments("honest", meta.name);
        assert_eq!(moments.len(), rounds.min(5) as usize, "{}: {moments:?}", meta.name);
        for moment in moments {
            assert_eq!(moment.rounds, rounds, "{}", meta.name);
            if meta.is_deterministic() {
                assert_eq!(moment.before, moment.after, "{}: {moment:?}", meta.name);
                assert_eq!(moment.reported, moment.before, "{}: {moment:?}", meta.name);
            }
        }
    }
}

#[test]
fn every_site_and_type_is_told_by_those_that_tell_them() {
    let fakes = Fakes::lying();
    let subjects = Subjects::in_folder(common::programs());
    let arms: Vec<ArmId> = ["dhat", "memscope-rs/variables"].map(common::arm).into();
    let mut engine = fakes.engine_of(subjects);
    let group = common::group("known-sites", &arms);
    let kind = SampleKind::new(Pass::Audit).of(Experiment::Sites).with_report(ReportWish::Yes);
    let rounds = scaled(100, common::small().scale) as u64;

    let record = common::sample(&mut engine, &group, 2, &kind);
    let sites = &audited(&record).reported.as_ref().unwrap().sites;
    let told: BTreeMap<&str, (u64, u64)> =
        sites.iter().map(|site| (site.function.as_str(), (site.allocations, site.bytes))).collect();
    for site in KNOWN_SITES {
        let allocations = rounds * site.allocations;
        let expected = (allocations, allocations * site.bytes);
        assert_eq!(told.get(site.function), Some(&expected), "{}: {told:?}", site.function);
    }

    // The variables that were handed over, which our own probe counts too.
    let record = common::sample(&mut engine, &group, 3, &kind);
    let handed = &audited(&record).variables;
    for site in KNOWN_SITES {
        let own = handed.iter().filter(|told| told.type_name.starts_with(site.container));
        let own = own.map(|told| told.count).sum::<u64>();
        assert_eq!(own, rounds * site.allocations, "{}", site.container);
    }
    // All that is allocated is allocated at the sites.
    let work = audited(&record).work.as_ref().unwrap().heap;
    let allocations: u64 = KNOWN_SITES.iter().map(|site| rounds * site.allocations).sum();
    assert_eq!((work.allocations, work.reallocations), (allocations, 0));
}
