//! `compare --links`, from the linker to the table: cargo builds and links, so it is not among the tests that run
//! unless they are asked for:
//!
//! ```console
//! cargo test --test links -- --ignored
//! ```

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use common::{errors, newest_run, text};
use memscope_bench::build::link;
use memscope_bench::build::subjects::SUBJECTS_VARIABLE;
use memscope_bench::plan::arm::Role;
use memscope_bench::record::RECORDS_FILE;
use protocol::Pass;
use serde_json::Value;

fn compare(folder: &Path, arguments: &[&str]) -> Output {
    linking(folder, &[&["compare"], arguments].concat())
}

/// The program, with subjects that cargo builds.
fn linking(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_memscope-bench"))
        .current_dir(folder)
        .args(arguments)
        .env_remove(SUBJECTS_VARIABLE)
        .output()
        .expect("our own program")
}

#[test]
#[ignore = "builds and links with cargo, which takes some minutes"]
fn each_side_is_linked_anew_measured_in_turns_and_judged_over_link_orders() {
    if let Err(why) = link::shuffles() {
        common::skipped(&why.to_string());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let small = ["-w", "reference-cycles", "--scale", "0.01", "--threads", "1"];
    let links = ["counting", "dhat", "--links", "5", "--samples", "10"];
    let output = compare(folder.path(), &[&links[..], &small, &["--json"]].concat());
    assert!(output.status.success(), "{}", errors(&output));
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed["links"], 5, "{printed:#}");
    assert!((printed["least_effect"].as_f64().unwrap() - 1.01).abs() < 1e-9, "{printed:#}");
    let change = &printed["against"][0]["rows"][0]["change"];
    assert!(change["low"].is_f64() && change["blocks"] == 10, "{change:#}");

    let run = newest_run(folder.path());
    let mut turns = BTreeMap::<String, BTreeSet<(u32, Option<u32>)>>::new();
    for record in run.records.iter().filter(|one| one.pass == Pass::Timed && one.is_of_a_cell()) {
        assert_eq!(record.outcome.failure(), None, "{record:?}");
        let expected = (record.arm.role != Role::Base).then_some(record.slot.block % 5);
        assert_eq!(record.slot.link, expected);
        turns.entry(record.arm.to_string()).or_default().insert((record.slot.block, expected));
    }
    assert_eq!(turns.len(), 4, "the base, a tracker twice, and another: {turns:?}");
    assert!(turns.values().all(|blocks| blocks.len() == 11), "{turns:?}");

    // Taken up in its middle, it comes to the same samples, each of the same link order.
    let path = run.folder.join(RECORDS_FILE);
    let lines = fs::read_to_string(&path).unwrap();
    let kept: Vec<&str> = lines.lines().take(run.records.len() - 13).collect();
    fs::write(&path, kept.join("\n") + "\n").unwrap();
    let output = compare(folder.path(), &["--resume", run.folder.to_str().unwrap()]);
    assert!(output.status.success(), "{}", errors(&output));
    assert!(text(&output.stdout).contains("Each side was linked 5 times"), "{output:?}");
    let resumed = newest_run(folder.path());
    let slots = |run: &memscope_bench::record::Run| -> Vec<_> {
        run.records.iter().map(|one| (one.arm.clone(), one.pass, one.slot)).collect()
    };
    assert_eq!(slots(&resumed), slots(&run));
}

#[test]
#[ignore = "builds and links with cargo, which takes some minutes"]
fn the_same_code_linked_anew_is_set_against_itself() {
    if let Err(why) = link::shuffles() {
        common::skipped(&why.to_string());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let small = ["-w", "reference-cycles", "--scale", "0.01", "--samples", "20", "--json"];
    let output =
        linking(folder.path(), &[&["calibrate", "layout", "--links", "2"], &small[..]].concat());
    assert!(output.status.success(), "{}", errors(&output));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let of = &found["layouts"][0];
    assert_eq!((&of["orders"], &of["blocks"]), (&2.into(), &20.into()), "{of:#}");
    assert_eq!(of["pairs"]["different"]["all"], 2, "{of:#}");
    // Eight make one.
    assert_eq!(of["over_orders"]["different"]["all"], 0, "{of:#}");
    assert!(of["spread"].as_f64().is_some_and(|spread| spread > 0.0), "{of:#}");
}
