//! `memscope-bench predict`: what each tracker would cost the reader's own program.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use memscope_bench::analyse::prediction::{Predicted, Program, predictions};
use memscope_bench::common::units;
use memscope_bench::present;
use memscope_bench::run::program::{self, ProgramError, ProgramFigures};
use serde::Serialize;

use super::{Failed, Output, summary_of, tell};

const EXAMPLES: &str = "\
The program runs twice, with an empty standard input: as it is, for its CPU time and its threads, and under heaptrack,
which counts its allocations and takes several times as long. Of processes that it starts, CPU time is counted, and
allocations are not. What it prints goes to standard error. No tracker is run: what each would cost is told by recorded
runs, with how wrong that is, and nothing is told beyond what they measured.

Examples:
  memscope-bench predict target-reports/sample/data/* -- ./my-program --once
  memscope-bench predict -- ./my-program                     by the newest run below target-reports/
  memscope-bench predict RUN --rate 2000000                  of 2 million allocations in a second of CPU time
  memscope-bench predict RUN --rate 2e6 --live 50000 --threads 4
  memscope-bench predict RUN --json -- ./my-program          for scripts";

#[derive(Args)]
#[command(after_help = super::unwrapped(EXAMPLES))]
pub(crate) struct Arguments {
    /// Folders of recorded runs [default: the newest below target-reports/runs]
    #[arg(value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// Allocations in a second of CPU time, where no program is to be counted
    #[arg(long, value_name = "N", required_unless_present = "program", conflicts_with = "program")]
    rate: Option<f64>,
    /// The most allocations that are alive at once [default: as many as the workloads have]
    #[arg(long, value_name = "N", conflicts_with = "program")]
    live: Option<u64>,
    /// Threads that run at once [default: 1]
    #[arg(long, value_name = "N", conflicts_with = "program")]
    threads: Option<usize>,
    /// The program and its arguments
    #[arg(last = true, value_name = "PROGRAM")]
    program: Vec<OsString>,
}

/// What is printed for scripts.
#[derive(Serialize)]
struct Told {
    program: Program,
    #[serde(skip_serializing_if = "Option::is_none")]
    counted: Option<ProgramFigures>,
    trackers: Vec<OfTracker>,
}

#[derive(Serialize)]
struct OfTracker {
    tracker: String,
    version: Option<String>,
    /// Absent where it is beyond what was measured.
    predicted: Option<Predicted>,
    /// Why it is.
    beyond: Option<String>,
    /// The model's error on workloads that it has not seen, as a share: the median, of those on several threads or with more
    /// alive where the program is such a one. Absent where that was not tried.
    error: Option<f64>,
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    let all = predictions(&summary_of(arguments.runs)?);
    if all.is_empty() {
        return Err(Failed::Usage(
            "a prediction needs runs in which trackers were timed on three workloads or more; \
             those of target-reports/sample/data are such ones"
                .to_owned(),
        ));
    }
    let counted = match arguments.program.as_slice() {
        [] => None,
        line => Some(program::count(line, |how| {
            tell(format_args!("{} runs {how} …", line[0].to_string_lossy()));
        })?),
    };
    let program = match (&counted, arguments.rate) {
        (Some(counted), _) => of_figures(counted),
        (None, rate) => Program {
            rate: checked(rate.unwrap_or_default())?,
            live: arguments.live,
            threads: arguments.threads.unwrap_or(1),
        },
    };
    let trackers = all.iter().map(|one| {
        let told = one.of_program(&program);
        OfTracker {
            tracker: one.arm.to_string(),
            version: one.version.clone(),
            predicted: told.ok(),
            beyond: told.err().map(|beyond| beyond.to_string()),
            error: one.error_for(&program),
        }
    });
    let told = Told { program, counted, trackers: trackers.collect() };
    output.result(&told, || {
        let table = present::predicted_table(&all, &program, output.colour());
        format!("{}\n\n{table}", in_words(&program, counted.as_ref()))
    })
}

fn checked(rate: f64) -> Result<f64, Failed> {
    if rate.is_finite() && rate > 0.0 {
        return Ok(rate);
    }
    Err(Failed::Usage(format!("--rate {rate}: a rate is a number above 0")))
}

fn of_figures(counted: &ProgramFigures) -> Program {
    Program {
        rate: counted.allocations as f64 / counted.cpu_s,
        live: Some(counted.peak_live_allocations),
        threads: counted.threads.unwrap_or(1),
    }
}

/// `1,234 allocations in 0.5 s of CPU time: …`.
fn in_words(program: &Program, counted: Option<&ProgramFigures>) -> String {
    let rate = units::count(program.rate.round() as u64);
    let threads = units::counted(program.threads, "thread");
    let live = program.live.map(|live| format!(", {} alive at most", units::count(live)));
    let rate = match counted {
        Some(counted) => format!(
            "{} allocations in {} of CPU time: {rate} in a second",
            units::count(counted.allocations),
            units::seconds(counted.cpu_s)
        ),
        None => format!("{rate} allocations in a second of CPU time"),
    };
    format!("{rate}{}, {threads}.", live.unwrap_or_default())
}

impl From<ProgramError> for Failed {
    fn from(error: ProgramError) -> Self {
        match error {
            ProgramError::Interrupted => Self::Interrupted(error.to_string()),
            ProgramError::Run { .. } | ProgramError::Failed { .. } | ProgramError::Short { .. } => {
                Self::Usage(error.to_string())
            }
            ProgramError::Wrapper(_) | ProgramError::Folder(_) => Self::harness(error),
        }
    }
}
