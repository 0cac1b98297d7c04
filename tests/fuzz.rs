//! What comes from elsewhere may hold anything: every parser takes changed files, without a panic. The seeds are in
//! `tests/fuzz/`. A short round is among the usual tests; CONTRIBUTING.md says how a long one is run.
//!
//! Tests are built with overflow checks, so that what would wrap around in silence is a panic here.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use memscope_bench::analyse::adoption;
use memscope_bench::analyse::calibration;
use memscope_bench::analyse::gate::Baseline;
use memscope_bench::analyse::history;
use memscope_bench::analyse::profile::{DhatProfile, Totals};
use memscope_bench::analyse::summary::Summary;
use memscope_bench::common::printable::from_json;
use memscope_bench::plan::catalog::Catalog;
use memscope_bench::plan::spec::Spec;
use memscope_bench::present::{self, charts};
use memscope_bench::record::{CallProfile, ENVIRONMENT_FILE, RECORDS_FILE, Run};
use memscope_bench::run::wrap;
use protocol::Message;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Inputs for each parser, unless `MEMSCOPE_BENCH_FUZZ` says otherwise.
const INPUTS: u64 = 2_000;

/// What is put into a file: numbers at the ends of what they can be, and what has a meaning somewhere.
const PIECES: [&str; 24] = [
    "0",
    "-1",
    "1e308",
    "-0.0",
    "18446744073709551615",
    "9223372036854775808",
    "4294967296",
    "null",
    "true",
    "\"\"",
    "[]",
    "{}",
    "[[[[[[[[",
    "}",
    "\"",
    ",",
    "\\u001b",
    "\u{202e}",
    "\0",
    "\n",
    "../..",
    "=cmd|",
    "NaN",
    "(1)",
];

fn seed_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz").join(name)
}

/// A seed with a few changes.
fn changed(seed: &[u8], rng: &mut StdRng) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..rng.random_range(1..5) {
        let place = rng.random_range(0..=bytes.len());
        let end = (place + rng.random_range(0..40)).min(bytes.len());
        match rng.random_range(0..6) {
            0 if place < bytes.len() => bytes[place] ^= 1 << rng.random_range(0..8),
            1 => drop(bytes.drain(place..end)),
            2 => {
                let again = bytes[place..end].to_vec();
                bytes.splice(place..place, again);
            }
            3 => bytes.truncate(place),
            // A number as a whole, so that what follows is still read.
            4 => number(&mut bytes, place, rng),
            _ => {
                let piece = PIECES[rng.random_range(0..PIECES.len())];
                bytes.splice(place..place, piece.bytes());
            }
        }
    }
    bytes
}

/// Replaces the next number by another.
fn number(bytes: &mut Vec<u8>, from: usize, rng: &mut StdRng) {
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let Some(begin) = bytes[from..].iter().position(is_digit).map(|at| from + at) else { return };
    let length = bytes[begin..].iter().take_while(|byte| is_digit(byte)).count();
    let piece = PIECES[rng.random_range(0..8)];
    bytes.splice(begin..begin + length, piece.bytes());
}

/// Gives a parser a number of changed seeds. One at which it panics is kept, and named.
fn survives(name: &str, parse: impl Fn(&[u8])) {
    survives_from(&seed_file(name), parse);
}

fn survives_from(seed: &Path, parse: impl Fn(&[u8])) {
    let asked = std::env::var("MEMSCOPE_BENCH_FUZZ").ok().and_then(|text| text.parse().ok());
    let name = seed.file_name().unwrap();
    let seed = fs::read(seed).unwrap();
    parse(&seed);
    let mut rng = StdRng::seed_from_u64(if asked.is_some() { rand::random() } else { 1 });
    for _ in 0..asked.unwrap_or(INPUTS) {
        let input = changed(&seed, &mut rng);
        if catch_unwind(AssertUnwindSafe(|| parse(&input))).is_err() {
            let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
            fs::write(&kept, &input).unwrap();
            panic!("a panic; the input is kept: {}", kept.display());
        }
    }
}

fn text(input: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(input)
}

