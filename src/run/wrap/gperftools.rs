//! The heap profiler of gperftools: tcmalloc in place of the C library's allocator, which enters each call in a
//! table of call stacks.
//!
//! It writes a profile each time the program has allocated a gigabyte more, or holds 100 MB more than ever before, and
//! one at the exit. The first line of that one has the totals. A reallocation is entered as a free and an
//! allocation.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use protocol::Reported;

use super::preload::Library;
use super::{ToolFindings, WrapError, Wrapper, errors_of, files, parsed, remove};

const LIBRARY: &str = "libtcmalloc.so.4";
const BEGIN: &str = "gperftools.";
const END: &str = ".heap";

/// An installed heap profiler.
#[derive(Clone, Debug)]
pub(super) struct HeapProfiler {
    library: Library,
    version: String,
}

/// The library that the profiler and the leak checker are in, and its version.
pub(super) fn tcmalloc() -> Result<(Library, String), WrapError> {
    let library = Library::find(LIBRARY, "gperftools", "libgoogle-perftools4")?;
    let version = library.version("gperftools ");
    Ok((library, version))
}

impl HeapProfiler {
    /// Finds it where the loader does.
    pub(super) fn find() -> Result<Self, WrapError> {
        let (library, version) = tcmalloc()?;
        Ok(Self { library, version })
    }
}

impl Wrapper for HeapProfiler {
    fn version(&self) -> &str {
        &self.version
    }

    fn command(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        let profiles = std::path::absolute(folder)?.join(BEGIN.trim_end_matches('.'));
        Ok(self.library.command(&[("HEAPPROFILE", profiles.as_os_str())]))
    }

    fn take_findings(&self, folder: &Path) -> Result<ToolFindings, WrapError> {
        let profiles = files(folder, BEGIN, END);
        let last = profiles.iter().max_by_key(|path| number(path));
        let missing = folder.join(format!("{BEGIN}0001{END}"));
        let found = parsed(last.unwrap_or(&missing), totals);
        remove(&profiles);
        let found = found?;
        parsed(&errors_of(folder), dumped_at_the_exit)?;
        Ok(ToolFindings::of(found))
    }
}

/// Profiles are numbered in the order in which they are written.
fn number(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?;
    name.strip_prefix(BEGIN)?.strip_suffix(END)?.parse().ok()
}

/// Without it the last profile is one of those before.
fn dumped_at_the_exit(log: &str) -> Result<(), String> {
    let told = log.contains("(Exiting, ");
    told.then_some(()).ok_or_else(|| "no heap profile was written at the exit".to_owned())
}

/// `heap profile: LIVE: BYTES [ ALLOCATED: BYTES] @ heapprofile`, with blanks before each number.
pub(super) fn totals(text: &str) -> Result<Reported, String> {
    totals_in(text, text.strip_prefix("heap profile:").and_then(|text| text.lines().next()))
}

/// The totals of a whole profile, from the text behind their mark. jemalloc's have the same form.
pub(super) fn totals_in(text: &str, marked: Option<&str>) -> Result<Reported, String> {
    // It is the last section.
    if !text.lines().any(|line| line == "MAPPED_LIBRARIES:") {
        return Err("it is cut off: it has no list of mapped libraries".to_owned());
    }
    let [live, live_bytes, all, bytes] =
        marked.and_then(counts).ok_or("its line of totals has no totals")?;
    Ok(Reported {
        allocations: Some(all),
        allocated_bytes: Some(bytes),
        live_allocations: Some(live),
        live_bytes: Some(live_bytes),
        ..Reported::default()
    })
}

/// The four numbers of `LIVE: BYTES [ALLOCATED: BYTES] …`.
pub(super) fn counts(text: &str) -> Option<[u64; 4]> {
    let (live, all) = text.split_once('[')?;
    let (all, _) = all.split_once(']')?;
    let pair = |text: &str| {
        let (count, bytes) = text.split_once(':')?;
        Some([count.trim().parse().ok()?, bytes.trim().parse().ok()?])
    };
    let ([live, live_bytes], [all, bytes]) = (pair(live)?, pair(all)?);
    Some([live, live_bytes, all, bytes])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const PROFILE: &str = "\
heap profile:     10:      770 [  3010:  6000770] @ heapprofile
    10:      770 [    10:      770] @ 0x560b5475c2fb 0x7fe9a084524a
     0:        0 [  1000:  3000000] @ 0x56310247520a 0x7fe50d24524a

MAPPED_LIBRARIES:
7fff40f95000-7fff40fb6000 rw-p 00000000 00:00 0                          [stack]
";

    #[test]
    fn the_first_line_has_the_totals() {
        let found = totals(PROFILE).unwrap();
        assert_eq!((found.live_allocations, found.live_bytes), (Some(10), Some(770)));
        assert_eq!((found.allocations, found.allocated_bytes), (Some(3_010), Some(6_000_770)));
        assert_eq!((found.deallocations, found.peak_live_bytes), (None, None));
    }

    #[test]
    fn what_is_cut_off_is_an_error() {
        let libraries = PROFILE.find("LIBRARIES:\n").unwrap() + "LIBRARIES:".len();
        for end in 0..libraries {
            assert!(totals(&PROFILE[..end]).is_err(), "cut off at {end}");
        }
        for (from, to) in [("[", "("), ("10:", "-10:"), ("3010", "99999999999999999999")] {
            let error = totals(&PROFILE.replacen(from, to, 1)).unwrap_err();
            assert!(error.contains("no totals"), "{error}");
        }
    }

    #[test]
    fn the_last_profile_counts_and_has_to_be_of_the_exit() {
        let folder = tempfile::tempdir().unwrap();
        let path = Path::new("/lib/libtcmalloc.so.4");
        let tool = HeapProfiler { library: Library::at(path), version: "2.10".to_owned() };
        let take = || tool.take_findings(folder.path()).map(|found| found.totals.allocations);
        let error = take().unwrap_err().to_string();
        assert!(error.contains("gperftools.0001.heap"), "{error}");
        let write = || {
            fs::write(folder.path().join("gperftools.9999.heap"), "an earlier one").unwrap();
            fs::write(folder.path().join("gperftools.10000.heap"), PROFILE).unwrap();
        };
        write();
        fs::write(folder.path().join("stderr.log"), "Starting tracking the heap\n").unwrap();
        let error = take().unwrap_err().to_string();
        assert!(error.contains("stderr.log: no heap profile was written at the exit"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "the profiles are removed");
        write();
        let log = "Dumping heap profile to gperftools.10000.heap (Exiting, 770 bytes in use)\n";
        fs::write(folder.path().join("stderr.log"), log).unwrap();
        assert_eq!(take().unwrap(), Some(3_010));
    }
}
