//! Trackers that bring an allocator, or are built with other compiler flags, beside that without them: how much of their
//! cost is whose.

use serde::Serialize;

use super::samples::{PairedReadings, TimedSamples, judged};
use super::{Overall, Ratio};
use crate::plan::arm::ArmId;
use crate::plan::catalog::Catalog;
use crate::stats::StatsError;

/// A tracker that brings its allocator, or is built with other flags, which was measured alone in the same blocks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OverAllocator {
    /// The tracker.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub arm: ArmId,
    /// The version that the subject gave.
    pub version: Option<String>,
    /// CPU time ÷ that of the untracked program with the system's allocator.
    pub overhead: Option<Ratio>,
    /// Its allocator, or the program with these flags.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub allocator: ArmId,
    /// CPU time of the allocator alone ÷ that of the system's.
    pub allocator_overhead: Option<Ratio>,
    /// CPU time of the tracker ÷ that of its allocator alone.
    pub over: Option<Ratio>,
}

/// All of them.
pub(super) fn over_allocators(
    arms: &[Overall],
    samples: &[TimedSamples<'_>],
    catalog: Option<&Catalog>,
) -> Result<Vec<OverAllocator>, StatsError> {
    let Some(catalog) = catalog else { return Ok(Vec::new()) };
    let brought = |one: &Overall| {
        let name = catalog.find(&one.arm.tracker).ok()?.built_on()?;
        arms.iter().find(|other| other.arm.tracker == name && other.arm.is_tracked())
    };
    let both = arms.iter().filter_map(|one| Some((one, brought(one)?)));
    both.map(|(one, allocator)| {
        let pairs: Vec<PairedReadings> = samples
            .iter()
            .map(|samples| samples.pairs_over(&allocator.arm, &one.arm, judged))
            .collect();
        Ok(OverAllocator {
            arm: one.arm.clone(),
            version: one.version.clone(),
            overhead: one.overhead,
            allocator: allocator.arm.clone(),
            allocator_overhead: allocator.overhead,
            over: PairedReadings::mean(&pairs)?.map(Ratio::from),
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use crate::analyse::summary::Summary;
    use crate::fixture::{record, run_of};

    #[test]
    fn a_tracker_that_brings_an_allocator_is_set_beside_it_in_the_same_blocks() {
        let of_blocks = |arms: &[(&str, f64)]| {
            let blocks = (0..8).flat_map(|block| {
                // However noisy the machine, all samples of a block see the same.
                let wall = 100.0 * (1.0 + f64::from(block % 4) * 0.2);
                let of = move |&(arm, factor): &(&str, f64)| {
                    record(arm, "basic-structures", block, Some(wall * factor))
                };
                arms.iter().map(of).collect::<Vec<_>>()
            });
            Summary::of(&[run_of(blocks.collect())]).unwrap().allocators
        };
        let all = [("untracked", 1.0), ("mimalloc", 0.8), ("mimalloc-pprof", 1.2), ("dhat", 5.0)];
        let found = of_blocks(&all);
        let [one] = found.as_slice() else { panic!("{found:?}") };
        let near = |ratio: Option<super::Ratio>, expected: f64| {
            assert!((ratio.unwrap().ratio / expected - 1.0).abs() < 1e-6, "{one:?}");
        };
        assert_eq!(
            (one.arm.tracker.as_str(), one.allocator.tracker.as_str()),
            ("mimalloc-pprof", "mimalloc")
        );
        near(one.overhead, 1.2);
        near(one.allocator_overhead, 0.8);
        near(one.over, 1.5);
        // Without its allocator beside it there is nothing to tell.
        assert!(of_blocks(&[("untracked", 1.0), ("mimalloc-pprof", 1.2)]).is_empty());
    }
}
