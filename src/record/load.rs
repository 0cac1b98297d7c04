//! What the load on a server did.

use std::collections::BTreeMap;

use protocol::Served;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::OpenLoop;
use crate::plan::settings::Client;

/// What a load did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoadResult {
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
    /// From before the connection to after the answer; in an open loop, from when a request was due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
    /// What a load at a fixed rate adds; absent of a closed loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<Box<OpenLoop>>,
}

/// Quantiles of the latency, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

impl LoadResult {
    /// Requests a second.
    pub fn throughput(&self) -> Option<f64> {
        (self.wall_ns > 0).then(|| self.good as f64 / (self.wall_ns as f64 / 1e9))
    }

    /// What is wrong with it, if anything: requests that were not answered as they should be, or a server
    /// that counted others.
    pub fn problem(&self, served: Option<&Served>) -> Option<String> {
        if self.open.is_some() {
            // That a rate is too high for a server is a result. What it answered, it must have counted.
            let counted = served.map(|served| served.connections).filter(|&n| n < self.good);
            let words = |n| format!("{} requests went well, the server counted {n}", self.good);
            return counted.map(words);
        }
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
        let expected = self.requests..=self.requests.saturating_add(more);
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
        let good = LoadResult { requests: 10, good: 10, ..LoadResult::default() };
        let served = Served { connections: 10, requests: 10, broken: 0 };
        assert_eq!(good.problem(Some(&served)), None);
        let twice = Served { requests: 11, ..served };
        assert!(good.problem(Some(&twice)).unwrap().contains("counted 11"));
        let unseen = Served { connections: 9, ..served };
        assert!(good.problem(Some(&unseen)).unwrap().contains("counted 9"));
        let errors = BTreeMap::from([("reset".to_owned(), 1)]);
        let bad = LoadResult { good: 9, errors, ..good };
        assert!(bad.problem(Some(&served)).unwrap().contains("9 of 10 requests"));
    }
}
