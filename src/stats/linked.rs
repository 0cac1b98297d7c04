//! Two arms compared over several link orders of their programs.
//!
//! Two builds of the same code differ by some percent, since their code lies elsewhere in memory (Mytkowicz et al.
//! 2009). However many samples of one link order there are, that difference stays in their mean. So each side is
//! linked several times with its code in another order, and the link order is a random effect, of which every order
//! is one draw: within an order the blocks' log ratios are averaged, trimmed as ever, and the interval is Student's t
//! over the means of the orders, whose number less one gives its degrees of freedom. It holds what the layout does as
//! well as what the machine does. Blocks of one order are no independent draws of a layout, and do not count as such.

use std::collections::BTreeMap;

use super::{
    PairedArms, RatioEstimate, StatsError,
    estimate::StandardError,
    paired::logs_in_order,
    sample::{mean, variance},
    trimmed::{SAME, trimmed_mean},
};

/// How many link orders an interval needs. Of four, Student's t is so wide that it would tell nothing.
pub const ORDERS_NEEDED: usize = 5;

/// The two arms of one workload, with the link order of each block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinkedArms<'a> {
    /// The arms, with one value per block each.
    pub arms: PairedArms<'a>,
    /// The link order that each block ran, in the same places.
    pub orders: &'a [u32],
}

