//! Phase 2: containers inside containers, and trees that own their children.
//!
//! A single variable that is tracked here stands for thousands of blocks, at up to eight levels of
//! indirection. The counts are the original's: 50 structures and 20 trees at scale 1.0; only these two are
//! scaled. A tree has 1 + 5 + 25 + 125 + 625 = 781 nodes.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use super::Setting;
use crate::probe::Probe;
use crate::{progress, track};

/// The phase's entry in the registry.
type Entries = HashMap<u64, Vec<String>>;
type Queue = VecDeque<Box<Entries>>;
type Structure = BTreeMap<String, Arc<Mutex<Queue>>>;

#[expect(dead_code, reason = "held for what they allocate, never read")]
struct Node {
    id: u64,
    data: Vec<String>,
    #[expect(
        clippy::vec_box,
        reason = "the original boxes each child: a block of its own is the point"
    )]
    children: Vec<Box<Node>>,
}

/// Runs the phase.
pub(super) fn run<P: Probe>(probe: &P, setting: &Setting) {
    progress!("  Creating deeply nested complex structures...");
    for i in 0..setting.scaled(50) {
        let complex_structure = Box::new(structure(i));
        track!(probe, complex_structure);
        probe.round();
        if (i + 1).is_multiple_of(10) {
            progress!("    Created {} nested structures", i + 1);
        }
    }
    for i in 0..setting.scaled(20) {
        let tree = tree(4, i as u64);
        track!(probe, tree);
        probe.round();
        if (i + 1).is_multiple_of(5) {
            progress!("    Created {} recursive trees", i + 1);
        }
    }
    progress!("  Complex nested structure test completed");
}

/// The B-tree and the queues are collected, hence built in one go; the maps grow by insertion.
fn structure(i: usize) -> Structure {
    (0..20)
        .map(|j| {
            let queue: Queue = (0..10).map(|k| Box::new(entries(i, j, k))).collect();
            (format!("complex_key_{i}_{j}"), Arc::new(Mutex::new(queue)))
        })
        .collect()
}

fn entries(i: usize, j: usize, k: usize) -> Entries {
    let mut map = HashMap::new();
    for l in 0..15 {
        let strings = (0..8).map(|m| format!("deep_nested_{i}_{j}_{k}_{l}_{m}")).collect();
        map.insert(l, strings);
    }
    map
}

fn tree(depth: u32, id: u64) -> Box<Node> {
    let data = (0..20).map(|i| format!("recursive_data_{id}_{i}")).collect();
    let children =
        if depth > 0 { (0..5).map(|i| tree(depth - 1, id * 10 + i)).collect() } else { Vec::new() };
    Box::new(Node { id, data, children })
}
