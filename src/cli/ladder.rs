//! `memscope-bench ladder`: which step of using a tracker costs what.

use clap::Args;
use memscope_bench::plan::catalog::UNTRACKED;
use memscope_bench::present;
use memscope_bench::record::Experiment;
use memscope_bench::run::{Arm, Group, Sample};
use protocol::Pass;

use super::measure::{begin, conclude, time};
use super::options::{Selection, Sizes};
use super::progress::Progress;
use super::{Failed, Output};

const EXAMPLES: &str = "\
Measures each tracker linked but not started, then at work, then the reading of its statistics, then its
own export; each in nanoseconds per allocation event of the workload.

Examples:
  memscope-bench ladder                                       memscope-rs/full on all phases
  memscope-bench ladder -t memscope-rs/full -t dhat -w fragmentation --scale 0.2
  memscope-bench ladder --scale 0.1 --samples 20 --json";

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
    let (mut session, mut groups) =
        begin(&arguments.selection, &arguments.sizes, arguments.samples)?;
    groups.iter_mut().for_each(add_idle_arms);

    let mut progress = Progress::begin("audit");
    let kind =
        Sample { experiment: Some(Experiment::Ladder), export: true, ..session.plain(Pass::Timed) };
    for (index, group) in groups.iter().enumerate() {
        progress.tell(index as f64 / groups.len() as f64, group.workload.name);
        // How many events there are to divide by; the same whatever tracker watches.
        for arm in group.arms.iter().filter(|arm| arm.name == UNTRACKED) {
            session.sample(group, arm, &Sample { pass: Pass::Audit, ..kind.clone() })?;
        }
    }
    progress.end();
    let units: Vec<_> = groups.into_iter().map(|group| (group, kind.clone())).collect();
    time(&mut session, &units)?;

    let (summary, page) = conclude(&session)?;
    output.result(&summary, || {
        format!("{}\nReport: {}", present::ladder_table(&summary.ladders), page.display())
    })
}

/// Adds to each tracker of a group the same tracker, not started.
fn add_idle_arms(group: &mut Group) {
    let tracked = group.audited().filter(|arm| arm.name != UNTRACKED);
    let idle: Vec<Arm> = tracked.map(|arm| Arm::idle(&arm.choice)).collect();
    group.arms.extend(idle);
}
