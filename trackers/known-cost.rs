//! `known-cost`: a counter whose cost, memory and losses are known beforehand, to calibrate the instrument by.
//!
//! - `spin-N` spends N ns more than `spin-0` on every event;
//! - `own-N` keeps N bytes of its own for every live allocation;
//! - `drop-N` leaves one allocation in N uncounted.

#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::Path;
use std::ptr;
use std::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};
use std::time::Instant;

use subject::probe::NoProbe;
use subject::protocol::{Live, Reported};
use subject::{GroundTruth, Tracker, TrackerError};

#[global_allocator]
static ALLOCATOR: GroundTruth<KnownCostAllocator> = GroundTruth::new(KnownCostAllocator);

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static DEALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static REALLOCATIONS: AtomicU64 = AtomicU64::new(0);

/// Whether it has begun to count.
static ON: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Whether this thread is allocating for the tracker itself.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Steps of work for each event.
static STEPS: AtomicU64 = AtomicU64::new(0);
/// Bytes that are kept for each live allocation.
static KEPT: AtomicU64 = AtomicU64::new(0);
/// Which allocation is not counted: each whose number this divides; 0 for none.
static DROPPED: AtomicU64 = AtomicU64::new(0);
/// All allocations, counted or not.
static SEEN: AtomicU64 = AtomicU64::new(0);

struct KnownCostAllocator;

/// The most steps: 1 µs at 6 GHz.
const MOST_STEPS: u64 = 6_000;

/// Waits for all before it, then for so many steps one after the other, and lets nothing behind it begin before: so that
/// the processor cannot do the program's work meanwhile, and the cost is that of the steps. A step is a cycle: three are
/// a multiplication, what is left is done by exclusive ors. Both are rows of instructions that are jumped into, since
/// a loop costs a misprediction at its end.
#[cfg(target_arch = "x86_64")]
#[inline(never)]
fn work(steps: u64) {
    let steps = steps.min(MOST_STEPS);
    // SAFETY: each jump goes into a row of equally long instructions or to its end, since there are at most as
    // many as the row has; registers are declared, no memory is touched.
    unsafe {
        std::arch::asm!(
            "lfence",
            "lea {to}, [rip + 3f]",
            "shl {multiplications}, 2",
            "sub {to}, {multiplications}",
            // The first multiplication waits for the place, too: else it would be done meanwhile.
            "lea rax, [{to} + 3]",
            "jmp {to}",
            ".p2align 4",
            ".rept 2000",
            // Four bytes, three cycles.
            "imul rax, rax",
            ".endr",
            "3:",
            "lea {to}, [rip + 4f]",
            "shl {rest}, 2",
            "sub {to}, {rest}",
            "jmp {to}",
            ".rept 2",
            // Four bytes, one cycle.
            "xor rax, 0x55",
            ".endr",
            "4:",
            "lfence",
            to = out(reg) _,
            multiplications = inout(reg) steps / 3 => _,
            rest = inout(reg) steps % 3 => _,
            out("rax") _,
            options(nomem, nostack),
        );
    }
}

/// The same on aarch64.
#[cfg(target_arch = "aarch64")]
#[inline(never)]
fn work(steps: u64) {
    let steps = steps.min(MOST_STEPS);
    // SAFETY: as above; every instruction is four bytes long.
    unsafe {
        std::arch::asm!(
            "isb",
            "adr {to}, 3f",
            "sub {to}, {to}, {multiplications}, lsl #2",
            "add {value}, {to}, #3",
            "br {to}",
            ".rept 2000",
            "mul {value}, {value}, {value}",
            ".endr",
            "3:",
            "adr {to}, 4f",
            "sub {to}, {to}, {rest}, lsl #2",
            "br {to}",
            ".rept 2",
            "eor {value}, {value}, #1",
            ".endr",
            "4:",
            "isb",
            to = out(reg) _,
            multiplications = in(reg) steps / 3,
            rest = in(reg) steps % 3,
            value = out(reg) _,
            options(nomem, nostack),
        );
    }
}

/// The same elsewhere, less exact.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
#[inline(never)]
fn work(steps: u64) {
    let mut value = 3_u64;
    for _ in 0..steps {
        value = std::hint::black_box(value.wrapping_mul(value));
    }
}

/// How many steps take so long: measured here and now, as the mean of short rows, in turns with rows of none. The
/// system's ticks are part of it, as they are of a program's CPU time; rows in which another program ran are not.
fn steps_of(ns: u64) -> u64 {
    const CALLS: u32 = 200;
    const ROWS: usize = 61;
    const STEPS: u64 = 1_500;
    let row = |steps: u64| {
        let begin = Instant::now();
        (0..CALLS).for_each(|_| work(steps));
        begin.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
    };
    let mut rows: Vec<f64> = (0..ROWS).map(|_| row(STEPS) - row(0)).collect();
    rows.sort_by(f64::total_cmp);
    let undisturbed = rows.partition_point(|&ns| ns < 1.5 * rows[ROWS / 2]);
    let mean_ns = rows[..undisturbed].iter().sum::<f64>() / undisturbed.max(1) as f64;
    (ns as f64 * STEPS as f64 / mean_ns).round() as u64
}

