//! Valgrind Massif: how much heap was in use, at moments. Of these only the largest is a figure here.
//!
//! It takes what it calls the peak only when the heap has grown by more than 1 % since the last one
//! (`--peak-inaccuracy`): so much may the true peak be above.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use protocol::Reported;

use super::{ToolFindings, WrapError, Wrapper, parsed, remove, valgrind};

const OUT: &str = "massif.out";
const LOG: &str = "massif.log";

/// An installed Massif.
#[derive(Clone, Debug)]
pub(super) struct Massif {
    version: String,
}

impl Massif {
    /// Finds it on the `PATH`.
    pub(super) fn find() -> Result<Self, WrapError> {
        Ok(Self { version: valgrind::version()? })
    }
}

impl Wrapper for Massif {
    fn version(&self) -> &str {
        &self.version
    }

    fn command(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        let options = ["--tool=massif"];
        valgrind::command(folder, &options, &[("--massif-out-file=", OUT), ("--log-file=", LOG)])
    }

    fn take_findings(&self, folder: &Path) -> Result<ToolFindings, WrapError> {
        let found = parsed(&folder.join(OUT), totals);
        remove(&[OUT, LOG].map(|file| folder.join(file)));
        found.map(ToolFindings::of)
    }
}

/// The most bytes that any snapshot has. Bytes that were asked for: what the allocator adds stands apart, as
/// `mem_heap_extra_B`.
pub(super) fn totals(text: &str) -> Result<Reported, String> {
    Ok(Reported { peak_live_bytes: Some(peak(text)?), ..Reported::default() })
}

fn peak(text: &str) -> Result<u64, String> {
    let values = |label: &'static str| text.lines().filter_map(move |l| l.strip_prefix(label));
    let begun = values("snapshot=").count();
    let heaps: Vec<u64> = values("mem_heap_B=").filter_map(|bytes| bytes.parse().ok()).collect();
    // The last of a snapshot's lines that is always there.
    let ended = values("heap_tree=").count();
    if !text.ends_with('\n') || heaps.len() != begun || ended != begun {
        return Err("it is cut off, or no file of Massif's".to_owned());
    }
    heaps.into_iter().max().ok_or_else(|| "it has no snapshots".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUT_FILE: &str = "desc: --massif-out-file=m3.out
cmd: ./t 3
time_unit: i
#-----------
snapshot=0
#-----------
time=0
mem_heap_B=0
mem_heap_extra_B=0
mem_stacks_B=0
heap_tree=empty
#-----------
snapshot=1
#-----------
time=138437
mem_heap_B=770
mem_heap_extra_B=110
mem_stacks_B=0
heap_tree=peak
n1: 770 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.
 n0: 770 0x1092FA: main (t.c:11)
#-----------
snapshot=2
#-----------
time=138498
mem_heap_B=693
mem_heap_extra_B=99
mem_stacks_B=0
heap_tree=empty
";

    #[test]
    fn the_largest_snapshot_is_the_peak() {
        assert_eq!(peak(OUT_FILE), Ok(770));
    }

    #[test]
    fn what_is_cut_off_is_an_error_and_never_a_panic() {
        // Where a line of a tree or of a rule ends, nothing in the file tells that more was to come.
        for end in 0..OUT_FILE.len() - 1 {
            let cut = &OUT_FILE[..end];
            let last = cut.lines().last().unwrap_or_default();
            let ends_well = ["heap_tree=", "#---", "n1:", " n0:"];
            let well = cut.ends_with('\n') && ends_well.iter().any(|word| last.starts_with(word));
            assert!(peak(cut).is_err() || well, "cut off at {end}");
        }
        assert!(peak(&OUT_FILE.replace("=693", "=many")).is_err());
        assert!(peak("").is_err());
        assert!(peak("desc: none\n").unwrap_err().contains("no snapshots"));
    }
}
