//! Every figure of the README comes from the committed sample report, and the command beside it is the
//! one that made it.

use std::fs;
use std::path::Path;

use memscope_bench::records::Run;
use memscope_bench::report;
use memscope_bench::summary::Summary;

fn sample() -> Run {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("target-reports/sample/data");
    let mut runs = fs::read_dir(&data).expect("the sample report has its data").flatten();
    let run = runs.next().expect("there is a run in it").path();
    assert!(runs.next().is_none(), "the sample report is of one run");
    Run::load(&run).expect("it can be read")
}

fn readme() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"))
        .expect("there is a README")
}

#[test]
fn its_table_is_that_of_the_sample_report() {
    let summary = Summary::of(&[sample()]).unwrap();
    let table = report::overview(&summary);
    assert!(readme().contains(&table), "the README should contain:\n{table}");
}

#[test]
fn the_command_that_made_it_stands_beside_it() {
    let command = sample().environment.command;
    let arguments = command.strip_prefix("memscope-bench ").expect("made by this program");
    assert!(readme().contains(&format!("cargo run --release -- {arguments}")), "{command}");
}

#[test]
fn the_sample_is_of_real_size_and_a_release_build() {
    let run = sample();
    assert!(run.records.iter().all(|record| record.scale == 1.0 && !record.debug_build));
}

#[test]
fn the_charts_shown_are_there() {
    for line in readme().lines().filter(|line| line.starts_with("![")) {
        let path = line.split_once("](").and_then(|(_, rest)| rest.split_once(')')).unwrap().0;
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(path).is_file(), "{path} is missing");
    }
}
