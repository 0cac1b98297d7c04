//! The package that a source is built in, and the key of all that goes into it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::parts::{profile_of, shared_part};
use super::source::PROGRAMS;
use super::{Place, Source, VersionError};
use crate::plan::catalog::{Family, TrackerEntry};
use crate::plan::own_workload::OwnWorkload;

/// The package that all subjects are built on.
const SUBJECT: &str = "memscope-bench-subject";

/// The folder of adapters, relative to the root of the source.
const ADAPTERS: &str = "trackers";

/// A package to be generated.
pub(super) struct Package {
    /// Different for whatever would build another program.
    pub(super) key: String,
    /// The text of its manifest.
    pub(super) manifest: String,
    /// The text of its program, where that is not the adapter.
    pub(super) main: Option<String>,
    /// The tracker's line among a manifest's dependencies.
    pub(super) dependency: String,
    /// The text of cargo's configuration for it; empty where it needs none.
    pub(super) config: String,
    /// What cargo is told beside it.
    pub(super) options: Vec<String>,
    /// The text of the lock file to start with: what is shared with the built-in subjects has the same
    /// version.
    pub(super) lock: String,
    /// Relative to the root of the source.
    pub(super) adapter: PathBuf,
    /// The features that the tracker is built with.
    pub(super) features: Vec<String>,
    /// Whether its key tells all that goes into the program. What lies in a folder may change, and cargo is asked each
    /// time.
    pub(super) is_fixed: bool,
}

impl Package {
    /// Describes the package of a source, built from memscope-bench's own source in `root`.
    pub(super) fn new(
        entry: &TrackerEntry,
        source: &Source,
        root: &Path,
    ) -> Result<Self, VersionError> {
        Self::with_workload(entry, Some(source), None, root)
    }

    /// The same, or that of one of our own, with a workload of the reader's own in it, if there is one.
    pub(super) fn with_workload(
        entry: &TrackerEntry,
        source: Option<&Source>,
        workload: Option<&OwnWorkload>,
        root: &Path,
    ) -> Result<Self, VersionError> {
        let tracker = source.map(|source| Linked::new(entry, source)).transpose()?;
        let adapter = match &tracker {
            Some(tracker) => Path::new(ADAPTERS).join(tracker.adapter),
            None => Path::new(ADAPTERS).join(&entry.name).with_extension("rs"),
        };
        let crates = tracker.as_ref().map(|tracker| tracker.crate_name);
        let lock = shared_lock(root, crates)?;
        let family = tracker.as_ref().map(|tracker| tracker.family);
        let parts = Parts { tracker: tracker.as_ref(), workload, root, adapter: &adapter };
        let config = family.map_or(String::new(), config);
        let features = tracker.as_ref().map_or(Vec::new(), |tracker| tracker.features.clone());
        let main = workload.map(|own| parts.main(own));
        let more = [config.as_str(), &lock, &features.join(" "), main.as_deref().unwrap_or("")];
        let key = parts.key(entry, &more)?;
        let dependency = tracker.as_ref().map_or(String::new(), Linked::dependency);
        let manifest = parts.manifest(&dependency, &format!("subject-{key}"))?;
        // It says which compilers its author tried. Where it builds with another, it is measured.
        let ignores = family.is_some_and(|family| family.ignore_rust_version);
        let options = ignores.then(|| "--ignore-rust-version".to_owned()).into_iter().collect();
        let is_fixed = workload.is_none()
            && !source.is_some_and(|source| matches!(source.place, Place::Folder(_)));
        Ok(Self {
            key,
            manifest,
            main,
            dependency,
            config,
            options,
            lock,
            adapter,
            features,
            is_fixed,
        })
    }
}

/// A tracker's crate, as a program depends on it.
struct Linked<'a> {
    crate_name: &'a str,
    family: &'a Family,
    source: &'a Source,
    adapter: &'a Path,
    features: Vec<String>,
}

impl<'a> Linked<'a> {
    fn new(entry: &'a TrackerEntry, source: &'a Source) -> Result<Self, VersionError> {
        let crate_name = entry.package.as_deref().unwrap_or(&entry.name);
        let family = entry.versions.as_ref();
        let adapter = family.and_then(|family| family.adapter(&source.version));
        let (Some(family), Some(adapter)) = (family, adapter) else {
            let version = source.version.clone();
            return Err(VersionError::NoAdapter { package: crate_name.to_owned(), version });
        };
        let without = &family.without_features;
        let defaults = source.default_features.iter().filter(|one| !without.contains(one));
        let features = defaults.chain(&family.features).cloned().collect();
        Ok(Self { crate_name, family, source, adapter: &adapter.file, features })
    }

    /// Its line among a manifest's dependencies.
    fn dependency(&self) -> String {
        let Self { crate_name, family, source, features, .. } = self;
        let place = match &source.place {
            Place::Ours => return String::new(),
            Place::Registry => format!("version = \"={}\"", source.version),
            Place::Folder(folder) | Place::Commit(folder, _) => {
                format!("path = {}", quoted(folder))
            }
        };
        // Defaults need to be named only to leave one out: not everything that they are made of can be.
        let wanted = if family.without_features.is_empty() {
            format!("features = {:?}", family.features)
        } else {
            format!("default-features = false, features = {features:?}")
        };
        format!("{crate_name} = {{ {place}, {wanted} }}")
    }
}

