//! Running cargo: what it is doing, what it made, and what went wrong.

use std::collections::{BTreeSet, VecDeque};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use cargo_metadata::{Message, PackageId};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::{VersionError, cargo};
use crate::common::interrupt;

/// Why there is no subject.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// It does not build, in the words of cargo and the compiler. A result, like any failure of a
    /// tracker.
    #[error("{0}")]
    Failed(String),
    /// The user asked to end.
    #[error("interrupted while building")]
    Interrupted,
    /// The harness could not do its part.
    #[error(transparent)]
    Harness(#[from] VersionError),
}

/// A build's outcome: what it made, or the words of one that failed, which is a result.
///
/// # Errors
///
/// What is none: the user wants to end, or the harness could not do its part.
pub fn outcome<T>(built: Result<T, BuildError>) -> Result<Result<T, String>, BuildError> {
    match built {
        Err(BuildError::Failed(words)) => Ok(Err(words)),
        built => built.map(Ok),
    }
}

/// How long to wait for cargo's next word before looking whether the user wants to end.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How many lines of an unsuccessful build are kept.
const LINES_KEPT: usize = 60;

/// What cargo made.
pub(super) struct Made {
    pub(super) program: PathBuf,
    /// The packages that took part, the program's own among them.
    pub(super) packages: BTreeSet<PackageId>,
}

/// Runs cargo with these arguments in a folder: what it made, or its words. Fails itself only if cargo
/// cannot be run or the user wants to end.
pub(super) fn run_cargo(
    folder: &Path,
    arguments: &[String],
    progress: &mut dyn FnMut(&str),
) -> Result<Result<Made, String>, BuildError> {
    // Behind `--` come the compiler's arguments.
    let end = arguments.iter().position(|one| one == "--").unwrap_or(arguments.len());
    // In a group of its own, it does not hear of Ctrl-C but through us.
    interrupt::listen();
    let starting = interrupt::starting();
    let mut child = cargo()
        .current_dir(folder)
        .args(&arguments[..end])
        .args(["--message-format=json", "--color=never"])
        .args(&arguments[end..])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A group of its own: to be ended with the compilers that it starts.
        .process_group(0)
        .spawn()
        .map_err(|source| VersionError::NoProgram { program: "cargo", source })?;
    drop(starting);
    let (sender, words) = mpsc::channel();
    let said = child.stderr.take().map(|errors| {
        let sender = sender.clone();
        std::thread::spawn(move || forward(errors, &sender, Word::Said))
    });
    let told = child
        .stdout
        .take()
        .map(|messages| std::thread::spawn(move || forward(messages, &sender, Word::Message)));
    let heard = listen(&words, &mut child, progress)?;
    let status =
        child.wait().map_err(|source| VersionError::NoProgram { program: "cargo", source })?;
    if !status.success() {
        // One that was killed leaves a compiler, which would work on beside the samples.
        end_group(&child);
    }
    for reader in [said, told].into_iter().flatten() {
        // It has sent all that there was.
        let _ = reader.join();
    }
    // A failure that comes of ending it is none of the tracker's.
    if interrupt::asked() {
        return Err(BuildError::Interrupted);
    }
    match heard.program {
        Some(program) if status.success() => Ok(Ok(Made { program, packages: heard.packages })),
        _ => Ok(Err(told_words(&heard.errors, &heard.said))),
    }
}

/// A line of cargo's.
enum Word {
    /// For programs.
    Message(String),
    /// For people.
    Said(String),
}

fn forward(from: impl Read, to: &mpsc::Sender<Word>, kind: fn(String) -> Word) {
    let mut lines = BufReader::new(from).split(b'\n').map_while(Result::ok);
    // Nobody listens any more: the user wants to end.
    let _ = lines.try_for_each(|line| to.send(kind(String::from_utf8_lossy(&line).into_owned())));
}

/// Ends cargo and all that it has started.
fn end_group(cargo: &Child) {
    if let Ok(group) = i32::try_from(cargo.id()) {
        // It may have ended by itself.
        let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
    }
}

