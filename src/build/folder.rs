//! What cargo says of a package in a folder.

use std::path::{Path, PathBuf};

use cargo_metadata::MetadataCommand;
use semver::Version;

use super::VersionError;

/// A package in a folder.
pub(super) struct Found {
    /// The folder of its own manifest, which may lie below the one asked for, in a workspace.
    pub(super) folder: PathBuf,
    pub(super) version: Version,
    pub(super) default_features: Vec<String>,
}

/// Finds the package in a folder, or among the members of the workspace there.
pub(super) fn find(folder: &Path, package: &str) -> Result<Found, VersionError> {
    let manifest = folder.join("Cargo.toml");
    if !manifest.is_file() {
        return Err(VersionError::NoManifest(folder.to_owned()));
    }
    let mut command = MetadataCommand::new();
    command.manifest_path(&manifest).no_deps();
    let metadata = command.exec().map_err(|error| VersionError::Manifest {
        folder: folder.to_owned(),
        reason: match error {
            cargo_metadata::Error::CargoMetadata { stderr } => super::last_words(stderr.as_bytes()),
            other => other.to_string(),
        },
    })?;
    let Some(found) = metadata.packages.iter().find(|found| *found.name == package) else {
        let names: Vec<&str> = metadata.packages.iter().map(|found| found.name.as_str()).collect();
        return Err(VersionError::OtherPackage {
            folder: folder.to_owned(),
            found: if names.is_empty() { "no package".to_owned() } else { names.join(", ") },
            package: package.to_owned(),
        });
    };
    Ok(Found {
        folder: found.manifest_path.parent().map_or(folder.to_owned(), |parent| parent.into()),
        version: found.version.clone(),
        default_features: found.features.get("default").cloned().unwrap_or_default(),
    })
}
