//! The table under loom: every interleaving of a few threads on a few slots, and every value stored so
//! far that a load may return. (Loom does not try loads of what is stored later.)
//!
//! The models hold to what the table relies on. An address is entered only by the thread that got it, and
//! withdrawn only by the thread that gives it back. Where it changes hands, in the program or through the
//! allocator, whoever gets it acquires what the giver released.

use std::ptr;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Release};

use loom::model::Builder;
use loom::thread::{self, JoinHandle};

use super::{Entry, Origin, Refused};
use sync::{AtomicBool, AtomicPtr};
use table::{LiveTable, home};

mod sync {
    use std::ops::Deref;

    use loom::sync::atomic::{self, Ordering::Relaxed};

    pub(super) use atomic::{AtomicBool, AtomicPtr};
    pub(super) type AtomicUsize = Watched<atomic::AtomicUsize>;

    /// An atomic of which every access is a write in loom's eyes, of a cell beside it.
    ///
    /// To find what may happen in another order, loom keeps the last access of each atomic. A thread's
    /// own load thus hides another's before it, and its store that follows is never tried ahead of that
    /// (<https://github.com/tokio-rs/loom/issues/166>). The table loads a slot before it writes it, so
    /// loom would leave out much. Writes it keeps apart, and relaxed ones order nothing.
    #[derive(Default)]
    pub(super) struct Watched<A> {
        atomic: A,
        accessed: AtomicBool,
    }

    impl<A> Deref for Watched<A> {
        type Target = A;

        fn deref(&self) -> &A {
            self.accessed.store(true, Relaxed);
            &self.atomic
        }
    }
}

#[expect(
    clippy::duplicate_mod,
    reason = "this copy has loom's atomics, which are of use only here"
)]
#[path = "table.rs"]
mod table;

mod memory {
    use std::array;

    use loom::alloc::Track;

    use super::sync::AtomicUsize;
    use super::table::Slot;

    pub(super) const BITS: u32 = 3;
    pub(super) const SLOTS: usize = 1 << BITS;
    pub(super) const REACH: usize = 3;

    #[repr(C)]
    struct Mapping {
        slots: [Slot; SLOTS],
        /// Loom fails a model that leaves one of these behind.
        _given_back: Track<()>,
    }

    pub(super) fn map(_bits: u32) -> *mut Slot {
        // All zero, as the kernel gives them.
        let slot = |_| Slot { address: AtomicUsize::default(), entry: AtomicUsize::default() };
        let mapping = Mapping { slots: array::from_fn(slot), _given_back: Track::new(()) };
        Box::into_raw(Box::new(mapping)).cast()
    }

    /// # Safety
    ///
    /// As in production.
    pub(super) unsafe fn unmap(slots: *mut Slot, _bits: u32) {
        // SAFETY: `map` made this box, whose first field is the slots, and nobody uses it any more.
        drop(unsafe { Box::from_raw(slots.cast::<Mapping>()) });
    }
}

/// What the models do with a table. They name an allocation by its number: see [`address`].
impl LiveTable {
    fn new() -> Self {
        let (slots, overflowed) = (AtomicPtr::default(), AtomicBool::default());
        Self { slots, overflowed, bits: memory::BITS }
    }

    /// A table that is mapped already, for models that are not about mapping it.
    fn mapped() -> Arc<Self> {
        let table = Arc::new(Self::new());
        assert_eq!(table.size_of(0), None);
        table
    }

    /// False if there was no room.
    fn enter(&self, n: usize, size: usize) -> bool {
        let origin = Origin { program: true, ..Origin::default() };
        self.insert(ptr::without_provenance_mut(address(n)), Entry { size, origin })
    }

    /// The size that was entered, if any was.
    fn withdraw(&self, n: usize) -> Option<usize> {
        self.remove(ptr::without_provenance_mut(address(n))).ok().flatten().map(|entry| entry.size)
    }

    fn size_of(&self, n: usize) -> Option<usize> {
        self.get(address(n)).ok().flatten().map(|entry| entry.size)
    }

