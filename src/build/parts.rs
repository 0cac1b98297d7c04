//! Parts of our root manifest and lock file that subjects are built with.

use std::fs;

use super::{VersionError, source_folder};

/// The release profile of a manifest, as the text of one.
pub(super) fn profile_of(manifest: &toml::Table) -> String {
    let release = manifest.get("profile").and_then(|profile| profile.get("release"));
    let release = release.and_then(|release| release.as_table());
    release.map_or(String::new(), |release| format!("[profile.release]\n{release}"))
}

/// The packages of a lock file that are reached from those of some names.
pub(super) fn shared_part(lock: &str, from: &[&str]) -> Result<String, toml::de::Error> {
    let mut lock: toml::Table = lock.parse()?;
    let Some(packages) = lock.get_mut("package").and_then(|packages| packages.as_array_mut())
    else {
        return Ok(lock.to_string());
    };
    let text = |package: &toml::Value, field: &str| {
        package.get(field).and_then(|value| value.as_str()).unwrap_or_default().to_owned()
    };
    // A dependency is named by "name", or by "name version" where there are several.
    let mut left: Vec<String> = from.iter().map(|&name| name.to_owned()).collect();
    let mut reached = vec![false; packages.len()];
    while let Some(asked) = left.pop() {
        let (name, version) = asked.split_once(' ').unwrap_or((&asked, ""));
        for (package, reached) in packages.iter().zip(&mut reached) {
            let same = version.is_empty() || version == text(package, "version");
            if *reached || !same || text(package, "name") != name {
                continue;
            }
            *reached = true;
            let needs = package.get("dependencies").and_then(|needs| needs.as_array());
            let needs = needs.into_iter().flatten().filter_map(|need| need.as_str());
            left.extend(needs.map(str::to_owned));
        }
    }
    let mut reached = reached.into_iter();
    packages.retain(|_| reached.next() == Some(true));
    Ok(lock.to_string())
}

/// The version of a crate in our lock file: the one that is built in.
///
/// # Errors
///
/// If the lock file cannot be read. `None` if the crate is not in it.
pub fn locked_version(crate_name: &str) -> Result<Option<String>, VersionError> {
    let path = source_folder()?.join("Cargo.lock");
    let file = |source| VersionError::File { path: path.clone(), source };
    let text = fs::read_to_string(&path).map_err(file)?;
    let lock: toml::Table = text.parse().map_err(std::io::Error::other).map_err(file)?;
    let packages = lock.get("package").and_then(|packages| packages.as_array());
    let of = |package: &toml::Value, field: &str| Some(package.get(field)?.as_str()?.to_owned());
    let mut packages = packages.into_iter().flatten();
    let found = packages.find(|package| of(package, "name").as_deref() == Some(crate_name));
    Ok(found.and_then(|package| of(package, "version")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_that_is_built_in_is_told_by_our_lock() {
        let version = locked_version("dhat").unwrap().unwrap();
        assert!(version.parse::<semver::Version>().is_ok(), "{version}");
        assert_eq!(locked_version("no-such-crate").unwrap(), None);
    }

    #[test]
    fn what_only_the_harness_depends_on_is_no_part_of_the_lock() {
        let package = |name: &str, version: &str, needs: &[&str]| {
            format!(
                "[[package]]\nname = {name:?}\nversion = {version:?}\ndependencies = {needs:?}\n"
            )
        };
        let lock = [
            "version = 4\n".to_owned(),
            package("a", "1.0.0", &["b 2.0.0"]),
            package("b", "1.0.0", &[]),
            package("b", "2.0.0", &["c"]),
            package("c", "1.0.0", &[]),
            package("harness", "1.0.0", &["a", "b 1.0.0"]),
        ];
        let part: toml::Table = shared_part(&lock.concat(), &["a"]).unwrap().parse().unwrap();
        assert_eq!(part["version"].as_integer(), Some(4));
        let kept = part["package"].as_array().unwrap().iter();
        let kept: Vec<_> = kept.map(|one| format!("{} {}", one["name"], one["version"])).collect();
        assert_eq!(kept, [r#""a" "1.0.0""#, r#""b" "2.0.0""#, r#""c" "1.0.0""#]);
    }
}
