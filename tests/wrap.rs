//! The reader's own program, alone and under tools around it.

mod common;

use std::fs;

use common::{errors, programs, run, text};
use serde_json::Value;

/// A tool that runs the program twice, so that it takes twice as much, and says what it counted.
fn twice(folder: &std::path::Path) -> String {
    let tool = folder.join("twice.toml");
    let line = r#"line = ["sh", "-c", "\"$@\"; \"$@\"; echo counted: 42 >&2", "twice"]"#;
    let text = format!(
        "name = \"twice\"\nkind = \"process\"\nwhole-process = true\nrealloc = \"apart\"\n\
         counts = \"allocations\"\n[command]\n{line}\n[command.totals]\nallocations = 'counted: (\\d+)'\n"
    );
    fs::write(&tool, text).unwrap();
    tool.display().to_string()
}

#[test]
fn a_tool_that_takes_twice_as_much_is_seen_to_and_what_it_counts_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let tool = twice(folder.path());
    let reader = programs().join("reader").display().to_string();
    let arguments = ["wrap", "-t", &tool, "--samples", "3", "--json", "--", &reader];
    let output = run(folder.path(), &arguments);
    assert!(output.status.success(), "{}", errors(&output));
    // What it prints, once.
    assert_eq!(errors(&output).matches("are kept").count(), 1, "{}", errors(&output));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let one = &told[0];
    assert_eq!(one["totals"]["allocations"], 42, "{one:#}");
    let ratio = |what: &str| one[what]["ratio"].as_f64().unwrap();
    // It sleeps for a tenth of a second.
    assert!((1.5..3.0).contains(&ratio("wall")) && ratio("cpu") > 1.3, "{one:#}");
    // One run at a time: as much memory as the larger of the shell and the program.
    if cfg!(target_os = "linux") {
        assert!((0.5..4.0).contains(&ratio("memory")), "{one:#}");
    }
    assert!(one["cpu"]["low"].is_null(), "three blocks make no interval: {one:#}");
}

#[test]
fn a_tool_under_which_it_fails_is_a_result_and_a_program_that_fails_alone_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let tool = folder.path().join("fails.toml");
    let text = "name = \"fails\"\nkind = \"process\"\nwhole-process = true\ncounts = \"allocations\"\n\
                realloc = \"apart\"\n[command]\nline = [\"false\"]\n";
    fs::write(&tool, text).unwrap();
    let reader = programs().join("reader").display().to_string();
    let tool = tool.display().to_string();
    let output = run(folder.path(), &["wrap", "-t", &tool, "--samples", "1", "--", &reader]);
    assert!(output.status.success(), "{}", errors(&output));
    assert!(text_of(&output).contains("exit code 1"), "{}", text_of(&output));
    let output = run(folder.path(), &["wrap", "-t", &tool, "--", "false"]);
    assert_eq!(output.status.code(), Some(2), "{}", errors(&output));
    assert!(errors(&output).contains("false ended with exit code 1"), "{}", errors(&output));
}

fn text_of(output: &std::process::Output) -> String {
    text(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_is_linked_into_a_program_is_no_tool_around_it() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["wrap", "-t", "dhat", "--", "true"]);
    assert_eq!(output.status.code(), Some(2), "{}", errors(&output));
    assert!(errors(&output).contains("predict"), "{}", errors(&output));
}
