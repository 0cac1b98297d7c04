//! Files of ours that are kept beside the runs: a list each, whole or an error that names the file.
//!
//! ```json
//! { "schema": 1, "adoptions": [ … ] }
//! ```

use std::fs;
use std::io;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::files::write_whole;
use super::printable::from_json;

/// Version of these files as they are written, and the only one that is read.
const SCHEMA: u32 = 1;

/// The list of this name that a file holds; none of it if there is no file.
///
/// # Errors
///
/// If there is one that cannot be read, or is of another version; the error names it.
pub fn load<T: DeserializeOwned>(path: &Path, name: &str) -> Result<Vec<T>, io::Error> {
    let named = |reason: String| io::Error::other(format!("{}: {reason}", path.display()));
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(|error| named(error.to_string()))?,
    };
    let mut kept: Map<String, Value> =
        from_json(&text).map_err(|error| named(error.to_string()))?;
    let schema = kept.remove("schema").unwrap_or_default();
    if schema != SCHEMA {
        return Err(named(format!("schema {schema}, where {SCHEMA} is known")));
    }
    let list = kept.remove(name).ok_or_else(|| named(format!("missing field `{name}`")))?;
    if let Some(unknown) = kept.keys().next() {
        return Err(named(format!("unknown field `{unknown}`")));
    }
    serde_json::from_value(list).map_err(|error| named(error.to_string()))
}

/// Writes it.
///
/// # Errors
///
/// If it cannot be written, in which case the file is as it was.
pub fn store<T: Serialize>(path: &Path, name: &str, list: &[T]) -> Result<(), io::Error> {
    let text = serde_json::to_string_pretty(&Kept { name, list })?;
    write_whole(path, &(text + "\n"))
}

/// A file as it is written, its fields in the order of their types.
struct Kept<'a, T> {
    name: &'a str,
    list: &'a [T],
}

impl<T: Serialize> Serialize for Kept<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut file = serializer.serialize_map(Some(2))?;
        file.serialize_entry("schema", &SCHEMA)?;
        file.serialize_entry(self.name, self.list)?;
        file.end()
    }
}
