//! All that runs inside a measured process.
//!
//! A *subject* is a program that runs workloads under one tracker, in a process of its own, and
//! answers with what that cost and what truly happened. Each file in `trackers/` is such a program
//! of a few dozen lines: it installs an allocator inside [`GroundTruth`], implements [`Tracker`], and
//! hands over to [`main`](crate::main!). Everything else a subject does lives here, and nothing here
//! names a tracker.
//!
//! The crate boundary is the process boundary: a subject never links the harness, nor the harness this
//! crate. What both have in common is the crate `protocol`.

mod audited;
mod control;
pub mod ground_truth;
mod measure;
mod moments;
mod os;
pub mod own;
pub mod probe;
mod process;
pub mod progress;
mod serve;
pub mod sites;
mod soak;
mod timeline;
pub mod tracker;
pub mod workloads;

pub use ground_truth::GroundTruth;
pub use own::{NoWorkload, Own, Workload};
pub use probe::{Probe, Site};
pub use protocol;
pub use serve::serve;
pub use tracker::{Tracker, TrackerError};
pub use workloads::Setting;

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
        // It is no `main` where a workload of the reader's own has a program around it.
        #[allow(dead_code)]
        fn main() -> std::process::ExitCode {
            serve::<$crate::NoWorkload>()
        }

        pub(crate) fn serve<O: $crate::Own>() -> std::process::ExitCode {
            $crate::serve::<$tracker, O>()
        }
    };
}
