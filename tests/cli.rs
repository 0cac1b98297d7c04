//! The command line: what it prints, its exit codes, and that nothing is lost.

mod common;

use std::fs;

use common::{errors, run, text};
use memscope_bench::build::subjects::SUBJECTS_VARIABLE;
use memscope_bench::plan::catalog::Catalog;
use memscope_bench::record::{RECORDS_FILE, Run};
use serde_json::Value;

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
        (&["measure", "-t", "counting@0.3.2"], "leave out @0.3.2"),
        (&["measure", "--partition", "4/3"], "I/N"),
        (&["measure", "--resume", "/nowhere"], "no recorded run"),
        (&["measure", "--resume", "x", "--scale", "1"], "cannot be used with"),
        (&["compare", "memscope-rs"], "NEW"),
        (&["compare", "counting", "counting"], "compared to itself"),
        (&["compare", "counting", "dhat", "--fail-above", "much"], "percentage"),
        (&["compare", "counting", "dhat", "--min-effect", "1"], "add --links 8"),
        (&["compare", "counting", "dhat", "--fail-above", "1"], "add --links 8"),
        (&["compare", "counting", "dhat", "--links", "1"], "2..=100"),
        (&["compare", "counting", "dhat", "--links", "8", "--samples", "4"], "without a sample"),
        (&["compare", "counting", "dhat", "--links", "8"], "leave it unset"),
        (
            &["compare", "counting", "dhat", "--links", "8", "--metric", "instructions"],
            "do not depend on where code lies",
        ),
        (&["bisect", "memscope-rs@0.1.2"], "BAD"),
        (&["bisect", "memscope-rs@0.1.2", "memscope-rs"], "neither a published version"),
        (&["bisect", "memscope-rs@0.1.2", "memscope-rs@path:."], "neither a published version"),
        (&["bisect", "counting@1.0.0", "dhat@1.0.0"], "leave out @1.0.0"),
        (&["bisect", "memscope-rs@0.1.2", "memscope-rs@0.1.3", "--samples", "5"], "--fail-above"),
        (&["bisect", "memscope-rs@0.1.2", "memscope-rs@0.1.3", "-w", "x"], "no workload"),
        (&["bisect", "--resume", "/nowhere"], "no bisection here"),
        (&["bisect", "--resume", "x", "--scale", "1"], "cannot be used with"),
        (&["bisect", "--resume", "x", "--fail-above", "1"], "cannot be used with"),
        (&["measure", "-w", "leak-detecton"], "did you mean \"leak-detection\""),
        (&["measure", "--scale", "0"], "above 0"),
        (&["measure", "--scale", "NaN"], "above 0"),
        (&["measure", "--scale=-1"], "above 0"),
        (&["measure", "--samples", "0"], "at least one sample"),
        (&["measure", "--threads", "0"], "at least one thread"),
        (&["measure", "--timeout", "soon"], "--timeout"),
        (&["load", "-w", "fragmentation"], "is no server"),
        (&["load", "--rates", "0"], "1 to 1,000,000"),
        (&["load", "--scale", "0.5"], "--rates and --for"),
        (&["load", "--for", "1ms"], "100ms"),
        (&["load", "--client", "ab"], "no fixed rates"),
        (&["measure", "--budget", "0s"], "longer than nothing"),
        (&["measure", "--precision", "0"], "above 0 %"),
        (&["measure", "--samples", "3", "--budget", "1s"], "cannot be used with"),
        (&["measure", "--metric", "instructions", "--precision", "1"], "of times"),
        (&["mesure"], "measure"),
        (&["report"], "no recorded run"),
        (&["--scale", "0"], "above 0"),
    ] {
        let output = run(folder.path(), arguments);
        let said = errors(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(told), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "bad input leaves nothing behind: {left:?}");
}

#[test]
fn what_is_told_of_a_tracker_needs_one() {
    let folder = tempfile::tempdir().unwrap();
    for verb in ["ladder", "sweep"] {
        let output = run(folder.path(), &[verb, "-t", "untracked"]);
        assert_eq!(output.status.code(), Some(2), "{verb}");
        assert!(errors(&output).contains("name a tracker by -t"), "{}", errors(&output));
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was begun");
}

#[test]
fn a_budget_is_recorded_and_spent() {
    let folder = tempfile::tempdir().unwrap();
    let measure = ["measure", "-t", "counting", "-w", "fragmentation", "--scale", "0.01"];
    let output = run(folder.path(), &[&measure[..], &["--budget", "1s"]].concat());
    assert!(output.status.success(), "{}", errors(&output));
    let newest = Run::newest(&folder.path().join("target-reports")).unwrap();
    let recorded = Run::load(&newest).unwrap();
    assert_eq!(recorded.environment.settings.budget_s, Some(1.0));
    let timed = recorded.records.iter().filter(|record| record.is_timed_sample());
    let spent: u64 = timed.clone().map(|record| record.sample_ns).sum();
    // Three arms, seven blocks at least, whatever the time.
    let blocks = timed.count() / 3;
    assert!(blocks == 7 || (blocks > 7 && spent <= 1_100_000_000), "{blocks} blocks in {spent} ns");
}

#[test]
fn an_unwritable_folder_is_named_and_ends_with_code_3() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let arguments = [SHORT, &["--out", "file/below"]].concat();
    let output = run(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(3));
    assert!(errors(&output).contains("file/below"), "{}", errors(&output));
}

