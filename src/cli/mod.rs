//! The command line: one verb a file.

mod adopt;
mod audit;
mod bisect;
mod calibrate;
mod claims;
mod compare;
mod doctor;
mod gate;
mod instruction_gate;
mod instructions;
mod ladder;
mod latency;
mod layout;
mod list;
mod load;
mod measure;
mod metric;
mod options;
mod predict;
mod profile;
mod progress;
mod report;
mod run;
mod shell;
mod stress;
mod sweep;
mod verify;
mod wrap;

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::OnceLock;

use clap::{Parser, Subcommand};
use memscope_bench::analyse::summary::Summary;
use memscope_bench::build::link::LinkError;
use memscope_bench::build::revision;
use memscope_bench::build::subjects::SubjectsError;
use memscope_bench::common::interrupt;
use memscope_bench::common::shell::quoted;
use memscope_bench::plan::settings::SettingsError;
use memscope_bench::plan::spec::NotASpec;
use memscope_bench::record::Run;
use memscope_bench::run::RunError;
use serde::Serialize;

const ABOUT: &str = "What does heap tracking cost, and how accurate is the tracker?";

const HELP: &str = "\
Without a verb: the stress test. Eight phases in sequence under memscope-rs, a summary, and
target-reports/memory_analysis.svg.

Examples:
  memscope-bench                                   the stress test
  memscope-bench list                              what can be measured here
  memscope-bench measure                           all phases, memscope-rs against untracked
  memscope-bench measure -w '*-structures' -t dhat -t counting --scale 0.1
  memscope-bench audit -t dhat --scale 0.1         how accurate is dhat?
  memscope-bench compare memscope-rs@0.2.4 memscope-rs@0.2.5   slower, or less accurate?
  memscope-bench bisect memscope-rs@0.1.2 memscope-rs@0.1.10   which version got worse?
  memscope-bench gate --baseline baseline.json     worse than it was?
  memscope-bench sweep                             overhead and capture by number of threads
  memscope-bench ladder -t memscope-rs -t dhat     what linking, arming, reading, reporting cost
  memscope-bench latency -t memscope-rs -t dhat    how long single allocations take, the longest too
  memscope-bench load -t memscope-rs -t dhat       how many requests a second a server holds
  memscope-bench profile -w fragmentation          where a workload allocates: dhat, flame graphs
  memscope-bench verify --scale 0.01               does anything stay on the heap?
  memscope-bench calibrate slow-downs              which slow-downs are found, and in what time?
  memscope-bench report                            the newest run's site, made again
  memscope-bench report RUN1 RUN2 --out site       several runs as one site
  memscope-bench claims                            which public claims hold, by the newest run
  memscope-bench predict -- ./my-program           what would each tracker cost my program?
  memscope-bench wrap -t memcheck -- ./my-program  what does Memcheck cost and count on it?
  memscope-bench adopt -t dhat                     what does it bring into a program that uses it?

Exit codes: 0 done, 1 a gate failed, 2 wrong usage, 3 the harness could not do its work,
130 interrupted. A tracker that fails is a result, not an error.

`cargo bench` measures the same and draws Criterion's charts too; it reads its settings from
memscope-bench.toml or MEMSCOPE_BENCH_* variables.";

#[derive(Parser)]
#[command(version = version(), about = ABOUT, after_help = unwrapped(HELP), max_term_width = 100)]
#[command(args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    verb: Option<Verb>,

    #[command(flatten)]
    stress: stress::Arguments,

    /// Prints the result as JSON on standard output, and nothing else there.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Verb {
    /// Names the workloads and trackers, and what is available here.
    #[command(after_help = unwrapped(list::EXAMPLES))]
    List(list::Arguments),
    /// Measures trackers against untracked, in blocks of balanced order, and writes a report.
    Measure(measure::Arguments),
    /// Checks what each tracker reports against what happened.
    Audit(audit::Arguments),
    /// Compares versions, or recorded runs: slower, less accurate?
    Compare(compare::Arguments),
    /// Finds the first version, or git revision, that is worse than an earlier one.
    Bisect(bisect::Arguments),
    /// Checks a measurement against a committed baseline, and fails if anything is worse.
    Gate(gate::Arguments),
    /// Runs a workload at 1, 2, 4, 8 and 16 threads: when does a tracker get slow, or lose events?
    Sweep(sweep::Arguments),
    /// Measures what each step of using a tracker costs: linked, armed, read, report written.
    Ladder(ladder::Arguments),
    /// Times every single allocation: p50 to p99.99, and the longest.
    Latency(latency::Arguments),
    /// Puts a server under fixed rates of requests: which is the highest that it holds?
    Load(load::Arguments),
    /// Profiles the heap of each workload with dhat: flame graphs, and the lines that allocate most.
    Profile(profile::Arguments),
    /// Runs each scenario to its very end under Memcheck: is anything left on the heap?
    Verify(verify::Arguments),
    /// Tries the instrument on what is known: costs, slow-downs, and programs that do not differ.
    Calibrate(calibrate::Arguments),
    /// Makes charts, tables and a page from recorded runs.
    Report(report::Arguments),
    /// Holds what is claimed in public against recorded runs: does it hold?
    Claims(claims::Arguments),
    /// Counts what your program allocates, and says what each tracker would cost it.
    Predict(predict::Arguments),
    /// Runs your program alone and under tools around it: time, memory, and what they count.
    Wrap(wrap::Arguments),
    /// Says what a tracker brings into a program: crates, compile time, code.
    Adopt(adopt::Arguments),
    /// Lists what is missing on this machine, and what that costs.
    Doctor(doctor::Arguments),
    /// Prints what completes command lines in a shell.
    Completions(shell::Completions),
    /// Writes the manual's pages.
    Man(shell::Man),
}