/// What a package is made of.
struct Parts<'a> {
    /// None, where the tracker is one of our own files alone.
    tracker: Option<&'a Linked<'a>>,
    workload: Option<&'a OwnWorkload>,
    /// memscope-bench's own source.
    root: &'a Path,
    adapter: &'a Path,
}

/// The program that has a workload of the reader's own beside ours, with the adapter as a module.
const MAIN: &str = "main.rs";

impl Parts<'_> {
    fn manifest(&self, dependency: &str, program: &str) -> Result<String, VersionError> {
        let Self { tracker, workload, root, adapter } = self;
        let what = tracker.map_or(adapter.display().to_string(), |tracker| {
            format!("{} {}", tracker.crate_name, tracker.source.spec)
        });
        let main = match workload {
            Some(_) => PathBuf::from(MAIN),
            None => root.join(adapter),
        };
        let own = workload.map(|own| {
            // What it depends on is this source's, wherever it takes it from.
            format!(
                "{} = {{ path = {} }}\n\n\
                 [patch.crates-io]\n\
                 {SUBJECT} = {{ path = {} }}\n",
                own.package(),
                quoted(&own.path),
                quoted(&root.join("subject"))
            )
        });
        Ok(format!(
            "# Made by memscope-bench: {what} as a subject.\n\
             [package]\n\
             name = {name}\n\
             version = \"0.0.0\"\n\
             edition = \"2024\"\n\
             publish = false\n\
             build = {build}\n\n\
             [workspace]\n\n\
             [[bin]]\n\
             name = {name}\n\
             path = {main}\n\n\
             [dependencies]\n\
             {SUBJECT} = {{ path = {subject} }}\n\
             {dependency}\n\
             {own}\n\
             {profile}",
            name = quoted(Path::new(program)),
            build = quoted(&root.join(PROGRAMS.1).join("build.rs")),
            main = quoted(&main),
            subject = quoted(&root.join("subject")),
            own = own.unwrap_or_default(),
            profile = profile(root, tracker.map(|tracker| tracker.family))?,
        ))
    }

    /// The text of the program with a workload of the reader's own.
    fn main(&self, own: &OwnWorkload) -> String {
        format!(
            "//! Made by memscope-bench: {tracker} with the workload {name} of the reader's own.\n\n\
             #[path = {adapter}]\n\
             mod adapter;\n\n\
             enum Mine {{}}\n\n\
             impl subject::Own for Mine {{\n    \
             type Workload = ::{type_path};\n    \
             const NAME: &'static str = {name};\n    \
             const SETUP: subject::protocol::workloads::Setup = \
             subject::protocol::workloads::Setup::{setup};\n\
             }}\n\n\
             fn main() -> std::process::ExitCode {{\n    \
             adapter::serve::<Mine>()\n\
             }}\n",
            tracker = self.adapter.display(),
            // As Rust writes text: its own quotes and escapes.
            adapter = format_args!("{:?}", self.root.join(self.adapter).display().to_string()),
            name = format_args!("{:?}", own.name),
            type_path = own.type_path,
            setup = own.setup.variant(),
        )
    }

    /// The tracker, its version, and a hash over all that goes into the program: source, features, profile,
    /// adapter, subject and protocol, lock file and toolchain; and `more`.
    fn key(&self, entry: &TrackerEntry, more: &[&str]) -> Result<String, VersionError> {
        let Self { tracker, workload, root, adapter } = self;
        let mut content = Vec::new();
        let mut add = |part: &[u8]| {
            content.extend_from_slice(&part.len().to_le_bytes());
            content.extend_from_slice(part);
        };
        match tracker.map(|tracker| (&tracker.source.place, &tracker.source.spec)) {
            Some((Place::Registry | Place::Ours, spec)) => add(spec.as_bytes()),
            Some((Place::Commit(_, commit), _)) => add(commit.as_bytes()),
            // What is in it, cargo looks after.
            Some((Place::Folder(folder), _)) => add(folder.as_os_str().as_encoded_bytes()),
            None => {}
        }
        if let Some(own) = workload {
            add(own.path.as_os_str().as_encoded_bytes());
        }
        for part in more {
            add(part.as_bytes());
        }
        add(profile(root, tracker.map(|tracker| tracker.family))?.as_bytes());
        add(toolchain().as_bytes());
        for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
            add(std::env::var_os(variable).unwrap_or_default().as_encoded_bytes());
        }
        let mut parts = vec![
            Path::new("programs/build.rs"),
            Path::new("protocol/Cargo.toml"),
            Path::new("protocol/src"),
            Path::new("subject/Cargo.toml"),
            Path::new("subject/src"),
            adapter,
        ];
        // What lies beside an adapter is shared by those of one tracker, or, in the folder of all, is another
        // tracker's. Beside one of the reader's own may lie anything.
        let shared = |beside: &&Path| *beside != Path::new(ADAPTERS) && beside.is_relative();
        parts.extend(adapter.parent().filter(shared));
        for part in parts {
            for path in files(&root.join(part))? {
                add(path.strip_prefix(root).unwrap_or(&path).as_os_str().as_encoded_bytes());
                add(&fs::read(&path).map_err(|source| VersionError::File { path, source })?);
            }
        }
        let version = tracker.map_or("0".to_owned(), |tracker| {
            tracker.source.version.to_string().replace(['.', '+'], "-")
        });
        Ok(format!("{}-{version}-{:016x}", entry.name, protocol::fnv1a(&content)))
    }
}

