//! Scenario 12: messages handed from one thread to two others, which take and drop them.
//!
//! Every block is allocated by one thread and freed by another, which is the case that allocators and
//! trackers with state per thread find hardest. The count is the original's: 100,000 messages at scale 1.0,
//! and 2 workers whatever the number of cores.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::Setting;
use crate::probe::Probe;
use crate::{progress, track};

/// The scenario's entry in the registry.
const WORKERS: usize = 2;

/// Messages that wait at most. Bounded, so that the peak of the heap does not hang on which thread the
/// scheduler favours.
const CAPACITY: usize = 1_024;

/// What has arrived: how many messages, and the sum of their hashes. A message that is lost, altered or
/// taken twice changes one of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Received {
    messages: u64,
    checksum: u64,
}

impl Received {
    fn add(&mut self, message: &str) {
        self.messages += 1;
        self.checksum = self.checksum.wrapping_add(protocol::fnv1a(message.as_bytes()));
    }
}

/// Runs the scenario.
///
/// # Panics
///
/// If not every message arrived exactly once.
pub(super) fn run<P: Probe>(probe: &P, setting: &Setting) {
    progress!("  Sending messages to {WORKERS} workers...");
    let messages = setting.scaled(100_000);
    let (sender, receiver) = sync_channel(CAPACITY);
    let receiver = Arc::new(Mutex::new(receiver));
    let workers = [(); WORKERS].map(|()| {
        let (probe, receiver) = (probe.clone(), receiver.clone());
        thread::spawn(move || work(&probe, &receiver))
    });
    // With the last handle goes the channel: if workers die, sending fails instead of waiting for ever.
    drop(receiver);
    // A thread of its own as well. The main thread would get a handle to itself by waiting for room in
    // the channel, and the standard library never frees that one.
    let sent = thread::spawn(move || send(messages, &sender)).join();
    let sent = sent.expect("workers take messages until there are no more");
    let mut received = Received::default();
    for worker in workers {
        let own = worker.join().expect("a worker does not panic");
        received.messages += own.messages;
        received.checksum = received.checksum.wrapping_add(own.checksum);
    }
    assert_eq!(received, sent, "every message arrives exactly once");
    progress!("  Worker and channel integrity completed");
}

/// The orchestrator's life: sends every message. With it ends the only sender, and so the channel.
fn send(messages: usize, sender: &SyncSender<String>) -> Received {
    let mut sent = Received::default();
    for n in 0..messages {
        let message = format!("Task_Data_Payload_Stress {n}");
        sent.add(&message);
        sender.send(message).expect("workers take messages until there are no more");
        if (n + 1).is_multiple_of(25_000) {
            progress!("    Sent {} messages", n + 1);
        }
    }
    sent
}

/// A worker's life: takes messages until the channel is closed and empty.
fn work<P: Probe>(probe: &P, receiver: &Mutex<Receiver<String>>) -> Received {
    let mut received = Received::default();
    loop {
        // The lock is held for taking alone, not while the message is read and dropped.
        let taken = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(message) = taken else { return received };
        track!(probe, message);
        probe.round();
        received.add(&message);
    }
}
