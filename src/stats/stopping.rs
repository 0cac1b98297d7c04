//! When a ratio is known well enough to stop measuring.
//!
//! Whoever looks after every block, and stops as soon as the interval is narrow, stops too early, when the blocks
//! happen to agree: such intervals cover the truth less often than they say. So the first look comes late, and says how
//! many blocks are needed in all, as widths shrink with the root of the number (Stein 1945, *A Two-Sample Test for
//! a Linear Hypothesis Whose Power is Independent of the Variance*); only then comes the next look. The simulation
//! in `simulation/coverage.rs` shows how often the intervals that are left cover the truth.

use super::{CONFIDENCE, RatioEstimate};

/// Blocks before the first look.
pub const FIRST_LOOK: u32 = 30;

/// After how many blocks to look again, if a look after `blocks` found one precision and another was asked for: at
/// least a quarter more, at most four times as many.
pub fn next_look(blocks: u32, found: f64, asked: f64) -> u32 {
    let needed = f64::from(blocks) * (found / asked).powi(2);
    // A cast of a too large quotient saturates.
    (needed.ceil() as u32).clamp(blocks + blocks / 4, blocks.saturating_mul(4))
}

impl RatioEstimate {
    /// How far its 95 % interval reaches from it, as a share of it: 0.01 if it is 2 times, and the interval 1.98 to
    /// 2.02. A difference of more than that would have been found, were it the only one looked for. Absent if there
    /// are too few blocks.
    pub fn precision(&self) -> Option<f64> {
        let interval = self.interval(CONFIDENCE)?;
        Some((interval.high / interval.low).sqrt() - 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_few() {
        assert_eq!(next_look(20, 0.03, 0.02), 45);
        assert_eq!(next_look(20, 0.021, 0.02), 25);
        assert_eq!(next_look(20, 9.0, 0.02), 80);
    }

    #[test]
    fn precision_is_half_the_interval() {
        let precision = RatioEstimate::between(1.98, 2.02).precision().unwrap();
        assert!((precision - 0.01005).abs() < 1e-5, "{precision}");
        assert_eq!(RatioEstimate::without_interval(2.0).precision(), None);
    }
}
