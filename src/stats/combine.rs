//! Several workloads taken together: the overall overhead.
//!
//! The overall ratio is the geometric mean over workloads of each workload's own ratio, so every workload counts
//! the same, however long it runs and however many blocks it has. The geometric mean is the one mean of ratios
//! that does not depend on which arm is the base (Fleming & Wallace 1986, *How Not to Lie with Statistics*).
//!
//! Blocks of different workloads were measured independently, so the squares of their standard errors add up;
//! the degrees of freedom are Satterthwaite's. The workloads themselves are not taken for a sample from some
//! population: they are what they are, and the interval says how well the overhead *on these* is known. Leave
//! a workload out only from all trackers that are ranked against each other.

use super::{
    RatioEstimate, StatsError,
    estimate::StandardError,
    paired::log_ratios,
    sample::mean,
    trimmed::{BLOCKS_NEEDED, trimmed_mean},
};

/// The two arms of one workload: one value per block each, at the same index, above zero and in the
/// same unit. Different workloads may have different units and numbers of blocks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedArms<'a> {
    /// The arm divided by.
    pub base: &'a [f64],
    /// The arm compared to it.
    pub other: &'a [f64],
}

/// Geometric mean over `workloads` of [`paired_ratio`](super::paired_ratio)'s ratio. `blocks` of the result
/// counts those of all workloads.
///
/// It has no interval when a workload has a single block, or all together have fewer than [`BLOCKS_NEEDED`].
///
/// # Errors
///
/// [`StatsError::Empty`] without workloads, [`StatsError::Workload`] naming the workload whose arms cannot be
/// paired, and why.
pub fn combined_ratio(workloads: &[PairedArms<'_>]) -> Result<RatioEstimate, StatsError> {
    if workloads.is_empty() {
        return Err(StatsError::Empty);
    }
    let groups = workloads
        .iter()
        .enumerate()
        .map(|(index, arms)| {
            log_ratios(arms.base, arms.other)
                .map_err(|source| StatsError::Workload { index, source: Box::new(source) })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let blocks = groups.iter().map(Vec::len).sum();
    let (means, errors): (Vec<f64>, Vec<Option<StandardError>>) =
        groups.iter().map(|logs| trimmed_mean(logs)).unzip();
    let errors: Option<Vec<StandardError>> = errors.into_iter().collect();
    let error = errors.filter(|_| blocks >= BLOCKS_NEEDED).map(|errors| of_mean(&errors));
    Ok(RatioEstimate { ratio: mean(&means).exp(), blocks, error })
}

/// The standard error of the mean of independent estimates.
fn of_mean(errors: &[StandardError]) -> StandardError {
    let sum = StandardError::of_sum(errors);
    StandardError { log: sum.log / errors.len() as f64, ..sum }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{CONFIDENCE, paired_ratio},
        *,
    };

    const NOISY: PairedArms<'_> = PairedArms {
        base: &[1.0, 1.1, 0.9, 1.3, 1.0, 1.2, 1.1],
        other: &[2.1, 2.0, 2.2, 2.3, 1.9, 2.2, 2.0],
    };

    fn combined(workloads: &[PairedArms<'_>]) -> RatioEstimate {
        combined_ratio(workloads).unwrap()
    }

    fn log_width(estimate: RatioEstimate) -> f64 {
        let interval = estimate.interval(CONFIDENCE).unwrap();
        (interval.high / interval.low).ln()
    }

    #[test]
    fn workloads_count_the_same_whatever_their_blocks() {
        // Ratios 4 (two blocks), 1 (four blocks) and 2 (six blocks): the cube root of 8.
        let found = combined(&[
            PairedArms { base: &[1.0, 2.0], other: &[4.0, 8.0] },
            PairedArms { base: &[5.0; 4], other: &[5.0; 4] },
            PairedArms { base: &[3.0; 6], other: &[6.0; 6] },
        ]);
        assert!((found.ratio - 2.0).abs() < 1e-14);
        assert_eq!(found.blocks, 12);
        let interval = found.interval(CONFIDENCE).unwrap();
        assert_eq!((interval.low, interval.high), (found.ratio, found.ratio));
    }

    #[test]
    fn one_workload_is_a_paired_ratio() {
        let (together, alone) =
            (combined(&[NOISY]), paired_ratio(NOISY.base, NOISY.other).unwrap());
        assert_eq!((together.ratio, together.blocks), (alone.ratio, alone.blocks));
        assert!((log_width(together) / log_width(alone) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_certain_workload_halves_the_uncertainty() {
        let certain = PairedArms { base: &[1.0; 6], other: &[3.0; 6] };
        let alone = log_width(combined(&[NOISY]));
        let together = log_width(combined(&[NOISY, certain]));
        // Exactly, since the certain one adds no degree of freedom.
        assert!((together / alone - 0.5).abs() < 1e-9, "{together} against {alone}");
    }

    #[test]
    fn four_noisy_workloads_are_about_twice_as_certain_as_one() {
        let alone = log_width(combined(&[NOISY]));
        let together = log_width(combined(&[NOISY; 4]));
        // More than twice: the spread is learnt from four times the blocks, too.
        assert!((0.25..0.5).contains(&(together / alone)), "{}", together / alone);
    }

    #[test]
    fn the_workload_at_fault_is_named() {
        let broken = PairedArms { base: &[1.0, 0.0], other: &[1.0, 1.0] };
        let error = combined_ratio(&[NOISY, broken]).unwrap_err();
        assert!(error.to_string().starts_with("workload 1: value 1 of the base arm is 0"));
        let none = combined_ratio(&[]);
        assert_eq!(none, Err(StatsError::Empty));
    }

    #[test]
    fn a_workload_of_one_block_takes_the_interval_away() {
        let single = PairedArms { base: &[1.0], other: &[2.0] };
        let found = combined(&[NOISY, single]);
        assert_eq!(found.interval(CONFIDENCE), None);
        assert_eq!(found.blocks, 8);
    }
}