/// Cargo's configuration for compiler flags that a tracker's documentation asks for.
fn config(family: &Family) -> String {
    match family.rustflags.as_slice() {
        [] => String::new(),
        flags => format!("[build]\nrustflags = {flags:?}\n"),
    }
}

/// A path as TOML has it.
fn quoted(path: &Path) -> String {
    toml::Value::String(path.display().to_string()).to_string()
}

/// The release profile of the built-in subjects, as it stands in the root's manifest; without its line tables where
/// those do the tracker harm.
fn profile(root: &Path, family: Option<&Family>) -> Result<String, VersionError> {
    let path = root.join("Cargo.toml");
    let file = |source| VersionError::File { path: path.clone(), source };
    let text = fs::read_to_string(&path).map_err(file)?;
    let mut manifest: toml::Table = text.parse().map_err(std::io::Error::other).map_err(file)?;
    let release = manifest.get_mut("profile").and_then(|profile| profile.get_mut("release"));
    if let Some(release) = release.and_then(|release| release.as_table_mut())
        && family.is_some_and(|family| !family.line_tables)
    {
        release.insert("debug".to_owned(), false.into());
    }
    Ok(profile_of(&manifest))
}

/// The part of our lock file that a subject and the tracker need: what only the harness depends on has no
/// say in how a subject is built, and a change of it is no reason to build all of them again.
fn shared_lock(root: &Path, crate_name: Option<&str>) -> Result<String, VersionError> {
    let path = root.join("Cargo.lock");
    let file = |source| VersionError::File { path: path.clone(), source };
    let text = fs::read_to_string(&path).map_err(file)?;
    let names: Vec<&str> = [SUBJECT].into_iter().chain(crate_name).collect();
    shared_part(&text, &names).map_err(std::io::Error::other).map_err(file)
}

/// Which compiler it is.
fn toolchain() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output();
    output.map_or(String::new(), |output| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A file, or all files below a folder, in the order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>, VersionError> {
    let file = |source| VersionError::File { path: path.to_owned(), source };
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(file)? {
        found.extend(files(&entry.map_err(file)?.path())?);
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::source_folder;
    use crate::plan::catalog::Catalog;

    fn package(version: &str, default_features: &[&str], place: Place) -> Package {
        let catalog = Catalog::built_in().unwrap();
        let entry = catalog.trackers.into_iter().find(|one| one.name == "memscope-rs").unwrap();
        let source = Source {
            spec: version.to_owned(),
            version: version.parse().unwrap(),
            released: None,
            default_features: default_features.iter().map(|&name| name.to_owned()).collect(),
            place,
            note: None,
        };
        Package::new(&entry, &source, &source_folder().unwrap()).unwrap()
    }

    #[test]
    fn a_version_is_built_as_its_users_get_it_but_without_an_allocator_of_its_own() {
        let package = package("0.1.5", &["tracking-allocator", "parking-lot"], Place::Registry);
        assert_eq!(package.features, ["parking-lot"]);
        assert_eq!(package.adapter, Path::new("trackers/memscope-rs/0.1.3.rs"));
        let manifest: toml::Table = package.manifest.parse().unwrap();
        let dependency = &manifest["dependencies"]["memscope-rs"];
        assert_eq!(dependency["version"].as_str(), Some("=0.1.5"));
        assert_eq!(dependency["default-features"].as_bool(), Some(false));
        // As in our own Cargo.toml.
        assert_eq!(manifest["profile"]["release"]["debug"].as_str(), Some("line-tables-only"));
        assert!(package.key.starts_with("memscope-rs-0-1-5-"), "{}", package.key);
    }

    #[test]
    fn the_key_tells_apart_what_builds_another_program() {
        let key = |version, features: &[&str], place| package(version, features, place).key;
        let one = key("0.2.4", &["derive"], Place::Registry);
        assert_eq!(one, key("0.2.4", &["derive"], Place::Registry));
        assert_ne!(one, key("0.2.3", &["derive"], Place::Registry));
        assert_ne!(one, key("0.2.4", &[], Place::Registry));
        let commit = |name: &str| Place::Commit(PathBuf::from("/a"), name.to_owned());
        assert_ne!(key("0.2.4", &[], commit("a")), key("0.2.4", &[], commit("b")));
    }
}
