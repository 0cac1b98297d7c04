//! A version that may be the first bad one.

use serde::{Deserialize, Serialize};

/// A published version or a commit, of one tracker in one mode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// By which it is run; names a commit by its full hash, since branches move.
    pub spec: String,
    /// As people call it: `0.1.10`, or `3f2a9c41d0 "Track deallocations"`.
    pub name: String,
}
