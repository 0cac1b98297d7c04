//! What a tracker says happened: its figures, its list of leaks, its report.

use serde::{Deserialize, Serialize};

use crate::TypeUse;

/// What the tracker says the program did, in the tracker's own terms.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reported {
    /// Allocations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocations: Option<u64>,
    /// Frees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deallocations: Option<u64>,
    /// Reallocations, where the tracker counts them apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reallocations: Option<u64>,
    /// Bytes allocated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocated_bytes: Option<u64>,
    /// Bytes freed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freed_bytes: Option<u64>,
    /// Allocations alive at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_allocations: Option<u64>,
    /// Bytes in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_bytes: Option<u64>,
    /// The most bytes alive at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_live_bytes: Option<u64>,
    /// Allocations that nothing points to any more when the process ends, as one that looks for leaks has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaked_allocations: Option<u64>,
    /// Bytes in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaked_bytes: Option<u64>,
    /// Variables tracked by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variables: Option<u64>,
    /// Events that the tracker says it dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropped_events: Option<u64>,
    /// Use by type, where the tracker tells it, largest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<TypeUse>,
    /// Use by site, where the tracker tells it and was asked for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<SiteUse>,
}

/// What was allocated at one site of the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SiteUse {
    /// The function, without its path.
    pub function: String,
    /// Allocations.
    pub allocations: u64,
    /// Bytes in them.
    pub bytes: u64,
}

/// A tracker report, as it wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrackerReport {
    /// Nanoseconds it took.
    pub took_ns: u64,
    /// The files it left, relative to the folder it was given, with their sizes in bytes, by name.
    pub files: Vec<(String, u64)>,
    /// What the tracker failed with, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// Allocations that a workload made and left behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Leaked {
    /// How many.
    pub allocations: u64,
    /// Bytes in them.
    pub bytes: u64,
}

/// What a tracker lists as leaked, or as still alive where it makes no difference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeakList {
    /// By which of the tracker's functions, e.g. `get_active_allocations()`.
    pub source: String,
    /// Addresses of the allocations, in any order.
    pub addresses: Vec<u64>,
    /// Whether the list is of everything that the tracker holds to be alive, rather than of what it takes
    /// for leaked. It then says, by address, which live allocations the tracker knows.
    pub all_live: bool,
}

/// A tracker's list of leaks, looked up, one by one, among the live allocations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LeakGrades {
    /// Where the list is from: [`LeakList::source`].
    pub source: String,
    /// Whether it is of all that the tracker holds to be alive: [`LeakList::all_live`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all_live: bool,
    /// Different allocations listed.
    pub listed: u64,
    /// Entries beyond the first for an allocation.
    pub repeated: u64,
    /// Of the listed: truly leaked by the workload.
    pub leaked: u64,
    /// Of the listed: alive and the program's, but from before or after the work, such as this harness's
    /// own few. Neither right nor wrong.
    pub in_use: u64,
    /// Of the listed: the tracker's own allocations.
    pub own: u64,
    /// Of the listed: not alive. Freed, or never allocated.
    pub freed: u64,
    /// What workloads truly left behind.
    pub true_leaks: Leaked,
    /// All of the program's live allocations, leaked or in use.
    pub alive_allocations: u64,
    /// Leaks that the workload planted, by label, where there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub planted: Vec<Planted>,
}

/// Leaks that were planted under one label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Planted {
    /// The label.
    pub label: String,
    /// What was planted.
    pub leaked: Leaked,
    /// Allocations of it that the tracker lists.
    pub listed: u64,
}
