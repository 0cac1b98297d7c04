//! What people read: the terminal's table, Markdown, CSV, and the page with its charts.
//!
//! All are made from a [`Summary`]; the page also carries the raw data that it
//! rests on.

mod accuracy;
pub(crate) mod canvas;
mod cells;
pub mod charts;
pub mod comparison;
mod csv;
mod exchange;
mod experiments;
pub mod flame;
mod grid;
mod headline;
mod heap_check;
mod links;
mod markdown;
mod page;
mod profiles;
mod site;
mod staging;
mod terminal;
#[cfg(test)]
mod tests;
mod versions;
mod view;
pub mod words;

use std::io;
use std::path::{Path, PathBuf};

pub use self::csv::csv;
pub(crate) use self::csv::quote;
pub use self::exchange::{bencher, github_action_benchmark};
use self::grid::Grid;
pub use self::headline::headline;
pub use self::heap_check::{ledger_table, ledger_verdict, soak_table};
pub(crate) use self::markdown::escape;
pub use self::markdown::{markdown, overview};
pub use self::site::{Options, write_site};
pub use self::terminal::{TableOptions, closing, table};
use crate::analyse::profile::{Profile, ProfileError};
use crate::analyse::stats::StatsError;
use crate::analyse::summary::{Ladder, Summary, ThreadCell};
use crate::present::charts::ChartError;

/// Every table about truth, for a terminal: verdicts, own heap, leaks, growth, exports.
pub fn truth_tables(summary: &Summary) -> String {
    terminal(&accuracy::grids(summary))
}

/// Overhead and capture by number of threads, for a terminal.
pub fn threads_table(cells: &[ThreadCell]) -> String {
    terminal(&[experiments::threads(cells)])
}

/// The cost ladder, for a terminal.
pub fn ladder_table(ladders: &[Ladder]) -> String {
    terminal(&[experiments::ladder(ladders)])
}

/// The lines that allocate most, for a terminal.
pub fn profile_tables(profiles: &[Profile]) -> String {
    terminal(&profiles::grids(profiles))
}

/// Tables one below the other, for a terminal.
fn terminal(grids: &[Grid]) -> String {
    grids.iter().map(|grid| grid.terminal() + "\n").collect::<Vec<_>>().join("\n")
}

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
