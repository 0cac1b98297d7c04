//! `cap`: tracks the bytes alive, and can limit them. Set up as its README's "Example" tells, with its default features
//! (none: the total and the peak of its feature `stats` are not there).
//!
//! The example goes on to set a limit of 30 MiB, beyond which allocations fail. Without a limit is what the
//! documentation of `Cap::new` tells: "simply set the limit to the theoretical maximum".

use std::alloc::System;
use std::path::Path;

use cap::Cap;
use subject::probe::NoProbe;
use subject::protocol::{Live, Reported};
use subject::{GroundTruth, Tracker, TrackerError};

#[global_allocator]
static ALLOCATOR: GroundTruth<Cap<System>> = GroundTruth::new(Cap::new(System, usize::MAX));

struct Capped;

impl Tracker for Capped {
    type Probe = NoProbe;
    const NAME: &'static str = "cap";

    fn version() -> &'static str {
        env!("LOCKED_CAP")
    }

    fn init(_mode: &'static str, _report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        Ok(Self)
    }

    fn probe(&self) -> NoProbe {
        NoProbe
    }

    fn live_now() -> Live {
        Live { bytes: Some(ALLOCATOR.tracker().allocated() as u64), ..Live::NONE }
    }

    /// It counts no events: the one figure is what is allocated now.
    fn reported(&self) -> Result<Reported, TrackerError> {
        let live = ALLOCATOR.tracker().allocated() as u64;
        Ok(Reported { live_bytes: Some(live), ..Reported::default() })
    }
}

subject::main!(Capped);
