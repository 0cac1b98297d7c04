//! Runs subjects, each in a process of its own, and says what became of them.

mod exit;
pub mod interrupt;
pub mod load;
pub mod memcheck;
pub mod process;
mod resume;
pub mod session;
pub mod tracker_report;
mod watch;

pub use crate::build::subjects::{Subjects, SubjectsError};
pub use crate::plan::group::{Arm, Group};
pub use process::{Limits, Verdict};
pub use session::{Sample, Session, SessionError};
