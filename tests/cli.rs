//! The command line: what it prints, its exit codes, and that nothing is lost.

mod common;

use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use common::memscope_bench;
use memscope_bench::record::{RECORDS_FILE, Run};
use serde_json::Value;

fn run(folder: &Path, arguments: &[&str]) -> Output {
    memscope_bench(folder, arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A run of two short phases with few samples.
const SHORT: &[&str] = &[
    "measure",
    "-w",
    "fragmentation",
    "-w",
    "reference-cycles",
    "-t",
    "counting",
    "--scale",
    "0.05",
    "--samples",
    "7",
];

#[test]
fn bad_input_is_named_and_ends_with_code_2() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, told) in [
        (&["measure", "-t", "memscop-rs"][..], "did you mean \"memscope-rs\""),
        (&["measure", "-t", "memscope-rs/ful"], "did you mean \"full\""),
        (&["measure", "-t", "memscope-rs@newest"], "neither a version"),
        (&["measure", "-t", "memscope-rs@path:/nowhere/full"], "no Cargo.toml"),
        (&["measure", "-t", "dhat@0.3.2"], "leave out @0.3.2"),
        (&["measure", "--partition", "4/3"], "I/N"),
        (&["measure", "--resume", "/nowhere"], "no recorded run"),
        (&["measure", "--resume", "x", "--scale", "1"], "cannot be used with"),
        (&["compare", "memscope-rs"], "NEW"),
        (&["compare", "counting", "counting"], "compared to itself"),
        (&["compare", "counting", "dhat", "--fail-above", "much"], "percentage"),
        (&["measure", "-w", "leak-detecton"], "did you mean \"leak-detection\""),
        (&["measure", "--scale", "0"], "above 0"),
        (&["measure", "--scale", "NaN"], "above 0"),
        (&["measure", "--scale=-1"], "above 0"),
        (&["measure", "--samples", "0"], "at least one sample"),
        (&["measure", "--threads", "0"], "at least one thread"),
        (&["measure", "--timeout", "soon"], "--timeout"),
        (&["mesure"], "measure"),
        (&["report"], "no recorded run"),
        (&["--scale", "0"], "above 0"),
    ] {
        let output = run(folder.path(), arguments);
        let errors = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {errors}");
        assert!(errors.contains(told), "{arguments:?}: {errors}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "bad input leaves nothing behind: {left:?}");
}

#[test]
fn an_unwritable_folder_is_named_and_ends_with_code_3() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let arguments = [SHORT, &["--out", "file/below"]].concat();
    let output = run(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("file/below"), "{}", text(&output.stderr));
}

#[test]
fn measure_records_prints_and_reports() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), SHORT);
    let printed = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(printed.contains("fragmentation") && printed.contains("noise floor"), "{printed}");

    let run_folder = Run::newest(&folder.path().join("target-reports")).unwrap();
    let recorded = Run::load(&run_folder).unwrap();
    // Two phases: an audit of untracked and counting, then 8 blocks (a warm-up among them) of three.
    assert_eq!(recorded.records.len(), 2 * (2 + 8 * 3));
    assert!(recorded.records.iter().all(|record| record.cost.is_some()));
    for file in ["index.html", "charts/overhead.svg", "charts/peak-memory.svg", "summary.json"] {
        assert!(run_folder.join(file).is_file(), "{file} is missing");
    }

    // The page can be made again from the records, elsewhere.
    let site = folder.path().join("site");
    let arguments = ["report", run_folder.to_str().unwrap(), "--out", site.to_str().unwrap()];
    let output = run(folder.path(), &arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(site.join("index.html").is_file());
}

#[test]
fn results_are_json_for_whoever_asks() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in
        [&["list", "--json"][..], &["doctor", "--json"], &[SHORT, &["--json"]].concat()]
    {
        let output = run(folder.path(), arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        let parsed: Result<Value, _> = serde_json::from_slice(&output.stdout);
        assert!(parsed.is_ok(), "{arguments:?}: {}", text(&output.stdout));
    }
}

#[test]
fn an_audit_calls_right_what_is_right_and_wrong_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let trackers = ["-t", "counting", "-t", "dhat", "-t", "memscope-rs/full"];
    let arguments =
        [&["audit", "--json", "-w", "fragmentation", "--scale", "0.05"], &trackers[..]].concat();
    let output = run(folder.path(), &arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let audits = summary["audits"].as_array().unwrap();
    let verdict = |arm: &str| {
        audits.iter().find(|audit| audit["arm"] == arm).unwrap()["verdict"].as_str().unwrap()
    };
    assert_eq!(verdict("counting"), "exact");
    assert_eq!(verdict("dhat"), "exact");
    // Its allocator sees the strings that its own track! makes, and books them to the program.
    assert_eq!(verdict("memscope-rs/full"), "wrong");
}

