//! One arm of one run, as a comparison needs it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use subject::protocol::Pass;
use subject::workloads;

use crate::analyse::accuracy;
use crate::analyse::summary::failure_label;
use crate::plan::arm;
use crate::plan::catalog::{Catalog, TWIN, UNTRACKED};
use crate::record::{Outcome, Record, Run};

/// An arm of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// Its name.
    pub arm: String,
    /// The tracker and its mode, whatever the version. Not in a baseline, whose arms are found by name.
    #[serde(skip)]
    kind: (String, String),
    /// The version that the subject gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// In the registry's order.
    pub workloads: Vec<Measured>,
}

/// An arm on a workload.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// The workload.
    pub workload: String,
    /// Blocks that the program allocated in the measured region, counted in the audit of `untracked`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocations: Option<u64>,
    /// What the tracker reported ÷ what truly happened; see [`accuracy::capture`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture: Option<f64>,
    /// How its samples failed, if any did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<String>,
    /// Wall time, tracked ÷ untracked, by block.
    pub overheads: BTreeMap<u32, f64>,
    /// Wall time, the twin of `untracked` ÷ `untracked`, by block: the noise.
    pub twins: BTreeMap<u32, f64>,
}

impl Side {
    /// Every tracked arm of a run.
    pub fn all(run: &Run, catalog: &Catalog) -> Vec<Self> {
        let tracked = |record: &&Record| {
            ![UNTRACKED, TWIN].contains(&&*record.arm) && record.experiment.is_none()
        };
        let arms = arm::arms(run.records.iter().filter(tracked).map(|record| &*record.arm));
        arms.into_iter().map(|arm| Self::of(run, arm, catalog)).collect()
    }

    /// An arm of a run; without workloads, if the run has no such arm.
    pub fn of(run: &Run, arm: &str, catalog: &Catalog) -> Self {
        let own =
            || run.records.iter().filter(|record| record.arm == arm && record.experiment.is_none());
        let named: BTreeSet<&str> = own().map(|record| &*record.workload).collect();
        let known = workloads::ALL.iter().map(|meta| meta.name).filter(|name| named.contains(name));
        let unknown = named.iter().copied().filter(|name| workloads::find(name).is_none());
        Self {
            arm: arm.to_owned(),
            kind: own()
                .map(|record| (record.tracker.name.clone(), record.tracker.mode.clone()))
                .next()
                .unwrap_or_default(),
            version: own().find_map(|record| record.tracker.version.clone()),
            workloads: known.chain(unknown).map(|name| measured(run, arm, name, catalog)).collect(),
        }
    }

    /// Which arms of one run are set against which of another, base first: those of one name, else the
    /// only ones of a tracker and mode, whose versions may differ, else the only ones of the runs. With
    /// them, the names of the arms that are left without another.
    pub fn matched(bases: &[Self], news: &[Self]) -> (Vec<(Self, Self)>, Vec<String>) {
        let only = |sides: &[Self], new: &Self| {
            let mut alike = sides.iter().filter(|side| side.kind == new.kind);
            alike.next().filter(|_| alike.next().is_none()).cloned()
        };
        let partner = |new: &Self| {
            let same_name = bases.iter().find(|base| base.arm == new.arm).cloned();
            same_name.or_else(|| only(news, new).and_then(|_| only(bases, new))).or_else(|| match (
                bases, news,
            ) {
                ([base], [_]) => Some(base.clone()),
                _ => None,
            })
        };
        let pairs: Vec<(Self, Self)> =
            news.iter().filter_map(|new| Some((partner(new)?, new.clone()))).collect();
        let paired = |side: &&Self| {
            !pairs.iter().any(|(base, new)| base.arm == side.arm || new.arm == side.arm)
        };
        let alone = bases.iter().chain(news).filter(paired).map(|side| side.arm.clone()).collect();
        (pairs, alone)
    }

