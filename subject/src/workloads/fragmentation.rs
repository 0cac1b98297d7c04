//! Phase 5: sizes from 10 bytes to 50,000 side by side, with holes torn between them.
//!
//! First, cycles that each push five chunks of random bytes, and now and then drop the 25 oldest. Then,
//! with what is left still alive, rounds of a small, a medium and a large variable. The counts are the
//! original's: 100 cycles and 200 rounds at scale 1.0; only these two are scaled.

use std::collections::HashMap;

use rand::RngExt;

use super::Setting;
use crate::probe::Probe;
use crate::{progress, track};

/// The phase's entry in the registry.
/// Runs the phase.
pub(super) fn run<P: Probe>(probe: &P, setting: &Setting) {
    progress!("  Testing memory fragmentation patterns...");
    let mut rng = setting.rng(0);
    let mut fragmented_data: Vec<Vec<u8>> = Vec::new();
    for cycle in 0..setting.scaled(100) {
        for size in [10, 100, 1_000, 10_000, 50_000] {
            let chunk = (0..size).map(|_| rng.random()).collect();
            fragmented_data.push(chunk);
        }
        if cycle.is_multiple_of(10) && fragmented_data.len() > 50 {
            fragmented_data.drain(..25);
        }
        probe.round();
        if (cycle + 1).is_multiple_of(25) {
            progress!("    Completed {} fragmentation cycles", cycle + 1);
        }
    }
    track!(probe, fragmented_data);

    for i in 0..setting.scaled(200) {
        // All three live until the round ends.
        let small_vec: Vec<u32> = (0..10).collect();
        track!(probe, small_vec);

        let medium_string = "x".repeat(500 + i % 1_000);
        track!(probe, medium_string);

        // Collected, so the map is made at its final size, unlike those filled by insertion.
        let large_map: HashMap<String, Vec<f64>> = (0..50)
            .map(|j| (format!("frag_{i}_{j}"), (0..100).map(|k| (i * j * k) as f64).collect()))
            .collect();
        let large_map = Box::new(large_map);
        track!(probe, large_map);
        probe.round();

        if (i + 1).is_multiple_of(50) {
            progress!("    Created {} interleaved structures", i + 1);
        }
    }
    progress!("  Memory fragmentation test completed");
}
