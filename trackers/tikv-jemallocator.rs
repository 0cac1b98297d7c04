//! `tikv-jemallocator`: the allocator jemalloc. No tracker: it shows what another allocator alone costs or saves,
//! beside trackers that bring one. Set up as its README's "Documentation" tells, with its default features.

use std::path::Path;

use subject::probe::NoProbe;
use subject::protocol::Reported;
use subject::{GroundTruth, Tracker, TrackerError};
use tikv_jemallocator::Jemalloc;

#[global_allocator]
static ALLOCATOR: GroundTruth<Jemalloc> = GroundTruth::new(Jemalloc);

struct Baseline;

impl Tracker for Baseline {
    type Probe = NoProbe;
    const NAME: &'static str = "tikv-jemallocator";

    fn version() -> &'static str {
        env!("LOCKED_TIKV_JEMALLOCATOR")
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