/// Geometric mean over `workloads` of other ÷ base, with an interval over link orders. All workloads are of the same
/// programs, so that a link order is the same draw for all of them: they are averaged within each order first. An
/// order in which a workload has no block is left out. `blocks` of the result counts those of all workloads.
///
/// It has no interval where fewer than [`ORDERS_NEEDED`] orders are left.
///
/// # Errors
///
/// [`StatsError::Empty`] without workloads, or without an order that all of them have; [`StatsError::Workload`] naming
/// the workload whose arms cannot be paired, and why.
pub fn linked_ratio(workloads: &[LinkedArms<'_>]) -> Result<RatioEstimate, StatsError> {
    let mut means: Option<BTreeMap<u32, f64>> = None;
    let mut blocks = 0;
    for (index, workload) in workloads.iter().enumerate() {
        let of_workload = |source| StatsError::Workload { index, source: Box::new(source) };
        let own = means_of_orders(workload).map_err(of_workload)?;
        blocks += workload.orders.len();
        means = Some(match means {
            None => own,
            Some(sums) => {
                let both = sums.into_iter().filter_map(|(order, sum)| {
                    let own = own.get(&order)?;
                    Some((order, sum + own))
                });
                both.collect()
            }
        });
    }
    let share = 1.0 / workloads.len() as f64;
    let means: Vec<f64> = means.unwrap_or_default().into_values().map(|sum| sum * share).collect();
    if means.is_empty() {
        return Err(StatsError::Empty);
    }
    Ok(RatioEstimate { ratio: mean(&means).exp(), blocks, error: error(&means) })
}

/// The trimmed mean of the log ratios of each order.
fn means_of_orders(workload: &LinkedArms<'_>) -> Result<BTreeMap<u32, f64>, StatsError> {
    let LinkedArms { arms: PairedArms { base, other }, orders } = *workload;
    let logs = logs_in_order(base, other)?;
    if orders.len() != logs.len() {
        return Err(StatsError::UnequalLengths { base: logs.len(), other: orders.len() });
    }
    let mut by_order = BTreeMap::<u32, Vec<f64>>::new();
    for (order, log) in orders.iter().zip(logs) {
        by_order.entry(*order).or_default().push(log);
    }
    let mean = |(order, mut logs): (u32, Vec<f64>)| {
        logs.sort_unstable_by(f64::total_cmp);
        (order, trimmed_mean(&logs).0)
    };
    Ok(by_order.into_iter().map(mean).collect())
}

/// The standard error of the mean of link orders.
fn error(means: &[f64]) -> Option<StandardError> {
    if means.len() < ORDERS_NEEDED {
        return None;
    }
    let degrees = (means.len() - 1) as f64;
    let least = means.iter().copied().fold(f64::INFINITY, f64::min);
    let most = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let log = match most - least <= SAME {
        true => 0.0,
        false => (variance(means) / means.len() as f64).sqrt(),
    };
    Some(StandardError { log, degrees })
}

#[cfg(test)]
mod tests {
    use super::super::{CONFIDENCE, two_sided_t};
    use super::*;

    fn linked(base: &[f64], other: &[f64], orders: &[u32]) -> RatioEstimate {
        linked_ratio(&[LinkedArms { arms: PairedArms { base, other }, orders }]).unwrap()
    }

    /// Blocks that take the orders in turns, and the ratio that each of those has.
    fn in_turns(ratios: &[f64], times: usize) -> (Vec<f64>, Vec<u32>) {
        let blocks = ratios.len() * times;
        let other = ratios.iter().copied().cycle().take(blocks).collect();
        (other, (0..ratios.len() as u32).cycle().take(blocks).collect())
    }

    #[test]
    fn the_interval_is_students_over_the_means_of_the_orders() {
        let ratios = [1.00, 1.02, 1.01, 0.99, 1.03];
        let (other, orders) = in_turns(&ratios, 7);
        let found = linked(&[1.0; 35], &other, &orders);
        let logs = ratios.map(f64::ln);
        assert!((found.ratio.ln() - mean(&logs)).abs() < 1e-12);
        assert_eq!(found.blocks, 35);
        let half = two_sided_t(0.95, 4.0) * (variance(&logs) / 5.0).sqrt();
        let interval = found.interval(CONFIDENCE).unwrap();
        assert!(((interval.high / found.ratio).ln() - half).abs() < 1e-9, "{interval:?}");
    }

    #[test]
    fn more_blocks_of_the_same_orders_make_it_no_surer() {
        let ratios = [1.00, 1.02, 1.01, 0.99, 1.03, 1.00];
        let widths = [1, 10, 100].map(|times| {
            let (other, orders) = in_turns(&ratios, times);
            let interval = linked(&vec![1.0; other.len()], &other, &orders).interval(CONFIDENCE);
            interval.map(|one| (one.high / one.low).ln()).unwrap()
        });
        assert!(widths.iter().all(|width| (width / widths[0] - 1.0).abs() < 1e-9), "{widths:?}");
    }

    #[test]
    fn a_block_far_off_moves_no_order() {
        let (mut other, orders) = in_turns(&[1.0, 1.02, 1.01, 0.99, 1.03], 5);
        let base = vec![1.0; other.len()];
        let before = linked(&base, &other, &orders);
        other[0] = 50.0;
        let after = linked(&base, &other, &orders);
        assert!((before.ratio / after.ratio - 1.0).abs() < 1e-12);
    }

    #[test]
    fn orders_that_agree_leave_no_width_and_few_leave_no_interval() {
        let (other, orders) = in_turns(&[1.1; 5], 3);
        let interval = linked(&[1.0; 15], &other, &orders).interval(CONFIDENCE).unwrap();
        assert_eq!((interval.low, interval.high), (interval.low, interval.low));
        let (other, orders) = in_turns(&[1.1, 1.2, 1.3, 1.1], 20);
        assert_eq!(linked(&[1.0; 80], &other, &orders).interval(CONFIDENCE), None);
    }

    #[test]
    fn workloads_are_averaged_within_an_order() {
        // What one workload gains of a layout the other loses: nothing is left between orders.
        let one = in_turns(&[1.0, 1.1, 1.2, 1.1, 1.0], 5);
        let inverse: Vec<f64> = one.0.iter().map(|ratio| 1.0 / ratio).collect();
        let base = vec![1.0; one.0.len()];
        let arms = |other| LinkedArms { arms: PairedArms { base: &base, other }, orders: &one.1 };
        let found = linked_ratio(&[arms(&one.0), arms(&inverse)]).unwrap();
        assert!((found.ratio - 1.0).abs() < 1e-12 && found.blocks == 50);
        let interval = found.interval(CONFIDENCE).unwrap();
        assert!(interval.high / interval.low < 1.0 + 1e-9, "{interval:?}");
    }

    #[test]
    fn an_order_that_a_workload_lacks_is_left_out() {
        let (other, orders) = in_turns(&[1.0, 1.0, 1.0, 1.0, 1.0, 9.0], 1);
        let base = vec![1.0; other.len()];
        let five = [1.0; 5];
        let all = LinkedArms { arms: PairedArms { base: &base, other: &other }, orders: &orders };
        let without =
            LinkedArms { arms: PairedArms { base: &five, other: &five }, orders: &[0, 1, 2, 3, 4] };
        assert_eq!(linked_ratio(&[all, without]).unwrap().ratio, 1.0);
    }

    #[test]
    fn what_cannot_be_compared_is_refused_by_name() {
        assert_eq!(linked_ratio(&[]), Err(StatsError::Empty));
        let arms = PairedArms { base: &[1.0, 1.0], other: &[1.0, 0.0] };
        let broken = LinkedArms { arms, orders: &[0, 1] };
        let error = linked_ratio(&[broken]).unwrap_err().to_string();
        assert!(error.starts_with("workload 0: value 1 of the other arm"), "{error}");
        let arms = PairedArms { other: &[1.0, 1.0], ..arms };
        let short = linked_ratio(&[LinkedArms { arms, orders: &[0] }]);
        assert!(matches!(short, Err(StatsError::Workload { .. })), "{short:?}");
    }
}
