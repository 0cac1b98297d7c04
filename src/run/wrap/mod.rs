//! Wrapped trackers: tools that are put in front of the untracked program.
//!
//! To add one: a file here that implements [`Wrapper`], its line in [`find`], and an entry with a `launcher`
//! in `trackers.toml`. What a tool cannot know from outside, such as a tracker's own heap, is absent in its
//! records, never zero. Its limits hold for all processes that it starts.

mod callgrind;
mod memcheck;
mod valgrind;

use std::ffi::OsString;
use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};

use protocol::Reported;

pub use memcheck::findings_in;

use crate::record::MemcheckFindings;

/// Valgrind Memcheck, as launchers are named in the catalogue.
pub const MEMCHECK: &str = "memcheck";

/// Valgrind Callgrind, which counts instructions. It is no tracker, and not in the catalogue.
pub const CALLGRIND: &str = "callgrind";

/// An installed tool.
pub trait Wrapper: Debug {
    /// The version that the tool itself gives.
    fn version(&self) -> &str;

    /// What to put before a program and its arguments. What it finds will be in `folder`.
    ///
    /// # Errors
    ///
    /// If a file that the tool needs cannot be written there.
    fn command(&self, folder: &Path) -> io::Result<Vec<OsString>>;

    /// Reads what it found of a program that has ended, and removes its files.
    ///
    /// # Errors
    ///
    /// If they are not there, or not whole: the program was killed, for example.
    fn take_findings(&self, folder: &Path) -> Result<ToolFindings, WrapError>;
}

/// What a tool found of a process.
#[derive(Clone, Debug)]
pub struct ToolFindings {
    /// Its totals, as a tracker's figures.
    pub totals: Reported,
    /// What Memcheck tells beyond them.
    pub memcheck: Option<MemcheckFindings>,
    /// Instructions of the measured region, and who counted them.
    pub instructions: Option<(u64, String)>,
}

/// Why a tool cannot be used.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum WrapError {
    #[error(
        "{tool} is not installed: `apt-get install {package}` (or `scripts/install-tools`), \
         `dnf install {package}`, or its own site"
    )]
    NotInstalled { tool: &'static str, package: &'static str },
    #[error("{path}: {reason}")]
    Unreadable { path: PathBuf, reason: String },
    #[error(
        "trackers.toml: there is no launcher {0:?}; memscope-bench knows {MEMCHECK} and {CALLGRIND}"
    )]
    Unknown(String),
}

/// Finds the tool of a launcher.
///
/// # Errors
///
/// If it is not installed; the error says how to install it.
pub fn find(launcher: &str) -> Result<Box<dyn Wrapper>, WrapError> {
    match launcher {
        MEMCHECK => Ok(Box::new(memcheck::Memcheck::find()?)),
        CALLGRIND => Ok(Box::new(callgrind::Callgrind::find()?)),
        other => Err(WrapError::Unknown(other.to_owned())),
    }
}
