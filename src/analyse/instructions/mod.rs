//! Instructions: how many a tracker makes the program make, in which functions, and whether another version
//! makes more.
//!
//! ```text
//! counted     what the samples of an arm counted on a workload, and by how much they differ
//! cells       against the program without a tracker: what tables show
//! comparison  one version against another: more, fewer
//! baseline    against a committed baseline
//! functions   where they are: function by function, one arm against another
//! stacks      from who called whom to stacks, for flame graphs
//! ```
//!
//! They are no measure of time: one that waits for memory counts as much as one that does not, and those of the
//! kernel are not counted at all. What they are good for is to tell small changes, since they hardly vary.

mod baseline;
mod cells;
mod comparison;
mod counted;
mod functions;
mod stacks;

pub use baseline::{InstructionBaseline, InstructionGate};
pub use cells::InstructionCell;
pub use comparison::{
    InstructionComparison, InstructionRow, InstructionShift, InstructionVersus, THRESHOLD, reach,
};
pub use counted::{Counted, arms};
pub use functions::{FunctionChange, Functions};
