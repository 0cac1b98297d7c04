//! Building a source, and keeping finished programs.
//!
//! Cargo builds into one target folder for all. Only when it is done is the program copied, with its lock
//! file, into a folder that is then renamed to its key: what has a key is whole, whatever is interrupted.

use std::fs;
use std::path::{Path, PathBuf};

use super::cargo::{BuildError, names_the_network, run_cargo};
use super::package::Package;
use super::{Source, VersionError, cache_folder};
use crate::plan::catalog::TrackerEntry;
use crate::plan::own_workload::OwnWorkload;

/// A finished subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// Its program.
    pub program: PathBuf,
    /// The lock file it was built with.
    pub lock: PathBuf,
    /// The adapter, relative to memscope-bench's source.
    pub adapter: PathBuf,
    /// The tracker's features.
    pub features: Vec<String>,
}

/// Builds versions from memscope-bench's source.
#[derive(Debug)]
pub struct Builder {
    pub(super) root: PathBuf,
    pub(super) cache: PathBuf,
}

impl Builder {
    /// A builder on the source of memscope-bench in `root`.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), cache: cache_folder(root) }
    }

    /// The subject of a source: the finished one of the same content, or else a new one. `progress` is
    /// told what is being compiled.
    ///
    /// # Errors
    ///
    /// See [`BuildError`]; after any of them the cache is as before.
    pub fn build(
        &self,
        entry: &TrackerEntry,
        source: &Source,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Built, BuildError> {
        self.finished(&Package::new(entry, source, &self.root)?, progress)
    }

    /// The subject of a source, or of a tracker of our own, with a workload of the reader's own in it.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    pub fn build_with(
        &self,
        entry: &TrackerEntry,
        source: Option<&Source>,
        workload: &OwnWorkload,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Built, BuildError> {
        let package = Package::with_workload(entry, source, Some(workload), &self.root)?;
        self.finished(&package, progress)
    }

    fn finished(
        &self,
        package: &Package,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Built, BuildError> {
        let finished = self.cache.join("subjects").join(&package.key);
        if package.is_fixed && finished.is_dir() {
            return Ok(built(package, &finished));
        }
        let (program, lock) = self.compile(package, progress)?;
        self.keep(package, &program, &lock)
    }

    /// Runs cargo; gives the program and the lock file, as they lie there.
    fn compile(
        &self,
        package: &Package,
        progress: &mut dyn FnMut(&str),
    ) -> Result<(PathBuf, PathBuf), BuildError> {
        let folder = self.cache.join("packages").join(&package.key);
        let lock = folder.join("Cargo.lock");
        self.write_package(package, &folder)?;
        let mut arguments = vec!["build".to_owned(), "--release".to_owned()];
        arguments.extend(self.target());
        arguments.extend_from_slice(&package.options);
        let mut outcome = run_cargo(&folder, &arguments, progress)?;
        // Without a network, cargo builds from what it has, if it is told to.
        if let Err(words) = &outcome
            && names_the_network(words)
        {
            arguments.push("--offline".to_owned());
            outcome = run_cargo(&folder, &arguments, progress)?;
        }
        let made = outcome.map_err(BuildError::Failed)?;
        Ok((made.program, lock))
    }

    /// The package of a source that was built, as it was built, with what cargo is told beside it: for building its
    /// subject once more in another way.
    pub(super) fn package_again(
        &self,
        entry: &TrackerEntry,
        source: &Source,
        built: &Built,
    ) -> Result<(PathBuf, Vec<String>), VersionError> {
        let package = Package::new(entry, source, &self.root)?;
        let folder = self.cache.join("packages").join(&package.key);
        self.write_package(&package, &folder)?;
        // The very dependencies that it was built with, whatever became of the package since.
        let lock = folder.join("Cargo.lock");
        let file = |source| VersionError::File { path: lock.clone(), source };
        fs::copy(&built.lock, &lock).map_err(file)?;
        Ok((folder, [self.target(), package.options].concat()))
    }

    /// The target folder that all versions share, as cargo is told.
    fn target(&self) -> Vec<String> {
        // Cargo's own paths are text, too.
        vec!["--target-dir".to_owned(), self.cache.join("target").display().to_string()]
    }

    fn write_package(&self, package: &Package, folder: &Path) -> Result<(), VersionError> {
        let file = |source| VersionError::File { path: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(file)?;
        if let Some(main) = &package.main {
            fs::write(folder.join("main.rs"), main).map_err(file)?;
        }
        let manifest = folder.join("Cargo.toml");
        if fs::read_to_string(&manifest).ok().as_deref() == Some(&package.manifest) {
            return Ok(());
        }
        fs::write(folder.join("Cargo.lock"), &package.lock).map_err(file)?;
        if !package.config.is_empty() {
            fs::create_dir_all(folder.join(".cargo")).map_err(file)?;
            fs::write(folder.join(".cargo/config.toml"), &package.config).map_err(file)?;
        }
        fs::write(manifest, &package.manifest).map_err(file)
    }

    /// Copies what cargo made to where finished subjects are.
    fn keep(&self, package: &Package, program: &Path, lock: &Path) -> Result<Built, BuildError> {
        let folder = self.cache.join("subjects");
        let file = |source| VersionError::File { path: folder.clone(), source };
        fs::create_dir_all(&folder).map_err(file)?;
        let part = tempfile::Builder::new().prefix(".part-").tempdir_in(&folder).map_err(file)?;
        fs::copy(program, part.path().join("subject")).map_err(file)?;
        fs::copy(lock, part.path().join("Cargo.lock")).map_err(file)?;
        let name = if package.is_fixed {
            package.key.clone()
        } else {
            // A run may still use what the folder gave before.
            let content = fs::read(program).map_err(file)?;
            format!("{}-{:016x}", package.key, protocol::fnv1a(&content))
        };
        let finished = folder.join(name);
        match fs::rename(part.path(), &finished) {
            // Another process was faster, or the folder had not changed.
            Err(_) if finished.is_dir() => {}
            moved => moved.map_err(file)?,
        }
        Ok(built(package, &finished))
    }
}

fn built(package: &Package, finished: &Path) -> Built {
    Built {
        program: finished.join("subject"),
        lock: finished.join("Cargo.lock"),
        adapter: package.adapter.clone(),
        features: package.features.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_key_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let builder = Builder { root: PathBuf::new(), cache: folder.path().to_owned() };
        let package = Package {
            key: "t-1-0-0-abc".to_owned(),
            manifest: String::new(),
            main: None,
            dependency: String::new(),
            config: String::new(),
            options: Vec::new(),
            lock: String::new(),
            adapter: PathBuf::new(),
            features: Vec::new(),
            is_fixed: true,
        };
        let (program, lock) = (folder.path().join("program"), folder.path().join("lock"));
        let kept = || -> Vec<String> {
            let entries = fs::read_dir(folder.path().join("subjects")).unwrap().flatten();
            entries.map(|entry| entry.file_name().into_string().unwrap()).collect()
        };
        // As if it had been interrupted between the two copies.
        fs::write(&program, "one").unwrap();
        assert!(builder.keep(&package, &program, &lock).is_err());
        assert_eq!(kept(), [""; 0], "neither a subject nor a part of one is left");
        fs::write(&lock, "lock").unwrap();
        for _ in 0..2 {
            let built = builder.keep(&package, &program, &lock).unwrap();
            assert_eq!(fs::read(built.program).unwrap(), b"one");
            assert_eq!(kept(), ["t-1-0-0-abc"]);
        }
        // A folder's content may change: what a run uses stays.
        let in_folder = Package { is_fixed: false, ..package };
        let one = builder.keep(&in_folder, &program, &lock).unwrap();
        fs::write(&program, "two").unwrap();
        let two = builder.keep(&in_folder, &program, &lock).unwrap();
        assert_ne!(one.program, two.program);
        assert_eq!(fs::read(one.program).unwrap(), b"one");
    }
}
