//! SIGKILL at any moment loses no more than the sample in progress, and a run that is taken up again has in the end what
//! one that nobody disturbed has.

mod common;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use common::{errors, memscope_bench, run};
use memscope_bench::record::{RECORDS_FILE, Record, Run};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// How many kills, unless `MEMSCOPE_BENCH_KILLS` says otherwise.
const KILLS: u32 = 1_000;

/// What the program says goes there.
const SAID: &str = "said.log";

/// A run of some seconds: many short samples.
const MEASURE: [&str; 11] = [
    "measure",
    "-w",
    "fragmentation",
    "-w",
    "reference-cycles",
    "-t",
    "counting",
    "--scale",
    "0.01",
    "--samples",
    "60",
];

fn started(folder: &Path, run: Option<&Path>) -> Child {
    let arguments = match run {
        Some(run) => vec!["measure", "--resume", run.to_str().expect("our own folder")],
        None => MEASURE.to_vec(),
    };
    let mut command = memscope_bench(folder, &arguments);
    let said = File::create(folder.join(SAID)).expect("our own folder");
    command.stdout(Stdio::null()).stderr(said).spawn().expect("our own program")
}

/// What tells a sample from all others of its run.
fn keys(records: &[Record]) -> BTreeSet<String> {
    let key = |record: &Record| {
        let Record { workload, arm, pass, experiment, slot, report_asked, .. } = record;
        let (block, warm_up) = (slot.block, slot.warm_up);
        format!("{workload} {arm} {pass:?} {experiment:?} {block} {warm_up} {report_asked}")
    };
    let keys: BTreeSet<String> = records.iter().map(key).collect();
    assert_eq!(keys.len(), records.len(), "a sample is there twice");
    keys
}

fn runs(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join("target-reports/runs")).into_iter().flatten().flatten();
    let mut runs: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    runs.retain(|run| run.join(RECORDS_FILE).is_file());
    runs.sort();
    runs
}

/// Kills the program at random moments until a run is complete; how often, and the run's samples.
fn killed_until_complete(folder: &Path, rng: &mut StdRng) -> (u32, BTreeSet<String>) {
    let (mut kills, mut known) = (0, 0);
    loop {
        let own = runs(folder).pop();
        let mut child = started(folder, own.as_deref());
        std::thread::sleep(Duration::from_millis(rng.random_range(0..400)));
        if let Some(status) = child.try_wait().unwrap() {
            let said = fs::read_to_string(folder.join(SAID)).unwrap();
            assert!(status.success(), "{status}: {said}");
            let run = own.or_else(|| runs(folder).pop()).expect("it is complete");
            return (kills, keys(&Run::load(&run).unwrap().records));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        let Some(run) = runs(folder).pop() else { continue };
        let read = Run::load(&run).expect("what is recorded can be read");
        assert!(read.records.len() >= known, "a sample is lost");
        known = read.records.len();
        keys(&read.records);
    }
}

#[test]
#[ignore = "takes minutes; CONTRIBUTING.md says how it is run"]
fn killed_at_any_moment_a_run_loses_the_sample_in_progress_alone() {
    let asked = std::env::var("MEMSCOPE_BENCH_KILLS").ok().and_then(|text| text.parse().ok());
    let undisturbed = tempfile::tempdir().unwrap();
    let output = run(undisturbed.path(), &MEASURE);
    assert!(output.status.success(), "{}", errors(&output));
    let whole = keys(&Run::load(&runs(undisturbed.path())[0]).unwrap().records);

    let mut rng = StdRng::seed_from_u64(1);
    let (mut kills, mut completed) = (0, 0);
    while kills < asked.unwrap_or(KILLS) {
        let folder = tempfile::tempdir().unwrap();
        let (more, found) = killed_until_complete(folder.path(), &mut rng);
        assert_eq!(found, whole, "after {more} kills");
        (kills, completed) = (kills + more, completed + 1);
    }
    println!("{kills} kills, {completed} runs completed, none lost a sample that was recorded");
}