#[test]
fn measure_records_prints_and_reports() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), SHORT);
    let printed = text(&output.stdout);
    assert!(output.status.success(), "{}", errors(&output));
    assert!(
        printed.contains("fragmentation") && printed.contains("identical programs"),
        "{printed}"
    );

    let run_folder = Run::newest(&folder.path().join("target-reports")).unwrap();
    let recorded = Run::load(&run_folder).unwrap();
    // Two phases: an audit of untracked and counting, then 8 blocks (a warm-up among them) of three.
    assert_eq!(recorded.records.len(), 2 * (2 + 8 * 3));
    assert!(recorded.records.iter().all(|record| record.cost().is_some()));
    for file in ["index.html", "charts/overhead.svg", "charts/peak-memory.svg", "summary.json"] {
        assert!(run_folder.join(file).is_file(), "{file} is missing");
    }

    // The page can be made again from the records, elsewhere.
    let site = folder.path().join("site");
    let arguments = ["report", run_folder.to_str().unwrap(), "--out", site.to_str().unwrap()];
    let output = run(folder.path(), &arguments);
    assert!(output.status.success(), "{}", errors(&output));
    assert!(site.join("index.html").is_file());
}

#[test]
fn results_are_json_for_whoever_asks() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in
        [&["list", "--json"][..], &["doctor", "--json"], &[SHORT, &["--json"]].concat()]
    {
        let output = run(folder.path(), arguments);
        assert!(output.status.success(), "{arguments:?}: {}", errors(&output));
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
    assert!(output.status.success(), "{}", errors(&output));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let audits = summary["audits"].as_array().unwrap();
    let grade = |arm: &str| {
        audits.iter().find(|audit| audit["arm"] == arm).unwrap()["grade"].as_str().unwrap()
    };
    assert_eq!(grade("counting"), "exact");
    assert_eq!(grade("dhat"), "exact");
    // Its allocator sees the strings that its own track! makes, and books them to the program.
    assert_eq!(grade("memscope-rs/full"), "wrong");
}

#[test]
fn list_names_every_workload_and_tracker() {
    let folder = tempfile::tempdir().unwrap();
    let printed = text(&run(folder.path(), &["list"]).stdout);
    // Each begins a line of its own.
    let first = |line: &str| line.split_whitespace().next().unwrap_or_default().to_owned();
    let named: Vec<String> = printed.lines().map(first).collect();
    let mut expected: Vec<String> =
        protocol::workloads::ALL.iter().map(|workload| workload.name.to_owned()).collect();
    for entry in Catalog::built_in().unwrap().trackers {
        let mode = |mode: &str| format!("{}/{mode}", entry.name);
        expected.extend(entry.modes.iter().map(|known| mode(&known.name)));
        expected.push(entry.name);
    }
    for name in expected {
        assert!(named.contains(&name), "{name}: {printed}");
    }
    assert!(printed.contains("built in: 0.2.5"), "{printed}");
}

/// The verbs, as the program's help lists them.
fn verbs() -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let help = text(&run(folder.path(), &["--help"]).stdout);
    let (_, list) = help.split_once("Commands:\n").expect("it lists its commands");
    let lines = list.lines().take_while(|line| !line.is_empty());
    // What wraps is indented further.
    let names = lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    names.filter(|name| !name.is_empty() && *name != "help").map(str::to_owned).collect()
}

