//! From what a SPEC asks for to the sources it stands for.

use std::collections::BTreeMap;
use std::path::Path;

use semver::{Version, VersionReq};

use super::{
    Place, Release, Releases, Source, VersionError, cache_folder, folder, git, releases_of,
    source_folder,
};
use crate::plan::catalog::TrackerEntry;
use crate::plan::spec::Spec;

/// Finds sources, asking the registry at most once for each crate.
#[derive(Default)]
pub struct Resolver {
    asked: BTreeMap<String, Releases>,
}

/// What stands behind the `@` of a SPEC.
#[derive(Clone, Debug, PartialEq)]
enum Wanted<'a> {
    Exactly(Version),
    Range(VersionReq),
    Latest,
    Path(&'a str),
    Git { url: &'a str, revision: Option<&'a str> },
}

impl Resolver {
    /// The sources that a SPEC's version stands for, from the oldest to the newest, and the mode that
    /// stood behind a path or URL. A range leaves yanked versions out.
    ///
    /// # Errors
    ///
    /// If there is none, or it cannot be had; see [`VersionError`].
    pub fn sources(
        &mut self,
        entry: &TrackerEntry,
        spec: &Spec,
        version: &str,
    ) -> Result<(Vec<Source>, Option<String>), VersionError> {
        if let (None, Some(measured)) = (&entry.package, entry.measured())
            && version == measured.to_string()
        {
            return Ok((vec![ours(measured)], None));
        }
        let (Some(package), Some(family)) = (&entry.package, &entry.versions) else {
            return Err(VersionError::OnlyBuiltIn {
                spec: spec.to_string(),
                tracker: entry.name.clone(),
                version: version.to_owned(),
            });
        };
        // Where the mode is told already, a folder may be called like one.
        let (version, mode) = match &spec.mode {
            Some(_) => (version, None),
            None => split_mode(version, entry),
        };
        let wanted = wanted(version).ok_or_else(|| VersionError::NotAVersion {
            spec: spec.to_string(),
            version: version.to_owned(),
        })?;
        let sources = match wanted {
            Wanted::Exactly(asked) => vec![self.exactly(package, &asked)?],
            Wanted::Range(range) => self.range(package, &range)?,
            Wanted::Latest => self.range(package, &VersionReq::STAR)?.pop().into_iter().collect(),
            Wanted::Path(path) => vec![in_folder(package, version, Path::new(path))?],
            Wanted::Git { url, revision } => vec![at_revision(package, version, url, revision)?],
        };
        if let Some(source) = sources.iter().find(|one| family.adapter(&one.version).is_none()) {
            let version = source.version.clone();
            return Err(VersionError::NoAdapter { package: package.clone(), version });
        }
        Ok((sources, mode))
    }

    fn exactly(&mut self, package: &str, asked: &Version) -> Result<Source, VersionError> {
        // What was published stays published: the registry need not be asked again for that.
        let find = |known: &Releases| {
            known.releases.iter().find(|release| release.version == *asked).cloned()
        };
        let known = releases_of(package, false)?;
        let release = match find(&known) {
            Some(release) => release,
            None => {
                let known = self.releases_of(package)?;
                find(known).ok_or_else(|| VersionError::NeverPublished {
                    package: package.to_owned(),
                    version: asked.clone(),
                    nearest: nearest(&known.releases, asked),
                })?
            }
        };
        if release.yanked {
            let version = asked.clone();
            return Err(VersionError::Yanked { package: package.to_owned(), version });
        }
        Ok(released(&release, None))
    }

    fn range(&mut self, package: &str, range: &VersionReq) -> Result<Vec<Source>, VersionError> {
        let known = self.releases_of(package)?;
        let matching = known
            .releases
            .iter()
            .filter(|release| !release.yanked && range.matches(&release.version));
        let note = known.stale.as_ref().map(|reason| {
            format!(
                "the registry could not be asked for versions of {package}, so these are the ones that \
                 cargo knew of ({reason})"
            )
        });
        let sources: Vec<Source> =
            matching.map(|release| released(release, note.clone())).collect();
        match known.releases.iter().map(|release| &release.version).max() {
            Some(newest) if sources.is_empty() => Err(VersionError::NoneInRange {
                package: package.to_owned(),
                range: range.clone(),
                newest: newest.clone(),
            }),
            _ => Ok(sources),
        }
    }

