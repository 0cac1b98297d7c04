//! The list of leaks of `memscope-rs` since 0.2.1: its analyzer's, which looks at tracked variables.

use memscope_rs::GlobalTracker;
use subject::TrackerError;
use subject::protocol::LeakList;

pub(crate) fn leaks(tracker: &GlobalTracker) -> Result<LeakList, TrackerError> {
    let report = memscope_rs::analyzer(tracker)?.detect().leaks();
    Ok(LeakList {
        source: "analyzer().detect().leaks()".to_owned(),
        addresses: report.leaked_allocations.iter().map(|leak| leak.ptr as u64).collect(),
        all_live: false,
    })
}
