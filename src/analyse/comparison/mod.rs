//! Is one version slower than another, or less accurate?
//!
//! ```text
//! readings    what an arm reported of a workload, in every audit of it
//! side        one arm, as a comparison needs it: overheads by block, readings, allocations, failures
//! accuracy    readings before and after ─▶ less or more accurate, by family
//! pairs       blocks of two sides, side by side, with the link order that each ran
//! row         what stands in a row, and what may be said of it
//! reasons     what is worse in a comparison, in words
//! difference  two sides ─▶ rows of a comparison, with what may be said of each
//! of_run      a run of `compare` ─▶ the comparison that it was made for
//! ```
//!
//! All stand on the same [summary](crate::analyse::summary) as reports do. Two arms of one run are compared
//! within their blocks. Two runs have no blocks in common: their accuracy, counts and memory are compared, and their
//! times stand side by side, unjudged.

mod accuracy;
mod difference;
mod of_run;
mod pairs;
mod readings;
mod reasons;
mod row;
mod side;

pub use accuracy::{FigureShift, Shift};
pub use difference::{Comparison, Versus, compare};
pub use of_run::{least_effect, of_run, within};
pub use pairs::Pairing;
pub use readings::{Reading, Readings};
pub use reasons::{About, Reason};
pub use row::{Difference, Row, Shown};
pub use side::{Measured, Side};
