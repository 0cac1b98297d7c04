//! What differs between systems, for the harness. Linux can do all of it; elsewhere the harness builds, and says what
//! it cannot measure.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as system;

#[cfg(not(target_os = "linux"))]
mod other;
#[cfg(not(target_os = "linux"))]
use other as system;

pub use system::{Timer, adopt_orphans, thread_cpu_ns};
