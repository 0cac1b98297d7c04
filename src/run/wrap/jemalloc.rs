//! jemalloc in the place of the C library's allocator: alone, and with its own heap profiling, of every allocation or of
//! one sample in 512 KiB, its default.
//!
//! Its bytes are those of the size classes that it rounds up to (jemalloc(3), `malloc_usable_size`). A
//! reallocation is a free and an allocation. At the exit it writes a file of the format `heap_v2`.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;

use protocol::Reported;

use super::gperftools::{counts, totals_in};
use super::preload::Library;
use super::{ToolFindings, WrapError, Wrapper, files, parsed, remove};

const BEGIN: &str = "jemalloc.";
const END: &str = ".f.heap";

/// Its options (jemalloc(3)): a profile at the exit (`prof_final`), with totals beside what is alive (`prof_accum`). The
/// file's name is relative to the sample's folder, where the program runs: a path may have a comma, which would end the
/// option. Of one sample in 512 KiB, unless more is said.
const PROFILE: &str = "prof:true,prof_final:true,prof_accum:true,prof_prefix:jemalloc";
const OF_EVERY_ALLOCATION: &str = ",lg_prof_sample:0";

/// What is read of a profile.
type Totals = fn(&str) -> Result<Reported, String>;

/// An installed jemalloc.
#[derive(Clone, Debug)]
pub(super) struct Jemalloc {
    library: Library,
    version: String,
    /// Its options, and what is read of what it then writes; none where it does not profile.
    profiling: Option<(String, Totals)>,
}

impl Jemalloc {
    /// Finds it where the loader does.
    pub(super) fn find() -> Result<Self, WrapError> {
        Self::found().map(|(found, _)| found)
    }

    /// The same, to profile every allocation.
    pub(super) fn of_every_allocation() -> Result<Self, WrapError> {
        Self::profiling(OF_EVERY_ALLOCATION, totals)
    }

    /// The same, to profile one sample in 512 KiB.
    pub(super) fn sampled() -> Result<Self, WrapError> {
        Self::profiling("", estimates)
    }

    /// With further options; holds that it was built to profile.
    fn profiling(further: &str, read: Totals) -> Result<Self, WrapError> {
        let (found, statistics) = Self::found()?;
        if !statistics.contains("config.prof: true") {
            let reason = "this jemalloc was built without profiling (`--enable-prof`)".to_owned();
            return Err(WrapError::Unusable { tool: "jemalloc", reason });
        }
        Ok(Self { profiling: Some((format!("{PROFILE}{further}"), read)), ..found })
    }

    /// It, and what it says of itself.
    fn found() -> Result<(Self, String), WrapError> {
        let library = Library::find("libjemalloc.so.2", "jemalloc", "libjemalloc2")?;
        let statistics = library.said_by(&[("MALLOC_CONF", "stats_print:true")]);
        let version = version_in(&statistics).unwrap_or("unknown").to_owned();
        Ok((Self { library, version, profiling: None }, statistics))
    }
}

/// Of `Version: "5.3.0-0-g54eaed1d8b56b1aa528be3bdd1877e59c56fa90c"`, without the revision.
fn version_in(statistics: &str) -> Option<&str> {
    let (_, rest) = statistics.split_once("Version: \"")?;
    rest.split(['-', '"', '\n']).next().filter(|version| !version.is_empty())
}

impl Wrapper for Jemalloc {
    fn version(&self) -> &str {
        &self.version
    }

    fn command(&self, _folder: &Path) -> io::Result<Vec<OsString>> {
        let options = self.profiling.as_ref();
        let options = options.map(|(options, _)| ("MALLOC_CONF", OsStr::new(options)));
        Ok(self.library.command(options.as_slice()))
    }