/// Why a command ends without success.
pub(crate) enum Failed {
    /// A gate failed: there is a result, and it is bad.
    Gate(String),
    /// What was asked for is not possible.
    Usage(String),
    /// The harness could not do its work.
    Harness(String),
    /// The user ended it.
    Interrupted(String),
}

impl Failed {
    fn harness(error: impl Display) -> Self {
        Self::Harness(error.to_string())
    }
}

impl From<SettingsError> for Failed {
    fn from(error: SettingsError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<NotASpec> for Failed {
    fn from(error: NotASpec) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<SubjectsError> for Failed {
    fn from(error: SubjectsError) -> Self {
        match error {
            SubjectsError::Interrupted | SubjectsError::Link(LinkError::Interrupted) => {
                Self::Interrupted(error.to_string())
            }
            SubjectsError::Link(link) if link.is_usage() => Self::Usage(link.to_string()),
            _ => Self::harness(error),
        }
    }
}

impl From<RunError> for Failed {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Interrupted { .. } => Self::Interrupted(error.to_string()),
            RunError::Elsewhere { .. } => Self::Usage(error.to_string()),
            _ => Self::harness(error),
        }
    }
}

/// What goes to standard output.
pub(crate) struct Output {
    json: bool,
}

impl Output {
    /// Whether people read it on a terminal.
    fn is_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// Whether colour is welcome.
    fn colour(&self) -> bool {
        self.is_terminal() && std::env::var_os("NO_COLOR").is_none()
    }

    /// Prints the result: as JSON, or else as text.
    fn result(&self, value: &impl Serialize, text: impl FnOnce() -> String) -> Result<(), Failed> {
        let mut printed = if self.json {
            serde_json::to_string_pretty(value).map_err(Failed::harness)?
        } else {
            text()
        };
        printed.push('\n');
        match io::stdout().write_all(printed.as_bytes()) {
            // The reader had enough: `memscope-bench list | head -1`.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(Failed::harness),
        }
    }
}

/// The version, with the revision of the source where that is known: asked for only where it is going to be shown, since
/// it starts git.
fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let number = env!("CARGO_PKG_VERSION").to_owned();
        let is_shown = std::env::args_os().any(|one| one == "--version" || one == "-V");
        match is_shown.then(revision).flatten() {
            Some(revision) => format!("{number} ({revision})"),
            None => number,
        }
    })
}

/// A text whose paragraphs stand on one line each, however they stand in the source, so that they are wrapped once: by the
/// terminal's width. Lines that are indented stay, and so does what follows a colon.
pub(crate) fn unwrapped(text: &str) -> String {
    let mut whole = String::new();
    for line in text.lines() {
        let before = whole.lines().next_back().unwrap_or_default();
        let stands_alone = |line: &str| line.is_empty() || line.starts_with(' ');
        let begins = whole.is_empty() || whole.ends_with("\n\n") || stands_alone(line);
        let ended = stands_alone(before) || before.ends_with(':');
        match !(begins || ended) {
            true => {
                whole.truncate(whole.trim_end().len());
                whole += &format!(" {line}\n");
            }
            false => whole += &format!("{line}\n"),
        }
    }
    whole.truncate(whole.trim_end().len());
    whole
}

/// Parses the command line, and does what it says.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output { json: cli.json };
    let done = match cli.verb {
        None => stress::run(cli.stress, &output),
        Some(Verb::List(arguments)) => list::run(&arguments, &output),
        Some(Verb::Measure(arguments)) => measure::run(arguments, &output),
        Some(Verb::Audit(arguments)) => audit::run(arguments, &output),
        Some(Verb::Compare(arguments)) => compare::run(arguments, &output),
        Some(Verb::Bisect(arguments)) => bisect::run(arguments, &output),
        Some(Verb::Gate(arguments)) => gate::run(arguments, &output),
        Some(Verb::Sweep(arguments)) => sweep::run(arguments, &output),
        Some(Verb::Ladder(arguments)) => ladder::run(arguments, &output),
        Some(Verb::Latency(arguments)) => latency::run(arguments, &output),
        Some(Verb::Load(arguments)) => load::run(arguments, &output),
        Some(Verb::Profile(arguments)) => profile::run(arguments, &output),
        Some(Verb::Verify(arguments)) => verify::run(arguments, &output),
        Some(Verb::Calibrate(arguments)) => calibrate::run(arguments, &output),
        Some(Verb::Wrap(arguments)) => wrap::run(arguments, &output),
        Some(Verb::Adopt(arguments)) => adopt::run(arguments, &output),
        Some(Verb::Report(arguments)) => report::run(arguments, &output),
        Some(Verb::Claims(arguments)) => claims::run(arguments, &output),
        Some(Verb::Predict(arguments)) => predict::run(arguments, &output),
        Some(Verb::Doctor(arguments)) => doctor::run(arguments, &output),
        Some(Verb::Completions(arguments)) => shell::completions(&arguments),
        Some(Verb::Man(arguments)) => shell::man(&arguments),
    };
    let (code, words) = match done {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failed::Gate(words)) => (1, words),
        Err(Failed::Usage(words)) => (2, words),
        Err(Failed::Harness(words)) => (3, words),
        Err(Failed::Interrupted(words)) => (interrupt::EXIT_CODE, words),
    };
    tell(format_args!("memscope-bench: {words}"));
    ExitCode::from(code)
}

