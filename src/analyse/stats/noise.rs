//! The noise floor, and what counts as a difference.
//!
//! An interval that excludes 1 is not enough. It holds if blocks are independent of each other and
//! none of the noise is too rare for them to have met, and on a shared machine neither is certain. The
//! A/A arm went through the same minutes and has a ratio of 1 by construction, so how far its interval
//! reaches from 1 is how far an arm may seem to lie from 1 for no reason. Hence a difference is
//! detected only if its *whole* interval lies beyond that floor.
//!
//! This is strict. In 5,000 simulated experiments each (95 %, independently disturbed arms; the model
//! is in `simulation/mod.rs`), in percent:
//!
//! | blocks | floor  | true ratio | interval excludes 1 | and the ratio is beyond the floor | detected |
//! |-------:|-------:|-----------:|--------------------:|----------------------------------:|---------:|
//! |     10 | ±34 %  |        1.0 |                 4.9 |                               0.4 |      0.0 |
//! |     10 |        |        1.5 |                96.5 |                              82.1 |     20.6 |
//! |     10 |        |        2.0 |               100.0 |                              99.7 |     91.4 |
//! |     20 | ±21 %  |        1.0 |                 4.8 |                               0.8 |      0.0 |
//! |     20 |        |        1.5 |               100.0 |                              98.9 |     81.8 |
//! |     40 | ±14 %  |        1.0 |                 4.0 |                               0.6 |      0.0 |
//! |     40 |        |        1.2 |                97.0 |                              83.6 |     20.3 |
//! |     40 |        |        1.3 |                99.9 |                              97.9 |     76.5 |
//!
//! So what is called slower is slower, and "not detected" may well be a real difference: the interval
//! printed beside it says how large it can be. More blocks lower the floor.

use std::fmt;

use super::{IntervalOptions, RatioEstimate, StatsError, paired_ratio};

/// How far from 1 the ratio of two identical programs may be taken to lie, here and with this many
/// blocks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoiseFloor {
    /// The A/A ratio: twin ÷ base, or any [`RatioEstimate`] of arms that differ in name only.
    pub twin: RatioEstimate,
}

impl NoiseFloor {
    /// The floor as a factor of at least 1: the further end of the A/A interval, counted from 1 in
    /// either direction. 1.032 if that interval is 0.98 to 1.032, or 1 ÷ 1.032 to 1.02. Absent if the
    /// A/A ratio has no interval.
    pub fn factor(&self) -> Option<f64> {
        self.twin.interval.map(|aa| aa.high.max(1.0 / aa.low))
    }
}

impl fmt::Display for NoiseFloor {
    /// As a reader wants it: `±3.2 %`, or `unknown`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.factor() {
            Some(factor) => write!(f, "±{:.1} %", (factor - 1.0) * 100.0),
            None => f.write_str("unknown"),
        }
    }
}

/// Measures the noise floor from the A/A arm: `base` and its `twin`, the same program under another
/// name, of the same blocks.
///
/// # Errors
///
/// As [`paired_ratio`].
pub fn noise_floor(
    base: &[f64],
    twin: &[f64],
    options: &IntervalOptions,
) -> Result<NoiseFloor, StatsError> {
    paired_ratio(base, twin, options).map(|twin| NoiseFloor { twin })
}

/// What may be said about a difference. The words are those of time; of a quantity like memory,
/// slower means more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detection {
    /// The ratio is above 1 by more than the noise.
    Slower,
    /// The ratio is below 1 by more than the noise.
    Faster,
    /// Neither could be shown. Not the same as "no difference": with more blocks there may be one.
    NotDetected,
    /// Nothing can be said: without an interval, or without a floor.
    TooFewBlocks,
}

/// Whether `estimate` shows a difference: its whole interval excludes 1 and lies beyond the noise
/// floor.
///
/// Compute both with the same options and blocks, corrected for the number of comparisons made
/// ([`bonferroni`](super::bonferroni)).
pub fn detect(estimate: &RatioEstimate, floor: &NoiseFloor) -> Detection {
    // A floor is at least 1, so to lie beyond it is to exclude 1.
    match (estimate.interval, floor.factor()) {
        (Some(interval), Some(factor)) if interval.low > factor => Detection::Slower,
        (Some(interval), Some(factor)) if interval.high < 1.0 / factor => Detection::Faster,
        (None, _) | (_, None) => Detection::TooFewBlocks,
        _ => Detection::NotDetected,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Interval, *};

    fn between(low: f64, high: f64) -> RatioEstimate {
        let confidence = 0.95;
        RatioEstimate {
            ratio: (low * high).sqrt(),
            interval: Some(Interval { low, high, confidence }),
            blocks: 10,
        }
    }

    fn without_interval(ratio: f64) -> RatioEstimate {
        RatioEstimate { ratio, interval: None, blocks: 1 }
    }

    #[test]
    fn floor_is_the_further_end_in_either_direction() {
        let factor = |low, high| NoiseFloor { twin: between(low, high) }.factor().unwrap();
        assert_eq!(factor(0.98, 1.032), 1.032);
        assert_eq!(factor(0.5, 1.2), 2.0);
        // Beside 1 altogether, by bad luck: the floor then reaches further still.
        assert_eq!(factor(1.01, 1.04), 1.04);
        assert_eq!(factor(0.8, 0.9), 1.25);
        assert_eq!(factor(1.0, 1.0), 1.0);
    }

    #[test]
    fn floor_is_printed_as_a_percentage() {
        let floor = NoiseFloor { twin: between(0.98, 1.032) };
        assert_eq!(floor.to_string(), "±3.2 %");
        let unknown = NoiseFloor { twin: without_interval(1.0) };
        assert_eq!(unknown.to_string(), "unknown");
    }

    #[test]
    fn only_an_interval_beyond_the_floor_is_a_difference() {
        let floor = NoiseFloor { twin: between(0.8, 1.2) }; // Reaches to 1.25 and 0.8.
        let cases = [
            (between(1.26, 1.5), Detection::Slower),
            (between(1.24, 1.5), Detection::NotDetected), // Excludes 1, and yet is noise.
            (between(1.25, 1.5), Detection::NotDetected),
            (between(0.9, 3.0), Detection::NotDetected),
            (between(0.5, 0.79), Detection::Faster),
            (between(0.5, 0.81), Detection::NotDetected),
            (without_interval(9.0), Detection::TooFewBlocks),
        ];
        for (estimate, expected) in cases {
            assert_eq!(detect(&estimate, &floor), expected, "{estimate:?}");
        }
        let unknown = NoiseFloor { twin: without_interval(1.0) };
        assert_eq!(detect(&between(2.0, 3.0), &unknown), Detection::TooFewBlocks);
    }

    #[test]
    fn without_noise_any_difference_shows() {
        let options = IntervalOptions::default();
        let (base, other) = ([4096.0; 6], [4097.0; 6]);
        let floor = noise_floor(&base, &base, &options).unwrap();
        assert_eq!(floor.factor(), Some(1.0));
        let more = paired_ratio(&base, &other, &options).unwrap();
        let less = paired_ratio(&other, &base, &options).unwrap();
        assert_eq!(detect(&more, &floor), Detection::Slower);
        assert_eq!(detect(&less, &floor), Detection::Faster);
    }
}
