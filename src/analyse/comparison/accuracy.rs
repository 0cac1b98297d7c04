//! Whether a tracker became more or less accurate, family by family.
//!
//! What is missed of the program's, and what is counted too much, are compared apart, each between the least and
//! the most that it can be (see [`Attribution`](crate::analyse::accuracy::Attribution)). A figure is *less
//! accurate* only if one of them is beyond doubt larger: if its least is above the most that it was. Where audits
//! of the same tracker differ, as where threads race, it must be above by more than they differ.

use serde::Serialize;

use super::readings::{Reading, Readings};
use crate::analyse::accuracy::{Family, GrowthRate, factor};

/// A tracker's own memory may vary by so much, whatever was seen of it, before it is called more: 1 %.
const OWN_MEMORY: f64 = 0.01;

/// What became of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shift {
    /// Further from the truth.
    Less,
    /// It is not reported any more.
    Gone,
    /// Higher, and it cannot be told whether it is nearer to the truth.
    ReportsMore,
    /// Lower, likewise.
    ReportsFewer,
    /// It was not reported before.
    Begun,
    /// Closer to the truth.
    More,
}

impl Shift {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Less => "less accurate",
            Self::Gone => "no longer reported",
            Self::ReportsMore => "reports more",
            Self::ReportsFewer => "reports fewer",
            Self::Begun => "now reported",
            Self::More => "more accurate",
        }
    }

    /// Whether a gate is to be red for it.
    pub fn is_worse(self) -> bool {
        matches!(self, Self::Less | Self::Gone)
    }
}

/// A figure before and after.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FigureShift {
    /// What it is about.
    pub family: Family,
    /// Which figure.
    pub figure: String,
    /// The worst audit of the base.
    pub base: Option<Reading>,
    /// The worst audit of the new one.
    pub new: Option<Reading>,
    /// What became of it; nothing, if it is as it was.
    pub shift: Option<Shift>,
}

impl FigureShift {
    /// How far apart before and after are, as a factor; infinite where one is nothing.
    pub fn size(&self) -> f64 {
        let ratio = |reading: Option<Reading>| reading.and_then(|one| one.ratio()).unwrap_or(1.0);
        let (before, after) = (ratio(self.base), ratio(self.new));
        if before == after { 1.0 } else { factor(after / before) }
    }
}

/// Every figure of either side, before and after.
pub(super) fn figures(base: &[Readings], new: &[Readings]) -> Vec<FigureShift> {
    let is = |a: &Readings, b: &Readings| a.family == b.family && a.figure == b.figure;
    let pairs = base.iter().map(|one| (Some(one), new.iter().find(|other| is(one, other))));
    let begun = new.iter().filter(|one| !base.iter().any(|other| is(one, other)));
    let pairs = pairs.chain(begun.map(|one| (None, Some(one))));
    let mut all: Vec<FigureShift> = pairs
        .filter_map(|(base, new)| {
            let either = base.or(new)?;
            Some(FigureShift {
                family: either.family,
                figure: either.figure.clone(),
                base: base.and_then(Readings::worst).copied(),
                new: new.and_then(Readings::worst).copied(),
                shift: match (base, new) {
                    (Some(base), Some(new)) => shift(&base.audits, &new.audits),
                    (Some(_), None) => Some(Shift::Gone),
                    _ => Some(Shift::Begun),
                },
            })
        })
        .collect();
    all.sort_by_key(|one| one.family);
    all
}

/// What became of a figure, from all audits of both sides.
fn shift(base: &[Reading], new: &[Reading]) -> Option<Shift> {
    let errors = |readings: &[Reading]| -> Vec<[(f64, f64); 2]> {
        readings.iter().filter_map(Reading::errors).collect()
    };
    let (before, after) = (errors(base), errors(new));
    match (before.is_empty(), after.is_empty()) {
        (true, true) => return None,
        (true, false) => return Some(Shift::Begun),
        (false, true) => return Some(Shift::Gone),
        (false, false) => {}
    }
    // The program itself may free four bytes fewer, as when its job is a shorter text; the same surplus is then a larger
    // share, by that much.
    let drift = drift(base, new);
    let [missed, surplus] = [0, 1].map(|which| {
        let of = |all: &[[(f64, f64); 2]]| all.iter().map(|one| one[which]).collect::<Vec<_>>();
        change(&of(&before), &of(&after), drift)
    });
    if missed == Change::Larger || surplus == Change::Larger {
        return Some(Shift::Less);
    }
    let smaller = missed == Change::Smaller || surplus == Change::Smaller;
    if smaller && missed != Change::Unknown && surplus != Change::Unknown {
        return Some(Shift::More);
    }
    let ratios = |readings: &[Reading]| -> Vec<(f64, f64)> {
        readings.iter().filter_map(Reading::ratio).map(|ratio| (ratio, ratio)).collect()
    };
    match change(&ratios(base), &ratios(new), drift) {
        Change::Larger => Some(Shift::ReportsMore),
        Change::Smaller => Some(Shift::ReportsFewer),
        Change::None | Change::Unknown => None,
    }
}

