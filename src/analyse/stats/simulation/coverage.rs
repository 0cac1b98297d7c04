//! How often the intervals cover the truth, and how often noise is taken for a difference.

use rand::{SeedableRng, rngs::StdRng};

use super::{
    super::{
        Detection, IntervalOptions, PairedArms, combined_ratio, detect, noise_floor,
        paired::log_ratios, paired_ratio, sample::quantile_of_sorted,
    },
    Noise,
    candidates::{Method, chosen},
};

pub(super) fn options(confidence: f64, resamples: usize, seed: usize) -> IntervalOptions {
    IntervalOptions { confidence, resamples, seed: seed as u64 }
}

pub(super) fn percent(part: usize, of: usize) -> f64 {
    100.0 * part as f64 / of as f64
}

/// Percentage of experiments that `method` covers, and the median width of the intervals' logarithms.
pub(super) fn coverage(
    method: Method,
    noise: Noise,
    blocks: usize,
    experiments: usize,
    like: &IntervalOptions,
) -> (f64, f64) {
    let mut rng = StdRng::seed_from_u64(0xC0FFEE + blocks as u64);
    let truth = noise.mean_log_ratio();
    let mut widths = Vec::new();
    let mut covered = 0;
    for experiment in 0..experiments {
        let (base, other) = noise.arms(blocks, &mut rng);
        let logs = log_ratios(&base, &other).unwrap();
        let options = IntervalOptions { seed: experiment as u64, ..*like };
        let (low, high) = method(&logs, &options).unwrap();
        covered += usize::from((low..=high).contains(&truth));
        widths.push(high - low);
    }
    widths.sort_unstable_by(f64::total_cmp);
    (percent(covered, experiments), quantile_of_sorted(&widths, 0.5))
}

#[test]
fn intervals_cover_the_truth_as_often_as_they_say() {
    for noise in [Noise::Normal, Noise::BothArms, Noise::Longer, Noise::OneArm] {
        for blocks in [10, 20, 40] {
            // Of the most skewed noise, 97.1 % of 10,000 experiments are covered at ten blocks; that a
            // thousand stay within 97 % would be luck.
            let most = if noise == Noise::OneArm && blocks == 10 { 98.5 } else { 97.0 };
            let (covered, _) = coverage(chosen, noise, blocks, 1_000, &options(0.95, 500, 0));
            assert!((93.0..=most).contains(&covered), "{noise:?}, {blocks} blocks: {covered} %");
        }
    }
}

#[test]
fn intervals_corrected_for_ten_comparisons_do_too() {
    // Not with `OneArm`, which needs 20 blocks to get there: see the table in `bootstrap.rs`.
    let like = options(0.995, 4_000, 0);
    for noise in [Noise::Normal, Noise::Longer] {
        let (covered, _) = coverage(chosen, noise, 10, 1_000, &like);
        assert!((98.8..=100.0).contains(&covered), "{noise:?}: {covered} %");
    }
}

/// Percentage of experiments in which the overall ratio's interval covers its truth. Workloads take
/// turns in their noise.
pub(super) fn combined_coverage(
    workloads: usize,
    blocks: usize,
    experiments: usize,
    resamples: usize,
) -> f64 {
    let noises = [Noise::Normal, Noise::BothArms, Noise::OneArm];
    let noises: Vec<Noise> = noises.into_iter().cycle().take(workloads).collect();
    let truth = noises.iter().map(|n| n.mean_log_ratio()).sum::<f64>() / workloads as f64;
    let mut rng = StdRng::seed_from_u64(7);
    let covered = (0..experiments).filter(|&experiment| {
        let arms: Vec<_> = noises.iter().map(|n| n.arms(blocks, &mut rng)).collect();
        let arms: Vec<_> = arms.iter().map(|(base, other)| PairedArms { base, other }).collect();
        let found = combined_ratio(&arms, &options(0.95, resamples, experiment)).unwrap();
        found.interval.unwrap().contains(truth.exp())
    });
    percent(covered.count(), experiments)
}

#[test]
fn overall_intervals_cover_their_truth() {
    let covered = combined_coverage(6, 10, 1_000, 500);
    assert!((93.0..=97.0).contains(&covered), "{covered} %");
}

/// What a number of experiments said about a program that takes `effect` times as long.
pub(super) struct Power {
    /// Percentage of intervals that exclude 1.
    pub(super) excludes_one: f64,
    /// Percentage of those in which, too, the ratio (not the interval) lies beyond the floor.
    pub(super) ratio_beyond_floor: f64,
    /// Percentage of experiments with a difference detected.
    pub(super) detected: f64,
    /// Median noise floor, a factor.
    pub(super) floor: f64,
}

pub(super) fn power(effect: f64, blocks: usize, experiments: usize, resamples: usize) -> Power {
    let mut rng = StdRng::seed_from_u64(99);
    let (mut excludes_one, mut ratio_beyond_floor, mut detected) = (0, 0, 0);
    let mut floors = Vec::new();
    for experiment in 0..experiments {
        let (base, twin) = Noise::BothArms.arms(blocks, &mut rng);
        let (other, _) = Noise::BothArms.arms(blocks, &mut rng);
        let other: Vec<f64> = other.iter().map(|seconds| seconds * effect).collect();
        let options = options(0.95, resamples, experiment);
        let noise = noise_floor(&base, &twin, &options).unwrap();
        let floor = noise.factor().unwrap();
        let estimate = paired_ratio(&base, &other, &options).unwrap();
        let excludes = !estimate.interval.unwrap().contains(1.0);
        let ratio = estimate.ratio.max(1.0 / estimate.ratio);
        excludes_one += usize::from(excludes);
        ratio_beyond_floor += usize::from(excludes && ratio > floor);
        detected +=
            usize::from(matches!(detect(&estimate, &noise), Detection::Slower | Detection::Faster));
        floors.push(floor);
    }
    floors.sort_unstable_by(f64::total_cmp);
    Power {
        excludes_one: percent(excludes_one, experiments),
        ratio_beyond_floor: percent(ratio_beyond_floor, experiments),
        detected: percent(detected, experiments),
        floor: quantile_of_sorted(&floors, 0.5),
    }
}

#[test]
fn noise_is_hardly_ever_taken_for_a_difference() {
    let none = power(1.0, 10, 1_000, 500);
    assert!((3.0..=7.0).contains(&none.excludes_one), "{} %", none.excludes_one);
    assert!(none.detected <= 0.5, "{} %", none.detected);
    let double = power(2.0, 20, 200, 500);
    assert!(double.detected >= 90.0, "a doubling is seen: {} %", double.detected);
}
