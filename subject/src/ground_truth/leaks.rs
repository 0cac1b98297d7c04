//! What workloads leave behind, and how well a tracker's list of leaks fits it.
//!
//! A block is *leaked* if it was allocated while a workload ran and is still alive when the workload and
//! all that was set up for it are gone. Leaks that a workload plants on purpose carry a label, which they
//! get from the scope in which they are allocated.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use super::LIVE;
use super::live_table::Origin;
use crate::protocol::{LeakGrades, LeakList, Leaked, Planted};

/// The ways in which a leak can be planted, each a label that the ground truth keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    /// `std::mem::forget`.
    Forgotten,
    /// `Box::leak`.
    LeakedBox,
    /// Reference-counted values that hold each other.
    Cycle,
    /// The buffer of a thread that never ends.
    DetachedThread,
    /// What was sent into a channel that nobody drains.
    UndrainedChannel,
}

impl Plant {
    /// Every way.
    pub const ALL: [Self; 5] = [
        Self::Forgotten,
        Self::LeakedBox,
        Self::Cycle,
        Self::DetachedThread,
        Self::UndrainedChannel,
    ];

    /// The label, as in reports.
    pub fn label(self) -> &'static str {
        match self {
            Self::Forgotten => "mem::forget",
            Self::LeakedBox => "Box::leak",
            Self::Cycle => "Rc cycle",
            Self::DetachedThread => "detached thread",
            Self::UndrainedChannel => "undrained channel",
        }
    }
}

/// Blocks that are alive, and the bytes in them.
struct Alive {
    blocks: AtomicU64,
    bytes: AtomicU64,
}

impl Alive {
    const fn new() -> Self {
        Self { blocks: AtomicU64::new(0), bytes: AtomicU64::new(0) }
    }

    fn read(&self) -> Leaked {
        Leaked { allocations: self.blocks.load(Relaxed), bytes: self.bytes.load(Relaxed) }
    }
}

static AT_WORK: AtomicBool = AtomicBool::new(false);
/// The program's blocks that were allocated at work.
static FROM_WORK: Alive = Alive::new();
/// Of those, the planted ones, by label.
static PLANTED: [Alive; Plant::ALL.len()] = [const { Alive::new() }; Plant::ALL.len()];

thread_local! {
    /// The label of what is allocated now, counted from 1; 0 for none.
    static LABEL: Cell<u8> = const { Cell::new(0) };
}

/// Runs code whose allocations are meant to leak. Those that are freed after all are not counted.
#[inline]
pub fn planting<R>(plant: Plant, code: impl FnOnce() -> R) -> R {
    struct Restore(u8);
    impl Drop for Restore {
        fn drop(&mut self) {
            LABEL.set(self.0);
        }
    }
    let _restore = Restore(LABEL.replace(plant as u8 + 1));
    code()
}

/// Whether a workload runs from here on.
pub(super) fn at_work(yes: bool) {
    AT_WORK.store(yes, Relaxed);
}

/// The origin of a block that the program allocates here and now.
pub(super) fn origin_here() -> Origin {
    Origin { program: true, at_work: AT_WORK.load(Relaxed), plant: LABEL.get() }
}

/// The counters that a block belongs to.
fn counters(origin: Origin) -> impl Iterator<Item = &'static Alive> {
    let planted = usize::from(origin.plant).checked_sub(1).and_then(|label| PLANTED.get(label));
    std::iter::once(&FROM_WORK).chain(planted).filter(move |_| origin.program && origin.at_work)
}

pub(super) fn appeared(origin: Origin, size: usize) {
    for alive in counters(origin) {
        alive.blocks.fetch_add(1, Relaxed);
        alive.bytes.fetch_add(size as u64, Relaxed);
    }
}

pub(super) fn vanished(origin: Origin, size: usize) {
    for alive in counters(origin) {
        alive.blocks.fetch_sub(1, Relaxed);
        alive.bytes.fetch_sub(size as u64, Relaxed);
    }
}

pub(super) fn reset() {
    for alive in PLANTED.iter().chain([&FROM_WORK]) {
        alive.blocks.store(0, Relaxed);
        alive.bytes.store(0, Relaxed);
    }
}

/// The blocks that workloads have left behind so far. `None` when nothing is counted.
pub fn work_leaks() -> Option<Leaked> {
    super::counted()?;
    Some(FROM_WORK.read())
}

/// Holds a tracker's list of leaked blocks against the blocks that are alive. `None` when nothing is
/// counted. To be called while the program allocates and frees nothing.
pub fn grade(report: &LeakList) -> Option<LeakGrades> {
    let counted = super::counted()?;
    let mut grades = LeakGrades {
        source: report.source.clone(),
        all_live: report.all_live,
        listed: 0,
        repeated: 0,
        leaked: 0,
        in_use: 0,
        own: 0,
        freed: 0,
        true_leaks: FROM_WORK.read(),
        alive_allocations: counted.program.live_allocations,
        planted: Plant::ALL.map(|plant| planted(plant, PLANTED[plant as usize].read())).to_vec(),
    };
    let mut addresses = report.addresses.clone();
    addresses.sort_unstable();
    addresses.dedup();
    grades.listed = addresses.len() as u64;
    grades.repeated = (report.addresses.len() - addresses.len()) as u64;
    for address in addresses {
        let entry = usize::try_from(address).ok().and_then(|address| LIVE.get(address));
        let Some(entry) = entry else {
            grades.freed += 1;
            continue;
        };
        match entry.origin {
            Origin { program: false, .. } => grades.own += 1,
            Origin { at_work: false, .. } => grades.in_use += 1,
            Origin { plant, .. } => {
                grades.leaked += 1;
                let label = usize::from(plant).checked_sub(1);
                if let Some(planted) = label.and_then(|label| grades.planted.get_mut(label)) {
                    planted.listed += 1;
                }
            }
        }
    }
    grades.planted.retain(|planted| planted.leaked.allocations > 0);
    Some(grades)
}

fn planted(plant: Plant, leaked: Leaked) -> Planted {
    Planted { label: plant.label().to_owned(), leaked, listed: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_end_with_their_scope() {
        assert_eq!(LABEL.get(), 0);
        planting(Plant::Cycle, || {
            assert_eq!(LABEL.get(), Plant::Cycle as u8 + 1);
            planting(Plant::Forgotten, || assert_eq!(LABEL.get(), Plant::Forgotten as u8 + 1));
            assert_eq!(LABEL.get(), Plant::Cycle as u8 + 1);
        });
        assert_eq!(LABEL.get(), 0);
    }

    #[test]
    fn labels_are_in_the_order_of_their_numbers() {
        for (number, plant) in Plant::ALL.into_iter().enumerate() {
            assert_eq!(plant as usize, number);
        }
    }
}
