//! What is to be built: from SPECs, or from the arms of a recorded run, to trackers and sources.

use super::resolve::Resolver;
use super::{Source, VersionError, locked_version};
use crate::plan::arm::{ArmId, UNTRACKED};
use crate::plan::catalog::{Catalog, CatalogError, TrackerEntry};
use crate::plan::spec::Spec;

/// A tracker, in a version and mode, that can be built and run.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The arm that it becomes.
    pub arm: ArmId,
    /// What the catalogue knows of it.
    pub entry: TrackerEntry,
    /// The version to build; `None` for the one that is built in.
    pub source: Option<Source>,
}

impl Choice {
    /// The version of its crate that is built in, as a source of its own; `None` for what is no crate, or is another
    /// version already.
    ///
    /// # Errors
    ///
    /// If it cannot be had.
    pub fn built_in(&self, resolver: &mut Resolver) -> Result<Option<Source>, VersionError> {
        let Some(package) = self.entry.package.as_ref().filter(|_| self.source.is_none()) else {
            return Ok(None);
        };
        let Some(version) = locked_version(package)? else { return Ok(None) };
        let spec = Spec {
            name: self.entry.name.clone(),
            version: Some(version.clone()),
            mode: self.arm.mode.clone(),
        };
        let (sources, _) = resolver.sources(&self.entry, &spec, &version)?;
        Ok(sources.into_iter().next())
    }

    /// The program without a tracker.
    ///
    /// # Errors
    ///
    /// If the catalogue has none.
    pub fn base(catalog: &Catalog) -> Result<Self, CatalogError> {
        let entry = catalog.find(UNTRACKED)?.clone();
        Ok(Self { arm: ArmId::base(), entry, source: None })
    }
}

/// Why something cannot be chosen.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum ChoiceError {
    #[error(transparent)]
    Tracker(#[from] CatalogError),
    #[error(transparent)]
    Version(#[from] VersionError),
}

impl ChoiceError {
    /// Whether what was asked for cannot be; otherwise it may exist, and could not be had.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Tracker(_) => true,
            Self::Version(error) => error.is_usage(),
        }
    }
}

/// What SPECs name, each once; `untracked` is left out, since it is in every group anyway. A range of
/// versions names several.
///
/// # Errors
///
/// A SPEC that names nothing, or whose versions cannot be had.
pub fn choose(specs: &[Spec], catalog: &Catalog) -> Result<Vec<Choice>, ChoiceError> {
    let mut chosen = Vec::<Choice>::new();
    let mut resolver = Resolver::default();
    for spec in specs {
        for choice in choices(spec, catalog, &mut resolver)? {
            let known = chosen.iter().any(|other| other.arm == choice.arm);
            if !known && choice.arm.is_tracked() {
                chosen.push(choice);
            }
        }
    }
    Ok(chosen)
}

/// What the tracked arms of a recorded run were made of.
///
/// # Errors
///
/// An arm that this program does not know, or whose version cannot be had.
pub fn choose_again(arms: &[ArmId], catalog: &Catalog) -> Result<Vec<Choice>, ChoiceError> {
    let spec = |arm: &ArmId| Spec {
        name: arm.tracker.clone(),
        version: arm.version.clone(),
        mode: arm.mode.clone(),
    };
    let specs: Vec<Spec> = arms.iter().filter(|arm| arm.is_tracked()).map(spec).collect();
    choose(&specs, catalog)
}

/// What a SPEC names: one choice, or, for a range of versions, one for each.
pub(super) fn choices(
    spec: &Spec,
    catalog: &Catalog,
    resolver: &mut Resolver,
) -> Result<Vec<Choice>, ChoiceError> {
    let entry = catalog.measurable(&spec.name)?;
    let measured = entry.measured_spec();
    let Some(version) = spec.version.as_ref().or(measured.as_ref()) else {
        let arm = catalog.arm(spec)?;
        return Ok(vec![Choice { arm, entry: entry.clone(), source: None }]);
    };
    let (sources, mode) = resolver.sources(entry, spec, version)?;
    let mode = entry.mode(spec.mode.as_deref().or(mode.as_deref()))?;
    let choice = |source: Source| Choice {
        arm: entry.arm(Some(source.spec.clone()), mode),
        entry: entry.clone(),
        source: Some(source),
    };
    Ok(sources.into_iter().map(choice).collect())
}
