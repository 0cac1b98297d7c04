//! `mimalloc-pprof`: mimalloc with a sampling heap profiler, one sample in some 512 KiB, set up as "Usage" in its
//! README tells, with the feature `pprof` that it asks for.
//!
//! It allocates by mimalloc, so that its cost is that of another allocator too. To be built with frame pointers, as
//! "Notes" in its README asks.

use std::path::Path;

use mimalloc_pprof::{MiMalloc, prof};
use subject::probe::NoProbe;
use subject::protocol::Reported;
use subject::{GroundTruth, Tracker, TrackerError};

#[global_allocator]
static ALLOCATOR: GroundTruth<MiMalloc> = GroundTruth::new(MiMalloc);

struct Sampled;

impl Tracker for Sampled {
    type Probe = NoProbe;
    const NAME: &'static str = "mimalloc-pprof";
    // It samples nothing until it is started, nor the free of what was not sampled.
    const COUNTS_FROM_INIT: bool = true;

    fn version() -> &'static str {
        env!("LOCKED_MIMALLOC_PPROF")
    }

    fn init(_mode: &'static str, _report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        // 0 is its default, some 512 KiB.
        if !prof::start(0) {
            return Err("the profiler is running already".into());
        }
        Ok(Self)
    }

    fn probe(&self) -> NoProbe {
        NoProbe
    }

    /// Its own estimate of the bytes alive, from the samples alive. What was allocated it sums up only by an option
    /// that is off by default.
    fn reported(&self) -> Result<Reported, TrackerError> {
        let stats = prof::stats();
        let samples = prof::samples();
        let live = samples.iter().map(|sample| sample.estimated_bytes(stats.sample_rate)).sum();
        Ok(Reported {
            live_bytes: Some(live),
            dropped_events: Some(stats.dropped_samples as u64),
            ..Reported::default()
        })
    }

    fn write_report(self, folder: &Path) -> Result<(), TrackerError> {
        prof::dump_file(&folder.join("heap.prof"))?;
        prof::stop();
        Ok(())
    }
}

subject::main!(Sampled);
