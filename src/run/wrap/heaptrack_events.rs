//! Every event of a heaptrack data file: how many allocations there were, and how many were alive at once, which
//! `heaptrack_print` does not tell.
//!
//! The file is compressed text; a line `+ ID` is an allocation, a line `- ID` its free, and a reallocation is both
//! (heaptrack 1.4, `src/analyze/accumulatedtracedata.cpp`).

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use super::heaptrack::data_in;
use super::{WrapError, unreadable};

/// What a data file holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeaptrackEvents {
    /// Allocations, reallocations among them.
    pub allocations: u64,
    /// The most that were alive at once.
    pub peak_live: u64,
}

/// Reads the data file that heaptrack left in a folder.
///
/// # Errors
///
/// If there is none, what decompresses it is missing, or it holds no allocation.
pub fn heaptrack_events(folder: &Path) -> Result<HeaptrackEvents, WrapError> {
    let data = data_in(folder)?;
    let is_zstd = data.extension().is_some_and(|ending| ending == "zst");
    let program = if is_zstd { "zstd" } else { "gzip" };
    let wrong = |reason: String| unreadable(&data, reason);
    let mut unpacked = Command::new(program)
        .arg("-dc")
        .arg(&data)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| wrong(format!("{program}: {error}")))?;
    let stdout = unpacked.stdout.take();
    let told = stdout.map(|stdout| events(BufReader::new(stdout)));
    let ended = unpacked.wait().map_err(|error| wrong(format!("{program}: {error}")))?;
    let told = told.unwrap_or_else(|| Err("nothing can be read".to_owned())).map_err(wrong)?;
    if !ended.success() {
        return Err(wrong(format!("{program} failed: the file is not whole")));
    }
    if told.allocations == 0 {
        return Err(wrong("heaptrack saw no allocation".to_owned()));
    }
    Ok(told)
}

/// Counts the lines.
fn events(mut text: impl BufRead) -> Result<HeaptrackEvents, String> {
    let (mut told, mut live) = (HeaptrackEvents::default(), 0_u64);
    let mut line = Vec::new();
    loop {
        line.clear();
        if text.read_until(b'\n', &mut line).map_err(|error| error.to_string())? == 0 {
            return Ok(told);
        }
        match line.as_slice() {
            [b'+', b' ', ..] => {
                told.allocations = told.allocations.saturating_add(1);
                live = live.saturating_add(1);
                told.peak_live = told.peak_live.max(live);
            }
            // Of what was alive before heaptrack looked, it tells the free alone.
            [b'-', b' ', ..] => live = live.saturating_sub(1),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allocations_are_counted_and_the_most_alive() {
        let text =
            "v 10400 3\nX program\n- 0\na 10 1\n+ 0\n+ 0\n- 0\n+ 1\n+ 1\nc 12\nR 34\n- 1\n# +\n";
        let told = events(text.as_bytes()).unwrap();
        assert_eq!(told, HeaptrackEvents { allocations: 4, peak_live: 3 });
        assert_eq!(events("".as_bytes()).unwrap(), HeaptrackEvents::default());
        assert_eq!(events(&b"\xff\xfe\n+ 1"[..]).unwrap().allocations, 1);
    }

    #[test]
    fn what_is_no_data_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = heaptrack_events(folder.path()).unwrap_err().to_string();
        assert!(error.contains("heaptrack wrote no data"), "{error}");
        std::fs::write(folder.path().join("heaptrack.data.gz"), "no gzip").unwrap();
        let error = heaptrack_events(folder.path()).unwrap_err().to_string();
        assert!(error.contains("gzip failed"), "{error}");
    }
}
