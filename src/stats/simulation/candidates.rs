//! Interval methods for the centre of log ratios: the chosen one, and what was tried beside it.

use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::super::{
    sample::{mean, quantile_of_sorted, variance},
    student::two_sided_t,
    trimmed::trimmed_mean,
};

/// Bounds on the centre of log ratios in ascending order, at a confidence.
pub(super) type Method = fn(&[f64], f64) -> (f64, f64);

/// What the suite publishes.
pub(super) fn chosen(logs: &[f64], confidence: f64) -> (f64, f64) {
    let (centre, error) = trimmed_mean(logs);
    let error = error.expect("experiments have more than one block");
    let half = two_sided_t(confidence, error.degrees) * error.log;
    (centre - half, centre + half)
}

/// Student's t on the mean.
pub(super) fn student(logs: &[f64], confidence: f64) -> (f64, f64) {
    let error = (variance(logs) / logs.len() as f64).sqrt();
    let half = two_sided_t(confidence, (logs.len() - 1) as f64) * error;
    (mean(logs) - half, mean(logs) + half)
}

/// Bootstrap-t on the mean (Efron & Tibshirani 1993, *An Introduction to the Bootstrap*, § 12.5), a resample's
/// standard error at least half of the sample's: one that leaves out the only block that differs has none.
pub(super) fn studentised(logs: &[f64], confidence: f64) -> (f64, f64) {
    let mut rng = StdRng::seed_from_u64(logs.len() as u64);
    let error = |values: &[f64]| (variance(values) / values.len() as f64).sqrt();
    let (centre, own) = (mean(logs), error(logs));
    let mut drawn = vec![0.0; logs.len()];
    let mut t_values: Vec<f64> = (0..1_000)
        .map(|_| {
            drawn.fill_with(|| logs[rng.random_range(0..logs.len())]);
            (mean(&drawn) - centre) / error(&drawn).max(0.5 * own)
        })
        .collect();
    t_values.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - confidence) / 2.0;
    let at = |share: f64| centre - quantile_of_sorted(&t_values, share) * own;
    (at(1.0 - tail), at(tail))
}

/// Hodges & Lehmann 1963, *Estimates of Location Based on Rank Tests*: the means of all pairs of values, in order,
/// as far in from either end as Wilcoxon's signed-rank test allows, by its normal approximation.
pub(super) fn hodges_lehmann(logs: &[f64], confidence: f64) -> (f64, f64) {
    let count = logs.len();
    let mut walsh: Vec<f64> =
        (0..count).flat_map(|i| (i..count).map(move |j| 0.5 * (logs[i] + logs[j]))).collect();
    walsh.sort_unstable_by(f64::total_cmp);
    let n = count as f64;
    let spread = (n * (n + 1.0) * (2.0 * n + 1.0) / 24.0).sqrt();
    let outside = (walsh.len() as f64 / 2.0 - two_sided_t(confidence, 1e9) * spread).max(0.0);
    let outside = outside as usize;
    (walsh[outside], walsh[walsh.len() - 1 - outside])
}
