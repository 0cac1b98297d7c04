//! `tally` as a subject: its allocator inside the ground truth, and what it reports.

use std::path::Path;

use subject::probe::NoProbe;
use subject::protocol::Reported;
use subject::{GroundTruth, Tracker, TrackerError};
use tally::Tally;

#[global_allocator]
static ALLOCATOR: GroundTruth<Tally> = GroundTruth::new(Tally::new());

struct Adapter;

impl Tracker for Adapter {
    type Probe = NoProbe;
    const NAME: &'static str = "tally";

    fn version() -> &'static str {
        // The crate's own, as it was built.
        env!("LOCKED_TALLY")
    }

    fn init(_mode: &'static str, _report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        Ok(Self)
    }

    fn probe(&self) -> NoProbe {
        NoProbe
    }

    fn reported(&self) -> Result<Reported, TrackerError> {
        let told = tally::told();
        Ok(Reported {
            allocations: Some(told.allocations),
            deallocations: Some(told.frees),
            live_bytes: Some(told.live_bytes),
            ..Reported::default()
        })
    }
}

subject::main!(Adapter);
