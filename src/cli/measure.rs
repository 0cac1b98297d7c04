//! `memscope-bench measure`: audit every cell once, then time them in random blocks, then report.

use std::path::{Path, PathBuf};

use clap::Args;
use memscope_bench::analyse::summary::Summary;
use memscope_bench::plan::catalog::{Choice, Spec};
use memscope_bench::plan::group::{Partition, automatic_samples, groups, round_order};
use memscope_bench::plan::settings::Settings;
use memscope_bench::present;
use memscope_bench::record::{Record, Run};
use memscope_bench::run::{Group, Sample, Session, Subjects, interrupt};
use protocol::Pass;

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
  memscope-bench measure -t 'memscope-rs@0.1.*/full'          every published 0.1.x
  memscope-bench measure -t memscope-rs@path:../memscope-rs   a working tree
  memscope-bench measure --resume target-reports/runs/RUN     go on with an interrupted one
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
    /// Measures only the I-th of N shares, for several machines; `report A B C` merges their runs
    #[arg(long, value_name = "I/N")]
    partition: Option<Partition>,
    /// Goes on with an interrupted run, by its folder; its settings are those it began with
    #[arg(long, value_name = "RUN", conflicts_with_all = [
        "workloads", "trackers", "scale", "threads", "seed", "timeout", "memory_limit", "original_sleeps",
        "client", "port", "out", "samples", "partition",
    ])]
    resume: Option<PathBuf>,
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    let (mut session, groups) = match &arguments.resume {
        Some(folder) => resume(folder)?,
        None => {
            let (settings, groups) = plan(
                &arguments.selection,
                &arguments.sizes,
                arguments.samples,
                arguments.partition,
            )?;
            start(settings, groups)?
        }
    };
    audit(&mut session, &groups)?;
    let kind = session.plain(Pass::Timed);
    let units: Vec<_> = groups.into_iter().map(|group| (group, kind.clone())).collect();
    time(&mut session, &units)?;

    let (summary, page) = conclude(&session)?;
    output.result(&summary, || present::closing(&summary, &page, output.colour()))
}

/// Makes figures and the page of a run that has ended.
pub(super) fn conclude(session: &Session) -> Result<(Summary, PathBuf), Failed> {
    let run = Run::load(session.folder()).map_err(Failed::harness)?;
    let summary = Summary::of(std::slice::from_ref(&run)).map_err(Failed::harness)?;
    let page = present::write_site(&[run], session.folder(), &present::Options::default())
        .map_err(Failed::harness)?;
    Ok((summary, page))
}

/// Plans the groups, finds or builds their subjects, and begins a run.
pub(super) fn begin(
    selection: &Selection,
    sizes: &Sizes,
    samples: Option<u32>,
) -> Result<(Session, Vec<Group>), Failed> {
    let (settings, groups) = plan(selection, sizes, samples, None)?;
    start(settings, groups)
}

/// The settings and what they amount to, or a share of it.
pub(super) fn plan(
    selection: &Selection,
    sizes: &Sizes,
    samples: Option<u32>,
    partition: Option<Partition>,
) -> Result<(Settings, Vec<Group>), Failed> {
    let mut settings = sizes.settings();
    selection.apply(&mut settings).map_err(|e| Failed::Usage(e.to_string()))?;
    settings.samples = samples;
    settings.check()?;
    let mut groups = groups(&settings)?;
    if let Some(partition) = partition {
        groups = partition.share(groups);
        if groups.is_empty() {
            let Partition { number, of } = partition;
            return Err(Failed::Usage(format!("nothing is left for share {number} of {of}")));
        }
    }
    Ok((settings, groups))
}

/// Begins a run of these groups.
pub(super) fn start(
    mut settings: Settings,
    groups: Vec<Group>,
) -> Result<(Session, Vec<Group>), Failed> {
    // As they are recorded, patterns and ranges are resolved: a resumed run measures the same.
    settings.workloads = groups.iter().map(|group| group.workload.name.to_owned()).collect();
    let arms = groups[0].arms.iter().map(|arm| arm.choice.label());
    let specs = arms.skip(2).map(|label| label.parse::<Spec>());
    settings.trackers = specs.collect::<Result<_, _>>().map_err(Failed::harness)?;
    interrupt::listen();
    let subjects = prepare(&groups[0])?;
    Ok((Session::begin(settings, subjects, command_line())?, groups))
}

/// Goes on with a recorded run.
fn resume(folder: &Path) -> Result<(Session, Vec<Group>), Failed> {
    let run = Run::load(folder).map_err(|error| Failed::Usage(error.to_string()))?;
    let record = &run.environment.settings;
    if record.workloads.is_empty() {
        return Err(Failed::Usage(format!(
            "{}: an earlier memscope-bench recorded it, without what was to be measured",
            folder.display()
        )));
    }
    let settings = Settings::of_record(record, folder.to_owned())?;
    settings.check()?;
    let groups = groups(&settings)?;
    interrupt::listen();
    let subjects = prepare(&groups[0])?;
    Ok((Session::resume(run, settings, subjects)?, groups))
}

/// Finds or builds the subjects of a group's arms, which are those of every group.
pub(super) fn prepare(group: &Group) -> Result<Subjects, Failed> {
    let choices: Vec<&Choice> = group.arms.iter().map(|arm| &arm.choice).collect();
    let mut notes: Vec<&str> =
        choices.iter().filter_map(|choice| choice.source.as_ref()?.note.as_deref()).collect();
    notes.dedup();
    for note in notes {
        eprintln!("note: {note}");
    }
    let mut building = None;
    let subjects = Subjects::prepare(&choices, &mut |done, what| {
        building.get_or_insert_with(|| Progress::begin("build")).tell(done, what);
    })?;
    if let Some(progress) = building {
        progress.end();
    }
    Ok(subjects)
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
