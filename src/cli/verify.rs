//! `memscope-bench verify`: does anything stay on the heap?

use std::time::Duration;

use clap::Args;
use memscope_bench::analyse::heap_check::Entry;
use memscope_bench::analyse::soak::Slopes;
use memscope_bench::plan::catalog::{TWIN, UNTRACKED};
use memscope_bench::plan::group::groups;
use memscope_bench::present;
use memscope_bench::record::{Experiment, Record, Run};
use memscope_bench::run::memcheck::{Memcheck, MemcheckError};
use memscope_bench::run::{Arm, Group, Sample, Session, Subjects, interrupt};
use protocol::Pass;

use super::options::{Selection, Sizes};
use super::progress::Progress;
use super::{Failed, Output, command_line};

const EXAMPLES: &str = "\
Runs each scenario to its very end under Valgrind Memcheck, while the ground truth counts too, and
prints the ledger of allocations, frees and leaks. Exit code 1 if anything leaks. Without Valgrind it
says how to install it, and judges by the ground truth.

Examples:
  memscope-bench verify                               the four scenarios at the seed's sizes, untracked
  memscope-bench verify --scale 0.01                  a hundredth of that
  memscope-bench verify --all --scale 0.01            the eight phases too
  memscope-bench verify -w http-longevity --client ab --port 8000
  memscope-bench verify -w worker-channel --soak 5m   over and over: flat or growing?";

/// Slower than without Memcheck by a factor of some dozens.
const TIMEOUT: Duration = Duration::from_secs(10 * 60);

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    sizes: Sizes,
    /// The phases too
    #[arg(long)]
    all: bool,
    /// Repeats each workload for this long in one process, without Memcheck, and tells what grows
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    soak: Option<Duration>,
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    let (mut session, cells) = begin(&arguments)?;
    if let Some(soak) = arguments.soak {
        return self::soak(&mut session, &cells, soak, output);
    }
    let memcheck = match Memcheck::find() {
        Ok(memcheck) => Some(memcheck),
        Err(error @ MemcheckError::NotInstalled) => {
            eprintln!("{error}\nThe ground truth alone is the witness.");
            None
        }
        Err(error) => return Err(Failed::harness(error)),
    };
    let sample =
        Sample { experiment: Some(Experiment::Verify), memcheck, ..session.plain(Pass::Audit) };
    let records = take(&mut session, &cells, &sample, "verify")?;
    let entries: Vec<Entry> = records.iter().filter_map(Entry::of).collect();
    let page = write_page(&session)?;
    output.result(&entries, || {
        let table = present::ledger_table(&entries);
        format!("{table}\n\n{}\nReport: {}", present::ledger_verdict(&entries), page.display())
    })?;
    if entries.iter().all(|entry| entry.judgement.is_good()) {
        Ok(())
    } else {
        Err(Failed::Gate(present::ledger_verdict(&entries)))
    }
}

fn begin(arguments: &Arguments) -> Result<(Session, Vec<(Group, Arm)>), Failed> {
    let mut settings = arguments.sizes.settings();
    settings.trackers = vec![UNTRACKED.parse().map_err(Failed::harness)?];
    arguments.selection.apply(&mut settings).map_err(|e| Failed::Usage(e.to_string()))?;
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
    settings.check()?;
    let untracked = settings.trackers.iter().any(|spec| spec.name == UNTRACKED);
    let mut cells = Vec::new();
    for group in groups(&settings)? {
        for arm in &group.arms {
            if arm.name != TWIN && (arm.name != UNTRACKED || untracked) {
                cells.push((group.clone(), arm.clone()));
            }
        }
    }
    let names: Vec<&str> = cells.iter().map(|(_, arm)| arm.choice.entry.name.as_str()).collect();
    interrupt::listen();
    let subjects = Subjects::find_or_build(&names)?;
    Ok((Session::begin(settings, subjects, command_line())?, cells))
}

fn take(
    session: &mut Session,
    cells: &[(Group, Arm)],
    sample: &Sample,
    stage: &'static str,
) -> Result<Vec<Record>, Failed> {
    let mut progress = Progress::begin(stage);
    let mut records = Vec::new();
    for (index, (group, arm)) in cells.iter().enumerate() {
        let next = format!("{} {}", group.workload.name, arm.name);
        progress.tell(index as f64 / cells.len() as f64, &next);
        records.push(session.sample(group, arm, sample)?);
    }
    progress.end();
    Ok(records)
}

fn soak(
    session: &mut Session,
    cells: &[(Group, Arm)],
    duration: Duration,
    output: &Output,
) -> Result<(), Failed> {
    let sample = Sample {
        experiment: Some(Experiment::Soak),
        soak: Some(duration),
        ..session.plain(Pass::Audit)
    };
    let records = take(session, cells, &sample, "soak")?;
    let slopes: Vec<Slopes> = records.iter().filter_map(Slopes::of).collect();
    let page = write_page(session)?;
    output.result(&slopes, || {
        format!("{}\nReport: {}", present::soak_table(&slopes), page.display())
    })?;
    let growing: Vec<&str> = slopes
        .iter()
        .filter(|slopes| slopes.grows() || slopes.failure.is_some())
        .map(|slopes| slopes.workload.as_str())
        .collect();
    if growing.is_empty() {
        Ok(())
    } else {
        Err(Failed::Gate(format!("growing, or failed: {}", growing.join(", "))))
    }
}

fn write_page(session: &Session) -> Result<std::path::PathBuf, Failed> {
    let run = Run::load(session.folder()).map_err(Failed::harness)?;
    present::write_site(&[run], session.folder(), &present::Options::default())
        .map_err(Failed::harness)
}
