//! What the samples of an arm counted on a workload.

use std::collections::BTreeMap;

use protocol::{Pass, workloads};
use serde::{Deserialize, Serialize};

use crate::plan::arm::{ArmId, Role};
use crate::plan::procedure::Experiment;
use crate::record::{Outcome, Record};
use crate::stats;

/// The instructions of an arm on a workload, in each of its samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// The workload.
    pub workload: String,
    /// The arm.
    pub arm: ArmId,
    /// The version that the subject gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Instructions of the measured region, in the order in which samples were taken.
    pub counts: Vec<u64>,
    /// Allocation events of the workload, counted in an audit of the base.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<u64>,
    /// Who counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter: Option<String>,
    /// How samples failed, each way once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<String>,
}

impl Counted {
    /// What was counted of every arm on every workload: workloads in the registry's order, the base before the
    /// trackers.
    pub fn all(records: &[&Record]) -> Vec<Self> {
        let own = records.iter().filter(|r| r.experiment == Some(Experiment::Instructions));
        let mut events = BTreeMap::<&str, u64>::new();
        let mut cells = BTreeMap::<(usize, &str, &ArmId), Self>::new();
        for record in own {
            let workload = record.workload.as_str();
            if record.pass == Pass::Audit {
                let work = record.outcome.audited().and_then(|audited| audited.work.as_ref());
                events.extend(work.map(|work| (workload, work.heap.events())));
                continue;
            }
            let key = (workloads::place(workload), workload, &record.arm);
            cells.entry(key).or_insert_with(|| Self::none_of(workload, &record.arm)).add(record);
        }
        let mut all: Vec<Self> = cells.into_values().collect();
        for one in &mut all {
            one.events = events.get(one.workload.as_str()).copied().filter(|&events| events > 0);
        }
        let order = |one: &Self| (workloads::place(&one.workload), one.arm.is_tracked());
        all.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.arm.natural_cmp(&b.arm)));
        all
    }

    /// An arm on a workload of which nothing is counted yet.
    pub fn none_of(workload: &str, arm: &ArmId) -> Self {
        Self {
            workload: workload.to_owned(),
            arm: arm.clone(),
            version: None,
            counts: Vec::new(),
            events: None,
            counter: None,
            failures: Vec::new(),
        }
    }

    fn add(&mut self, record: &Record) {
        if self.version.is_none() {
            self.version.clone_from(&record.version);
        }
        match &record.outcome {
            Outcome::Instructions(counted) => {
                self.counts.push(counted.instructions);
                self.counter = Some(counted.counter.clone());
            }
            other => {
                if let Some(failure) = other.failure()
                    && !self.failures.contains(&failure)
                {
                    self.failures.push(failure);
                }
            }
        }
    }

    /// The count in the middle; `None` without any.
    pub fn median(&self) -> Option<f64> {
        let counts: Vec<f64> = self.counts.iter().map(|&count| count as f64).collect();
        stats::median(&counts)
    }

    /// By how much the samples differ: the largest count less the smallest, as a share of the median. `None`
    /// for fewer than two.
    pub fn spread(&self) -> Option<f64> {
        let (least, most) = (self.counts.iter().min()?, self.counts.iter().max()?);
        let median = self.median().filter(|&median| median > 0.0 && self.counts.len() > 1)?;
        Some((most - least) as f64 / median)
    }

    /// Whether it is the program without a tracker.
    pub fn is_base(&self) -> bool {
        self.arm.role == Role::Base
    }
}

/// The tracked arms among what was counted, each once, in their order.
pub fn arms(all: &[Counted]) -> Vec<&ArmId> {
    crate::plan::arm::in_order(all.iter().map(|one| &one.arm).filter(|arm| arm.is_tracked()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::record::Failure;

    #[test]
    fn samples_are_gathered_by_workload_and_arm() {
        let counting = fixture::arm("counting");
        let mut failed = fixture::instructed(&counting, "fragmentation", 0);
        failed.outcome = fixture::failed(Failure::Crashed);
        let records = [
            fixture::instructed(&counting, "fragmentation", 1_030),
            fixture::instructed(&counting, "fragmentation", 1_000),
            fixture::instructed(&counting, "fragmentation", 1_010),
            failed.clone(),
            failed,
            fixture::instructed(&ArmId::base(), "fragmentation", 700),
            fixture::instructed(&ArmId::base(), "basic-structures", 500),
            fixture::instruction_audit("fragmentation"),
            fixture::timed(&counting, "fragmentation", 1, Some(3.0)),
        ];
        let all = Counted::all(&records.iter().collect::<Vec<_>>());
        let names: Vec<_> = all.iter().map(|one| (&*one.workload, one.arm.to_string())).collect();
        let name = |workload, arm: &str| (workload, arm.to_owned());
        assert_eq!(
            names,
            [
                name("basic-structures", "untracked"),
                name("fragmentation", "untracked"),
                name("fragmentation", "counting")
            ]
        );
        assert_eq!((all[2].median(), all[2].events), (Some(1_010.0), Some(1_990)));
        assert!((all[2].spread().unwrap() - 30.0 / 1_010.0).abs() < 1e-12);
        assert_eq!(all[2].failures.len(), 1, "{:?}", all[2].failures);
        assert_eq!((all[0].spread(), all[0].events), (None, None), "one sample has no spread");
        assert_eq!(arms(&all), [&counting]);
    }
}
