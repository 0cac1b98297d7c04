//! All versions or commits from one to another, of one tracker.

use semver::Version;

use super::choice::{Choice, ChoiceError, choices};
use super::resolve::{Resolver, git_url};
use super::{Place, Release, VersionError, cache_folder, git, source_folder};
use crate::plan::arm::ArmId;
use crate::plan::candidate::Candidate;
use crate::plan::catalog::Catalog;
use crate::plan::spec::Spec;

/// As many digits of a commit's name as people are told.
const DIGITS: usize = 10;

/// Why there is nothing between.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum BetweenError {
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    #[error(
        "{0}: neither a published version nor a git revision; name two of either, of one tracker"
    )]
    NoPlace(String),
    #[error("{0}: several versions; name one")]
    Several(String),
    #[error(
        "{good} and {bad}: one tracker in one mode is needed, and two published versions of it, or two git \
         revisions of one URL"
    )]
    Unlike { good: String, bad: String },
    #[error("{0} would be compared to itself")]
    Same(String),
    #[error("{good} is newer than {bad}: the good one comes first, and is the older")]
    Order { good: String, bad: String },
    #[error(
        "{url}: {good} does not lead to {bad}; the good one must be an ancestor of the bad one"
    )]
    NoAncestor { url: String, good: String, bad: String },
}

impl BetweenError {
    /// Whether what was asked for cannot be; otherwise it may exist, and could not be had.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Choice(error) => error.is_usage(),
            _ => true,
        }
    }
}

impl From<VersionError> for BetweenError {
    fn from(error: VersionError) -> Self {
        Self::Choice(error.into())
    }
}

/// The candidates from a good version to a bad one, both among them: the published ones between that were not
/// yanked, or the commits. With what the user has to know of how they were found.
///
/// # Errors
///
/// If they are not two published versions or two commits of one tracker and mode, the good one first.
pub fn between(
    good: &Spec,
    bad: &Spec,
    catalog: &Catalog,
) -> Result<(Vec<Candidate>, Option<String>), BetweenError> {
    let mut resolver = Resolver::default();
    // What can be told without looking anything up.
    for spec in [good, bad] {
        catalog.find(&spec.name).map_err(ChoiceError::from)?;
        if spec.version.as_ref().is_none_or(|version| version.starts_with("path:")) {
            return Err(BetweenError::NoPlace(spec.to_string()));
        }
    }
    let (good, bad) = (one(good, catalog, &mut resolver)?, one(bad, catalog, &mut resolver)?);
    let unlike = || BetweenError::Unlike { good: good.arm.to_string(), bad: bad.arm.to_string() };
    let (Some(before), Some(after)) = (&good.source, &bad.source) else { return Err(unlike()) };
    if !good.arm.is_same_kind(&bad.arm) {
        return Err(unlike());
    }
    match (&before.place, &after.place) {
        (Place::Registry, Place::Registry) => {
            in_order(&good.arm, &before.version, &after.version)?;
            // A choice with a source has a package.
            let package = good.entry.package.as_deref().unwrap_or(&good.entry.name);
            let known = resolver.releases_of(package)?;
            let found = published(&known.releases, &before.version, &after.version, &good.arm);
            Ok((found, known.stale.clone()))
        }
        (Place::Commit(_, from), Place::Commit(_, to)) => {
            let urls = [before, after].map(|source| git_url(&source.spec));
            let [Some(url), Some(other)] = urls else { return Err(unlike()) };
            if url != other {
                return Err(unlike());
            }
            Ok((commits(&good.arm, url, from, to)?, None))
        }
        _ => Err(unlike()),
    }
}

/// The only choice that a SPEC stands for.
fn one(spec: &Spec, catalog: &Catalog, resolver: &mut Resolver) -> Result<Choice, BetweenError> {
    let mut all = choices(spec, catalog, resolver)?;
    match (all.pop(), all.is_empty()) {
        (Some(only), true) => Ok(only),
        _ => Err(BetweenError::Several(spec.to_string())),
    }
}

