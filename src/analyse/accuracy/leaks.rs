//! Grading lists of leaks: how much of what a tracker lists leaked, and how much of what leaked it lists.

use protocol::{LeakGrades, Planted};
use serde::Serialize;

use super::attribution::Attribution;
use super::check::{Check, Family};

use crate::plan::arm::ArmId;
use crate::plan::procedure::Experiment;
use crate::record::{Outcome, Record};

/// A tracker's list of leaks on one workload, graded.
///
/// Allocations in use by the program outside the workload (the runtime's, this harness's own few) are alive and
/// not leaked; to list them is neither right nor wrong, and they count in neither figure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeakAudit {
    /// The workload.
    pub workload: String,
    /// The arm.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub arm: ArmId,
    /// The version that the subject gave.
    pub version: Option<String>,
    /// Its list, graded; `None` if it did not give one.
    pub grade: Option<LeakGrade>,
    /// Why the sample failed, if it did: a list of leaks that never comes, for example.
    pub failure: Option<String>,
}

/// How good a list of leaks is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeakGrade {
    /// Where the list is from: a function of the tracker.
    pub source: String,
    /// Allocations that truly leaked.
    pub true_leaks: u64,
    /// Bytes in them.
    pub true_bytes: u64,
    /// Allocations that it lists, each once, without those in use.
    pub listed: u64,
    /// Of these, those that leaked: found leaks.
    pub found: u64,
    /// Of these, those that are not alive: false leaks.
    pub freed: u64,
    /// Of these, the tracker's own: false leaks, too.
    pub own: u64,
    /// Leaked allocations that it does not list.
    pub missed: u64,
    /// Entries for an allocation that is listed already.
    pub repeated: u64,
    /// Found ÷ listed; `None` if it lists nothing.
    pub precision: Option<f64>,
    /// Found ÷ leaked; `None` if nothing leaked.
    pub recall: Option<f64>,
    /// What it holds to be alive, if the list is of that: how much of the program's is missing in it, how much
    /// is the tracker's own, and how much is not alive.
    pub live: Option<Attribution>,
    /// Planted leaks, by label, where the workload plants any.
    pub planted: Vec<Planted>,
    /// Planted allocations found ÷ planted; `None` if none were.
    pub planted_recall: Option<f64>,
}

impl LeakAudit {
    /// Every list that was asked for, without those of trackers that make none.
    pub fn all(records: &[&Record]) -> Vec<Self> {
        // The first of several: the others tell how much it varies.
        let first = |r: &&&Record| r.experiment == Some(Experiment::Leaks) && r.slot.block == 0;
        let asked = records.iter().filter(first);
        let graded = asked.map(|record| Self {
            workload: record.workload.clone(),
            arm: record.arm.clone(),
            version: record.version.clone(),
            grade: LeakGrade::of(record),
            failure: record.outcome.failure(),
        });
        graded.filter(|audit| audit.grade.is_some() || audit.failure.is_some()).collect()
    }
}

impl LeakGrade {
    /// That of a sample; `None` for a tracker that listed nothing.
    pub(super) fn of(record: &Record) -> Option<Self> {
        match &record.outcome {
            Outcome::Leaks(leaks) => leaks.list.as_ref().map(Self::from),
            _ => None,
        }
    }

    /// False leaks: allocations that it lists and that did not leak.
    pub fn false_leaks(&self) -> u64 {
        self.freed.saturating_add(self.own)
    }

    /// What there is to judge: found ÷ leaked, and listed ÷ found. Where nothing leaked, whatever is listed is
    /// a false alarm.
    pub fn checks(&self) -> Vec<Check> {
        let check =
            |figure, actual, reported| Check::new(Family::Leaks, figure, actual, Some(reported));
        if self.true_leaks == 0 {
            return vec![check("leaks", 0, self.listed)];
        }
        vec![
            check("leaks found", self.true_leaks, self.found),
            check("leaks listed", self.found, self.listed),
        ]
    }
}

impl From<&LeakGrades> for LeakGrade {
    fn from(grades: &LeakGrades) -> Self {
        let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        let listed = grades.listed.saturating_sub(grades.in_use);
        let planted = |count: fn(&Planted) -> u64| {
            grades.planted.iter().map(count).fold(0, u64::saturating_add)
        };
        Self {
            source: grades.source.clone(),
            true_leaks: grades.true_leaks.allocations,
            true_bytes: grades.true_leaks.bytes,
            listed,
            found: grades.leaked,
            freed: grades.freed,
            own: grades.own,
            missed: grades.true_leaks.allocations.saturating_sub(grades.leaked),
            live: grades.all_live.then(|| {
                let known = grades.leaked.saturating_add(grades.in_use);
                let missed = grades.alive_allocations.saturating_sub(known);
                Attribution::of_list(missed, grades.own, grades.freed)
            }),
            repeated: grades.repeated,
            precision: share(grades.leaked, listed),
            recall: share(grades.leaked, grades.true_leaks.allocations),
            planted_recall: share(
                planted(|planted| planted.listed),
                planted(|planted| planted.leaked.allocations),
            ),
            planted: grades.planted.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Leaked;

    fn grades() -> LeakGrades {
        let planted = |label: &str, allocations, listed| Planted {
            label: label.to_owned(),
            leaked: Leaked { allocations, bytes: allocations * 10 },
            listed,
        };
        LeakGrades {
            source: "leaks()".to_owned(),
            listed: 30,
            repeated: 2,
            leaked: 18,
            in_use: 6,
            own: 2,
            freed: 4,
            true_leaks: Leaked { allocations: 20, bytes: 500 },
            alive_allocations: 40,
            all_live: true,
            planted: vec![planted("mem::forget", 10, 10), planted("Rc cycle", 5, 2)],
        }
    }

    #[test]
    fn allocations_in_use_are_neither_right_nor_wrong() {
        let audit = LeakGrade::from(&grades());
        assert_eq!((audit.listed, audit.found, audit.false_leaks(), audit.missed), (24, 18, 6, 2));
        assert_eq!(audit.precision, Some(0.75));
        assert_eq!(audit.recall, Some(0.9));
        assert_eq!(audit.planted_recall, Some(0.8));
        // Of 40 that are alive it knows the 18 and the 6.
        assert_eq!(audit.live, Some(Attribution::of_list(16, 2, 4)));
    }

    #[test]
    fn leaks_are_judged_by_what_is_found_and_by_what_is_listed() {
        let ratios = |grade: &LeakGrade| -> Vec<_> {
            grade.checks().iter().map(|check| check.ratio().unwrap()).collect()
        };
        let audit = LeakGrade::from(&grades());
        assert_eq!(ratios(&audit), [18.0 / 20.0, 24.0 / 18.0]);
        let none_leaked =
            LeakGrade::from(&LeakGrades { listed: 3, freed: 3, ..LeakGrades::default() });
        assert_eq!(ratios(&none_leaked), [f64::INFINITY]);
        assert_eq!(ratios(&LeakGrade::from(&LeakGrades::default())), [1.0]);
    }

    #[test]
    fn an_empty_list_has_no_precision_and_no_leak_no_recall() {
        let audit = LeakGrade::from(&LeakGrades::default());
        assert_eq!((audit.precision, audit.recall, audit.planted_recall), (None, None, None));
    }
}
