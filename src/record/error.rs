//! What can be wrong with a run's files.

use std::io;
use std::path::{Path, PathBuf};

use super::{RECORDS_FILE, SCHEMA};

/// What went wrong with a run's files.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// A file could not be created, written or read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line is not a record.
    #[error(
        "{path}, line {line}: not a record ({reason}); remove that line to use the others, \
         they are untouched"
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// The line's number, from 1.
        line: usize,
        /// Why.
        reason: String,
    },
    /// The file was written by a later version.
    #[error(
        "{path}: written with schema {found}, and this memscope-bench reads schemas 1 to {SCHEMA}: \
         use a newer one"
    )]
    Schema {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: u64,
    },
    /// The environment is none that a run can have.
    #[error("{path}: {reason}")]
    Refused {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Another process is measuring it.
    #[error("{folder}: this run is being measured by {}", by(.process))]
    Locked {
        /// The run's folder.
        folder: PathBuf,
        /// The process, where the system tells.
        process: Option<u32>,
    },
    /// Its records were moved, removed or replaced while it was being measured.
    #[error(
        "{0}: the records are no longer there, or others are; the sample in progress was not recorded"
    )]
    Replaced(PathBuf),
    /// It is a published run.
    #[error("{0}: a published run, which is not added to; `zstd -d --rm` makes one of it that is")]
    Packed(PathBuf),
    /// There is no run.
    #[error("{0}: no recorded run here (a run's folder holds {RECORDS_FILE})")]
    NoRun(PathBuf),
}

fn by(process: &Option<u32>) -> String {
    match process {
        Some(process) => format!("process {process}; wait for its end, or end it"),
        None => "another process".to_owned(),
    }
}

pub(super) fn file_error(path: &Path) -> impl FnOnce(io::Error) -> RecordsError {
    let path = path.to_owned();
    move |source| RecordsError::File { path, source }
}
