//! The file that a bisection is kept in.
//!
//! It is written whole after each step, so that an interruption finds the step taken or not.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::search::Search;
use crate::common::files::write_whole;
use crate::common::printable::from_json;
use crate::record::environment::SettingsRecord;

/// The name of the file in a bisection's folder.
pub const BISECTION_FILE: &str = "bisect.json";

/// Version of [`Bisection`] as it is written.
const SCHEMA: u32 = 1;

/// A bisection, finished or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bisection {
    schema: u32,
    /// The command that began it.
    pub command: String,
    /// By what each step runs, but for its trackers.
    pub settings: SettingsRecord,
    /// How much slower a candidate may be, in percent; absent if times are not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fail_above: Option<f64>,
    /// How far it has come.
    pub search: Search,
    /// The step that has begun and not ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun: Option<Begun>,
}

/// A step that has begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Begun {
    /// Its candidate's number.
    pub candidate: usize,
    /// The name of its run.
    pub run: String,
}

/// What is wrong with the file.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum BisectionError {
    #[error("{path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("{0}: no bisection here (its folder holds {BISECTION_FILE})")]
    None(PathBuf),
    #[error("{path}: not a bisection that this memscope-bench can go on with ({reason})")]
    NotABisection { path: PathBuf, reason: String },
}

impl Bisection {
    /// One that has not begun.
    pub fn new(
        command: String,
        settings: SettingsRecord,
        fail_above: Option<f64>,
        search: Search,
    ) -> Self {
        Self { schema: SCHEMA, command, settings, fail_above, search, begun: None }
    }

    /// Makes a folder for it below `out`, whose name begins with the time, and writes it there.
    ///
    /// # Errors
    ///
    /// If that cannot be written.
    pub fn begin(&self, out: &Path) -> Result<PathBuf, BisectionError> {
        let all = out.join("bisect");
        let failed = |path: &Path, source| BisectionError::File { path: path.to_owned(), source };
        fs::create_dir_all(&all).map_err(|source| failed(&all, source))?;
        let time = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
        let tracker = self.search.good().spec.split(['@', '/']).next().unwrap_or_default();
        let mut folder = all.join(format!("{time}-{tracker}"));
        for number in 2.. {
            match fs::create_dir(&folder) {
                // Another began in the same second.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    folder = all.join(format!("{time}-{tracker}-{number}"));
                }
                made => {
                    made.map_err(|source| failed(&folder, source))?;
                    break;
                }
            }
        }
        self.save(&folder)?;
        Ok(folder)
    }

    /// Reads the one in a folder.
    ///
    /// # Errors
    ///
    /// If there is none, or it cannot be read or understood.
    pub fn load(folder: &Path) -> Result<Self, BisectionError> {
        let path = folder.join(BISECTION_FILE);
        let text = fs::read_to_string(&path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => BisectionError::None(folder.to_owned()),
            _ => BisectionError::File { path: path.clone(), source },
        })?;
        let not_one = |reason| BisectionError::NotABisection { path: path.clone(), reason };
        let read: Self = from_json(&text).map_err(|error| not_one(error.to_string()))?;
        let number = read.search.candidates.len();
        let begun = read.begun.iter().map(|begun| begun.candidate);
        let mut named = read.search.steps.iter().map(|step| step.candidate).chain(begun);
        if read.schema != SCHEMA {
            return Err(not_one(format!("schema {}", read.schema)));
        }
        if number < 2 || named.any(|candidate| candidate == 0 || candidate >= number) {
            return Err(not_one("a step is of no candidate".to_owned()));
        }
        Ok(read)
    }

    /// Writes it into its folder, whole or not at all.
    ///
    /// # Errors
    ///
    /// If it cannot be written; the file is then as it was.
    pub fn save(&self, folder: &Path) -> Result<(), BisectionError> {
        let path = folder.join(BISECTION_FILE);
        let text = serde_json::to_string_pretty(self).map_err(io::Error::from);
        let written = text.and_then(|text| write_whole(&path, &(text + "\n")));
        written.map_err(|source| BisectionError::File { path, source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::accuracy::Family;
    use crate::analyse::bisect::Verdict;
    use crate::analyse::comparison::{About, Reason};
    use crate::fixture;
    use crate::plan::candidate::Candidate;

    fn bisection() -> Bisection {
        let candidate = |n| Candidate { spec: format!("t@0.1.{n}/full"), name: format!("0.1.{n}") };
        let mut search = Search::new((0..4).map(candidate).collect());
        let about = About::Figures(Family::Events);
        let reason = Reason { workload: None, about, words: "frees".to_owned() };
        search.add(3, Some("run".to_owned()), Verdict::Bad(vec![reason]));
        search.add(1, None, Verdict::SteppedOver("does not build".to_owned()));
        let settings = fixture::environment().settings;
        let begun = Some(Begun { candidate: 2, run: "run-2".to_owned() });
        Bisection { begun, ..Bisection::new("bisect".to_owned(), settings, Some(5.0), search) }
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let bisection = bisection();
        let places = [0; 3].map(|_| bisection.begin(folder.path()).unwrap());
        for place in &places {
            assert_eq!(Bisection::load(place).unwrap(), bisection);
            assert_eq!(fs::read_dir(place).unwrap().count(), 1, "nothing else is left there");
        }
        assert_ne!(places[0], places[1]);
        assert_ne!(places[1], places[2]);
    }

    #[test]
    fn anything_else_is_refused_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let told = || Bisection::load(folder.path()).unwrap_err().to_string();
        assert!(told().contains("no bisection here"), "{}", told());
        let mut other = bisection();
        other.search.steps[0].candidate = 4;
        other.save(folder.path()).unwrap();
        assert!(told().contains("of no candidate"), "{}", told());
        Bisection { schema: 2, ..bisection() }.save(folder.path()).unwrap();
        assert!(told().contains("schema 2"), "{}", told());
        fs::write(folder.path().join(BISECTION_FILE), "{}").unwrap();
        assert!(told().contains("not a bisection"), "{}", told());
    }
}
