//! How often the intervals cover the truth, and how often noise is taken for a difference.

use rand::{SeedableRng, rngs::StdRng};

use super::{
    super::{
        CONFIDENCE, Detection, FIRST_LOOK, PairedArms, combined_ratio, judge, next_look,
        paired::log_ratios, paired_ratio, sample::quantile_of_sorted,
    },
    Noise,
    candidates::{Method, chosen},
};

pub(super) fn percent(part: usize, of: usize) -> f64 {
    100.0 * part as f64 / of as f64
}

/// Percentage of experiments whose interval covers `truth`, and the median width of the intervals' logarithms.
pub(super) fn coverage(
    method: Method,
    (noise, truth): (Noise, f64),
    blocks: usize,
    experiments: usize,
    confidence: f64,
) -> (f64, f64) {
    let mut rng = StdRng::seed_from_u64(0xC0FFEE + blocks as u64);
    let mut widths = Vec::new();
    let mut covered = 0;
    for _ in 0..experiments {
        let (base, other) = noise.arms(blocks, &mut rng);
        let (low, high) = method(&log_ratios(&base, &other).unwrap(), confidence);
        covered += usize::from((low..=high).contains(&truth));
        widths.push(high - low);
    }
    widths.sort_unstable_by(f64::total_cmp);
    (percent(covered, experiments), quantile_of_sorted(&widths, 0.5))
}

#[test]
fn intervals_cover_the_truth_as_often_as_they_say() {
    for noise in [Noise::Normal, Noise::BothArms, Noise::Longer, Noise::OneArm] {
        let truth = noise.centre();
        for blocks in [7, 10, 20, 40] {
            let (covered, _) = coverage(chosen, (noise, truth), blocks, 2_000, 0.95);
            // Of seven blocks only five are kept; and where one arm alone is disturbed, which is more than two
            // programs on one machine would ever show, 90 to 93 % are covered.
            let hard = blocks <= 10 || noise == Noise::OneArm;
            let least = if hard { 89.5 } else { 92.5 };
            assert!((least..=98.0).contains(&covered), "{noise:?}, {blocks} blocks: {covered} %");
        }
    }
}

#[test]
fn intervals_corrected_for_ten_comparisons_do_too() {
    for noise in [Noise::Normal, Noise::Longer] {
        let (covered, _) = coverage(chosen, (noise, noise.centre()), 10, 2_000, 0.995);
        assert!((98.5..=100.0).contains(&covered), "{noise:?}: {covered} %");
    }
}

/// Percentage of experiments whose interval covers the truth, if each ends as soon as a look finds the interval
/// within `precision`; and how many blocks they take, on average.
pub(super) fn coverage_when_stopped(
    (noise, truth): (Noise, f64),
    precision: f64,
    experiments: usize,
) -> (f64, f64) {
    let mut rng = StdRng::seed_from_u64(0x5709);
    let (mut covered, mut blocks) = (0, 0);
    for _ in 0..experiments {
        let (mut base, mut other) = (Vec::new(), Vec::new());
        let mut look = FIRST_LOOK;
        let estimate = loop {
            let (one, another) = noise.arms(1, &mut rng);
            base.extend(one);
            other.extend(another);
            if base.len() as u32 == look {
                let estimate = paired_ratio(&base, &other).unwrap();
                let found = estimate.precision().unwrap();
                if found <= precision {
                    break estimate;
                }
                look = next_look(look, found, precision);
            }
        };
        covered += usize::from(estimate.interval(CONFIDENCE).unwrap().contains(truth.exp()));
        blocks += base.len();
    }
    (percent(covered, experiments), blocks as f64 / experiments as f64)
}

#[test]
fn intervals_cover_the_truth_when_stopped_by_their_width() {
    for noise in [Noise::Normal, Noise::BothArms, Noise::Longer] {
        for precision in [0.1, 0.05] {
            let (covered, blocks) =
                coverage_when_stopped((noise, noise.centre()), precision, 2_000);
            println!("{noise:?}, ±{precision}: {covered:.1} % covered, {blocks:.0} blocks");
            assert!((92.0..=97.5).contains(&covered), "{noise:?}, ±{precision}: {covered} %");
        }
    }
}

/// Percentage of experiments in which the overall ratio's interval covers its truth. Workloads take
/// turns in their noise.
pub(super) fn combined_coverage(workloads: usize, blocks: usize, experiments: usize) -> f64 {
    let kinds =
        [Noise::Normal, Noise::BothArms, Noise::OneArm].map(|noise| (noise, noise.centre()));
    let noises: Vec<(Noise, f64)> = kinds.into_iter().cycle().take(workloads).collect();
    let truth = noises.iter().map(|(_, centre)| centre).sum::<f64>() / workloads as f64;
    let mut rng = StdRng::seed_from_u64(7);
    let covered = (0..experiments).filter(|_| {
        let arms: Vec<_> = noises.iter().map(|(n, _)| n.arms(blocks, &mut rng)).collect();
        let arms: Vec<_> = arms.iter().map(|(base, other)| PairedArms { base, other }).collect();
        let found = combined_ratio(&arms).unwrap();
        found.interval(CONFIDENCE).unwrap().contains(truth.exp())
    });
    percent(covered.count(), experiments)
}

#[test]
fn overall_intervals_cover_their_truth() {
    let covered = combined_coverage(6, 10, 1_000);
    assert!((93.0..=97.5).contains(&covered), "{covered} %");
}

/// Percentage of tables of `rows` programs in which any row is called different, each taking `effect` times as
/// long as another.
pub(super) fn called_different(effect: f64, rows: usize, blocks: usize, tables: usize) -> f64 {
    let mut rng = StdRng::seed_from_u64(99);
    let called = (0..tables).filter(|_| {
        let mut one = || {
            let (base, other) = Noise::BothArms.arms(blocks, &mut rng);
            let other: Vec<f64> = other.iter().map(|seconds| seconds * effect).collect();
            paired_ratio(&base, &other).ok()
        };
        let estimates: Vec<_> = (0..rows).map(|_| one()).collect();
        let judged = judge(&estimates, 1.0);
        judged.iter().any(|one| matches!(one.detection, Detection::Slower | Detection::Faster))
    });
    percent(called.count(), tables)
}

#[test]
fn noise_is_taken_for_a_difference_in_one_table_of_twenty_at_most() {
    for (rows, blocks) in [(1, 10), (10, 10), (10, 40)] {
        let none = called_different(1.0, rows, blocks, 1_000);
        assert!(none <= 7.0, "{rows} rows of {blocks} blocks: {none} %");
    }
    let double = called_different(2.0, 1, 10, 300);
    assert!(double >= 99.0, "a doubling is seen: {double} %");
}
