//! The table of live blocks: who owns each, and how large it is.
//!
//! Open addressing over a fixed shared mapping, lock-free. A block's address is entered only by the
//! thread that just got it from the allocator and withdrawn only by the thread that is about to give it
//! back, so at any moment an address has at most one writer; what remains to be settled by
//! compare-and-swap is two addresses wanting one slot.

use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering::Relaxed};

/// Slots of the table; its memory is 16 bytes each, touched only where used. 2^23 carries some six
/// million live blocks; the largest phase has fewer than half a million.
const SLOTS: usize = 1 << 23;

/// How far from its home a block may lie. At three quarters full, the chance that one lies farther is
/// below 2^-100.
const REACH: usize = 256;

const EMPTY: usize = 0;
const VACATED: usize = 1;

/// What is known of a live block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// In bytes; below 2^48, which no address space exceeds.
    pub(super) size: usize,
    /// Whose it is, and where it came from.
    pub(super) origin: Origin,
}

/// Whose a block is, and where it came from.
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

struct Slot {
    /// The block's address, or `EMPTY`, or `VACATED`.
    address: AtomicUsize,
    /// An [`Entry`], packed.
    entry: AtomicUsize,
}

pub(super) struct Blocks {
    slots: AtomicPtr<Slot>,
    overflowed: AtomicBool,
}

impl Blocks {
    pub(super) const fn new() -> Self {
        Self { slots: AtomicPtr::new(ptr::null_mut()), overflowed: AtomicBool::new(false) }
    }

    /// Whether a block could not be entered since the last [`clear`](Self::clear).
    pub(super) fn overflowed(&self) -> bool {
        self.overflowed.load(Relaxed)
    }

    /// Enters a block; false if there was no room.
    pub(super) fn insert(&self, block: *mut u8, entry: Entry) -> bool {
        let address = block.addr();
        for slot in self.near(address) {
            let found = slot.address.load(Relaxed);
            if (found == EMPTY || found == VACATED)
                && slot.address.compare_exchange(found, address, Relaxed, Relaxed).is_ok()
            {
                slot.entry.store(entry.pack(), Relaxed);
                return true;
            }
        }
        self.overflowed.store(true, Relaxed);
        false
    }

    /// Withdraws a block, if it is known.
    pub(super) fn remove(&self, block: *mut u8) -> Option<Entry> {
        let slot = self.slot_of(block.addr())?;
        let entry = slot.entry.load(Relaxed);
        slot.address.store(VACATED, Relaxed);
        Some(Entry::unpack(entry))
    }

    /// What is known of the block at an address, if one is alive there. To be asked while nobody frees
    /// it.
    pub(super) fn get(&self, address: usize) -> Option<Entry> {
        Some(Entry::unpack(self.slot_of(address)?.entry.load(Relaxed)))
    }

    fn slot_of(&self, address: usize) -> Option<&Slot> {
        // Whatever a tracker lists may be asked for: these two are marks, and no addresses.
        if address == EMPTY || address == VACATED {
            return None;
        }
        for slot in self.near(address) {
            match slot.address.load(Relaxed) {
                found if found == address => return Some(slot),
                EMPTY => return None,
                _ => {}
            }
        }
        None
    }

    /// Forgets every block. To be called while nothing else uses the table.
    pub(super) fn clear(&self) {
        let old = self.slots.swap(ptr::null_mut(), Relaxed);
        if !old.is_null() {
            // SAFETY: the mapping was made by `map` with this length, and nothing uses it any more.
            unsafe { libc::munmap(old.cast(), SLOTS * size_of::<Slot>()) };
        }
        self.overflowed.store(false, Relaxed);
    }

    /// The slots where an address may lie, nearest first.
    fn near(&self, address: usize) -> impl Iterator<Item = &Slot> {
        let mut slots = self.slots.load(Relaxed);
        if slots.is_null() {
            slots = self.map();
        }
        let reach = if slots.is_null() { 0 } else { REACH };
        // Fibonacci hashing: neighbouring addresses are spread over the whole table.
        let home = address.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (usize::BITS - SLOTS.ilog2());
        (0..reach).map(move |step| {
            // SAFETY: the index is below SLOTS and the mapping holds that many slots; all-zero bytes,
            // as a fresh mapping has them, are valid atomics.
            unsafe { &*slots.add((home + step) % SLOTS) }
        })
    }

