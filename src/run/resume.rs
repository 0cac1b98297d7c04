//! Going on with a run that was interrupted, and what lies beside its records.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use subject::protocol::Pass;

use super::session::{Sample, Session, SessionError};
use crate::build::subjects::{Subjects, source_folder};
use crate::plan::group::{Arm, Group};
use crate::plan::settings::Settings;
use crate::record::comparable::kinship;
use crate::record::environment::Environment;
use crate::record::{Experiment, Record, Run, Writer};

/// What an earlier part of a run has measured.
pub(super) type Finished = HashMap<Key, Record>;

/// Which sample it is of its run: pass, experiment, workload, arm, threads, block, whether it only warms
/// up, and whether the tracker was asked for its export: an audit that fails with it is taken once more.
type Key = (Pass, Option<Experiment>, String, String, usize, u32, bool, bool);

fn key(record: &Record) -> Key {
    let Record { pass, experiment, workload, arm, threads, block, warm_up, exported, .. } = record;
    let (workload, arm) = (workload.clone(), arm.clone());
    (*pass, *experiment, workload, arm, *threads, *block, *warm_up, *exported)
}

impl Session {
    /// Goes on with an interrupted run: what it has finished is not run again.
    ///
    /// # Errors
    ///
    /// If it was made on another machine or with another compiler, or cannot be written.
    pub fn resume(run: Run, settings: Settings, subjects: Subjects) -> Result<Self, SessionError> {
        let source = source_folder();
        let here = Environment::capture(String::new(), source.as_deref(), settings.record());
        let kin = kinship(&run.environment, &here);
        let differences = [kin.refusals, kin.warnings].concat();
        if !differences.is_empty() {
            let reason = differences.join("; ");
            return Err(SessionError::Elsewhere { folder: run.folder, reason });
        }
        let writer = Writer::append(&run.folder)?;
        keep_locks(&run.folder, source.as_deref(), &subjects)?;
        Ok(Self {
            settings,
            subjects,
            writer,
            run: run.environment.run,
            // Folders of samples are numbered on.
            samples_taken: u32::try_from(run.records.len()).unwrap_or(u32::MAX),
            finished: run.records.into_iter().map(|record| (key(&record), record)).collect(),
        })
    }

    /// What an earlier part of the run has measured already.
    pub(super) fn finished(&self, group: &Group, arm: &Arm, sample: &Sample) -> Option<Record> {
        let Sample { pass, experiment, threads, block, warm_up, export, .. } = *sample;
        let (workload, arm) = (group.workload.name.to_owned(), arm.name.clone());
        let key = (pass, experiment, workload, arm, threads, block, warm_up, export);
        self.finished.get(&key).cloned()
    }
}

/// Puts what the subjects were built from beside the records.
pub(super) fn keep_locks(
    folder: &Path,
    source: Option<&Path>,
    subjects: &Subjects,
) -> Result<(), SessionError> {
    if let Some(source) = source {
        // Without it the hash in the environment is all there is.
        let _ = fs::copy(source.join("Cargo.lock"), folder.join("Cargo.lock"));
    }
    for (record, lock) in subjects.versions() {
        if let (Some(place), Some(lock)) = (&record.lock, lock) {
            let place = folder.join(place);
            let copied = fs::create_dir_all(place.parent().unwrap_or(folder))
                .and_then(|()| fs::copy(lock, &place));
            copied.map_err(|source| SessionError::Folder { path: place, source })?;
        }
    }
    Ok(())
}
