//! Reading what dhat writes: `dhat-heap.json`, version 2 of DHAT's file format.
//!
//! Format: <https://valgrind.org/docs/manual/dh-manual.html>, and `dhat` 0.3.3's source, which writes it.

use std::collections::BTreeMap;
use std::fs;
use std::ops::AddAssign;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{ProfileError, Site, file_error};
use crate::common::printable::from_json;

/// The sources that are the program's own.
const WORKLOADS: &str = "src/workloads/";

/// A profile as dhat wrote it, as far as it is used here.
#[derive(Clone, Debug, Deserialize)]
pub struct DhatProfile {
    #[serde(rename = "dhatFileVersion")]
    version: u32,
    #[serde(rename = "pps")]
    points: Vec<Point>,
    #[serde(rename = "ftbl")]
    frames: Vec<String>,
}

/// A program point: everything allocated with one stack.
#[derive(Clone, Debug, Deserialize)]
struct Point {
    #[serde(flatten)]
    totals: Totals,
    /// Indices of frames, innermost first.
    #[serde(rename = "fs")]
    frames: Vec<usize>,
}

/// Bytes and allocations: in total, when the heap was largest, and at the end. A reallocation is one more
/// block of the new size, by dhat's convention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Bytes allocated in total.
    #[serde(alias = "tb")]
    pub bytes: u64,
    /// Allocations in total.
    #[serde(alias = "tbk", alias = "blocks")]
    pub allocations: u64,
    /// Bytes alive when the whole heap was largest.
    #[serde(alias = "gb")]
    pub peak_bytes: u64,
    /// Allocations alive then.
    #[serde(alias = "gbk", alias = "peak_blocks")]
    pub peak_allocations: u64,
    /// Bytes alive at the end.
    #[serde(alias = "eb")]
    pub end_bytes: u64,
    /// Allocations alive at the end.
    #[serde(alias = "ebk", alias = "end_blocks")]
    pub end_allocations: u64,
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.allocations = self.allocations.saturating_add(other.allocations);
        self.peak_bytes = self.peak_bytes.saturating_add(other.peak_bytes);
        self.peak_allocations = self.peak_allocations.saturating_add(other.peak_allocations);
        self.end_bytes = self.end_bytes.saturating_add(other.end_bytes);
        self.end_allocations = self.end_allocations.saturating_add(other.end_allocations);
    }
}

/// A frame of a stack: `function (file:line:column)`.
struct Frame<'a> {
    function: String,
    place: &'a str,
}

impl<'a> Frame<'a> {
    fn new(text: &'a str) -> Self {
        // "0x5633a99da22f: alloc_impl<…> (alloc/src/alloc.rs:312:9)"
        let text = text.split_once(": ").map_or(text, |(_, text)| text);
        let (function, place) = match text.rsplit_once(" (") {
            Some((function, place)) => (function, place.trim_end_matches(')')),
            None => (text, ""),
        };
        Self { function: without_generics(function), place }
    }

    fn is_of_a_workload(&self) -> bool {
        self.place.contains(WORKLOADS)
    }

    /// Whether it belongs to the way through the allocators, which every stack begins with.
    fn is_of_an_allocator(&self) -> bool {
        ["ground_truth/", "dhat-", "trackers/"].iter().any(|own| self.place.contains(own))
    }

    /// File and line, without the column.
    fn line(&self) -> &'a str {
        self.place.rsplit_once(':').map_or(self.place, |(line, _)| line)
    }
}

/// A function's name without what is between angle brackets: `run<Audited<NoProbe>>` → `run`.
fn without_generics(name: &str) -> String {
    let mut depth = 0_u32;
    let mut kept = String::new();
    let mut before = ' ';
    for c in name.chars() {
        match c {
            '<' => depth += 1,
            // The arrow of a function's type closes nothing.
            '>' if before != '-' => depth = depth.saturating_sub(1),
            c if depth == 0 => kept.push(c),
            _ => {}
        }
        before = c;
    }
    // `<T as Trait>::method` keeps its method; of `<T as Trait>` alone nothing would be left.
    match kept.trim_start_matches("::") {
        "" => name.to_owned(),
        kept => kept.to_owned(),
    }
}

impl DhatProfile {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is not what dhat writes.
    pub fn read(path: &Path) -> Result<Self, ProfileError> {
        let text = fs::read_to_string(path).map_err(file_error(path))?;
        let malformed = |reason: String| ProfileError::Malformed { path: path.to_owned(), reason };
        let profile: Self = from_json(&text).map_err(|error| malformed(error.to_string()))?;
        if profile.version != 2 {
            return Err(malformed(format!("version {}, where 2 is known", profile.version)));
        }
        let frames = profile.points.iter().flat_map(|point| &point.frames);
        match frames.max() {
            Some(&last) if last >= profile.frames.len() => {
                Err(malformed(format!("frame {last} of {}", profile.frames.len())))
            }
            _ => Ok(profile),
        }
    }

