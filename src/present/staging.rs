//! A site in the making: files are written to a hidden folder and moved into place when all are
//! there, so that an interruption or a full disk leaves the earlier site, or none.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::ReportError;
use crate::common::inside::refuse_links;
use crate::record::pack;

/// Files on their way into a folder.
pub(super) struct Staging {
    // Inside the folder itself: that is sure to be on its file system, where moving is atomic.
    hidden: TempDir,
    out: PathBuf,
    /// In the order in which they will be moved.
    files: Vec<PathBuf>,
}

impl Staging {
    /// Begins to fill `out`, which is created if need be.
    pub(super) fn begin(out: &Path) -> Result<Self, ReportError> {
        fs::create_dir_all(out).map_err(ReportError::written(out))?;
        let hidden = tempfile::Builder::new().prefix(".unfinished-").tempdir_in(out);
        let hidden = hidden.map_err(ReportError::written(out))?;
        Ok(Self { hidden, out: out.to_owned(), files: Vec::new() })
    }

    /// Adds a text at a place relative to the folder.
    pub(super) fn write(&mut self, place: &Path, text: &str) -> Result<(), ReportError> {
        let path = self.prepare(place)?;
        fs::write(&path, text).map_err(ReportError::written(&self.out.join(place)))
    }

    /// Adds a copy of a file.
    pub(super) fn copy(&mut self, file: &Path, place: &Path) -> Result<(), ReportError> {
        let path = self.prepare(place)?;
        // Piece by piece: the records of a long run are larger than all that is made of them.
        let mut from = File::open(file).map_err(ReportError::read(file))?;
        let copied = File::create(&path).and_then(|mut to| io::copy(&mut from, &mut to));
        copied.map(drop).map_err(ReportError::written(&self.out.join(place)))
    }

    /// Adds a file of records, compressed.
    pub(super) fn pack(&mut self, records: &Path, place: &Path) -> Result<(), ReportError> {
        let path = self.prepare(place)?;
        let packed = File::create(&path).and_then(|to| pack(records, to));
        packed.map_err(ReportError::written(&self.out.join(place)))
    }

    /// A folder to write into, whose files are then to be [claimed](Self::claim).
    pub(super) fn folder(&self, place: &Path) -> PathBuf {
        self.hidden.path().join(place)
    }

    /// Adds a file that was written below [`Self::folder`].
    pub(super) fn claim(&mut self, place: PathBuf) {
        self.files.push(place);
    }

    /// Moves every file into place, in the order in which they were added.
    pub(super) fn publish(self) -> Result<(), ReportError> {
        for place in &self.files {
            let target = self.out.join(place);
            refuse_links(&self.out, place).map_err(ReportError::written(&target))?;
            if let Some(folder) = target.parent() {
                fs::create_dir_all(folder).map_err(ReportError::written(folder))?;
            }
            let moved = fs::rename(self.hidden.path().join(place), &target);
            moved.map_err(ReportError::written(&target))?;
        }
        Ok(())
    }

    fn prepare(&mut self, place: &Path) -> Result<PathBuf, ReportError> {
        let path = self.hidden.path().join(place);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(ReportError::written(&self.out))?;
        }
        self.files.push(place.to_owned());
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().flatten();
        entries.map(|entry| entry.file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn files_arrive_together_and_nothing_else_stays() {
        let parent = tempfile::tempdir().unwrap();
        let out = parent.path().join("new/site");
        let mut staging = Staging::begin(&out).unwrap();
        staging.write(Path::new("charts/a.svg"), "a").unwrap();
        assert!(!out.join("charts").exists());
        staging.write(Path::new("index.html"), "b").unwrap();
        staging.publish().unwrap();
        assert_eq!(fs::read_to_string(out.join("charts/a.svg")).unwrap(), "a");
        assert_eq!(names(&out).len(), 2, "{:?}", names(&out));
    }

    #[test]
    fn nothing_is_written_through_a_link() {
        let parent = tempfile::tempdir().unwrap();
        let (out, elsewhere) = (parent.path().join("site"), parent.path().join("elsewhere"));
        fs::create_dir_all(&elsewhere).unwrap();
        fs::create_dir_all(&out).unwrap();
        std::os::unix::fs::symlink(&elsewhere, out.join("charts")).unwrap();
        let mut staging = Staging::begin(&out).unwrap();
        staging.write(Path::new("charts/a.svg"), "a").unwrap();
        let error = staging.publish().unwrap_err().to_string();
        assert!(error.contains("is a link"), "{error}");
        assert_eq!(names(&elsewhere).len(), 0);
    }

    #[test]
    fn an_abandoned_site_leaves_the_earlier_one() {
        let out = tempfile::tempdir().unwrap();
        fs::write(out.path().join("index.html"), "earlier").unwrap();
        let mut staging = Staging::begin(out.path()).unwrap();
        staging.write(Path::new("index.html"), "later").unwrap();
        drop(staging);
        assert_eq!(names(out.path()), ["index.html"]);
        assert_eq!(fs::read_to_string(out.path().join("index.html")).unwrap(), "earlier");
    }
}
