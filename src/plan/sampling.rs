//! How much is measured of each workload: so many samples, so much time, or until it is known well enough.

use std::time::Duration;

/// How many blocks a group gets when nobody says: at least ten, and as many more as fit into some
/// seconds, since short workloads are noisier. `block_s` is how long its warm-up block took.
pub fn automatic_samples(block_s: f64) -> u32 {
    const AT_LEAST: u32 = 10;
    const AT_MOST: u32 = 60;
    const SECONDS: f64 = 12.0;
    // A cast of a too large or infinite quotient saturates.
    ((SECONDS / block_s.max(1e-3)) as u32).clamp(AT_LEAST, AT_MOST)
}

/// How many blocks of each link order are taken at least when nobody says: so that one that is disturbed is trimmed.
pub const BLOCKS_OF_AN_ORDER: u32 = 5;

/// The same over several link orders, each of which gets as many.
pub fn automatic_samples_over(links: u32, block_s: f64) -> u32 {
    automatic_samples(block_s).next_multiple_of(links).max(BLOCKS_OF_AN_ORDER * links)
}

/// How long a workload is sampled for a precision, if no budget is given: ten minutes.
pub const MOST_TIME: Duration = Duration::from_secs(600);

/// What was asked for; nothing, for [`automatic_samples`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sampling {
    /// Samples of each arm.
    pub samples: Option<u32>,
    /// Time for the samples of each workload.
    pub budget: Option<Duration>,
    /// How far the 95 % interval of every ratio may reach from it, as a share of it: 0.01 is ±1 %.
    pub precision: Option<f64>,
}

impl Sampling {
    /// Time for the samples of each workload, if time is what ends them.
    pub fn most_time(&self) -> Option<Duration> {
        self.budget.or(self.precision.map(|_| MOST_TIME))
    }
}

impl From<Option<u32>> for Sampling {
    fn from(samples: Option<u32>) -> Self {
        Self { samples, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_workloads_get_more_samples() {
        assert_eq!(automatic_samples(5.0), 10);
        assert_eq!(automatic_samples(0.5), 24);
        assert_eq!(automatic_samples(0.001), 60);
        assert_eq!(automatic_samples(0.0), 60);
    }

    #[test]
    fn every_link_order_gets_as_many_blocks() {
        assert_eq!(automatic_samples_over(8, 5.0), 40);
        assert_eq!(automatic_samples_over(8, 0.001), 64);
        assert_eq!(automatic_samples_over(20, 5.0), 100);
    }
}
