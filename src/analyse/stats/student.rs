//! Student's t, for intervals of means and slopes over few values.

/// Two-sided 95 % quantiles for 1 to 30 degrees of freedom. Source: NIST/SEMATECH e-Handbook of
/// Statistical Methods, 1.3.6.7.2.
const TABLE: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
];

/// How many standard errors the 95 % interval reaches to either side. Infinite without a degree of
/// freedom.
pub fn student_95(degrees: usize) -> f64 {
    match degrees {
        0 => f64::INFINITY,
        1..=30 => TABLE[degrees - 1],
        // The Cornish–Fisher expansion, right to three decimals from here on.
        _ => {
            let degrees = degrees as f64;
            1.959_964 + 2.372_3 / degrees + 2.822_5 / degrees.powi(2) + 2.556 / degrees.powi(3)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables_and_fall_without_a_jump() {
        for (degrees, expected) in [(1, 12.706), (9, 2.262), (39, 2.023), (100, 1.984)] {
            assert!((student_95(degrees) - expected).abs() < 1e-3, "{degrees}");
        }
        assert!((1..100).all(|degrees| student_95(degrees) > student_95(degrees + 1)));
        assert_eq!(student_95(0), f64::INFINITY);
    }
}