/// A run whose one file is changed, from its records to all that is made of them.
fn run_survives(changed: &str) {
    let folder = tempfile::tempdir().unwrap();
    for file in [RECORDS_FILE, ENVIRONMENT_FILE] {
        fs::copy(seed_file(file), folder.path().join(file)).unwrap();
    }
    let path = folder.path().join(changed);
    survives(changed, |input| {
        fs::write(&path, input).unwrap();
        let Ok(run) = Run::load(folder.path()) else { return };
        if let Ok(summary) = Summary::of(&[run]) {
            let _ = (present::markdown(&summary), present::csv(&summary));
        }
    });
}

#[test]
fn records() {
    run_survives(RECORDS_FILE);
}

#[test]
fn environments() {
    run_survives(ENVIRONMENT_FILE);
}

#[test]
fn baselines() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("baseline.json");
    survives("baseline.json", |input| {
        fs::write(&path, input).unwrap();
        if let Ok(baseline) = Baseline::load(&path) {
            let _ = baseline.judge(&baseline.arms, 5.0);
        }
    });
}

#[test]
fn calibrations() {
    let folder = tempfile::tempdir().unwrap();
    survives("calibration.json", |input| {
        fs::write(folder.path().join(calibration::FILE), input).unwrap();
        if let Ok(calibrations) = calibration::load(folder.path()) {
            let _ = present::calibration_tables(&calibrations);
            let mut summary = Summary::of(&[]).unwrap();
            summary.calibrations = calibrations;
            let _ = (charts::known_costs(&summary), charts::slow_downs(&summary));
        }
    });
}

#[test]
fn histories() {
    let folder = tempfile::tempdir().unwrap();
    survives("history.json", |input| {
        fs::write(folder.path().join(history::FILE), input).unwrap();
        if let Ok(history) = history::with(folder.path(), None) {
            let mut summary = Summary::of(&[]).unwrap();
            summary.history = history;
            let _ = (present::tables(&summary), charts::history(&summary));
        }
    });
}

#[test]
fn adoptions() {
    let folder = tempfile::tempdir().unwrap();
    survives("adoption.json", |input| {
        fs::write(folder.path().join(adoption::FILE), input).unwrap();
        if let Ok(adoptions) = adoption::load(folder.path()) {
            let _ = present::adoption_table(&adoptions);
        }
    });
}

#[test]
fn heap_profiles() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dhat-heap.json");
    survives("dhat-heap.json", |input| {
        fs::write(&path, input).unwrap();
        if let Ok(profile) = DhatProfile::read(&path) {
            let bytes = |totals: &Totals| totals.bytes;
            let _ = (profile.sites(), profile.totals(), profile.folded(bytes));
        }
    });
}

#[test]
fn call_profiles() {
    survives("callgrind.out", |input| {
        if let Ok(profile) = CallProfile::parse(&text(input)) {
            profile.total();
        }
    });
}

#[test]
fn findings_of_memcheck() {
    survives("memcheck.xml", |input| drop(wrap::findings_in(&text(input))));
}

#[test]
fn findings_of_other_tools() {
    for tool in [
        "valgrind-dhat",
        "massif",
        "heaptrack",
        "gperftools",
        "tcmalloc-leaks",
        "jemalloc-sampled",
        "jemalloc-prof",
        "lsan",
        "memusage",
    ] {
        let seed = format!("wrapped/{tool}");
        let whole = fs::read_to_string(seed_file(&seed)).unwrap();
        assert!(wrap::totals_in(tool, &whole).is_ok(), "{tool}: a seed that says nothing");
        survives(&seed, |input| drop(wrap::totals_in(tool, &text(input))));
    }
}

#[test]
fn messages() {
    survives("messages.jsonl", |input| {
        for line in text(input).lines() {
            drop(from_json::<Message>(line));
        }
    });
}

#[test]
fn specs() {
    survives("specs.txt", |input| {
        for line in text(input).lines() {
            drop(line.parse::<Spec>());
        }
    });
}

#[test]
fn catalogues() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("trackers.toml");
    survives_from(&own, |input| drop(Catalog::parse(&text(input))));
}
