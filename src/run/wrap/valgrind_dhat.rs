//! Valgrind DHAT: counts allocations and bytes by program point, of the whole process.
//!
//! Its file is JSON of version 2, as the file's own text and Valgrind's `dhat/dh_main.c` have it. The totals are the
//! sums over all program points.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use protocol::Reported;
use serde::Deserialize;

use super::{ToolFindings, WrapError, Wrapper, parsed, remove, valgrind};

const OUT: &str = "dhat.json";
const LOG: &str = "dhat.log";

/// The version of the file's format that is read here.
const FORMAT: u32 = 2;

/// An installed DHAT.
#[derive(Clone, Debug)]
pub(super) struct Dhat {
    version: String,
}

impl Dhat {
    /// Finds it on the `PATH`.
    pub(super) fn find() -> Result<Self, WrapError> {
        Ok(Self { version: valgrind::version()? })
    }
}

impl Wrapper for Dhat {
    fn version(&self) -> &str {
        &self.version
    }

    fn command(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        let options = ["--tool=dhat"];
        valgrind::command(folder, &options, &[("--dhat-out-file=", OUT), ("--log-file=", LOG)])
    }

    fn take_findings(&self, folder: &Path) -> Result<ToolFindings, WrapError> {
        let found = parsed(&folder.join(OUT), totals);
        remove(&[OUT, LOG].map(|file| folder.join(file)));
        found.map(ToolFindings::of)
    }
}

/// What is read of the file.
#[derive(Deserialize)]
struct Profile {
    #[serde(rename = "dhatFileVersion")]
    format: u32,
    /// `heap`, if it is not of copies or of ad-hoc events.
    mode: String,
    #[serde(rename = "pps")]
    points: Vec<Point>,
}

/// A program point.
#[derive(Deserialize)]
struct Point {
    /// Bytes allocated.
    tb: u64,
    /// Blocks allocated. A reallocation is one more, of its new size.
    tbk: u64,
    /// Bytes alive when the whole heap was largest (`t-gmax`).
    gb: u64,
    /// Bytes alive at the end.
    eb: u64,
    /// Blocks alive at the end.
    ebk: u64,
}

pub(super) fn totals(text: &str) -> Result<Reported, String> {
    let profile: Profile = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if profile.format != FORMAT || profile.mode != "heap" {
        let Profile { format, mode, .. } = profile;
        return Err(format!(
            "it is of format {format} and mode {mode:?}, and not {FORMAT} and \"heap\""
        ));
    }
    let sum = |field: fn(&Point) -> u64| {
        Some(profile.points.iter().map(field).fold(0, u64::saturating_add))
    };
    Ok(Reported {
        allocations: sum(|point| point.tbk),
        allocated_bytes: sum(|point| point.tb),
        live_allocations: sum(|point| point.ebk),
        live_bytes: sum(|point| point.eb),
        peak_live_bytes: sum(|point| point.gb),
        ..Reported::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thousand times `malloc(1000)`, `realloc` to 3,000, `realloc` to 2,000 and `free`; then ten of 77 bytes stay.
    const OUT_FILE: &str = r#"{"dhatFileVersion":2
,"mode":"heap","verb":"Allocated"
,"bklt":true,"bkacc":true
,"tu":"instrs","Mtu":"Minstr"
,"tuth":500
,"cmd":"./t 2"
,"pid":29975
,"te":530360
,"tg":525635
,"pps":
 [{"tb":6000000,"tbk":3000
  ,"tl":347363
  ,"mb":3000,"mbk":1
  ,"gb":3000,"gbk":1
  ,"eb":0,"ebk":0
  ,"rb":3000000,"wb":4000000
  ,"fs":[1,2]
  }
 ,{"tb":770,"tbk":10
  ,"tl":53579
  ,"mb":770,"mbk":10
  ,"gb":700,"gbk":10
  ,"eb":770,"ebk":10
  ,"rb":0,"wb":770
  ,"acc":[-770,1]
  ,"fs":[1,3]
  }
 ]
,"ftbl":
 ["[root]"
 ,"0x48417B4: malloc (in /usr/libexec/valgrind/vgpreload_dhat-amd64-linux.so)"
 ]
}"#;

    #[test]
    fn totals_are_sums_over_program_points() {
        let found = totals(OUT_FILE).unwrap();
        assert_eq!((found.allocations, found.allocated_bytes), (Some(3_010), Some(6_000_770)));
        assert_eq!((found.live_allocations, found.live_bytes), (Some(10), Some(770)));
        assert_eq!(found.peak_live_bytes, Some(3_700));
        // What DHAT does not tell is absent, not zero.
        assert_eq!((found.deallocations, found.freed_bytes), (None, None));
    }

    #[test]
    fn what_is_cut_off_or_of_another_format_is_an_error() {
        for end in 0..OUT_FILE.len() {
            assert!(totals(&OUT_FILE[..end]).is_err(), "cut off at {end}");
        }
        let error = totals(&OUT_FILE.replace("Version\":2", "Version\":3")).unwrap_err();
        assert!(error.contains("format 3"), "{error}");
        assert!(totals(&OUT_FILE.replace("6000000", "-6")).is_err());
        let most = OUT_FILE.replace("6000000", &u64::MAX.to_string());
        assert_eq!(totals(&most).unwrap().allocated_bytes, Some(u64::MAX));
    }
}
