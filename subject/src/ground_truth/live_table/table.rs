//! The table itself: open addressing over a fixed mapping, lock-free.
//!
//! An address is entered only by the thread that just got it from the allocator and withdrawn only by
//! the thread that is about to give it back, so at any moment an address has at most one writer; what
//! remains to be settled by compare-and-swap is two addresses wanting one slot.
//!
//! Where an address changes hands, the program or the allocator orders what its threads do: whoever
//! looks it up sees what was entered. What nobody else orders is a slot that passes from one address to
//! another, and the mapping itself.

use std::ptr;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use super::memory::{self, REACH};
use super::sync::{AtomicBool, AtomicPtr, AtomicUsize};
use super::{Entry, Refused};

/// What a fresh mapping holds.
const EMPTY: usize = 0;
const VACATED: usize = 1;

pub(super) struct Slot {
    /// The allocation's address, or `EMPTY`, or `VACATED`.
    pub(super) address: AtomicUsize,
    /// An [`Entry`], packed.
    pub(super) entry: AtomicUsize,
}

pub(in crate::ground_truth) struct LiveTable {
    /// Null until the first use.
    pub(super) slots: AtomicPtr<Slot>,
    pub(super) overflowed: AtomicBool,
    /// It has 2^bits slots.
    pub(super) bits: u32,
}

/// Where an address is.
enum Found<'a> {
    /// In this slot.
    At(&'a Slot),
    /// Not in this table; and it had room for it, so that it was never refused.
    Nowhere,
    /// Not in this table, which may have refused it: no slot in its reach is as it was when it was mapped.
    Beyond,
}

impl LiveTable {
    /// Whether an allocation could not be entered since the last [`clear`](Self::clear).
    pub(in crate::ground_truth) fn overflowed(&self) -> bool {
        self.overflowed.load(Relaxed)
    }

    /// Enters an allocation; false if there was no room.
    pub(in crate::ground_truth) fn insert(&self, allocation: *mut u8, entry: Entry) -> bool {
        let address = allocation.addr();
        for slot in self.near(address) {
            let found = slot.address.load(Relaxed);
            // Acquires the slot from `remove`: the new entry comes after the last one, for every thread.
            if (found == EMPTY || found == VACATED)
                && slot.address.compare_exchange(found, address, Acquire, Relaxed).is_ok()
            {
                slot.entry.store(entry.pack(), Relaxed);
                return true;
            }
        }
        self.overflowed.store(true, Relaxed);
        false
    }

    /// Withdraws an allocation, if it is known; an error if another table may know it.
    pub(in crate::ground_truth) fn remove(
        &self,
        allocation: *mut u8,
    ) -> Result<Option<Entry>, Refused> {
        match self.find(allocation.addr()) {
            Found::At(slot) => {
                let entry = slot.entry.load(Relaxed);
                // Releases the slot to `insert`: whoever gets it next writes its entry after this one was read.
                slot.address.store(VACATED, Release);
                Ok(Some(Entry::unpack(entry)))
            }
            Found::Nowhere => Ok(None),
            Found::Beyond => Err(Refused),
        }
    }

    /// What is known of the allocation at an address, if one is alive there; an error if another table may know it. To
    /// be asked while nobody frees it.
    pub(in crate::ground_truth) fn get(&self, address: usize) -> Result<Option<Entry>, Refused> {
        match self.find(address) {
            Found::At(slot) => Ok(Some(Entry::unpack(slot.entry.load(Relaxed)))),
            Found::Nowhere => Ok(None),
            Found::Beyond => Err(Refused),
        }
    }

    fn find(&self, address: usize) -> Found<'_> {
        // Whatever a tracker lists may be asked for: these two are marks, and no addresses.
        if address == EMPTY || address == VACATED {
            return Found::Nowhere;
        }
        for slot in self.near(address) {
            match slot.address.load(Relaxed) {
                found if found == address => return Found::At(slot),
                // A slot is never empty again. Whoever was refused saw none that was, and so does whoever got the
                // address from there.
                EMPTY => return Found::Nowhere,
                _ => {}
            }
        }
        Found::Beyond
    }

    /// Forgets every allocation. To be called while nothing else uses the table.
    pub(in crate::ground_truth) fn clear(&self) {
        let old = self.slots.swap(ptr::null_mut(), Relaxed);
        if !old.is_null() {
            // SAFETY: `map` made the mapping, and nothing uses it any more.
            unsafe { memory::unmap(old, self.bits) };
        }
        self.overflowed.store(false, Relaxed);
    }

    /// The slots where an address may lie, nearest first.
    fn near(&self, address: usize) -> impl Iterator<Item = &Slot> {
        // Acquires the mapping: another thread may have made it.
        let mut slots = self.slots.load(Acquire);
        if slots.is_null() {
            slots = self.map();
        }
        let reach = if slots.is_null() { 0 } else { REACH };
        let (home, last) = (home(address, self.bits), (1 << self.bits) - 1);
        (0..reach).map(move |step| {
            // SAFETY: the index is at most that of the last slot, and a mapping holds 2^bits of them.
            unsafe { &*slots.add((home + step) & last) }
        })
    }

    /// Maps the table, unless another thread was faster.
    #[cold]
    fn map(&self) -> *mut Slot {
        let mapping = memory::map(self.bits);
        if mapping.is_null() {
            return mapping;
        }
        match self.slots.compare_exchange(ptr::null_mut(), mapping, Release, Acquire) {
            Ok(_) => mapping,
            Err(theirs) => {
                // SAFETY: the mapping was made above, and nobody else knows of it.
                unsafe { memory::unmap(mapping, self.bits) };
                theirs
            }
        }
    }
}

/// The index of the slot nearest to an address, of 2^bits. Fibonacci hashing: neighbouring addresses are spread
/// over the whole table.
pub(super) fn home(address: usize, bits: u32) -> usize {
    address.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (usize::BITS - bits)
}
