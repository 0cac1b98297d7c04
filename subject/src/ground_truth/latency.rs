//! How long each call of the allocator takes, as the program sees it.
//!
//! A pass of its own: around every call that the program makes, in the tracker's allocator and whatever that
//! calls, a clock is read, and the difference counted in the buckets of an HdrHistogram. No list of events, so
//! nothing is allocated, and nothing locked. The clock is `CLOCK_MONOTONIC`, which Linux reads without entering
//! the kernel; METHODOLOGY.md compares it with the processor's counter. What reading it adds is measured by the
//! same code around nothing ([`Latencies::timer`]), and not subtracted: it matters only to the shortest
//! durations.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use super::{INSTALLED, LATENCY, ROLE};
use crate::protocol::{LATENCY_DIGITS, LATENCY_MAX_NS, Latencies};

/// Durations below this have a bucket each, in nanoseconds: the smallest power of two that tells apart
/// [`LATENCY_DIGITS`] digits with one bit to spare.
const SINGLE: u64 = (2 * 10_u64.pow(LATENCY_DIGITS as u32)).next_power_of_two();
/// From there on, every power of two is divided into so many buckets.
const DIVISIONS: u64 = SINGLE / 2;
/// Buckets up to [`LATENCY_MAX_NS`].
const BUCKETS: usize = bucket(LATENCY_MAX_NS) + 1;

/// How often the timer is timed.
const TIMER_CALLS: usize = 100_000;

/// The bucket of a duration in nanoseconds; too long ones are in the last.
const fn bucket(ns: u64) -> usize {
    let ns = if ns > LATENCY_MAX_NS { LATENCY_MAX_NS } else { ns };
    // By how many powers of two it is beyond those with a bucket each.
    let power = (ns | (SINGLE - 1)).ilog2() - (SINGLE - 1).ilog2();
    (power as u64 * DIVISIONS + (ns >> power)) as usize
}

/// The shortest duration in a bucket, in nanoseconds.
const fn shortest(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    let power = (bucket / DIVISIONS).saturating_sub(1);
    (bucket - power * DIVISIONS) << power
}

/// Calls by their duration.
pub(super) struct Durations {
    calls: [AtomicU64; BUCKETS],
}

pub(super) static ALLOCATIONS: Durations = Durations::new();
pub(super) static FREES: Durations = Durations::new();
static TIMER: Durations = Durations::new();

impl Durations {
    const fn new() -> Self {
        Self { calls: [const { AtomicU64::new(0) }; BUCKETS] }
    }

    /// Makes a call, and counts how long it took.
    pub(super) fn time<R>(&self, call: impl FnOnce() -> R) -> R {
        let begin = Instant::now();
        let result = call();
        let ns = begin.elapsed().as_nanos();
        // No index in an allocator: it could panic, for all that the compiler knows.
        if let Some(calls) = self.calls.get(bucket(u64::try_from(ns).unwrap_or(u64::MAX))) {
            calls.fetch_add(1, Relaxed);
        }
        result
    }

    fn reset(&self) {
        for calls in &self.calls {
            calls.store(0, Relaxed);
        }
    }

    /// The buckets that are not empty.
    fn read(&self) -> Vec<(u64, u64)> {
        let calls = self.calls.iter().enumerate();
        let calls = calls.map(|(bucket, calls)| (shortest(bucket), calls.load(Relaxed)));
        calls.filter(|(_, calls)| *calls > 0).collect()
    }
}

/// A stretch of the program in which calls are timed.
#[derive(Debug)]
pub(crate) struct Timed(());

impl Timed {
    /// Begins one, with all counts at zero. `None` in a process without the wrapper.
    pub(crate) fn begin() -> Option<Self> {
        if !INSTALLED.load(Relaxed) {
            return None;
        }
        for durations in [&ALLOCATIONS, &FREES, &TIMER] {
            durations.reset();
        }
        for _ in 0..TIMER_CALLS {
            TIMER.time(|| black_box(()));
        }
        ROLE.fetch_or(LATENCY, Relaxed);
        Some(Self(()))
    }

    /// Ends it. Nothing is timed from here on; [`read`](Stopped::read) allocates.
    pub(crate) fn end(self) -> Stopped {
        ROLE.fetch_and(!LATENCY, Relaxed);
        Stopped(())
    }
}

/// A stretch that has ended.
#[derive(Debug)]
pub(crate) struct Stopped(());

impl Stopped {
    /// What was counted.
    pub(crate) fn read(&self) -> Latencies {
        Latencies { allocations: ALLOCATIONS.read(), frees: FREES.read(), timer: TIMER.read() }
    }
}

#[cfg(test)]
mod tests {
    use hdrhistogram::Histogram;
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    fn histogram() -> Histogram<u64> {
        Histogram::new_with_bounds(1, LATENCY_MAX_NS, LATENCY_DIGITS).unwrap()
    }

    /// Durations of every magnitude, those at the edges of buckets among them.
    fn durations() -> Vec<u64> {
        let mut random = StdRng::seed_from_u64(1);
        let any = (0..200_000).map(|_| random.random::<u64>() >> random.random_range(28..64));
        let powers = (0..36).map(|power| 1_u64 << power);
        let edges = powers.flat_map(|power| [power - 1, power, power + 1]);
        let all = any.collect::<Vec<_>>().into_iter().chain(edges).chain(0..5_000);
        all.filter(|&ns| ns <= LATENCY_MAX_NS).chain([LATENCY_MAX_NS]).collect()
    }

    #[test]
    fn buckets_are_those_of_an_hdr_histogram() {
        let theirs = histogram();
        for ns in durations() {
            let bucket = bucket(ns);
            assert!(bucket < BUCKETS, "{ns}");
            assert_eq!(shortest(bucket), theirs.lowest_equivalent(ns), "{ns}");
            // The next one begins where theirs does.
            assert_eq!(shortest(bucket + 1), theirs.next_non_equivalent(ns), "{ns}");
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn what_is_read_is_the_same_histogram() {
        let (ours, mut theirs) = (Box::new(Durations::new()), histogram());
        for ns in durations() {
            ours.calls[bucket(ns)].fetch_add(1, Relaxed);
            theirs.record(ns).unwrap();
        }
        let mut again = histogram();
        for (ns, calls) in ours.read() {
            again.record_n(ns, calls).unwrap();
        }
        for quantile in [0.0, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0] {
            assert_eq!(again.value_at_quantile(quantile), theirs.value_at_quantile(quantile));
        }
        assert_eq!(again.len(), theirs.len());
    }

    #[test]
    fn a_pause_is_seen() {
        let durations = Box::new(Durations::new());
        durations.time(|| ());
        durations.time(|| std::thread::sleep(std::time::Duration::from_millis(5)));
        let read = durations.read();
        assert_eq!(read.iter().map(|(_, calls)| calls).sum::<u64>(), 2);
        assert!(read.last().unwrap().0 >= 4_990_000, "{read:?}");
    }
}
