//! Where the source is that subjects are built from: the checkout that this program was built in, or what is compiled
//! into it, unpacked once.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::common::machine::git_revision;

use super::VersionError;
use super::parts::{profile_of, shared_part};

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/sources.rs"));
}

/// The package of the built-in subjects, and its folder.
pub(super) const PROGRAMS: (&str, &str) = ("memscope-bench-programs", "programs");

/// The root of the source that subjects are built from.
///
/// # Errors
///
/// If this program runs outside its checkout, and what is compiled into it cannot be unpacked.
pub fn source_folder() -> Result<PathBuf, VersionError> {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    if let Some(found) = FOUND.get() {
        return Ok(found.clone());
    }
    let found = match checkout() {
        Some(found) => found,
        None => unpacked(embedded::FILES, &cache_root())?,
    };
    Ok(FOUND.get_or_init(|| found).clone())
}

/// The revision of the source: of the checkout as it is now, or of what this program was packed from.
pub fn revision() -> Option<String> {
    match checkout() {
        Some(folder) => git_revision(&folder),
        None => option_env!("MEMSCOPE_BENCH_REVISION").map(str::to_owned),
    }
}

/// The checkout around this program, or the one that cargo runs it for. Never the place where it was compiled: that may
/// hold something else by now.
fn checkout() -> Option<PathBuf> {
    let program = std::env::current_exe().ok();
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let places = program.iter().chain(&package).flat_map(|place| place.ancestors());
    let is_ours = |folder: &&Path| {
        folder.join(PROGRAMS.1).join("Cargo.toml").is_file()
            && folder.join("trackers.toml").is_file()
            && folder.join("Cargo.lock").is_file()
    };
    { places }.find(is_ours).map(Path::to_owned)
}

/// Where the user's programs keep what they can make again.
fn cache_root() -> Option<PathBuf> {
    let folder = |variable| std::env::var_os(variable).map(PathBuf::from);
    let cache = folder("XDG_CACHE_HOME").filter(|folder| folder.is_absolute());
    let cache = cache.or_else(|| folder("HOME").map(|home| home.join(".cache")));
    cache.map(|cache| cache.join("memscope-bench"))
}

/// The folder in which files are, as they are compiled in: put there, whole, unless they are already.
fn unpacked(files: &[(&str, &[u8])], cache: &Option<PathBuf>) -> Result<PathBuf, VersionError> {
    let Some(cache) = cache else { return Err(VersionError::NoCache) };
    if files.is_empty() {
        return Err(VersionError::NoSource);
    }
    let content: Vec<u8> = files
        .iter()
        .flat_map(|(path, text)| [path.as_bytes(), b"\0", text, b"\0"].concat())
        .collect();
    let name = format!("{}-{:016x}", env!("CARGO_PKG_VERSION"), protocol::fnv1a(&content));
    let folder = cache.join(name);
    if folder.is_dir() {
        return Ok(folder);
    }
    let file = |source| VersionError::File { path: folder.clone(), source };
    fs::create_dir_all(cache).map_err(file)?;
    let part = tempfile::Builder::new().prefix(".part-").tempdir_in(cache).map_err(file)?;
    for (path, text) in files {
        let place = part.path().join(path);
        fs::create_dir_all(place.parent().unwrap_or(cache)).map_err(file)?;
        let text = match *path {
            "Cargo.toml" => reduced(text, workspace).map_err(file)?,
            "Cargo.lock" => reduced(text, |lock| shared_part(lock, &[PROGRAMS.0])).map_err(file)?,
            _ => text.to_vec(),
        };
        fs::write(place, text).map_err(file)?;
    }
    match fs::rename(part.path(), &folder) {
        // Another process was faster.
        Err(_) if folder.is_dir() => {}
        moved => moved.map_err(file)?,
    }
    Ok(folder)
}

fn reduced(
    text: &[u8],
    reduce: impl Fn(&str) -> Result<String, toml::de::Error>,
) -> std::io::Result<Vec<u8>> {
    let text = std::str::from_utf8(text).map_err(std::io::Error::other)?;
    reduce(text).map(String::into_bytes).map_err(std::io::Error::other)
}

/// A root manifest of the crates that subjects are built from, without the harness.
fn workspace(manifest: &str) -> Result<String, toml::de::Error> {
    let mut manifest: toml::Table = manifest.parse()?;
    let mut root = toml::Table::new();
    if let Some(mut workspace) = manifest.remove("workspace")
        && let Some(table) = workspace.as_table_mut()
    {
        let members = [PROGRAMS.1, "protocol", "subject"].map(toml::Value::from).to_vec();
        table.insert("members".to_owned(), members.into());
        table.remove("default-members");
        root.insert("workspace".to_owned(), workspace);
    }
    Ok(format!("{root}\n{}", profile_of(&manifest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compiled_in_is_unpacked_once_and_whole() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Some(folder.path().join("cache"));
        let files: [(&str, &[u8]); 2] = [
            (
                "Cargo.toml",
                b"[workspace]\nmembers = [\"x\"]\n[profile.release]\nlto = true\n[package]\n",
            ),
            ("a/b.rs", b"fn main() {}"),
        ];
        let first = unpacked(&files, &cache).unwrap();
        assert_eq!(fs::read(first.join("a/b.rs")).unwrap(), b"fn main() {}");
        let manifest: toml::Table =
            fs::read_to_string(first.join("Cargo.toml")).unwrap().parse().unwrap();
        assert_eq!(manifest["workspace"]["members"].as_array().unwrap().len(), 3);
        assert_eq!(manifest["profile"]["release"]["lto"].as_bool(), Some(true));
        assert!(manifest.get("package").is_none());
        fs::write(first.join("mark"), "").unwrap();
        assert_eq!(unpacked(&files, &cache).unwrap(), first);
        assert!(first.join("mark").is_file(), "it was unpacked again");
        let other = unpacked(&[("a/b.rs", b"")], &cache).unwrap();
        assert_ne!(other, first);
        let left = fs::read_dir(folder.path().join("cache")).unwrap().count();
        assert_eq!(left, 2, "a part of one is left");
        assert!(matches!(unpacked(&files, &None), Err(VersionError::NoCache)));
        assert!(matches!(unpacked(&[], &cache), Err(VersionError::NoSource)));
    }

    #[test]
    fn the_links_to_what_is_compiled_in_lead_to_it() {
        let root = checkout().unwrap();
        for (link, place) in [
            ("sources/workspace.toml", "Cargo.toml"),
            ("sources/lock.toml", "Cargo.lock"),
            ("sources/protocol/src", "protocol/src"),
            ("sources/subject/src", "subject/src"),
        ] {
            let [link, place] = [link, place].map(|path| root.join(path).canonicalize().unwrap());
            assert_eq!(link, place);
        }
    }
}
