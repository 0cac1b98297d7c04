//! All that runs inside a measured process.
//!
//! A *subject* is a program that runs workloads under one tracker, in a process of its own, and
//! answers with what that cost and what truly happened. Each file in `trackers/` is such a program
//! of a few dozen lines: it installs an allocator inside [`GroundTruth`], implements [`Tracker`], and
//! hands over to [`main`](crate::main!). Everything else a subject does lives here, and nothing here
//! names a tracker.
//!
//! The crate boundary is the process boundary: the harness links this crate for the words of the
//! protocol and the registry of workloads; a subject never links the harness.

mod audited;
mod control;
pub mod ground_truth;
mod measure;
pub mod probe;
mod process;
pub mod progress;
pub mod protocol;
mod serve;
mod soak;
mod timeline;
pub mod tracker;
pub mod workloads;

pub use ground_truth::GroundTruth;
pub use probe::{Probe, Site};
pub use serve::serve;
pub use tracker::{Tracker, TrackerError};

/// FNV-1a, 64 bits: a hash that is the same everywhere and always, for deriving seeds from names.
pub fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Defines a subject's `main`: serve the job that the runner sends under the given [`Tracker`].
///
/// ```ignore
/// #[global_allocator]
/// static ALLOCATOR: GroundTruth<System> = GroundTruth::new(System);
/// subject::main!(Untracked);
/// ```
#[macro_export]
macro_rules! main {
    ($tracker:ty) => {
        fn main() -> std::process::ExitCode {
            $crate::serve::<$tracker>()
        }
    };
}
