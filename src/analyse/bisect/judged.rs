//! What a run that compares a candidate with the good one says.

use std::collections::BTreeMap;

use protocol::Pass;

use super::search::Judged;
use crate::analyse::comparison::{About, Pairing, Reason, Side, compare};
use crate::analyse::gate::is_another_number;
use crate::analyse::summary::Summary;
use crate::common::units;
use crate::plan::arm::ArmId;
use crate::record::Run;
use crate::stats::LEAST_EFFECT;
use crate::stats::StatsError;

/// What is worse in the second arm of a run than in the first. Without times, `percent` has no meaning.
///
/// # Errors
///
/// If the statistics fail, which measured times cannot make them.
pub fn judged(
    run: &Run,
    [good, candidate]: [&ArmId; 2],
    percent: Option<f64>,
) -> Result<Judged, StatsError> {
    let summary = Summary::of(std::slice::from_ref(run))?;
    let pair = [good, candidate].map(|arm| Side::of(&summary, arm));
    let comparison = compare(&[pair.into()], Pairing::SameBlocks, LEAST_EFFECT)?;
    let mut judged = allocations(run, good, candidate);
    for versus in &comparison.against {
        judged.worse.extend(versus.worse(percent.unwrap_or(f64::INFINITY)));
        judged.untold.extend(versus.untold());
    }
    Ok(judged)
}

/// Workloads on which the program itself makes another number of allocations under the one than under the other.
fn allocations(run: &Run, good: &ArmId, candidate: &ArmId) -> Judged {
    let [before, after] = [good, candidate].map(|arm| counted(run, arm));
    let mut judged = Judged::default();
    for (workload, was) in before {
        let workload = workload.to_owned();
        match after.get(&*workload) {
            None => judged.untold.push((Some(workload), About::Allocations)),
            Some(&is) if is_another_number(&workload, was, is) => {
                let (was, is) = (units::count(was), units::count(is));
                let words = format!("the program makes {is} allocations, {was} before");
                let about = About::Allocations;
                judged.worse.push(Reason { workload: Some(workload), about, words });
            }
            Some(_) => {}
        }
    }
    judged
}

/// The program's own allocations in the measured region under an arm, as they were counted, by workload. What a
/// tracker has the program do outside of it differs by a few from one process to the next.
fn counted<'a>(run: &'a Run, arm: &ArmId) -> BTreeMap<&'a str, u64> {
    let audits = run.records.iter().filter(|record| {
        record.arm == *arm && record.pass == Pass::Audit && record.experiment.is_none()
    });
    let counted = audits.filter_map(|record| {
        let work = record.outcome.audited()?.work.as_ref()?;
        Some((&*record.workload, work.heap.allocations))
    });
    counted.collect()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::analyse::accuracy::Family;
    use crate::fixture;
    use crate::record::{Audited, Outcome, Record};

    const GOOD: &str = "memscope-rs@0.1.2/full";
    const NEW: &str = "memscope-rs@0.1.3/full";

    fn audit(arm: &str, change: impl FnOnce(&mut Audited)) -> Record {
        let mut record = fixture::audited(&fixture::arm(arm), "fragmentation");
        if let Outcome::Audit(audited) = &mut record.outcome {
            change(audited);
        }
        record
    }

    fn told(new: Record) -> Judged {
        let records = vec![audit("untracked", |_| {}), audit(GOOD, |_| {}), new];
        let run = Run { folder: PathBuf::new(), ..fixture::run_of(records) };
        judged(&run, [&fixture::arm(GOOD), &fixture::arm(NEW)], None).unwrap()
    }

    fn abouts(judged: &Judged) -> Vec<About> {
        judged.worse.iter().map(|reason| reason.about).collect()
    }

    #[test]
    fn the_same_is_not_worse() {
        assert_eq!(told(audit(NEW, |_| {})), Judged::default());
    }

    #[test]
    fn a_family_that_got_worse_is_told_and_so_is_another_number_of_allocations() {
        let dropped = told(audit(NEW, |audited| {
            let reported = audited.reported.as_mut().unwrap();
            reported.allocations = reported.allocations.map(|number| number / 2);
        }));
        assert_eq!(abouts(&dropped), [About::Figures(Family::Events)], "{dropped:?}");
        let other = told(audit(NEW, |audited| {
            audited.work.as_mut().unwrap().heap.allocations += 1;
        }));
        assert_eq!(abouts(&other), [About::Allocations], "{other:?}");
        assert!(other.worse[0].words.contains(" allocations, "), "{other:?}");
    }

    #[test]
    fn of_one_that_fails_nothing_else_is_told() {
        let failed = fixture::record(NEW, "fragmentation", 0, None);
        let failed = told(Record { pass: Pass::Audit, ..failed });
        assert!(abouts(&failed).contains(&About::Failure), "{failed:?}");
        for about in [About::Allocations, About::Figures(Family::Events)] {
            assert!(
                failed.untold.contains(&(Some("fragmentation".to_owned()), about)),
                "{failed:?}"
            );
        }
    }
}
