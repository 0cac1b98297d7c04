//! The published versions of a crate, from cargo's own copy of the registry's index.
//!
//! Cargo keeps what the registry answered in `registry/index/*/.cache/`; `cargo info` renews it. That way
//! mirrors, proxies and credentials are those that cargo is set up with. The copy's frame is cargo's
//! business and may change; what is in it are the index's lines of JSON, whose form is documented
//! (<https://doc.rust-lang.org/cargo/reference/registry-index.html>).

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::SystemTime;

use semver::Version;
use serde::{Deserialize, Serialize};

use super::{VersionError, cargo, last_words};

/// The versions of a crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Releases {
    /// From the oldest to the newest.
    pub releases: Vec<Release>,
    /// Why the registry could not be asked and an earlier answer had to do, if so.
    pub stale: Option<String>,
}

impl Releases {
    /// The last that was not withdrawn.
    pub fn newest(&self) -> Option<&Release> {
        self.releases.iter().rfind(|release| !release.yanked)
    }
}

/// One version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Release {
    /// Its number.
    pub version: Version,
    /// Whether it was withdrawn: cargo no longer chooses it.
    pub yanked: bool,
    /// The day of its publication, where the index tells: `2025-10-15`.
    pub released: Option<String>,
    /// What is built unless one asks for something else.
    #[serde(skip)]
    pub default_features: Vec<String>,
}

/// A line of the index, as far as it matters here.
#[derive(Deserialize)]
struct Line {
    vers: Version,
    #[serde(default)]
    yanked: bool,
    #[serde(default)]
    pubtime: Option<String>,
    #[serde(default)]
    features: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    features2: BTreeMap<String, Vec<String>>,
}

/// The versions of a crate: as the registry says now, or, with `renew` off or no network, as it said last.
///
/// # Errors
///
/// [`VersionError::NoIndex`] if it never said, [`VersionError::NoProgram`] without cargo.
pub fn releases_of(package: &str, renew: bool) -> Result<Releases, VersionError> {
    let known = cached(package);
    if !renew && let Some(releases) = known.clone() {
        return Ok(Releases { releases, stale: None });
    }
    let stale = ask(package)?;
    match cached(package) {
        Some(releases) => Ok(Releases { releases, stale }),
        None => Err(VersionError::NoIndex {
            package: package.to_owned(),
            folder: index_folder(),
            reason: stale.unwrap_or_else(|| "cargo keeps no copy for this registry".to_owned()),
        }),
    }
}

/// Has cargo renew its copy; gives the reason if it cannot.
fn ask(package: &str) -> Result<Option<String>, VersionError> {
    let output = cargo()
        // Outside any project: inside, cargo speaks of the version that is locked there.
        .current_dir(std::env::temp_dir())
        .args(["info", "--color", "never", "--quiet", package])
        .stdin(Stdio::null())
        .output()
        .map_err(|source| VersionError::NoProgram { program: "cargo", source })?;
    if !output.status.success() {
        return Ok(Some(last_words(&output.stderr)));
    }
    // Cargo then answers from its copy, and does not say so.
    Ok(is_offline().then(|| "cargo is set to stay offline".to_owned()))
}

/// Whether cargo is told to stay away from the network: by its variable, else by its own configuration.
fn is_offline() -> bool {
    if let Ok(word) = std::env::var("CARGO_NET_OFFLINE") {
        return ["true", "1"].contains(&&*word);
    }
    let config = fs::read_to_string(cargo_home().join("config.toml"));
    let config = config.ok().and_then(|text| text.parse::<toml::Table>().ok());
    let offline = config.and_then(|config| config.get("net")?.get("offline")?.as_bool());
    offline.unwrap_or(false)
}

fn cargo_home() -> PathBuf {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    home.or_else(|| Some(std::env::home_dir()?.join(".cargo"))).unwrap_or_default()
}

fn index_folder() -> PathBuf {
    cargo_home().join("registry/index")
}

/// Cargo's copy, of the registry that answered last.
fn cached(package: &str) -> Option<Vec<Release>> {
    let file = index_path(package);
    let registries = fs::read_dir(index_folder()).ok()?.flatten();
    let copies = registries.filter_map(|registry| {
        let path = registry.path().join(".cache").join(&file);
        let written = fs::metadata(&path).and_then(|about| about.modified());
        Some((written.unwrap_or(SystemTime::UNIX_EPOCH), fs::read(path).ok()?))
    });
    let (_, newest) = copies.max_by_key(|(written, _)| *written)?;
    Some(parse(&newest)).filter(|releases| !releases.is_empty())
}

/// Where an index keeps a crate.
fn index_path(package: &str) -> PathBuf {
    let name = package.to_lowercase();
    let folder = match name.len() {
        0..=2 => name.len().to_string(),
        3 => format!("3/{}", &name[..1]),
        _ => format!("{}/{}", &name[..2], &name[2..4]),
    };
    PathBuf::from(folder).join(name)
}

/// The releases among what is separated by zeros; the rest is cargo's frame.
fn parse(copy: &[u8]) -> Vec<Release> {
    let lines = copy.split(|byte| *byte == 0).filter(|piece| piece.starts_with(b"{"));
    let lines = lines.filter_map(|line| serde_json::from_slice::<Line>(line).ok());
    let mut releases: Vec<Release> = lines
        .map(|mut line| Release {
            version: line.vers,
            yanked: line.yanked,
            released: line.pubtime.and_then(|time| Some(time.get(..10)?.to_owned())),
            default_features: line
                .features2
                .remove("default")
                .or_else(|| line.features.remove("default"))
                .unwrap_or_default(),
        })
        .collect();
    releases.sort_by(|a, b| a.version.cmp(&b.version));
    releases
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_found_whatever_frame_cargo_has_around_them() {
        let copy = b"\x03\x02\x00\x00\x00etag: \"x\"\x000.2.0\x00\
            {\"name\":\"a\",\"vers\":\"0.2.0\",\"yanked\":true,\"features\":{},\
             \"features2\":{\"default\":[\"derive\"]},\"pubtime\":\"2026-04-09T12:18:39Z\"}\x00\
            0.1.10\x00{\"name\":\"a\",\"vers\":\"0.1.10\",\"features\":{\"default\":[\"x\"]}}\x00\
            0.1.9\x00{\"name\":\"a\",\"vers\":\"0.1.9\",\"features\":{}}\x00";
        let releases = parse(copy);
        let told: Vec<String> = releases.iter().map(|r| r.version.to_string()).collect();
        assert_eq!(told, ["0.1.9", "0.1.10", "0.2.0"]);
        assert_eq!(releases[1].default_features, ["x"]);
        assert!(releases[2].yanked && releases[2].default_features == ["derive"]);
        assert_eq!(releases[2].released.as_deref(), Some("2026-04-09"));
        assert!(parse(b"nothing of the kind").is_empty());
    }

    #[test]
    fn crates_lie_in_the_index_by_their_first_letters() {
        for (name, path) in
            [("a", "1/a"), ("ab", "2/ab"), ("abc", "3/a/abc"), ("Memscope-rs", "me/ms/memscope-rs")]
        {
            assert_eq!(index_path(name), PathBuf::from(path));
        }
    }
}
