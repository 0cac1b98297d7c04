//! Wrapped trackers: tools that are put in front of the untracked program.
//!
//! To add one: a file here that implements [`Wrapper`], its line in `TOOLS`, and an entry with a `launcher`
//! in `trackers.toml`. What a tool cannot know from outside, such as a tracker's own heap, is absent in its
//! records, never zero. Its limits hold for all processes that it starts: they are of wall time and of resident
//! memory, not of address space, of which LeakSanitizer reserves terabytes.

mod callgrind;
mod gperftools;
mod heaptrack;
mod heaptrack_events;
mod jemalloc;
mod lsan;
mod massif;
mod memcheck;
mod memusage;
mod own;
mod preload;
mod tcmalloc_leaks;
mod valgrind;
mod valgrind_dhat;

use std::ffi::OsString;
use std::fmt::Debug;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use protocol::Reported;

pub use heaptrack_events::heaptrack_events;
pub use memcheck::findings_in;

use super::launch::LOGS;
use crate::plan::catalog::TrackerEntry;
use crate::record::MemcheckFindings;

/// Valgrind Memcheck, as launchers are named in the catalogue.
pub const MEMCHECK: &str = "memcheck";

/// Valgrind Callgrind, which counts instructions. It is no tracker, and not in the catalogue.
pub const CALLGRIND: &str = "callgrind";

/// heaptrack, which writes every call down.
pub(super) const HEAPTRACK: &str = "heaptrack";

/// The tools, by their launchers' names.
const TOOLS: [(&str, Find); 12] = [
    (MEMCHECK, || boxed(memcheck::Memcheck::find())),
    (CALLGRIND, || boxed(callgrind::Callgrind::find())),
    ("valgrind-dhat", || boxed(valgrind_dhat::Dhat::find())),
    ("massif", || boxed(massif::Massif::find())),
    (HEAPTRACK, || boxed(heaptrack::Heaptrack::find())),
    ("gperftools", || boxed(gperftools::HeapProfiler::find())),
    ("tcmalloc-leaks", || boxed(tcmalloc_leaks::HeapChecker::find())),
    ("jemalloc", || boxed(jemalloc::Jemalloc::find())),
    ("jemalloc-sampled", || boxed(jemalloc::Jemalloc::sampled())),
    ("jemalloc-prof", || boxed(jemalloc::Jemalloc::of_every_allocation())),
    ("lsan", || boxed(lsan::LeakSanitizer::find())),
    ("memusage", || boxed(memusage::Memusage::find())),
];

/// Finds one tool.
type Find = fn() -> Result<Box<dyn Wrapper>, WrapError>;

fn boxed<W: Wrapper + 'static>(found: Result<W, WrapError>) -> Result<Box<dyn Wrapper>, WrapError> {
    Ok(Box::new(found?))
}

/// An installed tool.
pub trait Wrapper: Debug {
    /// The version that the tool itself gives.
    fn version(&self) -> &str;

    /// What to put before a program and its arguments. What it finds will be in `folder`.
    ///
    /// # Errors
    ///
    /// If a file that the tool needs cannot be written there.
    fn command(&self, folder: &Path) -> io::Result<Vec<OsString>>;

    /// Reads what it found of a program that has ended, and removes its files.
    ///
    /// # Errors
    ///
    /// If they are not there, or not whole: the program was killed, for example.
    fn take_findings(&self, folder: &Path) -> Result<ToolFindings, WrapError>;
}

/// What a tool found of a process.
#[derive(Clone, Debug, Default)]
pub struct ToolFindings {
    /// Its totals, as a tracker's figures.
    pub totals: Reported,
    /// What Memcheck tells beyond them.
    pub memcheck: Option<MemcheckFindings>,
    /// Instructions of the measured region, and who counted them.
    pub instructions: Option<(u64, String)>,
}

impl ToolFindings {
    /// Totals alone.
    fn of(totals: Reported) -> Self {
        Self { totals, ..Self::default() }
    }
}

/// Why a tool cannot be used.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum WrapError {
    #[error(
        "{tool} is not installed: `apt-get install {package}` on Debian and Ubuntu (or \
         `scripts/install-tools`), what your system calls that package, or its own site"
    )]
    NotInstalled { tool: &'static str, package: &'static str },
    #[error("{tool}: {reason}")]
    Own { tool: String, reason: String },
    #[error("{tool} cannot be used here: {reason}")]
    Unusable { tool: &'static str, reason: String },
    #[error("{path}: {reason}")]
    Unreadable { path: PathBuf, reason: String },
    #[error("trackers.toml: there is no launcher {0:?}; memscope-bench knows {known}", known = known())]
    Unknown(String),
}

fn known() -> String {
    TOOLS.map(|(name, _)| name).join(", ")
}

/// Finds the tool of a launcher.
///
/// # Errors
///
/// If it is not installed; the error says how to install it.
pub fn find(launcher: &str) -> Result<Box<dyn Wrapper>, WrapError> {
    match TOOLS.iter().find(|(name, _)| *name == launcher) {
        Some((_, find)) => find(),
        None => Err(WrapError::Unknown(launcher.to_owned())),
    }
}

/// Finds the tool that a tracker is.
///
/// # Errors
///
/// If it is not installed, or cannot be used; the error says why.
pub fn of(entry: &TrackerEntry) -> Result<Box<dyn Wrapper>, WrapError> {
    match &entry.command {
        Some(command) => boxed(own::OwnTool::find(&entry.name, command)),
        None => find(entry.tool().unwrap_or(&entry.name)),
    }
}