#[test]
fn every_verb_explains_itself_and_has_examples() {
    let folder = tempfile::tempdir().unwrap();
    let verbs = verbs();
    assert_eq!(verbs.len(), 21, "{verbs:?}");
    let program = run(folder.path(), &["--help"]);
    assert!(text(&program.stdout).contains("Examples:"));
    for verb in verbs {
        let output = run(folder.path(), &[&verb, "--help"]);
        assert!(output.status.success(), "{verb}: {}", errors(&output));
        let help = text(&output.stdout);
        assert!(help.contains(&format!("Usage: memscope-bench {verb}")), "{verb}: {help}");
        let has_examples = help.contains(&format!("\n  memscope-bench {verb}"));
        assert!(has_examples, "{verb}: {help}");
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
    lines[4] = "{\"schema\":2,\"run\":\"cut o";
    let corrupt = lines.join("\n");
    fs::write(&path, &corrupt).unwrap();
    let output = run(folder.path(), &["report"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(errors(&output).contains("line 5"), "{}", errors(&output));
    assert_eq!(fs::read_to_string(&path).unwrap(), corrupt);
}

#[test]
fn shares_of_a_run_make_one_report() {
    let folder = tempfile::tempdir().unwrap();
    for share in ["1/2", "2/2"] {
        let out = share.replace('/', "-");
        let mut arguments = SHORT.to_vec();
        arguments.extend(["-t", "dhat", "--partition", share, "--out", &out]);
        let output = run(folder.path(), &arguments);
        assert!(output.status.success(), "{}", errors(&output));
    }
    let runs = ["1-2", "2-2"].map(|out| Run::newest(&folder.path().join(out)).unwrap());
    let [a, b] = runs.each_ref().map(|run| run.to_str().unwrap());
    let output = run(folder.path(), &["report", a, b, "--out", "site", "--json"]);
    assert!(output.status.success(), "{}", errors(&output));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let arms: Vec<_> =
        summary["overall"].as_array().unwrap().iter().map(|arm| arm["arm"].as_str()).collect();
    assert_eq!(arms, [Some("counting"), Some("dhat")]);
}

#[test]
fn runs_of_other_sizes_are_not_made_one_report() {
    let folder = tempfile::tempdir().unwrap();
    let at = |scale: &str, out: &str| {
        let arguments = ["measure", "-w", "fragmentation", "-t", "counting", "--samples", "2"];
        let output =
            run(folder.path(), &[&arguments[..], &["--scale", scale, "--out", out]].concat());
        assert!(output.status.success(), "{}", errors(&output));
        Run::newest(&folder.path().join(out)).unwrap()
    };
    let runs = [at("0.01", "a"), at("0.02", "b")];
    let [a, b] = runs.each_ref().map(|run| run.to_str().unwrap());
    let output = run(folder.path(), &["report", a, b, "--out", "site"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(errors(&output).contains("another scale: 0.01 and 0.02"), "{}", errors(&output));
    assert!(!folder.path().join("site").exists());
}

#[test]
fn claims_are_judged_by_a_run_and_never_passed_without_one() {
    let folder = tempfile::tempdir().unwrap();
    let of_nothing = run(folder.path(), &["claims"]);
    assert_eq!(of_nothing.status.code(), Some(2), "{}", errors(&of_nothing));
    let mut arguments = SHORT.to_vec();
    arguments.extend(["-t", "dhat"]);
    assert!(run(folder.path(), &arguments).status.success());
    let output = run(folder.path(), &["claims", "--json"]);
    assert!(output.status.success(), "{}", errors(&output));
    let judged: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let of = |tracker: &str| -> Vec<&str> {
        let own = judged.iter().filter(|one| one["tracker"] == tracker);
        own.map(|one| one["verdict"].as_str().unwrap()).collect()
    };
    assert_eq!(of("dhat"), ["untestable"]);
    let unseen = ["not-measured", "untestable"];
    assert!(of("memscope-rs").iter().all(|verdict| unseen.contains(verdict)), "{judged:?}");
    let unknown = run(folder.path(), &["claims", "--tracker", "nobody"]);
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn a_sweep_over_live_allocations_tells_how_costs_grow() {
    let folder = tempfile::tempdir().unwrap();
    let sweep =
        ["sweep", "--over", "live", "--at", "1000,4000,16000", "-t", "dhat", "--samples", "2"];
    let output = run(folder.path(), &[&sweep[..], &["--json"]].concat());
    assert!(output.status.success(), "{}", errors(&output));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let sizes = summary["sizes"].as_array().unwrap();
    // The set itself, its blocks, and one that is about to take another's place.
    let live: Vec<u64> = sizes.iter().map(|one| one["live"].as_u64().unwrap()).collect();
    assert_eq!(live, [1_002, 4_002, 16_002]);
    assert!(sizes.iter().all(|one| one["grade"] == "exact"), "{sizes:?}");
    assert!(summary["size_growth"][0]["memory"]["slope"].is_number(), "{summary}");
    let scaled = ["--over", "rate", "--scale", "0.1"];
    for wrong in
        [&["--over", "live", "--at", "0"][..], &["--at", "1.5"], &["--over", "luck"], &scaled]
    {
        let output = run(folder.path(), &[&["sweep"], wrong].concat());
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn completions_and_the_manual_know_every_verb() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = run(folder.path(), &["completions", shell]);
        assert!(output.status.success(), "{}", errors(&output));
        let text = text(&output.stdout);
        for verb in ["measure", "calibrate", "completions", "fail-above"] {
            assert!(text.contains(verb), "{shell} lacks {verb}");
        }
    }
    let output = run(folder.path(), &["man", "man1"]);
    assert!(output.status.success(), "{}", errors(&output));
    let pages = fs::read_dir(folder.path().join("man1")).unwrap().count();
    // One for the program, and one for each verb.
    assert_eq!(pages, 22);
    let page = folder.path().join("man1/memscope-bench-compare.1");
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("EXTRA"), "it has no examples: {page}");
}

#[test]
fn it_is_a_subcommand_of_cargo() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cargo-memscope-bench"));
    command.env(SUBJECTS_VARIABLE, common::programs());
    // As cargo starts it.
    let output = command.current_dir(folder.path()).args(["memscope-bench", "list"]).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(text(&output.stdout), text(&run(folder.path(), &["list"]).stdout));
}