    /// Maps the table. Shared, so that it counts as `RssShmem` and can be told from the heap.
    #[cold]
    fn map(&self) -> *mut Slot {
        // SAFETY: an anonymous mapping at an address of the kernel's choice touches no existing memory.
        let mapping = unsafe {
            libc::mmap(
                ptr::null_mut(),
                SLOTS * size_of::<Slot>(),
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED | libc::MAP_ANON | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if mapping == libc::MAP_FAILED {
            return ptr::null_mut();
        }
        let mapping: *mut Slot = mapping.cast();
        match self.slots.compare_exchange(ptr::null_mut(), mapping, Relaxed, Relaxed) {
            Ok(_) => mapping,
            Err(theirs) => {
                // SAFETY: the mapping was made above with this length, and nobody else knows of it.
                unsafe { libc::munmap(mapping.cast(), SLOTS * size_of::<Slot>()) };
                theirs
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(address: usize) -> *mut u8 {
        ptr::without_provenance_mut(address)
    }

    /// A program's block or the tracker's.
    fn entry(size: usize, program: bool) -> Entry {
        Entry { size, origin: Origin { program, ..Origin::default() } }
    }

    #[test]
    fn an_entry_survives_its_packing() {
        for size in [0, 1, 48, (1 << 47) + 5] {
            for plant in [0, 1, 5, 255] {
                for (program, at_work) in [(false, false), (true, false), (true, true)] {
                    let entry = Entry { size, origin: Origin { program, at_work, plant } };
                    assert_eq!(Entry::unpack(entry.pack()), entry);
                }
            }
        }
    }

    #[test]
    fn a_block_is_known_from_its_entry_to_its_withdrawal() {
        let blocks = Blocks::new();
        let entry = entry(48, true);
        assert_eq!(blocks.remove(block(4096)), None);
        assert!(blocks.insert(block(4096), entry));
        assert_eq!(blocks.get(4096), Some(entry));
        assert_eq!([blocks.get(0), blocks.get(1), blocks.get(64)], [None; 3]);
        assert_eq!(blocks.remove(block(4096)), Some(entry));
        assert_eq!(blocks.remove(block(4096)), None);
        blocks.clear();
    }

    #[test]
    fn blocks_that_share_a_home_keep_apart() {
        let blocks = Blocks::new();
        // Address and address + 2^64/φ·… cannot be chosen by hand: many blocks collide by themselves.
        for n in 1..=100_000_usize {
            assert!(blocks.insert(block(n * 32), entry(n, n % 2 == 0)));
        }
        for n in (1..=100_000_usize).rev() {
            let expected = entry(n, n % 2 == 0);
            assert_eq!(blocks.remove(block(n * 32)), Some(expected));
        }
        assert!(!blocks.overflowed());
        blocks.clear();
    }

    #[test]
    fn a_full_neighbourhood_is_an_overflow_not_a_wrong_entry() {
        let blocks = Blocks::new();
        // The same address over and over has the same home: its reach fills up.
        for _ in 0..REACH {
            assert!(blocks.insert(block(64), entry(1, true)));
        }
        assert!(!blocks.insert(block(64), entry(1, true)));
        assert!(blocks.overflowed());
        blocks.clear();
        assert!(!blocks.overflowed());
    }

    #[test]
    fn threads_do_not_lose_each_others_blocks() {
        static SHARED: Blocks = Blocks::new();
        std::thread::scope(|scope| {
            for thread in 1..=4_usize {
                scope.spawn(move || {
                    for n in 1..=20_000_usize {
                        let address = (thread << 40) | (n * 16);
                        let entry = entry(n, true);
                        assert!(SHARED.insert(block(address), entry));
                        if n % 3 != 0 {
                            assert_eq!(SHARED.remove(block(address)), Some(entry));
                        }
                    }
                });
            }
        });
        for thread in 1..=4_usize {
            for n in (3..=20_000_usize).step_by(3) {
                assert!(SHARED.remove(block((thread << 40) | (n * 16))).is_some());
            }
        }
        SHARED.clear();
    }
}
