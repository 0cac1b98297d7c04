//! `memscope-bench verify`: is anything left on the heap?

use std::time::Duration;

use clap::Args;
use memscope_bench::plan::arm::UNTRACKED;
use memscope_bench::plan::procedure::{Shown, Verb};
use memscope_bench::plan::procedures;
use memscope_bench::present;
use memscope_bench::run::wrap::{self, MEMCHECK, WrapError};

use super::options::{Selection, Sizes};
use super::run::{Course, Finished, Planned};
use super::{Failed, Output, tell};

const EXAMPLES: &str = "\
Runs each scenario to its very end under Valgrind Memcheck, with the ground truth as a second witness, and
prints the ledger of allocations, frees and leaks. Exit code 1 if anything leaks. Without Valgrind it says
how to install it, and the ground truth is the only witness.

Examples:
  memscope-bench verify                               the four scenarios at upstream's sizes, untracked
  memscope-bench verify --scale 0.01                  a hundredth of that
  memscope-bench verify --all --scale 0.01            the eight phases too
  memscope-bench verify -w http-longevity --client ab --port 8000
  memscope-bench verify -w worker-channel --soak 5m   over and over: flat or growing?";

/// Slower than without Memcheck by a factor of some dozens.
const TIMEOUT: Duration = Duration::from_secs(10 * 60);

#[derive(Args)]
#[command(after_help = super::unwrapped(EXAMPLES))]
#[command(mut_arg("workloads", |arg| arg.help(super::options::workloads_help("scenario/*"))))]
pub(crate) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    sizes: Sizes,
    #[command(flatten)]
    course: Course,
    /// The phases too
    #[arg(long, conflicts_with = "resume")]
    all: bool,
    /// Repeats each workload for this long in one process, without Memcheck, and shows what grows
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    #[arg(conflicts_with = "resume")]
    soak: Option<Duration>,
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    let finished = arguments.course.run(Verb::Verify, || plan(&arguments))?;
    let page = finished.write_page()?;
    if finished.procedure.shown == Shown::Soaks {
        return show_soaks(&finished, &page, output);
    }
    let checks = &finished.summary.heap_checks;
    output.result(checks, || {
        let table = present::ledger_table(checks);
        format!("{table}\n\n{}\nReport: {}", present::ledger_verdict(checks), page.display())
    })?;
    if checks.iter().all(|check| check.judgement.is_good()) {
        Ok(())
    } else {
        Err(Failed::Gate(present::ledger_verdict(checks)))
    }
}

fn plan(arguments: &Arguments) -> Result<Planned, Failed> {
    let mut settings = arguments.sizes.settings();
    settings.trackers = vec![UNTRACKED.parse()?];
    arguments.selection.apply(&mut settings)?;
    if settings.workloads.is_empty() {
        settings.workloads.push("scenario/*".to_owned());
        if arguments.all {
            settings.workloads.push("phase/*".to_owned());
        }
    }
    settings.timeout = arguments.sizes.timeout().unwrap_or(TIMEOUT);
    if let Some(soak) = arguments.soak {
        // The last repetition may begin just before the end.
        settings.timeout += soak;
    }
    let base = settings.trackers.iter().any(|spec| spec.name == UNTRACKED);
    Planned::of(settings, |groups, _| match arguments.soak {
        Some(soak) => Ok(procedures::soak(groups, base, soak)),
        None => Ok(procedures::verify(groups, base, second_witness()?)),
    })
}

/// Memcheck, if it is there.
fn second_witness() -> Result<Option<String>, Failed> {
    match wrap::find(MEMCHECK) {
        Ok(_) => Ok(Some(MEMCHECK.to_owned())),
        Err(error @ WrapError::NotInstalled { .. }) => {
            tell(format_args!("{error}\nThe ground truth is the only witness."));
            Ok(None)
        }
        Err(error) => Err(Failed::harness(error)),
    }
}

fn show_soaks(finished: &Finished, page: &std::path::Path, output: &Output) -> Result<(), Failed> {
    let soaks = &finished.summary.soaks;
    output
        .result(soaks, || format!("{}\nReport: {}", present::soak_table(soaks), page.display()))?;
    let growing: Vec<&str> = soaks
        .iter()
        .filter(|soak| soak.grows() || soak.failure.is_some())
        .map(|soak| soak.workload.as_str())
        .collect();
    if growing.is_empty() {
        Ok(())
    } else {
        Err(Failed::Gate(format!("growing, or failed: {}", growing.join(", "))))
    }
}
