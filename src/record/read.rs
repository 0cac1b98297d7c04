//! A run's records, read back: those that belong to it. What comes from elsewhere may be cut off, mixed up or hostile.

use std::io::{BufRead, Read};
use std::path::Path;

use serde_json::Value;

use super::environment::{Environment, SettingsRecord};
use super::error::{RecordsError, file_error};
use super::{Record, SCHEMA, packed, version1};
use crate::common::inside::is_plain;
use crate::common::printable::from_json;

/// What a record takes at most, in bytes: a subject's reply has 16 MiB at most. A few bytes can be compressed zeros
/// without end.
const LONGEST_LINE: u64 = 64 << 20;

/// Every record of a file, and whether its last line was cut off and is left out: whoever wrote it was stopped in the
/// middle of a line. Empty lines are passed over.
pub(super) fn records(
    path: &Path,
    environment: &Environment,
) -> Result<(Vec<Record>, bool), RecordsError> {
    let mut records = Vec::new();
    let mut file = packed::open(path).map_err(file_error(path))?;
    let mut bytes = Vec::new();
    for number in 1.. {
        bytes.clear();
        let mut limited = file.by_ref().take(LONGEST_LINE);
        if limited.read_until(b'\n', &mut bytes).map_err(file_error(path))? == 0 {
            break;
        }
        let corrupt =
            |reason: String| RecordsError::Corrupt { path: path.to_owned(), line: number, reason };
        if bytes.len() as u64 == LONGEST_LINE {
            return Err(corrupt("a line of 64 MiB or more, which no sample has".to_owned()));
        }
        let is_whole = bytes.ends_with(b"\n");
        let read = match std::str::from_utf8(&bytes) {
            Ok(line) if line.trim().is_empty() => continue,
            Ok(line) => parse(path, number, line),
            Err(error) => Err(corrupt(error.to_string())),
        };
        match read {
            Ok(record) => {
                belongs(&record, environment).map_err(corrupt)?;
                records.push(record);
            }
            Err(_) if !is_whole => return Ok((records, true)),
            Err(error) => return Err(error),
        }
    }
    Ok((records, false))
}

/// A line of records.
pub(super) fn parse(path: &Path, line: usize, text: &str) -> Result<Record, RecordsError> {
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
        now if now == u64::from(SCHEMA) => from_json(text).map_err(corrupt),
        1 => {
            let value: Value = from_json(text).map_err(corrupt)?;
            serde_json::from_value(version1::record(value)).map_err(corrupt)
        }
        found => Err(RecordsError::Schema { path: path.to_owned(), found }),
    }
}

/// Why a record is not of this run, if it is not.
fn belongs(record: &Record, environment: &Environment) -> Result<(), String> {
    if record.run != environment.run {
        return Err(format!("a sample of the run {:?}, in {:?}", record.run, environment.run));
    }
    let folders = [Some(&record.workload), record.folder.as_ref()];
    if let Some(folder) = folders.into_iter().flatten().find(|name| !is_plain(Path::new(name))) {
        return Err(format!("{folder:?} leads out of the run"));
    }
    // Runs from before it was recorded say nothing of it.
    let procedure = environment.procedure.as_ref().filter(|one| !one.groups.is_empty());
    let Some(procedure) = procedure else { return Ok(()) };
    let of_workload = procedure.groups.iter().filter(|group| group.workload == record.workload);
    let mut groups = of_workload.peekable();
    if groups.peek().is_none() {
        return Err(format!("a sample of {}, which is not of this run", record.workload));
    }
    let is_asked = groups.any(|group| {
        let mut kinds = procedure.kinds().map(|kind| kind.params(group));
        kinds.any(|params| params == record.params)
    });
    if is_asked { Ok(()) } else { Err("of another scale, seed or number of threads".to_owned()) }
}

/// Why an environment is none that a run can have, if it is not.
pub(super) fn check(environment: &Environment) -> Result<(), String> {
    let SettingsRecord { params, scales, budget_s, precision, timeout_s, .. } =
        &environment.settings;
    let above_zero = |what: &str, figure: f64| {
        if figure.is_finite() && figure > 0.0 {
            Ok(())
        } else {
            Err(format!("{what} is {figure}, and has to be above zero"))
        }
    };
    above_zero("its scale", params.scale)?;
    above_zero("its time limit", *timeout_s)?;
    for scale in scales.values() {
        above_zero("the scale of a workload", *scale)?;
    }
    if let Some(budget) = budget_s {
        above_zero("its budget", *budget)?;
    }
    if let Some(precision) = precision {
        above_zero("its precision", *precision)?;
    }
    let locks = environment.versions.iter().filter_map(|version| version.lock.as_deref());
    match locks.into_iter().find(|lock| !is_plain(Path::new(lock))) {
        Some(lock) => Err(format!("its lock file {lock:?} leads out of the run")),
        None => Ok(()),
    }
}
