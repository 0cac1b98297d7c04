//! Ours: blocks that are reallocated, to find out how a tracker counts that, and what it costs where a tracker's
//! allocator has no reallocation of its own and copies.
//!
//! In each round a small vector grows three times and shrinks once, a large one grows once (the system moves its pages,
//! and copies nothing), and one is allocated as zeros. At scale 1.0 there are 20,000 rounds; only these are scaled.

use super::Setting;
use crate::probe::Probe;
use crate::{progress, track};

/// Runs the workload.
pub(super) fn run<P: Probe>(probe: &P, setting: &Setting) {
    progress!("  Reallocating...");
    for _ in 0..setting.scaled(20_000) {
        let mut small: Vec<u8> = Vec::with_capacity(64);
        for capacity in [128, 256, 512] {
            small.reserve_exact(capacity);
        }
        small.push(1);
        small.shrink_to(100);
        track!(probe, small);
        let mut large: Vec<u8> = Vec::with_capacity(200_000);
        large.reserve_exact(400_000);
        track!(probe, large);
        let zeros = vec![0_u8; 4_096];
        track!(probe, zeros);
        probe.round();
    }
    progress!("  Reallocations completed");
}
