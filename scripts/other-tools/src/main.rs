//! Sets memscope-bench beside Criterion, hyperfine and tango-bench: which slow-downs does each find, in the same time?

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use memscope_bench::analyse::calibration::Counted;
use other_tools::Failed;
use other_tools::ours::{Ours, Recorded};
use other_tools::program::Program;
use other_tools::table::Results;
use other_tools::tools::{self, Trial};

/// As it stands in the table.
const OURS: &str = "memscope-bench";
/// Trials alternate between us and the others so often.
const ROUNDS: u32 = 2;

#[derive(Parser)]
struct Options {
    /// The program memscope-bench
    #[arg(long)]
    memscope_bench: PathBuf,
    /// Phases; repeat for more [default: reference-cycles and basic-structures]
    #[arg(long = "workload", value_name = "NAME")]
    workloads: Vec<String>,
    /// Trials of each tool with each slow-down
    #[arg(long, default_value_t = 10)]
    trials: u32,
    /// Time of a trial, both sides together: 5, 10, 20, 40 or 60
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// The scale of the workloads
    #[arg(long, default_value_t = 0.05)]
    scale: f64,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let default = ["reference-cycles", "basic-structures"].map(str::to_owned);
    let asked = if options.workloads.is_empty() { &default[..] } else { &options.workloads };
    for workload in asked {
        match compared(&options, workload) {
            Ok(results) => println!("{}", results.markdown(workload)),
            Err(error) => {
                eprintln!("error: {workload}: {error}");
                return ExitCode::from(3);
            }
        }
    }
    ExitCode::SUCCESS
}

fn compared(options: &Options, workload: &str) -> Result<Results, Failed> {
    let mut results = Results::default();
    let program = Program::new(workload, options.scale)?;
    for _ in 0..ROUNDS {
        let folder = tempfile::tempdir()?;
        let Options { scale, seconds, .. } = *options;
        let ours = Ours { program: &options.memscope_bench, workload, scale, seconds };
        let recorded = ours.record(options.trials.div_ceil(ROUNDS), folder.path())?;
        for (planted, counted) in recorded.different.iter().enumerate() {
            results.add(OURS, planted, *counted);
        }
        others(options, workload, &program, &recorded, &mut results)?;
    }
    Ok(results)
}

/// Trials of the other tools, with the work that ours was given.
fn others(
    options: &Options,
    workload: &str,
    program: &Program,
    recorded: &Recorded,
    results: &mut Results,
) -> Result<(), Failed> {
    let run = run_time(program);
    let trials = options.trials.div_ceil(ROUNDS);
    for trial in 0..trials {
        let steps = std::iter::once(0).chain(recorded.steps.iter().copied());
        for (planted, steps) in steps.enumerate() {
            for place in 0..tools::ALL.len() {
                // Another one begins each time.
                let tool = tools::ALL[(place + trial as usize) % tools::ALL.len()];
                let folder = tempfile::tempdir()?;
                let so = tool.differs(&Trial {
                    base: program,
                    new: &program.clone().with(steps),
                    time: Duration::from_secs_f64(options.seconds),
                    run,
                    folder: folder.path(),
                })?;
                results.add(tool.name(), planted, Counted { so: usize::from(so), all: 1 });
            }
        }
        eprintln!("{workload}: trial {} of {trials}", trial + 1);
    }
    Ok(())
}

/// How long a run takes: the shortest of a few.
fn run_time(program: &Program) -> Duration {
    let time = |_| {
        let begin = Instant::now();
        program.run();
        begin.elapsed()
    };
    (0..5).map(time).min().unwrap_or_default()
}
