//! The catalogue of trackers (`trackers.toml`), and the SPECs by which people name them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use subject::ground_truth::Role;
use subject::protocol::{Job, Pass};

use crate::build::{Family, Source};
use crate::common::nearest::nearest;

/// The catalogue that is compiled in.
const BUILT_IN: &str = include_str!("../../trackers.toml");

/// The name of the tracker that is no tracker.
pub const UNTRACKED: &str = "untracked";
/// The arm that runs `untracked` once more: the A/A control.
pub const TWIN: &str = "untracked-twin";

/// All known trackers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// In the file's order.
    #[serde(rename = "tracker")]
    pub trackers: Vec<Entry>,
}

/// What the catalogue knows of a tracker. The fields are explained in `trackers.toml`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Entry {
    pub name: String,
    pub title: String,
    pub about: String,
    #[serde(rename = "crate", default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    #[serde(rename = "mode", default, skip_serializing_if = "Vec::is_empty")]
    pub modes: Vec<Mode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub realloc: Option<Realloc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,
    #[serde(default)]
    pub waits: bool,
    #[serde(default)]
    pub reference: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versions: Option<Family>,
}

/// One way to run a tracker.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Mode {
    pub name: String,
    pub about: String,
    #[serde(default = "yes")]
    pub allocator: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,
}

fn yes() -> bool {
    true
}

/// How a tracker counts a reallocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Realloc {
    /// As a reallocation.
    Apart,
    /// As one more block of the new size.
    Allocation,
    /// As an allocation and a deallocation.
    Both,
}

/// What a tracker claims to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Counts {
    /// Every heap block.
    Allocations,
    /// The variables it is told of.
    Variables,
}

/// In which terms a tracker counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Convention {
    /// How it counts a reallocation.
    pub realloc: Realloc,
    /// What it claims to count.
    pub counts: Counts,
}

/// What one asks for: `name[@version][/mode]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spec {
    /// The tracker's name.
    pub name: String,
    /// A version, path or revision; `None` for the one that is built in.
    pub version: Option<String>,
    /// The mode; `None` for the default.
    pub mode: Option<String>,
}

impl FromStr for Spec {
    type Err = CatalogError;

    fn from_str(text: &str) -> Result<Self, CatalogError> {
        let (name, rest) = match text.split_once('@') {
            Some((name, rest)) => (name, Some(rest)),
            None => (text, None),
        };
        // In `name@path:dir/dir` slashes belong to the path.
        let (name, version, mode) = match rest {
            None => match name.split_once('/') {
                Some((name, mode)) => (name, None, Some(mode)),
                None => (name, None, None),
            },
            Some(rest) if rest.contains(':') => (name, Some(rest), None),
            Some(rest) => match rest.split_once('/') {
                Some((version, mode)) => (name, Some(version), Some(mode)),
                None => (name, Some(rest), None),
            },
        };
        if name.is_empty() || version == Some("") || mode == Some("") {
            return Err(CatalogError::NotASpec(text.to_owned()));
        }
        Ok(Self {
            name: name.to_owned(),
            version: version.map(str::to_owned),
            mode: mode.map(str::to_owned),
        })
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let Some(version) = &self.version {
            write!(f, "@{version}")?;
        }
        if let Some(mode) = &self.mode {
            write!(f, "/{mode}")?;
        }
        Ok(())
    }
}

/// What is wrong with a catalogue, or with what was asked of it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum CatalogError {
    #[error("trackers.toml: {0}")]
    Unreadable(String),
    #[error("{0:?} is not a tracker; write NAME, NAME/MODE or NAME@VERSION/MODE")]
    NotASpec(String),
    #[error("there is no tracker {asked:?}{}; `memscope-bench list` names them all", did_you_mean(.nearest))]
    UnknownTracker { asked: String, nearest: Option<String> },
    #[error("{tracker} has no mode {asked:?}{}; {}", did_you_mean(.nearest), modes_there_are(.modes))]
    UnknownMode { tracker: String, asked: String, nearest: Option<String>, modes: Vec<String> },
}

