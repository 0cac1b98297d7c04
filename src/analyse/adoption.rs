//! What it takes to add a tracker to a program, kept beside the runs, so that every report can show it.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::common::kept;

/// The name of the file, in the folder of reports.
pub const FILE: &str = "adoption.json";
/// What its list is called.
const LIST: &str = "adoptions";

/// What a version of a tracker brings into a program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adoption {
    /// As in the catalogue.
    pub tracker: String,
    /// Of the crate.
    pub version: String,
    /// The day on which it was published, as the registry tells: `2025-10-15`.
    #[serde(default)]
    pub released: Option<String>,
    /// The newest version in the registry.
    #[serde(default)]
    pub newest: Option<String>,
    /// Crates that are compiled for a program that only depends on it, itself among them.
    pub crates: usize,
    /// CPU time that this takes in the release profile, in seconds.
    pub compile_cpu_s: f64,
    /// How long it takes, in seconds.
    pub compile_s: f64,
    /// How many bytes more are loaded of its subject than of the one without a tracker; less than none, if fewer. Absent
    /// where the subject does not build.
    #[serde(default)]
    pub program_bytes: Option<i64>,
    /// The oldest compiler that its manifest promises.
    #[serde(default)]
    pub rust: Option<String>,
    /// Its licence, as its manifest has it.
    #[serde(default)]
    pub licence: Option<String>,
    /// When it was found out.
    pub started: String,
    /// Where: processor, cores, memory, system.
    pub machine: String,
    /// The compiler.
    #[serde(default)]
    pub rustc: Option<String>,
}

impl Adoption {
    /// Whether a newer version was published by then.
    pub fn is_outdated(&self) -> bool {
        self.newest.as_ref().is_some_and(|newest| *newest != self.version)
    }
}

/// Those in a folder of reports, by tracker and version; none if there is no file.
///
/// # Errors
///
/// If there is one that cannot be read, or is of a later version; the error names it.
pub fn load(folder: &Path) -> Result<Vec<Adoption>, io::Error> {
    kept::load(&folder.join(FILE), LIST)
}

/// Adds one, in the place of an earlier one of the same version; gives the file's path.
///
/// # Errors
///
/// As [`load`]; and if it cannot be written, in which case it is as it was.
pub fn store(folder: &Path, new: Adoption) -> Result<PathBuf, io::Error> {
    let mut adoptions = load(folder)?;
    adoptions.retain(|old| (&old.tracker, &old.version) != (&new.tracker, &new.version));
    adoptions.push(new);
    adoptions.sort_by(|a, b| (&a.tracker, &a.version).cmp(&(&b.tracker, &b.version)));
    let path = folder.join(FILE);
    kept::store(&path, LIST, &adoptions)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::fixture;

    fn adoption(tracker: &str, crates: usize) -> Adoption {
        Adoption { crates, ..fixture::adoption(tracker, "1.0.0", "1.0.1") }
    }

    #[test]
    fn the_newest_of_each_version_is_kept_and_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(load(folder.path()).unwrap(), []);
        for one in [adoption("b", 1), adoption("a", 2), adoption("b", 3)] {
            store(folder.path(), one).unwrap();
        }
        assert_eq!(load(folder.path()).unwrap(), [adoption("a", 2), adoption("b", 3)]);
        assert!(adoption("a", 1).is_outdated());
        assert!(!Adoption { newest: None, ..adoption("a", 1) }.is_outdated());
    }

    #[test]
    fn what_cannot_be_read_is_named_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        for text in ["no JSON", r#"{"schema": 9, "adoptions": []}"#] {
            fs::write(&path, text).unwrap();
            assert!(load(folder.path()).unwrap_err().to_string().contains(FILE));
            assert!(store(folder.path(), adoption("a", 1)).is_err());
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
}
