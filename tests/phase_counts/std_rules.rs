//! What the standard library's containers ask of the allocator, as arithmetic.
//!
//! The rules are those of its source: it promises amortised cost, not numbers. Should a toolchain
//! change one, the phases change with it, and these tests are to say so.

use std::iter::Sum;
use std::ops::{Add, Mul};

/// What a piece of code asks of the allocator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub allocations: u64,
    pub reallocations: u64,
    /// Sizes of new allocations, and new sizes of reallocated ones.
    pub bytes: u64,
}

impl Add for Tally {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            allocations: self.allocations + other.allocations,
            reallocations: self.reallocations + other.reallocations,
            bytes: self.bytes + other.bytes,
        }
    }
}

impl Mul<Tally> for u64 {
    type Output = Tally;
    fn mul(self, tally: Tally) -> Tally {
        Tally {
            allocations: self * tally.allocations,
            reallocations: self * tally.reallocations,
            bytes: self * tally.bytes,
        }
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), Add::add)
    }
}

/// One allocation: a box, a vector collected from an iterator that knows its length, a cloned string.
pub fn allocation(bytes: u64) -> Tally {
    Tally { allocations: 1, reallocations: 0, bytes }
}

/// Of a `Rc` or `Arc`: its two counters, and the value.
pub fn shared(bytes: u64) -> Tally {
    allocation(16 + bytes)
}

/// A vector or deque that starts empty and reaches `length` by pushing: it makes room for 4, and
/// doubles. (Other minimums hold for elements of 1 byte, or of more than 1,024.)
pub fn pushed(length: u64, element: u64) -> Tally {
    let mut tally = allocation(4 * element);
    let mut capacity = 4;
    while capacity < length {
        capacity *= 2;
        tally.reallocations += 1;
        tally.bytes += capacity * element;
    }
    tally
}

/// The capacity that `format!` asks for: none if the template starts with a placeholder and has
/// fewer than 16 other bytes, else twice what is outside its placeholders, all of which are `{}` here.
pub fn capacity(template: &str) -> u64 {
    let literal = template.replace("{}", "").len() as u64;
    if template.starts_with("{}") && literal < 16 { 0 } else { 2 * literal }
}

/// `format!` of text that fits the capacity it asks for, hence one allocation whatever the arguments.
/// `longest` is the longest text that the phase makes of the template.
pub fn formatted(template: &str, longest: &str) -> Tally {
    let capacity = capacity(template);
    assert!(longest.len() as u64 <= capacity, "{longest} would grow");
    allocation(capacity)
}

/// The table of a hash map, with that many buckets. Each bucket has an entry and a control byte; a
/// group of control bytes is repeated at the end, and as many are looked at in one go: with SSE2 16.
pub fn table(buckets: u64, entry: u64) -> Tally {
    let group = if cfg!(target_feature = "sse2") { 16 } else { 8 };
    allocation((buckets * entry).next_multiple_of(group) + buckets + group)
}

/// The tables of a hash map that starts empty and is filled by insertion. There are 4 buckets, then
/// twice as many each time; one stays free, or an eighth. Growing takes a new table, never `realloc`.
pub fn inserted(entries: u64, entry: u64) -> Tally {
    let mut buckets = 4;
    let mut tally = table(buckets, entry);
    while entries > if buckets <= 8 { buckets - 1 } else { buckets / 8 * 7 } {
        buckets *= 2;
        tally = tally + table(buckets, entry);
    }
    tally
}

/// Nodes of a B-tree. A node holds 11 entries, a link to its parent, its place there and its length;
/// an inner one 12 links more.
pub fn nodes(leaves: u64, inner: u64, entry: u64) -> Tally {
    let leaf = (11 * entry + 8 + 2 + 2).next_multiple_of(8);
    leaves * allocation(leaf) + inner * allocation(leaf + 12 * 8)
}

/// A B-tree as the standard library grows it by insertion: to count its nodes.
pub struct BTree<K> {
    keys: Vec<K>,
    children: Vec<BTree<K>>,
}

impl<K: Ord> BTree<K> {
    pub fn grown(keys: impl IntoIterator<Item = K>) -> Self {
        let leaf = |keys, children| Self { keys, children };
        keys.into_iter().fold(leaf(Vec::new(), Vec::new()), |mut root, key| {
            match root.insert(key) {
                None => root,
                Some((middle, right)) => leaf(vec![middle], vec![root, right]),
            }
        })
    }

    /// Leaves, and inner nodes.
    pub fn count(&self) -> (u64, u64) {
        let own = if self.children.is_empty() { (1, 0) } else { (0, 1) };
        let counts = self.children.iter().map(Self::count);
        counts.fold(own, |sum, one| (sum.0 + one.0, sum.1 + one.1))
    }

    fn insert(&mut self, key: K) -> Option<(K, Self)> {
        let Err(at) = self.keys.binary_search(&key) else {
            return None;
        };
        if self.children.is_empty() {
            return self.place(at, key, None);
        }
        let (middle, right) = self.children[at].insert(key)?;
        self.place(at, middle, Some(right))
    }

    /// Puts a key in, with the child to its right. A full node is split around its sixth key, or the
    /// one beside that on the new key's side, so that the part that gets it is not the larger one.
    fn place(&mut self, at: usize, key: K, child: Option<Self>) -> Option<(K, Self)> {
        if self.keys.len() < 11 {
            self.keys.insert(at, key);
            if let Some(child) = child {
                self.children.insert(at + 1, child);
            }
            return None;
        }
        let middle = match at {
            0..=4 => 4,
            5 | 6 => 5,
            _ => 6,
        };
        let mut right = Self {
            keys: self.keys.split_off(middle + 1),
            children: self.children.split_off(self.children.len().min(middle + 1)),
        };
        let separator = self.keys.pop().expect("the middle is among eleven keys");
        let unsplit = if at <= middle {
            self.place(at, key, child)
        } else {
            right.place(at - middle - 1, key, child)
        };
        assert!(unsplit.is_none(), "both parts have room");
        Some((separator, right))
    }
}
