//! Phase 3: many tasks that allocate at once and share one locked map.
//!
//! The map keeps what the tasks insert and grows under the lock; all else is short-lived and local to
//! its task. The counts are the original's: 100 tasks at scale 1.0; only these are scaled. What the tasks
//! allocate does not depend on their order (the map's growth follows from how many entries it has), but
//! tokio allocates too: a block per task, and now and then more as its threads go about their queues.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use rand::RngExt;
use rand::rngs::StdRng;

use super::{Setting, pause};
use crate::probe::Probe;
use crate::protocol::Pacing;
use crate::{progress, track};

/// The phase's entry in the registry.
type Shared = Arc<RwLock<HashMap<String, Vec<u8>>>>;

/// Runs the phase.
pub(super) fn run<P: Probe>(probe: &P, setting: &Setting) {
    progress!("  Running concurrent memory operations...");
    setting.runtime().block_on(async {
        let shared_data: Shared = Arc::default();
        track!(probe, shared_data);

        let mut handles = Vec::new();
        for t in 0..setting.scaled(100) {
            let (probe, shared) = (probe.clone(), Arc::clone(&shared_data));
            let rng = setting.rng(t as u64);
            handles.push(tokio::spawn(task(probe, shared, rng, setting.pacing(), t)));
        }
        for (done, handle) in (1_usize..).zip(handles) {
            handle.await.expect("tasks neither panic nor are they cancelled");
            if done.is_multiple_of(20) {
                progress!("    Completed {done} concurrent tasks");
            }
        }
    });
    progress!("  Concurrent memory operations test completed");
}

async fn task<P: Probe>(probe: P, shared: Shared, mut rng: StdRng, pacing: Pacing, t: usize) {
    for i in 0..50 {
        let key = format!("task_{t}_{i}");
        let data: Vec<u8> = (0..1_000).map(|_| rng.random()).collect();
        {
            let mut map = shared.write().expect("no task panics while it holds the lock");
            // The clones are the original's: the task keeps its own key and data until the round ends.
            map.insert(key.clone(), data.clone());
        }

        let local_data: Vec<Vec<String>> = (0..20)
            .map(|j| (0..30).map(|k| format!("concurrent_{t}_{i}_{j}_{k}")).collect())
            .collect();
        track!(&probe, local_data);
        probe.round();

        // All three of the task's own variables outlive the pause, so tasks overlap in memory.
        pause(pacing, 1).await;
    }
}