/// The tools with their versions, by the names of their launchers; or why one cannot be used.
pub fn all() -> Vec<(&'static str, Result<String, WrapError>)> {
    let version = |find: Find| find().map(|tool| tool.version().to_owned());
    TOOLS.iter().map(|(name, find)| (*name, version(*find))).collect()
}

/// What the text that a tool leaves says, by its launcher's name: for tests that change such texts.
///
/// # Errors
///
/// Why it says nothing, or that there is no such tool.
pub fn totals_in(launcher: &str, text: &str) -> Result<Reported, String> {
    match launcher {
        "valgrind-dhat" => valgrind_dhat::totals(text),
        "massif" => massif::totals(text),
        "heaptrack" => heaptrack::leaked_allocations(text).and_then(|_| heaptrack::totals(text)),
        "gperftools" => gperftools::totals(text),
        "tcmalloc-leaks" => tcmalloc_leaks::leaks(text),
        "jemalloc-sampled" => jemalloc::estimates(text),
        "jemalloc-prof" => jemalloc::totals(text),
        "lsan" => lsan::leaks(text),
        "memusage" => memusage::totals(text),
        other => Err(format!("{other} leaves no text that is read here")),
    }
}

fn unreadable(path: &Path, reason: impl ToString) -> WrapError {
    WrapError::Unreadable { path: path.to_owned(), reason: reason.to_string() }
}

/// What a parser makes of a file of a tool's, with its name in the error. The bytes may be any: what is not UTF-8
/// is replaced.
fn parsed<T>(path: &Path, parse: impl FnOnce(&str) -> Result<T, String>) -> Result<T, WrapError> {
    let bytes = fs::read(path).map_err(|error| unreadable(path, error))?;
    parse(&String::from_utf8_lossy(&bytes)).map_err(|reason| unreadable(path, reason))
}

/// What the program, and a tool inside it, wrote to standard error.
fn errors_of(folder: &Path) -> PathBuf {
    folder.join(LOGS[1])
}

/// The files in a folder whose names begin and end like this, by name.
fn files(folder: &Path, begin: &str, end: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_one = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with(begin) && name.ends_with(end))
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_one).collect();
    files.sort();
    files
}

fn remove(files: &[PathBuf]) {
    for file in files {
        // What is not there needs no removal, and what cannot be removed is in nobody's way.
        let _ = fs::remove_file(file);
    }
}

/// What a tool on the `PATH` prints as its version, without its name in front.
fn version_of(
    program: &str,
    name: &str,
    tool: &'static str,
    package: &'static str,
) -> Result<String, WrapError> {
    let output = Command::new(program).arg("--version").output();
    let printed = output.ok().filter(|output| output.status.success());
    let printed = printed.and_then(|output| String::from_utf8(output.stdout).ok());
    let printed = printed.ok_or(WrapError::NotInstalled { tool, package })?;
    Ok(printed.trim().trim_start_matches(name).to_owned())
}

/// Totals of leaks, and nothing else.
fn leaked(allocations: u64, bytes: u64) -> Reported {
    Reported {
        leaked_allocations: Some(allocations),
        leaked_bytes: Some(bytes),
        ..Reported::default()
    }
}

/// A whole number behind a word in a text: that of `leaked in 10 allocation(s)` behind `leaked in`.
fn number_behind(text: &str, word: &str) -> Option<u64> {
    let (_, rest) = text.split_once(word)?;
    let rest = rest.trim_start();
    let end = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_and_the_tools_name_each_other() {
        let catalog = crate::plan::catalog::Catalog::built_in().unwrap();
        let usable = catalog.trackers.iter().filter(|entry| entry.unavailable.is_none());
        let launchers: Vec<&str> = usable.filter_map(|entry| entry.launcher.as_deref()).collect();
        for launcher in &launchers {
            let known = !matches!(find(launcher), Err(WrapError::Unknown(_)));
            assert!(known, "{launcher}");
        }
        for (name, _) in TOOLS.iter().filter(|(name, _)| *name != CALLGRIND) {
            assert!(launchers.contains(name), "{name} is not in trackers.toml");
        }
        let error = find("no-such-tool").unwrap_err().to_string();
        assert!(error.contains("memcheck, callgrind, valgrind-dhat"), "{error}");
    }

    #[test]
    fn numbers_are_read_behind_their_words() {
        assert_eq!(number_behind("leaked in 10 allocation(s).", "leaked in"), Some(10));
        assert_eq!(number_behind("heap peak: 7", "heap peak:"), Some(7));
        assert_eq!(number_behind("heap peak: -7", "heap peak:"), None);
        assert_eq!(number_behind("heap peak: 99999999999999999999", "heap peak:"), None);
        assert_eq!(number_behind("heap", "heap peak:"), None);
    }

    #[test]
    fn an_error_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = errors_of(folder.path());
        let error = parsed(&path, |_| Ok(())).unwrap_err().to_string();
        assert!(error.contains("stderr.log: No such file"), "{error}");
        fs::write(&path, b"\xff\xfe").unwrap();
        let error = parsed(&path, |_| Err::<(), _>("cut off".to_owned())).unwrap_err().to_string();
        assert!(error.contains("stderr.log: cut off"), "{error}");
    }
}
