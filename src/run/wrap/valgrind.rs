//! Valgrind itself, whose tools are put in front of a program.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::Command;

use super::WrapError;

/// The version of the one on the `PATH`.
pub(super) fn version() -> Result<String, WrapError> {
    let output = Command::new("valgrind").arg("--version").output();
    let printed = output.ok().filter(|output| output.status.success());
    let printed = printed.and_then(|output| String::from_utf8(output.stdout).ok());
    let version =
        printed.ok_or(WrapError::NotInstalled { tool: "Valgrind", package: "valgrind" })?;
    Ok(version.trim().trim_start_matches("valgrind-").to_owned())
}

/// A command prefix, with options and with files that lie in a folder, each with its option.
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