    fn take_findings(&self, folder: &Path) -> Result<ToolFindings, WrapError> {
        let Some((_, read)) = &self.profiling else { return Ok(ToolFindings::default()) };
        let profiles = files(folder, BEGIN, END);
        let found = match &profiles[..] {
            [profile] => parsed(profile, read),
            [] => parsed(&folder.join(format!("{BEGIN}PID.0{END}")), read),
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
    totals_in(text, of_all_threads(text.lines().nth(1)))
}

/// What stands in a line of all threads behind its mark.
fn of_all_threads(line: Option<&str>) -> Option<&str> {
    line?.trim_start().strip_prefix("t*:")
}

/// What there was, by the samples of each call stack: their number and bytes, each multiplied by how many of such a size stand
/// for one that was drawn, as jeprof(1) does it. A byte is drawn once in `period`: an allocation of so many is sampled
/// with the probability 1 − exp(−bytes ÷ period).
pub(super) fn estimates(text: &str) -> Result<Reported, String> {
    let period = text.lines().next().and_then(|line| line.strip_prefix("heap_v2/"));
    let period =
        period.and_then(|period| period.parse::<f64>().ok()).filter(|period| *period > 1.0);
    let period = period.ok_or("it is no sampled profile in the format heap_v2")?;
    // That it is whole, and has totals.
    totals_in(text, of_all_threads(text.lines().nth(1)))?;
    let mut lines = text.lines();
    let mut all = [0.0; 4];
    while let Some(line) = lines.next() {
        if !line.starts_with('@') {
            continue;
        }
        let [live, live_bytes, number, bytes] =
            of_all_threads(lines.next()).and_then(counts).ok_or("a call stack has no counts")?;
        let pairs = [(live, live_bytes), (number, bytes)].map(|(number, bytes)| {
            let (number, bytes) = (number as f64, bytes as f64);
            if number == 0.0 || bytes == 0.0 {
                return [0.0; 2];
            }
            let scale = 1.0 / (1.0 - (-bytes / number / period).exp());
            [number * scale, bytes * scale]
        });
        all.iter_mut().zip(pairs.concat()).for_each(|(sum, own)| *sum += own);
    }
    let [live, live_bytes, number, bytes] = all.map(|figure| Some(figure.round() as u64));
    Ok(Reported {
        allocations: number,
        allocated_bytes: bytes,
        live_allocations: live,
        live_bytes,
        ..Reported::default()
    })
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

    /// Of one stack 2 samples of 64 bytes each, none of which is alive; of another one of a mebibyte, which is.
    const SAMPLES: &str = "\
heap_v2/524288
  t*: 1: 1048576 [3: 1048704]
  t0: 1: 1048576 [3: 1048704]
@ 0x7f65ff2a2630 0x7f65ff2a2d21
  t*: 0: 0 [2: 128]
  t0: 0: 0 [2: 128]
@ 0x7f65ff2a2630
  t*: 1: 1048576 [1: 1048576]
  t0: 1: 1048576 [1: 1048576]

MAPPED_LIBRARIES:
";

    #[test]
    fn each_sample_stands_for_as_many_as_its_size_says() {
        let found = estimates(SAMPLES).unwrap();
        // One of 64 bytes is drawn with the probability 1 in 8,192.5; one of twice the period with that of 1 − 1 ÷ e².
        let large = 1.0 / (1.0 - (-2.0_f64).exp());
        let allocations = 2.0 * 8_192.5 + large;
        assert_eq!(found.allocations, Some(allocations.round() as u64));
        assert_eq!(found.live_allocations, Some(1));
        assert_eq!(found.live_bytes, Some((1_048_576.0 * large).round() as u64));
        assert_eq!((found.deallocations, found.peak_live_bytes), (None, None));
        for (broken, by) in
            [("heap_v2/1\n", "heap_v2/524288\n"), ("heap_v2/x\n", "heap_v2/524288\n")]
        {
            assert!(estimates(&SAMPLES.replace(by, broken)).is_err());
        }
        assert!(estimates(&SAMPLES.replace("  t*: 0: 0 [2: 128]\n", "")).is_err());
        assert!(estimates(&SAMPLES[..SAMPLES.len() - 5]).is_err());
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
        let profiling = Some((PROFILE.to_owned(), totals as Totals));
        let tool = Jemalloc { library, version: "5.3.0".to_owned(), profiling };
        let take = || tool.take_findings(folder.path()).map(|found| found.totals.allocations);
        let error = take().unwrap_err().to_string();
        assert!(error.contains("jemalloc.PID.0.f.heap: No such file"), "{error}");
        fs::write(folder.path().join("jemalloc.30816.0.f.heap"), PROFILE).unwrap();
        assert_eq!(take().unwrap(), Some(3_001));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "it is removed");
    }
}
