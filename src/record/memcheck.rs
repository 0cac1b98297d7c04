//! What Memcheck found of a process.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Allocations that were not freed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotFreed {
    /// How many.
    pub allocations: u64,
    /// Bytes in them.
    pub bytes: u64,
}

/// How names of suppressions begin that are of allocations of Rust's global allocator.
const RUST_HEAP: &str = "rust-heap-";

/// What Memcheck found of a process, from its start to its exit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MemcheckFindings {
    /// The version of Valgrind.
    pub version: String,
    /// Allocations; a reallocation counts as one more, and as one more free.
    pub allocations: u64,
    /// Frees.
    pub frees: u64,
    /// Bytes allocated.
    pub bytes: u64,
    /// Nothing points to them.
    pub definitely_lost: NotFreed,
    /// Only allocations that are lost point to them.
    pub indirectly_lost: NotFreed,
    /// Only pointers to their middle are left.
    pub possibly_lost: NotFreed,
    /// Something still points to them.
    pub still_reachable: NotFreed,
    /// In use at exit, and in the list of what nobody can free.
    pub suppressed: NotFreed,
    /// The names of those suppressions, and how many allocations each took.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppressions: Vec<(String, u64)>,
    /// Errors other than leaks: invalid reads and writes, double frees, uninitialised values.
    pub errors: u64,
    /// Of each leak and error: its kind, and the innermost functions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<String>,
}

impl MemcheckFindings {
    /// What is suppressed, if some of it passed Rust's global allocator, where the ground truth counted it
    /// too: no less than what libraries keep there in statics.
    pub fn kept_by_libraries(&self) -> Option<NotFreed> {
        let rust = self.suppressions.iter().any(|(name, _)| name.starts_with(RUST_HEAP));
        rust.then_some(self.suppressed)
    }

    /// What was in use at exit and is not suppressed.
    pub fn left(&self) -> NotFreed {
        let kinds =
            [self.definitely_lost, self.indirectly_lost, self.possibly_lost, self.still_reachable];
        NotFreed {
            allocations: kinds.iter().map(|left| left.allocations).fold(0, u64::saturating_add),
            bytes: kinds.iter().map(|left| left.bytes).fold(0, u64::saturating_add),
        }
    }
}
