//! The files of a run: records are appended as they come, and read back.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::environment::Environment;
use super::error::{RecordsError, file_error};
use super::lock::Locked;
use super::packed::{is_packed, records_in};
use super::{ENVIRONMENT_FILE, RECORDS_FILE, Record, SCHEMA, read, version1};
use crate::common::printable::from_json;

/// The open records of a run in progress.
#[derive(Debug)]
pub struct Writer {
    folder: PathBuf,
    file: Locked,
}

impl Writer {
    /// Creates a new run's folder below that of all runs, with its environment, and opens its records. Where
    /// another run of this name began in the same second, the name gets a number.
    ///
    /// # Errors
    ///
    /// If the folder cannot be written; the error names it.
    pub fn begin(runs: &Path, environment: &mut Environment) -> Result<Self, RecordsError> {
        fs::create_dir_all(runs).map_err(file_error(runs))?;
        let name = environment.run.clone();
        for number in 2_u32.. {
            let folder = runs.join(&environment.run);
            match fs::create_dir(&folder) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    environment.run = format!("{name}-{number}");
                }
                created => {
                    created.map_err(file_error(&folder))?;
                    return Self::create(&folder, environment);
                }
            }
        }
        unreachable!("no folder holds four thousand million runs of one second")
    }

    /// Creates a run's folder with its environment, and opens its records.
    ///
    /// # Errors
    ///
    /// If the folder cannot be written; the error names it.
    pub fn create(folder: &Path, environment: &Environment) -> Result<Self, RecordsError> {
        fs::create_dir_all(folder).map_err(file_error(folder))?;
        let path = folder.join(ENVIRONMENT_FILE);
        let text = serde_json::to_string_pretty(environment)
            .map_err(|error| file_error(&path)(error.into()))?;
        fs::write(&path, text + "\n").map_err(file_error(&path))?;
        Self::append(folder)
    }

    /// Opens the records of an existing run to add to them, for this process alone. A last line without an end gets
    /// one if it is a record; else it is cut off.
    ///
    /// # Errors
    ///
    /// If the file cannot be written, or another process has it open.
    pub fn append(folder: &Path) -> Result<Self, RecordsError> {
        let path = folder.join(RECORDS_FILE);
        if let Some(packed) = records_in(folder).filter(|path| is_packed(path)) {
            return Err(RecordsError::Packed(packed));
        }
        let file = File::options().create(true).read(true).append(true).open(&path);
        let file = Locked::take(file.map_err(file_error(&path))?)
            .map_err(|process| RecordsError::Locked { folder: folder.to_owned(), process })?;
        mend(&path, &file).map_err(file_error(&path))?;
        Ok(Self { folder: folder.to_owned(), file })
    }

    /// The run's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Appends a record, whole or not at all as far as the file system allows.
    ///
    /// # Errors
    ///
    /// If it cannot be written: a full disk, for example. What was recorded earlier stays; a line that
    /// was begun is taken back.
    pub fn write(&mut self, record: &Record) -> Result<(), RecordsError> {
        let path = self.folder.join(RECORDS_FILE);
        let mut line =
            serde_json::to_vec(record).map_err(|error| file_error(&path)(error.into()))?;
        line.push(b'\n');
        if !self.file.is_at(&path).unwrap_or(false) {
            return Err(RecordsError::Replaced(path));
        }
        let length = self.file.metadata().map(|about| about.len());
        // One call for the whole line, so that an interruption finds it written or not begun.
        let written = (&*self.file).write_all(&line).and_then(|()| self.file.sync_data());
        written.map_err(|error| {
            if let Ok(length) = length {
                // The first error is the one to tell of.
                let _ = self.file.set_len(length);
            }
            file_error(&path)(error)
        })
    }
}

/// A recorded run, read back.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its folder.
    pub folder: PathBuf,
    /// Where and how it was made.
    pub environment: Environment,
    /// Its samples, in the order in which they were taken.
    pub records: Vec<Record>,
    /// What whoever uses it has to know.
    pub notes: Vec<String>,
}

impl Run {
    /// Reads a run's folder.
    ///
    /// # Errors
    ///
    /// If there is no run, or its files cannot be read or understood; the error names file and line.
    pub fn load(folder: &Path) -> Result<Self, RecordsError> {
        let path = records_in(folder).ok_or_else(|| RecordsError::NoRun(folder.to_owned()))?;
        let (mut environment, written_by) = Self::load_environment(folder)?;
        let (records, is_cut) = read::records(&path, &environment)?;
        let cut = || format!("{}: its last line is cut off, and left out", path.display());
        if written_by == 1 {
            environment.settings.scales = version1::scales(&records, &environment.settings);
        }
        let notes = is_cut.then(cut).into_iter().collect();
        Ok(Self { folder: folder.to_owned(), environment, records, notes })
    }

