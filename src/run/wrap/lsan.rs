//! LeakSanitizer: at the exit it looks which blocks nothing points to, as Memcheck does, at the program's full
//! speed.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;

use protocol::Reported;

use super::preload::Library;
use super::{ToolFindings, WrapError, Wrapper, errors_of, leaked, number_behind, parsed};

/// Its options (`LSAN_OPTIONS=help=1` prints them). That something leaks is no failure of the program, whose exit code
/// stays 0. It says nothing if nothing leaks; that it stopped the threads to look, it says at this verbosity.
const OPTIONS: &str = "exitcode=0:verbosity=2";

/// An installed LeakSanitizer.
#[derive(Clone, Debug)]
pub(super) struct LeakSanitizer {
    library: Library,
    version: String,
}

impl LeakSanitizer {
    /// Finds it where the loader does.
    pub(super) fn find() -> Result<Self, WrapError> {
        let library = Library::find("liblsan.so.0", "LeakSanitizer", "liblsan0")?;
        // It is a part of GCC, and built by that GCC: "GCC: (Debian 12.2.0-14) 12.2.0".
        let version = library.version("GCC: ");
        Ok(Self { library: library.and(starter()?), version })
    }
}

/// Preloaded, it starts with the first allocation, and jumps to address 0 where a program sets a signal's handler
/// before that, as Rust's runtime does (GCC 12). The C++ library allocates 72,704 bytes when it is loaded, for
/// exceptions, and so is loaded too.
fn starter() -> Result<Library, WrapError> {
    Library::find(
        "libstdc++.so.6",
        "the C++ library that LeakSanitizer is started by",
        "libstdc++6",
    )
}

impl Wrapper for LeakSanitizer {
    fn version(&self) -> &str {
        &self.version
    }

    fn command(&self, _folder: &Path) -> io::Result<Vec<OsString>> {
        Ok(self.library.command(&[("LSAN_OPTIONS", OsStr::new(OPTIONS))]))
    }

    fn take_findings(&self, folder: &Path) -> Result<ToolFindings, WrapError> {
        parsed(&errors_of(folder), leaks).map(ToolFindings::of)
    }
}

/// `SUMMARY: LeakSanitizer: BYTES byte(s) leaked in NUMBER allocation(s).`
pub(super) fn leaks(log: &str) -> Result<Reported, String> {
    let summary = log.lines().find_map(|line| line.strip_prefix("SUMMARY: LeakSanitizer: "));
    let found = match summary {
        Some(line) => {
            let whole = line.contains(" allocation(s)");
            let objects = whole.then(|| number_behind(line, "leaked in")).flatten();
            let both = number_behind(line, "").zip(objects);
            both.ok_or_else(|| format!("the summary is cut off: {line:?}"))?
        }
        None if log.contains("==ERROR: LeakSanitizer") => {
            return Err("LeakSanitizer found leaks, and there is no summary of them".to_owned());
        }
        None if log.contains("LeakSanitizer has encountered a fatal error") => {
            return Err("LeakSanitizer failed: it may not trace the program here".to_owned());
        }
        None if log.contains("Attached to thread ") => (0, 0),
        None => return Err("LeakSanitizer did not look for leaks".to_owned()),
    };
    let (bytes, objects) = found;
    Ok(leaked(objects, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "\
==6074==Attached to thread 6073.
==6074==Detached from thread 6073.

=================================================================
==6073==ERROR: LeakSanitizer: detected memory leaks

Direct leak of 770 byte(s) in 10 object(s) allocated from:
    #0 0x7fbe5a813545 in __interceptor_malloc lsan_interceptors.cpp:75
    #1 0x55d1239e92fa in main /tmp/w15/t.c:11

SUMMARY: LeakSanitizer: 770 byte(s) leaked in 10 allocation(s).
";

    fn told(log: &str) -> Result<(Option<u64>, Option<u64>), String> {
        leaks(log).map(|found| (found.leaked_allocations, found.leaked_bytes))
    }

    #[test]
    fn the_summary_has_the_totals_and_there_is_none_without_leaks() {
        assert_eq!(told(LOG), Ok((Some(10), Some(770))));
        let none = &LOG[..LOG.find("\n\n").unwrap()];
        assert_eq!(told(none), Ok((Some(0), Some(0))));
    }

    #[test]
    fn what_is_cut_off_or_did_not_look_is_an_error() {
        let error = LOG.find("LeakSanitizer:").unwrap() + "LeakSanitizer".len();
        let end_of_result = LOG.find("allocation(s)").unwrap() + "allocation(s)".len();
        for end in error..end_of_result {
            assert!(leaks(&LOG[..end]).is_err(), "cut off at {end}");
        }
        assert!(leaks("").unwrap_err().contains("did not look"));
        let fatal = "==1==LeakSanitizer has encountered a fatal error.\n";
        assert!(leaks(fatal).unwrap_err().contains("may not trace"));
        assert!(leaks(&LOG.replace(" 770 byte(s) l", " many l")).is_err());
    }
}
