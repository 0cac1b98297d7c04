//! The counters behind the ground truth, and reading them.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::protocol::{Heap, Truth};

/// Counters of one owner of heap blocks.
pub(super) struct Owner {
    allocations: AtomicU64,
    deallocations: AtomicU64,
    reallocations: AtomicU64,
    allocated_bytes: AtomicU64,
    freed_bytes: AtomicU64,
    kept_bytes: AtomicU64,
    /// Kept apart from the totals, so that a thread reads one consistent value to take the peak of.
    live_bytes: AtomicU64,
    peak_live_bytes: AtomicU64,
    /// As `peak_live_bytes`, but since the region began.
    region_peak_bytes: AtomicU64,
    /// Likewise for blocks.
    live_allocations: AtomicU64,
    peak_live_allocations: AtomicU64,
    region_peak_blocks: AtomicU64,
}

pub(super) static PROGRAM: Owner = Owner::new();
pub(super) static OWN_HEAP: Owner = Owner::new();

/// The program's blocks by size; see [`Truth::size_classes`].
pub(super) static SIZE_CLASSES: [AtomicU64; 65] = [const { AtomicU64::new(0) }; 65];

impl Owner {
    const fn new() -> Self {
        Self {
            allocations: AtomicU64::new(0),
            deallocations: AtomicU64::new(0),
            reallocations: AtomicU64::new(0),
            allocated_bytes: AtomicU64::new(0),
            freed_bytes: AtomicU64::new(0),
            kept_bytes: AtomicU64::new(0),
            live_bytes: AtomicU64::new(0),
            peak_live_bytes: AtomicU64::new(0),
            region_peak_bytes: AtomicU64::new(0),
            live_allocations: AtomicU64::new(0),
            peak_live_allocations: AtomicU64::new(0),
            region_peak_blocks: AtomicU64::new(0),
        }
    }

    pub(super) fn allocated(&self, size: usize) {
        self.allocations.fetch_add(1, Relaxed);
        self.allocated_bytes.fetch_add(size as u64, Relaxed);
        let live = self.live_allocations.fetch_add(1, Relaxed) + 1;
        self.peak_live_allocations.fetch_max(live, Relaxed);
        self.region_peak_blocks.fetch_max(live, Relaxed);
        self.grow(size as u64);
    }

    pub(super) fn freed(&self, size: usize) {
        self.deallocations.fetch_add(1, Relaxed);
        self.freed_bytes.fetch_add(size as u64, Relaxed);
        self.live_bytes.fetch_sub(size as u64, Relaxed);
        self.live_allocations.fetch_sub(1, Relaxed);
    }

    pub(super) fn reallocated(&self, old: usize, new: usize) {
        self.reallocations.fetch_add(1, Relaxed);
        self.allocated_bytes.fetch_add(new as u64, Relaxed);
        self.freed_bytes.fetch_add(old as u64, Relaxed);
        self.kept_bytes.fetch_add(old.min(new) as u64, Relaxed);
        if new >= old {
            self.grow((new - old) as u64);
        } else {
            self.live_bytes.fetch_sub((old - new) as u64, Relaxed);
        }
    }

    fn grow(&self, by: u64) {
        let live = self.live_bytes.fetch_add(by, Relaxed) + by;
        self.peak_live_bytes.fetch_max(live, Relaxed);
        self.region_peak_bytes.fetch_max(live, Relaxed);
    }

    pub(super) fn reset(&self) {
        for counter in [
            &self.allocations,
            &self.deallocations,
            &self.reallocations,
            &self.allocated_bytes,
            &self.freed_bytes,
            &self.kept_bytes,
            &self.live_bytes,
            &self.peak_live_bytes,
            &self.region_peak_bytes,
            &self.live_allocations,
            &self.peak_live_allocations,
            &self.region_peak_blocks,
        ] {
            counter.store(0, Relaxed);
        }
    }

    fn begin_region(&self) {
        self.region_peak_bytes.store(self.live_bytes.load(Relaxed), Relaxed);
        self.region_peak_blocks.store(self.live_allocations.load(Relaxed), Relaxed);
    }

    fn read(&self) -> Heap {
        Heap {
            allocations: self.allocations.load(Relaxed),
            deallocations: self.deallocations.load(Relaxed),
            reallocations: self.reallocations.load(Relaxed),
            allocated_bytes: self.allocated_bytes.load(Relaxed),
            freed_bytes: self.freed_bytes.load(Relaxed),
            kept_bytes: Some(self.kept_bytes.load(Relaxed)),
            live_allocations: self.live_allocations.load(Relaxed),
            live_bytes: self.live_bytes.load(Relaxed),
            peak_live_bytes: self.peak_live_bytes.load(Relaxed),
            peak_live_allocations: Some(self.peak_live_allocations.load(Relaxed)),
        }
    }