    /// Reads a run's environment, and the schema in which it was written.
    fn load_environment(folder: &Path) -> Result<(Environment, u64), RecordsError> {
        let path = folder.join(ENVIRONMENT_FILE);
        let text = fs::read_to_string(&path).map_err(file_error(&path))?;
        let corrupt = |error: serde_json::Error| RecordsError::Corrupt {
            path: path.clone(),
            line: error.line(),
            reason: error.to_string(),
        };
        let value: Value = from_json(&text).map_err(corrupt)?;
        // The first schema did not say so here.
        let schema = value.get("schema").and_then(Value::as_u64).unwrap_or(1);
        let environment = match schema {
            // From the text, so that an error names its line.
            now if now == u64::from(SCHEMA) => from_json(&text),
            1 => serde_json::from_value(version1::environment(value)),
            found => return Err(RecordsError::Schema { path, found }),
        };
        let environment = environment.map_err(corrupt)?;
        read::check(&environment).map_err(|reason| RecordsError::Refused { path, reason })?;
        Ok((environment, schema))
    }

    /// The newest run below `target-reports/runs` or another folder of runs, by its name, which begins
    /// with the time.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn newest(reports: &Path) -> Result<PathBuf, RecordsError> {
        let runs = reports.join("runs");
        let entries = fs::read_dir(&runs).map_err(|_| RecordsError::NoRun(runs.clone()))?;
        let folders = entries.flatten().map(|entry| entry.path());
        folders.filter(|folder| records_in(folder).is_some()).max().ok_or(RecordsError::NoRun(runs))
    }
}

