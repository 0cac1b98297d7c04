//! The ground truth: an allocator around the tracker's allocator that counts what truly happens.
//!
//! ```text
//! program ──alloc──▶ GroundTruth ──▶ the tracker's allocator ──▶ System
//!                        ▲   depth 0: the program's                 │
//!                        └── depth 1: the tracker's own ◀───────────┘ (its maps, strings, …)
//! ```
//!
//! Every subject installs it, timed or audited: the same binary does both passes. What it does is its
//! [`AllocatorRole`], which it reads from the environment on the process's first allocation. In a timed pass that
//! costs one relaxed load and a branch or two per call, whether the tracker's allocator is called or passed by
//! (`cargo bench --bench instrument` measures both). In an
//! audit pass every block is entered in a table with its size and owner, so that a free is booked to
//! whoever owned the block, whichever thread frees it and at whatever depth, and a free of a block from
//! before counting began is booked to nobody. While a workload's calls are timed (`latency.rs`), no block is
//! entered anywhere.
//!
//! Nothing here allocates, panics, or takes a lock.

#![allow(unsafe_code)]

mod counters;
mod exercise;
mod latency;
mod leaks;
mod live_table;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, AtomicU32, Ordering::Relaxed};

use protocol::AllocatorRole;

pub use counters::{Counted, Region, size_class};
pub use exercise::exercise;
pub(crate) use latency::Timed;
pub use leaks::{Plant, grade, planting, work_leaks};

use counters::{OWN_HEAP, PROGRAM, SIZE_CLASSES};
use latency::Durations;
use live_table::{Entry, LiveTables, Origin};

use crate::os;

/// Timed, through the tracker's allocator. This and [`PASSED_BY`] are the lowest two values, so that one test tells
/// both from all others, and neither costs more than the other.
const PLAIN: u8 = 0;
const BYPASS: u8 = 1;
/// Timed, and past the tracker's allocator.
const PASSED_BY: u8 = BYPASS;
const AUDIT: u8 = 2;
/// Set while the calls of a workload are timed; no role of a whole process.
const LATENCY: u8 = 4;
/// Not read from the environment yet.
const UNKNOWN: u8 = 8;

/// The role of this process. One for all wrappers: a process has one global allocator.
static ROLE: AtomicU8 = AtomicU8::new(UNKNOWN);

/// Whether a wrapper is this process's allocator: without one, nothing is counted and zero would be
/// a lie.
static INSTALLED: AtomicBool = AtomicBool::new(false);

static LIVE: LiveTables = LiveTables::new();

/// Threads that the tracker started for itself; 0 is no thread.
static TRACKER_THREADS: [AtomicI32; 64] = [const { AtomicI32::new(0) }; 64];
/// Changes whenever `TRACKER_THREADS` does, so that threads look themselves up again.
static TRACKER_THREADS_EDITION: AtomicU32 = AtomicU32::new(1);

thread_local! {
    // Constant and without a destructor, so that touching them neither allocates nor registers
    // anything, even while the thread is being set up or torn down.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// The edition of `TRACKER_THREADS` that was looked up, and whether this thread is in it.
    static TRACKER_THREAD: Cell<(u32, bool)> = const { Cell::new((0, false)) };
}

/// The role this process was started in.
pub fn current_role() -> AllocatorRole {
    let role = match ROLE.load(Relaxed) {
        UNKNOWN => learn_role(),
        role => role,
    };
    AllocatorRole { audit: role & AUDIT != 0, bypass: role & BYPASS != 0 }
}

/// `protocol::ROLE_VARIABLE` as a C string; a test holds the two together.
const ROLE_NAME: &std::ffi::CStr = c"MEMSCOPE_BENCH_ROLE";

/// Reads the role from the environment, on the first allocation of the process.
#[cold]
fn learn_role() -> u8 {
    // `std::env::var` would allocate.
    // SAFETY: the argument is a C string. `getenv` reads the environment, which nothing changes
    // while the first allocation of the process is being made, before `main`.
    let value = unsafe { libc::getenv(ROLE_NAME.as_ptr()) };
    let value = if value.is_null() {
        &[]
    } else {
        // SAFETY: `getenv` returned a C string that lives as long as the environment is unchanged.
        unsafe { std::ffi::CStr::from_ptr(value) }.to_bytes()
    };
    let role = match value {
        b"audit" => AUDIT,
        b"timed,bypass" => PASSED_BY,
        b"audit,bypass" => AUDIT | BYPASS,
        _ => PLAIN,
    };
    ROLE.store(role, Relaxed);
    role
}

/// Counts from here on, with all counters at zero, whatever the role was. Blocks allocated earlier are
/// nobody's. To be called while the program has one thread.
pub fn count_from_here() {
    // Not while counting: the table is emptied.
    let role = ROLE.load(Relaxed) & !UNKNOWN;
    ROLE.store(role & !AUDIT, Relaxed);
    LIVE.clear();
    PROGRAM.reset();
    OWN_HEAP.reset();
    counters::reset_size_classes();
    leaks::reset();
    ROLE.store(role | AUDIT, Relaxed);
}

