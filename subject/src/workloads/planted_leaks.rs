//! Ours: leaks of known number and size amid ordinary churn, for grading leak reports.
//!
//! Every round plants, each under its label: four forgotten vectors, two leaked boxes, a cycle of two
//! reference-counted nodes with a string each, and three messages in a channel that nobody drains. Every
//! 25th round starts a thread that never ends and holds a buffer. Around each plant, two hundred vectors
//! and strings come and go. At scale 1.0 there are 100 rounds; only these are scaled.
//!
//! What the standard library allocates to make a channel or a thread leaks too, without a label.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use super::Setting;
use crate::ground_truth::{Plant, planting};
use crate::probe::Probe;
use crate::{progress, track};

/// A node that keeps another one alive.
#[expect(dead_code, reason = "held for what they allocate, never read")]
struct Node {
    text: String,
    other: RefCell<Option<Rc<Node>>>,
}

/// Runs the workload.
pub(super) fn run<P: Probe>(probe: &P, setting: &Setting) {
    progress!("  Planting leaks...");
    let (sender, receiver) = channel::<Box<[u8]>>();
    for round in 0..setting.scaled(100) {
        churn(probe, round);
        for size in [64, 256, 1_024, 4_096] {
            let forgotten = planting(Plant::Forgotten, || vec![round as u8; size]);
            track!(probe, forgotten);
            std::mem::forget(forgotten);
        }
        for _ in 0..2 {
            let leaked = planting(Plant::LeakedBox, || Box::new([round as u64; 32]));
            track!(probe, leaked);
            Box::leak(leaked);
        }
        let cycle = planting(Plant::Cycle, || cycle(round));
        track!(probe, cycle);
        drop(cycle);
        for size in [100, 200, 300] {
            let message = planting(Plant::UndrainedChannel, || vec![0; size].into_boxed_slice());
            // The receiver is there: it is forgotten below.
            let _ = sender.send(message);
        }
        probe.round();
        if round.is_multiple_of(25) {
            let buffer = planting(Plant::DetachedThread, || vec![1_u8; 10_000]);
            track!(probe, buffer);
            thread::spawn(move || hold(&buffer));
        }
    }
    std::mem::forget((sender, receiver));
    progress!("  Leaks planted");
}

/// Two nodes that hold each other: two blocks, and one for each text.
fn cycle(round: usize) -> Rc<Node> {
    let node = |name: &str| {
        // As long as it will be from the start, so that its size is known.
        let mut text = String::with_capacity(40);
        text.extend([name, " of round "]);
        text += if round.is_multiple_of(2) { "even" } else { "odd" };
        Rc::new(Node { text, other: RefCell::new(None) })
    };
    let (first, second) = (node("first"), node("second"));
    *first.other.borrow_mut() = Some(second.clone());
    *second.other.borrow_mut() = Some(first.clone());
    first
}

/// Holds on to a buffer until the process ends.
fn hold(buffer: &[u8]) {
    loop {
        std::hint::black_box(buffer);
        thread::sleep(Duration::from_secs(3600));
    }
}

/// What ordinary programs do.
fn churn<P: Probe>(probe: &P, round: usize) {
    for i in 0..100 {
        let numbers: Vec<usize> = (0..20 + i % 50).collect();
        track!(probe, numbers);
        let text = format!("round {round}, string {i}");
        track!(probe, text);
    }
}
