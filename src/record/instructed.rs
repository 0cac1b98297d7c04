//! What a sample brought whose instructions were counted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Process;

/// What a sample brought whose instructions were counted. Its times are those of a program that a tool
/// interprets, and say nothing; so it has no cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Instructed {
    /// The process.
    #[serde(flatten)]
    pub process: Process,
    /// Instructions of the measured region, of all threads of the process, in user mode. Those of the kernel are
    /// not among them.
    pub instructions: u64,
    /// Who counted them: `Valgrind 3.19.0`.
    pub counter: String,
}
