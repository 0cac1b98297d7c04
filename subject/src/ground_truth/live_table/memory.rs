//! A table's memory: one mapping of fixed size, touched only where it is used.

use std::ptr;

use super::table::Slot;

/// Slots of the first table, of 16 bytes each, as a power of two. 2^23 carry some six million live allocations; the
/// largest phase has fewer than half a million. Miri's tests are smaller, and are to meet collisions too.
pub(super) const NEAR: u32 = if cfg!(miri) { 12 } else { 23 };

/// Slots of the second, for what the first has no room for: another fifty million, in a gigabyte that is touched only
/// then.
pub(super) const BEYOND: u32 = if cfg!(miri) { 13 } else { 26 };

/// How far from its home an allocation may lie. At three quarters full, the chance that one lies farther
/// is below 2^-100.
pub(super) const REACH: usize = 256;

/// Shared, so that it counts as `RssShmem` and can be told from the heap. Miri knows private ones only.
const FLAGS: libc::c_int = if cfg!(miri) {
    libc::MAP_PRIVATE | libc::MAP_ANON
} else {
    libc::MAP_SHARED | libc::MAP_ANON | libc::MAP_NORESERVE
};

fn bytes(bits: u32) -> usize {
    size_of::<Slot>() << bits
}

/// Maps a table of 2^bits `EMPTY` slots; null if there is no room for it.
pub(super) fn map(bits: u32) -> *mut Slot {
    const PROTECTION: libc::c_int = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: an anonymous mapping at an address of the kernel's choice touches no existing memory.
    let mapping = unsafe { libc::mmap(ptr::null_mut(), bytes(bits), PROTECTION, FLAGS, -1, 0) };
    if mapping == libc::MAP_FAILED { ptr::null_mut() } else { mapping.cast() }
}

/// Gives a mapping back.
///
/// # Safety
///
/// It came from [`map`] with the same size, and nobody uses it from here on.
pub(super) unsafe fn unmap(slots: *mut Slot, bits: u32) {
    // SAFETY: `map` made it with this length, and the caller vouches for the rest.
    unsafe { libc::munmap(slots.cast(), bytes(bits)) };
}
