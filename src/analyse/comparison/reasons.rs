//! Why a comparison turns a gate red, in words.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::accuracy::{FigureShift, Shift};
use super::difference::{Comparison, Versus};
use super::readings::Reading;
use super::row::{Difference, Row, Shown};
use crate::analyse::accuracy::Family;
use crate::common::units;

/// What a reason is about. Reasons of one workload that are about the same are taken for the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// It takes longer.
    Time,
    /// It fails.
    Failure,
    /// The program makes another number of allocations.
    Allocations,
    /// The tracker holds more for itself.
    OwnHeap,
    /// Its own heap grows by more.
    Growth,
    /// The process's peak resident set is larger.
    Memory,
    /// More pages are touched for the first time.
    Faults,
    /// A family of figures is less accurate.
    Figures(Family),
}

/// Something that is worse than it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The workload; absent for all together.
    pub workload: Option<String>,
    /// What it is about.
    pub about: About,
    /// In words: `events less accurate: frees 100 % → 0.0 %`.
    pub words: String,
}

impl Reason {
    /// The workload, and what is worse there.
    pub fn told(&self) -> String {
        format!("{}: {}", self.workload.as_deref().unwrap_or("all workloads"), self.words)
    }
}

impl Comparison {
    /// The rows in which something is worse by a gate's measure: failures and accuracy at once, time only
    /// where the whole interval lies beyond `percent`.
    pub fn beyond(&self, percent: f64) -> Vec<String> {
        self.told(percent, |_| true, |versus| versus.arm.to_string())
    }

    /// Of [`Comparison::beyond`], what is about time; with what it is slower than.
    pub fn slower_than(&self, percent: f64) -> Vec<String> {
        let against = |versus: &Versus| format!("{} against {}", versus.arm, versus.base);
        self.told(percent, |about| about == About::Time, against)
    }

    fn told(
        &self,
        percent: f64,
        kept: impl Fn(About) -> bool,
        name: impl Fn(&Versus) -> String,
    ) -> Vec<String> {
        let of = |versus: &Versus| {
            let told = versus.worse(percent).into_iter().filter(|reason| kept(reason.about));
            told.map(|reason| format!("{} on {}", name(versus), reason.told())).collect::<Vec<_>>()
        };
        self.against.iter().flat_map(of).collect()
    }
}

impl Versus {
    /// What is worse by a gate's measure; see [`Comparison::beyond`].
    pub fn worse(&self, percent: f64) -> Vec<Reason> {
        let limit = 1.0 + percent / 100.0;
        let mut told = Vec::new();
        for row in &self.rows {
            let mut add = |(about, words)| {
                told.push(Reason { workload: row.workload.clone(), about, words });
            };
            let slower = row.change.and_then(|change| change.low).is_some_and(|low| low > limit);
            if slower {
                add((About::Time, format!("slower by more than {percent} %")));
            }
            // Over all workloads nothing is told but what is told of them.
            if row.workload.is_some() {
                hard_reasons(row).into_iter().for_each(add);
            }
        }
        told
    }

    /// Of what the base tells, all that the new one does not tell where it fails.
    pub fn untold(&self) -> Vec<(Option<String>, About)> {
        let failing = self.rows.iter().filter(|row| row.verdicts.contains(&Difference::Fails));
        failing.flat_map(|row| untold(row).map(|about| (row.workload.clone(), about))).collect()
    }
}

/// What a row does not tell of the new one.
fn untold(row: &Row) -> impl Iterator<Item = About> {
    let all: BTreeSet<Family> = row.figures.iter().map(|one| one.family).collect();
    let all = all.into_iter();
    let told = |family| {
        let figures = row.figures.iter().filter(move |one| one.family == family);
        figures.filter_map(|one| one.new).any(|reading| reading.reported.is_some())
    };
    let others = [
        (About::Time, row.change.is_some()),
        (About::OwnHeap, row.new.own_per_live.is_some()),
        (About::Growth, row.new.growth.is_some()),
        (About::Memory, row.memory.is_some()),
        (About::Faults, row.new.minor_faults.is_some()),
    ];
    let families = all.map(move |family| (About::Figures(family), told(family)));
    families.chain(others).filter(|(_, told)| !told).map(|(about, _)| about)
}

/// What is worse in a row whatever the time: failures, each family that is less accurate, and memory.
fn hard_reasons(row: &Row) -> Vec<(About, String)> {
    let mut told = Vec::new();
    for (hard, about) in [
        (Difference::Fails, About::Failure),
        (Difference::MoreOwnHeap, About::OwnHeap),
        (Difference::GrowsMore, About::Growth),
        (Difference::MoreFaults, About::Faults),
    ] {
        if row.verdicts.contains(&hard) {
            told.push((about, format!("{}{}", hard.words(), aside(row, hard))));
        }
    }
    if row.verdicts.contains(&Difference::MoreMemory) {
        let more =
            row.memory.map_or(String::new(), |ratio| format!(" ({})", units::factor(ratio.ratio)));
        told.push((About::Memory, format!("more memory{more}")));
    }
    for family in row.families(Shift::is_worse) {
        let worse = row.figures.iter().filter(|one| one.family == family);
        let worse: Vec<&FigureShift> =
            worse.filter(|one| one.shift.is_some_and(Shift::is_worse)).collect();
        // One is named; of many, how many more there are.
        let Some(first) = worse.first() else { continue };
        let more = match worse.len() {
            1 => String::new(),
            many => format!(", and {} more", many - 1),
        };
        let shift = first.shift.map_or("", Shift::words);
        let words = format!("{} {shift}: {}{more}", family.word(), first.words());
        told.push((About::Figures(family), words));
    }
    told
}

/// What stands behind a verdict about the tracker's own memory, before and after.
fn aside(row: &Row, verdict: Difference) -> String {
    let change = |of: &dyn Fn(&Shown) -> Option<String>| {
        let known = of(&row.base).zip(of(&row.new));
        known.map_or(String::new(), |(base, new)| format!(": {base} → {new}"))
    };
    match verdict {
        Difference::MoreOwnHeap => change(&|side| {
            side.own_per_live
                .map(|bytes| format!("{} for each live allocation", units::bytes(bytes)))
        }),
        Difference::MoreFaults => {
            change(&|side| side.minor_faults.map(|number| units::count(number as u64)))
        }
        Difference::GrowsMore => change(&|side| {
            let rate = side.growth?.bytes_per_repetition.max(0.0);
            Some(format!("{} with each repetition", units::bytes(rate)))
        }),
        _ => String::new(),
    }
}

impl FigureShift {
    /// Before and after: `frees 100 % → 0.0 %`.
    pub fn words(&self) -> String {
        let told =
            |reading: Option<Reading>| match reading.and_then(|one| Some((one, one.ratio()?))) {
                Some((reading, ratio)) if ratio.is_infinite() => {
                    format!("{} where there are none", units::count(reading.reported.unwrap_or(0)))
                }
                Some((_, ratio)) => units::capture(ratio),
                None => units::ABSENT.to_owned(),
            };
        format!("{} {} → {}", self.figure, told(self.base), told(self.new))
    }
}