/// Completes or cuts a last line that has no end.
fn mend(path: &Path, mut file: &File) -> io::Result<()> {
    let length = file.metadata()?.len();
    let mut last = [b'\n'];
    if length > 0 {
        file.seek(SeekFrom::Start(length - 1))?;
        file.read_exact(&mut last)?;
    }
    if last == *b"\n" {
        return Ok(());
    }
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    let begin = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    let line = std::str::from_utf8(&bytes[begin..]).ok();
    if line.is_some_and(|line| read::parse(path, 0, line).is_ok()) {
        file.write_all(b"\n")
    } else {
        // A file is no longer than memory can tell.
        file.set_len(begin as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::record::{PACKED_FILE, pack};

    /// The fixture's run, whose last line has lost so many bytes.
    fn cut(parent: &Path, bytes: usize) -> PathBuf {
        let folder = fixture::run(parent).folder;
        let path = folder.join(RECORDS_FILE);
        let text = fs::read(&path).unwrap();
        fs::write(&path, &text[..text.len() - bytes]).unwrap();
        folder
    }

    #[test]
    fn a_last_line_is_completed_or_cut() {
        let parent = tempfile::tempdir().unwrap();
        let all = Run::load(&cut(parent.path(), 0)).unwrap().records;
        for (bytes, left, is_told) in [(1, all.len(), false), (2, all.len() - 1, true)] {
            let parent = tempfile::tempdir().unwrap();
            let folder = cut(parent.path(), bytes);
            let read = Run::load(&folder).unwrap();
            assert_eq!((read.records.len(), read.notes.len()), (left, usize::from(is_told)));
            // Another record is one of its own.
            Writer::append(&folder).unwrap().write(&all[0]).unwrap();
            let read = Run::load(&folder).unwrap();
            assert_eq!((read.records.len(), read.notes.len()), (left + 1, 0));
            assert_eq!(read.records[..left], all[..left]);
        }
    }

    #[test]
    fn a_published_run_is_read_but_not_gone_on_with() {
        let parent = tempfile::tempdir().unwrap();
        let folder = fixture::run(parent.path()).folder;
        let all = Run::load(&folder).unwrap().records;
        let (plain, packed) = (folder.join(RECORDS_FILE), folder.join(PACKED_FILE));
        pack(&plain, File::create(&packed).unwrap()).unwrap();
        let sizes = [&plain, &packed].map(|path| fs::metadata(path).unwrap().len());
        assert!(sizes[1] * 4 < sizes[0], "{sizes:?}");
        fs::remove_file(&plain).unwrap();
        assert_eq!(Run::load(&folder).unwrap().records, all);
        let error = Writer::append(&folder).unwrap_err();
        assert!(matches!(error, RecordsError::Packed(_)), "{error}");
        assert!(!plain.exists());

        // Half of it, and a thousand times as much as it looks.
        let bytes = fs::read(&packed).unwrap();
        fs::write(&packed, &bytes[..bytes.len() / 2]).unwrap();
        assert!(Run::load(&folder).is_err());
        let zeros = io::repeat(b'0').take(1 << 30);
        zstd::stream::copy_encode(zeros, File::create(&packed).unwrap(), 1).unwrap();
        let error = Run::load(&folder).unwrap_err().to_string();
        assert!(error.contains("64 MiB"), "{error}");
    }

    #[test]
    fn a_run_has_one_writer() {
        let parent = tempfile::tempdir().unwrap();
        let folder = fixture::run(parent.path()).folder;
        let writer = Writer::append(&folder).unwrap();
        let error = Writer::append(&folder).unwrap_err().to_string();
        let myself = format!("process {}", std::process::id());
        assert!(error.contains("being measured") && error.contains(&myself), "{error}");
        drop(writer);
        Writer::append(&folder).unwrap();
    }

    #[test]
    fn records_that_are_gone_are_missed_at_the_next_sample() {
        let parent = tempfile::tempdir().unwrap();
        let run = fixture::run(parent.path());
        let path = run.folder.join(RECORDS_FILE);
        let mut writer = Writer::append(&run.folder).unwrap();
        writer.write(&run.records[0]).unwrap();
        fs::rename(&path, parent.path().join("elsewhere")).unwrap();
        let gone = writer.write(&run.records[0]).unwrap_err();
        assert!(matches!(gone, RecordsError::Replaced(_)), "{gone}");
        fs::write(&path, "").unwrap();
        let others = writer.write(&run.records[0]).unwrap_err();
        assert!(matches!(others, RecordsError::Replaced(_)), "{others}");
    }

    #[test]
    fn what_is_not_of_the_run_is_refused() {
        let refused = |change: &dyn Fn(&mut Record)| {
            let parent = tempfile::tempdir().unwrap();
            let mut run = fixture::run(parent.path());
            change(&mut run.records[0]);
            let mut writer = Writer::append(&run.folder).unwrap();
            writer.write(&run.records[0]).unwrap();
            Run::load(&run.folder).unwrap_err().to_string()
        };
        let other = refused(&|record| record.run = "another".to_owned());
        assert!(other.contains("line 53") && other.contains("another"), "{other}");
        let outside = refused(&|record| record.folder = Some("../../secret".to_owned()));
        assert!(outside.contains("leads out of the run"), "{outside}");
        let absolute = refused(&|record| record.workload = "/etc".to_owned());
        assert!(absolute.contains("leads out of the run"), "{absolute}");
    }

    #[test]
    fn an_environment_that_no_run_has_is_refused() {
        let refused = |change: &dyn Fn(&mut Environment)| {
            let parent = tempfile::tempdir().unwrap();
            let mut run = fixture::run(parent.path());
            change(&mut run.environment);
            let text = serde_json::to_string(&run.environment).unwrap();
            fs::write(run.folder.join(ENVIRONMENT_FILE), text).unwrap();
            Run::load(&run.folder).unwrap_err().to_string()
        };
        let negative = refused(&|environment| environment.settings.timeout_s = -1.0);
        assert!(negative.contains("time limit is -1"), "{negative}");
        let scale = refused(&|environment| environment.settings.params.scale = 0.0);
        assert!(scale.contains("scale is 0"), "{scale}");
        let lock = refused(&|environment| {
            let lock = Some("../../secret.txt".to_owned());
            environment.versions =
                vec![crate::record::environment::VersionRecord { lock, ..Default::default() }];
        });
        assert!(lock.contains("leads out of the run"), "{lock}");
    }

    #[test]
    fn what_acts_on_a_terminal_is_read_as_what_does_not() {
        let parent = tempfile::tempdir().unwrap();
        let mut run = fixture::run(parent.path());
        run.records[0].version = Some("1.0\u{1b}[2J\u{7}".to_owned());
        Writer::append(&run.folder).unwrap().write(&run.records[0]).unwrap();
        let read = Run::load(&run.folder).unwrap();
        let version = read.records.last().unwrap().version.clone();
        assert_eq!(version.as_deref(), Some("1.0\u{fffd}[2J\u{fffd}"));
    }

    #[test]
    fn runs_of_the_same_second_are_kept_apart() {
        let folder = tempfile::tempdir().unwrap();
        let named = || {
            let mut environment = fixture::environment();
            let writer = Writer::begin(folder.path(), &mut environment).unwrap();
            assert_eq!(writer.folder(), folder.path().join(&environment.run));
            assert!(writer.folder().join(RECORDS_FILE).is_file());
            environment.run
        };
        let first = named();
        assert_eq!(named(), format!("{first}-2"));
        assert_eq!(named(), format!("{first}-3"));
    }
}
