//! The words in the cells of tables, the same in the terminal, in Markdown and on the page.

use crate::analyse::summary::{Cell, Noise, Ratio, Timing};
use crate::common::units::{self, ABSENT};
use crate::present::words;

/// `3.21× [3.05–3.38]`.
pub(super) fn ratio(ratio: Option<Ratio>) -> String {
    ratio.map_or(ABSENT.to_owned(), |ratio| match (ratio.low, ratio.high) {
        (Some(low), Some(high)) => {
            format!("{} [{}]", units::factor(ratio.ratio), units::interval(ratio.ratio, low, high))
        }
        _ => units::factor(ratio.ratio),
    })
}

/// `3.21×`.
pub(super) fn bare_ratio(ratio: Option<Ratio>) -> String {
    ratio.map_or(ABSENT.to_owned(), |ratio| units::factor(ratio.ratio))
}

/// `3.05–3.38`, or nothing.
pub(super) fn interval(ratio: Option<Ratio>) -> String {
    match ratio {
        Some(Ratio { ratio, low: Some(low), high: Some(high), .. }) => {
            units::interval(ratio, low, high)
        }
        _ => String::new(),
    }
}

/// A ratio of a cell; where there is none, the way in which its samples failed. Where only some did,
/// both.
pub(super) fn ratio_or_failure(figure: Option<Ratio>, cell: &Cell) -> String {
    let failures = words::failures(&cell.failures);
    match (figure, failures.is_empty()) {
        (_, true) => ratio(figure),
        (None, false) => failures,
        (Some(_), false) => format!("{}; {failures}", ratio(figure)),
    }
}

/// Median wall time.
pub(super) fn wall(timing: Option<&Timing>) -> String {
    timing.map_or(ABSENT.to_owned(), |timing| units::seconds(timing.wall_s))
}

/// Median peak of the resident set.
pub(super) fn resident(timing: Option<&Timing>) -> String {
    let peak = timing.and_then(|timing| timing.resident_peak_bytes);
    peak.map_or(ABSENT.to_owned(), units::bytes)
}

/// `1,150,660`.
pub(super) fn count(count: Option<u64>) -> String {
    count.map_or(ABSENT.to_owned(), units::count)
}

/// `1.07×`: what a ratio must exceed.
pub(super) fn noise(noise: Option<Noise>) -> String {
    noise.and_then(|noise| noise.factor).map_or(ABSENT.to_owned(), units::factor)
}

/// `99.96 %`.
pub(super) fn capture(capture: Option<f64>) -> String {
    capture.map_or(ABSENT.to_owned(), units::capture)
}
