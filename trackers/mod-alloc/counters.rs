//! `mod-alloc`: counters of allocations and bytes, set up as its README's "Quick start" tells, with its default
//! features (`counters`).
//!
//! Read by `ModAlloc::snapshot`, as the example of `ModAlloc` and `examples/backtraces.rs` do: figures since the
//! process began. The quick start's `Profiler` subtracts two such snapshots and does nothing else.

mod family;

use std::path::Path;

use subject::probe::NoProbe;
use subject::protocol::{Live, Reported};
use subject::{Tracker, TrackerError};

struct Counters;

impl Tracker for Counters {
    type Probe = NoProbe;
    const NAME: &'static str = "mod-alloc";

    fn version() -> &'static str {
        env!("LOCKED_MOD_ALLOC")
    }

    fn init(_mode: &'static str, _report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        Ok(Self)
    }

    fn probe(&self) -> NoProbe {
        NoProbe
    }

    fn live_now() -> Live {
        family::live()
    }

    fn reported(&self) -> Result<Reported, TrackerError> {
        Ok(family::reported())
    }
}

subject::main!(Counters);
