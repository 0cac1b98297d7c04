//! Interval methods for the mean of log ratios: the chosen one, and what was tried beside it.

use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::super::{
    IntervalOptions, bootstrap,
    sample::{mean, quantile_of_sorted, variance},
};

/// Bounds on the mean of log ratios.
pub(super) type Method = fn(&[f64], &IntervalOptions) -> Option<(f64, f64)>;

/// What the suite publishes.
pub(super) fn chosen(logs: &[f64], options: &IntervalOptions) -> Option<(f64, f64)> {
    bootstrap::studentised(&[logs.to_vec()], options)
}

/// Quantiles of the resampled means (Efron & Tibshirani 1993, ch. 13).
pub(super) fn percentile(logs: &[f64], options: &IntervalOptions) -> Option<(f64, f64)> {
    let means = resampled(logs, options, mean);
    let tail = (1.0 - options.confidence) / 2.0;
    Some((quantile_of_sorted(&means, tail), quantile_of_sorted(&means, 1.0 - tail)))
}

/// Bias-corrected and accelerated (Efron & Tibshirani 1993, § 14.3), for a mean.
pub(super) fn bca(logs: &[f64], options: &IntervalOptions) -> Option<(f64, f64)> {
    let centre = mean(logs);
    let power = |p: i32| logs.iter().map(|v| (v - centre).powi(p)).sum::<f64>();
    let acceleration = power(3) / (6.0 * power(2).powf(1.5));
    let means = resampled(logs, options, mean);
    let below = means.partition_point(|v| *v < centre) as f64 / means.len() as f64;
    let bias = normal_quantile(below);
    let adjusted = |p: f64| {
        let z = bias + normal_quantile(p);
        normal_share(bias + z / (1.0 - acceleration * z))
    };
    let tail = (1.0 - options.confidence) / 2.0;
    let at = |p: f64| quantile_of_sorted(&means, adjusted(p));
    Some((at(tail), at(1.0 - tail)))
}

/// Bootstrap-t as in the textbook: a resample may have any standard error, even none.
pub(super) fn plain_studentised(logs: &[f64], options: &IntervalOptions) -> Option<(f64, f64)> {
    let centre = mean(logs);
    let error = |values: &[f64]| (variance(values) / values.len() as f64).sqrt();
    let t_values = resampled(logs, options, |v| match mean(v) - centre {
        0.0 => 0.0,
        shift => shift / error(v),
    });
    let tail = (1.0 - options.confidence) / 2.0;
    let at = |p: f64| centre - quantile_of_sorted(&t_values, p) * error(logs);
    Some((at(1.0 - tail), at(tail)))
}

/// Student's t, no bootstrap at all, for comparison. At 95 % and 10, 20, 40 blocks only.
pub(super) fn student(logs: &[f64], _: &IntervalOptions) -> Option<(f64, f64)> {
    let t = match logs.len() {
        10 => 2.2622,
        20 => 2.0930,
        40 => 2.0227,
        _ => return None,
    };
    let half = t * (variance(logs) / logs.len() as f64).sqrt();
    Some((mean(logs) - half, mean(logs) + half))
}

fn resampled(logs: &[f64], options: &IntervalOptions, f: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let mut rng = StdRng::seed_from_u64(options.seed);
    let mut drawn = vec![0.0; logs.len()];
    let mut all: Vec<f64> = (0..options.resamples)
        .map(|_| {
            drawn.fill_with(|| logs[rng.random_range(0..logs.len())]);
            f(&drawn)
        })
        .collect();
    all.sort_unstable_by(f64::total_cmp);
    all
}

/// Share of a standard normal below `z`, by Simpson's rule.
fn normal_share(z: f64) -> f64 {
    let density = |x: f64| (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt();
    let step = z / 100.0;
    let weight = |i| if i % 2 == 1 { 4.0 } else { 2.0 };
    let inner = |i| weight(i) * density(f64::from(i) * step);
    let sum: f64 = density(0.0) + density(z) + (1..100).map(inner).sum::<f64>();
    (0.5 + sum * step / 3.0).clamp(0.0, 1.0)
}

/// Inverse of [`normal_share`], by bisection.
fn normal_quantile(share: f64) -> f64 {
    let (mut low, mut high) = (-6.0, 6.0);
    for _ in 0..50 {
        let middle = 0.5 * (low + high);
        if normal_share(middle) < share { low = middle } else { high = middle }
    }
    low
}

#[test]
fn normal_quantiles_are_those_of_the_tables() {
    for (share, z) in [(0.5, 0.0), (0.975, 1.959_964), (0.001, -3.090_232)] {
        let found = normal_quantile(share);
        assert!((found - z).abs() < 1e-6, "{found} is not {z}");
    }
}
