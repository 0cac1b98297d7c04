//! The straight line through points, by least squares, and how well its slope is known.

use serde::Serialize;

use super::student::two_sided_t;

/// A slope, with the interval in which the true one lies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Slope {
    /// The slope: units of y for one of x.
    pub slope: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Points that it rests on.
    pub points: usize,
}

impl Slope {
    /// The slope through points (x, y), with Student's interval at a `confidence` between 0 and 1. `None` for fewer than
    /// three, or where all have one x.
    pub fn through(points: &[(f64, f64)], confidence: f64) -> Option<Self> {
        let number = points.len() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / number;
        let (x, y) = (mean(|point| point.0), mean(|point| point.1));
        let spread: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
        if points.len() < 3 || spread <= 0.0 {
            return None;
        }
        let common: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
        let slope = common / spread;
        let residual = |point: &(f64, f64)| (point.1 - y - slope * (point.0 - x)).powi(2);
        let variance = points.iter().map(residual).sum::<f64>() / (number - 2.0);
        let half = two_sided_t(confidence, number - 2.0) * (variance / spread).sqrt();
        Some(Self { slope, low: slope - half, high: slope + half, points: points.len() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_slope_and_points_beside_it_an_interval() {
        let line: Vec<(f64, f64)> =
            (0..5).map(|x| (f64::from(x), 3.0 * f64::from(x) - 1.0)).collect();
        let exact = Slope::through(&line, 0.95).unwrap();
        assert!((exact.slope - 3.0).abs() < 1e-12 && exact.high - exact.low < 1e-9, "{exact:?}");
        // Residuals of 1/3, −2/3, 1/3: the standard error is √(2/3 ÷ 2), and t at one degree of freedom 12.706.
        let Slope { slope, low, high, .. } =
            Slope::through(&[(0.0, 0.0), (1.0, 0.0), (2.0, 2.0)], 0.95).unwrap();
        assert!((slope - 1.0).abs() < 1e-12);
        assert!((high - slope - 12.706 * (1.0_f64 / 3.0).sqrt()).abs() < 1e-2, "{high}");
        assert!((low + high - 2.0).abs() < 1e-9);
    }

    #[test]
    fn two_points_or_one_place_have_none() {
        assert_eq!(Slope::through(&[(0.0, 0.0), (1.0, 1.0)], 0.95), None);
        assert_eq!(Slope::through(&[(1.0, 0.0), (1.0, 1.0), (1.0, 2.0)], 0.95), None);
    }
}
