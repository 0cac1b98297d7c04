//! The catalogue of trackers (`trackers.toml`).

use protocol::AllocatorRole;
use semver::VersionReq;
use serde::Deserialize;

use super::arm::{ArmId, Role};
use super::entry::release_of;
use super::spec::Spec;

pub use super::entry::{
    Adapter, Convention, Copied, Counts, Documented, Facts, Family, Kind, Mode, OwnCommand,
    Realloc, Threads, TrackerEntry,
};

use crate::common::nearest::{did_you_mean, nearest};

/// The catalogue that is compiled in.
const BUILT_IN: &str = include_str!("../../trackers.toml");

/// All known trackers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// In the file's order.
    #[serde(rename = "tracker")]
    pub trackers: Vec<TrackerEntry>,
}

/// What is wrong with a catalogue, or with what was asked of it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum CatalogError {
    #[error("trackers.toml: {0}")]
    Unreadable(String),
    #[error("there is no tracker {asked:?}{}; `memscope-bench list` names them all", did_you_mean(.nearest))]
    UnknownTracker { asked: String, nearest: Option<String> },
    #[error("{path}: {reason}")]
    OwnFile { path: String, reason: String },
    #[error("{tracker} cannot be measured: {reason}")]
    Unavailable { tracker: String, reason: String },
    #[error("{tracker} has no mode {asked:?}{}; {}", did_you_mean(.nearest), modes_there_are(.modes))]
    UnknownMode { tracker: String, asked: String, nearest: Option<String>, modes: Vec<String> },
}

