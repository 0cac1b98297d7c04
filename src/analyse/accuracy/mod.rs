//! Actual against reported: how accurate a tracker is.
//!
//! Each figure that a tracker reports is held against the counted truth of the same process, in the
//! tracker's own terms. *Exact* is equal to the event or byte; *close* is within 1 %; the rest is *wrong*,
//! by so much. A figure that a tracker does not report is *absent*, which is no fault.

mod growth;
mod leaks;

use protocol::workloads::{self, Workload};
use protocol::{Heap, Reported, Truth};
use serde::Serialize;

pub use growth::{Growth, GrowthRate};
pub use leaks::{LeakAudit, LeakGrade};

use crate::plan::arm::ArmId;
use crate::plan::catalog::{Convention, Counts, Realloc};
use crate::record::Record;

/// How far a figure may be off and still be called close: 1 %.
pub const CLOSE: f64 = 0.01;

/// What is to be said of a figure, or of a whole cell: of its worst figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// The tracker does not report it.
    Absent,
    /// Equal.
    Exact,
    /// Off by at most [`CLOSE`].
    Close,
    /// Off by more.
    Wrong,
    /// The sample failed.
    Failed,
}

/// One figure: what was counted, and what the tracker said.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Check {
    /// Which figure, e.g. `peak live bytes`.
    pub figure: &'static str,
    /// The truth, in the tracker's own terms.
    pub truth: u64,
    /// What the tracker reported.
    pub reported: Option<u64>,
    /// How far two right counters may be apart: more than nothing only for a peak that threads race to.
    #[serde(skip_serializing_if = "is_zero")]
    pub tolerance: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(tolerance: &u64) -> bool {
    *tolerance == 0
}

impl Check {
    /// Reported ÷ true. `None` if it is not reported; infinite if something was reported where there
    /// was nothing.
    pub fn ratio(&self) -> Option<f64> {
        match (self.reported?, self.truth) {
            (reported, truth) if reported == truth => Some(1.0),
            (reported, truth) => Some(reported as f64 / truth as f64),
        }
    }

    /// What is to be said of it.
    pub fn grade(&self) -> Grade {
        let Some(reported) = self.reported else { return Grade::Absent };
        match reported.abs_diff(self.truth) {
            off if off <= self.tolerance => Grade::Exact,
            off if off as f64 <= CLOSE * self.truth as f64 => Grade::Close,
            _ => Grade::Wrong,
        }
    }
}

/// An audited cell: a tracker on a workload.
#[derive(Clone, Debug, Serialize)]
pub struct Audit {
    /// The workload.
    pub workload: String,
    /// The arm.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub arm: ArmId,
    /// The version that the subject gave.
    pub version: Option<String>,
    /// The grade on its worst figure.
    pub grade: Grade,
    /// Every figure that the tracker claims to count. Empty for a failed sample.
    pub checks: Vec<Check>,
    /// The tracker's own heap.
    pub own_heap: Option<OwnHeap>,
    /// Events that the tracker itself says it dropped.
    pub dropped_events: Option<u64>,
    /// What is wrong with its report.
    pub report_findings: Vec<String>,
    /// Bytes of its report, all files together.
    pub report_bytes: Option<u64>,
    /// Why the sample failed, if it did.
    pub failure: Option<String>,
}

