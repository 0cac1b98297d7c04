//! What is to be run, as data: trackers, workloads, settings, and the groups they make.

pub mod arm;
mod bench_settings;
pub mod catalog;
pub mod group;
pub mod settings;