#[test]
fn list_names_every_workload_and_tracker() {
    let folder = tempfile::tempdir().unwrap();
    let printed = text(&run(folder.path(), &["list"]).stdout);
    for meta in protocol::workloads::ALL {
        assert!(printed.contains(meta.name), "{printed}");
    }
    for name in ["untracked", "counting", "memscope-rs/full", "memscope-rs/variables", "dhat"] {
        assert!(printed.contains(name), "{printed}");
    }
    assert!(printed.contains("built in: 0.2.5"), "{printed}");
}

#[test]
fn every_verb_explains_itself_with_examples() {
    let folder = tempfile::tempdir().unwrap();
    for verb in ["", "measure", "audit", "sweep", "ladder", "report"] {
        let arguments: Vec<&str> = [verb, "--help"].into_iter().filter(|a| !a.is_empty()).collect();
        let output = run(folder.path(), &arguments);
        assert!(output.status.success());
        assert!(text(&output.stdout).contains("Examples:"), "{verb}");
    }
}

#[test]
fn a_corrupt_record_is_placed_and_the_others_are_untouched() {
    let folder = tempfile::tempdir().unwrap();
    assert!(run(folder.path(), SHORT).status.success());
    let run_folder = Run::newest(&folder.path().join("target-reports")).unwrap();
    let path = run_folder.join(RECORDS_FILE);
    let whole = fs::read_to_string(&path).unwrap();
    let mut lines: Vec<&str> = whole.lines().collect();
    lines[4] = "{\"schema\":1,\"run\":\"cut o";
    let corrupt = lines.join("\n");
    fs::write(&path, &corrupt).unwrap();
    let output = run(folder.path(), &["report"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("line 5"), "{}", text(&output.stderr));
    assert_eq!(fs::read_to_string(&path).unwrap(), corrupt);

    fs::write(&path, whole.replace("{\"schema\":1,", "{\"schema\":99,")).unwrap();
    let errors = text(&run(folder.path(), &["report"]).stderr);
    assert!(errors.contains("schema 99"), "{errors}");
}

#[test]
fn an_interruption_keeps_what_was_measured_and_leaves_nothing_running() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["measure", "-w", "leak-detection", "-t", "dhat", "--samples", "1000"];
    let mut child = memscope_bench(folder.path(), &arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let out = folder.path().join("target-reports");
    let recorded =
        || Run::newest(&out).and_then(|run| Run::load(&run)).map_or(0, |r| r.records.len());
    let begin = Instant::now();
    while recorded() == 0 {
        assert!(begin.elapsed() < Duration::from_secs(120), "no record in two minutes");
        std::thread::sleep(Duration::from_millis(50));
    }
    let process = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    nix::sys::signal::kill(process, nix::sys::signal::Signal::SIGINT).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    // Every line that was begun is whole.
    assert!(recorded() > 0);
    let open = fs::read_dir("/proc").unwrap().flatten().filter(|entry| {
        fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder.path()))
    });
    assert_eq!(open.count(), 0, "a subject is left");
}

/// The records of the only run below a folder.
fn only_run(folder: &Path) -> Run {
    Run::load(&Run::newest(&folder.join("target-reports")).unwrap()).unwrap()
}

#[test]
fn a_resumed_run_repeats_nothing_and_ends_as_if_never_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    assert!(run(folder.path(), SHORT).status.success());
    let whole = only_run(folder.path());
    // As if it had been interrupted half way.
    let path = whole.folder.join(RECORDS_FILE);
    let text = fs::read_to_string(&path).unwrap();
    let kept: Vec<&str> = text.lines().take(whole.records.len() / 2).collect();
    fs::write(&path, kept.join("\n") + "\n").unwrap();

    let output = run(folder.path(), &["measure", "--resume", whole.folder.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text_of(&output));
    let resumed = only_run(folder.path());
    let names = |run: &Run| {
        let name = |record: &memscope_bench::record::Record| {
            format!("{:?} {} {} {}", record.pass, record.workload, record.arm, record.block)
        };
        let mut names: Vec<String> = run.records.iter().map(name).collect();
        names.sort();
        names
    };
    assert_eq!(names(&resumed), names(&whole));
    assert_eq!(resumed.records[..kept.len()], whole.records[..kept.len()]);
}

fn text_of(output: &Output) -> String {
    text(&output.stderr)
}

