//! heaptrack: a library that writes every call down, and an interpreter beside the program that reads along.
//!
//! The interpreter and a compressor are processes of their own: their CPU time and memory are added to the program's
//! (`helpers.rs`). Their pipe is in `/tmp`, and stays there if they are killed.
//!
//! Of calls it gives exact numbers; bytes are printed with two digits behind the point. A reallocation is one more
//! call, and in its books a free and an allocation.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use protocol::Reported;

use super::{
    ToolFindings, WrapError, Wrapper, errors_of, files, number_behind, parsed, remove, unreadable,
    version_of,
};

/// What the data file is called, but for the ending, which depends on the compressor.
const OUT: &str = "heaptrack.data";

/// An installed heaptrack.
#[derive(Clone, Debug)]
pub(super) struct Heaptrack {
    version: String,
}

impl Heaptrack {
    /// Finds it on the `PATH`.
    pub(super) fn find() -> Result<Self, WrapError> {
        Ok(Self { version: version_of("heaptrack", "heaptrack ", "heaptrack", "heaptrack")? })
    }
}

impl Wrapper for Heaptrack {
    fn version(&self) -> &str {
        &self.version
    }

    fn command(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        let out = std::path::absolute(folder)?.join(OUT);
        Ok(vec!["heaptrack".into(), "--output".into(), out.into()])
    }

    fn take_findings(&self, folder: &Path) -> Result<ToolFindings, WrapError> {
        let data = data_in(folder)?;
        let found = printed_of(&data)
            .and_then(|printed| totals(&printed).map_err(|reason| unreadable(&data, reason)));
        remove(&[data]);
        let mut totals = found?;
        totals.live_allocations = Some(parsed(&errors_of(folder), leaked_allocations)?);
        Ok(ToolFindings::of(totals))
    }
}

/// The data file in a folder.
pub(super) fn data_in(folder: &Path) -> Result<PathBuf, WrapError> {
    let data = files(folder, OUT, "").into_iter().next();
    data.ok_or_else(|| unreadable(&folder.join(OUT), "heaptrack wrote no data"))
}

/// What `heaptrack_print` makes of a data file, without its lists.
fn printed_of(data: &Path) -> Result<String, WrapError> {
    let output = Command::new("heaptrack_print")
        .args(["--print-peaks=0", "--print-allocators=0", "--print-temporary=0"])
        // What it knows to stay in every program is alive, too.
        .arg("--disable-builtin-suppressions")
        .arg("--file")
        .arg(data)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| unreadable(data, format!("heaptrack_print: {error}")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(unreadable(data, format!("heaptrack_print failed: {words}")))
}

/// The lines at the end: `calls to allocation functions: 3001 (8852/s)`.
pub(super) fn totals(printed: &str) -> Result<Reported, String> {
    let value = |label: &str| {
        let line = printed.lines().find_map(|line| line.strip_prefix(label));
        line.ok_or_else(|| format!("heaptrack_print gave no {:?}", label.trim_end_matches(':')))
    };
    let calls = number_behind(value("calls to allocation functions:")?, "");
    let peak = bytes(value("peak heap memory consumption:")?);
    // It is the last line, and calls leaked whatever is alive at the exit.
    let live = bytes(value("total memory leaked:")?);
    let calls = calls.ok_or("heaptrack_print gave no number of calls")?;
    let (peak, live) = peak.zip(live).ok_or("heaptrack_print gave no bytes")?;
    Ok(Reported {
        allocations: Some(calls),
        peak_live_bytes: Some(peak),
        live_bytes: Some(live),
        ..Reported::default()
    })
}

/// `770B`, `72.70K`, `1.07M`: in powers of 1,000.
fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let unit = text.chars().last()?;
    let scale = match unit {
        'B' => 1.0,
        'K' => 1e3,
        'M' => 1e6,
        'G' => 1e9,
        'T' => 1e12,
        _ => return None,
    };
    let number: f64 = text.strip_suffix(unit)?.parse().ok()?;
    let bytes = (number * scale).round();
    // A change of sign, an infinity or no number at all is not of heaptrack.
    (bytes >= 0.0 && bytes < 2_f64.powi(63)).then_some(bytes as u64)
}

/// Of what the interpreter says when the program has ended: `leaked allocations: 10`, all that are alive.
pub(super) fn leaked_allocations(log: &str) -> Result<u64, String> {
    let (_, stats) =
        log.rsplit_once("heaptrack stats:").ok_or("it has no statistics of heaptrack")?;
    // That line is the last.
    let whole = stats.contains("temporary allocations:");
    let number = whole.then(|| number_behind(stats, "leaked allocations:")).flatten();
    number.ok_or_else(|| "the statistics of heaptrack are cut off".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "\
reading file \"ht3.zst\" - please wait, this might take some time...
Debuggee command was: ./t 3
finished reading file, now analyzing data:

total runtime: 0.339000s.
calls to allocation functions: 3001 (8852/s)
temporary memory allocations: 3001 (8852/s)
peak heap memory consumption: 75.70K
peak RSS (including heaptrack overhead): 3.89M
total memory leaked: 770B
";

    const LOG: &str = "heaptrack stats:\n\tallocations:          \t11\n\
                       \tleaked allocations:   \t10\n\ttemporary allocations:\t0\n";

    #[test]
    fn labelled_lines_are_read() {
        let found = totals(PRINTED).unwrap();
        assert_eq!(found.allocations, Some(3_001));
        assert_eq!((found.peak_live_bytes, found.live_bytes), (Some(75_700), Some(770)));
        assert_eq!((found.deallocations, found.allocated_bytes), (None, None));
        assert_eq!(leaked_allocations(LOG), Ok(10));
    }

    #[test]
    fn bytes_are_printed_in_powers_of_a_thousand() {
        assert_eq!(bytes(" 0B"), Some(0));
        assert_eq!(bytes(" 1.07M"), Some(1_070_000));
        assert_eq!(bytes("2.50G"), Some(2_500_000_000));
        for wrong in ["", "B", "-1B", "NaNB", "infG", "1", "1e300T", "1.07 MB", "ß"] {
            assert_eq!(bytes(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn what_is_cut_off_is_an_error() {
        for end in 0..PRINTED.len() - 1 {
            assert!(totals(&PRINTED[..end]).is_err(), "cut off at {end}");
        }
        for end in 0..LOG.len() - 3 {
            assert!(leaked_allocations(&LOG[..end]).is_err(), "cut off at {end}");
        }
        assert!(totals(&PRINTED.replace(": 3001", ": many")).is_err());
    }

    #[test]
    fn an_error_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let heaptrack = Heaptrack { version: "1.4.0".to_owned() };
        let error = heaptrack.take_findings(folder.path()).unwrap_err().to_string();
        assert!(error.contains("heaptrack.data: heaptrack wrote no data"), "{error}");
    }
}
