//! The summary's figures: what the tracker says, what was counted, and by how much the two differ.

use protocol::{Heap, Reported, Truth};
use serde::Serialize;

use crate::common::units;
use crate::plan::catalog::Realloc;

/// What a figure is a number of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Allocations or variables.
    Count,
    /// Bytes, whole.
    Bytes,
    /// Bytes on average.
    MeanBytes,
    /// A share of 1.
    Share,
}

impl Unit {
    /// A value to its last digit.
    pub fn exact(self, value: f64) -> String {
        match self {
            Self::Count => units::count(value.round() as u64),
            Self::Bytes => format!("{} B", units::count(value.round() as u64)),
            Self::MeanBytes => format!("{value:.1} B"),
            Self::Share => format!("{:.2} %", value * 100.0),
        }
    }

    /// A value as it is read at a glance.
    pub fn short(self, value: f64) -> String {
        match self {
            Self::Bytes => units::bytes(value),
            _ => self.exact(value),
        }
    }
}

/// Which figure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Allocations made.
    Allocations,
    /// Allocations alive at the end.
    LiveAllocations,
    /// The most bytes alive at once.
    PeakMemory,
    /// Bytes alive at the end.
    ActiveMemory,
    /// Bytes allocated ÷ allocations made.
    AverageSize,
    /// Allocations freed ÷ allocations made.
    Efficiency,
    /// Variables handed to the tracker.
    Variables,
}

impl Kind {
    /// Its name in the summary and the picture: upstream's, where it has one.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allocations => "Total tracked allocations",
            Self::LiveAllocations => "Active allocations",
            Self::PeakMemory => "Peak memory",
            Self::ActiveMemory => "Active memory",
            Self::AverageSize => "Average allocation size",
            Self::Efficiency => "Memory efficiency",
            Self::Variables => "Tracked variables",
        }
    }

    /// What it means, in a few words.
    pub fn definition(self) -> &'static str {
        match self {
            Self::Allocations => "allocations made, resizes included",
            Self::LiveAllocations => "allocations alive after the last phase",
            Self::PeakMemory => "the most bytes alive at once",
            Self::ActiveMemory => "bytes alive after the last phase",
            Self::AverageSize => "bytes allocated ÷ allocations made",
            Self::Efficiency => "allocations freed ÷ allocations made",
            Self::Variables => "variables handed to the tracker",
        }
    }

    /// What its values are numbers of.
    pub fn unit(self) -> Unit {
        match self {
            Self::Allocations | Self::LiveAllocations | Self::Variables => Unit::Count,
            Self::PeakMemory | Self::ActiveMemory => Unit::Bytes,
            Self::AverageSize => Unit::MeanBytes,
            Self::Efficiency => Unit::Share,
        }
    }
}

/// One figure, from both sides. What is not known is absent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// Which.
    pub kind: Kind,
    /// As the tracker says it.
    pub reported: Option<f64>,
    /// As it was counted, of the program alone.
    pub counted: Option<f64>,
    /// As it was counted, of the program and the tracker's own heap together. Absent where the two
    /// cannot be added up.
    pub with_own_heap: Option<f64>,
}

impl Figure {
    /// Whether both sides are known and not the same.
    pub fn differs(&self) -> bool {
        matches!((self.reported, self.counted), (Some(said), Some(true_)) if said != true_)
    }

    /// The tracker's figure against the counted one, with its sign: `+0.9 %`, and `−0.45 points` for
    /// shares. `None` where they do not differ or one is unknown.
    pub fn difference(&self) -> Option<String> {
        let (said, counted) = (self.reported?, self.counted?);
        if said == counted {
            return None;
        }
        if self.kind.unit() == Unit::Share {
            return Some(format!("{} points", signed((said - counted) * 100.0)));
        }
        if counted == 0.0 {
            return Some("not 0".to_owned());
        }
        Some(format!("{} %", signed((said / counted - 1.0) * 100.0)))
    }
}

/// A number with its sign, to one decimal, or to as many as it takes to show that it is not 0.
fn signed(value: f64) -> String {
    let size = value.abs();
    let decimals = if size >= 0.95 {
        1
    } else {
        // Two significant digits.
        (1.0 - size.log10().floor()).clamp(2.0, 9.0) as usize
    };
    format!("{}{size:.decimals$}", if value < 0.0 { "−" } else { "+" })
}

