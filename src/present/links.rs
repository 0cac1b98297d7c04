//! Links between files, as a page needs them.

use std::fmt::Write;
use std::path::{Component, Path, PathBuf};

/// A link from a page in the folder `from` to the file `to`: relative where that is possible.
///
/// Both are resolved first, so that links hold wherever the program was started.
pub(super) fn link(from: &Path, to: &Path) -> String {
    let resolve = |path: &Path| {
        // What does not exist (yet) cannot be resolved whole, but perhaps its folder can.
        path.canonicalize()
            .or_else(|_| {
                let name = path.file_name().unwrap_or_default();
                Ok(path.parent().unwrap_or(path).canonicalize()?.join(name))
            })
            .unwrap_or_else(|_: std::io::Error| {
                std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
            })
    };
    let (from, to) = (resolve(from), resolve(to));
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    if common == 0 {
        return format!("file://{}", encode(&to));
    }
    let up = "../".repeat(from.components().count() - common);
    up + &encode(&to.components().skip(common).collect::<PathBuf>())
}

/// A path as part of a link.
pub(super) fn encode(path: &Path) -> String {
    let mut encoded = String::new();
    for component in path.components() {
        if component == Component::RootDir {
            continue;
        }
        if !encoded.is_empty() || path.has_root() {
            encoded.push('/');
        }
        for byte in component.as_os_str().as_encoded_bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
                encoded.push(char::from(*byte));
            } else {
                // Writing to a string cannot fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

/// A name that is safe as a folder's, whatever it is made from; different from those already taken.
pub(super) fn folder_name(wished: &str, taken: &[String]) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "-._".contains(c) { c } else { '-' };
    let name: String = wished.chars().map(safe).collect();
    let name = match name.trim_start_matches('.') {
        "" => "run",
        name => name,
    };
    let mut numbered = name.to_owned();
    for number in 2.. {
        if !taken.contains(&numbered) {
            break;
        }
        numbered = format!("{name}-{number}");
    }
    numbered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_relative() {
        let root = tempfile::tempdir().unwrap();
        let site = root.path().join("site");
        std::fs::create_dir(&site).unwrap();
        for (to, expected) in [
            ("site/a.json", "a.json"),
            ("criterion/report/index.html", "../criterion/report/index.html"),
            ("a b/#1.html", "../a%20b/%231.html"),
        ] {
            assert_eq!(link(&site, &root.path().join(to)), expected);
        }
    }

    #[test]
    fn folder_names_stay_in_their_folder() {
        assert_eq!(folder_name("20261122T041500Z-host-1a2b", &[]), "20261122T041500Z-host-1a2b");
        assert_eq!(folder_name("../../etc", &[]), "-..-etc");
        assert_eq!(folder_name("..", &[]), "run");
        assert_eq!(folder_name("a", &["a".to_owned(), "a-2".to_owned()]), "a-3");
    }
}
