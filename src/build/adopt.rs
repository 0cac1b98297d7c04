//! What a crate brings into a program that depends on it: crates, the time to compile them, and code.

use std::fs;
use std::path::Path;
use std::time::Instant;

use cargo_metadata::MetadataCommand;
use object::{Object, ObjectSegment};
use semver::Version;

use super::cargo::run_cargo;
use super::package::Package;
use super::{BuildError, Builder, Source, VersionError, cargo, last_words};
use crate::common::children::ended_cpu_s;
use crate::plan::catalog::TrackerEntry;

/// What a crate brings into a program that does nothing but depend on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Brought {
    /// Crates that are compiled for it on this platform, itself and what it is built with among them.
    pub crates: usize,
    /// CPU time that compiling them in the release profile takes, in seconds, of all cores.
    pub compile_cpu_s: f64,
    /// How long that takes here, in seconds.
    pub compile_s: f64,
    /// The oldest compiler that its author promises.
    pub rust: Option<String>,
    /// Its licence, as its manifest has it.
    pub licence: Option<String>,
}

/// The program that depends on it.
const PROGRAM: &str = "fn main() {}\n";

impl Builder {
    /// Compiles the crate of a source for a program that does nothing, from nothing, and counts. What has to be
    /// downloaded is so before.
    ///
    /// # Errors
    ///
    /// See [`BuildError`]; nothing is left of it.
    pub fn brought(
        &self,
        entry: &TrackerEntry,
        source: &Source,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Brought, BuildError> {
        let package = Package::new(entry, source, &self.root)?;
        let folder = self.empty_program(&package)?;
        let folder = folder.path();
        progress("downloading");
        fetch(folder)?;
        let arguments = ["build", "--release", "--target-dir", "target"].map(str::to_owned);
        let arguments = [arguments.to_vec(), package.options].concat();
        let (begun, before) = (Instant::now(), ended_cpu_s());
        let made = run_cargo(folder, &arguments, progress)?.map_err(BuildError::Failed)?;
        let compile_cpu_s = ended_cpu_s() - before;
        let compile_s = begun.elapsed().as_secs_f64();
        let name = entry.package.as_deref().unwrap_or(&entry.name);
        let about = about(folder, name, &source.version);
        Ok(Brought {
            // Without the program itself.
            crates: made.packages.len().saturating_sub(1),
            compile_cpu_s,
            compile_s,
            rust: about
                .as_ref()
                .and_then(|about| about.rust_version.as_ref())
                .map(Version::to_string),
            licence: about.and_then(|about| about.license),
        })
    }

    /// A package that depends on that of the tracker, in a folder that goes when it is dropped.
    fn empty_program(&self, package: &Package) -> Result<tempfile::TempDir, VersionError> {
        let file = |source| VersionError::File { path: self.cache.clone(), source };
        fs::create_dir_all(&self.cache).map_err(file)?;
        let folder = tempfile::Builder::new().prefix("adopt-").tempdir_in(&self.cache);
        let folder = folder.map_err(file)?;
        let manifest = format!(
            "[package]\nname = \"adopts\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
             [workspace]\n\n\
             [[bin]]\nname = \"adopts\"\npath = \"main.rs\"\n\n\
             [dependencies]\n{}\n",
            package.dependency
        );
        let write =
            |name: &str, text: &str| fs::write(folder.path().join(name), text).map_err(file);
        write("Cargo.toml", &manifest)?;
        write("main.rs", PROGRAM)?;
        // The versions of its dependencies with which it was measured.
        write("Cargo.lock", &package.lock)?;
        if !package.config.is_empty() {
            fs::create_dir(folder.path().join(".cargo")).map_err(file)?;
            write(".cargo/config.toml", &package.config)?;
        }
        Ok(folder)
    }
}

/// Has cargo download what is needed; without a network it may be there already.
fn fetch(folder: &Path) -> Result<(), BuildError> {
    let fetch = |more: &[&str]| {
        let command =
            cargo().current_dir(folder).args(["fetch", "--color", "never"]).args(more).output();
        command.map_err(|source| VersionError::NoProgram { program: "cargo", source })
    };
    let online = fetch(&[])?;
    if online.status.success() || fetch(&["--offline"])?.status.success() {
        return Ok(());
    }
    Err(BuildError::Failed(last_words(&online.stderr)))
}

/// What its manifest says of a package that the one in a folder depends on.
fn about(folder: &Path, name: &str, version: &Version) -> Option<cargo_metadata::Package> {
    let mut command = MetadataCommand::new();
    command.manifest_path(folder.join("Cargo.toml")).other_options(["--offline".to_owned()]);
    let packages = command.exec().ok()?.packages;
    packages.into_iter().find(|package| *package.name == name && package.version == *version)
}

/// The bytes of a program's file that are loaded when it runs: code and data, without what is there for debuggers.
///
/// # Errors
///
/// If it cannot be read, or is no program.
pub fn loaded_bytes(program: &Path) -> Result<u64, VersionError> {
    let file = |source| VersionError::File { path: program.to_owned(), source };
    let content = fs::read(program).map_err(file)?;
    let object =
        object::File::parse(&*content).map_err(|error| file(std::io::Error::other(error)))?;
    Ok(object.segments().map(|segment| segment.file_range().1).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_loaded_of_a_program_is_less_than_its_file_and_more_than_nothing() {
        let program = std::env::current_exe().unwrap();
        let (loaded, whole) =
            (loaded_bytes(&program).unwrap(), fs::metadata(&program).unwrap().len());
        assert!(loaded > 100_000 && loaded < whole, "{loaded} of {whole}");
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("text");
        fs::write(&text, "no program").unwrap();
        assert!(loaded_bytes(&text).unwrap_err().to_string().contains("text"));
        assert!(loaded_bytes(&folder.path().join("none")).is_err());
    }
}
