//! The C library's own `libmemusage.so` (memusage(1)): counts calls and bytes, and the peak.
//!
//! It sees `malloc`, `calloc`, `realloc` and `free`, and no aligned allocation: those pass it by, and their frees
//! too. Of a reallocation it adds to the bytes what it grew by, and subtracts nothing: these are not the bytes
//! allocated and freed of anyone else, and so they are taken for that only if nothing was reallocated.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use protocol::Reported;

use super::preload::Library;
use super::{ToolFindings, WrapError, Wrapper, errors_of, number_behind, parsed};
use crate::common::machine::first_line;

/// An installed memusage.
#[derive(Clone, Debug)]
pub(super) struct Memusage {
    library: Library,
    version: String,
}

impl Memusage {
    /// Finds it where the loader does.
    pub(super) fn find() -> Result<Self, WrapError> {
        let library = Library::find("libmemusage.so", "glibc's memusage", "libc6")?;
        // "glibc 2.36"
        let printed = first_line("getconf", &["GNU_LIBC_VERSION"]).unwrap_or_default();
        let version = printed.split_whitespace().nth(1).unwrap_or("unknown").to_owned();
        Ok(Self { library, version })
    }
}

impl Wrapper for Memusage {
    fn version(&self) -> &str {
        &self.version
    }

    fn command(&self, _folder: &Path) -> io::Result<Vec<OsString>> {
        Ok(self.library.command(&[]))
    }

    fn take_findings(&self, folder: &Path) -> Result<ToolFindings, WrapError> {
        parsed(&errors_of(folder), totals).map(ToolFindings::of)
    }
}

/// A table on standard error, in colours.
pub(super) fn totals(log: &str) -> Result<Reported, String> {
    let text = without_colours(log);
    let Some((_, table)) = text.rsplit_once("Memory usage summary:") else {
        return Err("it has no summary of memusage".to_owned());
    };
    // It comes behind the table.
    if !table.contains("Histogram for block sizes:") {
        return Err("the summary of memusage is cut off".to_owned());
    }
    let row = |name: &str| {
        let line = table.lines().find_map(|line| line.trim_start().strip_prefix(name))?;
        let mut words = line.split_whitespace();
        Some((words.next()?.parse::<u64>().ok()?, words.next()?.parse::<u64>().ok()?))
    };
    let missing = |name: &str| format!("the summary of memusage has no numbers of {name}");
    let of = |name: &str| row(&format!("{name}|")).ok_or_else(|| missing(name));
    let (malloc, realloc, calloc, free) =
        (of("malloc")?, of("realloc")?, of("calloc")?, of("free")?);
    let nothing_moved = realloc.0 == 0;
    Ok(Reported {
        allocations: Some(malloc.0.saturating_add(calloc.0)),
        deallocations: Some(free.0),
        reallocations: Some(realloc.0),
        allocated_bytes: nothing_moved.then(|| malloc.1.saturating_add(calloc.1)),
        freed_bytes: nothing_moved.then_some(free.1),
        peak_live_bytes: Some(
            number_behind(table, "heap peak:").ok_or_else(|| missing("the peak"))?,
        ),
        ..Reported::default()
    })
}

/// The text without the sequences that a terminal takes for colours: from the escape character to an `m`.
fn without_colours(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default();
    let behind = parts.map(|part| part.split_once('m').map_or("", |(_, rest)| rest));
    std::iter::once(first).chain(behind).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "\n\
\u{1b}[01;32mMemory usage summary:\u{1b}[0;0m heap total: 3010000, heap peak: 3000, stack peak: 48\n\
\u{1b}[04;34m         total calls   total memory   failed calls\u{1b}[0m\n\
\u{1b}[00;34m malloc|\u{1b}[0m       1000        1000000              0\u{1b}[00;00m\n\
\u{1b}[00;34mrealloc|\u{1b}[0m       2000        2000000              0\u{1b}[00;00m  (nomove:1001, dec:1000, free:0)\n\
\u{1b}[00;34m calloc|\u{1b}[0m        100          10000              0\u{1b}[00;00m\n\
\u{1b}[00;34m   free|\u{1b}[0m       1100        2010000\n\
\u{1b}[01;32mHistogram for block sizes:\u{1b}[0;0m\n\
  992-1007         1000  33% \u{1b}[41;37m==================\u{1b}[0;0m\n";

    #[test]
    fn calls_and_the_peak_are_told() {
        let found = totals(LOG).unwrap();
        assert_eq!((found.allocations, found.deallocations), (Some(1_100), Some(1_100)));
        assert_eq!((found.reallocations, found.peak_live_bytes), (Some(2_000), Some(3_000)));
        assert_eq!((found.live_allocations, found.live_bytes), (None, None));
        // They hold only what reallocations grew by.
        assert_eq!((found.allocated_bytes, found.freed_bytes), (None, None));
        let none = totals(&LOG.replace("  2000        2000000", "     0              0")).unwrap();
        assert_eq!(none.allocated_bytes.zip(none.freed_bytes), Some((1_010_000, 2_010_000)));
    }

    #[test]
    fn what_is_cut_off_is_an_error() {
        let end_of_table = LOG.find("sizes:").unwrap() + "sizes:".len();
        for end in 0..end_of_table {
            assert!(totals(&LOG[..end]).is_err(), "cut off at {end}");
        }
        assert!(totals(&LOG.replace("  1000  ", "  many  ")).is_err());
        assert!(totals(&LOG.replace("heap peak: 3000", "heap peak: none")).is_err());
    }
}
