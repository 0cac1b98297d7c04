//! What the samples say: summaries, paired ratios, intervals, outliers, and whether there is a difference.
//!
//! Everything here is a pure function of numbers: no I/O, no clock, no chance, nothing else of the project. So
//! each function is tested on data whose answer is known, and every published figure can be computed again
//! from the raw samples.
//!
//! The way from samples to a statement:
//!
//! 1. [`summarise`] describes one arm (all samples of one tracker on one workload), and
//!    [`label_outliers`] labels its outliers. Nothing is ever dropped there.
//! 2. [`paired_ratio`] compares two arms block by block, and [`combined_ratio`] several workloads together: a
//!    ratio, and how well it is known. [`linked_ratio`] does both over several link orders of the same programs.
//! 3. [`RatioEstimate::interval`] says where the true ratio lies, at any confidence.
//! 4. [`judge`] says of several comparisons together which are differences, and, of those that are not, how
//!    large a difference would have been found.
//!
//! An *arm* is a slice with one value per block, in any unit, the same for both arms; values at the
//! same index come from the same block. Blocks in which either sample failed are left out by the
//! caller, from both arms, and reported by it.

mod combine;
mod difference;
mod error;
mod estimate;
mod linked;
mod paired;
mod sample;
#[cfg(test)]
mod simulation;
mod slope;
mod stopping;
mod student;
mod trimmed;

pub use combine::{PairedArms, combined_ratio};
pub use difference::{Detection, Judged, LEAST_EFFECT, NOT_DETECTED, TOO_FEW, holm, judge};
pub use error::{Arm, StatsError};
pub use estimate::{Interval, RatioEstimate};
pub use linked::{LinkedArms, ORDERS_NEEDED, linked_ratio};
pub use paired::paired_ratio;
pub use sample::{Outlier, Summary, geometric_mean, label_outliers, median, quantile, summarise};
pub use slope::Slope;
pub use stopping::{FIRST_LOOK, next_look};
pub use student::{Mean, two_sided_p, two_sided_t};
pub use trimmed::BLOCKS_NEEDED;

/// How often an interval is to cover the truth, unless something else is said.
pub const CONFIDENCE: f64 = 0.95;
