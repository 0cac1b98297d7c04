//! The harness of memscope-bench: it plans samples, runs each in a process of its own, records what comes
//! back, and makes figures, charts and pages from the records.
//!
//! The folders are layers, and imports point down only (`tests/layers.rs` holds them to it):
//!
//! ```text
//! cli         arguments in, words out (in the binary)
//! stress      the stress test's own text and picture
//! present     tables, charts, pages          run    processes: sessions, wrappers, the load on servers
//! analyse     from records to figures        build  the programs that are run
//! record      what a run leaves behind
//! plan        what is to be run, as data
//! stats       what numbers say: ratios, intervals, differences
//! common      how figures are written, what the system tells
//! ```

pub mod analyse;
pub mod build;
pub mod common;
#[cfg(test)]
mod fixture;
pub mod plan;
pub mod present;
pub mod record;
pub mod run;
pub mod stats;
pub mod stress;
