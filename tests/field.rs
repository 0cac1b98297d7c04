//! Every tracker of the catalogue that is built on demand builds, runs, and is as accurate as we found it: its grade on
//! two workloads whose events do not depend on the machine.

mod common;

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use common::{errors, memscope_bench};
use memscope_bench::plan::catalog::{Catalog, TrackerEntry};
use serde_json::Value;

/// Stands for a grade that is not the same in every run.
const VARIES: &str = "varies";

/// What is asked for, and the grades on `reallocations` and `reference-cycles` at a hundredth of their sizes.
const EXPECTED: [(&str, [&str; 2]); 25] = [
    ("alloc_tracker", ["exact", "exact"]),
    ("cap", ["exact", "exact"]),
    ("frame-pointers", ["none", "none"]),
    ("heapscope/exact", ["exact", "exact"]),
    ("heapscope/sampled", ["absent", "absent"]),
    ("heapster", ["exact", "exact"]),
    ("heapster-full", ["exact", "exact"]),
    ("hotpath", ["none", "none"]),
    ("leaktracer", ["wrong", "wrong"]),
    ("mimalloc", ["none", "none"]),
    ("mimalloc-pprof", ["absent", "absent"]),
    ("mimalloc-pprof-dhat", ["exact", "exact"]),
    ("mod-alloc", ["exact", "exact"]),
    ("mod-alloc-backtraces", ["exact", "exact"]),
    // The name of its file, three allocations of the adapter, is counted too.
    ("mod-alloc-dhat", ["off", "close"]),
    ("peak_alloc", ["wrong", "exact"]),
    ("pprof-alloc", ["exact", "exact"]),
    ("pprof-alloc-exact", ["exact", "exact"]),
    ("rallo", ["exact", "exact"]),
    ("re_memory/accounting", ["exact", "exact"]),
    // Which call stacks it samples depends on addresses, which the system draws by lot.
    ("re_memory/callstacks", ["wrong", VARIES]),
    ("rpprof", ["failed", "failed"]),
    ("stats_alloc", ["exact", "exact"]),
    ("tikv-jemallocator", ["none", "none"]),
    ("tracking-allocator", ["exact", "exact"]),
];

/// Names the trackers to try, as `all` or by their numbers: `2/12` is the second of twelve parts. Without it, a part that
/// changes with the day.
const PART: &str = "MEMSCOPE_BENCH_FIELD";

fn part() -> (usize, usize) {
    let asked = std::env::var(PART).ok();
    let today = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / 86_400;
    match asked.as_deref() {
        Some("all") => (0, 1),
        Some(text) => {
            let (part, parts) = text.split_once('/').expect("PART/PARTS");
            (part.parse::<usize>().unwrap() - 1, parts.parse().unwrap())
        }
        None => (today as usize % 12, 12),
    }
}

fn is_on_demand(entry: &&TrackerEntry) -> bool {
    entry.measured().is_some()
}

#[test]
fn every_tracker_has_an_expectation() {
    let catalog = Catalog::built_in().unwrap();
    let mut specs: Vec<String> = Vec::new();
    for entry in catalog.trackers.iter().filter(is_on_demand) {
        match entry.modes.as_slice() {
            [] => specs.push(entry.name.clone()),
            modes => {
                specs.extend(modes.iter().map(|mode| format!("{}/{}", entry.name, mode.name)));
            }
        }
    }
    specs.sort();
    assert_eq!(specs, EXPECTED.map(|(spec, _)| spec));
}

/// The grades of one tracker, by workload.
fn grades(spec: &str) -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["audit", "-t", spec, "-w", "reallocations", "-w", "reference-cycles"];
    let more = ["--scale", "0.01", "--timeout", "60s", "--json"];
    let output = memscope_bench(folder.path(), &[&arguments[..], &more].concat()).output().unwrap();
    assert!(output.status.success(), "{spec}: {}", errors(&output));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let audits = summary["audits"].as_array().unwrap();
    let misdeclared: Vec<_> = audits.iter().filter_map(|audit| audit.get("misdeclared")).collect();
    assert!(misdeclared.is_empty(), "{spec}: {misdeclared:?}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    audits.iter().map(|audit| (text(&audit["workload"]), text(&audit["grade"]))).collect()
}

#[test]
#[ignore = "builds trackers: a minute each, and a network"]
fn each_is_as_accurate_as_it_was_found() {
    let (part, parts) = part();
    let mut wrong = Vec::new();
    for (spec, expected) in EXPECTED.iter().skip(part).step_by(parts) {
        let found = grades(spec);
        let found = ["reallocations", "reference-cycles"]
            .map(|workload| found.get(workload).map_or("none", String::as_str));
        eprintln!("{spec}: {found:?}");
        let is_right = |(found, expected): (&&str, &&str)| *expected == VARIES || found == expected;
        if !found.iter().zip(expected).all(is_right) {
            wrong.push(format!("{spec}: {found:?}, and it was {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
