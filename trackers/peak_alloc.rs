//! `peak_alloc`: the bytes alive now and at most, in two atomic counters. Set up as its README's "Usage" tells; it has
//! no features and nothing to start.

use std::path::Path;

use peak_alloc::PeakAlloc;
use subject::probe::NoProbe;
use subject::protocol::{Live, Reported};
use subject::{GroundTruth, Tracker, TrackerError};

#[global_allocator]
static ALLOCATOR: GroundTruth<PeakAlloc> = GroundTruth::new(PeakAlloc);

struct Peak;

impl Tracker for Peak {
    type Probe = NoProbe;
    const NAME: &'static str = "peak_alloc";

    fn version() -> &'static str {
        env!("LOCKED_PEAK_ALLOC")
    }

    fn init(_mode: &'static str, _report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        Ok(Self)
    }

    fn probe(&self) -> NoProbe {
        NoProbe
    }

    fn live_now() -> Live {
        Live { bytes: Some(ALLOCATOR.tracker().current_usage() as u64), ..Live::NONE }
    }

    /// It counts bytes alone, no events. The usage example reads the same two figures in MB and GB, rounded.
    fn reported(&self) -> Result<Reported, TrackerError> {
        let heap = ALLOCATOR.tracker();
        Ok(Reported {
            live_bytes: Some(heap.current_usage() as u64),
            peak_live_bytes: Some(heap.peak_usage() as u64),
            ..Reported::default()
        })
    }
}

subject::main!(Peak);
