//! The load on a server scenario: clients that open connections, untracked and outside the subject.
//!
//! ```text
//! client       ours: raw sockets on tokio, every answer checked, latencies in a histogram
//! apache       ApacheBench, with the seed's command, for comparison
//! descriptors  room for a thousand sockets
//! ```
//!
//! Whatever happens to the server, a load ends: it is bounded in requests and in time, and can be
//! cancelled.

mod apache;
mod client;
pub mod descriptors;

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use subject::protocol::{STOP, Served};
use subject::workloads::{self, CONCURRENT, CONNECTIONS, Meta, Traffic};

/// Who makes the load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Client {
    /// The client of this program
    #[default]
    Own,
    /// ApacheBench, by the seed's command
    Ab,
}

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
}

impl Load {
    /// The load of a server scenario at a scale; `None` for other workloads.
    pub fn of(meta: &Meta, scale: f64, client: Client, timeout: Duration) -> Option<Self> {
        let requests = workloads::scaled(CONNECTIONS, scale);
        Some(Self {
            client,
            traffic: meta.traffic()?,
            requests: requests as u64,
            concurrent: CONCURRENT.min(requests),
            timeout,
        })
    }

    /// Makes the load on a thread of its own, and then has the server stop by way of its channel.
    pub(super) fn start(self, port: u16, channel: UnixStream) -> Running {
        let cancelled = Arc::new(AtomicBool::new(false));
        let flag = cancelled.clone();
        let thread = std::thread::spawn(move || {
            let loaded = match self.client {
                Client::Own => client::run(&self, port, &flag),
                Client::Ab => apache::run(&self, port, &flag),
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
    thread: Option<JoinHandle<Result<Loaded, String>>>,
    cancelled: Arc<AtomicBool>,
}

impl Running {
    /// Ends the load, if it has not ended; what it did.
    pub(super) fn end(mut self) -> Result<Loaded, String> {
        self.cancel().unwrap_or_else(|| Err("it was ended before".to_owned()))
    }

    fn cancel(&mut self) -> Option<Result<Loaded, String>> {
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

/// What a load did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Loaded {
    /// Who made it.
    pub client: Client,
    /// Requests to be made.
    pub requests: u64,
    /// Connections at a time.
    pub concurrent: usize,
    /// Requests that met what is expected: the page, whole; or, of a server that drops connections, a
    /// close, a reset or a broken pipe.
    pub good: u64,
    /// What the others met, by kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub errors: BTreeMap<String, u64>,
    /// What connections met at a server that drops them, by kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub interruptions: BTreeMap<String, u64>,
    /// From the first connection to the last answer, in nanoseconds.
    pub wall_ns: u64,
    /// CPU time of the client, in nanoseconds, where it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_cpu_ns: Option<u64>,
    /// From before the connection to after the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
}

/// Quantiles of the latency, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Latency {
    pub p50_ns: u64,
    pub p90_ns: u64,
    pub p99_ns: u64,
    /// Absent where the client does not tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p999_ns: Option<u64>,
    pub max_ns: u64,
}

impl Loaded {
    /// Requests a second.
    pub fn throughput(&self) -> Option<f64> {
        (self.wall_ns > 0).then(|| self.good as f64 / (self.wall_ns as f64 / 1e9))
    }

    /// What is wrong with it, if anything: requests that were not answered as they should be, or a server
    /// that counted others.
    pub fn problem(&self, served: Option<&Served>) -> Option<String> {
        if self.good != self.requests || !self.errors.is_empty() {
            let kinds: Vec<String> =
                self.errors.iter().map(|(kind, count)| format!("{count} × {kind}")).collect();
            let kinds =
                if kinds.is_empty() { "the rest was not made".into() } else { kinds.join(", ") };
            return Some(format!(
                "{} of {} requests went as they should; {kinds}",
                self.good, self.requests
            ));
        }
        let served = served?;
        // ApacheBench opens some connections more than it counts.
        let more = if self.client == Client::Ab { self.concurrent as u64 } else { 0 };
        let expected = self.requests..=self.requests + more;
        if !expected.contains(&served.connections) {
            let counted = served.connections;
            return Some(format!(
                "{} connections were made, the server counted {counted}",
                self.requests
            ));
        }
        if self.interruptions.is_empty() && !expected.contains(&served.requests) {
            let counted = served.requests;
            return Some(format!(
                "{} requests were made, the server counted {counted}",
                self.requests
            ));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_is_held_to_both_counts() {
        let good = Loaded { requests: 10, good: 10, ..Loaded::default() };
        let served = Served { connections: 10, requests: 10, broken: 0 };
        assert_eq!(good.problem(Some(&served)), None);
        let twice = Served { requests: 11, ..served };
        assert!(good.problem(Some(&twice)).unwrap().contains("counted 11"));
        let unseen = Served { connections: 9, ..served };
        assert!(good.problem(Some(&unseen)).unwrap().contains("counted 9"));
        let errors = BTreeMap::from([("reset".to_owned(), 1)]);
        let bad = Loaded { good: 9, errors, ..good };
        assert!(bad.problem(Some(&served)).unwrap().contains("9 of 10 requests"));
    }
}
