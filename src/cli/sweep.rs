//! `memscope-bench sweep`: one workload at several numbers of threads.

use clap::Args;
use memscope_bench::present;
use memscope_bench::record::Experiment;
use memscope_bench::run::{Group, Sample, Session};
use protocol::Pass;

use super::measure::{begin, conclude, time};
use super::options::{Selection, Sizes};
use super::progress::Progress;
use super::{Failed, Output};

const EXAMPLES: &str = "\
Measures and audits a workload at each number of threads: does the overhead grow with them, and does the
tracker lose count? Each number has its own untracked twins beside it.

Examples:
  memscope-bench sweep                                   memscope-rs/full on concurrent-tasks
  memscope-bench sweep -t memscope-rs/full -t dhat --scale 0.2
  memscope-bench sweep -w mixed-workload --at 1,2,3 --samples 20";

/// The workload with the most threads to itself.
const WORKLOAD: &str = "concurrent-tasks";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    sizes: Sizes,
    /// Numbers of threads
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [1, 2, 4, 8, 16])]
    at: Vec<usize>,
    /// Samples of each arm at each number of threads [default: 10, more for short workloads]
    #[arg(long, value_name = "N")]
    samples: Option<u32>,
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    if arguments.at.contains(&0) {
        return Err(Failed::Usage("--at 0: at least one thread is needed".to_owned()));
    }
    let selection = arguments.selection.or_workloads([WORKLOAD.to_owned()]);
    let (mut session, groups) = begin(&selection, &arguments.sizes, arguments.samples)?;
    let single = groups.iter().find(|group| group.workload.is_deterministic());
    if let Some(group) = single {
        let name = group.workload.name;
        return Err(Failed::Usage(format!("{name} has but one thread: there is nothing to vary")));
    }
    let kinds: Vec<(Group, Sample)> = groups
        .iter()
        .flat_map(|group| arguments.at.iter().map(move |&threads| (group.clone(), threads)))
        .map(|(group, threads)| (group, kind(&session, threads)))
        .collect();
    audit(&mut session, &kinds)?;
    time(&mut session, &kinds)?;

    let (summary, page) = conclude(&session)?;
    output.result(&summary, || {
        format!("{}\nReport: {}", present::threads_table(&summary.threads), page.display())
    })
}

fn kind(session: &Session, threads: usize) -> Sample {
    Sample { experiment: Some(Experiment::Threads), threads, ..session.plain(Pass::Timed) }
}

/// One audited sample of every tracker at every number of threads.
fn audit(session: &mut Session, kinds: &[(Group, Sample)]) -> Result<(), Failed> {
    let mut progress = Progress::begin("audit");
    for (index, (group, kind)) in kinds.iter().enumerate() {
        let next = format!("{}, {} threads", group.workload.name, kind.threads);
        progress.tell(index as f64 / kinds.len() as f64, &next);
        for arm in group.audited() {
            session.sample(group, arm, &Sample { pass: Pass::Audit, ..kind.clone() })?;
        }
    }
    progress.end();
    Ok(())
}
