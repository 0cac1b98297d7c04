//! `counting`: the cheapest honest counter, the floor of what instrumentation costs. A few relaxed
//! atomics per event, no record of single blocks.

#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use subject::probe::NoProbe;
use subject::protocol::{Live, Reported};
use subject::{GroundTruth, Tracker, TrackerError};

#[global_allocator]
static ALLOCATOR: GroundTruth<CountingAllocator> = GroundTruth::new(CountingAllocator);

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static DEALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static REALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static ALLOCATED_BYTES: AtomicU64 = AtomicU64::new(0);
static LIVE_BYTES: AtomicU64 = AtomicU64::new(0);
static PEAK_LIVE_BYTES: AtomicU64 = AtomicU64::new(0);

struct CountingAllocator;

impl CountingAllocator {
    fn grown(by: usize) {
        let live = LIVE_BYTES.fetch_add(by as u64, Relaxed) + by as u64;
        // A plain look first: the peak is rarely passed, and a failed `fetch_max` still writes.
        if live > PEAK_LIVE_BYTES.load(Relaxed) {
            PEAK_LIVE_BYTES.fetch_max(live, Relaxed);
        }
    }

    fn allocated(block: *mut u8, size: usize) {
        if !block.is_null() {
            ALLOCATIONS.fetch_add(1, Relaxed);
            ALLOCATED_BYTES.fetch_add(size as u64, Relaxed);
            Self::grown(size);
        }
    }
}

// SAFETY: every call is forwarded to `System` with the arguments it came with, and what that returns is
// returned; counting touches no memory that is handed out.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract is passed on unchanged.
        let block = unsafe { System.alloc(layout) };
        Self::allocated(block, layout.size());
        block
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract is passed on unchanged.
        let block = unsafe { System.alloc_zeroed(layout) };
        Self::allocated(block, layout.size());
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        DEALLOCATIONS.fetch_add(1, Relaxed);
        LIVE_BYTES.fetch_sub(layout.size() as u64, Relaxed);
        // SAFETY: the caller's contract is passed on unchanged.
        unsafe { System.dealloc(block, layout) };
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller's contract is passed on unchanged.
        let moved = unsafe { System.realloc(block, layout, new_size) };
        if !moved.is_null() {
            REALLOCATIONS.fetch_add(1, Relaxed);
            ALLOCATED_BYTES.fetch_add(new_size as u64, Relaxed);
            match new_size.checked_sub(layout.size()) {
                Some(more) => Self::grown(more),
                None => {
                    LIVE_BYTES.fetch_sub((layout.size() - new_size) as u64, Relaxed);
                }
            }
        }
        moved
    }
}

struct Counting;

impl Tracker for Counting {
    type Probe = NoProbe;
    const NAME: &'static str = "counting";

    fn version() -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    fn init(_mode: &'static str, _report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        Ok(Self)
    }

    fn probe(&self) -> NoProbe {
        NoProbe
    }

    fn live_now() -> Live {
        let allocations = ALLOCATIONS.load(Relaxed).saturating_sub(DEALLOCATIONS.load(Relaxed));
        Live { allocations: Some(allocations), bytes: Some(LIVE_BYTES.load(Relaxed)) }
    }

    fn reported(&self) -> Result<Reported, TrackerError> {
        let (allocations, deallocations) = (ALLOCATIONS.load(Relaxed), DEALLOCATIONS.load(Relaxed));
        let (allocated, live) = (ALLOCATED_BYTES.load(Relaxed), LIVE_BYTES.load(Relaxed));
        Ok(Reported {
            allocations: Some(allocations),
            deallocations: Some(deallocations),
            reallocations: Some(REALLOCATIONS.load(Relaxed)),
            allocated_bytes: Some(allocated),
            freed_bytes: Some(allocated - live),
            live_allocations: Some(allocations - deallocations),
            live_bytes: Some(live),
            peak_live_bytes: Some(PEAK_LIVE_BYTES.load(Relaxed)),
            ..Reported::default()
        })
    }
}

subject::main!(Counting);
