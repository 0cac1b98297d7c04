//! Two arms compared block by block.
//!
//! The samples of a block are taken back to back, so their ratio is free of whatever slowed the
//! machine for the length of a block. Ratios are averaged as logarithms: the geometric mean of other ÷
//! base is the inverse of that of base ÷ other, and a ratio of 2 and one of ½ cancel. A block is the
//! unit of resampling, since a sample is a process of its own and nothing below it is independent
//! (Kalibera & Jones 2013, *Rigorous Benchmarking in Reasonable Time*, on ratios and replication).
//!
//! The interval is described in `bootstrap.rs`, with the table of how often it, and what was tried
//! instead, covers the truth in simulated experiments.

use super::{
    Arm, Interval, IntervalOptions, RatioEstimate, StatsError, bootstrap::studentised,
    confidence::check_confidence, sample::mean,
};

/// Geometric mean over blocks of other ÷ base, with its interval. It takes in every block, the slow ones
/// too.
///
/// Both arms hold one value per block, at the same index, above zero and in the same unit. Neither
/// the unit nor the order of the blocks changes the result, and swapped arms give the inverse ratio.
///
/// # Errors
///
/// [`StatsError::Empty`], [`StatsError::UnequalLengths`] and [`StatsError::NotPositive`] for arms
/// that cannot be paired, [`StatsError::Confidence`] for options no interval can meet.
pub fn paired_ratio(
    base: &[f64],
    other: &[f64],
    options: &IntervalOptions,
) -> Result<RatioEstimate, StatsError> {
    check_confidence(options.confidence)?;
    let logs = log_ratios(base, other)?;
    let (log_ratio, blocks) = (mean(&logs), logs.len());
    Ok(estimate(log_ratio, studentised(&[logs], options), blocks, options.confidence))
}

/// From the logarithms back to factors.
pub(super) fn estimate(
    log_ratio: f64,
    bounds: Option<(f64, f64)>,
    blocks: usize,
    confidence: f64,
) -> RatioEstimate {
    RatioEstimate {
        ratio: log_ratio.exp(),
        interval: bounds.map(|(low, high)| Interval {
            low: low.exp(),
            high: high.exp(),
            confidence,
        }),
        blocks,
    }
}

