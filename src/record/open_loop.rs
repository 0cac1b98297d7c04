//! What a load at a fixed rate says besides what every load says: an open loop.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Latency, LoadResult};

/// A rate is held if 99 of 100 requests are answered within this time of when they were due, in nanoseconds.
pub const HELD_P99_NS: u64 = 50_000_000;

/// Requests that came at a fixed rate, whatever became of those before them.
///
/// The [`LoadResult::latency`] of such a load is counted from the time at which a request was due, so that a
/// server which stalls is charged for all that would have come meanwhile (no coordinated omission). A request that
/// was not answered counts as long as it was waited for, and as two seconds at least.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OpenLoop {
    /// Requests due in a second.
    pub rate: u32,
    /// For how long they came, in nanoseconds.
    pub for_ns: u64,
    /// Requests that were not answered when the load was over.
    pub unanswered: u64,
    /// How late the client itself was: from when a request was due until it was begun with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag: Option<Latency>,
    /// From when the client began with a request, instead of from when it was due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_begun: Option<Latency>,
}

/// Whether a rate was held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holding {
    /// 99 of 100 requests were answered in time.
    Held,
    /// They were not.
    NotHeld,
    /// They were not, and that is the client's doing: they were in time from when it began with them, or it was
    /// itself so late that no server could have held the rate.
    ClientLate,
}

impl LoadResult {
    /// Whether the rate was held; `None` for a load without a fixed rate.
    pub fn holding(&self) -> Option<Holding> {
        let open = self.open.as_ref()?;
        let in_time =
            |latency: Option<Latency>| latency.is_some_and(|all| all.p99_ns <= HELD_P99_NS);
        Some(if in_time(self.latency) {
            Holding::Held
        } else if in_time(open.from_begun) || open.lag.is_some_and(|lag| lag.p99_ns > HELD_P99_NS) {
            Holding::ClientLate
        } else {
            Holding::NotHeld
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_was_late_is_told_from_a_server_that_was_slow() {
        let p99 = |ms: u64| Some(Latency { p99_ns: ms * 1_000_000, ..Latency::default() });
        let load = |due, begun, lag| LoadResult {
            latency: p99(due),
            open: Some(Box::new(OpenLoop {
                from_begun: p99(begun),
                lag: p99(lag),
                ..OpenLoop::default()
            })),
            ..LoadResult::default()
        };
        assert_eq!(load(50, 1, 49).holding(), Some(Holding::Held));
        assert_eq!(load(51, 51, 3).holding(), Some(Holding::NotHeld));
        assert_eq!(load(200, 180, 50).holding(), Some(Holding::NotHeld));
        assert_eq!(load(70, 50, 40).holding(), Some(Holding::ClientLate));
        assert_eq!(load(400, 300, 130).holding(), Some(Holding::ClientLate));
        assert_eq!(LoadResult::default().holding(), None);
    }
}
