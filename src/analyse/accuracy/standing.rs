//! A tracker over all workloads on which it was audited: as good as its worst cell.

use std::collections::BTreeMap;

use serde::Serialize;

use super::check::{Check, Family};
use super::grade::Grade;
use super::{Audit, FamilyGrade};
use crate::plan::arm::ArmId;

/// A tracker, judged.
#[derive(Clone, Debug, Serialize)]
pub struct Standing {
    /// The arm.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub arm: ArmId,
    /// The version that the subject gave.
    pub version: Option<String>,
    /// That of its worst cell.
    pub grade: Grade,
    /// How many cells stand at each grade; grades without any are left out.
    pub cells: BTreeMap<Grade, usize>,
    /// Each family that was asked about, by its worst cell.
    pub families: BTreeMap<Family, Worst>,
    /// Of the program's allocations, all workloads together: those that the tracker tells of, and all.
    pub coverage: Option<(u64, u64)>,
    /// The first cell that failed as a whole: its workload, and how. The families say nothing of it where no report
    /// ever came. In JSON each cell tells its own.
    #[serde(skip)]
    pub failed: Option<(String, String)>,
}

/// The worst that there is of a family.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Worst {
    /// The workload.
    pub workload: String,
    /// What is to be said of it there.
    #[serde(flatten)]
    pub told: FamilyGrade,
}

impl Standing {
    /// Every arm that was audited, in the order of the audits.
    pub fn all(audits: &[Audit]) -> Vec<Self> {
        let mut arms: Vec<&ArmId> = Vec::new();
        for audit in audits {
            if !arms.contains(&&audit.arm) {
                arms.push(&audit.arm);
            }
        }
        arms.sort_by(|a, b| a.natural_cmp(b));
        arms.into_iter().map(|arm| Self::of(arm, audits)).collect()
    }

    fn of(arm: &ArmId, audits: &[Audit]) -> Self {
        let own: Vec<&Audit> = audits.iter().filter(|audit| audit.arm == *arm).collect();
        let mut cells = BTreeMap::new();
        let mut families = BTreeMap::<Family, Worst>::new();
        for audit in &own {
            *cells.entry(audit.grade).or_insert(0) += 1;
            for (family, told) in &audit.families {
                let this = Worst { workload: audit.workload.clone(), told: told.clone() };
                let worst = families.entry(*family).or_insert_with(|| this.clone());
                if this.told.cmp_errors(&worst.told).is_gt() {
                    *worst = this;
                }
            }
        }
        let coverage = own.iter().filter_map(|audit| audit.coverage);
        let failed =
            own.iter().find_map(|audit| Some((audit.workload.clone(), audit.failure.clone()?)));
        Self {
            arm: arm.clone(),
            version: own.iter().find_map(|audit| audit.version.clone()),
            // No cell is a cell of which nothing is known.
            grade: cells.keys().max().copied().unwrap_or(Grade::Absent),
            cells,
            families,
            coverage: coverage.reduce(|(seen, all), (more, of)| {
                (seen.saturating_add(more), all.saturating_add(of))
            }),
            failed,
        }
    }

    /// The families of which it reports any figure.
    pub fn reported(&self) -> Vec<Family> {
        let told = self.families.iter().filter(|(_, worst)| worst.told.grade != Grade::Absent);
        told.map(|(family, _)| *family).collect()
    }

    /// Whether it reports what happened, what is alive, and the most that was: all that can be asked of a counter.
    pub fn reports_totals(&self) -> bool {
        let reported = self.reported();
        [Family::Events, Family::Live, Family::Peak].iter().all(|family| reported.contains(family))
    }

    /// Of the program's allocations, the share that the tracker tells of.
    pub fn covered(&self) -> Option<f64> {
        let (seen, all) = self.coverage?;
        (all > 0).then(|| seen as f64 / all as f64)
    }

    /// The figure that is off by most, whatever failed.
    pub fn worst_figure(&self) -> Option<(&Check, &str)> {
        let worst = self.families.values().filter(|worst| worst.told.worst.is_some());
        let worst = worst.max_by(|a, b| a.told.factor().total_cmp(&b.told.factor()))?;
        Some((worst.told.worst.as_ref()?, &worst.workload))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_tracker_is_as_good_as_its_worst_cell() {
        let cell = |workload: &str, checks: &[(Family, u64, u64)]| {
            fixture::audit_of(workload, "t/mode", checks)
        };
        let audits = [
            cell("basic-structures", &[(Family::Events, 100, 100), (Family::Live, 10, 10)]),
            cell("fragmentation", &[(Family::Events, 100, 100), (Family::Live, 10, 83_690)]),
            cell("mixed-workload", &[(Family::Events, 100, 99), (Family::Live, 10, 11)]),
        ];
        let all = Standing::all(&audits);
        let standing = &all[0];
        assert_eq!(standing.grade, Grade::Wrong);
        let expected = [(Grade::Exact, 1), (Grade::Off, 1), (Grade::Wrong, 1)];
        assert_eq!(standing.cells, expected.into());
        assert_eq!(standing.families[&Family::Events].told.grade, Grade::Close);
        assert_eq!(standing.reported(), [Family::Events, Family::Live]);
        assert!(!standing.reports_totals());
        let (worst, workload) = standing.worst_figure().unwrap();
        assert_eq!((worst.factor(), workload), (Some(8_369.0), "fragmentation"));
    }
}
