//! The files of a run: records are appended as they come, and read back.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::environment::Environment;
use super::{Record, SCHEMA, version1};

/// The name of the file of records in a run's folder.
pub const RECORDS_FILE: &str = "records.jsonl";
/// The name of the file of the environment in a run's folder.
pub const ENVIRONMENT_FILE: &str = "environment.json";

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
    /// There is no run.
    #[error("{0}: no recorded run here (a run's folder holds {RECORDS_FILE})")]
    NoRun(PathBuf),
}

fn file_error(path: &Path) -> impl FnOnce(io::Error) -> RecordsError {
    let path = path.to_owned();
    move |source| RecordsError::File { path, source }
}

/// The open records of a run in progress.
#[derive(Debug)]
pub struct Writer {
    folder: PathBuf,
    file: File,
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

    /// Opens the records of an existing run to add to them.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn append(folder: &Path) -> Result<Self, RecordsError> {
        let path = folder.join(RECORDS_FILE);
        let file = File::options().create(true).append(true).open(&path);
        Ok(Self { folder: folder.to_owned(), file: file.map_err(file_error(&path))? })
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
        let length = self.file.metadata().map(|about| about.len());
        // One call for the whole line, so that an interruption finds it written or not begun.
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
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
}

impl Run {
    /// Reads a run's folder.
    ///
    /// # Errors
    ///
    /// If there is no run, or its files cannot be read or understood; the error names file and line.
    pub fn load(folder: &Path) -> Result<Self, RecordsError> {
        let path = folder.join(RECORDS_FILE);
        if !path.is_file() {
            return Err(RecordsError::NoRun(folder.to_owned()));
        }
        let (mut environment, written_by) = Self::load_environment(folder)?;
        let mut records = Vec::new();
        let file = BufReader::new(File::open(&path).map_err(file_error(&path))?);
        for (index, line) in file.lines().enumerate() {
            let line = line.map_err(file_error(&path))?;
            if line.trim().is_empty() {
                continue;
            }
            records.push(parse(&path, index + 1, &line)?);
        }
        if written_by == 1 {
            environment.settings.scales = version1::scales(&records, &environment.settings);
        }
        Ok(Self { folder: folder.to_owned(), environment, records })
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
        let value: Value = serde_json::from_str(&text).map_err(corrupt)?;
        // The first schema did not say so here.
        let schema = value.get("schema").and_then(Value::as_u64).unwrap_or(1);
        let environment = match schema {
            // From the text, so that an error names its line.
            now if now == u64::from(SCHEMA) => serde_json::from_str(&text),
            1 => serde_json::from_value(version1::environment(value)),
            found => return Err(RecordsError::Schema { path, found }),
        };
        Ok((environment.map_err(corrupt)?, schema))
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
        folders
            .filter(|folder| folder.join(RECORDS_FILE).is_file())
            .max()
            .ok_or(RecordsError::NoRun(runs))
    }
}

fn parse(path: &Path, line: usize, text: &str) -> Result<Record, RecordsError> {
    #[derive(serde::Deserialize)]
    struct Version {
        schema: u64,
    }
    let corrupt = |error: serde_json::Error| RecordsError::Corrupt {
        path: path.to_owned(),
        line,
        reason: error.to_string(),
    };
    // Before all else: a record of another schema would fail with a misleading reason.
    let Version { schema } = serde_json::from_str(text).map_err(corrupt)?;
    match schema {
        now if now == u64::from(SCHEMA) => serde_json::from_str(text).map_err(corrupt),
        1 => {
            let value = serde_json::from_str(text).map_err(corrupt)?;
            serde_json::from_value(version1::record(value)).map_err(corrupt)
        }
        found => Err(RecordsError::Schema { path: path.to_owned(), found }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

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
