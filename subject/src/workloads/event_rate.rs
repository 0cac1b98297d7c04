//! Ours: the same work, amid which more or less often something is allocated and freed: what does a tracker cost by how
//! often a program allocates?
//!
//! At scale 1.0 there are a million allocations of 64 bytes; only their number is scaled. The work between them is shorter
//! where there are more, so that all of it together stays the same.

use std::hint::black_box;

use super::Setting;
use crate::probe::Probe;
use crate::{progress, track};

/// Allocations of a batch, of which there are a thousand at scale 1.0.
const BATCH: usize = 1_000;
/// Steps of work in all, of two nanoseconds or so each.
const WORK: usize = 100_000_000;

/// Runs the workload.
pub(super) fn run<P: Probe>(probe: &P, setting: &Setting) {
    progress!("  Working, and allocating now and then...");
    let batches = setting.scaled(1_000);
    let steps = WORK / (batches * BATCH);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..batches {
        for _ in 0..BATCH {
            let block: Vec<u8> = Vec::with_capacity(64);
            state = work(state, steps);
            drop(black_box(block));
        }
        let mark: Vec<u8> = Vec::with_capacity(16);
        track!(probe, mark);
        probe.round();
    }
    black_box(state);
    progress!("  Done");
}

/// Xorshift, whose every step waits for the one before.
fn work(mut state: u64, steps: usize) -> u64 {
    for _ in 0..steps {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    state
}
