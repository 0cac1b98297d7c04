//! Runs subjects: which, in which order, each in a process of its own, and what became of them.
//!
//! ```text
//! plan      a group is a workload with its arms; a block is one sample of each, in random order
//! load      clients for the server scenarios
//! process   one subject process: job in, reply out, watched, stopped, classified (watch, words)
//! subjects  where the programs are, and building them
//! session   a run in progress: blocks in, records out
//! resume    going on with one that was interrupted
//! ```

pub mod interrupt;
pub mod load;
pub mod plan;
pub mod process;
mod resume;
pub mod session;
pub mod subjects;
mod watch;
mod words;

pub use plan::{Arm, Group};
pub use process::{Limits, Verdict};
pub use session::{Sample, Session, SessionError};
pub use subjects::{Subjects, SubjectsError};
