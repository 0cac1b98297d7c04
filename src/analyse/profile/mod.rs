//! Heap profiles by dhat: where each workload allocates, as flame graphs and as a table of sites.
//!
//! ```text
//! RUN/profiles/WORKLOAD/dhat-heap.json   as dhat wrote it; dh_view opens it
//!                       peak.svg         flame graph of bytes at the peak
//!                       blocks.svg       flame graph of all allocations
//!                       profile.json     totals and the top sites: a Profile
//! ```

mod dhat;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::common::printable::from_json;

pub use dhat::{DhatProfile, Totals};

/// The folder of profiles in a run's.
pub const FOLDER: &str = "profiles";
/// As dhat names it, and everybody who uses dhat.
pub const DHAT_FILE: &str = "dhat-heap.json";
/// A flame graph of the bytes at the peak, and one of all allocations.
pub const PEAK_FILE: &str = "peak.svg";
/// Named after what dhat calls an allocation; recorded runs hold it by this name.
pub const ALLOCATIONS_FILE: &str = "blocks.svg";
/// The profile itself.
pub const PROFILE_FILE: &str = "profile.json";

/// How many sites a profile keeps.
const TOP_SITES: usize = 12;

/// Where a workload allocates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// The workload.
    pub workload: String,
    /// Sums over all sites.
    pub totals: Totals,
    /// The sites with the most bytes in total, most first.
    pub sites: Vec<Site>,
    /// How many sites there are.
    pub all_sites: usize,
}

/// A line of the workload's source, and all that was allocated for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Site {
    /// The function that the line is in.
    pub function: String,
    /// File and line; of the workload where a frame of it is known, else of whoever allocated.
    pub place: String,
    /// What was allocated for it.
    pub totals: Totals,
}

/// Why there is no profile.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum ProfileError {
    #[error("{path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("{path}: not a profile by dhat: {reason}")]
    Malformed { path: PathBuf, reason: String },
}

fn file_error(path: &Path) -> impl FnOnce(io::Error) -> ProfileError {
    let path = path.to_owned();
    move |source| ProfileError::File { path, source }
}

impl Profile {
    /// The profile in what dhat wrote.
    pub fn of(workload: &str, found: &DhatProfile) -> Self {
        let mut sites = found.sites();
        let all_sites = sites.len();
        sites.truncate(TOP_SITES);
        Self { workload: workload.to_owned(), totals: found.totals(), sites, all_sites }
    }

    /// The profiles of a run, by its folder, in the order of their names. None if it has none.
    ///
    /// # Errors
    ///
    /// If one cannot be read.
    pub fn all_of_run(run: &Path) -> Result<Vec<Self>, ProfileError> {
        let folder = run.join(FOLDER);
        let Ok(entries) = fs::read_dir(&folder) else { return Ok(Vec::new()) };
        let mut paths: Vec<PathBuf> = entries
            .flatten()
            .map(|entry| entry.path().join(PROFILE_FILE))
            .filter(|path| path.is_file())
            .collect();
        paths.sort();
        let read = |path: PathBuf| {
            let text = fs::read_to_string(&path).map_err(file_error(&path))?;
            let malformed = |reason: String| ProfileError::Malformed { path: path.clone(), reason };
            let profile: Self = from_json(&text).map_err(|error| malformed(error.to_string()))?;
            // By its workload its other files are found.
            let folder = path.parent().and_then(Path::file_name);
            if folder.is_none_or(|name| name != profile.workload.as_str()) {
                return Err(malformed(format!("of {:?}, in another's folder", profile.workload)));
            }
            Ok(profile)
        };
        paths.into_iter().map(read).collect()
    }

    /// The file that this profile is read from, relative to the run's folder.
    pub fn own_file(&self) -> PathBuf {
        Path::new(FOLDER).join(&self.workload).join(PROFILE_FILE)
    }

    /// The profile's files for people, relative to the run's folder: dhat's own, and the two flame graphs.
    pub fn files(&self) -> [PathBuf; 3] {
        [DHAT_FILE, PEAK_FILE, ALLOCATIONS_FILE]
            .map(|file| Path::new(FOLDER).join(&self.workload).join(file))
    }
}
