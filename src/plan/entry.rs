//! What the catalogue knows of a tracker.

use std::collections::BTreeMap;
use std::path::PathBuf;

use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};

use super::arm::{ArmId, Role};

/// What the catalogue knows of a tracker. The fields are explained in `trackers.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct TrackerEntry {
    pub name: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub about: String,
    #[serde(rename = "crate", default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launcher: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<OwnCommand>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    #[serde(default, rename = "whole-process")]
    pub whole_process: bool,
    #[serde(rename = "mode", default, skip_serializing_if = "Vec::is_empty")]
    pub modes: Vec<Mode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub realloc: Option<Realloc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variables: Option<VersionReq>,
    #[serde(default)]
    pub waits: bool,
    #[serde(default)]
    pub reference: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versions: Option<Family>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unavailable: Option<String>,
    #[serde(default)]
    pub facts: Facts,
}

impl TrackerEntry {
    /// The version that is measured where none is named, of a tracker that is not built in.
    pub fn measured(&self) -> Option<&Version> {
        self.versions.as_ref()?.measured.as_ref()
    }

    /// What stands behind the `@` of a SPEC that names no version; `None` for what is built in.
    pub fn measured_spec(&self) -> Option<String> {
        let family = self.versions.as_ref()?;
        let folder = family.path.as_ref().map(|folder| format!("path:{}", folder.display()));
        folder.or_else(|| family.measured.as_ref().map(ToString::to_string))
    }

    /// What it is built on, if that is not the untracked program as it is: an allocator, or the program with other compiler
    /// flags; by its name in the catalogue.
    pub fn built_on(&self) -> Option<&str> {
        self.facts.allocator.as_deref().or(self.facts.base.as_deref())
    }

    /// Whether its subject is one of those that are built in.
    pub fn is_built_in(&self) -> bool {
        !self.is_wrapped() && self.measured_spec().is_none() && self.unavailable.is_none()
    }

    /// Whether it is a tool in front of the untracked program, and not linked into a subject of its own.
    pub fn is_wrapped(&self) -> bool {
        self.launcher.is_some() || self.command.is_some()
    }

    /// What its tool is called among those of a run, if it is one.
    pub fn tool(&self) -> Option<&str> {
        self.launcher.as_deref().or(self.command.as_ref().map(|_| &*self.name))
    }
}

/// One way to run a tracker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Mode {
    pub name: String,
    pub about: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    #[serde(default = "yes")]
    pub allocator: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documented: Vec<Documented>,
}

/// Where a mode is documented by the tracker's author, in some versions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Documented {
    pub versions: VersionReq,
    pub at: String,
}

fn yes() -> bool {
    true
}

/// What a reader asks of a tracker beside figures. The fields are explained in `trackers.toml`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Facts {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documented: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rust: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<Copied>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocator: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    #[serde(default)]
    pub threads: Threads,
}

/// What an allocator copies that the system's does without copying, where it can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Copied {
    /// A reallocated block, into a new one.
    Realloc,
    /// Zeros, into a block that is zeroed already.
    Zeroed,
}

/// Which threads a tracker sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Threads {
    /// All of the program.
    #[default]
    All,
    /// The one that asks.
    Own,
}

/// A command of the reader's own, put in front of the untracked program. The fields are explained in
/// `examples/own-command.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct OwnCommand {
    pub line: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub version: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub totals: BTreeMap<String, String>,
}

/// What a tracker is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It counts totals.
    Counter,
    /// It estimates, from some allocations.
    Sampled,
    /// It knows each allocation.
    Allocation,
    /// It knows each allocation, and where it was made.
    Stacks,
    /// A tool that runs the whole program.
    Process,
    /// No tracker: an allocator that others are built on.
    Allocator,
}

/// How a tracker counts a reallocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Realloc {
    /// As a reallocation.
    Apart,
    /// As one more allocation, of the new size.
    Allocation,
    /// As an allocation and a free.
    Both,
    /// As a reallocation, of whose bytes only what it grew or shrank by counts as allocated or freed.
    Difference,
    /// As one more allocation, of whose bytes only what it grew by counts as allocated.
    Growth,
}

/// What a tracker claims to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Counts {
    /// Every allocation.
    Allocations,
    /// The variables that the program hands to it.
    Variables,
    /// Some allocations, from which it estimates all.
    Estimates,
}

/// In which terms a tracker counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Convention {
    /// How it counts a reallocation.
    pub realloc: Realloc,
    /// What it claims to count.
    pub counts: Counts,
    /// Whether the number of variables that it tells is documented to be that.
    pub variables: bool,
    /// Whether it counts all of the process, from the loader to the exit.
    pub whole_process: bool,
}

/// How versions of a tracker are built. The fields are explained in `trackers.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Family {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Version>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    #[serde(default, rename = "without-features", skip_serializing_if = "Vec::is_empty")]
    pub without_features: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rustflags: Vec<String>,
    #[serde(default = "yes", rename = "line-tables")]
    pub line_tables: bool,
    #[serde(default, rename = "ignore-rust-version")]
    pub ignore_rust_version: bool,
    #[serde(rename = "adapter")]
    pub adapters: Vec<Adapter>,
}

/// The file that speaks the API of some versions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Adapter {
    #[serde(default)]
    pub versions: VersionReq,
    pub file: PathBuf,
}

impl Family {
    /// The adapter of a version; of a pre-release, that of the release it comes before.
    pub fn adapter(&self, version: &Version) -> Option<&Adapter> {
        let release = release_of(version);
        self.adapters.iter().find(|adapter| adapter.versions.matches(&release))
    }
}

/// The release that a pre-release comes before; a release itself. No plain range matches a pre-release.
pub(super) fn release_of(version: &Version) -> Version {
    Version::new(version.major, version.minor, version.patch)
}

impl TrackerEntry {
    /// An arm of this tracker; `untracked` is the base of every comparison.
    pub fn arm(&self, version: Option<String>, mode: Option<&Mode>) -> ArmId {
        let base = ArmId::base();
        if self.name == base.tracker {
            return base;
        }
        let mode = mode.map(|mode| mode.name.clone());
        ArmId { tracker: self.name.clone(), version, mode, role: Role::Tracked }
    }

    /// Where the author documents a mode in a version: file and heading. `None` where that way to use the
    /// tracker is not documented, and for a tracker or mode of which the catalogue does not say.
    pub fn documented_at(&self, mode: &str, version: &Version) -> Option<&str> {
        let release = release_of(version);
        let mode = self.modes.iter().find(|entry| entry.name == mode)?;
        let found = mode.documented.iter().find(|place| place.versions.matches(&release))?;
        Some(&found.at)
    }

    /// What it is compared with, in the mode of an arm.
    pub fn kind_of(&self, arm: &ArmId) -> Option<Kind> {
        self.mode_of(arm).and_then(|mode| mode.kind).or(self.kind)
    }

    pub(super) fn mode_of(&self, arm: &ArmId) -> Option<&Mode> {
        self.modes.iter().find(|mode| Some(&mode.name) == arm.mode.as_ref())
    }
}
