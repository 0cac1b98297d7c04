//! Phase 6: reference-counted nodes that keep each other alive. This phase leaks, on purpose.
//!
//! Every node holds strong links to up to three random nodes of its tree. When the tree's vector is
//! dropped, the nodes on a cycle, and all that hangs from them, are never freed: the ground truth of
//! what a leak report should find. Nodes that no cycle leads to are dropped; yet the block of one that a
//! leaked child still links back to weakly stays allocated, an empty shell. The counts are the original's:
//! 50 trees at scale 1.0, of 20 nodes; only the trees are scaled.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use rand::RngExt;
use rand::rngs::StdRng;

use super::Setting;
use crate::probe::Probe;
use crate::{progress, track};

/// The phase's entry in the registry.
const NODES: usize = 20;

#[expect(dead_code, reason = "held for what they allocate, never read")]
struct Node {
    id: usize,
    data: Vec<String>,
    parent: RefCell<Weak<Node>>,
    children: RefCell<Vec<Rc<Node>>>,
}

/// Runs the phase.
pub(super) fn run<P: Probe>(probe: &P, setting: &Setting) {
    progress!("  Creating circular reference patterns...");
    for tree in 0..setting.scaled(50) {
        let nodes = linked(tree, &mut setting.rng(tree as u64));
        track!(probe, nodes);
        probe.round();
        if (tree + 1).is_multiple_of(10) {
            progress!("    Created {} reference trees", tree + 1);
        }
    }
    progress!("  Circular reference stress test completed");
}

/// One tree, with its links made.
fn linked(tree: usize, rng: &mut StdRng) -> Vec<Rc<Node>> {
    let mut nodes = Vec::new();
    for i in 0..NODES {
        let data = (0..50).map(|j| format!("circular_data_{tree}_{i}_{j}")).collect();
        nodes.push(Rc::new(Node {
            id: tree * 100 + i,
            data,
            parent: RefCell::default(),
            children: RefCell::default(),
        }));
    }
    for (i, node) in nodes.iter().enumerate() {
        // The same child may be drawn twice; then it is linked twice.
        let drawn = (0..3).map(|_| rng.random_range(0..NODES));
        let children: Vec<usize> = drawn.filter(|&child| child != i).collect();
        for child in children {
            node.children.borrow_mut().push(Rc::clone(&nodes[child]));
            *nodes[child].parent.borrow_mut() = Rc::downgrade(node);
        }
    }
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Params;

    /// The nodes that the links of `nodes` lead to from `start`, in one step or more.
    fn reach(nodes: &[Rc<Node>], start: usize) -> [bool; NODES] {
        let (mut reached, mut ahead) = ([false; NODES], vec![start]);
        while let Some(at) = ahead.pop() {
            for child in nodes[at].children.borrow().iter() {
                let child = child.id % 100;
                if !std::mem::replace(&mut reached[child], true) {
                    ahead.push(child);
                }
            }
        }
        reached
    }

    #[test]
    fn what_leaks_is_the_cycles_and_what_hangs_from_them() {
        let workload = super::super::find("reference-cycles").expect("it is in the registry");
        let setting = Setting::new(workload, Params { seed: 42, ..Params::default() }).expect("needs no threads");
        let (mut leaked, mut freed) = (0, 0);
        for tree in 0..50 {
            let nodes = linked(tree, &mut setting.rng(tree as u64));
            let reached: Vec<_> = (0..NODES).map(|i| reach(&nodes, i)).collect();
            let expected: Vec<bool> =
                (0..NODES).map(|i| (0..NODES).any(|j| reached[j][j] && reached[j][i])).collect();
            let weak: Vec<_> = nodes.iter().map(Rc::downgrade).collect();
            drop(nodes);
            let alive: Vec<bool> = weak.iter().map(|node| node.strong_count() > 0).collect();
            assert_eq!(alive, expected, "tree {tree}");
            leaked += alive.iter().filter(|&&alive| alive).count();
            freed += alive.iter().filter(|&&alive| !alive).count();
        }
        assert_eq!(leaked + freed, 1_000);
        // Nobody draws a given node with a probability of (19/20)^57, 5.4 %: about 54 nodes, and a
        // few more that only such nodes link to.
        assert!((25..150).contains(&freed), "{freed} nodes freed");
    }
}
