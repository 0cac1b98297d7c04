//! A tracker that lies, for tests of the audit: its modes are the ways in which trackers are wrong.
//! `honest` is right in everything.

#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed};

use subject::probe::NoProbe;
use subject::protocol::{LeakList, Live, Reported};
use subject::{GroundTruth, Tracker, TrackerError};

#[global_allocator]
static ALLOCATOR: GroundTruth<Lying> = GroundTruth::new(Lying);

const MODES: [&str; 14] = [
    "honest",
    "drops-tenth",
    "drops-hundredth",
    "doubles",
    "peak",
    "hoards",
    "false-leaks",
    "loses-frees",
    "live-doubled",
    "bytes-off",
    "one-false-leak",
    "misses-one-leak",
    "own-heap",
    "dawdles",
];
const DROPS_TENTH: u8 = 1;
const DROPS_HUNDREDTH: u8 = 2;
const DOUBLES: u8 = 3;
const PEAK: u8 = 4;
const HOARDS: u8 = 5;
const FALSE_LEAKS: u8 = 6;
const LOSES_FREES: u8 = 7;
const LIVE_DOUBLED: u8 = 8;
const BYTES_OFF: u8 = 9;
const ONE_FALSE_LEAK: u8 = 10;
const MISSES_ONE_LEAK: u8 = 11;
const OWN_HEAP: u8 = 12;
const DAWDLES: u8 = 13;

/// What it holds for itself from its start on, in bytes; a tenth more in the mode `own-heap`.
const OWN: usize = 1_000_000;
/// The size of one that `planted-leaks` leaks in each round.
const PLANTED: usize = 4_096;

/// Which lie; an index of `MODES`.
static LIE: AtomicU8 = AtomicU8::new(0);
/// Whether it looks away, so that what it allocates to answer is not counted.
static ASLEEP: AtomicBool = AtomicBool::new(false);

static FREES: AtomicU64 = AtomicU64::new(0);
static EVENTS: AtomicU64 = AtomicU64::new(0);
static DROPPED: AtomicU64 = AtomicU64::new(0);
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static DEALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static REALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static ALLOCATED: AtomicU64 = AtomicU64::new(0);
static FREED: AtomicU64 = AtomicU64::new(0);
static LIVE: AtomicU64 = AtomicU64::new(0);
static PEAK_LIVE: AtomicU64 = AtomicU64::new(0);

/// Addresses of live allocations, by open addressing; 0 is free, 1 vacated.
const SLOTS: usize = 1 << 18;
static LIVE_ADDRESSES: [AtomicUsize; SLOTS] = [const { AtomicUsize::new(0) }; SLOTS];

/// The last allocation of the size that is planted.
static LAST_PLANTED: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static HOARDING: Cell<bool> = const { Cell::new(false) };
}

fn slots(address: usize) -> impl Iterator<Item = &'static AtomicUsize> {
    let home = address.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (usize::BITS - SLOTS.ilog2());
    (0..SLOTS).map(move |step| &LIVE_ADDRESSES[(home + step) % SLOTS])
}

fn enter(address: usize) {
    for slot in slots(address) {
        let found = slot.load(Relaxed);
        if found <= 1 && slot.compare_exchange(found, address, Relaxed, Relaxed).is_ok() {
            return;
        }
    }
}

fn withdraw(address: usize) {
    for slot in slots(address) {
        match slot.load(Relaxed) {
            found if found == address => return slot.store(1, Relaxed),
            0 => return,
            _ => {}
        }
    }
}

/// Whether an event is counted at all.
fn seen() -> bool {
    if ASLEEP.load(Relaxed) || HOARDING.get() {
        return false;
    }
    let event = EVENTS.fetch_add(1, Relaxed);
    let lie = LIE.load(Relaxed);
    if lie == HOARDS && event.is_multiple_of(50) {
        HOARDING.set(true);
        // Through the global allocator, as a tracker's own maps are; seen by no one, the compiler may leave it out.
        std::mem::forget(std::hint::black_box(Box::new([0_u8; 64])));
        HOARDING.set(false);
    }
    let every = match lie {
        DROPS_TENTH => 10,
        DROPS_HUNDREDTH => 100,
        _ => return true,
    };
    let dropped = event.is_multiple_of(every);
    DROPPED.fetch_add(u64::from(dropped), Relaxed);
    !dropped
}

fn grown(by: u64) {
    // Frees whose allocation it dropped may have taken it below zero.
    let live = LIVE.fetch_add(by, Relaxed).wrapping_add(by);
    PEAK_LIVE.fetch_max(live, Relaxed);
}

fn allocated(pointer: *mut u8, size: usize) {
    if pointer.is_null() || !seen() {
        return;
    }
    let lie = LIE.load(Relaxed);
    if lie == DAWDLES {
        // No lie, but a waste: some twenty instructions more.
        for step in 0..10_u64 {
            black_box(step);
        }
    }
    let times = if lie == DOUBLES { 2 } else { 1 };
    ALLOCATIONS.fetch_add(times, Relaxed);
    ALLOCATED.fetch_add(size as u64, Relaxed);
    grown(size as u64);
    enter(pointer.addr());
    if size == PLANTED {
        LAST_PLANTED.store(pointer.addr(), Relaxed);
    }
}

