//! Finding out how a tracker counts a reallocation, from what it reports.

use protocol::{Reported, Truth};

use super::check::{Family, checks};
use super::grade::Grade;
use crate::plan::catalog::{Convention, Counts, Realloc};

/// The ways of counting a reallocation by which all events that a tracker reports are exact. Empty where it is wrong by
/// each; several where too little is reported, or nothing was reallocated, to tell them apart.
pub fn fitting(truth: &Truth, reported: &Reported) -> Vec<Realloc> {
    let fits = |realloc: &Realloc| {
        let convention = Convention {
            realloc: *realloc,
            counts: Counts::Allocations,
            variables: false,
            whole_process: false,
        };
        let all = checks(truth, reported, None, convention, 0);
        let mut events = all.iter().filter(|check| check.family == Family::Events);
        let is_told = events.clone().any(|check| check.reported.is_some());
        is_told && events.all(|check| matches!(check.grade(), Grade::Exact | Grade::Absent))
    };
    let all =
        [Realloc::Apart, Realloc::Allocation, Realloc::Both, Realloc::Difference, Realloc::Growth];
    all.into_iter().filter(fits).collect()
}

/// What to say of a tracker whose declared way is wrong, while another makes all that it reports exact: the
/// catalogue, and not the tracker, is to be mended.
pub fn misdeclared(truth: &Truth, reported: &Reported, declared: Realloc) -> Option<String> {
    let fitting = fitting(truth, reported);
    let other = fitting.first().filter(|_| !fitting.contains(&declared))?;
    Some(format!(
        "its events are exact if a reallocation counts as {other:?}, and trackers.toml says {declared:?}: that is to be \
         mended before anything is said of its accuracy"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Heap;

    /// A round of `reallocations`.
    fn truth() -> Truth {
        let bytes = 64 + 128 + 256 + 512 + 100 + 200_000 + 400_000 + 4_096;
        let heap = Heap {
            allocations: 3,
            deallocations: 3,
            reallocations: 5,
            allocated_bytes: bytes,
            freed_bytes: bytes,
            kept_bytes: Some(64 + 128 + 256 + 100 + 200_000),
            ..Heap::default()
        };
        Truth { heap, ..Truth::default() }
    }

    fn reported(allocations: u64, frees: u64, reallocations: Option<u64>, kept: u64) -> Reported {
        let bytes = truth().heap.allocated_bytes - kept;
        Reported {
            allocations: Some(allocations),
            deallocations: Some(frees),
            reallocations,
            allocated_bytes: Some(bytes),
            freed_bytes: Some(bytes),
            ..Reported::default()
        }
    }

    #[test]
    fn each_way_is_told_from_the_others() {
        let kept = truth().heap.kept_bytes.unwrap();
        for (told, way) in [
            (reported(3, 3, Some(5), 0), Realloc::Apart),
            (reported(8, 3, None, 0), Realloc::Allocation),
            (reported(8, 8, None, 0), Realloc::Both),
            (reported(3, 3, Some(5), kept), Realloc::Difference),
            (reported(8, 3, None, kept), Realloc::Growth),
        ] {
            assert_eq!(fitting(&truth(), &told), [way]);
            assert_eq!(misdeclared(&truth(), &told, way), None, "{way:?}");
            let wrong = if way == Realloc::Both { Realloc::Apart } else { Realloc::Both };
            let words = misdeclared(&truth(), &told, wrong).unwrap();
            assert!(words.contains(&format!("counts as {way:?}")), "{words}");
        }
        // One that is wrong by each is not excused.
        let short = reported(2, 3, Some(5), 0);
        assert_eq!(fitting(&truth(), &short), []);
        assert_eq!(misdeclared(&truth(), &short, Realloc::Apart), None);
        assert_eq!(fitting(&truth(), &Reported::default()), []);
    }
}
