//! Phase 8: collections that grow large and are dropped, again and again. Nothing leaks.
//!
//! The name is the original's. Whatever a tracker reports as leaked here is a false alarm: every variable is
//! dropped at the end of its iteration. The counts are the original's: 100 iterations at scale 1.0; only
//! these are scaled.

use std::sync::Arc;

use rand::RngExt;

use super::Setting;
use crate::probe::Probe;
use crate::{progress, track};

/// The phase's entry in the registry.
/// Runs the phase.
pub(super) fn run<P: Probe>(probe: &P, setting: &Setting) {
    progress!("  Running memory leak detection test...");
    for iteration in 0..setting.scaled(100) {
        // Pushed one by one: it is to grow.
        let mut growing_collection = Vec::new();
        for i in 0..1_000 {
            let data: Vec<String> =
                (0..50).map(|j| format!("leak_test_{iteration}_{i}_data_{j}")).collect();
            growing_collection.push(data);
        }
        track!(probe, growing_collection);

        let nested_allocations: Vec<_> = (0..100).map(|i| nested(iteration, i)).collect();
        track!(probe, nested_allocations);

        if iteration.is_multiple_of(10) {
            let mut rng = setting.rng(iteration as u64);
            let temporary_data: Vec<Vec<u8>> =
                (0..50).map(|_| (0..10_000).map(|_| rng.random()).collect()).collect();
            track!(probe, temporary_data);
        }
        probe.round();
        if (iteration + 1).is_multiple_of(20) {
            progress!("    Completed {} leak detection iterations", iteration + 1);
        }
    }
    progress!("  Memory leak detection test completed");
}

#[expect(
    clippy::box_collection,
    reason = "the original boxes each vector: one more level is the point"
)]
fn nested(iteration: usize, i: usize) -> Box<Vec<Arc<String>>> {
    Box::new((0..50).map(|j| Arc::new(format!("nested_alloc_{iteration}_{i}_{j}"))).collect())
}
