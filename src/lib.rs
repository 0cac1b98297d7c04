//! The harness of memscope-bench: it plans samples, runs each in a process of its own, records what comes
//! back, and makes figures, charts and pages from the records.
//!
//! ```text
//! catalog ─▶ runner ──job──▶ subject (another process, crate `memscope-bench-subject`)
//! settings ─▶   │   ◀─reply──
//!               ▼
//!            records ─▶ summary (stats) ─▶ report (charts, tables, pages)
//! ```

pub mod catalog;
pub mod charts;
pub mod compare;
pub mod endurance;
pub mod environment;
pub mod exports;
pub mod fidelity;
#[cfg(test)]
mod fixture;
pub mod ledger;
pub mod memcheck;
mod order;
pub mod profile;
pub mod records;
pub mod report;
pub mod runner;
pub mod settings;
pub mod soak;
pub mod stats;
pub mod stress;
pub mod suggest;
pub mod summary;
pub mod units;
pub mod versions;
pub mod wording;
