//! Phase 1: many plain containers, one after the other, each dropped before the next.
//!
//! Three parts: vectors of numbers, batches of strings, and boxed maps of maps of vectors of strings.
//! The first asks for few large blocks, the last for very many small ones. The counts are the original's:
//! 1,000 vectors, 50 batches and 100 maps at scale 1.0; only these three are scaled.

use std::collections::HashMap;

use super::Setting;
use crate::probe::Probe;
use crate::{progress, track};

/// The phase's entry in the registry.
/// Runs the phase.
pub(super) fn run<P: Probe>(probe: &P, setting: &Setting) {
    progress!("  Creating massive basic data structures...");
    for i in 0..setting.scaled(1_000) as u64 {
        let vec_data: Vec<u64> = (0..100 + i % 1_000).map(|x| x * i).collect();
        track!(probe, vec_data);
        probe.round();
        if (i + 1).is_multiple_of(100) {
            progress!("    Created {} vectors", i + 1);
        }
    }

    let batches = setting.scaled(50);
    for batch in 0..batches {
        let strings: Vec<String> = (0..200)
            .map(|i| format!("Batch {batch} - String {i} - {}", "x".repeat(50 + i % 100)))
            .collect();
        track!(probe, strings);
        probe.round();
    }
    progress!("    Created {batches} string batches");

    for i in 0..setting.scaled(100) {
        let nested_map = Box::new(nested_map(i));
        track!(probe, nested_map);
        probe.round();
        if (i + 1).is_multiple_of(50) {
            progress!("    Created {} nested maps", i + 1);
        }
    }
    progress!("  Basic data structure stress test completed");
}

/// Both levels are filled by insertion and grow as they go; only the vectors know their size.
fn nested_map(i: usize) -> HashMap<String, HashMap<u32, Vec<String>>> {
    let mut outer = HashMap::new();
    for j in 0..50 {
        let mut inner = HashMap::new();
        for k in 0..20 {
            let strings = (0..10).map(|l| format!("nested_{i}_{j}_{k}_{l}")).collect();
            inner.insert(k, strings);
        }
        outer.insert(format!("key_{i}_{j}"), inner);
    }
    outer
}
