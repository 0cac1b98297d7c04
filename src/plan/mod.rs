//! What is to be run, as data.
//!
//! ```text
//! spec, catalog   how people name trackers, and what is known of each (`entry`; `own`: of the reader's own)
//! own_workload    a workload of the reader's own
//! candidate       a version that may be the first bad one
//! sampling        how much is measured of each workload
//! settings        what one can choose (`bench_settings`: from where `cargo bench` takes it)
//! arm, group      a tracker in its role; a workload with the arms that are compared on it
//! procedure       stages, and what is taken in each (`sample_kind`); `procedures`: those of every verb
//! calibration     those by which the instrument itself is tried
//! partition       a share of it, for one machine of several
//! ```

pub mod arm;
mod bench_settings;
pub mod calibration;
pub mod candidate;
pub mod catalog;
pub mod claims;
mod entry;
pub mod group;
mod own;
pub mod own_workload;
pub mod partition;
pub mod procedure;
pub mod procedures;
mod sample_kind;
pub mod sampling;
pub mod settings;
pub mod spec;

pub use bench_settings::SETTINGS_FILE;
