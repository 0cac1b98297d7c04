//! Fragmentation: resident heap that holds no live allocation.
//!
//! ```text
//! share = 1 − (live bytes of the program + live bytes of the tracker) ÷ (resident memory − base)
//! ```
//!
//! Resident memory is what is not shared or mapped from files; the base is what of it was in no live allocation
//! when the timeline began (static data, stacks, allocations from before counting). What the share cannot
//! tell apart: free gaps between live allocations, free memory that the allocator keeps for later, headers and
//! rounding of its allocations, and stacks of threads started since. Memory that was allocated and never
//! touched is not resident: it makes the share smaller, below 0 if there is enough of it.

use protocol::TimelinePoint;

/// The definition, for readers of the picture and the summary.
pub const DEFINITION: &str = "Share of resident heap that is in no live allocation: 1 − (program's live \
    bytes + tracker's live bytes) ÷ (resident anonymous memory − what of it was in no live allocation at \
    the start).";

/// What the definition cannot tell.
pub const LIMITS: &str = "It cannot tell holes between allocations from free memory that the allocator keeps \
    for later, headers, rounding, and stacks of new threads; allocated memory that was never touched \
    lowers it, at times below 0.";

/// Resident memory that held no live allocation at the beginning, in bytes.
pub fn base(timeline: &[TimelinePoint]) -> Option<u64> {
    let first = timeline.iter().find(|point| point.resident_bytes.is_some())?;
    Some(first.resident_bytes?.saturating_sub(first.live_bytes + first.own_bytes))
}

/// The share at one moment; `None` where no resident memory was read, or none had been added.
pub fn share(point: &TimelinePoint, base: u64) -> Option<f64> {
    let heap = point.resident_bytes?.checked_sub(base).filter(|&heap| heap > 0)?;
    Some(1.0 - (point.live_bytes + point.own_bytes) as f64 / heap as f64)
}

/// The median share over some points, and that of the last.
pub fn median_and_last(points: &[TimelinePoint], base: u64) -> Option<(f64, f64)> {
    let mut shares: Vec<f64> = points.iter().filter_map(|point| share(point, base)).collect();
    let last = *shares.last()?;
    shares.sort_by(f64::total_cmp);
    let middle = shares.len() / 2;
    let upper = shares[middle];
    let median =
        if shares.len().is_multiple_of(2) { (shares[middle - 1] + upper) / 2.0 } else { upper };
    Some((median, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(live_bytes: u64, own_bytes: u64, resident: u64) -> TimelinePoint {
        TimelinePoint { at_ns: 0, live_bytes, own_bytes, resident_bytes: Some(resident) }
    }

    #[test]
    fn the_share_is_of_what_was_added_since_the_beginning() {
        let timeline = [point(10, 10, 120), point(50, 10, 220), point(20, 10, 220)];
        let base = base(&timeline).unwrap();
        assert_eq!(base, 100);
        assert_eq!(share(&timeline[0], base), Some(0.0));
        assert_eq!(share(&timeline[1], base), Some(0.5));
        assert_eq!(share(&timeline[2], base), Some(0.75));
        assert_eq!(median_and_last(&timeline, base), Some((0.5, 0.75)));
    }

    #[test]
    fn without_points_or_memory_there_is_no_share() {
        assert_eq!(base(&[]), None);
        assert_eq!(median_and_last(&[], 0), None);
        assert_eq!(share(&TimelinePoint::default(), 0), None);
        assert_eq!(share(&point(1, 1, 50), 50), None);
        // The tracker's counters may be ahead of the memory they describe.
        assert!(share(&point(80, 40, 100), 0).unwrap() < 0.0);
    }
}
