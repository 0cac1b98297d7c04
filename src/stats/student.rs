//! Student's t, for intervals of means and slopes over few values.

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
    fn far_tails_are_there_for_many_comparisons() {
        let t = two_sided_t(1.0 - 1e-6, 30.0);
        assert!((two_sided_p(t, 30.0) / 1e-6 - 1.0).abs() < 1e-3, "{t}");
    }
}
