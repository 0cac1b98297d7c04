//! `untracked`: no tracker at all. What every overhead is measured against.

use std::alloc::System;
use std::path::Path;

use subject::probe::NoProbe;
use subject::protocol::Reported;
use subject::{GroundTruth, Tracker, TrackerError};

#[global_allocator]
static ALLOCATOR: GroundTruth<System> = GroundTruth::new(System);

struct Untracked;

impl Tracker for Untracked {
    type Probe = NoProbe;
    const NAME: &'static str = "untracked";

    fn version() -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    fn init(_mode: &'static str, _report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        Ok(Self)
    }

    fn probe(&self) -> NoProbe {
        NoProbe
    }

    fn reported(&self) -> Result<Reported, TrackerError> {
        Ok(Reported::default())
    }
}

subject::main!(Untracked);
