//! Links between files, as a page needs them.

use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use crate::plan::arm::ArmId;

/// What has a meaning of its own in a link: all but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The file of the page about public claims.
pub(super) const CLAIMS: &str = "claims.html";

/// The folder of a site in which its runs are.
pub(super) const DATA_FOLDER: &str = "data";

/// A link from a page in the folder `from` to the file `to`: relative where that is possible.
///
/// Both are resolved first, so that links hold wherever the program was started.
pub(super) fn link(from: &Path, to: &Path) -> String {
    let (from, to) = (resolve(from), resolve(to));
    encode(&pathdiff::diff_paths(&to, from).unwrap_or(to))
}

fn resolve(path: &Path) -> PathBuf {
    // What does not exist (yet) cannot be resolved whole, but perhaps its folder can.
    let in_its_folder = || {
        let folder = path.parent().unwrap_or(path).canonicalize()?;
        Ok(folder.join(path.file_name().unwrap_or_default()))
    };
    path.canonicalize()
        .or_else(|_| in_its_folder())
        .or_else(|_: std::io::Error| std::path::absolute(path))
        .unwrap_or_else(|_| path.to_owned())
}

/// A relative path as a link.
pub(super) fn encode(path: &Path) -> String {
    let parts = path
        .components()
        .map(|part| percent_encode(part.as_os_str().as_encoded_bytes(), RESERVED).to_string());
    parts.collect::<Vec<_>>().join("/")
}

/// The file of the page about a tracker: the same in every site, so that links to it stay.
pub(super) fn tracker_page(arm: &ArmId) -> String {
    format!("tracker-{}.html", stable_name(&arm.to_string()))
}

/// The file of the page about a workload.
pub(super) fn workload_page(workload: &str) -> String {
    format!("workload-{}.html", stable_name(workload))
}

/// No file name is made from more letters than this.
const LONGEST: usize = 80;

/// A name that is safe in a file's, and different from that of any other text.
fn stable_name(text: &str) -> String {
    let name: String = in_plain_letters(text).chars().take(LONGEST).collect();
    // `memscope-rs@0.2.5/full` is told from all others by its letters; what has others, a path, is not.
    let is_told = text.len() <= LONGEST && text.chars().all(|c| is_plain(c) || "@/".contains(c));
    if is_told { name } else { format!("{name}-{:08x}", crc32(text)) }
}

/// A letter that may stand in every file's name and link.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._".contains(c)
}

fn in_plain_letters(text: &str) -> String {
    text.chars().map(|c| if is_plain(c) { c } else { '-' }).collect()
}

fn crc32(text: &str) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(text.as_bytes());
    crc.sum()
}

/// A name that is safe as a folder's, whatever it is made from; different from those already taken.
pub(super) fn folder_name(wished: &str, taken: &[String]) -> String {
    let name = in_plain_letters(wished);
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
    fn pages_of_trackers_have_names_that_stay() {
        let page = |arm: &str| tracker_page(&crate::fixture::arm(arm));
        assert_eq!(page("memscope-rs@0.2.5/full"), "tracker-memscope-rs-0.2.5-full.html");
        let [one, other] = ["dhat@path:a/b/mode", "dhat@path:a-b/mode"].map(page);
        assert!(one != other && !one.contains([':', '/']), "{one}, {other}");
        assert!(workload_page(&"<x>".repeat(100)).len() < 120);
    }

    #[test]
    fn folder_names_stay_in_their_folder() {
        assert_eq!(folder_name("20261122T041500Z-host-1a2b", &[]), "20261122T041500Z-host-1a2b");
        assert_eq!(folder_name("../../etc", &[]), "-..-etc");
        assert_eq!(folder_name("..", &[]), "run");
        assert_eq!(folder_name("a", &["a".to_owned(), "a-2".to_owned()]), "a-3");
    }
}
