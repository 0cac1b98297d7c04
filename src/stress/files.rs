//! What the stress test leaves behind, never half-written: everything is made aside and then renamed.
//!
//! ```text
//! target-reports/
//!     memory_analysis.svg     the picture
//!     stress/                 of the last stress test that ended well
//!         reply.json          every figure, raw
//!         environment.json    machine, versions, settings, the command
//!         export/             the tracker report
//!         stdout.log …        what it printed, if anything
//!     stress-failed/          logs of the last one that did not
//! ```

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::TempDir;

use super::StressError;

/// The picture's name.
pub const SVG_FILE: &str = "memory_analysis.svg";
/// The folder of a stress test that ended well.
pub const FOLDER: &str = "stress";
/// The folder of the logs of one that failed.
pub const FAILED_FOLDER: &str = "stress-failed";
/// The folder of the tracker report, in either.
pub const REPORT_FOLDER: &str = "export";

/// The folder of a stress test in progress. It is deleted unless it is kept.
#[derive(Debug)]
pub(super) struct RunningFolder {
    out: PathBuf,
    folder: TempDir,
}

impl RunningFolder {
    /// Makes a folder below `out`, which is made too.
    pub(super) fn open(out: &Path) -> Result<Self, StressError> {
        fs::create_dir_all(out).map_err(unwritable(out))?;
        // As any folder that a program makes; alone, tempfile would let nobody else read it.
        let folder = tempfile::Builder::new()
            .prefix("stress-running-")
            .permissions(Permissions::from_mode(0o777))
            .tempdir_in(out)
            .map_err(unwritable(out))?;
        let folder = Self { out: out.to_owned(), folder };
        let report = folder.path().join(REPORT_FOLDER);
        fs::create_dir(&report).map_err(unwritable(&report))?;
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where the tracker is to write its report; absolute, since the subject runs elsewhere.
    pub(super) fn report(&self) -> Result<PathBuf, StressError> {
        let report = self.path().join(REPORT_FOLDER);
        std::path::absolute(&report).map_err(unwritable(&report))
    }

    /// Writes a value as JSON.
    pub(super) fn write(&self, name: &str, value: &impl Serialize) -> Result<(), StressError> {
        let path = self.path().join(name);
        let text = serde_json::to_string_pretty(value)
            .map_err(|error| unwritable(&path)(io::Error::other(error)))?;
        fs::write(&path, text + "\n").map_err(unwritable(&path))
    }

    /// Keeps what a subject that failed has left behind, if it is anything, and tells where.
    pub(super) fn keep_logs(self) -> Option<PathBuf> {
        // Removing a folder that is not empty fails.
        let _ = fs::remove_dir(self.path().join(REPORT_FOLDER));
        let empty = fs::read_dir(self.path()).is_ok_and(|mut left| left.next().is_none());
        if empty { None } else { self.keep_as(FAILED_FOLDER).ok() }
    }

    /// Puts the folder in the place of an earlier one of this name.
    pub(super) fn keep_as(self, name: &str) -> Result<PathBuf, StressError> {
        let place = self.out.join(name);
        let old = self.path().join("replaced");
        // Aside first: a deletion that is interrupted would leave half of it.
        match fs::rename(&place, &old) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(unwritable(&place)(error));
            }
            _ => {}
        }
        fs::rename(self.path(), &place).map_err(unwritable(&place))?;
        // Its name is gone; there is nothing left to delete.
        let _ = self.folder.keep();
        let _ = fs::remove_dir_all(place.join("replaced"));
        Ok(place)
    }
}

fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> StressError {
    let path = path.to_owned();
    move |source| StressError::File { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_takes_the_place_of_the_one_before() {
        let out = tempfile::tempdir().unwrap();
        for text in ["first", "second"] {
            let folder = RunningFolder::open(out.path()).unwrap();
            folder.write("reply.json", &text).unwrap();
            let kept = folder.keep_as(FOLDER).unwrap();
            assert_eq!(fs::read_to_string(kept.join("reply.json")).unwrap(), format!("{text:?}\n"));
        }
        let left: Vec<_> = fs::read_dir(out.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
        assert!(!out.path().join(FOLDER).join("replaced").exists());
        let mode = fs::metadata(out.path().join(FOLDER)).unwrap().permissions().mode();
        assert_eq!(mode & 0o700, 0o700);
    }

    #[test]
    fn what_is_not_kept_is_gone() {
        let out = tempfile::tempdir().unwrap();
        drop(RunningFolder::open(out.path()).unwrap());
        assert_eq!(RunningFolder::open(out.path()).unwrap().keep_logs(), None);
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
        let folder = RunningFolder::open(out.path()).unwrap();
        folder.write("stderr.log", &"words").unwrap();
        let kept = folder.keep_logs().unwrap();
        assert_eq!(fs::read_dir(kept).unwrap().count(), 1);
    }

    #[test]
    fn an_error_names_the_place() {
        let out = tempfile::tempdir().unwrap();
        let path = out.path().join(SVG_FILE);
        fs::write(&path, "").unwrap();
        // A file stands where the folder should be.
        let error = RunningFolder::open(&path).unwrap_err().to_string();
        assert!(error.contains(SVG_FILE), "{error}");
    }
}
