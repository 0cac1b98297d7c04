//! The random draws of a bootstrap, shared by all figures that draw alike.
//!
//! Which blocks a resample draws depends on the seed and on the numbers of blocks, and on nothing else. All
//! trackers of a workload were measured in the same blocks, and each has several readings. So the draws of
//! the last resampling are kept for the next one, which most often is of the same numbers: drawing takes
//! several times as long as adding up.

use std::cell::RefCell;
use std::rc::Rc;

use rand::{RngExt, SeedableRng, rngs::StdRng};

/// The most draws that are kept, two bytes each.
const KEPT: usize = 1 << 25;

/// Seed, resamples, and blocks of each group.
type Key = (u64, usize, Vec<usize>);

thread_local! {
    static LAST: RefCell<Option<(Key, Rc<Vec<u16>>)>> = const { RefCell::new(None) };
}

/// What `resample` says of each resample. It draws as many blocks as `sizes` says, group by group.
pub(super) fn for_each(
    seed: u64,
    resamples: usize,
    sizes: Vec<usize>,
    resample: impl Fn(&mut dyn FnMut(usize) -> usize) -> f64,
) -> Vec<f64> {
    let all: usize = resamples.saturating_mul(sizes.iter().sum());
    if all > KEPT || sizes.iter().any(|&size| size > usize::from(u16::MAX)) {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut draw = |below| rng.random_range(0..below);
        return (0..resamples).map(|_| resample(&mut draw)).collect();
    }
    let kept = kept((seed, resamples, sizes));
    let mut next = kept.iter();
    // As many were kept as are asked for.
    let mut draw = |_| next.next().map_or(0, |&index| usize::from(index));
    (0..resamples).map(|_| resample(&mut draw)).collect()
}

fn kept(key: Key) -> Rc<Vec<u16>> {
    LAST.with_borrow_mut(|last| {
        if let Some((known, draws)) = last
            && *known == key
        {
            return draws.clone();
        }
        let (seed, resamples, sizes) = &key;
        let mut rng = StdRng::seed_from_u64(*seed);
        let mut draws = Vec::with_capacity(resamples * sizes.iter().sum::<usize>());
        for _ in 0..*resamples {
            for &size in sizes {
                // Below a size that fits.
                draws.extend((0..size).map(|_| rng.random_range(0..size) as u16));
            }
        }
        let draws = Rc::new(draws);
        *last = Some((key, draws.clone()));
        draws
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_draws_are_those_of_the_generator() {
        let sizes = vec![7, 300];
        let drawn = |resamples| {
            let sum = |draw: &mut dyn FnMut(usize) -> usize| {
                let of_group = |size| (0..size).map(|n| (draw(size) * (n + 1)) as f64).sum::<f64>();
                [7, 300].map(of_group).iter().sum()
            };
            for_each(3, resamples, sizes.clone(), sum)
        };
        let mut rng = StdRng::seed_from_u64(3);
        let mut expected = Vec::new();
        for _ in 0..20 {
            let mut sum = 0.0;
            for size in [7, 300] {
                let of_group = (0..size).map(|n| (rng.random_range(0..size) * (n + 1)) as f64);
                sum += of_group.sum::<f64>();
            }
            expected.push(sum);
        }
        assert_eq!(drawn(20), expected);
        // The same again from what was kept, and fewer from anew.
        assert_eq!(drawn(20), expected);
        assert_eq!(drawn(10), expected[..10]);
    }
}
