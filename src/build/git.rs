//! A revision of a git repository, checked out into the cache.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::{VersionError, last_words};
use crate::common::printable::printable;

/// A checked-out commit.
pub(super) struct Checkout {
    pub(super) folder: PathBuf,
    /// The commit's full name.
    pub(super) commit: String,
}

/// Checks a revision out: a commit, tag or branch; without one, the repository's head. Fetches only what
/// is not there.
pub(super) fn checkout(
    cache: &Path,
    url: &str,
    revision: Option<&str>,
) -> Result<Checkout, VersionError> {
    let mirror = mirror_of(cache, url);
    let wanted = revision.unwrap_or("HEAD");
    let is_commit = wanted.len() == 40 && wanted.bytes().all(|byte| byte.is_ascii_hexdigit());
    let known = if is_commit { resolve(&mirror, wanted)? } else { None };
    let commit = match known {
        Some(commit) => commit,
        None => {
            fetch(&mirror, url)?;
            resolve(&mirror, wanted)?.ok_or_else(|| VersionError::NoRevision {
                url: url.to_owned(),
                revision: wanted.to_owned(),
            })?
        }
    };
    let folder = mirror.with_extension("checkouts").join(&commit);
    if !folder.is_dir() {
        check_out_to(&mirror, &commit, &folder, url)?;
    }
    Ok(Checkout { folder, commit })
}

/// A commit, as a list of them has it.
pub(super) struct Commit {
    /// Its full name.
    pub(super) name: String,
    /// The first line of its message.
    pub(super) subject: String,
}

/// The commits after `good` up to `bad`, oldest first, along the first parents: what was merged came with its
/// merge. Both must have been [checked out](checkout) before. `None` if `good` does not lead to `bad`.
pub(super) fn commits(
    cache: &Path,
    url: &str,
    good: &str,
    bad: &str,
) -> Result<Option<Vec<Commit>>, VersionError> {
    let mirror = mirror_of(cache, url);
    if !git(Some(&mirror), ["merge-base", "--is-ancestor", good, bad])?.status.success() {
        return Ok(None);
    }
    let range = format!("{good}..{bad}");
    let order = ["log", "--reverse", "--first-parent", "--no-color", "--no-show-signature"];
    let output = git(Some(&mirror), order.into_iter().chain(["--format=%H %s", &range, "--"]))?;
    if !output.status.success() {
        return Err(VersionError::Fetch {
            url: url.to_owned(),
            reason: last_words(&output.stderr),
        });
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let commit = |line: &str| {
        let (name, subject) = line.split_once(' ').unwrap_or((line, ""));
        Commit { name: name.to_owned(), subject: printable(subject).into_owned() }
    };
    Ok(Some(text.lines().map(commit).collect()))
}

/// Where a repository is kept.
fn mirror_of(cache: &Path, url: &str) -> PathBuf {
    cache.join("git").join(format!("{:016x}", protocol::fnv1a(url.as_bytes())))
}

/// The commit that a revision names in the mirror, if it is there.
fn resolve(mirror: &Path, revision: &str) -> Result<Option<String>, VersionError> {
    if !mirror.is_dir() {
        return Ok(None);
    }
    let commit = format!("{revision}^{{commit}}");
    let output =
        git(Some(mirror), ["rev-parse", "--verify", "--quiet", "--end-of-options", &commit])?;
    let name = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok((output.status.success() && !name.is_empty()).then_some(name))
}

/// Makes the mirror what the repository is now.
fn fetch(mirror: &Path, url: &str) -> Result<(), VersionError> {
    let output = if mirror.is_dir() {
        git(Some(mirror), ["remote", "update", "--prune"])?
    } else {
        let target = mirror.as_os_str();
        git(
            None,
            ["clone", "--mirror", "--quiet", "--", url].map(OsStr::new).iter().chain([&target]),
        )?
    };
    if output.status.success() {
        return Ok(());
    }
    Err(VersionError::Fetch { url: url.to_owned(), reason: last_words(&output.stderr) })
}

/// Checks out beside the place and moves it there when it is whole.
fn check_out_to(mirror: &Path, commit: &str, folder: &Path, url: &str) -> Result<(), VersionError> {
    let parent = folder.parent().unwrap_or(folder);
    let file = |source| VersionError::File { path: parent.to_owned(), source };
    fs::create_dir_all(parent).map_err(file)?;
    let part = tempfile::tempdir_in(parent).map_err(file)?;
    let place = part.path().join("checkout");
    let shared = ["clone", "--shared", "--no-checkout", "--quiet", "--"].map(OsStr::new);
    let steps = [
        git(None, shared.iter().chain([&mirror.as_os_str(), &place.as_os_str()]))?,
        git(Some(&place), ["checkout", "--quiet", "--detach", commit])?,
    ];
    if let Some(failed) = steps.iter().find(|step| !step.status.success()) {
        let reason = last_words(&failed.stderr);
        return Err(VersionError::Fetch { url: url.to_owned(), reason });
    }
    match fs::rename(&place, folder) {
        // Another process was faster.
        Err(_) if folder.is_dir() => Ok(()),
        moved => moved.map_err(file),
    }
}

/// A server that sends less than a kilobyte a second for a minute is not waited for any longer, unless the user has said
/// otherwise (`git-config(1)`, `http.lowSpeedLimit`).
fn limits() -> impl Iterator<Item = (&'static str, &'static str)> {
    let ours = [("GIT_HTTP_LOW_SPEED_LIMIT", "1024"), ("GIT_HTTP_LOW_SPEED_TIME", "60")];
    ours.into_iter().filter(|(name, _)| std::env::var_os(name).is_none())
}

fn git<A: AsRef<OsStr>>(
    folder: Option<&Path>,
    arguments: impl IntoIterator<Item = A>,
) -> Result<Output, VersionError> {
    let mut command = Command::new("git");
    if let Some(folder) = folder {
        command.arg("-C").arg(folder);
    }
    command
        .args(arguments)
        // Nobody is there to answer.
        .env("GIT_TERMINAL_PROMPT", "0")
        .envs(limits())
        .stdin(Stdio::null())
        .output()
        .map_err(|source| VersionError::NoProgram { program: "git", source })
}