    /// Ends a model, when its threads have ended: of the first eight allocations these are alive, with
    /// these sizes, and none is there twice.
    fn ends_with(&self, alive: &[(usize, usize)]) {
        for &(n, size) in alive {
            assert_eq!(self.withdraw(n), Some(size), "allocation {n}");
        }
        for n in 0..8 {
            assert_eq!(self.size_of(n), None, "allocation {n}");
        }
        self.clear();
    }
}

/// The address of the n-th allocation. All have the last slot for their home: they want the same slots,
/// across the end of the table.
fn address(n: usize) -> usize {
    let mut addresses =
        (1..).map(|n| n * 16).filter(|&address| home(address, memory::BITS) == memory::SLOTS - 1);
    addresses.nth(n).unwrap()
}

/// What passes from one thread to another: an allocation by way of the program, or a freed address by
/// way of the allocator.
#[derive(Clone)]
struct Hands(Arc<AtomicBool>);

impl Hands {
    fn empty() -> Self {
        Self(Arc::new(AtomicBool::new(false)))
    }

    fn give(&self) {
        self.0.store(true, Release);
    }

    /// Whether it has been given.
    fn take(&self) -> bool {
        self.0.load(Acquire)
    }
}

/// Runs a thread of a model.
fn spawn(table: &Arc<LiveTable>, run: impl FnOnce(&LiveTable) + 'static) -> JoinHandle<()> {
    let table = Arc::clone(table);
    thread::spawn(move || run(&table))
}

#[test]
fn two_that_want_one_slot_both_find_their_own() {
    loom::model(|| {
        let table = LiveTable::mapped();
        let other = spawn(&table, |table| {
            assert!(table.enter(0, 10));
            assert_eq!(table.size_of(0), Some(10));
        });
        assert!(table.enter(1, 11));
        assert_eq!(table.size_of(1), Some(11));
        other.join().unwrap();
        table.ends_with(&[(0, 10), (1, 11)]);
    });
}

#[test]
fn a_withdrawal_neither_hides_nor_doubles_its_neighbours() {
    loom::model(|| {
        let table = LiveTable::mapped();
        assert!(table.enter(0, 10) && table.enter(1, 11));
        let other = spawn(&table, |table| assert_eq!(table.withdraw(0), Some(10)));
        // Into the slot that becomes free, or behind the neighbour.
        assert!(table.enter(2, 12));
        assert_eq!(table.size_of(1), Some(11));
        assert_eq!(table.size_of(2), Some(12));
        other.join().unwrap();
        table.ends_with(&[(1, 11), (2, 12)]);
    });
}

#[test]
fn two_that_want_one_vacated_slot_both_find_their_own() {
    // With three threads there are too many interleavings: those with at most three preemptions.
    let mut bounded = Builder::new();
    bounded.preemption_bound = Some(3);
    bounded.check(|| {
        let table = LiveTable::mapped();
        assert!(table.enter(0, 10));
        let leaver = spawn(&table, |table| assert_eq!(table.withdraw(0), Some(10)));
        let other = spawn(&table, |table| {
            assert!(table.enter(1, 11));
            assert_eq!(table.withdraw(1), Some(11));
        });
        assert!(table.enter(2, 12));
        leaver.join().unwrap();
        other.join().unwrap();
        table.ends_with(&[(2, 12)]);
    });
}

#[test]
fn a_slot_used_again_keeps_nothing_of_its_last_allocation() {
    loom::model(|| {
        let table = LiveTable::mapped();
        let other = spawn(&table, |table| {
            assert!(table.enter(0, 10));
            assert_eq!(table.withdraw(0), Some(10));
        });
        assert!(table.enter(1, 11));
        assert_eq!(table.withdraw(1), Some(11));
        other.join().unwrap();
        table.ends_with(&[]);
    });
}

