//! An estimated ratio, and how well it is known.

use super::student::{two_sided_p, two_sided_t};

/// Where the true ratio lies, at a given confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end, a factor above 0.
    pub low: f64,
    /// Upper end, a factor of at least `low`.
    pub high: f64,
    /// How often an interval computed like this one covers the truth, e.g. 0.95.
    pub confidence: f64,
}

impl Interval {
    /// Whether `ratio` lies in the interval, its ends included.
    pub fn contains(&self, ratio: f64) -> bool {
        (self.low..=self.high).contains(&ratio)
    }

    /// The largest factor, in either direction, that the interval leaves room for: 1.02 if it is 0.99 to 1.02.
    pub fn reach(&self) -> f64 {
        self.high.max(1.0 / self.low)
    }
}

/// A ratio of two arms, other ÷ base.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatioEstimate {
    /// The estimate, a factor: 1 is no difference, 1.5 is 50 % more than the base.
    pub ratio: f64,
    /// Blocks the estimate rests on; of all workloads together in a [`combined_ratio`](super::combined_ratio).
    pub blocks: usize,
    /// Absent if there are too few blocks: then nothing can be said about how sure the ratio is.
    pub(super) error: Option<StandardError>,
}

/// How far the logarithm of an estimate may be off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct StandardError {
    /// Standard deviation of the estimate's logarithm.
    pub(super) log: f64,
    /// Degrees of freedom of Student's t.
    pub(super) degrees: f64,
}

impl StandardError {
    /// That of the sum, or the difference, of independent estimates; its degrees of freedom by Satterthwaite 1946,
    /// *An Approximate Distribution of Estimates of Variance Components*.
    pub(super) fn of_sum(errors: &[Self]) -> Self {
        let squares: f64 = errors.iter().map(|error| error.log.powi(2)).sum();
        let fourths: f64 = errors.iter().map(|error| error.log.powi(4) / error.degrees).sum();
        // Without any spread, any degrees will do.
        let degrees = if fourths > 0.0 { squares.powi(2) / fourths } else { 1.0 };
        Self { log: squares.sqrt(), degrees }
    }
}

impl RatioEstimate {
    /// Where the true ratio lies; absent if there are too few blocks, or `confidence` is not between 0 and 1.
    pub fn interval(&self, confidence: f64) -> Option<Interval> {
        let error = self.error.filter(|_| confidence > 0.0 && confidence < 1.0)?;
        // Without any spread between blocks there is no width, whatever the degrees.
        let half = match error.log {
            0.0 => 0.0,
            log => two_sided_t(confidence, error.degrees) * log,
        };
        let (low, high) = (self.ratio * (-half).exp(), self.ratio * half.exp());
        Some(Interval { low, high, confidence })
    }

    /// Standard deviation of the estimate's logarithm; absent if there are too few blocks.
    pub fn log_error(&self) -> Option<f64> {
        self.error.map(|error| error.log)
    }

    /// How often programs that do not differ seem to differ as much, or more; absent if there are too few blocks.
    pub fn p_value(&self) -> Option<f64> {
        let error = self.error?;
        let log = self.ratio.ln();
        Some(match (log == 0.0, error.log == 0.0) {
            (true, _) => 1.0,
            (false, true) => 0.0,
            (false, false) => two_sided_p(log / error.log, error.degrees),
        })
    }

    /// This ratio ÷ another, where the two were measured independently: as that of one run to that of another.
    pub fn over(&self, other: &Self) -> Self {
        let error =
            self.error.zip(other.error).map(|(own, others)| StandardError::of_sum(&[own, others]));
        Self { ratio: self.ratio / other.ratio, blocks: self.blocks + other.blocks, error }
    }

    /// An estimate for tests: 95 % of such intervals reach from `low` to `high`.
    #[cfg(test)]
    pub(crate) fn between(low: f64, high: f64) -> Self {
        let degrees = 9.0;
        let log = (high / low).ln() / 2.0 / two_sided_t(0.95, degrees);
        let error = Some(StandardError { log, degrees });
        Self { ratio: (low * high).sqrt(), blocks: 10, error }
    }

    /// An estimate of a single block, for tests.
    #[cfg(test)]
    pub(crate) fn without_interval(ratio: f64) -> Self {
        Self { ratio, blocks: 1, error: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_excludes_one_as_soon_as_the_p_value_says_so() {
        for (low, high) in [(1.001, 1.2), (0.999, 1.2), (0.5, 0.99), (0.9, 1.1)] {
            let estimate = RatioEstimate::between(low, high);
            let p = estimate.p_value().unwrap();
            for confidence in [0.5, 0.9, 0.95, 0.99, 0.999] {
                let excludes = !estimate.interval(confidence).unwrap().contains(1.0);
                assert_eq!(excludes, p < 1.0 - confidence, "{low}–{high} at {confidence}: {p}");
            }
        }
    }

    #[test]
    fn what_was_measured_apart_is_less_sure_than_either() {
        let (one, other) = (RatioEstimate::between(1.9, 2.1), RatioEstimate::between(0.95, 1.05));
        let quotient = one.over(&other);
        assert!((quotient.ratio - one.ratio / other.ratio).abs() < 1e-12);
        let width = |estimate: RatioEstimate| {
            let interval = estimate.interval(0.95).unwrap();
            (interval.high / interval.low).ln()
        };
        assert!(width(quotient) > width(one) && width(quotient) < width(one) + width(other));
        assert_eq!(quotient.blocks, 20);
    }

    #[test]
    fn its_reach_is_counted_in_either_direction() {
        let reach = |low, high| Interval { low, high, confidence: 0.95 }.reach();
        assert_eq!(reach(0.99, 1.02), 1.02);
        assert_eq!(reach(0.5, 1.2), 2.0);
        assert_eq!(reach(1.0, 1.0), 1.0);
    }

    #[test]
    fn blocks_that_agree_leave_no_width() {
        let error = Some(StandardError { log: 0.0, degrees: 5.0 });
        let estimate = RatioEstimate { ratio: 1.1, blocks: 6, error };
        let interval = estimate.interval(0.999).unwrap();
        assert_eq!((interval.low, interval.high), (1.1, 1.1));
        assert_eq!(estimate.p_value(), Some(0.0));
        assert_eq!(RatioEstimate { ratio: 1.0, ..estimate }.p_value(), Some(1.0));
        assert_eq!(RatioEstimate::without_interval(2.0).p_value(), None);
        assert_eq!(estimate.interval(1.0), None);
    }
}