impl Audit {
    /// Judges an audited sample. `None` for a tracker that claims to count nothing.
    pub fn of(record: &Record, convention: Option<Convention>) -> Option<Self> {
        let convention = convention?;
        let failure = record.outcome.failure();
        let audited = record.outcome.audited();
        let truth = audited.and_then(|audited| audited.truth.as_ref());
        let reported = audited.and_then(|audited| audited.reported.as_ref());
        let checks = match (truth, reported) {
            (Some(truth), Some(reported)) => {
                checks(truth, reported, convention, peak_tolerance(record, truth))
            }
            _ => Vec::new(),
        };
        let worst = checks.iter().map(Check::grade).max().unwrap_or(Grade::Absent);
        let report = record.outcome.report();
        let own_heap = audited.and_then(|audited| audited.own_heap.as_ref());
        Some(Self {
            workload: record.workload.clone(),
            arm: record.arm.clone(),
            version: record.version.clone(),
            grade: if failure.is_some() { Grade::Failed } else { worst },
            checks,
            own_heap: own_heap.zip(truth).map(|(own, truth)| OwnHeap::new(own, &truth.heap)),
            dropped_events: reported.and_then(|reported| reported.dropped_events),
            report_findings: report.map(|report| report.findings.clone()).unwrap_or_default(),
            report_bytes: report.and_then(|report| report.bytes()),
            failure,
        })
    }

    /// The figure that is off by most, if any is.
    pub fn worst(&self) -> Option<&Check> {
        let off = |check: &Check| check.ratio().map_or(0.0, |ratio| (ratio - 1.0).abs());
        let wrong = self.checks.iter().filter(|check| check.grade() > Grade::Exact);
        wrong.max_by(|a, b| off(a).total_cmp(&off(b)))
    }
}

/// What a tracker allocates for itself. All counted by the ground truth: what was allocated while the
/// tracker's code ran.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OwnHeap {
    /// The most bytes it held at once.
    pub peak_bytes: u64,
    /// The most blocks it held at once.
    pub peak_allocations: Option<u64>,
    /// Bytes it held when the work was done.
    pub live_bytes: u64,
    /// Blocks it held when the work was done.
    pub live_allocations: u64,
    /// Bytes it allocated for each allocation event (allocation, free or reallocation) of the program.
    pub bytes_per_event: Option<f64>,
    /// Blocks it allocated for each event.
    pub allocations_per_event: Option<f64>,
    /// Bytes it held at its peak for each block that the program held at its own: bookkeeping per live
    /// allocation.
    pub peak_bytes_per_live_allocation: Option<f64>,
}

impl OwnHeap {
    fn new(own: &Heap, program: &Heap) -> Self {
        let per = |own: u64, program: u64| (program > 0).then(|| own as f64 / program as f64);
        Self {
            peak_bytes: own.peak_live_bytes,
            peak_allocations: own.peak_live_allocations,
            live_bytes: own.live_bytes,
            live_allocations: own.live_allocations,
            bytes_per_event: per(own.allocated_bytes, program.events()),
            allocations_per_event: per(own.allocations, program.events()),
            peak_bytes_per_live_allocation: program
                .peak_live_allocations
                .and_then(|blocks| per(own.peak_live_bytes, blocks)),
        }
    }
}

/// Every figure that a tracker of this convention claims to count.
///
/// A reallocation that a tracker counts as an allocation adds one to the true allocations; one that it
/// counts as both adds one to the true deallocations too. Bytes need no such care: sizes before and after
/// a reallocation are in the true bytes anyway.
pub fn checks(
    truth: &Truth,
    reported: &Reported,
    convention: Convention,
    peak_tolerance: u64,
) -> Vec<Check> {
    let check = |figure, truth, reported| Check { figure, truth, reported, tolerance: 0 };
    if convention.counts == Counts::Variables {
        return vec![check("variables", truth.variables, reported.variables)];
    }
    let heap = &truth.heap;
    let (also_allocated, also_freed) = match convention.realloc {
        Realloc::Apart => (0, 0),
        Realloc::Allocation => (heap.reallocations, 0),
        Realloc::Both => (heap.reallocations, heap.reallocations),
    };
    vec![
        check("allocations", heap.allocations + also_allocated, reported.allocations),
        check("frees", heap.deallocations + also_freed, reported.deallocations),
        check("reallocations", heap.reallocations, reported.reallocations),
        check("allocated bytes", heap.allocated_bytes, reported.allocated_bytes),
        check("freed bytes", heap.freed_bytes, reported.freed_bytes),
        check("live allocations", heap.live_allocations, reported.live_allocations),
        check("live bytes", heap.live_bytes, reported.live_bytes),
        Check {
            tolerance: peak_tolerance,
            ..check("peak live bytes", heap.peak_live_bytes, reported.peak_live_bytes)
        },
    ]
}

