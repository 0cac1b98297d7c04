//! `memscope-bench measure`: audit every cell once, then time them in random blocks, then report.

use std::path::PathBuf;

use clap::Args;
use memscope_bench::records::{Record, Run};
use memscope_bench::report;
use memscope_bench::runner::plan::{automatic_samples, groups, round_order};
use memscope_bench::runner::{Group, Sample, Session, Subjects, interrupt};
use memscope_bench::summary::Summary;
use subject::protocol::Pass;

use super::options::{Selection, Sizes};
use super::progress::Progress;
use super::{Failed, Output, command_line};

const EXAMPLES: &str = "\
Every workload is run tracked and untracked in random blocks, each sample in a fresh process, with
untracked twice (the A/A control). An audit pass beforehand counts what truly happens.

Examples:
  memscope-bench measure                                      all phases, memscope-rs/full
  memscope-bench measure -t dhat -t counting --samples 20     other trackers, 20 blocks
  memscope-bench measure -w leak-detection --scale 0.1        one workload, a tenth of its size
  memscope-bench measure --json > summary.json                for a program to read";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    sizes: Sizes,
    /// Samples of each arm [default: 10, more for short workloads]
    #[arg(long, value_name = "N")]
    samples: Option<u32>,
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    let (mut session, groups) = begin(&arguments.selection, &arguments.sizes, arguments.samples)?;
    audit(&mut session, &groups)?;
    let kind = session.plain(Pass::Timed);
    let units: Vec<_> = groups.into_iter().map(|group| (group, kind.clone())).collect();
    time(&mut session, &units)?;

    let (summary, page) = conclude(&session)?;
    output.result(&summary, || report::closing(&summary, &page, output.colour()))
}

/// Makes figures and the page of a run that has ended.
pub(super) fn conclude(session: &Session) -> Result<(Summary, PathBuf), Failed> {
    let run = Run::load(session.folder()).map_err(Failed::harness)?;
    let summary = Summary::of(std::slice::from_ref(&run)).map_err(Failed::harness)?;
    let page = report::write_site(&[run], session.folder(), &report::Options::default())
        .map_err(Failed::harness)?;
    Ok((summary, page))
}

/// Plans the groups, finds or builds their subjects, and begins a run.
pub(super) fn begin(
    selection: &Selection,
    sizes: &Sizes,
    samples: Option<u32>,
) -> Result<(Session, Vec<Group>), Failed> {
    let mut settings = sizes.settings();
    selection.apply(&mut settings).map_err(|e| Failed::Usage(e.to_string()))?;
    settings.samples = samples;
    settings.check()?;
    let groups = groups(&settings)?;
    let names: Vec<&str> =
        groups[0].arms.iter().map(|arm| arm.choice.entry.name.as_str()).collect();
    interrupt::listen();
    let subjects = Subjects::find_or_build(&names)?;
    Ok((Session::begin(settings, subjects, command_line())?, groups))
}

/// One audited sample of every tracker on every workload.
pub(super) fn audit(session: &mut Session, groups: &[Group]) -> Result<Vec<Record>, Failed> {
    let mut progress = Progress::begin("audit");
    let cells: Vec<_> =
        groups.iter().flat_map(|group| group.audited().map(move |arm| (group, arm))).collect();
    let mut records = Vec::new();
    for (index, (group, arm)) in cells.iter().enumerate() {
        let next = format!("{} {}", group.workload.name, arm.name);
        progress.tell(index as f64 / cells.len() as f64, &next);
        records.push(session.audit(group, arm)?);
    }
    progress.end();
    Ok(records)
}

/// Blocks of timed samples: a warm-up block each, then in rounds, so that every unit (a group, measured in
/// some way) is spread over the whole run and no drift of the machine falls on one of them.
pub(super) fn time(session: &mut Session, units: &[(Group, Sample)]) -> Result<(), Failed> {
    let mut progress = Progress::begin("warm-up");
    let mut plans = Vec::new();
    for (index, (group, kind)) in units.iter().enumerate() {
        progress.tell(index as f64 / units.len() as f64, group.workload.name);
        let warm_up = Sample { block: 0, warm_up: true, ..kind.clone() };
        let records = session.block_of(group, &warm_up)?;
        let block_s = records.iter().map(|record| record.sample_ns).sum::<u64>() as f64 / 1e9;
        let samples = session.settings().samples.unwrap_or_else(|| automatic_samples(block_s));
        plans.push((samples, block_s));
    }
    progress.end();

    let mut progress = Progress::begin("measure");
    let expected: f64 = plans.iter().map(|(samples, block_s)| f64::from(*samples) * block_s).sum();
    let mut done = 0.0;
    let rounds = plans.iter().map(|(samples, _)| *samples).max().unwrap_or(0);
    for round in 1..=rounds {
        for index in round_order(units.len(), session.settings().seed, round) {
            let (samples, block_s) = plans[index];
            if round <= samples {
                let (group, kind) = &units[index];
                progress.tell(done / expected, group.workload.name);
                session.block_of(group, &Sample { block: round, ..kind.clone() })?;
                done += block_s;
            }
        }
    }
    progress.end();
    Ok(())
}
