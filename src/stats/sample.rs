//! One arm on its own: where its values lie, how far they spread, which stand apart.

use super::StatsError;

/// What one arm's values look like. All but `count` and `cv` are in the unit of the values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// How many values there are.
    pub count: usize,
    /// Arithmetic mean.
    pub mean: f64,
    /// The least value: with one-sided noise, the one least disturbed.
    pub min: f64,
    /// First quartile (type 7, see [`quantile`]).
    pub lower_quartile: f64,
    /// Median.
    pub median: f64,
    /// Third quartile.
    pub upper_quartile: f64,
    /// The greatest value.
    pub max: f64,
    /// Median absolute deviation from the median, not scaled. Times 1.4826 it estimates the standard
    /// deviation of normal data.
    pub mad: f64,
    /// Coefficient of variation: standard deviation (n − 1) over the absolute mean, a factor. Absent
    /// for a single value, and where the mean is 0.
    pub cv: Option<f64>,
}

/// Where a value lies beyond Tukey's fences (Tukey 1977, *Exploratory Data Analysis*, ch. 2), whose
/// distance from the quartiles is 1.5 (mild) and 3 (severe) times the distance between the quartiles.
///
/// A label for the reader. Outliers stay in every figure: a slow sample is part of what a program
/// costs, and dropping it would hide what a tracker does to the tail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlier {
    /// More than 3 quartile distances below the first quartile.
    LowSevere,
    /// More than 1.5 quartile distances below the first quartile.
    LowMild,
    /// More than 1.5 quartile distances above the third quartile.
    HighMild,
    /// More than 3 quartile distances above the third quartile.
    HighSevere,
}

/// Summarises the values of one arm, in any order.
///
/// # Errors
///
/// [`StatsError::Empty`] without values, [`StatsError::NotFinite`] if one is infinite or NaN.
pub fn summarise(values: &[f64]) -> Result<Summary, StatsError> {
    let sorted = sorted(values)?;
    let mean = mean(&sorted);
    let median = quantile_of_sorted(&sorted, 0.5);
    let mut deviations: Vec<f64> = sorted.iter().map(|v| (v - median).abs()).collect();
    deviations.sort_unstable_by(f64::total_cmp);
    Ok(Summary {
        count: sorted.len(),
        mean,
        min: sorted[0],
        lower_quartile: quantile_of_sorted(&sorted, 0.25),
        median,
        upper_quartile: quantile_of_sorted(&sorted, 0.75),
        max: sorted[sorted.len() - 1],
        mad: quantile_of_sorted(&deviations, 0.5),
        cv: (sorted.len() > 1 && mean != 0.0).then(|| variance(&sorted).sqrt() / mean.abs()),
    })
}

/// The value below which a share `probability` of the values lies, in their unit.
///
/// Linear interpolation between the order statistics around position (n − 1)p + 1: type 7 of Hyndman
/// & Fan 1996, *Sample Quantiles in Statistical Packages*, the default of R and NumPy.
///
/// # Errors
///
/// As [`summarise`]; [`StatsError::Probability`] if `probability` is outside 0 to 1.
pub fn quantile(values: &[f64], probability: f64) -> Result<f64, StatsError> {
    if !(0.0..=1.0).contains(&probability) {
        return Err(StatsError::Probability(probability));
    }
    Ok(quantile_of_sorted(&sorted(values)?, probability))
}

/// The value in the middle; `None` where [`quantile`] has an error.
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5).ok()
}

/// The geometric mean of ratios above 0; `None` of nothing.
pub fn geometric_mean(ratios: &[f64]) -> Option<f64> {
    let logs: f64 = ratios.iter().map(|ratio| ratio.ln()).sum();
    (!ratios.is_empty()).then(|| (logs / ratios.len() as f64).exp())
}

/// Labels each value that lies beyond a fence: as many labels as values, in the order of the values.
///
/// Where most values are equal the quartiles coincide, and any other value is a severe outlier; this
/// is how Tukey's fences are defined, and common for quantities counted in pages.
///
/// # Errors
///
/// As [`summarise`].
pub fn label_outliers(values: &[f64]) -> Result<Vec<Option<Outlier>>, StatsError> {
    let sorted = sorted(values)?;
    let lower = quantile_of_sorted(&sorted, 0.25);
    let upper = quantile_of_sorted(&sorted, 0.75);
    let (mild, severe) = (1.5 * (upper - lower), 3.0 * (upper - lower));
    let label = |&value: &f64| match value {
        v if v < lower - severe => Some(Outlier::LowSevere),
        v if v < lower - mild => Some(Outlier::LowMild),
        v if v > upper + severe => Some(Outlier::HighSevere),
        v if v > upper + mild => Some(Outlier::HighMild),
        _ => None,
    };
    Ok(values.iter().map(label).collect())
}

