//! jemalloc's own heap profiling, with every allocation sampled.
//!
//! Its bytes are those of the size classes that it rounds up to (jemalloc(3), `malloc_usable_size`). A
//! reallocation is a free and an allocation. At the exit it writes a file of the format `heap_v2`.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;

use protocol::Reported;

use super::gperftools::totals_in;
use super::preload::Library;
use super::{ToolFindings, WrapError, Wrapper, files, parsed, remove};

const BEGIN: &str = "jemalloc.";
const END: &str = ".f.heap";

/// Its options (jemalloc(3)): a profile at the exit (`prof_final`), of every allocation (`lg_prof_sample`), with totals
/// beside what is alive (`prof_accum`). The file's name is relative to the sample's folder, where the program
/// runs: a path may have a comma, which would end the option.
const OPTIONS: &str =
    "prof:true,prof_final:true,prof_accum:true,lg_prof_sample:0,prof_prefix:jemalloc";

/// An installed jemalloc.
#[derive(Clone, Debug)]
pub(super) struct JemallocProf {
    library: Library,
    version: String,
}

impl JemallocProf {
    /// Finds it where the loader does, and holds that it was built to profile.
    pub(super) fn find() -> Result<Self, WrapError> {
        let library = Library::find("libjemalloc.so.2", "jemalloc", "libjemalloc2")?;
        let statistics = library.said_by(&[("MALLOC_CONF", "stats_print:true")]);
        if !statistics.contains("config.prof: true") {
            let reason = "this jemalloc was built without profiling (`--enable-prof`)".to_owned();
            return Err(WrapError::Unusable { tool: "jemalloc", reason });
        }
        let version = version_in(&statistics).unwrap_or("unknown").to_owned();
        Ok(Self { library, version })
    }
}

/// Of `Version: "5.3.0-0-g54eaed1d8b56b1aa528be3bdd1877e59c56fa90c"`, without the revision.
fn version_in(statistics: &str) -> Option<&str> {
    let (_, rest) = statistics.split_once("Version: \"")?;
    rest.split(['-', '"', '\n']).next().filter(|version| !version.is_empty())
}

impl Wrapper for JemallocProf {
    fn version(&self) -> &str {
        &self.version
    }

    fn command(&self, _folder: &Path) -> io::Result<Vec<OsString>> {
        Ok(self.library.command(&[("MALLOC_CONF", OsStr::new(OPTIONS))]))
    }

    fn take_findings(&self, folder: &Path) -> Result<ToolFindings, WrapError> {
        let profiles = files(folder, BEGIN, END);
        let found = match &profiles[..] {
            [profile] => parsed(profile, totals),
            [] => parsed(&folder.join(format!("{BEGIN}PID.0{END}")), totals),
            [first, ..] => {
                Err(super::unreadable(first, "there are several profiles of one process"))
            }
        };
        remove(&profiles);
        found.map(ToolFindings::of)
    }
}

/// The line of all threads: `  t*: LIVE: BYTES [ALLOCATED: BYTES]`.
pub(super) fn totals(text: &str) -> Result<Reported, String> {
    if !text.starts_with("heap_v2/1\n") {
        return Err("it is no profile of every allocation in the format heap_v2".to_owned());
    }
    let second = text.lines().nth(1).unwrap_or_default();
    totals_in(text, second.trim_start().strip_prefix("t*:"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const PROFILE: &str = "\
heap_v2/1
  t*: 1: 81920 [3001: 6225920]
  t0: 1: 81920 [3001: 6225920]
@ 0x7f65ff2a2630 0x7f65ff2a2d21 0x7f65ff295f24
  t*: 0: 0 [1000: 3072000]
  t0: 0: 0 [1000: 3072000]

MAPPED_LIBRARIES:
7fff40f95000-7fff40fb6000 rw-p 00000000 00:00 0                          [stack]
";

    #[test]
    fn the_line_of_all_threads_has_the_totals() {
        let found = totals(PROFILE).unwrap();
        assert_eq!((found.live_allocations, found.live_bytes), (Some(1), Some(81_920)));
        assert_eq!((found.allocations, found.allocated_bytes), (Some(3_001), Some(6_225_920)));
        assert_eq!((found.deallocations, found.peak_live_bytes), (None, None));
    }

    #[test]
    fn its_statistics_tell_the_version() {
        let statistics = "___ Begin jemalloc statistics ___\nVersion: \"5.3.0-0-g54eaed1d\"\n";
        assert_eq!(version_in(statistics), Some("5.3.0"));
        assert_eq!(version_in("Version: \""), None);
        assert_eq!(version_in(""), None);
    }

    #[test]
    fn what_is_cut_off_or_sampled_is_an_error() {
        let libraries = PROFILE.find("LIBRARIES:\n").unwrap() + "LIBRARIES:".len();
        for end in 0..libraries {
            assert!(totals(&PROFILE[..end]).is_err(), "cut off at {end}");
        }
        assert!(totals(&PROFILE.replace("v2/1\n", "v2/524288\n")).is_err());
        let error = totals(&PROFILE.replacen("81920", "-1", 1)).unwrap_err();
        assert!(error.contains("no totals"), "{error}");
    }

    #[test]
    fn the_profile_is_found_whatever_process_wrote_it() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::at(Path::new("/lib/libjemalloc.so.2"));
        let tool = JemallocProf { library, version: "5.3.0".to_owned() };
        let take = || tool.take_findings(folder.path()).map(|found| found.totals.allocations);
        let error = take().unwrap_err().to_string();
        assert!(error.contains("jemalloc.PID.0.f.heap: No such file"), "{error}");
        fs::write(folder.path().join("jemalloc.30816.0.f.heap"), PROFILE).unwrap();
        assert_eq!(take().unwrap(), Some(3_001));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "it is removed");
    }
}