/// The logarithm of each block's ratio, other ÷ base; sorted, so that the order in which blocks were
/// measured cannot reach the resampling.
pub(super) fn log_ratios(base: &[f64], other: &[f64]) -> Result<Vec<f64>, StatsError> {
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
    let mut logs: Vec<f64> = base.iter().zip(other).map(|(b, o)| o.ln() - b.ln()).collect();
    logs.sort_unstable_by(f64::total_cmp);
    Ok(logs)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: [f64; 8] = [1.0, 2.0, 4.0, 3.0, 5.0, 1.5, 2.5, 3.5];
    const OTHER: [f64; 8] = [1.3, 2.2, 4.9, 3.1, 7.0, 1.4, 2.9, 4.0];

    fn ratio(base: &[f64], other: &[f64]) -> RatioEstimate {
        paired_ratio(base, other, &IntervalOptions::default()).unwrap()
    }

    fn interval_at(confidence: f64) -> Interval {
        let options = IntervalOptions { confidence, ..IntervalOptions::default() };
        paired_ratio(&BASE, &OTHER, &options).unwrap().interval.unwrap()
    }

    #[track_caller]
    fn assert_close(left: f64, right: f64, tolerance: f64) {
        assert!((left / right - 1.0).abs() <= tolerance, "{left} is not {right}");
    }

    #[test]
    fn the_ratio_is_the_geometric_mean() {
        // Ratios 1, 2, 4, 8, 2, 1: their product is 128.
        let (base, other) = ([3.0, 2.0, 2.0, 1.0, 5.0, 9.0], [3.0, 4.0, 8.0, 8.0, 10.0, 9.0]);
        let found = ratio(&base, &other);
        assert_close(found.ratio, 128.0_f64.powf(1.0 / 6.0), 1e-14);
        assert_eq!(found.blocks, 6);
        assert!(found.interval.unwrap().contains(found.ratio));
    }

    #[test]
    fn identical_ratios_leave_no_width() {
        // 3.3 ÷ 3 is not 1.1 to the last bit; that is not a spread.
        let base = [1.0, 2.0, 3.0, 7.0, 1e-9, 6e9];
        let found = ratio(&base, &base.map(|value| value * 1.1));
        let interval = found.interval.unwrap();
        assert_close(found.ratio, 1.1, 1e-14);
        assert_eq!((interval.low, interval.high), (found.ratio, found.ratio));
        assert_eq!(ratio(&base, &base).ratio, 1.0);
    }

    #[test]
    fn swapped_arms_give_the_inverse() {
        let (there, back) = (ratio(&BASE, &OTHER), ratio(&OTHER, &BASE));
        assert_close(there.ratio, 1.0 / back.ratio, 1e-14);
        // The ends agree but for the luck of the draw.
        let (there, back) = (there.interval.unwrap(), back.interval.unwrap());
        assert_close(there.low, 1.0 / back.high, 0.01);
        assert_close(there.high, 1.0 / back.low, 0.01);
    }

    #[test]
    fn neither_unit_nor_order_matters() {
        let first = ratio(&BASE, &OTHER);
        let milli = ratio(&BASE.map(|v| v * 1e3), &OTHER.map(|v| v * 1e3));
        assert_close(first.ratio, milli.ratio, 1e-13);
        assert_close(first.interval.unwrap().high, milli.interval.unwrap().high, 1e-10);

        let (mut base, mut other) = (BASE, OTHER);
        base.reverse();
        other.reverse();
        base.rotate_left(3);
        other.rotate_left(3);
        assert_eq!(ratio(&base, &other), first);
    }

    #[test]
    fn more_confidence_needs_a_wider_interval() {
        let intervals = [0.1, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999].map(interval_at);
        for pair in intervals.windows(2) {
            assert!(pair[0].low > pair[1].low && pair[0].high < pair[1].high, "{pair:?}");
        }
        assert_eq!(intervals[4].confidence, 0.95);
    }

    #[test]
    fn the_seed_decides_the_interval_and_nothing_else() {
        let with = |seed| {
            let options = IntervalOptions { seed, ..IntervalOptions::default() };
            paired_ratio(&BASE, &OTHER, &options).unwrap()
        };
        assert_eq!(with(1), with(1));
        assert_eq!(with(1).ratio, with(2).ratio);
        assert_ne!(with(1).interval, with(2).interval);
    }

    #[test]
    fn too_few_blocks_give_an_estimate_alone() {
        assert_close(ratio(&[2.0], &[3.0]).ratio, 1.5, 1e-15);
        for blocks in 1..=6 {
            let found = ratio(&BASE[..blocks], &OTHER[..blocks]);
            assert_eq!(found.interval.is_some(), blocks == 6, "{blocks} blocks");
        }
    }

    #[test]
    fn what_cannot_be_compared_is_refused_by_name() {
        let refused = |base: &[f64], other: &[f64]| {
            paired_ratio(base, other, &IntervalOptions::default()).unwrap_err()
        };
        assert_eq!(refused(&[], &[]), StatsError::Empty);
        assert_eq!(refused(&[1.0, 2.0], &[1.0]), StatsError::UnequalLengths { base: 2, other: 1 });
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let error = refused(&[1.0, 2.0, 3.0], &[1.0, 2.0, bad]);
            let expected =
                matches!(error, StatsError::NotPositive { arm: Arm::Other, index: 2, .. });
            assert!(expected, "{error:?}");
        }
        for confidence in [0.0, 1.0, 95.0, f64::NAN] {
            let found = paired_ratio(&BASE, &OTHER, &IntervalOptions::at(confidence));
            assert!(matches!(found, Err(StatsError::Confidence(_))));
        }
    }
}
