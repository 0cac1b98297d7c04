//! Two arms compared block by block.
//!
//! The samples of a block are taken back to back, so their ratio is free of whatever slowed the
//! machine for the length of a block. Ratios are averaged as logarithms: the geometric mean of other ÷
//! base is the inverse of that of base ÷ other, and a ratio of 2 and one of ½ cancel. Of the blocks' ratios the
//! middle three fifths are averaged (`trimmed.rs` says why). A block is the unit, since a sample is a process of
//! its own and nothing below it is independent (Kalibera & Jones 2013, *Rigorous Benchmarking in Reasonable
//! Time*, on ratios and replication).

use super::{
    Arm, RatioEstimate, StatsError,
    trimmed::{BLOCKS_NEEDED, trimmed_mean},
};

/// The trimmed geometric mean over blocks of other ÷ base, and how well it is known.
///
/// Both arms hold one value per block, at the same index, above zero and in the same unit. Neither
/// the unit nor the order of the blocks changes the result, and swapped arms give the inverse ratio.
///
/// # Errors
///
/// [`StatsError::Empty`], [`StatsError::UnequalLengths`] and [`StatsError::NotPositive`] for arms
/// that cannot be paired.
pub fn paired_ratio(base: &[f64], other: &[f64]) -> Result<RatioEstimate, StatsError> {
    let logs = log_ratios(base, other)?;
    let (log_ratio, error) = trimmed_mean(&logs);
    let error = error.filter(|_| logs.len() >= BLOCKS_NEEDED);
    Ok(RatioEstimate { ratio: log_ratio.exp(), blocks: logs.len(), error })
}

/// The logarithm of each block's ratio, other ÷ base; sorted, as the trimmed mean takes them.
pub(super) fn log_ratios(base: &[f64], other: &[f64]) -> Result<Vec<f64>, StatsError> {
    let mut logs = logs_in_order(base, other)?;
    logs.sort_unstable_by(f64::total_cmp);
    Ok(logs)
}

/// The logarithm of each block's ratio, other ÷ base, in the order of the blocks.
pub(super) fn logs_in_order(base: &[f64], other: &[f64]) -> Result<Vec<f64>, StatsError> {
    if base.len() != other.len() {
        return Err(StatsError::UnequalLengths { base: base.len(), other: other.len() });
    }
    if base.is_empty() {
        return Err(StatsError::Empty);
    }
    for (arm, values) in [(Arm::Base, base), (Arm::Other, other)] {
        if let Some(index) = values.iter().position(|v| !(v.is_finite() && *v > 0.0)) {
            let value = values[index];
            return Err(StatsError::NotPositive { arm, index, value });
        }
    }
    // A difference of logarithms, since the quotient itself may overflow.
    Ok(base.iter().zip(other).map(|(b, o)| o.ln() - b.ln()).collect())
}

#[cfg(test)]
mod tests {
    use super::super::{CONFIDENCE, Interval};
    use super::*;

    const BASE: [f64; 8] = [1.0, 2.0, 4.0, 3.0, 5.0, 1.5, 2.5, 3.5];
    const OTHER: [f64; 8] = [1.3, 2.2, 4.9, 3.1, 7.0, 1.4, 2.9, 4.0];

    fn ratio(base: &[f64], other: &[f64]) -> RatioEstimate {
        paired_ratio(base, other).unwrap()
    }

    fn interval(estimate: RatioEstimate) -> Interval {
        estimate.interval(CONFIDENCE).unwrap()
    }

    #[track_caller]
    fn assert_close(left: f64, right: f64, tolerance: f64) {
        assert!((left / right - 1.0).abs() <= tolerance, "{left} is not {right}");
    }

    #[test]
    fn the_ratio_is_the_geometric_mean_of_the_middle() {
        // Ratios 1, 2, 4, 8, 2, 1, 2: without the least and the largest, 1, 2, 2, 2, 4, whose product is 32.
        let base = [3.0, 2.0, 2.0, 1.0, 5.0, 9.0, 1.0];
        let other = [3.0, 4.0, 8.0, 8.0, 10.0, 9.0, 2.0];
        let found = ratio(&base, &other);
        assert_close(found.ratio, 2.0, 1e-14);
        assert_eq!(found.blocks, 7);
        assert!(interval(found).contains(found.ratio));
    }

    #[test]
    fn identical_ratios_leave_no_width() {
        // 3.3 ÷ 3 is not 1.1 to the last bit; that is not a spread.
        let base = [1.0, 2.0, 3.0, 7.0, 1e-9, 6e9, 5.0];
        let found = ratio(&base, &base.map(|value| value * 1.1));
        assert_close(found.ratio, 1.1, 1e-14);
        assert_eq!((interval(found).low, interval(found).high), (found.ratio, found.ratio));
        assert_eq!(ratio(&base, &base).ratio, 1.0);
    }

    #[test]
    fn swapped_arms_give_the_inverse() {
        let (there, back) = (ratio(&BASE, &OTHER), ratio(&OTHER, &BASE));
        assert_close(there.ratio, 1.0 / back.ratio, 1e-14);
        assert_close(interval(there).low, 1.0 / interval(back).high, 1e-12);
        assert_close(interval(there).high, 1.0 / interval(back).low, 1e-12);
    }

    #[test]
    fn neither_unit_nor_order_matters() {
        let first = ratio(&BASE, &OTHER);
        let milli = ratio(&BASE.map(|v| v * 1e3), &OTHER.map(|v| v * 1e3));
        assert_close(first.ratio, milli.ratio, 1e-13);
        assert_close(interval(first).high, interval(milli).high, 1e-10);

        let (mut base, mut other) = (BASE, OTHER);
        base.reverse();
        other.reverse();
        base.rotate_left(3);
        other.rotate_left(3);
        assert_eq!(ratio(&base, &other), first);
    }

    #[test]
    fn more_confidence_needs_a_wider_interval() {
        let estimate = ratio(&BASE, &OTHER);
        let intervals =
            [0.1, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999].map(|one| estimate.interval(one).unwrap());
        for pair in intervals.windows(2) {
            assert!(pair[0].low > pair[1].low && pair[0].high < pair[1].high, "{pair:?}");
        }
    }

    #[test]
    fn too_few_blocks_give_an_estimate_alone() {
        assert_close(ratio(&[2.0], &[3.0]).ratio, 1.5, 1e-15);
        for blocks in 1..=7 {
            let found = ratio(&BASE[..blocks], &OTHER[..blocks]);
            assert_eq!(found.interval(CONFIDENCE).is_some(), blocks == 7, "{blocks} blocks");
        }
    }

    #[test]
    fn what_cannot_be_compared_is_refused_by_name() {
        let refused = |base: &[f64], other: &[f64]| paired_ratio(base, other).unwrap_err();
        assert_eq!(refused(&[], &[]), StatsError::Empty);
        assert_eq!(refused(&[1.0, 2.0], &[1.0]), StatsError::UnequalLengths { base: 2, other: 1 });
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let error = refused(&[1.0, 2.0, 3.0], &[1.0, 2.0, bad]);
            let expected =
                matches!(error, StatsError::NotPositive { arm: Arm::Other, index: 2, .. });
            assert!(expected, "{error:?}");
        }
    }
}