#[test]
fn whoever_is_handed_an_allocation_finds_it() {
    loom::model(|| {
        let table = LiveTable::mapped();
        let hands = Hands::empty();
        assert!(table.enter(0, 10));
        let giver = spawn(&table, {
            let hands = hands.clone();
            move |table| {
                assert!(table.enter(1, 11));
                hands.give();
            }
        });
        // Meanwhile its neighbour goes.
        assert_eq!(table.withdraw(0), Some(10));
        let taken = hands.take();
        if taken {
            assert_eq!(table.withdraw(1), Some(11));
        }
        giver.join().unwrap();
        table.ends_with(if taken { &[] } else { &[(1, 11)] });
    });
}

#[test]
fn an_address_that_is_allocated_again_has_its_new_entry() {
    loom::model(|| {
        let table = LiveTable::mapped();
        let allocator = Hands::empty();
        assert!(table.enter(0, 10) && table.enter(1, 11));
        let freer = spawn(&table, {
            let allocator = allocator.clone();
            move |table| {
                assert_eq!(table.withdraw(1), Some(11));
                allocator.give();
                // What is entered again may come to lie nearer its home.
                assert_eq!(table.withdraw(0), Some(10));
            }
        });
        let again = allocator.take();
        if again {
            assert!(table.enter(1, 21));
            assert_eq!(table.size_of(1), Some(21));
        }
        freer.join().unwrap();
        table.ends_with(if again { &[(1, 21)] } else { &[] });
    });
}

#[test]
fn threads_that_race_to_map_the_table_share_one_mapping() {
    loom::model(|| {
        let table = Arc::new(LiveTable::new());
        let other = spawn(&table, |table| assert!(table.enter(0, 10)));
        assert!(table.enter(1, 11));
        other.join().unwrap();
        table.ends_with(&[(0, 10), (1, 11)]);
    });
}

#[test]
fn who_finds_no_room_is_told_so() {
    loom::model(|| {
        let table = LiveTable::mapped();
        for n in 1..memory::REACH {
            assert!(table.enter(n, n));
        }
        // One slot is left within reach.
        let won = Hands::empty();
        let other = spawn(&table, {
            let won = won.clone();
            move |table| {
                if table.enter(0, 10) {
                    won.give();
                }
            }
        });
        let mine = table.enter(7, 17);
        other.join().unwrap();
        assert_eq!(won.take(), !mine);
        assert!(table.overflowed());
        assert_eq!(
            [table.size_of(0), table.size_of(7)],
            if mine { [None, Some(17)] } else { [Some(10), None] }
        );
        table.clear();
        assert!(!table.overflowed());
    });
}

#[test]
fn whoever_is_handed_what_was_refused_is_told_to_look_elsewhere() {
    loom::model(|| {
        let table = LiveTable::mapped();
        for n in 0..memory::REACH {
            assert!(table.enter(n, n));
        }
        let hands = Hands::empty();
        let giver = spawn(&table, {
            let hands = hands.clone();
            move |table| {
                if !table.enter(7, 17) {
                    hands.give();
                }
            }
        });
        // Meanwhile there is room again, and the other may have found it or not.
        assert_eq!(table.withdraw(1), Some(1));
        if hands.take() {
            assert_eq!(table.get(address(7)), Err(Refused));
        }
        giver.join().unwrap();
        table.clear();
    });
}

#[test]
fn what_is_vacated_makes_room() {
    loom::model(|| {
        let table = LiveTable::mapped();
        for n in 0..memory::REACH {
            assert!(table.enter(n, 10 + n));
        }
        let allocator = Hands::empty();
        let freer = spawn(&table, {
            let allocator = allocator.clone();
            move |table| {
                assert_eq!(table.withdraw(1), Some(11));
                allocator.give();
            }
        });
        let room = allocator.take();
        let entered = table.enter(7, 17);
        assert!(entered || !room);
        assert_eq!(table.overflowed(), !entered);
        assert_eq!(table.size_of(7), entered.then_some(17));
        freer.join().unwrap();
        table.clear();
    });
}
