//! Building a source, and keeping finished programs.
//!
//! Cargo builds into one target folder for all. Only when it is done is the program copied, with its lock
//! file, into a folder that is then renamed to its key: what has a key is whole, whatever is interrupted.

use std::collections::{BTreeSet, VecDeque};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use cargo_metadata::{Message, PackageId};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::package::Package;
use super::{Source, VersionError, cache_folder, cargo};
use crate::common::interrupt;
use crate::plan::catalog::TrackerEntry;
use crate::plan::own_workload::OwnWorkload;

/// A finished subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// Its program.
    pub program: PathBuf,
    /// The lock file it was built with.
    pub lock: PathBuf,
    /// The adapter, relative to memscope-bench's source.
    pub adapter: PathBuf,
    /// The tracker's features.
    pub features: Vec<String>,
}

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

/// How long to wait for cargo's next word before looking whether the user wants to end.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How many lines of an unsuccessful build are kept.
const LINES_KEPT: usize = 60;

/// Builds versions from memscope-bench's source.
#[derive(Debug)]
pub struct Builder {
    pub(super) root: PathBuf,
    pub(super) cache: PathBuf,
}

impl Builder {
    /// A builder on the source of memscope-bench in `root`.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), cache: cache_folder(root) }
    }

    /// The subject of a source: the finished one of the same content, or else a new one. `progress` is
    /// told what is being compiled.
    ///
    /// # Errors
    ///
    /// See [`BuildError`]; after any of them the cache is as before.
    pub fn build(
        &self,
        entry: &TrackerEntry,
        source: &Source,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Built, BuildError> {
        self.finished(&Package::new(entry, source, &self.root)?, progress)
    }

    /// The subject of a source, or of a tracker of our own, with a workload of the reader's own in it.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    pub fn build_with(
        &self,
        entry: &TrackerEntry,
        source: Option<&Source>,
        workload: &OwnWorkload,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Built, BuildError> {
        let package = Package::with_workload(entry, source, Some(workload), &self.root)?;
        self.finished(&package, progress)
    }

    fn finished(
        &self,
        package: &Package,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Built, BuildError> {
        let finished = self.cache.join("subjects").join(&package.key);
        if package.is_fixed && finished.is_dir() {
            return Ok(built(package, &finished));
        }
        let (program, lock) = self.compile(package, progress)?;
        self.keep(package, &program, &lock)
    }

    /// Runs cargo; gives the program and the lock file, as they lie there.
    fn compile(
        &self,
        package: &Package,
        progress: &mut dyn FnMut(&str),
    ) -> Result<(PathBuf, PathBuf), BuildError> {
        let folder = self.cache.join("packages").join(&package.key);
        let lock = folder.join("Cargo.lock");
        self.write_package(package, &folder)?;
        let mut arguments = vec!["build".to_owned(), "--release".to_owned()];
        arguments.extend(self.target());
        arguments.extend_from_slice(&package.options);
        let mut outcome = run_cargo(&folder, &arguments, progress)?;
        // Without a network, cargo builds from what it has, if it is told to.
        if let Err(words) = &outcome
            && names_the_network(words)
        {
            arguments.push("--offline".to_owned());
            outcome = run_cargo(&folder, &arguments, progress)?;
        }
        let made = outcome.map_err(BuildError::Failed)?;
        Ok((made.program, lock))
    }

    /// The package of a source that was built, as it was built, with what cargo is told beside it: for building its
    /// subject once more in another way.
    pub(super) fn package_again(
        &self,
        entry: &TrackerEntry,
        source: &Source,
        built: &Built,
    ) -> Result<(PathBuf, Vec<String>), VersionError> {
        let package = Package::new(entry, source, &self.root)?;
        let folder = self.cache.join("packages").join(&package.key);
        self.write_package(&package, &folder)?;
        // The very dependencies that it was built with, whatever became of the package since.
        let lock = folder.join("Cargo.lock");
        let file = |source| VersionError::File { path: lock.clone(), source };
        fs::copy(&built.lock, &lock).map_err(file)?;
        Ok((folder, [self.target(), package.options].concat()))
    }

    /// The target folder that all versions share, as cargo is told.
    fn target(&self) -> Vec<String> {
        // Cargo's own paths are text, too.
        vec!["--target-dir".to_owned(), self.cache.join("target").display().to_string()]
    }

    fn write_package(&self, package: &Package, folder: &Path) -> Result<(), VersionError> {
        let file = |source| VersionError::File { path: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(file)?;
        if let Some(main) = &package.main {
            fs::write(folder.join("main.rs"), main).map_err(file)?;
        }
        let manifest = folder.join("Cargo.toml");
        if fs::read_to_string(&manifest).ok().as_deref() == Some(&package.manifest) {
            return Ok(());
        }
        fs::write(folder.join("Cargo.lock"), &package.lock).map_err(file)?;
        if !package.config.is_empty() {
            fs::create_dir_all(folder.join(".cargo")).map_err(file)?;
            fs::write(folder.join(".cargo/config.toml"), &package.config).map_err(file)?;
        }
        fs::write(manifest, &package.manifest).map_err(file)
    }

    /// Copies what cargo made to where finished subjects are.
    fn keep(&self, package: &Package, program: &Path, lock: &Path) -> Result<Built, BuildError> {
        let folder = self.cache.join("subjects");
        let file = |source| VersionError::File { path: folder.clone(), source };
        fs::create_dir_all(&folder).map_err(file)?;
        let part = tempfile::Builder::new().prefix(".part-").tempdir_in(&folder).map_err(file)?;
        fs::copy(program, part.path().join("subject")).map_err(file)?;
        fs::copy(lock, part.path().join("Cargo.lock")).map_err(file)?;
        let name = if package.is_fixed {
            package.key.clone()
        } else {
            // A run may still use what the folder gave before.
            let content = fs::read(program).map_err(file)?;
            format!("{}-{:016x}", package.key, protocol::fnv1a(&content))
        };
        let finished = folder.join(name);
        match fs::rename(part.path(), &finished) {
            // Another process was faster, or the folder had not changed.
            Err(_) if finished.is_dir() => {}
            moved => moved.map_err(file)?,
        }
        Ok(built(package, &finished))
    }
}

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

fn built(package: &Package, finished: &Path) -> Built {
    Built {
        program: finished.join("subject"),
        lock: finished.join("Cargo.lock"),
        adapter: package.adapter.clone(),
        features: package.features.clone(),
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
fn names_the_network(words: &str) -> bool {
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
    fn what_has_a_key_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let builder = Builder { root: PathBuf::new(), cache: folder.path().to_owned() };
        let package = Package {
            key: "t-1-0-0-abc".to_owned(),
            manifest: String::new(),
            main: None,
            dependency: String::new(),
            config: String::new(),
            options: Vec::new(),
            lock: String::new(),
            adapter: PathBuf::new(),
            features: Vec::new(),
            is_fixed: true,
        };
        let (program, lock) = (folder.path().join("program"), folder.path().join("lock"));
        let kept = || -> Vec<String> {
            let entries = fs::read_dir(folder.path().join("subjects")).unwrap().flatten();
            entries.map(|entry| entry.file_name().into_string().unwrap()).collect()
        };
        // As if it had been interrupted between the two copies.
        fs::write(&program, "one").unwrap();
        assert!(builder.keep(&package, &program, &lock).is_err());
        assert_eq!(kept(), [""; 0], "neither a subject nor a part of one is left");
        fs::write(&lock, "lock").unwrap();
        for _ in 0..2 {
            let built = builder.keep(&package, &program, &lock).unwrap();
            assert_eq!(fs::read(built.program).unwrap(), b"one");
            assert_eq!(kept(), ["t-1-0-0-abc"]);
        }
        // A folder's content may change: what a run uses stays.
        let in_folder = Package { is_fixed: false, ..package };
        let one = builder.keep(&in_folder, &program, &lock).unwrap();
        fs::write(&program, "two").unwrap();
        let two = builder.keep(&in_folder, &program, &lock).unwrap();
        assert_ne!(one.program, two.program);
        assert_eq!(fs::read(one.program).unwrap(), b"one");
    }

    #[test]
    fn a_failed_download_names_the_network_and_a_failed_build_does_not() {
        assert!(names_the_network("error: failed to download from `https://…`"));
        assert!(!names_the_network("error[E0433]: cannot find `x`"));
    }
}