#[test]
fn shares_of_a_run_make_one_report() {
    let folder = tempfile::tempdir().unwrap();
    for share in ["1/2", "2/2"] {
        let out = share.replace('/', "-");
        let mut arguments = SHORT.to_vec();
        arguments.extend(["-t", "dhat", "--partition", share, "--out", &out]);
        let output = run(folder.path(), &arguments);
        assert!(output.status.success(), "{}", text_of(&output));
    }
    let runs = ["1-2", "2-2"].map(|out| Run::newest(&folder.path().join(out)).unwrap());
    let [a, b] = runs.each_ref().map(|run| run.to_str().unwrap());
    let output = run(folder.path(), &["report", a, b, "--out", "site", "--json"]);
    assert!(output.status.success(), "{}", text_of(&output));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let arms: Vec<_> =
        summary["overall"].as_array().unwrap().iter().map(|arm| arm["arm"].as_str()).collect();
    assert_eq!(arms, [Some("counting"), Some("dhat")]);
}

#[test]
fn versions_are_compared_and_a_gate_has_its_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    let short = ["-w", "fragmentation", "--scale", "0.05", "--samples", "8"];
    let with = |verb: &[&str]| run(folder.path(), &[verb, &short].concat());

    // memscope-rs counts some of its own allocations, whatever the machine is doing meanwhile.
    let compare = ["compare", "counting", "memscope-rs/full", "--format", "markdown"];
    let output = with(&[&compare[..], &["--fail-above", "100000"]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text_of(&output));
    assert!(text(&output.stdout).contains("| fragmentation |"), "{}", text(&output.stdout));
    assert!(text_of(&output).contains("fragmentation: less accurate"), "{}", text_of(&output));
    let recorded = only_run(folder.path());
    assert!(recorded.folder.join("comparison.svg").is_file());

    let update = with(&["gate", "--baseline", "baseline.json", "--update", "-t", "counting"]);
    assert!(update.status.success(), "{}", text_of(&update));
    // Time is not at issue here: the machine may be busy.
    let gate = ["gate", "--baseline", "baseline.json"];
    let green = run(folder.path(), &[&gate[..], &["--fail-above", "10000"]].concat());
    assert!(green.status.success(), "{}{}", text(&green.stdout), text_of(&green));
    let recorded = only_run(folder.path());
    assert_eq!(recorded.environment.settings.scale, 0.05, "the baseline's");
    let other = run(folder.path(), &[&gate[..], &["--scale", "0.04"]].concat());
    assert_eq!(other.status.code(), Some(2), "{}", text_of(&other));
    assert!(text_of(&other).contains("another scale"), "{}", text_of(&other));
    let none = run(folder.path(), &["gate", "--baseline", "none.json"]);
    assert_eq!(none.status.code(), Some(3), "{}", text_of(&none));
    assert!(text_of(&none).contains("there is no baseline"), "{}", text_of(&none));
}

#[test]
fn a_gate_on_the_truth_alone_takes_no_times() {
    let folder = tempfile::tempdir().unwrap();
    let gate = ["gate", "--baseline", "baseline.json", "--truth"];
    let chosen = ["--update", "-t", "counting", "-w", "fragmentation", "--scale", "0.05"];
    let update = run(folder.path(), &[&gate[..], &chosen].concat());
    assert!(update.status.success(), "{}", text_of(&update));
    assert!(only_run(folder.path()).records.iter().all(|record| !record.is_timed_sample()));
    let green = run(folder.path(), &gate);
    assert!(green.status.success(), "{}{}", text(&green.stdout), text_of(&green));

    let path = folder.path().join("baseline.json");
    let mut baseline: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let allocations = &mut baseline["arms"][0]["workloads"][0]["allocations"];
    *allocations = (allocations.as_u64().unwrap() - 1).into();
    fs::write(&path, baseline.to_string()).unwrap();
    let red = run(folder.path(), &gate);
    assert_eq!(red.status.code(), Some(1), "{}", text_of(&red));
    assert!(text_of(&red).contains("fragmentation: allocates"), "{}", text_of(&red));
}

#[test]
fn recorded_runs_are_compared_tracker_by_tracker() {
    let folder = tempfile::tempdir().unwrap();
    for out in ["a", "b"] {
        let output = run(folder.path(), &[SHORT, &["-t", "dhat", "--out", out]].concat());
        assert!(output.status.success(), "{}", text_of(&output));
    }
    let runs = ["a", "b"].map(|out| Run::newest(&folder.path().join(out)).unwrap());
    let [a, b] = runs.each_ref().map(|run| run.to_str().unwrap());
    let output = run(folder.path(), &["compare", a, b, "--format", "json"]);
    assert!(output.status.success(), "{}", text_of(&output));
    let comparison: Value = serde_json::from_slice(&output.stdout).unwrap();
    let against = comparison["against"].as_array().unwrap();
    let arms: Vec<_> =
        against.iter().map(|one| (one["base"].as_str(), one["arm"].as_str())).collect();
    assert_eq!(arms, ["counting", "dhat"].map(|arm| (Some(arm), Some(arm))));
}