fn did_you_mean(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or(String::new(), |name| format!(" (did you mean {name:?}?)"))
}

fn modes_there_are(modes: &[String]) -> String {
    if modes.is_empty() {
        "it has but one".to_owned()
    } else {
        format!("it has {}", modes.join(", "))
    }
}

/// A tracker and mode that can be run.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Its entry.
    pub entry: Entry,
    /// The mode; `None` for a tracker that has but one.
    pub mode: Option<Mode>,
    /// The version to build; `None` for the one that is built in.
    pub source: Option<Source>,
}

impl Choice {
    /// The name of the arm that runs it: `memscope-rs/full`, or `memscope-rs@0.1.10/full`.
    pub fn label(&self) -> String {
        match &self.mode {
            Some(mode) => format!("{}/{}", self.program(), mode.name),
            None => self.program(),
        }
    }

    /// The name of its program, which is the same in every mode: `memscope-rs`, or
    /// `memscope-rs@0.1.10`.
    pub fn program(&self) -> String {
        match &self.source {
            Some(source) => format!("{}@{}", self.entry.name, source.spec),
            None => self.entry.name.clone(),
        }
    }

    /// The mode's name, empty for a tracker that has but one.
    pub fn mode_name(&self) -> &str {
        self.mode.as_ref().map_or("", |mode| &mode.name)
    }

    /// Whether the tracker's allocator is installed in this mode.
    pub fn allocator(&self) -> bool {
        self.mode.as_ref().is_none_or(|mode| mode.allocator)
    }

    /// What the allocator wrapper of a subject is to do for a job.
    pub fn role(&self, job: &Job) -> Role {
        // An allocator that waits for the tracker's start is idle by itself; any other is passed by.
        let idle = job.idle && !self.entry.waits;
        Role { audit: job.pass == Pass::Audit, bypass: idle || !self.allocator() }
    }
}

impl Catalog {
    /// The catalogue that is compiled in.
    ///
    /// # Errors
    ///
    /// If `trackers.toml` is malformed.
    pub fn built_in() -> Result<Self, CatalogError> {
        Self::parse(BUILT_IN)
    }

    /// Reads a catalogue.
    ///
    /// # Errors
    ///
    /// If it is malformed; the error names the place.
    pub fn parse(text: &str) -> Result<Self, CatalogError> {
        toml::from_str(text).map_err(|error| CatalogError::Unreadable(error.to_string()))
    }

    /// In which terms a tracker counts in a mode, if the catalogue knows it.
    pub fn convention(&self, tracker: &str, mode: &str) -> Option<Convention> {
        let entry = self.trackers.iter().find(|entry| entry.name == tracker)?;
        let own = entry.modes.iter().find(|known| known.name == mode).and_then(|mode| mode.counts);
        Some(Convention { realloc: entry.realloc?, counts: own.or(entry.counts)? })
    }

    /// The entry of a tracker.
    ///
    /// # Errors
    ///
    /// If there is none; the error names the nearest.
    pub fn find(&self, name: &str) -> Result<&Entry, CatalogError> {
        self.trackers.iter().find(|entry| entry.name == name).ok_or_else(|| {
            CatalogError::UnknownTracker {
                asked: name.to_owned(),
                nearest: nearest(name, self.trackers.iter().map(|entry| &*entry.name)),
            }
        })
    }

    /// Finds what a SPEC asks for, in the version that is built in; the SPEC's own is
    /// [`Resolver`](crate::build::Resolver)'s to find.
    ///
    /// # Errors
    ///
    /// If there is no such tracker or mode; the error names the nearest.
    pub fn choose(&self, spec: &Spec) -> Result<Choice, CatalogError> {
        let entry = self.find(&spec.name)?;
        let mode = entry.mode(spec.mode.as_deref())?;
        Ok(Choice { entry: entry.clone(), mode: mode.cloned(), source: None })
    }
}

