//! What is documented for spreading a run over machines does what it says: every share of the Slurm script and of the
//! Kubernetes Job runs, at a small size, and together they make one report.

mod common;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use common::{errors, programs, run};
use memscope_bench::build::subjects::SUBJECTS_VARIABLE;

fn documented(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cluster").join(name);
    fs::read_to_string(path).unwrap()
}

/// What is measured there, exchanged for what takes seconds.
fn small(command: &str) -> String {
    let measured = "measure -t 'memscope-rs@*/full' --scale 0.1";
    assert!(command.contains(measured), "{command}");
    let small = "measure -t counting -w basic-structures -w fragmentation -w nested-structures -w reference-cycles \
                 --scale 0.01 --samples 2";
    command.replace(measured, small)
}

/// Runs a script for each of four shares, and makes a report of them; `variables` are those of a share's number, from 0.
fn shares_make_a_report(script: &str, variables: impl Fn(usize) -> Vec<(&'static str, String)>) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("target/release")).unwrap();
    symlink(
        env!("CARGO_BIN_EXE_memscope-bench"),
        folder.path().join("target/release/memscope-bench"),
    )
    .unwrap();
    for share in 0..4 {
        let mut shell = Command::new("bash");
        shell.args(["-c", script]).current_dir(folder.path()).env(SUBJECTS_VARIABLE, programs());
        let output = shell.envs(variables(share)).output().unwrap();
        assert!(output.status.success(), "share {share}: {}", errors(&output));
    }
    let shares = fs::read_dir(folder.path().join("shares")).unwrap().flatten();
    let runs = shares.flat_map(|share| fs::read_dir(share.path().join("runs")).unwrap().flatten());
    let runs: Vec<String> = runs.map(|run| run.path().display().to_string()).collect();
    assert_eq!(runs.len(), 4);
    let runs: Vec<&str> = runs.iter().map(String::as_str).collect();
    let output = run(folder.path(), &[&["report"], &runs[..], &["--out", "site"]].concat());
    assert!(output.status.success(), "{}", errors(&output));
    let page = fs::read_to_string(folder.path().join("site/index.html")).unwrap();
    for workload in ["basic-structures", "fragmentation", "nested-structures", "reference-cycles"] {
        assert!(page.contains(workload), "{workload} is in no share");
    }
}

#[test]
fn the_array_job_of_slurm() {
    let script = small(&documented("slurm.sh"));
    shares_make_a_report(&script, |share| {
        vec![
            ("SLURM_SUBMIT_DIR", ".".to_owned()),
            ("SLURM_ARRAY_TASK_ID", (share + 1).to_string()),
            ("SLURM_ARRAY_TASK_COUNT", "4".to_owned()),
        ]
    });
}

#[test]
fn the_indexed_job_of_kubernetes() {
    let text = documented("kubernetes.yaml");
    let (_, rest) = text.split_once(">-\n").expect("the command");
    let (command, _) = rest.split_once("resources:").expect("what follows it");
    let command: Vec<&str> = command.lines().map(str::trim).collect();
    // The volume.
    let command = small(&command.join(" ")).replace("--out /shares/", "--out shares/");
    shares_make_a_report(&command, |share| vec![("JOB_COMPLETION_INDEX", share.to_string())]);
}