fn in_order(arm: &ArmId, good: &Version, bad: &Version) -> Result<(), BetweenError> {
    let told = |version: &Version| at(arm, version.to_string()).to_string();
    match good.cmp(bad) {
        std::cmp::Ordering::Less => Ok(()),
        std::cmp::Ordering::Equal => Err(BetweenError::Same(arm.to_string())),
        std::cmp::Ordering::Greater => {
            Err(BetweenError::Order { good: told(good), bad: told(bad) })
        }
    }
}

/// The same tracker in the same mode, in another version.
fn at(arm: &ArmId, version: String) -> ArmId {
    ArmId { version: Some(version), ..arm.clone() }
}

/// The releases from one to another that cargo still builds.
fn published(releases: &[Release], good: &Version, bad: &Version, arm: &ArmId) -> Vec<Candidate> {
    let usable = releases.iter().filter(|release| !release.yanked);
    let within = usable.filter(|release| (good..=bad).contains(&&release.version));
    let candidate = |release: &Release| {
        let name = release.version.to_string();
        Candidate { spec: at(arm, name.clone()).to_string(), name }
    };
    within.map(candidate).collect()
}

fn commits(arm: &ArmId, url: &str, good: &str, bad: &str) -> Result<Vec<Candidate>, BetweenError> {
    let short = |name: &str| name[..DIGITS.min(name.len())].to_owned();
    if good == bad {
        return Err(BetweenError::Same(at(arm, format!("git:{url}#{}", short(good))).to_string()));
    }
    let root = source_folder()?;
    let after = git::commits(&cache_folder(&root), url, good, bad)?.ok_or_else(|| {
        let (good, bad) = (short(good), short(bad));
        BetweenError::NoAncestor { url: url.to_owned(), good, bad }
    })?;
    let spec = |name: &str| at(arm, format!("git:{url}#{name}")).to_string();
    let first = Candidate { spec: spec(good), name: short(good) };
    let candidate = |commit: git::Commit| Candidate {
        spec: spec(&commit.name),
        name: format!("{} \"{}\"", short(&commit.name), commit.subject),
    };
    Ok(std::iter::once(first).chain(after.into_iter().map(candidate)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(version: &str, yanked: bool) -> Release {
        let version = version.parse().unwrap();
        Release { version, yanked, released: None, default_features: Vec::new() }
    }

    #[test]
    fn published_versions_between_are_candidates_but_the_yanked() {
        let catalog = Catalog::built_in().unwrap();
        let arm = catalog.arm(&"memscope-rs/full".parse().unwrap()).unwrap();
        let all = [("0.1.1", false), ("0.1.2", false), ("0.1.9", true), ("0.1.10", false)];
        let all: Vec<Release> = all.iter().map(|&(v, yanked)| release(v, yanked)).collect();
        let found = published(&all, &Version::new(0, 1, 2), &Version::new(0, 1, 10), &arm);
        let specs: Vec<&str> = found.iter().map(|one| &*one.spec).collect();
        assert_eq!(specs, ["memscope-rs@0.1.2/full", "memscope-rs@0.1.10/full"]);
        assert_eq!(found[1].name, "0.1.10");
    }

    #[test]
    fn what_is_no_pair_is_told_without_asking_anybody() {
        let catalog = Catalog::built_in().unwrap();
        let told = |good: &str, bad: &str| {
            let [good, bad] = [good, bad].map(|spec| spec.parse().unwrap());
            let error = between(&good, &bad, &catalog).unwrap_err();
            assert!(error.is_usage(), "{error}");
            error.to_string()
        };
        assert!(told("memscope-rs", "memscope-rs@0.1.2").contains("neither a published version"));
        assert!(
            told("memscope-rs@path:a", "memscope-rs@0.1.2").contains("neither a published version")
        );
        assert!(told("counting@0.1.0", "memscop@0.1.2").contains("memscop"));
        let versions = ["0.1.2", "0.1.10"].map(|text| text.parse::<Version>().unwrap());
        let arm = catalog.arm(&"memscope-rs@0.1.2".parse().unwrap()).unwrap();
        let order = in_order(&arm, &versions[1], &versions[0]).unwrap_err().to_string();
        assert!(order.contains("memscope-rs@0.1.10/full is newer"), "{order}");
        let same = in_order(&arm, &versions[0], &versions[0]).unwrap_err().to_string();
        assert!(same.contains("compared to itself"), "{same}");
    }
}
