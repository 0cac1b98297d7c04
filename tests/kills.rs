//! SIGKILL at any moment, of the program or of what it has started, loses no more than the sample in progress, and a run
//! that is taken up again has in the end what one that nobody disturbed has.

mod common;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use common::{errors, memscope_bench, run};
use memscope_bench::record::{RECORDS_FILE, Record, Run};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// How many kills, unless `MEMSCOPE_BENCH_KILLS` says otherwise.
const KILLS: u32 = 1_000;

/// What the program says goes there.
const SAID: &str = "said.log";

/// A run of some seconds: many short samples, and some with a load client in a process of its own.
const MEASURE: [&str; 15] = [
    "measure",
    "-w",
    "fragmentation",
    "-w",
    "reference-cycles",
    "-w",
    "http-longevity",
    "--client",
    "ab",
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

/// The subjects and load clients that the program has started; it also asks the compiler for its version.
fn started_by(program: &Child) -> Vec<i32> {
    let is_sample = |process: &i32| {
        let name = fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
        name.starts_with("subject-") || name.trim() == "ab"
    };
    let threads = fs::read_dir(format!("/proc/{}/task", program.id())).into_iter().flatten();
    let lists = threads.flatten().map(|thread| fs::read_to_string(thread.path().join("children")));
    let lists: Vec<String> = lists.flatten().collect();
    let all = lists.iter().flat_map(|list| list.split_whitespace()).flat_map(str::parse);
    all.filter(is_sample).collect()
}

/// How often something was killed.
#[derive(Default)]
struct Kills {
    programs: u32,
    children: u32,
}

/// Kills at random moments until a run is complete; gives the run's samples.
fn killed_until_complete(folder: &Path, rng: &mut StdRng, kills: &mut Kills) -> BTreeSet<String> {
    let mut known = 0;
    loop {
        let own = runs(folder).pop();
        let mut child = started(folder, own.as_deref());
        loop {
            std::thread::sleep(Duration::from_millis(rng.random_range(0..400)));
            if let Some(status) = child.try_wait().unwrap() {
                let said = fs::read_to_string(folder.join(SAID)).unwrap();
                assert!(status.success(), "{status}: {said}");
                let run = own.or_else(|| runs(folder).pop()).expect("it is complete");
                return keys(&Run::load(&run).unwrap().records);
            }
            let started = if rng.random_bool(0.4) { started_by(&child) } else { Vec::new() };
            let Some(victim) = started.first() else { break };
            // It may have ended by itself; the run goes on in either case.
            if kill(Pid::from_raw(*victim), Signal::SIGKILL).is_ok() {
                kills.children += 1;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills.programs += 1;
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
    if !common::has_program("ab") {
        common::skipped("ApacheBench is not installed");
        return;
    }
    let asked = std::env::var("MEMSCOPE_BENCH_KILLS").ok().and_then(|text| text.parse().ok());
    let undisturbed = tempfile::tempdir().unwrap();
    let output = run(undisturbed.path(), &MEASURE);
    assert!(output.status.success(), "{}", errors(&output));
    let whole = keys(&Run::load(&runs(undisturbed.path())[0]).unwrap().records);

    let mut rng = StdRng::seed_from_u64(1);
    let (mut kills, mut completed) = (Kills::default(), 0);
    while kills.programs + kills.children < asked.unwrap_or(KILLS) {
        let folder = tempfile::tempdir().unwrap();
        let found = killed_until_complete(folder.path(), &mut rng, &mut kills);
        let missing: Vec<_> = whole.difference(&found).collect();
        assert!(missing.is_empty(), "{missing:?}");
        // An audit whose subject was killed is taken once more, without its report.
        let more: Vec<_> = found.difference(&whole).collect();
        assert!(more.iter().all(|key| key.ends_with("Audit None 0 false false")), "{more:?}");
        completed += 1;
    }
    let Kills { programs, children } = kills;
    println!(
        "{programs} times the program was killed, and {children} times a subject or a client; {completed} runs \
         completed, none lost a sample that was recorded"
    );
}
