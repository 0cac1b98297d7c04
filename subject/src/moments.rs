//! What a tracker says is alive while a workload runs, at some moments of it, beside what is.
//!
//! Only in audit passes. A moment is taken by whichever thread ends the round that it falls on. Nothing of
//! it is on the heap of the program.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::ground_truth::{self, in_tracker};
use crate::protocol::{Live, Moment};

/// How many moments there are: they part the rounds into equal stretches.
const MOMENTS: usize = 5;

/// What the tracker says is alive.
type Reader = fn() -> Live;

static READER: OnceLock<Reader> = OnceLock::new();
/// Whether there is a moment still to come: all that most rounds look at.
static AHEAD: AtomicBool = AtomicBool::new(false);
static ROUND: AtomicU64 = AtomicU64::new(0);
static ROUNDS: AtomicU64 = AtomicU64::new(0);
static TAKEN: Mutex<[Moment; MOMENTS]> = Mutex::new([Moment::NONE; MOMENTS]);

/// From here on, moments are taken over so many rounds.
pub(crate) fn begin(rounds: u64, reader: Reader) {
    // One reader a process: a subject has one tracker.
    let _ = READER.set(reader);
    ROUND.store(0, Relaxed);
    ROUNDS.store(rounds, Relaxed);
    AHEAD.store(true, Relaxed);
}

/// A round of the workload is done.
pub(crate) fn round() {
    if !AHEAD.load(Relaxed) {
        return;
    }
    let (round, rounds) = (ROUND.fetch_add(1, Relaxed) + 1, ROUNDS.load(Relaxed));
    // In a small workload, several moments may fall on one round: the first of them is taken.
    if let Some(index) = (0..MOMENTS).find(|&index| falls_on(index, rounds) == round)
        && let Some(read) = READER.get()
    {
        let before = program();
        let reported = in_tracker(read);
        let own = ground_truth::counted().map_or(Live::NONE, |counted| live(&counted.own));
        let moment = Moment { round, rounds, before, after: program(), own, reported };
        taken()[index] = moment;
    }
}

/// The round on which a moment falls.
fn falls_on(index: usize, rounds: u64) -> u64 {
    (rounds * (index as u64 + 1)).div_ceil(MOMENTS as u64 + 1)
}

/// The moments taken, in their order. Ends the taking.
pub(crate) fn end() -> Vec<Moment> {
    AHEAD.store(false, Relaxed);
    taken().iter().copied().filter(|moment| moment.rounds > 0).collect()
}

fn taken() -> MutexGuard<'static, [Moment; MOMENTS]> {
    // A moment is stored whole or not at all.
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn program() -> Live {
    ground_truth::counted().map_or(Live::NONE, |counted| live(&counted.program))
}

fn live(heap: &protocol::Heap) -> Live {
    Live { allocations: Some(heap.live_allocations), bytes: Some(heap.live_bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_part_the_rounds_into_equal_stretches() {
        let rounds = |rounds| [0, 1, 2, 3, 4].map(|index| falls_on(index, rounds));
        assert_eq!(rounds(600), [100, 200, 300, 400, 500]);
        assert_eq!(rounds(10), [2, 4, 5, 7, 9]);
        assert_eq!(rounds(1), [1, 1, 1, 1, 1]);
    }
}