impl Entry {
    /// The mode of a name, or, without a name, the default. `None` for a tracker that has but one.
    ///
    /// # Errors
    ///
    /// If there is none of that name; the error names the nearest.
    pub fn mode(&self, asked: Option<&str>) -> Result<Option<&Mode>, CatalogError> {
        let Some(asked) = asked else { return Ok(self.modes.first()) };
        let found = self.modes.iter().find(|mode| mode.name == asked);
        Ok(Some(found.ok_or_else(|| CatalogError::UnknownMode {
            tracker: self.name.clone(),
            asked: asked.to_owned(),
            nearest: nearest(asked, self.modes.iter().map(|mode| &*mode.name)),
            modes: self.modes.iter().map(|mode| mode.name.clone()).collect(),
        })?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(name: &str, version: Option<&str>, mode: Option<&str>) -> Spec {
        let own = |text: &str| text.to_owned();
        Spec { name: own(name), version: version.map(own), mode: mode.map(own) }
    }

    #[test]
    fn specs_are_read_and_written_back() {
        for (text, expected) in [
            ("dhat", spec("dhat", None, None)),
            ("memscope-rs/full", spec("memscope-rs", None, Some("full"))),
            ("memscope-rs@0.1.10", spec("memscope-rs", Some("0.1.10"), None)),
            ("memscope-rs@0.2.5/variables", spec("memscope-rs", Some("0.2.5"), Some("variables"))),
            ("memscope-rs@path:../a/b", spec("memscope-rs", Some("path:../a/b"), None)),
        ] {
            assert_eq!(text.parse(), Ok(expected.clone()), "{text}");
            assert_eq!(expected.to_string(), text);
        }
        for text in ["", "@1", "a@", "a/", "/b"] {
            assert!(text.parse::<Spec>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_built_in_catalogue_is_sound() {
        let catalog = Catalog::built_in().unwrap();
        assert_eq!(catalog.trackers[0].name, UNTRACKED);
        for entry in &catalog.trackers {
            let file = format!("{}/trackers/{}.rs", env!("CARGO_MANIFEST_DIR"), entry.name);
            assert!(std::path::Path::new(&file).is_file(), "{file} is missing");
            let program = format!("name = \"subject-{}\"", entry.name);
            let manifest = include_str!("../../Cargo.toml");
            assert!(manifest.contains(&program), "Cargo.toml has no [[bin]] with {program}");
            for adapter in entry.versions.iter().flat_map(|family| &family.adapters) {
                let file = format!("{}/trackers", env!("CARGO_MANIFEST_DIR"));
                let file = std::path::Path::new(&file).join(&adapter.file);
                assert!(file.is_file(), "{} is missing", file.display());
            }
        }
    }

    #[test]
    fn what_is_unknown_is_answered_with_the_nearest() {
        let catalog = Catalog::built_in().unwrap();
        let error = catalog.choose(&spec("memscop-rs", None, None)).unwrap_err().to_string();
        assert!(error.contains("did you mean \"memscope-rs\""), "{error}");
        let error =
            catalog.choose(&spec("memscope-rs", None, Some("ful"))).unwrap_err().to_string();
        assert!(error.contains("did you mean \"full\""), "{error}");
        let error = catalog.choose(&spec("dhat", None, Some("full"))).unwrap_err().to_string();
        assert!(error.contains("it has but one"), "{error}");
    }

    #[test]
    fn the_first_mode_is_the_default() {
        let catalog = Catalog::built_in().unwrap();
        let choice = catalog.choose(&spec("memscope-rs", None, None)).unwrap();
        assert_eq!(choice.label(), "memscope-rs/full");
        assert!(choice.allocator());
        let choice = catalog.choose(&spec("memscope-rs", None, Some("variables"))).unwrap();
        assert!(!choice.allocator());
    }
}
