//! `memscope-bench audit`: what each tracker says, held against what happened.

use std::time::Duration;

use clap::Args;
use memscope_bench::plan::catalog::UNTRACKED;
use memscope_bench::present;
use memscope_bench::record::{Experiment, Record};
use memscope_bench::run::{Arm, Group, Sample, Session};
use protocol::Pass;

use super::measure::{audit, begin, conclude};
use super::options::{Selection, Sizes};
use super::progress::Progress;
use super::{Failed, Output};

const EXAMPLES: &str = "\
Runs every tracker once on every workload while the ground truth is counted around it, and compares.
Then asks each for its list of leaks, and grades it block by block; and runs one workload over and over in
one process, to see whether the tracker's memory grows without bound. Nothing is compared by time.

Examples:
  memscope-bench audit                                 memscope-rs/full on all workloads
  memscope-bench audit -t dhat -t counting --scale 0.1
  memscope-bench audit -w planted-leaks -t memscope-rs/variables
  memscope-bench audit -t memscope-rs/variables --json

Exact: every figure equal. Close: all within 1 %. Wrong: names the figure that is off by most. Absent: it
reports none of them. What counts as an allocation is each tracker's own convention (trackers.toml).";

/// The workloads that are audited unless others are named: all that need nothing from outside.
const WORKLOADS: [&str; 3] = ["phase/*", "rapid-lifecycle", "own/*"];

/// Workloads on which lists of leaks are graded: one with leaks planted, one with cycles that leak, and
/// two in which nothing leaks.
const LEAK_WORKLOADS: [&str; 4] =
    ["planted-leaks", "reference-cycles", "leak-detection", "rapid-lifecycle"];

/// The workload that is repeated to see memory grow: it frees all that it allocates.
const GROWTH_WORKLOAD: &str = "leak-detection";
/// How often.
const GROWTH_REPETITIONS: u32 = 12;
/// Its size, as a share of the chosen scale: twelve passes are to take no longer than one audit.
const GROWTH_SCALE: f64 = 0.05;

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    sizes: Sizes,
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    let selection = arguments.selection.or_workloads(WORKLOADS.map(str::to_owned));
    let (mut session, groups) = begin(&selection, &arguments.sizes, None)?;
    let records = audit(&mut session, &groups)?;
    ask_for_leaks(&mut session, &groups, &records)?;
    watch_growth(&mut session, &groups)?;

    let (summary, page) = conclude(&session)?;
    output.result(&summary, || {
        format!("{}\nReport: {}", present::truth_tables(&summary), page.display())
    })
}

/// The trackers of a group.
fn tracked(group: &Group) -> impl Iterator<Item = &Arm> {
    group.audited().filter(|arm| arm.name != UNTRACKED)
}

/// Asks every tracker for its list of leaks, in a process of its own each.
fn ask_for_leaks(
    session: &mut Session,
    groups: &[Group],
    audited: &[Record],
) -> Result<(), Failed> {
    let mut progress = Progress::begin("leaks");
    let asked = |group: &&Group| LEAK_WORKLOADS.contains(&group.workload.name);
    let cells: Vec<_> = groups
        .iter()
        .filter(asked)
        .flat_map(|group| tracked(group).map(move |arm| (group, arm)))
        .collect();
    for (index, (group, arm)) in cells.iter().enumerate() {
        progress.tell(index as f64 / cells.len() as f64, group.workload.name);
        let same = |r: &&Record| r.workload == group.workload.name && r.arm == arm.name;
        let before = audited.iter().find(same).map_or(0, |record| record.sample_ns);
        let sample = Sample {
            experiment: Some(Experiment::Leaks),
            // The work has been seen to end in this time; a list that takes several times as long is
            // not coming.
            timeout: Some(
                Duration::from_secs(before * 4 / 1_000_000_000 + 10)
                    .min(session.settings().timeout),
            ),
            ..session.plain(Pass::Audit)
        };
        session.sample(group, arm, &sample)?;
    }
    progress.end();
    Ok(())
}

/// Runs one workload over and over in one process, once counted and once as it is.
fn watch_growth(session: &mut Session, groups: &[Group]) -> Result<(), Failed> {
    let steady = groups.iter().find(|group| group.workload.name == GROWTH_WORKLOAD);
    let Some(group) = steady else { return Ok(()) };
    let mut progress = Progress::begin("growth");
    let arms: Vec<&Arm> = group.audited().collect();
    for (index, arm) in arms.iter().enumerate() {
        progress.tell(index as f64 / arms.len() as f64, &arm.name);
        for pass in [Pass::Audit, Pass::Timed] {
            let sample = Sample {
                experiment: Some(Experiment::Growth),
                passes: GROWTH_REPETITIONS,
                scale: session.settings().scale * GROWTH_SCALE,
                ..session.plain(pass)
            };
            session.sample(group, arm, &sample)?;
        }
    }
    progress.end();
    Ok(())
}
