//! The first bad version between a good one and a bad one.
//!
//! ```text
//! search   which candidate is compared next, what is to be said of it, and what was found
//! judged   a comparison's run ─▶ what is worse in it, and what it does not tell
//! kept     the file that a bisection is kept in, to go on with it
//! ```

mod judged;
mod kept;
mod search;

pub use judged::judged;
pub use kept::{BISECTION_FILE, Begun, Bisection, BisectionError};
pub use search::{Found, Judged, Next, Search, Step, Verdict};
