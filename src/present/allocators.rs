//! Trackers that bring an allocator or ask for other flags, as a table.

use super::table::Table;
use super::words::arm_title;
use crate::analyse::summary::OverAllocator;

/// One row a tracker: what it costs, and how much of that is its allocator's.
pub(super) fn allocators(all: &[OverAllocator]) -> Table {
    Table::of(all)
        .words("tracker", "tracker", |one| arm_title(&one.arm, one.version.as_deref()))
        .estimate("÷ untracked", "overhead", |one| one.overhead)
        .words("built on", "allocator", |one| one.allocator.to_string())
        .estimate("alone ÷ untracked", "allocator_overhead", |one| one.allocator_overhead)
        .estimate("tracker ÷ that", "over", |one| one.over)
        .table("allocators", "How much of it is what it is built on?")
        .note(
            "CPU time of trackers that bring an allocator of their own, or ask for other compiler flags, against the untracked \
             program as it is, as their user sees it, and against the untracked program with that allocator or these flags, \
             in the same blocks: geometric means over all workloads, with 95 % intervals.",
        )
}
