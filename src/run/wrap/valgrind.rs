//! Valgrind itself, whose tools are put in front of a program.

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
