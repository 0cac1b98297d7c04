//! A probe around the tracker's probe, for audit passes: it counts the variables that the program
//! hands over, and books what the tracker allocates meanwhile to the tracker.
//!
//! Timed passes do not contain it: workloads are generic over the probe, so they are compiled once with
//! it and once without.

use std::any::type_name;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::ground_truth::in_tracker;
use crate::moments;
use crate::probe::{Probe, Site};
use crate::protocol::TypeUse;

/// See the module's documentation.
#[derive(Clone, Debug)]
pub(crate) struct Audited<P>(pub(crate) P);

/// The containers that [`Probe`] knows.
const CONTAINERS: [&str; 4] = ["Vec", "Box", "Rc", "Arc"];

/// What they contain, as far as it is told apart; the last stands for everything else. A fixed list, so
/// that counting never allocates.
const CONTENTS: [&str; 9] =
    ["HashMap", "BTreeMap", "VecDeque", "Vec", "String", "Mutex", "RwLock", "Rc", "T"];

#[derive(Debug)]
struct Counter {
    count: AtomicU64,
    bytes: AtomicU64,
}

impl Counter {
    const fn new() -> Self {
        Self { count: AtomicU64::new(0), bytes: AtomicU64::new(0) }
    }

    fn add(&self, bytes: usize) {
        self.count.fetch_add(1, Relaxed);
        self.bytes.fetch_add(bytes as u64, Relaxed);
    }

    fn read(&self) -> (u64, u64) {
        (self.count.load(Relaxed), self.bytes.load(Relaxed))
    }
}

static STRINGS: Counter = Counter::new();
static CONTAINED: [[Counter; CONTENTS.len()]; CONTAINERS.len()] =
    [const { [const { Counter::new() }; CONTENTS.len()] }; CONTAINERS.len()];

/// Counts a variable that is a container (an index of [`CONTAINERS`]) of `T`.
fn count<T>(container: usize, bytes: usize) {
    // "std::collections::hash::map::HashMap<u32, …>" → "HashMap"
    let name = type_name::<T>();
    let path = name.split('<').next().unwrap_or(name);
    let inner = path.rsplit("::").next().unwrap_or(path);
    let content = CONTENTS.iter().position(|&content| content == inner);
    CONTAINED[container][content.unwrap_or(CONTENTS.len() - 1)].add(bytes);
}

/// Bytes are those of the heap block that the variable owns itself: what a tracker is told of.
impl<P: Probe> Probe for Audited<P> {
    fn vec<T>(&self, variable: &Vec<T>, site: Site) {
        count::<T>(0, variable.capacity() * size_of::<T>());
        in_tracker(|| self.0.vec(variable, site));
    }
    fn string(&self, variable: &String, site: Site) {
        STRINGS.add(variable.capacity());
        in_tracker(|| self.0.string(variable, site));
    }
    fn boxed<T>(&self, variable: &Box<T>, site: Site) {
        count::<T>(1, size_of::<T>());
        in_tracker(|| self.0.boxed(variable, site));
    }
    fn rc<T>(&self, variable: &Rc<T>, site: Site) {
        count::<T>(2, size_of::<T>());
        in_tracker(|| self.0.rc(variable, site));
    }
    fn arc<T>(&self, variable: &Arc<T>, site: Site) {
        count::<T>(3, size_of::<T>());
        in_tracker(|| self.0.arc(variable, site));
    }
    fn round(&self) {
        moments::round();
    }
}

/// The variables counted up to one moment. Taking them allocates nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variables {
    strings: (u64, u64),
    contained: [[(u64, u64); CONTENTS.len()]; CONTAINERS.len()],
}

impl Variables {
    /// All that were counted so far.
    pub(crate) fn read() -> Self {
        Self {
            strings: STRINGS.read(),
            contained: CONTAINED.each_ref().map(|row| row.each_ref().map(Counter::read)),
        }
    }

    /// Those counted since `before`, by type, most first.
    pub(crate) fn since(&self, before: &Self) -> Vec<TypeUse> {
        let mut uses = Vec::new();
        let mut add = |type_name: String, now: (u64, u64), before: (u64, u64)| {
            if now.0 > before.0 {
                let (count, bytes) = (now.0 - before.0, Some(now.1 - before.1));
                uses.push(TypeUse { type_name, count, bytes });
            }
        };
        add("String".to_owned(), self.strings, before.strings);
        for (container, name) in CONTAINERS.iter().enumerate() {
            for (content, inner) in CONTENTS.iter().enumerate() {
                add(
                    format!("{name}<{inner}>"),
                    self.contained[container][content],
                    before.contained[container][content],
                );
            }
        }
        uses.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.type_name.cmp(&b.type_name)));
        uses
    }

    /// How many there are in all.
    pub(crate) fn total(&self) -> u64 {
        self.strings.0 + self.contained.iter().flatten().map(|counter| counter.0).sum::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::probe::NoProbe;
    use crate::track;

    #[test]
    fn variables_are_counted_by_container_and_content() {
        let probe = &Audited(NoProbe);
        let before = Variables::read();
        let numbers: Vec<u64> = Vec::with_capacity(10);
        let text = "x".repeat(7);
        let map: Box<HashMap<String, u32>> = Box::default();
        for _ in 0..2 {
            track!(probe, numbers);
        }
        track!(probe, text);
        track!(probe, map);
        let uses = Variables::read().since(&before);
        let found: Vec<_> =
            uses.iter().map(|u| (u.type_name.as_str(), u.count, u.bytes.unwrap())).collect();
        let map_bytes = size_of::<HashMap<String, u32>>() as u64;
        let expected = [("Vec<T>", 2, 160), ("Box<HashMap>", 1, map_bytes), ("String", 1, 7)];
        assert_eq!(found, expected);
        assert_eq!(Variables::read().total() - before.total(), 4);
    }
}
