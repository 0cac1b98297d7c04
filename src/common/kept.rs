//! Files of ours that are kept beside the runs: each is whole, of a known version, or an error that names it.

use std::fs;
use std::io;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::files::write_whole;
use super::printable::from_json;

/// What such a file holds.
pub trait Kept: Default + Serialize + DeserializeOwned {
    /// The version that is written, and the only one that is read.
    const SCHEMA: u32;

    /// The version of this one.
    fn schema(&self) -> u32;
}

/// What a file holds; the default if there is none.
///
/// # Errors
///
/// If there is one that cannot be read, or is of another version; the error names it.
pub fn load<F: Kept>(path: &Path) -> Result<F, io::Error> {
    let named = |reason: String| io::Error::other(format!("{}: {reason}", path.display()));
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(F::default()),
        read => read.map_err(|error| named(error.to_string()))?,
    };
    let kept: F = from_json(&text).map_err(|error| named(error.to_string()))?;
    if kept.schema() != F::SCHEMA {
        return Err(named(format!("schema {}, where {} is known", kept.schema(), F::SCHEMA)));
    }
    Ok(kept)
}

/// Writes it.
///
/// # Errors
///
/// If it cannot be written, in which case the file is as it was.
pub fn store<F: Kept>(path: &Path, kept: &F) -> Result<(), io::Error> {
    let text = serde_json::to_string_pretty(kept)?;
    write_whole(path, &(text + "\n"))
}
