//! A trial of each tool: does it call two programs different?

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use memscope_bench::stats;
use serde::Deserialize;

use crate::Failed;
use crate::program::Program;

/// A tool, by what people call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Criterion's comparison with a saved baseline.
    Criterion,
    /// hyperfine, and the t-test that it brings.
    Hyperfine,
    /// tango-bench's paired comparison.
    Tango,
}

/// Every one.
pub const ALL: [Tool; 3] = [Tool::Criterion, Tool::Hyperfine, Tool::Tango];

/// What a trial has.
pub struct Trial<'a> {
    /// The one side.
    pub base: &'a Program,
    /// The other.
    pub new: &'a Program,
    /// Time for both together.
    pub time: Duration,
    /// How long a run of the program takes.
    pub run: Duration,
    /// A folder for the tool's files, of this trial alone.
    pub folder: &'a Path,
}

impl Trial<'_> {
    /// How often each side runs in the time.
    fn runs(&self) -> usize {
        (self.time.as_secs_f64() / 2.0 / self.run.as_secs_f64()) as usize
    }
}

impl Tool {
    /// As it stands in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Criterion => "Criterion, saved baseline",
            Self::Hyperfine => "hyperfine, Welch's t-test",
            Self::Tango => "tango-bench",
        }
    }

    /// Whether it calls the two sides different.
    ///
    /// # Errors
    ///
    /// If it fails, or says what is not understood.
    pub fn differs(self, trial: &Trial<'_>) -> Result<bool, Failed> {
        match self {
            Self::Criterion => criterion(trial),
            Self::Hyperfine => hyperfine(trial),
            Self::Tango => tango(trial),
        }
    }
}

/// A program that was built beside this one.
fn beside(name: &str) -> Result<PathBuf, Failed> {
    Ok(std::env::current_exe()?.with_file_name(name))
}

/// Runs a command; gives what it printed.
fn printed(command: &mut Command) -> Result<String, Failed> {
    let output = command.output()?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command:?}: {}: {words}", output.status).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The shortest warm-up; Criterion's own is three seconds.
const WARM_UP_S: f64 = 0.2;

fn criterion(trial: &Trial<'_>) -> Result<bool, Failed> {
    let side = |program: &Program, baseline: [&str; 2]| -> Result<String, Failed> {
        let file = trial.folder.join("program.json");
        program.save(&file)?;
        let seconds = trial.time.as_secs_f64() / 2.0 - WARM_UP_S;
        let samples = trial.runs().clamp(10, 100);
        let mut command = Command::new(beside("by-criterion")?);
        command.args(["--bench", "--noplot", "--color", "never"]).args(baseline);
        command.args(["--warm-up-time", &WARM_UP_S.to_string()]);
        command.args(["--measurement-time", &seconds.to_string()]);
        command.args(["--sample-size", &samples.to_string()]);
        command.env("OTHER_TOOLS_PROGRAM", &file).env("CRITERION_HOME", trial.folder);
        printed(command.current_dir(trial.folder))
    };
    side(trial.base, ["--save-baseline", "base"])?;
    said_by_criterion(&side(trial.new, ["--baseline", "base"])?)
}

/// Criterion's verdict, which is a line of its own.
fn said_by_criterion(printed: &str) -> Result<bool, Failed> {
    let says = |words: &str| printed.contains(words);
    if says("Performance has regressed") || says("Performance has improved") {
        Ok(true)
    } else if says("No change in performance") || says("Change within noise threshold") {
        Ok(false)
    } else {
        Err(format!("Criterion gives no verdict: {printed}").into())
    }
}

#[derive(Deserialize)]
struct Exported {
    results: Vec<Timed>,
}

#[derive(Deserialize)]
struct Timed {
    times: Vec<f64>,
}

fn hyperfine(trial: &Trial<'_>) -> Result<bool, Failed> {
    let file = trial.folder.join("hyperfine.json");
    let runs = trial.runs().max(2).to_string();
    let mut command = Command::new("hyperfine");
    command.args(["--shell=none", "--style=none", "--warmup=1", "--runs", &runs]);
    command.arg("--export-json").arg(&file).args([trial.base.line(), trial.new.line()]);
    printed(&mut command)?;
    let exported: Exported = serde_json::from_slice(&fs::read(&file)?)?;
    match exported.results.as_slice() {
        [base, new] => Ok(differs_by_welch(&base.times, &new.times)),
        _ => Err("hyperfine did not export two results".into()),
    }
}

/// Welch's t-test at 95 %, as `scripts/welch_ttest.py` of hyperfine does it.
fn differs_by_welch(one: &[f64], other: &[f64]) -> bool {
    // Mean, and squared standard error of it, with its degrees of freedom.
    let of = |times: &[f64]| {
        let count = times.len() as f64;
        let mean = times.iter().sum::<f64>() / count;
        let squares = times.iter().map(|time| (time - mean).powi(2)).sum::<f64>();
        (mean, squares / (count - 1.0) / count, count - 1.0)
    };
    let ((mean, error, degrees), (mean2, error2, degrees2)) = (of(one), of(other));
    let both = error + error2;
    let degrees = both.powi(2) / (error.powi(2) / degrees + error2.powi(2) / degrees2);
    stats::two_sided_p((mean - mean2) / both.sqrt(), degrees) < 0.05
}

fn tango(trial: &Trial<'_>) -> Result<bool, Failed> {
    let program = beside("by-tango")?;
    let side = |name: &str, program_of: &Program| -> Result<PathBuf, Failed> {
        let copy = trial.folder.join(name);
        fs::copy(&program, &copy)?;
        program_of.save(&trial.folder.join(format!("{name}.json")))?;
        Ok(copy)
    };
    let (base, new) = (side("base", trial.base)?, side("new", trial.new)?);
    let mut command = Command::new(new);
    command.args(["--color", "never", "compare"]).arg(base);
    command.args(["-t", &trial.time.as_secs_f64().to_string()]);
    // It ends with 1 where it found a slow-down, too.
    let output = command.output()?;
    let words = || String::from_utf8_lossy(&output.stderr);
    said_by_tango(&String::from_utf8_lossy(&output.stdout))
        .ok_or_else(|| format!("tango-bench gives no verdict: {}", words()).into())
}

/// Tango's verdict: a star behind the difference.
fn said_by_tango(printed: &str) -> Option<bool> {
    let line = printed.lines().find(|line| line.contains("program ") && line.contains('%'))?;
    Some(line.trim_end().ends_with('*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_read_as_the_tools_print_them() {
        assert!(said_by_criterion("change: [+4 %]\n  Performance has regressed.").unwrap());
        assert!(!said_by_criterion("No change in performance detected.").unwrap());
        assert!(!said_by_criterion("Change within noise threshold.").unwrap());
        assert!(said_by_criterion("trial/program time: [1 ms]").is_err());
        assert!(said_by_tango("program   [ 375.5 ns ... 369.0 ns ]      -1.58%*\n").unwrap());
        let cleared = "\u{1b}[2Kprogram   [ 7.6 ms ... 8.1 ms ]      +6.58%*\n";
        assert!(said_by_tango(cleared).unwrap());
        assert!(!said_by_tango("program   [ 375.5 ns ... 375.0 ns ]      -0.13%\n").unwrap());
        assert!(said_by_tango("").is_none());
    }

    #[test]
    fn welch_tells_two_means_apart() {
        let base = [1.00, 1.02, 0.98, 1.01, 0.99];
        assert!(differs_by_welch(&base, &base.map(|time| time + 0.1)));
        assert!(!differs_by_welch(&base, &[1.01, 1.02, 0.99, 1.00, 0.98]));
    }
}
