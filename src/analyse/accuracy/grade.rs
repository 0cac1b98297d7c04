//! How right a figure is: from *exact* to *wrong*.

use serde::{Deserialize, Serialize};

/// How far a figure may be off and still be called close: the smaller of actual and reported is at least this
/// share of the larger. Half and double are equally wrong.
pub const CLOSE: f64 = 0.99;
/// And still be called off, and not wrong.
pub const OFF: f64 = 0.9;

/// What is to be said of a figure, a family of figures, a cell, or a tracker: of the worst in it. From the best
/// to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// The tracker does not report it: neither a fault nor a merit.
    Absent,
    /// Equal.
    Exact,
    /// Within 1 %: see [`CLOSE`].
    Close,
    /// Within 10 %: see [`OFF`].
    Off,
    /// Further off.
    Wrong,
    /// It could not be had: a crash, a time-out.
    Failed,
}

impl Grade {
    /// Every grade, from the best to the worst.
    pub const ALL: [Self; 6] =
        [Self::Absent, Self::Exact, Self::Close, Self::Off, Self::Wrong, Self::Failed];

    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Exact => "exact",
            Self::Close => "close",
            Self::Off => "off",
            Self::Wrong => "wrong",
            Self::Failed => "failed",
        }
    }

    /// As a mark that is told from the others without colour.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Absent => "–",
            Self::Exact => "✓",
            Self::Close => "≈",
            Self::Off => "~",
            Self::Wrong => "✗",
            Self::Failed => "‼",
        }
    }

    /// Whether it may be believed: exact or close.
    pub fn is_accurate(self) -> bool {
        matches!(self, Self::Exact | Self::Close)
    }

    /// The grade of one figure.
    pub fn of(actual: u64, reported: Option<u64>) -> Self {
        let Some(reported) = reported else { return Self::Absent };
        if reported == actual {
            return Self::Exact;
        }
        let (smaller, larger) = (reported.min(actual) as f64, reported.max(actual) as f64);
        match smaller {
            smaller if smaller >= CLOSE * larger => Self::Close,
            smaller if smaller >= OFF * larger => Self::Off,
            _ => Self::Wrong,
        }
    }
}

/// How far a ratio of reported to actual is from 1, upwards or downwards: 1 is right, half and double are 2, and
/// something where nothing is, or nothing where something is, is infinite.
pub fn factor(ratio: f64) -> f64 {
    if ratio < 1.0 { 1.0 / ratio } else { ratio }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_exact_close_off_wrong_or_absent() {
        let grade = |actual, reported| Grade::of(actual, Some(reported));
        assert_eq!(grade(1000, 1000), Grade::Exact);
        assert_eq!(grade(0, 0), Grade::Exact);
        assert_eq!((grade(1000, 990), grade(990, 1000)), (Grade::Close, Grade::Close));
        assert_eq!((grade(1000, 989), grade(989, 1000)), (Grade::Off, Grade::Off));
        assert_eq!((grade(1000, 900), grade(900, 1000)), (Grade::Off, Grade::Off));
        assert_eq!((grade(1000, 899), grade(899, 1000)), (Grade::Wrong, Grade::Wrong));
        assert_eq!((grade(0, 1), grade(1, 0)), (Grade::Wrong, Grade::Wrong));
        assert_eq!(Grade::of(1000, None), Grade::Absent);
    }

    #[test]
    fn half_and_double_are_equally_wrong() {
        assert_eq!(factor(0.5), factor(2.0));
        assert_eq!(factor(1.0), 1.0);
        assert!(factor(0.0).is_infinite() && factor(f64::INFINITY).is_infinite());
    }
}
