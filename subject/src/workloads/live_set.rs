//! Ours: a set of live allocations that are replaced, one after the other: what does a tracker cost by how many are alive?
//!
//! At scale 1.0 a million are alive, of 16 to 128 bytes; only their number is scaled. Then, whatever the scale, a million
//! are replaced, in random order, and all are freed.

use rand::RngExt;

use super::Setting;
use crate::probe::Probe;
use crate::{progress, track};

/// Allocations of a batch, of which there are a thousand at scale 1.0.
const BATCH: usize = 1_000;
/// How often one is replaced.
const REPLACED: usize = 1_000_000;

/// Runs the workload.
pub(super) fn run<P: Probe>(probe: &P, setting: &Setting) {
    progress!("  Filling a set of allocations...");
    let batches = setting.scaled(1_000);
    let mut set: Vec<Vec<u8>> = Vec::with_capacity(batches * BATCH);
    for _ in 0..batches {
        for _ in 0..BATCH {
            set.push(block(set.len()));
        }
        let mark: Vec<u8> = Vec::with_capacity(16);
        track!(probe, mark);
        probe.round();
    }
    progress!("  Replacing them...");
    let mut rng = setting.rng(0);
    for number in 0..REPLACED {
        let place = rng.random_range(0..set.len());
        set[place] = block(number);
    }
    progress!("  Replaced");
}

fn block(number: usize) -> Vec<u8> {
    Vec::with_capacity(16 * (1 + number % 8))
}
