//! Is one version slower than another, or less accurate?
//!
//! ```text
//! side        one arm, as a comparison needs it: overheads by block, capture, allocations, failures
//! difference  two sides ─▶ rows of a comparison, with what may be said of each
//! ```
//!
//! Both stand on the same [summary](crate::analyse::summary) as reports do. Two arms of one run are compared
//! within their blocks. Two runs have no blocks in common: there, the overheads of one are set against those
//! of the other, in the order of the blocks. As the two are independent, any pairing gives a valid interval;
//! it is wider, and what the machine did in between is not in it.

mod difference;
mod side;

pub use difference::{Comparison, Difference, Pairing, Row, Shown, Versus, compare};
pub use side::{Measured, Side};
