//! What happened: cost, and the heap as the ground truth counted it.

use serde::{Deserialize, Serialize};

/// The cost of the measured region: the workload and nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Cost {
    /// Wall-clock time.
    pub wall_ns: u64,
    /// CPU time in user mode, of all threads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_ns: Option<u64>,
    /// CPU time in the kernel, of all threads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_ns: Option<u64>,
    /// Resident set just before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resident_before_bytes: Option<u64>,
    /// Largest resident set meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resident_peak_bytes: Option<u64>,
    /// Page faults served without I/O.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minor_faults: Option<u64>,
    /// Page faults that needed I/O.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub major_faults: Option<u64>,
    /// Times a thread gave up its core.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voluntary_switches: Option<u64>,
    /// Times a thread was made to give up its core.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub involuntary_switches: Option<u64>,
    /// CPU time of the processes that a tool runs beside the program, up to its answer. The subject does not know it;
    /// the runner adds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub helpers_cpu_ns: Option<u64>,
    /// The largest resident sets of those processes, together. Likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub helpers_resident_bytes: Option<u64>,
}

impl Cost {
    /// CPU time in user mode and in the kernel, if both are known, and that of helpers.
    pub fn cpu_ns(&self) -> Option<u64> {
        let own = self.user_ns?.saturating_add(self.system_ns?);
        Some(own.saturating_add(self.helpers_cpu_ns.unwrap_or(0)))
    }

    /// The largest resident set, and those of helpers.
    pub fn peak_bytes(&self) -> Option<u64> {
        let own = self.resident_peak_bytes?;
        Some(own.saturating_add(self.helpers_resident_bytes.unwrap_or(0)))
    }
}

/// Heap use of one owner (the program, or the tracker for itself), counted by the ground truth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Heap {
    /// Allocations (`alloc` and `alloc_zeroed`; a reallocation is counted apart).
    pub allocations: u64,
    /// Frees.
    pub deallocations: u64,
    /// Reallocations.
    pub reallocations: u64,
    /// Bytes allocated: sizes of new allocations, and new sizes of reallocated ones.
    pub allocated_bytes: u64,
    /// Bytes freed: sizes of freed allocations, and old sizes of reallocated ones.
    pub freed_bytes: u64,
    /// Of the bytes allocated and freed, those of reallocated allocations that the old size and the new one have in
    /// common: for a tracker that counts the difference alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_bytes: Option<u64>,
    /// Allocations alive at the end.
    pub live_allocations: u64,
    /// Bytes in them.
    pub live_bytes: u64,
    /// The most bytes that were alive at once.
    pub peak_live_bytes: u64,
    /// The most allocations that were alive at once; not necessarily at the same moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_live_allocations: Option<u64>,
}

impl Heap {
    /// Allocation events: allocations, frees and reallocations.
    pub fn events(&self) -> u64 {
        // A record from elsewhere may hold any number.
        self.allocations.saturating_add(self.deallocations).saturating_add(self.reallocations)
    }
}

/// What the program truly did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Truth {
    /// The program's heap.
    #[serde(flatten)]
    pub heap: Heap,
    /// Variables handed to the tracker.
    pub variables: u64,
    /// Allocations and reallocations by size: element `i` counts sizes in `2^(i-1) ..= 2^i - 1`
    /// (element 0 counts size 0). Trailing zeros are left out.
    pub size_classes: Vec<u64>,
}

/// Heap use under one type's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TypeUse {
    /// The type's name, in the words of whoever counted.
    #[serde(rename = "type")]
    pub type_name: String,
    /// How many variables.
    pub count: u64,
    /// Bytes in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

/// The heap at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TimelinePoint {
    /// Nanoseconds since the set-up of the first workload began.
    pub at_ns: u64,
    /// Bytes alive of the program.
    pub live_bytes: u64,
    /// Bytes alive of the tracker for itself.
    pub own_bytes: u64,
    /// Resident memory of the process that is not shared or mapped from files: heap, stacks, static data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resident_bytes: Option<u64>,
}

impl TimelinePoint {
    /// A point before anything was seen.
    pub const NONE: Self = Self { at_ns: 0, live_bytes: 0, own_bytes: 0, resident_bytes: None };
}

/// What is alive on the heap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Live {
    /// Allocations; absent if that is not reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocations: Option<u64>,
    /// Bytes in them; absent if that is not reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

impl Live {
    /// Nothing known.
    pub const NONE: Self = Self { allocations: None, bytes: None };
}

/// A moment within a workload: what was alive, and what the tracker said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Moment {
    /// Rounds of the workload that were done.
    pub round: u64,
    /// Rounds that it has.
    pub rounds: u64,
    /// Alive of the program just before the tracker was asked.
    pub before: Live,
    /// Just after: other threads go on meanwhile.
    pub after: Live,
    /// What the tracker held for itself.
    pub own: Live,
    /// What the tracker said.
    pub reported: Live,
}

impl Moment {
    /// A moment that never came.
    pub const NONE: Self = Self {
        round: 0,
        rounds: 0,
        before: Live::NONE,
        after: Live::NONE,
        own: Live::NONE,
        reported: Live::NONE,
    };
}
