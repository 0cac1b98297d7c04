//! What the system tells, by its files and commands. What it does not tell is `None`.

use std::fs;
use std::path::Path;
use std::process::Command;

/// A figure of `/proc/meminfo`, in bytes.
pub fn meminfo(label: &str) -> Option<u64> {
    in_bytes("/proc/meminfo", label)
}

/// A figure of one of the system's files that has a line for each, in kB; in bytes.
pub fn in_bytes(path: &str, label: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(label))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// What a file holds, if it holds anything.
pub fn trimmed(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The first line that a command prints, if it can be run.
pub fn first_line(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.lines().next()?.trim().to_owned()).filter(|line| !line.is_empty())
}

/// The short revision of a git checkout, with `-dirty` for uncommitted changes.
pub fn git_revision(root: &Path) -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(root).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let revision = git(&["rev-parse", "--short=10", "HEAD"])?;
    // Only tracked files: what runs write beside the source does not change it.
    let dirty = !git(&["status", "--porcelain", "--untracked-files=no"])?.is_empty();
    Some(if dirty { format!("{revision}-dirty") } else { revision })
}

/// The processor's model.
pub fn cpu_model() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
