//! Truth against reported.

use subject::protocol::{Reported, Truth};

use crate::catalog::{Convention, Counts, Realloc};

/// Capture: what the tracker reported ÷ what truly happened, in the tracker's own terms, so that another
/// convention is not called an error. 1 is right, less is missed, more was counted twice or was not the
/// program's. `None` if the tracker does not report it, or nothing happened.
pub fn capture(truth: &Truth, reported: &Reported, convention: Convention) -> Option<f64> {
    let (reported, expected) = match convention.counts {
        Counts::Variables => (reported.variables?, truth.variables),
        Counts::Allocations => {
            let reallocations = match convention.realloc {
                Realloc::Apart => 0,
                Realloc::Allocation | Realloc::Both => truth.heap.reallocations,
            };
            (reported.allocations?, truth.heap.allocations + reallocations)
        }
    };
    (expected > 0).then(|| reported as f64 / expected as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use subject::protocol::Heap;

    fn truth() -> Truth {
        let heap = Heap { allocations: 100, reallocations: 20, ..Heap::default() };
        Truth { heap, variables: 10, ..Truth::default() }
    }

    fn convention(realloc: Realloc, counts: Counts) -> Convention {
        Convention { realloc, counts }
    }

    #[test]
    fn another_convention_is_not_an_error() {
        let reported =
            |allocations| Reported { allocations: Some(allocations), ..Reported::default() };
        for (realloc, right) in
            [(Realloc::Apart, 100), (Realloc::Allocation, 120), (Realloc::Both, 120)]
        {
            let convention = convention(realloc, Counts::Allocations);
            assert_eq!(capture(&truth(), &reported(right), convention), Some(1.0));
            let tenth_dropped = capture(&truth(), &reported(right * 9 / 10), convention);
            assert_eq!(tenth_dropped, Some(0.9));
        }
    }

    #[test]
    fn variables_are_held_against_variables() {
        let reported = Reported { variables: Some(9), allocations: Some(5), ..Reported::default() };
        let convention = convention(Realloc::Both, Counts::Variables);
        assert_eq!(capture(&truth(), &reported, convention), Some(0.9));
    }

    #[test]
    fn what_is_not_reported_is_absent_and_not_zero() {
        let convention = convention(Realloc::Apart, Counts::Allocations);
        assert_eq!(capture(&truth(), &Reported::default(), convention), None);
        let reported = Reported { allocations: Some(0), ..Reported::default() };
        assert_eq!(capture(&Truth::default(), &reported, convention), None);
    }
}
