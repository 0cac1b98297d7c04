//! Simulated experiments whose truth is known: the noise they are made with. Tests only.
//!
//! `coverage.rs` counts how often intervals and detection are right, `layouts.rs` does so over link orders,
//! `candidates.rs` holds the methods that were tried beside the chosen one, `tables.rs` has what they came to, and
//! prints it.

mod candidates;
mod coverage;
mod layouts;
mod tables;

use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::trimmed::trimmed_mean;

/// The noise of one block's two arms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Noise {
    /// Log ratios are normal with a standard deviation of 0.25, like that of measured A/A pairs.
    Normal,
    /// Both arms disturbed alike and independently, as A/A arms are: log ratios are symmetric.
    BothArms,
    /// Only the other arm disturbed, so that log ratios have its skew and its two modes: more than
    /// two programs on one machine would ever show.
    OneArm,
    /// Both arms disturbed alike, but the other program takes three times as long undisturbed, and
    /// disturbance adds as many seconds to it as to the base.
    Longer,
    /// Log ratios are normal with a standard deviation of 0.02, but one block in twenty takes twice as
    /// long: something so rare that ten blocks mostly miss it.
    Rare,
}

impl Noise {
    /// What intervals are to cover: the trimmed mean of the log ratio, over so many blocks that its own error is
    /// small beside an interval's.
    pub(super) fn centre(self) -> f64 {
        let mut rng = StdRng::seed_from_u64(0x7275_7468);
        let mut logs: Vec<f64> = (0..400_000)
            .map(|_| self.block(&mut rng))
            .map(|(base, other)| (other / base).ln())
            .collect();
        logs.sort_unstable_by(f64::total_cmp);
        trimmed_mean(&logs).0
    }

    fn block(self, rng: &mut StdRng) -> (f64, f64) {
        match self {
            Noise::Normal => (1.0, (0.25 * normal(rng)).exp()),
            Noise::BothArms => (disturbed(rng), disturbed(rng)),
            Noise::OneArm => (1.0, disturbed(rng)),
            Noise::Longer => (disturbed(rng), 2.0 * UNDISTURBED + disturbed(rng)),
            Noise::Rare => {
                let hit = if rng.random_bool(0.05) { 2.0 } else { 1.0 };
                (1.0, hit * (0.02 * normal(rng)).exp())
            }
        }
    }

    /// Base and other arm of one experiment.
    pub(super) fn arms(self, blocks: usize, rng: &mut StdRng) -> (Vec<f64>, Vec<f64>) {
        (0..blocks).map(|_| self.block(rng)).unzip()
    }
}

/// What one mode of a disturbed run adds to the undisturbed time: a log-normal excess.
struct Mode {
    share: f64,
    /// Median of the excess, in seconds.
    median: f64,
    /// Standard deviation of its logarithm.
    spread: f64,
}

/// A program of 93 ms on a shared machine, which is either left alone or not. Fitted to 1,200 runs of
/// one identical program: 0.094 s at best, 0.136 s in the median, 0.252 s at worst.
const UNDISTURBED: f64 = 0.093;
const MODES: [Mode; 2] = [
    Mode { share: 0.365, median: 0.008, spread: 0.6 },
    Mode { share: 0.635, median: 0.056, spread: 0.32 },
];

/// Seconds of one disturbed run.
fn disturbed(rng: &mut StdRng) -> f64 {
    let mode = &MODES[usize::from(rng.random::<f64>() >= MODES[0].share)];
    UNDISTURBED + mode.median * (mode.spread * normal(rng)).exp()
}

/// A standard normal number (Box & Muller 1958).
fn normal(rng: &mut StdRng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
}

#[test]
fn disturbed_runs_look_like_the_measured_ones() {
    let mut rng = StdRng::seed_from_u64(1);
    let mut runs: Vec<f64> = (0..1_200 * 50).map(|_| disturbed(&mut rng)).collect();
    let extremes: Vec<(f64, f64)> = runs
        .chunks(1_200)
        .map(|chunk| chunk.iter().fold((1.0, 0.0), |(l, h): (f64, f64), &v| (l.min(v), h.max(v))))
        .collect();
    let best = extremes.iter().map(|e| e.0).sum::<f64>() / 50.0;
    let worst = extremes.iter().map(|e| e.1).sum::<f64>() / 50.0;
    runs.sort_unstable_by(f64::total_cmp);
    let median = runs[runs.len() / 2];
    let found = [best, median, worst];
    for (found, measured) in found.into_iter().zip([0.094, 0.136, 0.252]) {
        assert!((found / measured - 1.0_f64).abs() < 0.05, "{found} for {measured}");
    }
}