/// What was counted since counting began; `None` in a timed pass, in a process without the wrapper, or
/// if the table of live allocations overflowed: no truth is better than a wrong one.
pub fn counted() -> Option<Counted> {
    let counting = current_role().audit && INSTALLED.load(Relaxed);
    (counting && !LIVE.overflowed()).then(counters::read)
}

/// Runs code of the tracker: what it allocates is the tracker's own.
#[inline]
pub fn in_tracker<R>(code: impl FnOnce() -> R) -> R {
    struct Deeper;
    impl Drop for Deeper {
        fn drop(&mut self) {
            DEPTH.set(DEPTH.get() - 1);
        }
    }
    DEPTH.set(DEPTH.get() + 1);
    let _deeper = Deeper;
    code()
}

/// Takes every thread that exists now, but for the calling one, for the tracker's: what they allocate
/// is the tracker's own. To be called after the tracker's initialisation, before the program's own
/// threads start. Threads beyond the 64th are not recognised.
pub fn adopt_tracker_threads() {
    for (slot, thread) in TRACKER_THREADS.iter().zip(os::other_threads()) {
        slot.store(thread, Relaxed);
    }
    TRACKER_THREADS_EDITION.fetch_add(1, Relaxed);
}

/// Whether the calling code is the program's.
fn is_program() -> bool {
    if DEPTH.get() > 0 {
        return false;
    }
    let edition = TRACKER_THREADS_EDITION.load(Relaxed);
    let (seen, mut trackers) = TRACKER_THREAD.get();
    if seen != edition {
        trackers = is_tracker_thread();
        TRACKER_THREAD.set((edition, trackers));
    }
    !trackers
}

#[cold]
fn is_tracker_thread() -> bool {
    let Some(myself) = os::this_thread() else { return false };
    TRACKER_THREADS.iter().any(|slot| slot.load(Relaxed) == myself)
}

/// The wrapper; see the module's documentation.
#[derive(Debug)]
pub struct GroundTruth<A> {
    tracker: A,
}

impl<A> GroundTruth<A> {
    /// Wraps the allocator that the tracker's user would install.
    pub const fn new(tracker: A) -> Self {
        Self { tracker }
    }

    /// The wrapped allocator, for trackers that keep their statistics in it.
    pub const fn tracker(&self) -> &A {
        &self.tracker
    }
}

// SAFETY: every call is forwarded, with the arguments it came with, to the same allocator for the
// whole life of the process (the role's bypass bit is fixed by the first allocation), and what that
// returns is returned. Counting touches none of the memory handed out.
unsafe impl<A: GlobalAlloc> GlobalAlloc for GroundTruth<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let role = ROLE.load(Relaxed);
        if role > PASSED_BY {
            return self.beyond(move |inner| {
                // SAFETY: the caller's contract is passed on unchanged.
                let block = unsafe { inner.alloc(layout) };
                inner.allocated(block, layout.size());
                block
            });
        }
        if role == PLAIN {
            // SAFETY: the caller's contract is passed on unchanged.
            unsafe { self.tracker.alloc(layout) }
        } else {
            // SAFETY: as above.
            unsafe { System.alloc(layout) }
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let role = ROLE.load(Relaxed);
        if role > PASSED_BY {
            return self.beyond(move |inner| {
                // SAFETY: the caller's contract is passed on unchanged.
                let block = unsafe { inner.alloc_zeroed(layout) };
                inner.allocated(block, layout.size());
                block
            });
        }
        if role == PLAIN {
            // SAFETY: the caller's contract is passed on unchanged.
            unsafe { self.tracker.alloc_zeroed(layout) }
        } else {
            // SAFETY: as above.
            unsafe { System.alloc_zeroed(layout) }
        }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let role = ROLE.load(Relaxed);
        if role > PASSED_BY {
            return self.beyond(move |inner| {
                // Before the block is freed: afterwards another thread may get its address.
                inner.freed(block);
                // SAFETY: the caller's contract is passed on unchanged.
                unsafe { inner.dealloc(block, layout) }
            });
        }
        if role == PLAIN {
            // SAFETY: the caller's contract is passed on unchanged.
            unsafe { self.tracker.dealloc(block, layout) }
        } else {
            // SAFETY: as above.
            unsafe { System.dealloc(block, layout) }
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let role = ROLE.load(Relaxed);
        if role > PASSED_BY {
            return self.beyond(move |inner| {
                let entry = inner.withdrawn(block);
                // SAFETY: the caller's contract is passed on unchanged.
                let moved = unsafe { inner.realloc(block, layout, new_size) };
                inner.reallocated(entry, block, moved, new_size);
                moved
            });
        }
        if role == PLAIN {
            // SAFETY: the caller's contract is passed on unchanged.
            unsafe { self.tracker.realloc(block, layout, new_size) }
        } else {
            // SAFETY: as above.
            unsafe { System.realloc(block, layout, new_size) }
        }
    }
}

