//! Why a comparison turns a gate red, in words.

use super::accuracy::{FigureShift, Shift};
use super::difference::Comparison;
use super::readings::Reading;
use super::row::{Difference, Row, Shown};
use crate::common::units;

impl Comparison {
    /// The rows in which something is worse by a gate's measure: failures and accuracy at once, time only
    /// where the whole interval lies beyond `percent` and beyond the noise floor.
    pub fn beyond(&self, percent: f64) -> Vec<String> {
        let limit = 1.0 + percent / 100.0;
        let mut told = Vec::new();
        for versus in &self.against {
            for row in &versus.rows {
                let name = row.workload.as_deref().unwrap_or("all workloads");
                let slower = row.verdicts.contains(&Difference::Slower)
                    && row.change.and_then(|change| change.low).is_some_and(|low| low > limit);
                if slower {
                    told.push(format!("{} on {name}: slower by more than {percent} %", versus.arm));
                }
                // Over all workloads nothing is told but what is told of them.
                if row.workload.is_some() {
                    let hard = hard_reasons(row).into_iter();
                    told.extend(hard.map(|reason| format!("{} on {name}: {reason}", versus.arm)));
                }
            }
        }
        told
    }
}

/// What is worse in a row whatever the time: failures, each family that is less accurate, and memory.
fn hard_reasons(row: &Row) -> Vec<String> {
    let mut told = Vec::new();
    for hard in [Difference::Fails, Difference::MoreOwnHeap, Difference::GrowsMore] {
        if row.verdicts.contains(&hard) {
            told.push(format!("{}{}", hard.words(), aside(row, hard)));
        }
    }
    if row.verdicts.contains(&Difference::MoreMemory) {
        let more =
            row.memory.map_or(String::new(), |ratio| format!(" ({})", units::factor(ratio.ratio)));
        told.push(format!("more memory{more}"));
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
        told.push(format!("{} {shift}: {}{more}", family.word(), first.words()));
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
