//! `memscope-rs` 0.2.0: before the analyzer.

#[path = "family_0_2.rs"]
mod family;

use memscope_rs::{GlobalTracker, Trackable};
use subject::protocol::LeakList;
use subject::{Site, TrackerError};

fn track<T: Trackable>(tracker: &GlobalTracker, variable: &T, site: Site) {
    tracker.track_as(variable, site.name, site.file, site.line);
}

/// By `detect_leaks_at_shutdown`, as its guide's "Leak Detection" says. It looks only at what was handed to
/// foreign code.
fn leaks(tracker: &GlobalTracker) -> Result<LeakList, TrackerError> {
    let result = tracker.passport_tracker().detect_leaks_at_shutdown();
    Ok(LeakList {
        source: "detect_leaks_at_shutdown()".to_owned(),
        addresses: result.leak_details.iter().map(|leak| leak.memory_address as u64).collect(),
        all_live: false,
    })
}

subject::main!(family::Memscope);