/// The way beyond the wrapper in a role other than the plain one: to the tracker's allocator or past
/// it, and counted or not.
struct Beyond<'a, A> {
    /// `None` to pass by the tracker's allocator.
    tracker: Option<&'a A>,
    audit: bool,
    latency: bool,
}

impl<A: GlobalAlloc> GroundTruth<A> {
    #[cold]
    #[inline(never)]
    fn beyond<R>(&self, call: impl FnOnce(&Beyond<'_, A>) -> R) -> R {
        let role = match ROLE.load(Relaxed) {
            UNKNOWN => {
                INSTALLED.store(true, Relaxed);
                learn_role()
            }
            role => role,
        };
        let tracker = (role & BYPASS == 0).then_some(&self.tracker);
        let (audit, latency) = (role & AUDIT != 0, role & LATENCY != 0);
        call(&Beyond { tracker, audit, latency })
    }
}

// Each of these forwards as the inner allocator defines it: a tracker that leaves `realloc` to the
// trait's default gets that default, on itself, and sees an `alloc` and a `dealloc`.
impl<A: GlobalAlloc> Beyond<'_, A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.forward(&latency::ALLOCATIONS, || match self.tracker {
            // SAFETY: the caller's contract is passed on unchanged.
            Some(tracker) => unsafe { tracker.alloc(layout) },
            // SAFETY: as above.
            None => unsafe { System.alloc(layout) },
        })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.forward(&latency::ALLOCATIONS, || match self.tracker {
            // SAFETY: the caller's contract is passed on unchanged.
            Some(tracker) => unsafe { tracker.alloc_zeroed(layout) },
            // SAFETY: as above.
            None => unsafe { System.alloc_zeroed(layout) },
        })
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        self.forward(&latency::FREES, || match self.tracker {
            // SAFETY: the caller's contract is passed on unchanged.
            Some(tracker) => unsafe { tracker.dealloc(block, layout) },
            // SAFETY: as above.
            None => unsafe { System.dealloc(block, layout) },
        });
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        self.forward(&latency::ALLOCATIONS, || match self.tracker {
            // SAFETY: the caller's contract is passed on unchanged.
            Some(tracker) => unsafe { tracker.realloc(block, layout, new_size) },
            // SAFETY: as above.
            None => unsafe { System.realloc(block, layout, new_size) },
        })
    }

    /// Makes a call of the tracker's allocator: what it allocates meanwhile is its own.
    fn forward<R>(&self, durations: &Durations, call: impl FnOnce() -> R) -> R {
        if self.latency && is_program() {
            in_tracker(|| durations.time(call))
        } else {
            in_tracker(call)
        }
    }

    /// Books a new block.
    fn allocated(&self, block: *mut u8, size: usize) {
        if !self.audit || block.is_null() {
            return;
        }
        let origin = if is_program() { leaks::origin_here() } else { Origin::default() };
        if LIVE.insert(block, Entry { size, origin }) {
            owner(origin).allocated(size);
            leaks::appeared(origin, size);
            if origin.program {
                SIZE_CLASSES[size_class(size)].fetch_add(1, Relaxed);
            }
        }
    }

    /// Books the free of a block, if it was allocated while counting.
    fn freed(&self, block: *mut u8) {
        if let Some(entry) = self.withdrawn(block) {
            owner(entry.origin).freed(entry.size);
            leaks::vanished(entry.origin, entry.size);
        }
    }

    /// Takes a block out of the table, if it was allocated while counting.
    fn withdrawn(&self, block: *mut u8) -> Option<Entry> {
        if self.audit { LIVE.remove(block) } else { None }
    }

    /// Books what became of a block that was withdrawn to be reallocated.
    fn reallocated(&self, before: Option<Entry>, block: *mut u8, moved: *mut u8, new_size: usize) {
        // A block from before counting began stays nobody's.
        let Some(before) = before else { return };
        if moved.is_null() {
            // Failed: the old block is still there.
            LIVE.insert(block, before);
        } else if LIVE.insert(moved, Entry { size: new_size, ..before }) {
            owner(before.origin).reallocated(before.size, new_size);
            leaks::vanished(before.origin, before.size);
            leaks::appeared(before.origin, new_size);
            if before.origin.program {
                SIZE_CLASSES[size_class(new_size)].fetch_add(1, Relaxed);
            }
        }
    }
}

fn owner(origin: Origin) -> &'static counters::Owner {
    if origin.program { &PROGRAM } else { &OWN_HEAP }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_variable_read_before_main_is_the_one_the_runner_sets() {
        assert_eq!(super::ROLE_NAME.to_str(), Ok(crate::protocol::ROLE_VARIABLE));
    }
}