fn modes_there_are(modes: &[String]) -> String {
    if modes.is_empty() {
        "it has only one".to_owned()
    } else {
        format!("it has {}", modes.join(", "))
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

    /// The catalogue that is compiled in, and trackers of the reader's own.
    ///
    /// # Errors
    ///
    /// If `trackers.toml` is malformed.
    pub fn with(own: &[TrackerEntry]) -> Result<Self, CatalogError> {
        let mut catalog = Self::built_in()?;
        catalog.trackers.extend_from_slice(own);
        Ok(catalog)
    }

    /// Reads a catalogue.
    ///
    /// # Errors
    ///
    /// If it is malformed; the error names the place.
    pub fn parse(text: &str) -> Result<Self, CatalogError> {
        toml::from_str(text).map_err(|error| CatalogError::Unreadable(error.to_string()))
    }

    /// The entry of a tracker.
    ///
    /// # Errors
    ///
    /// If there is none; the error names the nearest.
    pub fn find(&self, name: &str) -> Result<&TrackerEntry, CatalogError> {
        // As cargo has it: crates whose names differ in those alone cannot both be published.
        let plain = |name: &str| name.replace('_', "-");
        let found = self.trackers.iter().find(|entry| plain(&entry.name) == plain(name));
        found.ok_or_else(|| CatalogError::UnknownTracker {
            asked: name.to_owned(),
            nearest: nearest(name, self.trackers.iter().map(|entry| &*entry.name)),
        })
    }

    /// The entry of a tracker that can be measured.
    ///
    /// # Errors
    ///
    /// If there is none, and the error names the nearest; or if it cannot be measured, and the error says why.
    pub fn measurable(&self, name: &str) -> Result<&TrackerEntry, CatalogError> {
        let entry = self.find(name)?;
        match entry.unavailable.clone() {
            Some(reason) => Err(CatalogError::Unavailable { tracker: entry.name.clone(), reason }),
            None => Ok(entry),
        }
    }

    /// The arm that a SPEC asks for, with the SPEC's version as it stands there.
    ///
    /// # Errors
    ///
    /// If there is no such tracker or mode, and the error names the nearest; or if it cannot be measured, and the
    /// error says why.
    pub fn arm(&self, spec: &Spec) -> Result<ArmId, CatalogError> {
        let entry = self.measurable(&spec.name)?;
        Ok(entry.arm(spec.version.clone(), entry.mode(spec.mode.as_deref())?))
    }

    /// In which terms a tracker of this version counts in a mode, if the catalogue knows it.
    pub fn convention(&self, arm: &ArmId, version: Option<&str>) -> Option<Convention> {
        let entry = self.find(&arm.tracker).ok()?;
        let counts = entry.mode_of(arm).and_then(|mode| mode.counts).or(entry.counts)?;
        let told = |range: &VersionReq| {
            let version = version.and_then(|version| version.parse().ok());
            version.is_none_or(|version| range.matches(&release_of(&version)))
        };
        let variables = entry.variables.as_ref().is_none_or(told);
        let whole_process = entry.whole_process;
        Some(Convention { realloc: entry.realloc?, counts, variables, whole_process })
    }

    /// Whether a tracker estimates in a mode, from some allocations.
    pub fn estimates(&self, arm: &ArmId) -> bool {
        self.convention(arm, None).is_some_and(|known| known.counts == Counts::Estimates)
    }

    /// What the allocator wrapper of an arm's subject is to do.
    ///
    /// # Errors
    ///
    /// If the catalogue does not know the tracker.
    pub fn allocator_role(&self, arm: &ArmId, audit: bool) -> Result<AllocatorRole, CatalogError> {
        let entry = self.find(&arm.tracker)?;
        // An allocator that waits for the tracker's start is idle by itself; any other is passed by.
        let idle = arm.role == Role::Idle && !entry.waits;
        let installed = entry.mode_of(arm).is_none_or(|mode| mode.allocator);
        Ok(AllocatorRole { audit, bypass: idle || !installed })
    }
}

impl TrackerEntry {
    /// The mode of a name, or, without a name, the default. `None` for a tracker that has only one.
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
    use crate::plan::arm::UNTRACKED;

    fn spec(text: &str) -> Spec {
        text.parse().unwrap()
    }

    #[test]
    fn the_built_in_catalogue_is_sound() {
        let catalog = Catalog::built_in().unwrap();
        assert_eq!(catalog.trackers[0].name, UNTRACKED);
        let linked = |entry: &&TrackerEntry| !entry.is_wrapped() && entry.unavailable.is_none();
        for entry in catalog.trackers.iter().filter(linked) {
            if entry.is_built_in() {
                let file = format!("{}/trackers/{}.rs", env!("CARGO_MANIFEST_DIR"), entry.name);
                assert!(std::path::Path::new(&file).is_file(), "{file} is missing");
                let program = format!("name = \"subject-{}\"", entry.name);
                let manifest = include_str!("../../programs/Cargo.toml");
                assert!(
                    manifest.contains(&program),
                    "programs/Cargo.toml has no [[bin]] {program}"
                );
            }
            if let (Some(measured), Some(family)) = (entry.measured(), &entry.versions) {
                assert!(family.adapter(measured).is_some(), "{}: no adapter for it", entry.name);
                // What others are built on may be our adapter alone.
                let is_base = |other: &TrackerEntry| other.facts.base.as_ref() == Some(&entry.name);
                let is_ours = catalog.trackers.iter().any(is_base);
                assert!(entry.package.is_some() || is_ours, "{}: of which crate?", entry.name);
            }
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
        let error = |text: &str| catalog.arm(&spec(text)).unwrap_err().to_string();
        let told = error("memscop-rs");
        assert!(told.contains("did you mean \"memscope-rs\""), "{told}");
        let told = error("memscope-rs/ful");
        assert!(told.contains("did you mean \"full\""), "{told}");
        let told = error("dhat/full");
        assert!(told.contains("it has only one"), "{told}");
        assert_eq!(catalog.find("memscope_rs").unwrap().name, "memscope-rs");
    }

    #[test]
    fn what_cannot_be_measured_says_why() {
        let catalog = Catalog::built_in().unwrap();
        let unavailable = catalog.trackers.iter().filter(|entry| entry.unavailable.is_some());
        for entry in unavailable {
            let told = catalog.arm(&spec(&entry.name)).unwrap_err().to_string();
            assert!(told.contains(entry.unavailable.as_ref().unwrap()), "{told}");
        }
    }

    #[test]
    fn the_first_mode_is_the_default() {
        let catalog = Catalog::built_in().unwrap();
        let arm = catalog.arm(&spec("memscope-rs")).unwrap();
        assert_eq!(arm.to_string(), "memscope-rs/full");
        assert_eq!(catalog.arm(&spec("untracked")).unwrap(), ArmId::base());
    }

    #[test]
    fn every_published_version_documents_a_mode() {
        let catalog = Catalog::built_in().unwrap();
        let entry = catalog.find("memscope-rs").unwrap();
        let at = |mode: &str, version: &str| entry.documented_at(mode, &version.parse().unwrap());
        let published = (0..=10).map(|patch| format!("0.1.{patch}"));
        for version in published.chain([0, 1, 3, 4, 5].map(|patch| format!("0.2.{patch}"))) {
            assert!(at("full", &version).is_some(), "{version}");
        }
        assert_eq!(at("variables", "0.1.4"), None);
        assert_eq!(at("allocator", "0.1.0"), None);
        assert_eq!(at("allocator", "0.1.4"), None);
        assert_eq!(at("variables", "0.2.4"), Some("README.md, \"Quick Start\""));
        assert!(at("variables", "0.2.5").unwrap().contains("One-Line Start"));
        assert_eq!(at("variables", "0.2.5-rc.1"), at("variables", "0.2.5"));
        assert_eq!(at("no-such-mode", "0.2.5"), None);
    }

    #[test]
    fn a_misspelt_key_of_a_documented_range_is_an_error() {
        let read = |key: &str| {
            let entry = |what: &str| format!("[[{what}]]\nname = 'n'\nabout = ''\n");
            let place = format!("documented = [{{ versions = '<1', {key} = 'README.md' }}]");
            Catalog::parse(&format!(
                "{}title = 'N'\n{}{place}",
                entry("tracker"),
                entry("tracker.mode")
            ))
        };
        assert!(read("at").is_ok());
        assert!(read("where").is_err());
    }

    #[test]
    fn the_wrapper_passes_by_what_is_not_installed_or_idle() {
        let catalog = Catalog::built_in().unwrap();
        let bypass = |arm: &ArmId| catalog.allocator_role(arm, false).unwrap().bypass;
        let full = catalog.arm(&spec("memscope-rs/full")).unwrap();
        assert!(!bypass(&full) && bypass(&full.idle()));
        assert!(bypass(&catalog.arm(&spec("memscope-rs/variables")).unwrap()));
        // dhat's allocator waits for its start by itself.
        assert!(!bypass(&catalog.arm(&spec("dhat")).unwrap().idle()));
    }
}
