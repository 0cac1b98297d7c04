//! `bare`: like `untracked`, but without the wrapper that counts the ground truth. It shows what the
//! wrapper itself costs; it cannot be audited.

use std::alloc::System;
use std::path::Path;

use subject::probe::NoProbe;
use subject::protocol::Reported;
use subject::{Tracker, TrackerError};

#[global_allocator]
static ALLOCATOR: System = System;

struct Bare;

impl Tracker for Bare {
    type Probe = NoProbe;
    const NAME: &'static str = "bare";

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

subject::main!(Bare);
