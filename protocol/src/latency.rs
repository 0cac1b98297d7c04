//! How long single calls of the allocator took, as counts by duration.

use serde::{Deserialize, Serialize};

/// Significant decimal digits of a recorded duration: 3 are within 0.1 %.
pub const LATENCY_DIGITS: u8 = 3;

/// The longest duration that is told apart, in nanoseconds: 60 s. What takes longer counts as this.
pub const LATENCY_MAX_NS: u64 = 60_000_000_000;

/// The durations of the program's calls of its allocator, in the buckets of an HdrHistogram from 1 ns to
/// [`LATENCY_MAX_NS`] with [`LATENCY_DIGITS`] significant digits.
///
/// Each list has the buckets that are not empty, as `[ns, calls]`, shortest first; `ns` is the shortest duration
/// in the bucket, in nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Latencies {
    /// Allocations, reallocations among them.
    pub allocations: Vec<(u64, u64)>,
    /// Frees.
    pub frees: Vec<(u64, u64)>,
    /// The timer around nothing, in the same process just before: part of every duration.
    pub timer: Vec<(u64, u64)>,
}
