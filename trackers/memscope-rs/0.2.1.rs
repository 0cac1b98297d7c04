//! `memscope-rs` 0.2.1: as 0.2.0, with the analyzer.

#[path = "family_0_2.rs"]
mod family;

use memscope_rs::{GlobalTracker, Trackable};
use subject::protocol::LeakList;
use subject::{Site, TrackerError};

fn track<T: Trackable>(tracker: &GlobalTracker, variable: &T, site: Site) {
    tracker.track_as(variable, site.name, site.file, site.line);
}

fn leaks(tracker: &GlobalTracker) -> Result<LeakList, TrackerError> {
    let report = memscope_rs::analyzer(tracker)?.detect().leaks();
    Ok(LeakList {
        source: "analyzer().detect().leaks()".to_owned(),
        addresses: report.leaked_allocations.iter().map(|leak| leak.ptr as u64).collect(),
        all_live: false,
    })
}

subject::main!(family::Memscope);