    /// Sums over everything.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        self.points.iter().for_each(|point| totals += point.totals);
        totals
    }

    /// Everything by the line of the workload that asked for it, most bytes first.
    pub fn sites(&self) -> Vec<Site> {
        let mut sites = BTreeMap::<(String, String), Totals>::new();
        for point in &self.points {
            let mut frames = point.frames.iter().map(|&frame| Frame::new(&self.frames[frame]));
            let own = frames.clone().find(Frame::is_of_a_workload);
            let site = own.or_else(|| frames.find(|frame| !frame.is_of_an_allocator()));
            let key = site.map_or_else(
                || ("unknown".to_owned(), String::new()),
                |frame| (frame.line().to_owned(), frame.function),
            );
            *sites.entry(key).or_default() += point.totals;
        }
        let mut sites: Vec<Site> = sites
            .into_iter()
            .map(|((place, function), totals)| Site { function, place, totals })
            .collect();
        sites.sort_by_key(|site| std::cmp::Reverse(site.totals.bytes));
        sites
    }

    /// Folded stacks, outermost first, with a figure each: `run;nested_map;with_capacity 240000`. What
    /// lies around the workload, and inside the allocator, is left out.
    pub fn folded(&self, figure: fn(&Totals) -> u64) -> Vec<String> {
        let mut stacks = Vec::new();
        for point in &self.points {
            let frames: Vec<Frame<'_>> =
                point.frames.iter().map(|&frame| Frame::new(&self.frames[frame])).collect();
            let inner = frames.iter().rposition(Frame::is_of_an_allocator).map_or(0, |at| at + 1);
            let outer = frames.iter().rposition(Frame::is_of_a_workload);
            let end = outer.map_or(frames.len(), |at| at + 1);
            // In a foreign profile the allocator may lie outside the workload.
            let own = &frames[inner.min(end)..end];
            let names = own.iter().rev().map(|frame| {
                let name = frame.function.replace(';', ",");
                match frame.is_of_a_workload() {
                    true => format!("{name} ({})", frame.line().rsplit('/').next().unwrap_or("")),
                    false => name,
                }
            });
            let value = figure(&point.totals);
            if value > 0 {
                stacks.push(format!("{} {value}", names.collect::<Vec<_>>().join(";")));
            }
        }
        stacks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"dhatFileVersion":2,"mode":"rust-heap","pps":[
        {"tb":100,"tbk":5,"tl":1,"mb":40,"mbk":2,"gb":40,"gbk":2,"eb":0,"ebk":0,"fs":[1,2,3,4]},
        {"tb":900,"tbk":1,"tl":1,"mb":900,"mbk":1,"gb":900,"gbk":1,"eb":900,"ebk":1,"fs":[1,3,4]},
        {"tb":7,"tbk":7,"tl":1,"mb":0,"mbk":0,"gb":0,"gbk":0,"eb":0,"ebk":0,"fs":[1,5]}],
        "ftbl":["[root]","0x1: alloc (dhat-0.3.3/src/lib.rs:1176:9)",
        "0x2: with_capacity<u8, A<B>> (src/vec/mod.rs:524:9)",
        "0x3: run<P> (src/workloads/fragmentation.rs:44:35)",
        "0x4: part<P> (subject/src/measure.rs:150:5)",
        "0x5: spawn (src/thread.rs:1:2)"]}"#;

    fn profile(text: &str) -> Result<DhatProfile, ProfileError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        DhatProfile::read(file.path())
    }

    #[test]
    fn sites_are_lines_of_the_workload() {
        let profile = profile(TEXT).unwrap();
        let sites: Vec<_> = profile
            .sites()
            .into_iter()
            .map(|site| (site.function, site.place, site.totals.bytes, site.totals.allocations))
            .collect();
        let own = ("run".to_owned(), "src/workloads/fragmentation.rs:44".to_owned(), 1_000, 6);
        assert_eq!(sites, [own, ("spawn".to_owned(), "src/thread.rs:1".to_owned(), 7, 7)]);
        let totals = profile.totals();
        assert_eq!((totals.bytes, totals.allocations, totals.peak_bytes), (1_007, 13, 940));
        assert_eq!((totals.end_bytes, totals.end_allocations), (900, 1));
    }

    #[test]
    fn stacks_begin_with_the_workload_and_end_before_the_allocator() {
        let folded = profile(TEXT).unwrap().folded(|totals| totals.peak_bytes);
        let run = "run (fragmentation.rs:44)";
        assert_eq!(folded, [format!("{run};with_capacity 40"), format!("{run} 900")]);
    }

    #[test]
    fn names_lose_their_generics_and_nothing_else() {
        for (name, short) in [
            ("run<Audited<NoProbe>>", "run"),
            ("<T as Trait<A>>::method", "method"),
            ("map_or_else<&str, fn(&str) -> String>", "map_or_else"),
            ("{closure#0}<A>", "{closure#0}"),
            ("<T as Trait>", "<T as Trait>"),
        ] {
            assert_eq!(without_generics(name), short);
        }
    }

    #[test]
    fn what_is_no_profile_is_named() {
        for (text, told) in [
            ("{}", "missing field"),
            (&TEXT.replace(":2,\"mode", ":3,\"mode"), "version 3"),
            (&TEXT.replace("[1,5]", "[1,50]"), "frame 50 of 6"),
        ] {
            let error = profile(text).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
