//! The table of live allocations: who owns each, and how large it is.
//!
//! What an entry says stands here. The table itself is `table.rs`, its memory `memory.rs`. Under test
//! `table.rs` is compiled a second time, in `model.rs`, where loom runs every interleaving of a few
//! threads on a few slots. That is why it takes its atomics and its memory from its parent module.

mod memory;
mod sync {
    pub(super) use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize};
}
mod table;

// Miri cannot run loom, which switches stacks in assembly.
#[cfg(all(test, not(miri)))]
mod model;
#[cfg(test)]
mod tests;

use std::ptr;

use sync::{AtomicBool, AtomicPtr};

use table::LiveTable;

/// What is known of a live allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// In bytes; below 2^48, which no address space exceeds.
    pub(super) size: usize,
    /// Whose it is, and where it came from.
    pub(super) origin: Origin,
}

/// Whose an allocation is, and where it came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Origin {
    /// Whether it is the program's, not the tracker's own.
    pub(super) program: bool,
    /// Whether it was allocated while a workload ran.
    pub(super) at_work: bool,
    /// The label under which it was planted to leak, counted from 1; 0 for none.
    pub(super) plant: u8,
}

impl Entry {
    /// Size, plant, at work, program: from the highest bit to the lowest.
    fn pack(self) -> usize {
        let Origin { program, at_work, plant } = self.origin;
        (self.size << 16)
            | (usize::from(plant) << 8)
            | (usize::from(at_work) << 1)
            | usize::from(program)
    }

    fn unpack(packed: usize) -> Self {
        let origin = Origin {
            program: packed & 1 == 1,
            at_work: packed & 2 == 2,
            plant: (packed >> 8) as u8,
        };
        Self { size: packed >> 16, origin }
    }
}

/// A table had no room for an allocation: it is to be looked for elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused;

impl LiveTable {
    /// An empty table of 2^bits slots. Here and not in `table.rs`, since loom's atomics cannot be made in a constant.
    pub(super) const fn new(bits: u32) -> Self {
        let (slots, overflowed) = (AtomicPtr::new(ptr::null_mut()), AtomicBool::new(false));
        Self { slots, overflowed, bits }
    }
}

/// All live allocations: a table that is small enough to be touched all over, and a large one for what it has no room
/// for.
pub(super) struct LiveTables {
    near: LiveTable,
    beyond: LiveTable,
}

impl LiveTables {
    /// Empty ones.
    pub(super) const fn new() -> Self {
        Self { near: LiveTable::new(memory::NEAR), beyond: LiveTable::new(memory::BEYOND) }
    }

    /// Whether an allocation could not be entered since the last [`clear`](Self::clear).
    pub(super) fn overflowed(&self) -> bool {
        self.beyond.overflowed()
    }

    /// Enters an allocation; false if there was no room.
    pub(super) fn insert(&self, allocation: *mut u8, entry: Entry) -> bool {
        self.near.insert(allocation, entry) || self.beyond.insert(allocation, entry)
    }

    /// Withdraws an allocation, if it is known.
    pub(super) fn remove(&self, allocation: *mut u8) -> Option<Entry> {
        match self.near.remove(allocation) {
            Ok(entry) => entry,
            Err(Refused) => self.further()?.remove(allocation).ok().flatten(),
        }
    }

    /// What is known of the allocation at an address, if one is alive there. To be asked while nobody frees it.
    pub(super) fn get(&self, address: usize) -> Option<Entry> {
        match self.near.get(address) {
            Ok(entry) => entry,
            Err(Refused) => self.further()?.get(address).ok().flatten(),
        }
    }

    /// The large one, if anything was ever refused by the other.
    fn further(&self) -> Option<&LiveTable> {
        self.near.overflowed().then_some(&self.beyond)
    }

    /// Forgets every allocation. To be called while nothing else uses the tables.
    pub(super) fn clear(&self) {
        self.near.clear();
        self.beyond.clear();
    }
}