/// The values in ascending order, once it is certain that they have one.
fn sorted(values: &[f64]) -> Result<Vec<f64>, StatsError> {
    if values.is_empty() {
        return Err(StatsError::Empty);
    }
    if let Some(index) = values.iter().position(|v| !v.is_finite()) {
        let value = values[index];
        return Err(StatsError::NotFinite { index, value });
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    Ok(sorted)
}

/// Type 7 quantile of values that are sorted and not empty.
pub(super) fn quantile_of_sorted(sorted: &[f64], probability: f64) -> f64 {
    let last = sorted.len() - 1;
    let position = probability * last as f64;
    let below = (position.floor() as usize).min(last);
    let above = (below + 1).min(last);
    sorted[below] + (position - below as f64) * (sorted[above] - sorted[below])
}

/// Arithmetic mean of values that are not empty.
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Variance with divisor n − 1, of at least two values.
pub(super) fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    squares / (values.len() - 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summary_of_known_values() {
        // Mean 5, squared deviations 9+1+1+1+0+0+4+16 = 32, so variance 32/7; deviations from the
        // median 4.5 are five times 0.5, then 2.5, 2.5, 4.5: their median is 0.5.
        let summary = summarise(&[9.0, 4.0, 2.0, 5.0, 4.0, 7.0, 5.0, 4.0]).unwrap();
        assert_eq!(summary.count, 8);
        assert_eq!(summary.mean, 5.0);
        assert_eq!((summary.min, summary.max), (2.0, 9.0));
        assert_eq!(summary.median, 4.5);
        assert_eq!(
            (summary.lower_quartile, summary.upper_quartile),
            (4.0, 5.5),
            "R: quantile(c(9,4,2,5,4,7,5,4), c(.25,.75))"
        );
        assert_eq!(summary.mad, 0.5);
        let cv = (32.0_f64 / 7.0).sqrt() / 5.0;
        assert!((summary.cv.unwrap() - cv).abs() < 1e-15);
    }

    #[test]
    fn a_single_value_has_no_variation_to_report() {
        let summary = summarise(&[3.0]).unwrap();
        assert_eq!((summary.median, summary.mad), (3.0, 0.0));
        assert_eq!(summary.cv, None);
        assert_eq!(summarise(&[-1.0, 1.0]).unwrap().cv, None);
    }

    #[test]
    fn quantiles_are_of_type_7() {
        // Hyndman & Fan: position (n - 1)p + 1, so 0.1 of 1..=5 is at 1.4.
        let values = [5.0, 1.0, 4.0, 2.0, 3.0];
        for (p, expected) in [(0.0, 1.0), (0.1, 1.4), (0.5, 3.0), (0.9, 4.6), (1.0, 5.0)] {
            assert!((quantile(&values, p).unwrap() - expected).abs() < 1e-12);
        }
        assert_eq!(quantile(&values, 1.1), Err(StatsError::Probability(1.1)));
        assert!(quantile(&values, f64::NAN).is_err());
    }

    #[test]
    fn outliers_are_labelled_by_the_fences_and_kept() {
        // Quartiles of 0..=10 plus four extremes: sorted -40, -10, 0..=10, 20, 50 (n = 15), so they
        // are at positions 3.5 and 10.5: 1.5 and 8.5, distance 7, fences -9/19 and -19.5/29.5.
        let mut values: Vec<f64> = (0..=10).map(f64::from).collect();
        values.extend([50.0, -10.0, 20.0, -40.0]);
        let labels = label_outliers(&values).unwrap();
        assert_eq!(labels.len(), values.len());
        assert!(labels[..11].iter().all(Option::is_none));
        let extremes: Vec<_> = labels[11..].iter().map(|label| label.unwrap()).collect();
        use Outlier::*;
        assert_eq!(extremes, [HighSevere, LowMild, HighMild, LowSevere]);
    }

    #[test]
    fn a_value_on_the_fence_is_no_outlier() {
        // Quartiles 0 and 2 of [0,0,0,1,2,2,5]; hence the fence is 2 + 1.5 × 2 = 5.
        let labels = label_outliers(&[0.0, 0.0, 0.0, 1.0, 2.0, 2.0, 5.0]).unwrap();
        assert!(labels.iter().all(Option::is_none));
        assert!(label_outliers(&[7.0; 4]).unwrap().iter().all(Option::is_none));
    }

    #[test]
    fn what_has_no_order_is_refused_by_name() {
        assert_eq!(summarise(&[]), Err(StatsError::Empty));
        assert!(matches!(
            label_outliers(&[1.0, f64::NAN]),
            Err(StatsError::NotFinite { index: 1, .. })
        ));
    }
}