/// How far apart the peaks of two right counters may be, in bytes. With one thread they are equal. Racing
/// threads each have up to one event on its way that one counter has seen and the other has not: a block
/// of at most the largest size there was.
fn peak_tolerance(record: &Record, truth: &Truth) -> u64 {
    if workloads::find(&record.workload).is_none_or(Workload::is_deterministic) {
        return 0;
    }
    let largest_class = truth.size_classes.len().saturating_sub(1) as u32;
    let largest = 1_u64.checked_shl(largest_class).map_or(u64::MAX, |end| end - 1);
    largest.saturating_mul(record.params.threads as u64 + 1)
}

/// Capture: what the tracker reported ÷ what truly happened, of the allocations (or of the variables,
/// where it counts those). 1 is right, less is missed, more was counted twice or was not the program's.
/// `None` if the tracker does not report it, or nothing happened.
pub fn capture(truth: &Truth, reported: &Reported, convention: Convention) -> Option<f64> {
    let check = checks(truth, reported, convention, 0).into_iter().next()?;
    if check.truth == 0 { None } else { check.ratio() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Heap;

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

    #[test]
    fn a_figure_is_exact_close_wrong_or_absent() {
        let grade = |truth, reported| Check { figure: "", truth, reported, tolerance: 0 }.grade();
        assert_eq!(grade(1000, Some(1000)), Grade::Exact);
        assert_eq!(grade(0, Some(0)), Grade::Exact);
        assert_eq!(grade(1000, Some(990)), Grade::Close);
        assert_eq!(grade(1000, Some(1010)), Grade::Close);
        assert_eq!(grade(1000, Some(989)), Grade::Wrong);
        assert_eq!(grade(1000, Some(1011)), Grade::Wrong);
        assert_eq!(grade(0, Some(1)), Grade::Wrong);
        assert_eq!(grade(1000, None), Grade::Absent);
    }

    #[test]
    fn a_tracker_that_frees_by_reallocating_is_held_to_that() {
        let reported =
            Reported { allocations: Some(120), deallocations: Some(20), ..Reported::default() };
        let checks = checks(&truth(), &reported, convention(Realloc::Both, Counts::Allocations), 0);
        assert_eq!(checks[0].grade(), Grade::Exact);
        assert_eq!(checks[1].grade(), Grade::Exact);
        assert_eq!(checks[2].grade(), Grade::Absent);
    }

    #[test]
    fn bookkeeping_is_told_per_event_and_per_live_block() {
        let program = Heap {
            allocations: 100,
            deallocations: 90,
            reallocations: 10,
            peak_live_allocations: Some(50),
            ..Heap::default()
        };
        let own = Heap {
            allocations: 400,
            allocated_bytes: 20_000,
            peak_live_bytes: 5_000,
            live_bytes: 4_000,
            live_allocations: 9,
            ..Heap::default()
        };
        let own = OwnHeap::new(&own, &program);
        assert_eq!(own.bytes_per_event, Some(100.0));
        assert_eq!(own.allocations_per_event, Some(2.0));
        assert_eq!(own.peak_bytes_per_live_allocation, Some(100.0));
        assert_eq!((own.live_bytes, own.live_allocations), (4_000, 9));
        let idle = OwnHeap::new(&Heap::default(), &Heap::default());
        assert_eq!(idle.bytes_per_event, None);
    }

    #[test]
    fn what_is_reported_where_nothing_is_true_is_infinitely_wrong() {
        let check = Check { figure: "", truth: 0, reported: Some(3), tolerance: 0 };
        assert_eq!(check.ratio(), Some(f64::INFINITY));
    }
}
