//! What a tracker says of single sites, read from the profile that it writes in DHAT's format.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde::Deserialize;

use crate::protocol::SiteUse;
use crate::protocol::workloads::KNOWN_SITES;
use crate::tracker::TrackerError;

/// A profile, as far as it is used here. Format: <https://valgrind.org/docs/manual/dh-manual.html>.
#[derive(Deserialize)]
struct Profile {
    #[serde(rename = "pps")]
    points: Vec<Point>,
    #[serde(rename = "ftbl")]
    frames: Vec<String>,
}

/// All that was allocated with one stack.
#[derive(Deserialize)]
struct Point {
    #[serde(rename = "tb")]
    bytes: u64,
    #[serde(rename = "tbk")]
    allocations: u64,
    #[serde(rename = "fs")]
    frames: Vec<usize>,
}

/// Sums up a profile in DHAT's format by the functions of `known-sites`, each point under the innermost one
/// in its stack; what has none of them is left out.
///
/// # Errors
///
/// If the file cannot be read, or is not in that format.
pub fn from_dhat_profile(path: &Path) -> Result<Vec<SiteUse>, TrackerError> {
    let profile: Profile = serde_json::from_reader(BufReader::new(File::open(path)?))?;
    let mut sites = BTreeMap::<&str, (u64, u64)>::new();
    for point in &profile.points {
        let frames = point.frames.iter().filter_map(|&frame| profile.frames.get(frame));
        let known = |frame: &String| KNOWN_SITES.into_iter().find(|s| frame.contains(s.function));
        if let Some(site) = { frames }.find_map(known) {
            let (allocations, bytes) = sites.entry(site.function).or_default();
            *allocations += point.allocations;
            *bytes += point.bytes;
        }
    }
    let site = |(function, (allocations, bytes)): (&str, (u64, u64))| SiteUse {
        function: function.to_owned(),
        allocations,
        bytes,
    };
    Ok(sites.into_iter().map(site).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_summed_by_site() {
        let folder = std::env::temp_dir().join(format!("sites-{}", std::process::id()));
        std::fs::write(
            &folder,
            r#"{"dhatFileVersion": 2, "pps": [
                {"tb": 10, "tbk": 1, "fs": [0, 1, 2]}, {"tb": 5, "tbk": 2, "fs": [1]},
                {"tb": 7, "tbk": 7, "fs": [2]}, {"tb": 1, "tbk": 1, "fs": [9]}],
              "ftbl": ["[root]", "0x1: a::site_of_boxes<B> (x.rs:1:1)", "0x2: main (m.rs:1:1)"]}"#,
        )
        .unwrap();
        let found = from_dhat_profile(&folder);
        std::fs::remove_file(&folder).unwrap();
        let function = "site_of_boxes".to_owned();
        assert_eq!(found.unwrap(), [SiteUse { function, allocations: 3, bytes: 15 }]);
    }
}
