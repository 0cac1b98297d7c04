//! What a tracker allocates for itself.

use protocol::Heap;
use serde::Serialize;

/// What a tracker allocates for itself. All counted by the ground truth: what was allocated while the
/// tracker's code ran.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OwnHeap {
    /// The most bytes it held at once.
    pub peak_bytes: u64,
    /// The most blocks it held at once.
    pub peak_allocations: Option<u64>,
    /// Bytes it held when the work was done.
    pub live_bytes: u64,
    /// Blocks it held when the work was done.
    pub live_allocations: u64,
    /// Bytes it allocated for each allocation event (allocation, free or reallocation) of the program.
    pub bytes_per_event: Option<f64>,
    /// Blocks it allocated for each event.
    pub allocations_per_event: Option<f64>,
    /// Bytes it held at its peak for each block that the program held at its own: bookkeeping per live
    /// allocation.
    pub peak_bytes_per_live_allocation: Option<f64>,
}

impl OwnHeap {
    /// Bytes for each live allocation on that of some workloads on which most allocations are alive: there, what a tracker
    /// holds whatever the program does weighs least.
    pub fn where_most_is_live(all: impl Iterator<Item = Self>) -> Option<f64> {
        let told =
            all.filter_map(|own| Some((own.peak_bytes, own.peak_bytes_per_live_allocation?)));
        let live = |&(bytes, each): &(u64, f64)| if each > 0.0 { bytes as f64 / each } else { 0.0 };
        let most = told.max_by(|a, b| live(a).total_cmp(&live(b)));
        most.map(|(_, each)| each)
    }

    /// From what was counted of the tracker, and of the program.
    pub(crate) fn new(own: &Heap, program: &Heap) -> Self {
        let per = |own: u64, program: u64| (program > 0).then(|| own as f64 / program as f64);
        Self {
            peak_bytes: own.peak_live_bytes,
            peak_allocations: own.peak_live_allocations,
            live_bytes: own.live_bytes,
            live_allocations: own.live_allocations,
            bytes_per_event: per(own.allocated_bytes, program.events()),
            allocations_per_event: per(own.allocations, program.events()),
            peak_bytes_per_live_allocation: program
                .peak_live_allocations
                .and_then(|blocks| per(own.peak_live_bytes, blocks)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::own_heap;

    #[test]
    fn where_most_is_live_fixed_costs_weigh_least() {
        let all = [
            own_heap(1_000_000, Some(250_000.0)),
            own_heap(5_000_000, Some(100.0)),
            own_heap(9, None),
        ];
        assert_eq!(OwnHeap::where_most_is_live(all.into_iter()), Some(100.0));
        assert_eq!(OwnHeap::where_most_is_live(std::iter::empty()), None);
    }

    #[test]
    fn bookkeeping_is_told_per_event_and_per_live_block() {
        let program = Heap {
            allocations: 100,
            deallocations: 90,
            reallocations: 10,
            peak_live_allocations: Some(50),
            ..Heap::default()
        };
        let own = Heap {
            allocations: 400,
            allocated_bytes: 20_000,
            peak_live_bytes: 5_000,
            live_bytes: 4_000,
            live_allocations: 9,
            ..Heap::default()
        };
        let own = OwnHeap::new(&own, &program);
        assert_eq!(own.bytes_per_event, Some(100.0));
        assert_eq!(own.allocations_per_event, Some(2.0));
        assert_eq!(own.peak_bytes_per_live_allocation, Some(100.0));
        assert_eq!((own.live_bytes, own.live_allocations), (4_000, 9));
        let idle = OwnHeap::new(&Heap::default(), &Heap::default());
        assert_eq!(idle.bytes_per_event, None);
    }
}