/// What became of an error that is known between its least and its most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    None,
    Larger,
    Smaller,
    /// It may be either: the ranges overlap, and are not the same.
    Unknown,
}

/// More than this, a share, is no text that is some bytes shorter, but another program or another moment.
const MOST_DRIFT: f64 = 0.001;

/// By which share the program's own figure differs between the audits of both sides, at most [`MOST_DRIFT`].
fn drift(base: &[Reading], new: &[Reading]) -> f64 {
    let actuals = || base.iter().chain(new).map(|reading| reading.actual);
    match actuals().min().zip(actuals().max()) {
        Some((least, most)) if least > 0 => (most as f64 / least as f64 - 1.0).min(MOST_DRIFT),
        _ => 0.0,
    }
}

/// Compares ranges, one for each audit. What repeated audits of a side differ by is allowed for, and a share `drift` of
/// the error itself.
fn change(before: &[(f64, f64)], after: &[(f64, f64)], drift: f64) -> Change {
    let least = |all: &[(f64, f64)]| all.iter().map(|one| one.0).fold(f64::INFINITY, f64::min);
    let most = |all: &[(f64, f64)]| all.iter().map(|one| one.1).fold(0.0, f64::max);
    let allowed = spread(before.iter().map(|one| one.0))
        + spread(after.iter().map(|one| one.0))
        + drift * most(before).max(most(after));
    if least(after) > most(before) + allowed {
        Change::Larger
    } else if most(after) + allowed < least(before) {
        Change::Smaller
    } else if (least(after) - least(before)).abs() <= allowed
        && most(after) <= most(before) + allowed.max(most(before) * OWN_MEMORY)
    {
        Change::None
    } else {
        Change::Unknown
    }
}

/// From the smallest to the largest.
fn spread(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let low = values.clone().fold(f64::INFINITY, f64::min);
    let high = values.fold(f64::NEG_INFINITY, f64::max);
    if high > low && high.is_finite() { high - low } else { 0.0 }
}

/// Whether what a tracker holds for itself, from several audits, became more beyond what they differ by.
pub(super) fn is_more(before: &[f64], after: &[f64]) -> bool {
    let of = |all: &[f64]| all.iter().map(|&one| (one, one)).collect::<Vec<_>>();
    let most = before.iter().copied().fold(0.0, f64::max);
    let least = after.iter().copied().fold(f64::INFINITY, f64::min);
    !before.is_empty()
        && !after.is_empty()
        && change(&of(before), &of(after), 0.0) == Change::Larger
        && least > most * (1.0 + OWN_MEMORY)
}

/// So many page faults more are no more, whatever was seen of them: one fault maps up to sixteen pages of a file, and
/// where a program's file is cut into such pieces is another for each build: two builds of the same code in two folders
/// differed by 135.
const FEW_FAULTS: f64 = 256.0;

/// Whether there are more page faults, from several audits, beyond what they differ by. Of a single audit it is not
/// known by how much that is.
pub(super) fn faults_more(before: &[f64], after: &[f64]) -> bool {
    let most = before.iter().copied().fold(0.0, f64::max);
    let least = after.iter().copied().fold(f64::INFINITY, f64::min);
    let known = before.len() > 1 && after.len() > 1;
    known && is_more(before, after) && least > most + FEW_FAULTS
}

