//! Scenario 10: a million short lives. A shared integer and an event emitter are made, a listener that
//! holds the integer is attached, and both are dropped.
//!
//! Nothing is alive for longer than a cycle, so a tracker sees as many frees as allocations at every
//! moment, and has nothing to gain from batching. The count is the original's: 1,000,000 cycles at scale 1.0.

use std::cell::Cell;
use std::hint::black_box;
use std::rc::Rc;

use super::Setting;
use crate::probe::Probe;
use crate::{progress, track};

/// The scenario's entry in the registry.
/// An event that listeners can be attached to.
#[derive(Default)]
struct Emitter {
    listeners: Vec<Box<dyn Fn()>>,
}

impl Emitter {
    fn on(&mut self, listener: impl Fn() + 'static) {
        self.listeners.push(Box::new(listener));
    }
}

/// Runs the scenario.
pub(super) fn run<P: Probe>(probe: &P, setting: &Setting) {
    progress!("  Making and dropping objects...");
    for cycle in 0..setting.scaled(1_000_000) {
        let integer = Rc::new(Cell::new(cycle));
        track!(probe, integer);
        let mut emitter = Emitter::default();
        let held = integer.clone();
        emitter.on(move || held.set(held.get() + 1));
        assert_eq!(Rc::strong_count(black_box(&integer)), 2, "the listener holds the integer");
        black_box(&emitter);
        probe.round();
        drop(emitter);
        assert_eq!(Rc::strong_count(&integer), 1, "with the emitter goes what its listener held");
        if (cycle + 1).is_multiple_of(250_000) {
            progress!("    Processed {} cycles", cycle + 1);
        }
    }
    progress!("  Rapid lifecycle completed");
}
