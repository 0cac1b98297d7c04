//! Actual against reported: how accurate a tracker is.
//!
//! ```text
//! grade        exact, close, off, wrong; absent and failed beside them
//! check        one figure: actual, reported, and the family that it belongs to
//! convention   finding out how a tracker counts a reallocation
//! attribution  what is in a figure that is off: missed, or the tracker's own
//! audit        a cell: all that was asked of a tracker on a workload, graded by family
//! cells        from records to audits
//! standing     a tracker over all its cells
//! estimates    how good those of a tracker that samples are
//! leaks, growth, own_heap    what else an audit tells
//! ```
//!
//! Each figure that a tracker reports is held against the counted truth of the same process, in the
//! tracker's own terms. What it does not report is *absent*, which is no fault.

mod attribution;
mod audit;
mod cells;
mod check;
mod convention;
mod estimates;
mod grade;
mod growth;
mod leaks;
mod own_heap;
mod standing;

pub use attribution::{Attribution, Bounds};
pub use audit::{Audit, FamilyGrade, Repeat};
pub(crate) use cells::audits;
pub use check::{Check, Family, capture, checks, coverage};
pub use estimates::{Bias, Estimates};
pub use grade::{CLOSE, Grade, OFF, factor};
pub use growth::{Growth, GrowthRate};
pub use leaks::{LeakAudit, LeakGrade};
pub use own_heap::OwnHeap;
pub use standing::{Standing, Worst};