/// Whether a tracker's memory grows by more with each repetition than it did: its interval lies beyond that of
/// the base.
pub(super) fn grows_more(before: Option<&GrowthRate>, after: Option<&GrowthRate>) -> bool {
    let Some(after) = after.filter(|after| after.grows()) else { return false };
    let Some(before) = before else { return false };
    after.low > before.high.max(0.0) * (1.0 + OWN_MEMORY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings(of: &[(u64, u64, u64)]) -> Vec<Reading> {
        let reading = |&(actual, reported, own)| Reading { actual, reported: Some(reported), own };
        of.iter().map(reading).collect()
    }

    fn told(base: &[(u64, u64, u64)], new: &[(u64, u64, u64)]) -> Option<Shift> {
        shift(&readings(base), &readings(new))
    }

    #[test]
    fn an_event_in_a_hundred_is_seen_and_what_is_as_it_was_is_not() {
        assert_eq!(told(&[(1_000, 1_000, 0)], &[(1_000, 990, 0)]), Some(Shift::Less));
        assert_eq!(told(&[(1_000, 990, 0)], &[(1_000, 1_000, 0)]), Some(Shift::More));
        assert_eq!(told(&[(1_000, 990, 0)], &[(1_000, 990, 0)]), None);
        assert_eq!(told(&[(1_000, 2_000, 0)], &[(1_000, 1_500, 0)]), Some(Shift::More));
        assert_eq!(told(&[(0, 0, 0)], &[(0, 1, 0)]), Some(Shift::Less));
    }

    #[test]
    fn across_a_hundred_percent_nothing_is_called_more_accurate() {
        // memscope-rs/full counts its own 18,906: 101.6 %. It then drops 2 % of the events: 99.6 %.
        let before = [(1_156_732, 1_175_544, 18_906)];
        assert_eq!(told(&before, &[(1_156_732, 1_152_033, 18_906)]), Some(Shift::Less));
        // Half a percent dropped stays above 100 %: it may be its own that it no longer counts.
        assert_eq!(told(&before, &[(1_156_732, 1_169_760, 18_906)]), Some(Shift::ReportsFewer));
        assert_eq!(told(&[(1_156_732, 1_169_760, 18_906)], &before), Some(Shift::ReportsMore));
        // Its own left out, and nothing else: right.
        assert_eq!(told(&before, &[(1_156_732, 1_156_732, 18_906)]), Some(Shift::More));
    }

    #[test]
    fn a_release_that_counts_thousands_too_many_is_worse_than_one_that_counts_a_few() {
        assert_eq!(told(&[(14, 30, 16)], &[(14, 117_000, 100)]), Some(Shift::Less));
        assert_eq!(told(&[(14, 117_000, 100)], &[(14, 30, 16)]), Some(Shift::More));
    }

    #[test]
    fn the_same_surplus_of_a_program_that_frees_a_little_less_is_no_difference() {
        let before = (2_701_333, 2_702_171, 4_487_482);
        let after = (2_701_329, 2_702_167, 4_487_482);
        assert_eq!(told(&[before; 2], &[after; 2]), None);
        assert_eq!(told(&[after; 2], &[before; 2]), None);
        assert_eq!(told(&[before; 2], &[(2_701_329, 2_702_267, 0); 2]), Some(Shift::Less));
    }

    #[test]
    fn what_repeated_audits_differ_by_is_no_difference() {
        let racing = [(1_000, 980, 0), (1_000, 990, 0), (1_000, 970, 0)];
        assert_eq!(told(&racing, &[(1_000, 960, 0), (1_000, 985, 0)]), None);
        assert_eq!(told(&racing, &[(1_000, 900, 0), (1_000, 905, 0)]), Some(Shift::Less));
    }

    #[test]
    fn own_memory_is_more_beyond_what_it_varies_by() {
        assert!(is_more(&[100.0, 100.0], &[110.0, 110.0]));
        assert!(!is_more(&[100.0, 100.0], &[100.5, 100.5]), "half a percent");
        assert!(!is_more(&[100.0, 130.0], &[140.0, 120.0]));
        assert!(!is_more(&[], &[110.0]));
    }

    #[test]
    fn page_faults_are_more_beyond_what_audits_differ_by() {
        // As five audits of memscope-rs/full on basic-structures had them, and five of counting on reference-cycles.
        let (noisy, steady) = ([9_127.0, 12_762.0, 9_900.0], [1_081.0, 1_082.0, 1_081.0]);
        let times = |all: [f64; 3], factor: f64| all.map(|one| one * factor);
        assert!(!faults_more(&noisy, &noisy) && !faults_more(&steady, &steady));
        assert!(faults_more(&steady, &times(steady, 2.0)), "doubled");
        assert!(faults_more(&noisy, &times(noisy, 3.0)));
        assert!(!faults_more(&noisy, &times(noisy, 1.3)), "within what they differ by");
        assert!(!faults_more(&steady, &[1_110.0; 3]), "some pages of a file");
        assert!(!faults_more(&[], &steady), "a baseline that has none");
        assert!(!faults_more(&steady, &[2_000.0]), "audited once");
    }

    #[test]
    fn growth_is_more_where_its_interval_lies_beyond() {
        let rate = |step: u64| {
            GrowthRate::of(&(0..12).map(|n| 1_000 + n * step + n % 2).collect::<Vec<_>>())
        };
        assert!(grows_more(rate(0).as_ref(), rate(50).as_ref()));
        assert!(!grows_more(rate(50).as_ref(), rate(50).as_ref()));
        assert!(!grows_more(rate(50).as_ref(), rate(0).as_ref()));
    }
}
