//! What the samples say: summaries, paired ratios, intervals, outliers and detection.
//!
//! Everything here is a pure function of numbers: no I/O, no clock, nothing else of the project, and
//! the same seed gives the same answer. So each function is tested on data whose answer is known, and
//! every published figure can be computed again from the raw samples.
//!
//! The way from samples to a statement:
//!
//! 1. [`summarise`] describes one arm (all samples of one tracker on one workload), and
//!    [`label_outliers`] labels its outliers. Nothing is ever dropped.
//! 2. [`paired_ratio`] compares two arms block by block: a ratio and its interval.
//! 3. [`noise_floor`] does the same to the A/A arm: how far apart two identical programs look here.
//! 4. [`detect`] calls a difference slower or faster only where both of these allow it.
//! 5. [`combined_ratio`] takes several workloads together.
//! 6. [`bonferroni`] gives the confidence to ask of each of several comparisons, for all of them to hold
//!    at once.
//!
//! An *arm* is a slice with one value per block, in any unit, the same for both arms; values at the
//! same index come from the same block. Blocks in which either sample failed are left out by the
//! caller, from both arms, and reported by it.

mod bootstrap;
mod combine;
mod confidence;
mod draws;
mod error;
mod noise;
mod paired;
mod sample;
#[cfg(test)]
mod simulation;
mod student;

pub use combine::{PairedArms, combined_ratio};
pub use confidence::{MAX_CONFIDENCE, blocks_needed, bonferroni, resamples_needed};
pub use error::{Arm, StatsError};
pub use noise::{Detection, NoiseFloor, detect, noise_floor};
pub use paired::paired_ratio;
pub use sample::{Outlier, Summary, label_outliers, quantile, summarise};
pub use student::student_95;

/// How an interval is to be computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IntervalOptions {
    /// How often such an interval is to cover the truth: above 0, at most [`MAX_CONFIDENCE`].
    pub confidence: f64,
    /// How many resamples the bootstrap draws at least. A high confidence raises it to
    /// [`resamples_needed`], since an end of the interval needs resamples beyond it.
    pub resamples: usize,
    /// Seed of the resampling: same data, options and seed, same interval (under one version of
    /// `rand`, whose `StdRng` may change from one to the next).
    pub seed: u64,
}

impl Default for IntervalOptions {
    /// 95 %, 10,000 resamples, seed 0.
    ///
    /// With 10,000 resamples another seed moves an end of the interval by about 1.5 % of the
    /// interval's half width; with 2,000 it would be 3 %. Ten thousand of 40 blocks take milliseconds.
    fn default() -> Self {
        Self { confidence: 0.95, resamples: 10_000, seed: 0 }
    }
}

impl IntervalOptions {
    /// The default at another confidence, such as one corrected by [`bonferroni`].
    pub fn at(confidence: f64) -> Self {
        Self { confidence, ..Self::default() }
    }
}

/// Where the true ratio lies, at a given confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end, a factor above 0.
    pub low: f64,
    /// Upper end, a factor of at least `low`.
    pub high: f64,
    /// How often an interval computed like this one covers the truth, e.g. 0.95.
    pub confidence: f64,
}

impl Interval {
    /// Whether `ratio` lies in the interval, its ends included.
    pub fn contains(&self, ratio: f64) -> bool {
        (self.low..=self.high).contains(&ratio)
    }
}

/// A ratio of two arms, other ÷ base.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatioEstimate {
    /// The estimate, a factor: 1 is no difference, 1.5 is 50 % more than the base.
    pub ratio: f64,
    /// Absent when there are fewer blocks than [`blocks_needed`] for the confidence asked for:
    /// then nothing can be said about how sure the ratio is.
    pub interval: Option<Interval>,
    /// Blocks the estimate rests on; of all workloads together in a [`combined_ratio`].
    pub blocks: usize,
}