/// Blocks of the tracker's own, each with the next one's place in its first bytes; behind a flag, which is held for
/// three instructions and in which nothing is allocated.
static OWN: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());
static OWN_TAKEN: AtomicBool = AtomicBool::new(false);

/// Does something with the first block.
fn with_own<R>(change: impl FnOnce(*mut u8) -> (*mut u8, R)) -> R {
    while OWN_TAKEN.swap(true, Acquire) {
        std::hint::spin_loop();
    }
    let (first, result) = change(OWN.load(Relaxed));
    OWN.store(first, Relaxed);
    OWN_TAKEN.store(false, Release);
    result
}

fn own_layout() -> Option<Layout> {
    let size = KEPT.load(Relaxed) as usize;
    (size >= size_of::<*mut u8>()).then(|| Layout::from_size_align(size, 8).ok()).flatten()
}

/// Keeps a block more.
fn keep(layout: Layout) {
    // SAFETY: the layout is not empty. The global allocator takes it for the tracker's own, as it is called from
    // within the tracker.
    let block = unsafe { std::alloc::alloc(layout) };
    if !block.is_null() {
        with_own(|first| {
            // SAFETY: the block is ours, aligned, and large enough for a pointer.
            unsafe { block.cast::<*mut u8>().write(first) };
            (block, ())
        });
    }
}

/// Keeps a block less.
fn let_go(layout: Layout) {
    let block = with_own(|first| {
        if first.is_null() {
            return (first, first);
        }
        // SAFETY: every block that is kept holds the next one's place.
        (unsafe { first.cast::<*mut u8>().read() }, first)
    });
    if !block.is_null() {
        // SAFETY: it was allocated with this layout, which does not change, and is in no list any more.
        unsafe { std::alloc::dealloc(block, layout) };
    }
}

/// Whether a call is the program's and counts; then works as long as it is to.
fn is_event() -> bool {
    if !ON.load(Relaxed) || INSIDE.get() {
        return false;
    }
    work(STEPS.load(Relaxed));
    true
}

fn allocated(block: *mut u8) {
    if !is_event() || block.is_null() {
        return;
    }
    let number = SEEN.fetch_add(1, Relaxed) + 1;
    let dropped = DROPPED.load(Relaxed);
    if dropped == 0 || !number.is_multiple_of(dropped) {
        ALLOCATIONS.fetch_add(1, Relaxed);
    }
    if let Some(layout) = own_layout() {
        INSIDE.set(true);
        keep(layout);
        INSIDE.set(false);
    }
}

// SAFETY: every call is forwarded to `System` with the arguments it came with, and what that returns is
// returned; what is kept beside it is no memory that is handed out.
unsafe impl GlobalAlloc for KnownCostAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract is passed on unchanged.
        let block = unsafe { System.alloc(layout) };
        allocated(block);
        block
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract is passed on unchanged.
        let block = unsafe { System.alloc_zeroed(layout) };
        allocated(block);
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if is_event() {
            DEALLOCATIONS.fetch_add(1, Relaxed);
            if let Some(own) = own_layout() {
                INSIDE.set(true);
                let_go(own);
                INSIDE.set(false);
            }
        }
        // SAFETY: the caller's contract is passed on unchanged.
        unsafe { System.dealloc(block, layout) };
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller's contract is passed on unchanged.
        let moved = unsafe { System.realloc(block, layout, new_size) };
        if is_event() && !moved.is_null() {
            REALLOCATIONS.fetch_add(1, Relaxed);
        }
        moved
    }
}

struct KnownCost;

impl Tracker for KnownCost {
    type Probe = NoProbe;
    const NAME: &'static str = "known-cost";
    const COUNTS_FROM_INIT: bool = true;
    const MODES: &'static [&'static str] = &[
        "spin-0", "spin-5", "spin-20", "spin-100", "spin-500", "own-16", "own-64", "drop-10",
        "drop-100",
    ];

    fn version() -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    fn init(mode: &'static str, _report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        let (what, amount) = mode.split_once('-').ok_or("a mode is a word and a number")?;
        let amount: u64 = amount.parse()?;
        match what {
            "spin" => STEPS.store(steps_of(amount), Relaxed),
            "own" => KEPT.store(amount, Relaxed),
            "drop" => DROPPED.store(amount, Relaxed),
            other => return Err(format!("{other:?} is nothing that is known").into()),
        }
        ON.store(true, Relaxed);
        Ok(Self)
    }

    fn probe(&self) -> NoProbe {
        NoProbe
    }

    fn live_now() -> Live {
        let live = ALLOCATIONS.load(Relaxed).saturating_sub(DEALLOCATIONS.load(Relaxed));
        Live { allocations: Some(live), bytes: None }
    }

    fn reported(&self) -> Result<Reported, TrackerError> {
        Ok(Reported {
            allocations: Some(ALLOCATIONS.load(Relaxed)),
            deallocations: Some(DEALLOCATIONS.load(Relaxed)),
            reallocations: Some(REALLOCATIONS.load(Relaxed)),
            ..Reported::default()
        })
    }
}

subject::main!(KnownCost);