/// What it says is alive.
fn live() -> (u64, u64) {
    let allocations = ALLOCATIONS.load(Relaxed).saturating_sub(DEALLOCATIONS.load(Relaxed));
    let times = if LIE.load(Relaxed) == LIVE_DOUBLED { 2 } else { 1 };
    (times * allocations, times * LIVE.load(Relaxed))
}

struct Lying;

// SAFETY: every call is forwarded to `System` with the arguments it came with, and what that returns is
// returned; counting touches no memory that is handed out.
unsafe impl GlobalAlloc for Lying {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract is passed on unchanged.
        let pointer = unsafe { System.alloc(layout) };
        allocated(pointer, layout.size());
        pointer
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        let pointer = unsafe { System.alloc_zeroed(layout) };
        allocated(pointer, layout.size());
        pointer
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        let lost =
            LIE.load(Relaxed) == LOSES_FREES && FREES.fetch_add(1, Relaxed).is_multiple_of(100);
        if !lost && seen() {
            let count = DEALLOCATIONS.fetch_add(1, Relaxed);
            FREED.fetch_add(layout.size() as u64, Relaxed);
            LIVE.fetch_sub(layout.size() as u64, Relaxed);
            if LIE.load(Relaxed) != FALSE_LEAKS || !count.is_multiple_of(10) {
                withdraw(pointer.addr());
            }
        }
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) };
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let seen = seen();
        if seen {
            withdraw(pointer.addr());
        }
        // SAFETY: as above.
        let moved = unsafe { System.realloc(pointer, layout, new_size) };
        if seen {
            enter(if moved.is_null() { pointer } else { moved }.addr());
        }
        if seen && !moved.is_null() {
            REALLOCATIONS.fetch_add(1, Relaxed);
            ALLOCATED.fetch_add(new_size as u64, Relaxed);
            FREED.fetch_add(layout.size() as u64, Relaxed);
            match new_size.checked_sub(layout.size()) {
                Some(more) => grown(more as u64),
                None => {
                    LIVE.fetch_sub((layout.size() - new_size) as u64, Relaxed);
                }
            }
        }
        moved
    }
}

struct Liar;

impl Tracker for Liar {
    type Probe = NoProbe;
    const NAME: &'static str = "liar";
    const MODES: &'static [&'static str] = &MODES;

    fn version() -> &'static str {
        "0.0.1-fake"
    }

    fn init(mode: &'static str, _report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        let lie = MODES.iter().position(|known| *known == mode);
        LIE.store(lie.and_then(|lie| u8::try_from(lie).ok()).ok_or("no such lie")?, Relaxed);
        let own = if LIE.load(Relaxed) == OWN_HEAP { OWN / 10 * 11 } else { OWN };
        HOARDING.set(true);
        std::mem::forget(vec![1_u8; own]);
        HOARDING.set(false);
        Ok(Self)
    }

    fn probe(&self) -> NoProbe {
        NoProbe
    }

    fn reported(&self) -> Result<Reported, TrackerError> {
        let lie = LIE.load(Relaxed);
        let read = |counter: &AtomicU64| Some(counter.load(Relaxed));
        let (allocations, deallocations) = (ALLOCATIONS.load(Relaxed), DEALLOCATIONS.load(Relaxed));
        let peak = PEAK_LIVE.load(Relaxed);
        Ok(Reported {
            allocations: Some(allocations),
            deallocations: Some(deallocations),
            reallocations: read(&REALLOCATIONS),
            allocated_bytes: Some(match ALLOCATED.load(Relaxed) {
                bytes if lie == BYTES_OFF => bytes + bytes / 50,
                bytes => bytes,
            }),
            freed_bytes: read(&FREED),
            live_allocations: Some(live().0),
            live_bytes: Some(live().1),
            peak_live_bytes: Some(if lie == PEAK { peak / 2 } else { peak }),
            dropped_events: read(&DROPPED).filter(|&dropped| dropped > 0),
            ..Reported::default()
        })
    }

    fn live_now() -> Live {
        let (allocations, bytes) = live();
        Live { allocations: Some(allocations), bytes: Some(bytes) }
    }

    fn leaks(&self) -> Result<Option<LeakList>, TrackerError> {
        ASLEEP.store(true, Relaxed);
        let addresses =
            LIVE_ADDRESSES.iter().map(|slot| slot.load(Relaxed)).filter(|&address| address > 1);
        let lie = LIE.load(Relaxed);
        let missed = LAST_PLANTED.load(Relaxed);
        let known = |address: &usize| lie != MISSES_ONE_LEAK || *address != missed;
        let mut addresses: Vec<u64> =
            addresses.filter(known).map(|address| address as u64).collect();
        // Nothing is ever allocated there.
        addresses.extend((lie == ONE_FALSE_LEAK).then_some(0x10));
        Ok(Some(LeakList { source: "leaks()".to_owned(), addresses, all_live: true }))
    }

    /// A report of three files: one empty, one cut off, one sound.
    fn write_report(self, folder: &Path) -> Result<(), TrackerError> {
        if LIE.load(Relaxed) == 0 {
            return Ok(());
        }
        std::fs::write(folder.join("empty.json"), "")?;
        std::fs::write(folder.join("cut-off.html"), "<html><body>")?;
        std::fs::write(folder.join("sound.json"), "{}")?;
        Err("the liar has no more to say".into())
    }
}

subject::main!(Liar);