    /// All versions of a crate; the registry is asked once.
    ///
    /// # Errors
    ///
    /// If it cannot be asked, and cargo has no copy of its answer.
    pub fn releases_of(&mut self, package: &str) -> Result<&Releases, VersionError> {
        if !self.asked.contains_key(package) {
            self.asked.insert(package.to_owned(), releases_of(package, true)?);
        }
        Ok(&self.asked[package])
    }
}

fn released(release: &Release, note: Option<String>) -> Source {
    Source {
        spec: release.version.to_string(),
        version: release.version.clone(),
        released: release.released.clone(),
        default_features: release.default_features.clone(),
        place: Place::Registry,
        note,
    }
}

/// An adapter without a crate, which has one version.
fn ours(version: &Version) -> Source {
    Source {
        spec: version.to_string(),
        version: version.clone(),
        released: None,
        default_features: Vec::new(),
        place: Place::Ours,
        note: None,
    }
}

fn in_folder(package: &str, spec: &str, path: &Path) -> Result<Source, VersionError> {
    let path = std::path::absolute(path)
        .map_err(|source| VersionError::File { path: path.to_owned(), source })?;
    let found = folder::find(&path, package)?;
    Ok(Source {
        spec: spec.to_owned(),
        version: found.version,
        released: None,
        default_features: found.default_features,
        place: Place::Folder(found.folder),
        note: None,
    })
}

fn at_revision(
    package: &str,
    spec: &str,
    url: &str,
    revision: Option<&str>,
) -> Result<Source, VersionError> {
    let root = source_folder()?;
    let checkout = git::checkout(&cache_folder(&root), url, revision)?;
    let source = in_folder(package, spec, &checkout.folder)?;
    let Place::Folder(folder) = source.place else { unreachable!("it was looked up in a folder") };
    Ok(Source { place: Place::Commit(folder, checkout.commit), ..source })
}

/// Behind a path or URL, what follows the last slash is a mode if the tracker has one of that name. A
/// folder or branch that is called like a mode needs a mode behind it.
fn split_mode<'a>(version: &'a str, entry: &TrackerEntry) -> (&'a str, Option<String>) {
    match version.rsplit_once('/') {
        Some((rest, last)) if entry.modes.iter().any(|mode| mode.name == last) => {
            (rest, Some(last.to_owned()))
        }
        _ => (version, None),
    }
}

/// The URL of a git version.
pub(super) fn git_url(version: &str) -> Option<&str> {
    match wanted(version) {
        Some(Wanted::Git { url, .. }) => Some(url),
        _ => None,
    }
}

fn wanted(version: &str) -> Option<Wanted<'_>> {
    if let Some(path) = version.strip_prefix("path:") {
        return (!path.is_empty()).then_some(Wanted::Path(path));
    }
    if let Some(rest) = version.strip_prefix("git:") {
        let (url, revision) = match rest.rsplit_once('#') {
            Some((url, revision)) => (url, Some(revision)),
            None => (rest, None),
        };
        let whole = !url.is_empty() && revision != Some("");
        return whole.then_some(Wanted::Git { url, revision });
    }
    if version == "latest" {
        return Some(Wanted::Latest);
    }
    // Alone, a version is that version, and not, as in a manifest, all that are compatible with it.
    if let Ok(version) = Version::parse(version) {
        return Some(Wanted::Exactly(version));
    }
    VersionReq::parse(version).ok().map(Wanted::Range)
}

