//! Files that a gate holds later runs against, whatever they are of.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::common::files::write_whole;
use crate::common::printable::from_json;

/// What is wrong with a baseline.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum BaselineError {
    #[error("{path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("{0}: there is no baseline; write one with --update")]
    None(PathBuf),
    #[error("{path}: not a baseline ({reason}); write a new one with --update")]
    NotABaseline { path: PathBuf, reason: String },
    #[error("{path}: a baseline of {found}, not of {asked}; it is held with --metric {found}")]
    Metric { path: PathBuf, found: String, asked: String },
    #[error("{0}: a baseline of another version of memscope-bench; write a new one with --update")]
    Schema(PathBuf),
}

/// What every baseline says of itself.
#[derive(Deserialize)]
struct Versioned {
    schema: u32,
    /// What it is of, if not of times and accuracy.
    #[serde(default)]
    metric: Option<String>,
}

/// What it is called that a baseline without a metric is of.
const TIME: &str = "time";

/// Reads a baseline of a metric (times and accuracy, without one) in a version.
///
/// # Errors
///
/// If it cannot be read, is none, or is of another metric or version.
pub(super) fn read<T: DeserializeOwned>(
    path: &Path,
    schema: u32,
    metric: Option<&str>,
) -> Result<T, BaselineError> {
    let text = fs::read_to_string(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => BaselineError::None(path.to_owned()),
        _ => BaselineError::File { path: path.to_owned(), source },
    })?;
    let not_one = |error: serde_json::Error| BaselineError::NotABaseline {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    // First what it is of: of another kind, nothing else need be as it is here.
    let found: Versioned = from_json(&text).map_err(not_one)?;
    if found.metric.as_deref() != metric {
        return Err(BaselineError::Metric {
            path: path.to_owned(),
            found: found.metric.unwrap_or_else(|| TIME.to_owned()),
            asked: metric.unwrap_or(TIME).to_owned(),
        });
    }
    if found.schema != schema {
        return Err(BaselineError::Schema(path.to_owned()));
    }
    from_json(&text).map_err(not_one)
}

/// Writes a baseline, whole or not at all.
///
/// # Errors
///
/// If it cannot be written; an earlier one there is then as it was.
pub(super) fn write<T: Serialize>(path: &Path, baseline: &T) -> Result<(), BaselineError> {
    let failed = |source| BaselineError::File { path: path.to_owned(), source };
    let text = serde_json::to_string_pretty(baseline).map_err(|error| failed(error.into()))?;
    write_whole(path, &(text + "\n")).map_err(failed)
}
