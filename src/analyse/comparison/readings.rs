//! What one arm reported of a workload, in as many audits as there are: what accuracy is compared by.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::analyse::accuracy::{Attribution, Audit, Check, Family, Grade, Repeat};

/// A figure, in every audit of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Readings {
    /// What it is about.
    pub family: Family,
    /// Which figure.
    pub figure: String,
    /// One for each audit.
    pub audits: Vec<Reading>,
}

/// A figure in one audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// What truly happened.
    pub actual: u64,
    /// What the tracker reported; the actual number, where two right counters may be so far apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<u64>,
    /// What the tracker did for itself.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub own: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Reading {
    fn of(check: &Check) -> Self {
        let right = check.grade() == Grade::Exact;
        let reported = if right { Some(check.actual) } else { check.reported };
        Self { actual: check.actual, reported, own: check.own }
    }

    /// Reported ÷ actual.
    pub fn ratio(&self) -> Option<f64> {
        let reported = self.reported?;
        Some(if reported == self.actual { 1.0 } else { reported as f64 / self.actual as f64 })
    }

    /// Missed of the program's and counted too much, each as a share of what there was, from the least to
    /// the most that it can be.
    pub(super) fn errors(&self) -> Option<[(f64, f64); 2]> {
        let told = Attribution::of(self.actual, self.reported?, self.own);
        // Where nothing was, every one too many counts as one.
        let share = |number: u64| number as f64 / self.actual.max(1) as f64;
        let bounds = [told.missed, told.surplus()];
        Some(bounds.map(|bounds| (share(bounds.least), share(bounds.most))))
    }
}

impl Readings {
    /// From the audits of one cell: the first, and those that repeat it.
    pub(crate) fn of(audit: &Audit, repeats: &[Repeat]) -> Vec<Self> {
        let mut all = Vec::<Self>::new();
        let mut places = BTreeMap::<(Family, &str), usize>::new();
        let repeated = repeats.iter().map(|one| &one.checks);
        let lists = std::iter::once(&audit.checks).chain(repeated);
        for check in lists.flatten() {
            let place = *places.entry((check.family, &check.figure)).or_insert_with(|| {
                let (family, figure) = (check.family, check.figure.clone());
                all.push(Self { family, figure, audits: Vec::new() });
                all.len() - 1
            });
            all[place].audits.push(Reading::of(check));
        }
        // What is never reported is nothing to compare.
        all.retain(|one| one.audits.iter().any(|reading| reading.reported.is_some()));
        all
    }

    /// The one that is off by most: what is shown of it.
    pub fn worst(&self) -> Option<&Reading> {
        let off =
            |reading: &&Reading| reading.ratio().map_or(0.0, crate::analyse::accuracy::factor);
        self.audits.iter().max_by(|a, b| off(a).total_cmp(&off(b)))
    }
}