    /// What happened since `before`: live figures are growth, the peak is above where it began.
    fn since(&self, before: &Heap) -> Heap {
        let now = self.read();
        Heap {
            allocations: now.allocations - before.allocations,
            deallocations: now.deallocations - before.deallocations,
            reallocations: now.reallocations - before.reallocations,
            allocated_bytes: now.allocated_bytes - before.allocated_bytes,
            freed_bytes: now.freed_bytes - before.freed_bytes,
            kept_bytes: now.kept_bytes.zip(before.kept_bytes).map(|(now, before)| now - before),
            live_allocations: now.live_allocations.saturating_sub(before.live_allocations),
            live_bytes: now.live_bytes.saturating_sub(before.live_bytes),
            peak_live_bytes: self.region_peak_bytes.load(Relaxed).saturating_sub(before.live_bytes),
            peak_live_allocations: Some(
                self.region_peak_blocks.load(Relaxed).saturating_sub(before.live_allocations),
            ),
        }
    }
}

/// The class of a block of `size` bytes; see [`Truth::size_classes`].
pub const fn size_class(size: usize) -> usize {
    (usize::BITS - size.leading_zeros()) as usize
}

pub(super) fn reset_size_classes() {
    for class in &SIZE_CLASSES {
        class.store(0, Relaxed);
    }
}

/// The counters at one moment. Taking them allocates nothing.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    /// The program's heap.
    pub program: Heap,
    /// The tracker's own heap.
    pub own: Heap,
    size_classes: [u64; 65],
}

pub(super) fn read() -> Counted {
    Counted {
        program: PROGRAM.read(),
        own: OWN_HEAP.read(),
        size_classes: std::array::from_fn(|class| SIZE_CLASSES[class].load(Relaxed)),
    }
}

impl Counted {
    /// The program's part, with the number of variables that the probe counted.
    pub fn truth(&self, variables: u64) -> Truth {
        let used =
            self.size_classes.iter().rposition(|&count| count > 0).map_or(0, |last| last + 1);
        Truth { heap: self.program, variables, size_classes: self.size_classes[..used].to_vec() }
    }
}

/// A stretch of the program whose allocations are to be told from the rest.
#[derive(Clone, Copy, Debug)]
pub struct Region {
    before: Counted,
}

impl Region {
    /// Begins a region; `None` when nothing is counted. One at a time.
    pub fn begin() -> Option<Self> {
        let before = super::counted()?;
        PROGRAM.begin_region();
        OWN_HEAP.begin_region();
        super::leaks::at_work(true);
        Some(Self { before })
    }

    /// Ends it: what was counted within. Live figures are growth, peaks are above where it began.
    /// `None` if the truth was lost meanwhile; see [`counted`](super::counted).
    pub fn end(self) -> Option<Counted> {
        super::leaks::at_work(false);
        let now = super::counted()?;
        Some(Counted {
            program: PROGRAM.since(&self.before.program),
            own: OWN_HEAP.since(&self.before.own),
            size_classes: std::array::from_fn(|class| {
                now.size_classes[class] - self.before.size_classes[class]
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_classes_are_powers_of_two() {
        for (size, class) in [(0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (7, 3), (8, 4), (1 << 20, 21)]
        {
            assert_eq!(size_class(size), class, "size {size}");
        }
        assert_eq!(size_class(usize::MAX), 64);
    }

    #[test]
    fn a_peak_survives_the_free_that_follows_it() {
        let owner = Owner::new();
        owner.allocated(100);
        owner.allocated(50);
        owner.freed(100);
        owner.reallocated(50, 70);
        let heap = owner.read();
        assert_eq!((heap.live_bytes, heap.peak_live_bytes, heap.live_allocations), (70, 150, 1));
        assert_eq!((heap.allocated_bytes, heap.freed_bytes), (220, 150));
        assert_eq!(heap.peak_live_allocations, Some(2));

        owner.begin_region();
        owner.allocated(30);
        owner.freed(30);
        owner.reallocated(70, 10);
        let since = owner.since(&heap);
        assert_eq!((since.peak_live_bytes, since.live_bytes), (30, 0));
        assert_eq!(since.peak_live_allocations, Some(1));
        assert_eq!((since.allocations, since.deallocations, since.reallocations), (1, 1, 1));
    }
}
