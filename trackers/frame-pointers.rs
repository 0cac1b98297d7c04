//! `frame-pointers`: no tracker at all, in a program that keeps frame pointers. It shows what these alone cost, beside trackers
//! that ask for them since they walk stacks by them. The flag is that of its entry in `trackers.toml`.

use std::alloc::System;
use std::path::Path;

use subject::probe::NoProbe;
use subject::protocol::Reported;
use subject::{GroundTruth, Tracker, TrackerError};

#[global_allocator]
static ALLOCATOR: GroundTruth<System> = GroundTruth::new(System);

struct Program;

impl Tracker for Program {
    type Probe = NoProbe;
    const NAME: &'static str = "frame-pointers";

    fn version() -> &'static str {
        // Of this file: there is no crate.
        "1.0.0"
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

subject::main!(Program);
