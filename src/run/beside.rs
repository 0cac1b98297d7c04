//! What lies beside the records: what the subjects were built from.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::build::subjects::{SubjectVersion, Subjects};
use crate::record::environment::VersionRecord;

/// A version as the environment tells of it.
pub(super) fn version_record(version: &SubjectVersion) -> VersionRecord {
    let known = version.built.as_ref().ok();
    let (arm, source) = (&version.choice.arm, version.choice.source.as_ref());
    VersionRecord {
        tracker: arm.tracker.clone(),
        asked: arm.version.clone().unwrap_or_default(),
        version: source.map_or(String::new(), |source| source.version.to_string()),
        released: source.and_then(|source| source.released.clone()),
        commit: version.commit.clone(),
        adapter: known.map(|built| built.adapter.display().to_string()),
        features: known.map(|built| built.features.clone()).unwrap_or_default(),
        lock: known.map(|_| lock_place(&arm.program())),
    }
}

/// Where the lock file of a version lies in a run's folder.
fn lock_place(program: &str) -> String {
    format!("locks/{}.lock", file_name(program))
}

/// Puts what the subjects were built from beside the records. An error comes with the file's path.
pub(super) fn keep_locks(
    folder: &Path,
    source: Option<&Path>,
    subjects: &Subjects,
) -> Result<(), (PathBuf, io::Error)> {
    if let Some(source) = source {
        // Without it the hash in the environment is all there is.
        let _ = fs::copy(source.join("Cargo.lock"), folder.join("Cargo.lock"));
    }
    for version in subjects.versions() {
        let Ok(built) = &version.built else { continue };
        let place = folder.join(lock_place(&version.choice.arm.program()));
        let copied = fs::create_dir_all(place.parent().unwrap_or(folder))
            .and_then(|()| fs::copy(&built.lock, &place));
        copied.map_err(|error| (place, error))?;
    }
    Ok(())
}

/// A name that is safe as a file's.
pub(super) fn file_name(label: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "-._@".contains(c);
    label.chars().map(|c| if safe(c) { c } else { '-' }).collect()
}
