//! What trackers would cost a reader's program.

mod common;

use std::path::Path;

use common::{errors, programs, run};
use memscope_bench::analyse::prediction::predictions;
use memscope_bench::analyse::summary::Summary;
use memscope_bench::common::units::percent;
use memscope_bench::stats;
use serde_json::Value;

/// Three phases, so that there is a model.
fn measured(folder: &Path) {
    let phases = ["fragmentation", "reference-cycles", "basic-structures"];
    let mut arguments = vec!["measure", "-t", "dhat", "--scale", "0.02", "--samples", "7"];
    arguments.extend(phases.iter().flat_map(|phase| ["-w", phase]));
    let output = run(folder, &arguments);
    assert!(output.status.success(), "{}", errors(&output));
}

fn told(folder: &Path, arguments: &[&str]) -> Value {
    let output = run(folder, &[&["predict", "--json"], arguments].concat());
    assert!(output.status.success(), "{}", errors(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn what_is_told_lies_within_what_was_measured() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = run(folder.path(), &["predict", "--rate", "1"]);
    assert_eq!(nothing.status.code(), Some(2));
    measured(folder.path());
    let beyond = told(folder.path(), &["--rate", "1e15"]);
    let words = beyond["trackers"][0]["beyond"].as_str().unwrap().to_owned();
    assert!(words.contains("allocations a second"), "{words}");
    assert!(beyond["trackers"][0]["predicted"].is_null());
    // Between the rates that it names.
    let rates: Vec<f64> =
        words.split(' ').filter_map(|word| word.replace(',', "").parse().ok()).collect();
    let rate = ((rates[0] + rates[1]) / 2.0).to_string();
    let within = told(folder.path(), &["--rate", &rate, "--live", "100"]);
    let cpu = &within["trackers"][0]["predicted"]["cpu"];
    let [low, typical, high] = ["low", "typical", "high"].map(|end| cpu[end].as_f64().unwrap());
    assert!(low <= typical && typical <= high && typical > 1.0, "{cpu}");
    // Nobody has swept over threads.
    let threads = told(folder.path(), &["--rate", &rate, "--threads", "4"]);
    let words = threads["trackers"][0]["beyond"].as_str().unwrap();
    assert_eq!(words, "measured on up to 1 thread");
    for wrong in [&["--rate", "-1"][..], &["--rate", "inf"], &[], &["--rate", "1", "--", "true"]] {
        let output = run(folder.path(), &[&["predict"], wrong].concat());
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
    }
}

/// A workload: its rate, nanoseconds and number of allocations, and the most that are alive.
type Point = (f64, f64, f64, f64);

/// The median error of each workload's ratio as the others predict it, if an allocation takes `factor` times as long with so
/// many alive.
fn median_error(points: &[Point], factor: impl Fn(f64) -> f64) -> f64 {
    let error = |one: usize| {
        let others = points.iter().enumerate().filter(|(at, _)| *at != one).map(|(_, point)| point);
        let (mut number, mut all_ns) = (0.0, 0.0);
        for (_, ns, own, live) in others {
            number += own;
            all_ns += own * ns / factor(*live);
        }
        let (rate, ns, _, live) = points[one];
        let ratio = |ns: f64| 1.0 + rate * ns / 1e9;
        (ratio(all_ns / number * factor(live)) / ratio(ns) - 1.0).abs()
    };
    let errors: Vec<f64> = (0..points.len()).map(error).collect();
    stats::median(&errors).unwrap()
}

#[test]
fn live_sets_within_the_range_of_the_workloads_are_left_out_for_a_reason() {
    let summary = Summary::of(&common::committed_runs("sample")).unwrap();
    let methodology =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("METHODOLOGY.md"))
            .unwrap();
    let mut rows = Vec::new();
    for model in predictions(&summary) {
        // Where it adds too little to be told from nothing, there is no curve.
        if model.by_live.end() < model.live {
            continue;
        }
        let points = summary.workloads.iter().filter_map(|workload| {
            let number = workload.allocations? as f64;
            let cpu_s = workload.untracked.as_ref()?.cpu_s?;
            let ns = workload.added_per_allocation(&model.arm)?.ns;
            Some((number / cpu_s, ns, number, workload.live? as f64))
        });
        let points: Vec<Point> = points.collect();
        let without = median_error(&points, |_| 1.0);
        assert!((without - model.error).abs() < 1e-9, "{without} and {}", model.error);
        let with = median_error(&points, |live| model.by_live.at(live).unwrap());
        rows.push(format!("| {} | {} | {} |", model.arm, percent(without), percent(with)));
    }
    assert!(rows.len() >= 5, "{rows:?}");
    let table = rows.join("\n");
    println!("{table}");
    assert!(methodology.contains(&table), "METHODOLOGY.md does not have these rows");
}

#[test]
fn what_is_beyond_the_workloads_is_told_as_far_as_sweeps_go_and_with_its_error() {
    let summary = Summary::of(&common::committed_runs("sample/growth")).unwrap();
    let methodology = include_str!("../METHODOLOGY.md");
    let error = |error: Option<f64>| error.map_or("–".to_owned(), percent);
    let mut rows = Vec::new();
    for model in predictions(&summary) {
        let with_ten_million = model.by_live(1e7).ok().map(|factor| format!("{factor:.1}×"));
        assert!(model.by_live(1e8).is_err(), "{}: nothing was measured there", model.arm);
        rows.push(format!(
            "| {} | {} | {} | {} | {} |",
            model.arm,
            percent(model.error),
            with_ten_million.unwrap_or("–".to_owned()),
            error(model.error_with_more_alive),
            error(model.error_on_threads)
        ));
    }
    assert!(rows.len() >= 8, "{rows:?}");
    let table = rows.join("\n");
    println!("{table}");
    assert!(methodology.contains(&table), "METHODOLOGY.md does not have these rows");
}

#[test]
fn a_program_is_counted() {
    if !common::has_tool("heaptrack") {
        common::skipped("heaptrack is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    measured(folder.path());
    let reader = programs().join("reader");
    let output = run(folder.path(), &["predict", "--json", "--", reader.to_str().unwrap()]);
    assert!(output.status.success(), "{}", errors(&output));
    assert!(errors(&output).contains("20000 are kept"), "{}", errors(&output));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let counted = |figure: &str| told["counted"][figure].as_u64().unwrap();
    // Beside them, the Rust runtime's, the loader's and heaptrack's own.
    assert!((220_000..220_200).contains(&counted("allocations")), "{told}");
    assert!((20_000..20_200).contains(&counted("peak_live_allocations")), "{told}");
    assert_eq!(counted("threads"), 3);
    let rate = told["program"]["rate"].as_f64().unwrap();
    let cpu_s = told["counted"]["cpu_s"].as_f64().unwrap();
    assert!((rate * cpu_s - counted("allocations") as f64).abs() < 1.0, "{told}");
    // What the program itself saw of its CPU time, and a little for its start and end; it slept for a tenth of a second.
    let words = errors(&output);
    let (_, own) = words.split_once("20000 are kept, ").unwrap();
    let own: f64 = own.split_once(" us").unwrap().0.parse().unwrap();
    assert!((own / 1e6..own / 1e6 + 0.05).contains(&cpu_s), "{cpu_s} s, and it saw {own} us");
    let fails = run(folder.path(), &["predict", "--", "sh", "-c", "exit 3"]);
    assert_eq!(fails.status.code(), Some(2));
    assert!(errors(&fails).contains("exit code 3"), "{}", errors(&fails));
}
