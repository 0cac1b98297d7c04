//! `tracking-allocator`: an allocator that tells each allocation and free to a tracker of its user's, set up as its
//! `examples/stdout.rs` tells ("meant to be how you learn to use the crate", says its README).
//!
//! It counts nothing itself. Its example prints a line an event; this one counts events and bytes, "simply tracking
//! the frequency of allocations" as its documentation has it, since printing is not what would be measured. All is
//! in its root group: a group of one's own is entered thread by thread.

use std::alloc::System;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use subject::probe::NoProbe;
use subject::protocol::{Live, Reported};
use subject::{GroundTruth, Tracker, TrackerError};
use tracking_allocator::{AllocationGroupId, AllocationRegistry, AllocationTracker, Allocator};

#[global_allocator]
static ALLOCATOR: GroundTruth<Allocator<System>> = GroundTruth::new(Allocator::system());

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static DEALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static ALLOCATED_BYTES: AtomicU64 = AtomicU64::new(0);
static FREED_BYTES: AtomicU64 = AtomicU64::new(0);

struct Counter;

impl AllocationTracker for Counter {
    fn allocated(
        &self,
        _addr: usize,
        object_size: usize,
        _wrapped_size: usize,
        _group_id: AllocationGroupId,
    ) {
        ALLOCATIONS.fetch_add(1, Relaxed);
        ALLOCATED_BYTES.fetch_add(object_size as u64, Relaxed);
    }

    fn deallocated(
        &self,
        _addr: usize,
        object_size: usize,
        _wrapped_size: usize,
        _source_group_id: AllocationGroupId,
        _current_group_id: AllocationGroupId,
    ) {
        DEALLOCATIONS.fetch_add(1, Relaxed);
        FREED_BYTES.fetch_add(object_size as u64, Relaxed);
    }
}

struct Tracking;

impl Tracker for Tracking {
    type Probe = NoProbe;
    const NAME: &'static str = "tracking-allocator";
    // It tells nothing until tracking is enabled, nor the free of what was allocated before.
    const COUNTS_FROM_INIT: bool = true;

    fn version() -> &'static str {
        env!("LOCKED_TRACKING_ALLOCATOR")
    }

    fn init(_mode: &'static str, _report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        AllocationRegistry::set_global_tracker(Counter)?;
        AllocationRegistry::enable_tracking();
        Ok(Self)
    }

    fn probe(&self) -> NoProbe {
        NoProbe
    }

    fn live_now() -> Live {
        let allocations = ALLOCATIONS.load(Relaxed).saturating_sub(DEALLOCATIONS.load(Relaxed));
        let bytes = ALLOCATED_BYTES.load(Relaxed).saturating_sub(FREED_BYTES.load(Relaxed));
        Live { allocations: Some(allocations), bytes: Some(bytes) }
    }

    /// A reallocation is told as an allocation and a free.
    fn reported(&self) -> Result<Reported, TrackerError> {
        let live = Self::live_now();
        Ok(Reported {
            allocations: Some(ALLOCATIONS.load(Relaxed)),
            deallocations: Some(DEALLOCATIONS.load(Relaxed)),
            allocated_bytes: Some(ALLOCATED_BYTES.load(Relaxed)),
            freed_bytes: Some(FREED_BYTES.load(Relaxed)),
            live_allocations: live.allocations,
            live_bytes: live.bytes,
            ..Reported::default()
        })
    }
}

subject::main!(Tracking);
