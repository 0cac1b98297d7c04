//! Real releases as the test: what each version of memscope-rs did to accuracy is found, by name of the family.

mod common;

use std::path::PathBuf;
use std::process::Command;

use memscope_bench::analyse::accuracy::Family;
use memscope_bench::analyse::comparison::{Pairing, Shift, Side, compare};
use memscope_bench::analyse::summary::{Summary, matrices};
use memscope_bench::record::Run;
use memscope_bench::stats::LEAST_EFFECT;

/// A run in which all versions were audited: a recorded one, or one that is made now.
fn run() -> Run {
    if let Some(recorded) = std::env::var_os("MEMSCOPE_BENCH_RELEASES") {
        return Run::load(&PathBuf::from(recorded)).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_memscope-bench"));
    command.args(["audit", "-t", "memscope-rs@*/full", "--scale", "0.02", "--timeout", "30s"]);
    command.args(["-w", "leak-detection", "-w", "nested-structures", "--out"]).arg(folder.path());
    assert!(command.status().unwrap().success());
    Run::load(&Run::newest(folder.path()).unwrap()).unwrap()
}

/// The families in which a release became so against the one before it.
fn families(summary: &Summary, from: &str, to: &str, is: fn(Shift) -> bool) -> Vec<Family> {
    let matrix = &matrices(summary)[0];
    let side = |version: &str| {
        let row = matrix.versions.iter().find(|row| row.version.to_string() == version);
        Side::of(summary, &row.unwrap_or_else(|| panic!("{version} was not audited")).arm)
    };
    let comparison = compare(&[(side(from), side(to))], Pairing::SameBlocks, LEAST_EFFECT).unwrap();
    let rows = comparison.against[0].rows.iter();
    let mut families: Vec<Family> = rows.flat_map(|row| row.families(is)).collect();
    families.sort();
    families.dedup();
    families
}

#[test]
#[ignore = "builds sixteen versions of memscope-rs, which takes half an hour the first time"]
fn each_release_is_told_from_the_one_before_it() {
    let run = run();
    let summary = Summary::of(std::slice::from_ref(&run)).unwrap();
    let versions: Vec<String> =
        matrices(&summary)[0].versions.iter().map(|row| row.version.to_string()).collect();
    for pair in versions.windows(2) {
        let [from, to] = pair else { continue };
        let worse = families(&summary, from, to, Shift::is_worse);
        let better = families(&summary, from, to, |shift| shift == Shift::More);
        println!("{from} → {to}: less accurate in {worse:?}, more accurate in {better:?}");
    }
    let lost = families(&summary, "0.1.2", "0.1.3", Shift::is_worse);
    assert!(lost.contains(&Family::Events) && lost.contains(&Family::Live), "{lost:?}");
    let lost = families(&summary, "0.1.4", "0.1.5", Shift::is_worse);
    assert!(lost.contains(&Family::Peak), "{lost:?}");
    let mended = families(&summary, "0.1.10", "0.2.0", |shift| shift == Shift::More);
    for family in [Family::Events, Family::Live, Family::Peak] {
        assert!(mended.contains(&family), "{family:?}: {mended:?}");
    }
}