/// The tracker's figures beside the counted ones, where a reallocation is brought to the tracker's terms.
pub fn figures(
    reported: &Reported,
    truth: Option<&Truth>,
    own: Option<&Heap>,
    realloc: Option<Realloc>,
) -> Vec<Figure> {
    let said = Sums {
        allocations: reported.allocations,
        deallocations: reported.deallocations,
        allocated_bytes: reported.allocated_bytes,
        live_allocations: reported.live_allocations,
        live_bytes: reported.live_bytes,
        peak: reported.peak_live_bytes,
    };
    let program = truth.map(|truth| Sums::of(&truth.heap, realloc)).unwrap_or_default();
    let own = own.map(|own| Sums::of(own, realloc)).unwrap_or_default();
    let both = program.and(&own);
    let figure = |kind, of: fn(&Sums) -> Option<f64>| Figure {
        kind,
        reported: of(&said),
        counted: of(&program),
        with_own_heap: of(&both),
    };
    let number = |value: u64| value as f64;
    vec![
        figure(Kind::Allocations, |sums| sums.allocations.map(|n| n as f64)),
        figure(Kind::LiveAllocations, |sums| sums.live_allocations.map(|n| n as f64)),
        figure(Kind::PeakMemory, |sums| sums.peak.map(|n| n as f64)),
        figure(Kind::ActiveMemory, |sums| sums.live_bytes.map(|n| n as f64)),
        figure(Kind::AverageSize, |sums| ratio(sums.allocated_bytes, sums.allocations)),
        figure(Kind::Efficiency, |sums| ratio(sums.deallocations, sums.allocations)),
        Figure {
            kind: Kind::Variables,
            reported: reported.variables.map(number),
            counted: truth.map(|truth| number(truth.variables)),
            with_own_heap: None,
        },
    ]
}

fn ratio(part: Option<u64>, whole: Option<u64>) -> Option<f64> {
    let (part, whole) = (part?, whole.filter(|&whole| whole > 0)?);
    Some(part as f64 / whole as f64)
}

/// One side's sums.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    allocations: Option<u64>,
    deallocations: Option<u64>,
    allocated_bytes: Option<u64>,
    live_allocations: Option<u64>,
    live_bytes: Option<u64>,
    peak: Option<u64>,
}

impl Sums {
    fn of(heap: &Heap, realloc: Option<Realloc>) -> Self {
        let (allocated, freed) = match realloc {
            Some(Realloc::Both) => (heap.reallocations, heap.reallocations),
            Some(Realloc::Allocation | Realloc::Growth) => (heap.reallocations, 0),
            Some(Realloc::Apart | Realloc::Difference) | None => (0, 0),
        };
        Self {
            allocations: Some(heap.allocations + allocated),
            deallocations: Some(heap.deallocations + freed),
            allocated_bytes: Some(heap.allocated_bytes),
            live_allocations: Some(heap.live_allocations),
            live_bytes: Some(heap.live_bytes),
            peak: Some(heap.peak_live_bytes),
        }
    }

    fn and(&self, other: &Self) -> Self {
        let sum = |a: Option<u64>, b: Option<u64>| Some(a? + b?);
        Self {
            allocations: sum(self.allocations, other.allocations),
            deallocations: sum(self.deallocations, other.deallocations),
            allocated_bytes: sum(self.allocated_bytes, other.allocated_bytes),
            live_allocations: sum(self.live_allocations, other.live_allocations),
            live_bytes: sum(self.live_bytes, other.live_bytes),
            // The two peaks need not have been at the same moment.
            peak: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(kind: Kind, reported: f64, counted: f64) -> Figure {
        Figure { kind, reported: Some(reported), counted: Some(counted), with_own_heap: None }
    }

    #[test]
    fn differences_have_a_sign_and_are_never_rounded_away() {
        for (said, counted, told) in [
            (110.0, 100.0, Some("+10.0 %")),
            (99.0, 100.0, Some("−1.0 %")),
            (1_000_002.0, 1_000_000.0, Some("+0.00020 %")),
            (5.0, 0.0, Some("not 0")),
            (7.0, 7.0, None),
        ] {
            let difference = figure(Kind::Allocations, said, counted).difference();
            assert_eq!(difference.as_deref(), told, "{said} against {counted}");
        }
        let share = figure(Kind::Efficiency, 0.5, 0.75).difference();
        assert_eq!(share.as_deref(), Some("−25.0 points"));
    }

    #[test]
    fn resizes_are_counted_in_the_trackers_terms() {
        let heap = Heap { allocations: 10, deallocations: 8, reallocations: 2, ..Heap::default() };
        let truth = Truth { heap, ..Truth::default() };
        let counted = |realloc| {
            let figures = figures(&Reported::default(), Some(&truth), None, realloc);
            (figures[0].counted, figures[5].counted)
        };
        assert_eq!(counted(Some(Realloc::Both)), (Some(12.0), Some(10.0 / 12.0)));
        assert_eq!(counted(Some(Realloc::Allocation)), (Some(12.0), Some(8.0 / 12.0)));
        assert_eq!(counted(Some(Realloc::Apart)), (Some(10.0), Some(0.8)));
    }

    #[test]
    fn what_is_unknown_stays_unknown() {
        let figures = figures(&Reported::default(), None, None, None);
        assert!(figures.iter().all(|f| f.reported.is_none() && f.counted.is_none()));
        // Nothing was allocated: there is no average.
        let truth = Truth::default();
        let figures = super::figures(&Reported::default(), Some(&truth), None, None);
        assert_eq!(figures[4].counted, None);
    }
}