/// Says something on standard error. A reader who had enough is no failure.
pub(crate) fn tell(words: impl Display) {
    let _ = writeln!(io::stderr(), "{words}");
}

/// Reads a recorded run, and says what has to be known of it.
fn load(folder: &Path) -> Result<Run, Failed> {
    let run = Run::load(folder).map_err(Failed::harness)?;
    for note in &run.notes {
        tell(format_args!("note: {note}"));
    }
    Ok(run)
}

/// These folders of runs, or the newest one below `target-reports/` where none is named.
fn or_newest(folders: Vec<PathBuf>) -> Result<Vec<PathBuf>, Failed> {
    if !folders.is_empty() {
        return Ok(folders);
    }
    let newest = Run::newest("target-reports".as_ref());
    Ok(vec![newest.map_err(|error| Failed::Usage(error.to_string()))?])
}

/// What these runs say together, or the newest one where none is named.
fn summary_of(folders: Vec<PathBuf>) -> Result<Summary, Failed> {
    let folders = or_newest(folders)?;
    let runs = folders.iter().map(|folder| load(folder)).collect::<Result<Vec<_>, _>>()?;
    Summary::of(&runs).map_err(Failed::harness)
}

/// The command as it was given, for the records.
pub(crate) fn command_line() -> String {
    let arguments = std::env::args_os().skip(1);
    let arguments: Vec<String> = arguments.map(|one| quoted(&one.to_string_lossy())).collect();
    format!("memscope-bench {}", arguments.join(" ")).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    /// The commands in a text, without what is said of them: behind a `#`, or three spaces.
    fn commands(text: &str) -> Vec<Vec<String>> {
        let ours = |line: &str| {
            let line = line.trim();
            let (_, rest) = line
                .split_once("cargo run --release -- ")
                .or_else(|| line.starts_with("memscope-bench ").then(|| line.split_once(' '))?)?;
            let end = ["   ", "`", " > "].iter().filter_map(|end| rest.find(end)).min();
            shlex::split(&rest[..end.unwrap_or(rest.len())])
        };
        text.lines().filter_map(ours).collect()
    }

    #[test]
    fn paragraphs_of_help_stand_on_a_line_each() {
        let text = "One\nparagraph.\n\nExamples:\n  one   two\n  three\nAnother.\nAnd more";
        let whole = "One paragraph.\n\nExamples:\n  one   two\n  three\nAnother. And more";
        assert_eq!(unwrapped(text), whole);
    }

    #[test]
    fn the_words_by_which_a_run_is_resumed_are_a_command() {
        use memscope_bench::plan::procedure::Verb::{self, *};
        let all: [Verb; 12] = [
            Measure, Audit, Compare, Gate, Sweep, Ladder, Latency, Load, Profile, Verify,
            Calibrate, Bench,
        ];
        for verb in all {
            let line = format!("memscope-bench {} --resume RUN", verb.resumed_with());
            if let Err(error) = Cli::try_parse_from(line.split(' ')) {
                panic!("{line}: {error}");
            }
        }
    }

    #[test]
    fn every_command_in_the_documents_and_in_help_is_one() {
        let root = env!("CARGO_MANIFEST_DIR");
        let read = |file| std::fs::read_to_string(format!("{root}/{file}")).unwrap();
        let mut texts =
            ["README.md", "METHODOLOGY.md", "CONTRIBUTING.md", "docs/ci.md"].map(read).to_vec();
        let cli = Cli::command();
        let verbs = std::iter::once(&cli).chain(cli.get_subcommands());
        texts.extend(verbs.filter_map(|verb| Some(verb.get_after_help()?.to_string())));
        let all: Vec<_> = texts.iter().flat_map(|text| commands(text)).collect();
        assert!(all.len() > 60, "only {} are found", all.len());
        for words in all {
            let parsed = Cli::try_parse_from(
                std::iter::once("memscope-bench".to_owned()).chain(words.clone()),
            );
            if let Err(error) = parsed {
                panic!("{words:?}: {error}");
            }
        }
    }
}
