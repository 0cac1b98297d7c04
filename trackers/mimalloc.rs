//! `mimalloc`: the allocator mimalloc (v3). No tracker: it shows what another allocator alone costs or saves, beside
//! trackers that bring one. Set up as its README's "Usage" tells, with its default features.

use std::path::Path;

use mimalloc::MiMalloc;
use subject::probe::NoProbe;
use subject::protocol::Reported;
use subject::{GroundTruth, Tracker, TrackerError};

#[global_allocator]
static ALLOCATOR: GroundTruth<MiMalloc> = GroundTruth::new(MiMalloc);

struct Baseline;

impl Tracker for Baseline {
    type Probe = NoProbe;
    const NAME: &'static str = "mimalloc";

    fn version() -> &'static str {
        env!("LOCKED_MIMALLOC")
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

subject::main!(Baseline);
