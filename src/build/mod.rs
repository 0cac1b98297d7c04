//! The programs that are run: the built-in subjects, and any version of a tracker as a subject.
//!
//! ```text
//! source     where all of it is built from: the checkout, or what is compiled in
//! choice     from SPECs to what is to be built
//! between    all versions or commits from one to another
//! resolve    what a SPEC's version asks for ─▶ one or several sources
//! registry   the published versions, by cargo's own copy of the index
//! folder     what cargo says of a package in a folder
//! git        a revision of a repository, checked out
//! parts      of our manifest and lock file, that subjects are built with
//! package    the package that a source is built in, and the key of its content
//! link       programs linked several times, with their code in another order each time
//! adopt      what a crate brings into a program: crates, compile time, code
//! planted    a copy of a tracker in which slow-downs can be planted
//! builder    building it, and the cache of finished programs; `cargo`: running cargo, and what went wrong
//! subjects   where the programs are; `with_workload`: built with a workload of the reader's own;
//!            `relink`: linked in several orders
//! ```
//!
//! Cargo allows one 0.1.x and one 0.2.x of a crate in one lock file. So each source is built in a package
//! of its own against the crate `subject`, all in one target folder, with the toolchain, profile, lock
//! file and feature policy of the built-in ones.

pub mod adopt;
pub mod between;
mod builder;
mod cargo;
pub mod choice;
mod folder;
mod git;
pub mod link;
mod package;
mod parts;
pub mod planted;
mod registry;
mod relink;
mod resolve;
mod source;
pub mod subjects;
mod with_workload;

use std::path::PathBuf;

use semver::{Version, VersionReq};

use crate::common::printable::printable;

pub use self::builder::{Builder, Built};
pub use self::cargo::{BuildError, outcome};
pub use self::parts::locked_version;
pub use self::source::{revision, source_folder};
use registry::releases_of;
pub use registry::{Release, Releases};
pub use resolve::Resolver;

/// One version of a tracker that is to be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// As in the arm's name: `0.1.10`, `path:../memscope-rs`, `git:URL#REV`.
    pub spec: String,
    /// The version that its manifest gives.
    pub version: Version,
    /// The day of its publication, if it is known: `2025-10-15`.
    pub released: Option<String>,
    /// Its default features.
    pub default_features: Vec<String>,
    /// Where cargo takes it from.
    pub place: Place,
    /// What the user is to know of how it was found.
    pub note: Option<String>,
}

/// Where a source lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the registry.
    Registry,
    /// Nowhere: it is our adapter alone.
    Ours,
    /// In a folder, whose content may change at any time.
    Folder(PathBuf),
    /// In a folder that holds this commit, and never changes.
    Commit(PathBuf, String),
}

impl Source {
    /// Whether it came from neither the registry nor this program.
    pub fn is_foreign(&self) -> bool {
        match &self.place {
            Place::Registry | Place::Ours => false,
            Place::Folder(folder) | Place::Commit(folder, _) => !planted::is_copy(folder),
        }
    }
}

/// Why there is no such version.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum VersionError {
    #[error(
        "{spec}: {tracker} can only be measured in the version that is built in; leave out @{version}"
    )]
    OnlyBuiltIn { spec: String, tracker: String, version: String },
    #[error(
        "{spec}: {version:?} is neither a version, nor latest, nor a range such as 0.1.* or >=0.2, \
         nor path:DIR or git:URL#REVISION"
    )]
    NotAVersion { spec: String, version: String },
    #[error("{package} {version} was never published; the nearest is {nearest}")]
    NeverPublished { package: String, version: Version, nearest: Version },
    #[error(
        "{package} {version} was yanked: cargo no longer builds it; its source can be measured by path: or git:"
    )]
    Yanked { package: String, version: Version },
    #[error("no published version of {package} is {range}; the newest is {newest}")]
    NoneInRange { package: String, range: VersionReq, newest: Version },
    #[error(
        "the registry could not be asked for the versions of {package}, and cargo has no copy of its index \
         (looked in {folder}): {reason}"
    )]
    NoIndex { package: String, folder: PathBuf, reason: String },
    #[error("{0}: no Cargo.toml here; path: wants the folder of the package")]
    NoManifest(PathBuf),
    #[error("{folder}: holds {found}, not {package}")]
    OtherPackage { folder: PathBuf, found: String, package: String },
    #[error("{folder}: cargo cannot read its manifest: {reason}")]
    Manifest { folder: PathBuf, reason: String },
    #[error("{url}: there is no revision {revision:?}")]
    NoRevision { url: String, revision: String },
    #[error("{url}: git could not fetch it: {reason}")]
    Fetch { url: String, reason: String },
    #[error("{package} {version}: no adapter in trackers/ speaks the API of this version")]
    NoAdapter { package: String, version: Version },
    #[error(
        "this program has no source of subjects compiled in, as a release build has it, and runs outside its \
         checkout; install it with cargo install"
    )]
    NoSource,
    #[error("there is no folder for what is built: neither XDG_CACHE_HOME nor HOME is set")]
    NoCache,
    #[error("{program} could not be run: {source}")]
    NoProgram { program: &'static str, source: std::io::Error },
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
}

impl VersionError {
    /// Whether what was asked for cannot be; otherwise it may exist, and could not be had.
    pub fn is_usage(&self) -> bool {
        !matches!(
            self,
            Self::NoIndex { .. }
                | Self::Fetch { .. }
                | Self::NoSource
                | Self::NoCache
                | Self::NoProgram { .. }
                | Self::File { .. }
        )
    }
}

/// The program of the toolchain that is in use.
fn cargo() -> std::process::Command {
    std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The last lines of what a program said, for a message.
fn last_words(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    printable(&lines[lines.len().saturating_sub(3)..].join("; ")).into_owned()
}

/// Cargo's target folder for the source.
fn target_folder(source: &std::path::Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| source.join("target"), |folder| source.join(folder))
}

/// Where versions are built, and finished programs are kept.
fn cache_folder(source: &std::path::Path) -> PathBuf {
    target_folder(source).join("memscope-bench-versions")
}