/// The last release before the one asked for, or else the first of all.
fn nearest(releases: &[Release], asked: &Version) -> Version {
    let mut usable = releases.iter().filter(|release| !release.yanked).map(|one| &one.version);
    let first = usable.clone().next();
    let before = usable.rfind(|version| *version < asked);
    // An index that holds a crate holds a version of it.
    before.or(first).cloned().unwrap_or(Version::new(0, 0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::catalog::Catalog;

    fn entry(name: &str) -> TrackerEntry {
        let catalog = Catalog::built_in().unwrap();
        catalog.trackers.into_iter().find(|entry| entry.name == name).unwrap()
    }

    fn release(version: &str, yanked: bool) -> Release {
        let version = version.parse().unwrap();
        Release { version, yanked, released: None, default_features: Vec::new() }
    }

    /// A resolver that knows these versions of `memscope-rs` and asks nobody.
    fn knowing(releases: &[Release]) -> Resolver {
        let published = Releases { releases: releases.to_vec(), stale: None };
        Resolver { asked: [("memscope-rs".to_owned(), published)].into() }
    }

    fn error(spec: &str) -> String {
        let spec: Spec = spec.parse().unwrap();
        let version = spec.version.clone().unwrap();
        let entry = entry(&spec.name);
        Resolver::default().sources(&entry, &spec, &version).unwrap_err().to_string()
    }

    #[test]
    fn versions_ranges_paths_and_revisions_are_told_apart() {
        assert_eq!(wanted("0.1.10"), Some(Wanted::Exactly(Version::new(0, 1, 10))));
        for range in ["0.1.*", ">=0.2", "*", "0.1", ">=0.1.3, <0.2"] {
            assert!(matches!(wanted(range), Some(Wanted::Range(_))), "{range}");
        }
        assert_eq!(wanted("latest"), Some(Wanted::Latest));
        assert_eq!(wanted("path:../a"), Some(Wanted::Path("../a")));
        let git = Wanted::Git { url: "https://example.org/a#b", revision: Some("c") };
        assert_eq!(wanted("git:https://example.org/a#b#c"), Some(git));
        assert_eq!(wanted("git:a"), Some(Wanted::Git { url: "a", revision: None }));
        for nothing in ["path:", "git:", "git:a#", "newest", "0.1.x.y"] {
            assert_eq!(wanted(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn behind_a_path_only_a_mode_of_the_tracker_is_a_mode() {
        let entry = entry("memscope-rs");
        let full = Some("full".to_owned());
        assert_eq!(split_mode("path:../a/full", &entry), ("path:../a", full.clone()));
        assert_eq!(split_mode("path:../full/full", &entry), ("path:../full", full));
        assert_eq!(split_mode("path:../a/b", &entry), ("path:../a/b", None));
    }

    #[test]
    fn a_range_stands_for_all_versions_in_it_but_the_yanked() {
        let mut resolver =
            knowing(&[release("0.1.9", false), release("0.1.10", true), release("0.2.0", false)]);
        let versions = |found: Vec<Source>| {
            found.into_iter().map(|source| source.version.to_string()).collect::<Vec<_>>()
        };
        let range = |text: &str| text.parse::<VersionReq>().unwrap();
        let all = resolver.range("memscope-rs", &range("*")).unwrap();
        assert_eq!(versions(all), ["0.1.9", "0.2.0"]);
        let old = resolver.range("memscope-rs", &range("0.1.*")).unwrap();
        assert_eq!(versions(old), ["0.1.9"]);
        let none = resolver.range("memscope-rs", &range(">=0.3")).unwrap_err();
        assert!(none.is_usage() && none.to_string().contains("newest is 0.2.0"), "{none}");
    }

    #[test]
    fn the_nearest_version_is_named() {
        let releases = [release("0.1.9", false), release("0.2.1", false), release("0.2.3", true)];
        let near = |text: &str| nearest(&releases, &text.parse().unwrap()).to_string();
        assert_eq!(near("0.1.11"), "0.1.9");
        assert_eq!(near("0.2.2"), "0.2.1");
        assert_eq!(near("1.0.0"), "0.2.1");
        assert_eq!(near("0.0.1"), "0.1.9");
    }

    #[test]
    fn what_cannot_be_is_told_without_asking_the_network() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display();
        let told = error(&format!("memscope-rs@path:{path}"));
        assert!(told.contains("no Cargo.toml"), "{told}");
        std::fs::create_dir(folder.path().join("src")).unwrap();
        std::fs::write(folder.path().join("src/lib.rs"), "").unwrap();
        let manifest = "[package]\nname = \"other\"\nversion = \"1.0.0\"\n[workspace]\n";
        std::fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
        let told = error(&format!("memscope-rs@path:{path}/full"));
        assert!(told.contains("holds other, not memscope-rs"), "{told}");
        assert!(error("memscope-rs@newest").contains("neither a version"));
        assert!(
            error("counting@0.1.2").contains("only be measured in the version that is built in")
        );
    }
}
