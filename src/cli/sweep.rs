//! `memscope-bench sweep`: one workload at several numbers of threads.

use clap::Args;
use memscope_bench::plan::procedure::Verb;
use memscope_bench::plan::procedures;
use memscope_bench::present;

use super::options::{Selection, Sizes};
use super::run::{Course, Planned, Samples};
use super::{Failed, Output};

const EXAMPLES: &str = "\
Measures and audits a workload at each number of threads: does the overhead grow with them, and does the
tracker lose events? Each number of threads has its own untracked arms beside it.

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
    #[command(flatten)]
    samples: Samples,
    #[command(flatten)]
    course: Course,
    /// Numbers of threads
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [1, 2, 4, 8, 16])]
    at: Vec<usize>,
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    let Arguments { selection, sizes, samples, course, at } = arguments;
    if at.contains(&0) {
        return Err(Failed::Usage("--at 0: at least one thread is needed".to_owned()));
    }
    let finished = course.run(Verb::Sweep, || plan(selection, &sizes, &samples, &at))?;
    let page = finished.write_page()?;
    let summary = &finished.summary;
    output.result(summary, || {
        format!("{}\nReport: {}", present::threads_table(&summary.threads), page.display())
    })
}

fn plan(
    selection: Selection,
    sizes: &Sizes,
    samples: &Samples,
    at: &[usize],
) -> Result<Planned, Failed> {
    let selection = selection.or_workloads([WORKLOAD.to_owned()]);
    let mut settings = selection.settings(sizes)?;
    settings.sampling = samples.sampling();
    Planned::of(settings, |groups, _| {
        let single = groups.iter().find(|g| g.facts().is_some_and(|w| w.is_deterministic()));
        match single {
            Some(group) => Err(Failed::Usage(format!(
                "{} has only one thread: there is nothing to vary",
                group.workload
            ))),
            None => Ok(procedures::sweep(groups, at)),
        }
    })
}
