//! Scenario 11: a server whose clients meet broken pipes.
//!
//! It accepts connections and drops them, without reading or writing: what the client sends is answered
//! with a reset. The load comes from outside, from an untracked client: 100,000 connections at scale
//! 1.0, 1,000 at a time. Then it is told to stop.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::Setting;
use crate::probe::Probe;
use crate::progress;

/// The scenario's entry in the registry.
/// Runs the scenario. What became of it is in the setting.
pub(super) fn run<P: Probe>(probe: &P, setting: &Setting) {
    progress!("  Dropping connections...");
    let server = setting.server();
    setting.runtime().block_on(server.accept(|stream| {
        probe.round();
        drop(stream);
    }));
    progress!("  Dropped {} connections", Arc::as_ref(server).connections.load(Relaxed));
}
