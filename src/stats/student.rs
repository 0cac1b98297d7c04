//! Student's t, for intervals of means and slopes over few values.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// With more degrees of freedom t is the normal distribution's quantile to five digits, and the library's search for
/// it takes without end.
const NORMAL: f64 = 1e5;

/// How many standard errors an interval reaches to either side, to cover the truth with a `confidence` between
/// 0 and 1. Infinite without a degree of freedom; degrees need not be whole.
pub fn two_sided_t(confidence: f64, degrees: f64) -> f64 {
    match StudentsT::new(0.0, 1.0, degrees.min(NORMAL)) {
        Ok(t) if degrees > 0.0 => t.inverse_cdf(0.5 + 0.5 * confidence.clamp(0.0, 1.0)),
        _ => f64::INFINITY,
    }
}

/// How often an estimate lies as many standard errors from the truth as `t`, or more, on either side.
pub fn two_sided_p(t: f64, degrees: f64) -> f64 {
    match StudentsT::new(0.0, 1.0, degrees.min(NORMAL)) {
        Ok(distribution) if degrees > 0.0 => (2.0 * distribution.sf(t.abs())).min(1.0),
        _ => 1.0,
    }
}

/// A mean, with the interval in which the true one lies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Mean {
    /// The mean of some values, with Student's interval at a `confidence` between 0 and 1. `None` for fewer than two.
    pub fn of(values: &[f64], confidence: f64) -> Option<Self> {
        let n = values.len() as f64;
        if values.len() < 2 {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let half = two_sided_t(confidence, n - 1.0) * (variance / n).sqrt();
        Some(Self { mean, low: mean - half, high: mean + half })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
        for (confidence, degrees, expected) in [
            (0.95, 1.0, 12.706),
            (0.95, 9.0, 2.262),
            (0.95, 39.0, 2.023),
            (0.99, 5.0, 4.032),
            (0.998, 10.0, 4.144),
            (0.95, 1e12, 1.960),
        ] {
            let t = two_sided_t(confidence, degrees);
            assert!((t - expected).abs() < 1e-3, "{confidence}, {degrees}: {t}");
            assert!((two_sided_p(t, degrees) / (1.0 - confidence) - 1.0).abs() < 1e-3, "{t}");
        }
        assert_eq!(two_sided_t(0.95, 0.0), f64::INFINITY);
        assert_eq!(two_sided_p(100.0, 0.0), 1.0);
    }

    #[test]
    fn a_mean_has_students_interval() {
        // 1, 2, 3: the standard error is 1/√3, and t at two degrees of freedom 4.303.
        let Mean { mean, low, high } = Mean::of(&[1.0, 2.0, 3.0], 0.95).unwrap();
        assert!((mean - 2.0).abs() < 1e-12);
        assert!((high - mean - 4.303 / 3.0_f64.sqrt()).abs() < 1e-3, "{high}");
        assert!((low + high - 2.0 * mean).abs() < 1e-12);
        assert_eq!(Mean::of(&[1.0], 0.95), None);
    }

    #[test]
    fn far_tails_are_there_for_many_comparisons() {
        let t = two_sided_t(1.0 - 1e-6, 30.0);
        assert!((two_sided_p(t, 30.0) / 1e-6 - 1.0).abs() < 1e-3, "{t}");
    }
}
