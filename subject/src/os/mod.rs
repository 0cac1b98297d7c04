//! What differs between systems, for all that runs inside a measured process. Linux can do all of it; elsewhere a
//! subject builds and runs, and does without.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as system;

#[cfg(not(target_os = "linux"))]
mod other;
#[cfg(not(target_os = "linux"))]
use other as system;

pub(crate) use system::{
    Interruption, end_with_parent, hold_interruption, other_threads, this_thread,
};
