//! Trackers of the reader's own: a file for each, in the place of a name (`-t ./my-tracker.toml`).
//!
//! Such a file is an entry of the catalogue (`trackers.toml` explains the fields), whose paths are relative to it.
//! `examples/` has one with a crate and one with a command.

use std::fs;
use std::path::{Path, PathBuf};

use super::catalog::{Catalog, CatalogError};
use super::entry::TrackerEntry;
use super::spec::{FILE, Spec};

/// Reads the files that SPECs name, and puts the trackers' names in their place.
///
/// # Errors
///
/// A file that cannot be read, or does not describe a tracker; the error says why.
pub fn take_in(specs: &mut [Spec]) -> Result<Vec<TrackerEntry>, CatalogError> {
    let mut own = Vec::<TrackerEntry>::new();
    for spec in specs.iter_mut().filter(|spec| spec.name.ends_with(FILE)) {
        let path = PathBuf::from(std::mem::take(&mut spec.name));
        let wrong =
            |reason: String| CatalogError::OwnFile { path: path.display().to_string(), reason };
        let entry = read(&path).map_err(wrong)?;
        spec.name.clone_from(&entry.name);
        if Catalog::built_in()?.find(&entry.name).is_ok() {
            let name = &entry.name;
            return Err(wrong(format!(
                "there is a tracker {name} already: give yours another name"
            )));
        }
        if !own.iter().any(|known| known.name == entry.name) {
            own.push(entry);
        }
    }
    Ok(own)
}

fn read(path: &Path) -> Result<TrackerEntry, String> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let mut entry: TrackerEntry = toml::from_str(&text).map_err(|error| error.to_string())?;
    let plain = |one: char| one.is_ascii_lowercase() || one.is_ascii_digit() || "-_".contains(one);
    if entry.name.is_empty() || !entry.name.chars().all(plain) {
        return Err("a name has lower-case letters, digits, - and _ alone".to_owned());
    }
    if entry.title.is_empty() {
        entry.title.clone_from(&entry.name);
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    match (&mut entry.versions, &mut entry.command) {
        (Some(versions), None) => {
            let adapters = versions.adapters.iter_mut().map(|adapter| &mut adapter.file);
            for place in adapters.chain(&mut versions.path) {
                *place = whole(folder, place)?;
            }
            if versions.path.is_none() && versions.measured.is_none() {
                return Err(
                    "[versions] needs the crate's folder as `path`, or a `measured` version \
                            of what is published"
                        .to_owned(),
                );
            }
            // Cargo's own name for it, unless another is told.
            entry.package.get_or_insert_with(|| entry.name.clone());
        }
        (None, Some(command)) if !command.line.is_empty() => {
            // One that lies beside the file; any other is looked for on the PATH.
            if let Ok(program) = whole(folder, Path::new(&command.line[0])) {
                command.line[0] = program.display().to_string();
            }
        }
        _ => {
            return Err(
                "it needs either [versions] with an adapter, or a [command] with a line".to_owned()
            );
        }
    }
    Ok(entry)
}

/// A path that does not depend on where we are, of something that is there.
fn whole(folder: &Path, path: &Path) -> Result<PathBuf, String> {
    let path = folder.join(path);
    fs::canonicalize(&path).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(text: &str) -> Result<(Spec, TrackerEntry), String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("own.toml");
        fs::write(&path, text).unwrap();
        fs::write(folder.path().join("adapter.rs"), "").unwrap();
        let mut specs = [format!("{}/exact", path.display()).parse::<Spec>().unwrap()];
        let own = take_in(&mut specs).map_err(|error| error.to_string())?;
        let [spec] = specs;
        Ok((spec, own.into_iter().next().unwrap()))
    }

    #[test]
    fn a_file_stands_for_the_tracker_that_it_describes() {
        let (spec, entry) = taken(
            "name = \"my-tracker\"\n[versions]\npath = \".\"\nadapter = [{ file = \"adapter.rs\" }]\n",
        )
        .unwrap();
        assert_eq!(spec.to_string(), "my-tracker/exact");
        assert_eq!(entry.package.as_deref(), Some("my-tracker"));
        assert!(entry.measured_spec().unwrap().starts_with("path:/"), "{entry:?}");
        assert!(entry.versions.unwrap().adapters[0].file.is_absolute());
        let (_, entry) = taken("name = \"mine\"\n[command]\nline = [\"env\", \"A=1\"]\n").unwrap();
        assert_eq!(entry.tool(), Some("mine"));
        assert!(entry.is_wrapped() && !entry.is_built_in());
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told() {
        let adapter = "adapter = [{ file = \"adapter.rs\" }]\n";
        for (text, reason) in [
            (
                "name = \"dhat\"\n[command]\nline = [\"env\"]\n".to_owned(),
                "give yours another name",
            ),
            ("name = \"a b\"\n[command]\nline = [\"env\"]\n".to_owned(), "lower-case letters"),
            ("name = \"mine\"\n".to_owned(), "either [versions]"),
            ("name = \"mine\"\n[command]\nline = []\n".to_owned(), "either [versions]"),
            (format!("name = \"mine\"\n[versions]\n{adapter}"), "needs the crate's folder"),
            (format!("name = \"mine\"\n[versions]\npath = \"gone\"\n{adapter}"), "No such file"),
            ("name = \"mine\"\nnmae = 1\n".to_owned(), "unknown field `nmae`"),
        ] {
            let told = taken(&text).unwrap_err();
            assert!(told.contains(reason), "{text}: {told}");
        }
    }
}
