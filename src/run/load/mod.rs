//! The load on a server scenario: clients that open connections, untracked and outside the subject.
//!
//! ```text
//! client       ours: raw sockets on tokio, every answer checked, latencies in a histogram
//! open         the same at a fixed rate, an open loop; `timer` waits for when a request is due
//! apache       ApacheBench, with the original's command, for comparison
//! descriptors  room for a thousand sockets
//! ```
//!
//! Whatever happens to the server, a load ends: it is bounded in requests and in time, and can be
//! cancelled.

mod apache;
mod client;
pub mod descriptors;
mod open;

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::plan::procedure::Arrivals;
use crate::plan::settings::Client;
use crate::record::LoadResult;
use protocol::STOP;
use protocol::workloads::{self, CONCURRENT, CONNECTIONS, Traffic, Workload};

/// A load to be made.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// By whom.
    pub client: Client,
    /// What is done, and expected.
    pub traffic: Traffic,
    /// Connections in all, each with one request.
    pub requests: u64,
    /// Connections at a time.
    pub concurrent: usize,
    /// After this time it is over, done or not.
    pub timeout: Duration,
    /// The rate at which requests come; without it, each follows the one before.
    pub arrivals: Option<Arrivals>,
}

/// Connections at a time that an open loop has at most. Further requests wait, and the wait counts: at 24,000 a
/// second, 1,200 are open if each takes 50 ms.
const OPEN_CONNECTIONS: usize = 2 * CONCURRENT;

impl Load {
    /// The load of a server scenario at a scale; `None` for other workloads.
    pub fn of(meta: &Workload, scale: f64, client: Client, timeout: Duration) -> Option<Self> {
        let requests = workloads::scaled(CONNECTIONS, scale);
        Some(Self {
            client,
            traffic: meta.traffic()?,
            requests: requests as u64,
            concurrent: CONCURRENT.min(requests),
            timeout,
            arrivals: None,
        })
    }

    /// The same at a fixed rate, if there is one.
    pub fn at_rate(self, arrivals: Option<Arrivals>) -> Self {
        let Some(rate) = arrivals else { return self };
        Self { requests: rate.requests(), concurrent: OPEN_CONNECTIONS, arrivals, ..self }
    }

    /// Makes the load on a thread of its own, and then has the server stop by way of its channel.
    pub(super) fn start(self, port: u16, channel: UnixStream) -> Running {
        let cancelled = Arc::new(AtomicBool::new(false));
        let flag = cancelled.clone();
        let thread = std::thread::spawn(move || {
            let loaded = match (self.client, self.arrivals) {
                (Client::Own, None) => client::run(&self, port, &flag),
                (_, Some(arrivals)) => open::run(&self, arrivals, port, &flag),
                (Client::Ab, None) => apache::run(&self, port, &flag),
            };
            // A server that is gone needs no order.
            let _ = (&channel).write_all(STOP);
            loaded
        });
        Running { thread: Some(thread), cancelled }
    }
}

/// A load in progress. It is over when this is dropped.
pub(super) struct Running {
    thread: Option<JoinHandle<Result<LoadResult, String>>>,
    cancelled: Arc<AtomicBool>,
}

impl Running {
    /// Ends the load, if it has not ended; what it did.
    pub(super) fn end(mut self) -> Result<LoadResult, String> {
        self.cancel().unwrap_or_else(|| Err("it was ended before".to_owned()))
    }

    fn cancel(&mut self) -> Option<Result<LoadResult, String>> {
        self.cancelled.store(true, Relaxed);
        let ended = self.thread.take()?.join();
        Some(ended.unwrap_or_else(|_| Err("the client panicked".to_owned())))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.cancel();
    }
}
