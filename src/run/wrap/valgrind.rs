//! Valgrind itself, whose tools are put in front of a program.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use super::{WrapError, version_of};

/// The version of the one on the `PATH`.
pub(super) fn version() -> Result<String, WrapError> {
    version_of("valgrind", "valgrind-", "Valgrind", "valgrind")
}

/// A command prefix, with options and with files to be written in a folder, each with its option.
pub(super) fn command(
    folder: &Path,
    options: &[&str],
    files: &[(&str, &str)],
) -> io::Result<Vec<OsString>> {
    let folder = std::path::absolute(folder)?;
    // Threads take turns: otherwise one that spins keeps the others from what it waits for.
    let common = ["valgrind", "--fair-sched=try"];
    let mut command: Vec<OsString> = common.iter().chain(options).map(OsString::from).collect();
    command.extend(files.iter().map(|(option, file)| {
        let mut word = OsString::from(option);
        // A percent sign stands for something else there.
        word.push(folder.join(file).to_string_lossy().replace('%', "%%"));
        word
    }));
    Ok(command)
}
