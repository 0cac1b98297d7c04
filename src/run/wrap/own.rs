//! A command of the reader's own, described by a file: what it is called with, and where its totals stand.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use protocol::Reported;
use regex::Regex;
use serde_json::{Map, Value};

use super::{ToolFindings, WrapError, Wrapper, errors_of};
use crate::common::printable::printable;
use crate::plan::catalog::OwnCommand;

/// What stands for the sample's folder in an argument.
const FOLDER: &str = "{folder}";

/// The figures that can be told, as records have them.
const FIGURES: [&str; 8] = [
    "allocations",
    "deallocations",
    "reallocations",
    "allocated_bytes",
    "freed_bytes",
    "live_allocations",
    "live_bytes",
    "peak_live_bytes",
];

/// The command, ready to be put in front of a program.
#[derive(Clone, Debug)]
pub(super) struct OwnTool {
    line: Vec<String>,
    version: String,
    output: Option<PathBuf>,
    totals: BTreeMap<String, Regex>,
}

impl OwnTool {
    /// Asks it for its version, and reads the patterns.
    pub(super) fn find(name: &str, command: &OwnCommand) -> Result<Self, WrapError> {
        let wrong = |reason: String| WrapError::Own { tool: name.to_owned(), reason };
        let version = version(&command.version).map_err(wrong)?;
        let mut totals = BTreeMap::new();
        for (figure, pattern) in &command.totals {
            if !FIGURES.contains(&figure.as_str()) {
                let known = FIGURES.join(", ");
                return Err(wrong(format!("no figure is called {figure:?}; there are {known}")));
            }
            let regex = Regex::new(pattern).map_err(|error| wrong(format!("{figure}: {error}")))?;
            if regex.captures_len() != 2 {
                return Err(wrong(format!(
                    "{figure}: the pattern needs one group, around the number"
                )));
            }
            totals.insert(figure.clone(), regex);
        }
        Ok(Self { line: command.line.clone(), version, output: command.output.clone(), totals })
    }

    /// The last number that each pattern finds.
    fn totals(&self, text: &str) -> Result<Reported, String> {
        let mut found = Map::new();
        for (figure, pattern) in &self.totals {
            let last = pattern.captures_iter(text).last();
            let told = last.ok_or_else(|| format!("it has nothing for {figure}"))?[1].to_owned();
            let digits = told.replace([',', '_', ' ', '\''], "");
            let number: u64 =
                digits.parse().map_err(|error| format!("{figure}: {told:?}: {error}"))?;
            found.insert(figure.clone(), number.into());
        }
        serde_json::from_value(Value::Object(found)).map_err(|error| error.to_string())
    }
}

impl Wrapper for OwnTool {
    fn version(&self) -> &str {
        &self.version
    }

    fn command(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        let folder = folder.display().to_string();
        Ok(self.line.iter().map(|part| part.replace(FOLDER, &folder).into()).collect())
    }

    fn take_findings(&self, folder: &Path) -> Result<ToolFindings, WrapError> {
        if self.totals.is_empty() {
            return Ok(ToolFindings::default());
        }
        let path = self.output.as_ref().map_or_else(|| errors_of(folder), |file| folder.join(file));
        let unreadable = |reason: String| WrapError::Unreadable { path: path.clone(), reason };
        let text = fs::read(&path).map_err(|error| unreadable(error.to_string()))?;
        let totals = self.totals(&String::from_utf8_lossy(&text)).map_err(unreadable)?;
        if self.output.is_some() {
            // It may have gone by itself.
            let _ = fs::remove_file(&path);
        }
        Ok(ToolFindings::of(totals))
    }
}

/// The first number with a point in what a command prints, or all of its first line.
fn version(command: &[String]) -> Result<String, String> {
    let [program, arguments @ ..] = command else { return Ok("unknown".to_owned()) };
    let output = Command::new(program).args(arguments).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().next().unwrap_or("unknown").trim();
    let number = line
        .split_whitespace()
        .find(|word| word.starts_with(|one: char| one.is_ascii_digit()) && word.contains('.'));
    Ok(printable(number.unwrap_or(line)).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(totals: &[(&str, &str)]) -> Result<OwnTool, String> {
        let totals = totals.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let line = vec!["env".to_owned(), "LOG={folder}/log".to_owned()];
        let command = OwnCommand { line, version: Vec::new(), output: None, totals };
        OwnTool::find("mine", &command).map_err(|error| error.to_string())
    }

    #[test]
    fn the_last_number_that_a_pattern_finds_is_the_figure() {
        let tool =
            tool(&[("allocations", "calls: ([0-9,]+)"), ("live_bytes", r"left (\d+)")]).unwrap();
        let totals = tool.totals("calls: 12\nleft 3\ncalls: 1,234,567\n").unwrap();
        let expected =
            Reported { allocations: Some(1_234_567), live_bytes: Some(3), ..Reported::default() };
        assert_eq!(totals, expected);
        assert_eq!(tool.totals("calls: 12\n").unwrap_err(), "it has nothing for live_bytes");
        let line = tool.command(Path::new("/a")).unwrap();
        assert_eq!(line, ["env", "LOG=/a/log"]);
    }

    #[test]
    fn what_is_wrong_with_a_pattern_is_told() {
        for (figure, pattern, reason) in [
            ("calls", "(a)", "no figure is called"),
            ("allocations", "(", "unclosed group"),
            ("allocations", "[0-9]+", "needs one group"),
        ] {
            let told = tool(&[(figure, pattern)]).unwrap_err();
            assert!(told.contains(reason), "{told}");
        }
    }
}
