//! What people read: the terminal's table, Markdown, CSV, and the page with its charts.
//!
//! All are made from a [`Summary`](crate::analyse::summary::Summary); the page also carries the raw data
//! that it rests on.

mod accuracy;
mod adoption;
mod allocators;
mod badge;
pub mod bisect;
mod calibration;
pub(crate) mod canvas;
mod changes;
pub mod charts;
mod claims;
mod compared;
pub mod comparison;
mod costs;
mod exchange;
mod experiments;
pub mod faults;
mod features;
pub mod flame;
mod glance;
mod headline;
mod heap_check;
mod history;
mod instruction_page;
mod instructions;
mod kept;
mod latency;
mod links;
mod load;
mod markdown;
mod others;
mod own_program;
mod page;
mod pages;
mod prediction;
mod printed;
mod profiles;
mod reproduce;
mod site;
mod splice;
mod staging;
mod table;
#[cfg(test)]
mod tests;
mod topics;
mod versions;
mod warnings;
pub mod words;

use std::io;
use std::path::{Path, PathBuf};

pub use self::claims::judged as judged_claims;
pub use self::compared::Compared;
pub use self::costs::csv;
pub use self::exchange::{bencher, github_action_benchmark};
pub use self::headline::headline;
pub use self::heap_check::ledger_verdict;
pub use self::instruction_page::{InstructionsCompared, flame_graph};
pub use self::instructions::{
    compared_instructions, compared_instructions_csv, compared_instructions_markdown,
    instruction_tables, instructions_verdict,
};
pub use self::markdown::{accuracy_markdown, markdown, overview};
pub use self::printed::{
    accuracy_tables, adoption_table, calibration_tables, claims_table, closing, features_table,
    ladder_table, latency_table, ledger_table, load_tables, own_program_table, predicted_table,
    profile_tables, sizes_tables, soak_table, terminal_width, threads_table,
};
pub use self::site::{Options, write_site};
pub use self::splice::splice;
pub use self::table::{Csv, Html, Json, Markdown, Renderer, Table, Terminal};
pub use self::topics::tables;
use crate::analyse::profile::ProfileError;
use crate::present::charts::ChartError;
use crate::record::CallgrindError;
use crate::stats::StatsError;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file or folder could not be read or written.
    #[error("{path}: cannot be {verb}: {source}")]
    File {
        /// `read` or `written`.
        verb: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The figures could not be computed.
    #[error(transparent)]
    Stats(#[from] StatsError),
    /// A chart could not be drawn.
    #[error(transparent)]
    Chart(#[from] ChartError),
    /// A heap profile could not be read.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// A profile of instructions could not be read.
    #[error(transparent)]
    Callgrind(#[from] CallgrindError),
    /// A page could not be made: a mistake in a template.
    #[error("the page {page} could not be made: {reason}")]
    Page {
        /// Its file.
        page: String,
        /// Why, and where in which template.
        reason: String,
    },
}

impl ReportError {
    fn written(path: &Path) -> impl FnOnce(io::Error) -> Self {
        Self::file("written", path)
    }

    fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        Self::file("read", path)
    }

    fn file(verb: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { verb, path, source }
    }
}
