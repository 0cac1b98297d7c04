//! Running: each sample in a process of its own, under whatever its procedure asks for.
//!
//! ```text
//! start     from settings and a plan to a session: subjects found or built, the run's folder made
//! engine    carries a procedure out, stage by stage, through an executor
//! session   the executor: takes a sample in a process, and records it
//! answer    from a subject's answer to a payload; `beside`: what lies beside the records
//! launch    what is to be started, and how it may end
//! process   one subject process (`watch`: followed to its end; `exit`: its end in words; `survivors`: what it left;
//!           `cgroup`: a control group that holds it;
//!           `helpers`: what a tool's own processes used)
//! neighbours  threads that load the machine meanwhile
//! load      clients for the server scenarios
//! wrap      tools in front of the untracked program, such as Memcheck
//! program   the reader's own program, run for the figures that a prediction needs; `wrapped`: alone and under tools
//! reports   judges the reports that trackers write
//! ```

mod answer;
mod beside;
pub mod cgroup;
pub mod engine;
pub mod error;
mod exit;
pub mod helpers;
pub mod launch;
pub mod load;
mod neighbours;
pub mod process;
pub mod program;
mod reports;
pub mod session;
pub mod start;
mod survivors;
mod watch;
pub mod wrap;
pub mod wrapped;

pub use error::RunError;
pub use session::Session;
