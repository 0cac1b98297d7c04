//! Is one version slower than another, or less true?
//!
//! ```text
//! side      one arm of one run: overheads by block, capture, true allocations, failures
//! verdict   two sides ─▶ rows of a comparison, with a verdict each
//! kinship   whether two runs may be compared at all
//! gate      a committed baseline, and what turns the gate red
//! text      a comparison as a table, as Markdown, as CSV
//! ```
//!
//! Two arms of one run are compared within their blocks. Two runs have no blocks in common: there, the
//! overheads of one are set against those of the other, in the order of the blocks. As the two are
//! independent, any pairing gives a valid interval; it is wider, and what the machine did in between is
//! not in it.

mod difference;
mod side;

pub use difference::{Comparison, Pairing, Row, Shown, Verdict, Versus, compare};
pub use side::{Measured, Side};
