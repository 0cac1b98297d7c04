//! Calibrations that are kept beside the runs, so that every report can show what its instrument finds.

use std::io;
use std::path::{Path, PathBuf};

use super::Calibration;
use crate::common::kept;

/// The name of the file, in the folder of reports.
pub const FILE: &str = "calibration.json";
/// What its list is called.
const LIST: &str = "calibrations";

/// The calibrations in a folder of reports, newest of each machine; none if there is no file.
///
/// # Errors
///
/// If there is one that cannot be read, or is of a later version; the error names it.
pub fn load(folder: &Path) -> Result<Vec<Calibration>, io::Error> {
    let stored: Vec<Calibration> = kept::load(&folder.join(FILE), LIST)?;
    Ok(stored.into_iter().map(|one| Calibration { is_kept: true, ..one }).collect())
}

/// Adds a calibration, in the place of what was made earlier of the same on the same machine; gives the file's path.
///
/// # Errors
///
/// As [`load`]; and if it cannot be written, in which case it is as it was.
pub fn store(folder: &Path, new: Calibration) -> Result<PathBuf, io::Error> {
    let mut calibrations: Vec<Calibration> =
        load(folder)?.into_iter().filter_map(|old| old.beside(&new)).collect();
    calibrations.push(new);
    let path = folder.join(FILE);
    kept::store(&path, LIST, &calibrations)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::{Counted, Level, SlowDowns};
    use super::*;

    fn slow_downs(workload: &str, per_mille: u32) -> SlowDowns {
        let ends = [1.0, 1.02];
        SlowDowns {
            workload: workload.to_owned(),
            blocks: 7,
            scale: 0.1,
            block_s: 0.1,
            sample_s: 0.01,
            spread: 0.02,
            reach_60s: 0.01,
            false_alarms: Counted::default(),
            false_in_table: Counted::default(),
            levels: vec![Level { per_mille, effect: 1.01, effect_ends: ends, found: Vec::new() }],
        }
    }

    fn calibration(command: &str, neighbours: u32) -> Calibration {
        Calibration {
            layouts: Vec::new(),
            machine: "two cores".to_owned(),
            started: "2026-11-25T15:00:00Z".to_owned(),
            harness: "memscope-bench 0.1.0".to_owned(),
            command: command.to_owned(),
            neighbours,
            is_kept: true,
            costs: None,
            slow_downs: vec![slow_downs("fragmentation", 10)],
            instructions: Vec::new(),
        }
    }

    #[test]
    fn the_newest_of_each_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(load(folder.path()).unwrap(), []);
        store(folder.path(), calibration("first", 0)).unwrap();
        store(folder.path(), calibration("loaded", 1)).unwrap();
        store(folder.path(), calibration("second", 0)).unwrap();
        let commands: Vec<_> =
            load(folder.path()).unwrap().into_iter().map(|one| one.command).collect();
        assert_eq!(commands, ["loaded", "second"]);
    }

    #[test]
    fn what_the_new_one_did_not_make_stays() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = calibration("all", 0);
        first.slow_downs.push(slow_downs("leak-detection", 10));
        store(folder.path(), first).unwrap();
        store(folder.path(), calibration("fragmentation once more", 0)).unwrap();
        let mut other = calibration("another slow-down", 0);
        other.slow_downs = vec![slow_downs("fragmentation", 50)];
        store(folder.path(), other).unwrap();
        let kept = load(folder.path()).unwrap();
        let told: Vec<_> = kept
            .iter()
            .map(|one| (&*one.command, &*one.slow_downs[0].workload, one.slow_downs.len()))
            .collect();
        let expected = [
            ("all", "leak-detection", 1),
            ("fragmentation once more", "fragmentation", 1),
            ("another slow-down", "fragmentation", 1),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_file_that_is_none_is_named_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        fs::write(&path, "{\"schema\": 9, \"calibrations\": []}").unwrap();
        let error = store(folder.path(), calibration("new", 0)).unwrap_err().to_string();
        assert!(error.contains(FILE) && error.contains("schema 9"), "{error}");
        assert!(fs::read_to_string(&path).unwrap().contains('9'));
    }
}