    /// What it did on a workload.
    pub fn on(&self, workload: &str) -> Option<&Measured> {
        self.workloads.iter().find(|measured| measured.workload == workload)
    }
}

fn measured(run: &Run, arm: &str, workload: &str, catalog: &Catalog) -> Measured {
    let of = |arm: &str| {
        let arm = arm.to_owned();
        run.records.iter().filter(move |record| record.arm == arm && record.workload == workload)
    };
    let times = |arm: &str| -> BTreeMap<u32, f64> {
        let timed = of(arm)
            .filter(|record| record.is_timed_sample() && record.outcome == Outcome::Completed);
        timed.filter_map(|record| Some((record.block, record.cost?.wall_ns as f64))).collect()
    };
    let untracked = times(UNTRACKED);
    let over_untracked = |arm: &str| -> BTreeMap<u32, f64> {
        let ratio = |(block, time): (u32, f64)| {
            let beside = untracked.get(&block).filter(|beside| **beside > 0.0)?;
            (time > 0.0).then_some((block, time / beside))
        };
        times(arm).into_iter().filter_map(ratio).collect()
    };
    let mut failures: Vec<String> = of(arm)
        .filter_map(|record| match &record.outcome {
            Outcome::Failed { failure, .. } => Some(failure_label(*failure, record.exported)),
            Outcome::Completed => None,
        })
        .collect();
    failures.sort();
    failures.dedup();
    Measured {
        workload: workload.to_owned(),
        allocations: of(UNTRACKED)
            .filter(|record| record.pass == Pass::Audit)
            .find_map(|record| Some(record.work.as_ref()?.heap.allocations)),
        capture: of(arm).find_map(|record| {
            let convention = catalog.convention(&record.tracker.name, &record.tracker.mode)?;
            accuracy::capture(record.truth.as_ref()?, record.reported.as_ref()?, convention)
        }),
        failures,
        overheads: over_untracked(arm),
        twins: over_untracked(TWIN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn run(arms: &[&str]) -> Vec<Side> {
        let record = |arm: &&str| fixture::record(arm, "fragmentation", 1, Some(1.0));
        let records = arms.iter().map(record).collect();
        let environment = fixture::environment();
        let run = Run { folder: Default::default(), environment, records };
        Side::all(&run, &Catalog::built_in().unwrap())
    }

    fn matched(bases: &[&str], news: &[&str]) -> (Vec<(String, String)>, Vec<String>) {
        let (pairs, alone) = Side::matched(&run(bases), &run(news));
        (pairs.into_iter().map(|(base, new)| (base.arm, new.arm)).collect(), alone)
    }

    fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
        of.iter().map(|&(base, new)| (base.to_owned(), new.to_owned())).collect()
    }

    #[test]
    fn arms_of_two_runs_are_matched_by_name_then_by_tracker_and_mode() {
        let (found, alone) = matched(&["counting", "m/full", "m/idle"], &["m/full", "counting"]);
        assert_eq!(found, pairs(&[("counting", "counting"), ("m/full", "m/full")]));
        assert_eq!(alone, ["m/idle"]);
        let (found, alone) = matched(&["m@1.0.0/a", "m@1.0.0/b"], &["m@2.0.0/a", "m@2.0.0/b"]);
        assert_eq!(found, pairs(&[("m@1.0.0/a", "m@2.0.0/a"), ("m@1.0.0/b", "m@2.0.0/b")]));
        assert_eq!(alone, [""; 0]);
        assert_eq!(matched(&["counting"], &["m/full"]).0, pairs(&[("counting", "m/full")]));
    }

    #[test]
    fn several_versions_are_not_taken_for_one_another() {
        let (found, alone) = matched(&["m@1.0.0/a", "m@1.1.0/a"], &["m@1.1.0/a", "m@2.0.0/a"]);
        assert_eq!(found, pairs(&[("m@1.1.0/a", "m@1.1.0/a")]));
        assert_eq!(alone, ["m@1.0.0/a", "m@2.0.0/a"]);
    }
}
