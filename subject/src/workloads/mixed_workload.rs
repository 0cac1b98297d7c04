//! Phase 7: a database, a cache and a message queue at once, as an application might have them.
//!
//! Three tasks of quite different habits: bursts of small allocations freed together, a map whose entries
//! come and go, and batches handed on from one container to another. The counts are the original's: 100
//! rounds, 200 entries and 50 batches at scale 1.0; only these three are scaled. The tasks share nothing,
//! so what they allocate does not depend on their order; tokio adds a few blocks of its own.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::BuildHasherDefault;
use std::sync::{Arc, Mutex};

use rand::RngExt;
use rand::rngs::StdRng;

use super::{Setting, pause};
use crate::probe::Probe;
use crate::protocol::Pacing;
use crate::{progress, track};

/// The phase's entry in the registry.
/// Which entries a cache evicts, and whether a removal leaves a tombstone that makes the map grow
/// sooner, follow from the hashes; with the randomly keyed hasher of the standard library, counts would
/// differ from run to run. This is the same hasher with fixed keys.
type FixedHasher = BuildHasherDefault<DefaultHasher>;

/// Runs the phase.
pub(super) fn run<P: Probe>(probe: &P, setting: &Setting) {
    progress!("  Running mixed workload simulation...");
    let pacing = setting.pacing();
    let rounds = setting.scaled(100);
    let entries = setting.scaled(200);
    let batches = setting.scaled(50);
    let rng = setting.rng(0);
    setting.runtime().block_on(async {
        let handles = [
            tokio::spawn(database(probe.clone(), pacing, rounds)),
            tokio::spawn(cache(probe.clone(), pacing, entries, rng)),
            tokio::spawn(queue(probe.clone(), pacing, batches)),
        ];
        for handle in handles {
            handle.await.expect("tasks neither panic nor are they cancelled");
        }
    });
    progress!("  Mixed workload simulation completed");
}

async fn database<P: Probe>(probe: P, pacing: Pacing, rounds: usize) {
    for round in 0..rounds {
        let mut records: BTreeMap<u64, HashMap<String, String>> = BTreeMap::new();
        for id in 0..500 {
            let mut record = HashMap::new();
            record.insert("id".to_string(), id.to_string());
            record.insert("name".to_string(), format!("Record_{id}"));
            record.insert("data".to_string(), "x".repeat(100 + id % 200));
            record.insert("timestamp".to_string(), format!("{}", round * 1_000 + id));
            records.insert(id as u64, record);
        }
        let database_records = Box::new(records);
        track!(&probe, database_records);
        probe.round();
        if (round + 1).is_multiple_of(25) {
            progress!("    Database: completed {} rounds", round + 1);
        }
        pause(pacing, 10).await;
    }
}

async fn cache<P: Probe>(probe: P, pacing: Pacing, entries: usize, mut rng: StdRng) {
    let cache: Arc<Mutex<HashMap<String, Vec<u8>, FixedHasher>>> = Arc::default();
    for i in 0..entries {
        let key = format!("cache_key_{i}");
        let value = (0..2_000).map(|_| rng.random()).collect();
        {
            let mut cache = cache.lock().expect("nobody panics while holding the lock");
            cache.insert(key, value);
            if cache.len() > 100 {
                let evicted: Vec<String> = cache.keys().take(20).cloned().collect();
                for key in evicted {
                    cache.remove(&key);
                }
            }
        }
        probe.round();
        if (i + 1).is_multiple_of(100) {
            progress!("    Cache: stored {} entries", i + 1);
        }
        pause(pacing, 5).await;
    }
    track!(&probe, cache);
}

async fn queue<P: Probe>(probe: P, pacing: Pacing, batches: usize) {
    for batch in 0..batches {
        let messages: VecDeque<_> = (0..100).map(|i| message(batch, i)).collect();
        // Takes over the queue's buffer, allocating nothing.
        let message_queue = Vec::from(messages);
        track!(&probe, message_queue);
        probe.round();
        if (batch + 1).is_multiple_of(25) {
            progress!("    Message queue: delivered {} batches", batch + 1);
        }
        pause(pacing, 20).await;
    }
}

fn message(batch: usize, i: usize) -> HashMap<String, Vec<String>> {
    let mut message = HashMap::new();
    message.insert("id".to_string(), vec![format!("msg_{batch}_{i}")]);
    let payload = (0..20).map(|j| format!("data_{i}_{j}")).collect();
    message.insert("payload".to_string(), payload);
    let metadata = vec!["urgent".to_string(), "processed".to_string()];
    message.insert("metadata".to_string(), metadata);
    message
}
