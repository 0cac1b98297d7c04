//! The table as it is in a subject, on real memory.

use std::ptr;

use super::memory::REACH;
use super::{Entry, LiveTables, Origin};

/// Allocations of a test. Miri is some thousand times slower, and has a smaller table.
const MANY: usize = if cfg!(miri) { 600 } else { 100_000 };

fn at(address: usize) -> *mut u8 {
    ptr::without_provenance_mut(address)
}

/// A program's allocation or the tracker's.
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
fn an_allocation_is_known_from_its_entry_to_its_withdrawal() {
    let table = LiveTables::new();
    let entry = entry(48, true);
    assert_eq!(table.remove(at(4096)), None);
    assert!(table.insert(at(4096), entry));
    assert_eq!(table.get(4096), Some(entry));
    assert_eq!([table.get(0), table.get(1), table.get(64)], [None; 3]);
    assert_eq!(table.remove(at(4096)), Some(entry));
    assert_eq!(table.remove(at(4096)), None);
    table.clear();
}

#[test]
fn allocations_that_share_a_home_keep_apart() {
    let table = LiveTables::new();
    // Address and address + 2^64/φ·… cannot be chosen by hand: many collide by themselves.
    for n in 1..=MANY {
        assert!(table.insert(at(n * 32), entry(n, n % 2 == 0)));
    }
    for n in (1..=MANY).rev() {
        let expected = entry(n, n % 2 == 0);
        assert_eq!(table.remove(at(n * 32)), Some(expected));
    }
    assert!(!table.overflowed());
    table.clear();
}

#[test]
fn a_full_neighbourhood_is_an_overflow_not_a_wrong_entry() {
    let table = LiveTables::new();
    // The same address over and over has the same home: its reach fills up, in the one table and then in the other.
    for n in 1..=2 * REACH {
        assert!(table.insert(at(64), entry(n, true)));
        assert!(!table.overflowed());
    }
    assert!(!table.insert(at(64), entry(1, true)));
    assert!(table.overflowed());
    // From the first to the last.
    for n in 1..=2 * REACH {
        assert_eq!(table.get(64), Some(entry(n, true)));
        assert_eq!(table.remove(at(64)), Some(entry(n, true)));
    }
    assert_eq!(table.remove(at(64)), None);
    table.clear();
    assert!(!table.overflowed());
}

#[test]
fn threads_do_not_lose_each_others_allocations() {
    const EACH: usize = MANY / 5;
    static SHARED: LiveTables = LiveTables::new();
    std::thread::scope(|scope| {
        for thread in 1..=4_usize {
            scope.spawn(move || {
                for n in 1..=EACH {
                    let address = (thread << 40) | (n * 16);
                    let entry = entry(n, true);
                    assert!(SHARED.insert(at(address), entry));
                    if n % 3 != 0 {
                        assert_eq!(SHARED.remove(at(address)), Some(entry));
                    }
                }
            });
        }
    });
    for thread in 1..=4_usize {
        for n in (3..=EACH).step_by(3) {
            assert!(SHARED.remove(at((thread << 40) | (n * 16))).is_some());
        }
    }
    SHARED.clear();
}