/// What cargo told.
#[derive(Default)]
struct Heard {
    program: Option<PathBuf>,
    packages: BTreeSet<PackageId>,
    /// The compiler's errors, as it prints them.
    errors: Vec<String>,
    /// What it said beside them.
    said: String,
}

/// Reads what cargo says to its end; ends cargo if the user wants to.
fn listen(
    words: &mpsc::Receiver<Word>,
    child: &mut Child,
    progress: &mut dyn FnMut(&str),
) -> Result<Heard, BuildError> {
    let mut heard = Heard::default();
    loop {
        if interrupt::asked() {
            end_group(child);
            let _ = child.wait();
            return Err(BuildError::Interrupted);
        }
        match words.recv_timeout(LOOK_EVERY) {
            Ok(Word::Said(line)) => {
                if let Some(doing) = doing(&line) {
                    progress(&doing);
                }
                heard.said.push_str(&line);
                heard.said.push('\n');
            }
            Ok(Word::Message(line)) => match serde_json::from_str(&line) {
                Ok(Message::CompilerArtifact(artifact)) => {
                    heard.packages.insert(artifact.package_id);
                    heard.program = artifact.executable.map(Into::into).or(heard.program);
                }
                Ok(Message::CompilerMessage(message)) => {
                    let level = cargo_metadata::diagnostic::DiagnosticLevel::Error;
                    if message.message.level == level {
                        heard.errors.extend(message.message.rendered);
                    }
                }
                _ => {}
            },
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(heard),
        }
    }
}

/// What cargo is doing, by what it says: `   Compiling serde v1.0.0` is "serde".
fn doing(line: &str) -> Option<String> {
    let (verb, what) = line.trim_start().split_once(' ')?;
    let name = what.split(' ').next().unwrap_or(what);
    match verb {
        "Compiling" => Some(name.to_owned()),
        "Downloading" => Some("downloading".to_owned()),
        "Updating" => Some("asking the registry".to_owned()),
        "Blocking" => Some("waiting for another cargo to end".to_owned()),
        _ => None,
    }
}

/// A failed build in the compiler's words, or, where it did not get that far, in cargo's.
fn told_words(errors: &[String], said: &str) -> String {
    let text = if errors.is_empty() { said.to_owned() } else { errors.concat() };
    let mut lines = VecDeque::new();
    for line in text.lines() {
        let noise = ["Compiling ", "Downloading ", "Downloaded ", "Updating ", "Locking "];
        if !noise.iter().any(|begin| line.trim_start().starts_with(begin)) {
            lines.push_back(line);
        }
    }
    // The first errors are the ones that matter.
    lines.truncate(LINES_KEPT);
    lines.into_iter().collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// Whether cargo failed for want of a network.
pub(super) fn names_the_network(words: &str) -> bool {
    let signs = [
        "failed to download",
        "Could not resolve host",
        "Couldn't connect",
        "network failure",
        "failed to query replaced source",
        "download of config.json failed",
        "Unable to update registry",
    ];
    signs.iter().any(|sign| words.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_build_is_told_in_the_compilers_words() {
        let said = "   Compiling a v0.1.0\nerror: could not compile `a`\n";
        assert_eq!(told_words(&[], said), "error: could not compile `a`");
        let errors = ["error[E0433]: cannot find `x`\n --> src/lib.rs:1:1\n".to_owned()];
        assert_eq!(told_words(&errors, said), "error[E0433]: cannot find `x`\n --> src/lib.rs:1:1");
    }

    #[test]
    fn what_cargo_is_doing_is_told_from_its_first_word_on() {
        let told = |line| doing(line);
        assert_eq!(told("   Compiling serde v1.0.229").as_deref(), Some("serde"));
        let blocked = "    Blocking waiting for file lock on build directory";
        assert!(told(blocked).is_some_and(|words| words.contains("another cargo")));
        assert_eq!(told("    Finished `release` profile"), None);
        assert_eq!(told(""), None);
    }

    #[test]
    fn a_failed_download_names_the_network_and_a_failed_build_does_not() {
        assert!(names_the_network("error: failed to download from `https://…`"));
        assert!(!names_the_network("error[E0433]: cannot find `x`"));
    }
}
