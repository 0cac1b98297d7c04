//! A row of a comparison: a workload, or all of them, and what may be said of it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::accuracy::{FigureShift, Shift};
use crate::analyse::accuracy::{Family, Grade, GrowthRate};
use crate::analyse::summary::Ratio;
use crate::stats::Detection;

/// What may be said of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Difference {
    /// It fails where the other did not.
    Fails,
    /// It no longer fails.
    Mended,
    /// It takes more CPU time, by the least effect or more.
    Slower,
    /// It takes less CPU time, by the least effect or more.
    Faster,
    /// It takes more CPU time, by less than that.
    SlightlySlower,
    /// It takes less CPU time, by less than that.
    SlightlyFaster,
    /// No difference in time could be shown.
    NotDetected,
    /// Too few samples for an interval that holds for all rows.
    TooFew,
    /// What it reports is further from the truth, in a family of figures.
    LessAccurate,
    /// What it reports is closer to the truth, in another.
    MoreAccurate,
    /// It holds more for itself for each live allocation.
    MoreOwnHeap,
    /// Its own heap grows by more with each repetition of the same work.
    GrowsMore,
    /// The process's peak resident set is larger, by more than it varies.
    MoreMemory,
    /// More pages are touched for the first time, by more than audits differ by.
    MoreFaults,
}

impl Difference {
    /// Whether it is a difference in time.
    pub(super) fn is_of_time(self) -> bool {
        use Difference::{Faster, SlightlyFaster, SlightlySlower, Slower};
        matches!(self, Slower | Faster | SlightlySlower | SlightlyFaster)
    }

    /// Whether it is neither of time nor of accuracy.
    pub(crate) fn is_of_memory_or_failure(self) -> bool {
        use Difference::{Fails, GrowsMore, Mended, MoreFaults, MoreMemory, MoreOwnHeap};
        matches!(self, Fails | Mended | MoreOwnHeap | GrowsMore | MoreMemory | MoreFaults)
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Fails => "fails",
            Self::Mended => "no longer fails",
            Self::Slower => Detection::Slower.words(),
            Self::Faster => Detection::Faster.words(),
            Self::SlightlySlower => Detection::SlightlySlower.words(),
            Self::SlightlyFaster => Detection::SlightlyFaster.words(),
            Self::NotDetected => Detection::NotDetected.words(),
            Self::TooFew => Detection::TooFewBlocks.words(),
            Self::LessAccurate => "less accurate",
            Self::MoreAccurate => "more accurate",
            Self::MoreOwnHeap => "more own heap",
            Self::GrowsMore => "grows more",
            Self::MoreMemory => "more memory",
            Self::MoreFaults => "more page faults",
        }
    }
}

/// What stands of one side in a row.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Shown {
    /// CPU time, tracked ÷ untracked.
    pub overhead: Option<Ratio>,
    /// The grade of what it reports.
    pub grade: Option<Grade>,
    /// What it holds for itself at its peak for each live allocation of the program, in bytes: the most of all
    /// audits.
    pub own_per_live: Option<f64>,
    /// Minor page faults of the measured region: the most of all audits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minor_faults: Option<f64>,
    /// How its own heap grows when the work is repeated.
    pub growth: Option<GrowthRate>,
    /// How it failed, if no sample came through.
    pub failed: Option<String>,
}

/// A workload, or all of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The workload, with the number of threads where there are several; absent for all together.
    pub workload: Option<String>,
    /// The one compared to.
    pub base: Shown,
    /// The one compared.
    pub new: Shown,
    /// CPU time, new ÷ base, with an interval that holds for all rows together. Absent between two runs.
    pub change: Option<Ratio>,
    /// The factor of the largest difference in time that would not have been found.
    pub detectable: Option<f64>,
    /// How far apart the base and the base once more seem to be, a factor of at least 1.
    pub noise: Option<f64>,
    /// Peak resident set, new ÷ base, likewise.
    pub memory: Option<Ratio>,
    /// Every figure that either side reports, before and after. Over all workloads: the worst of each family.
    pub figures: Vec<FigureShift>,
    /// Of the failures, of time, of accuracy and of memory, as far as there is something to say.
    pub verdicts: Vec<Difference>,
}

impl Row {
    /// The families in which some figure became so.
    pub fn families(&self, is: impl Fn(Shift) -> bool) -> BTreeSet<Family> {
        let told = self.figures.iter().filter(|one| one.shift.is_some_and(&is));
        told.map(|one| one.family).collect()
    }
}
