//! `memscope-bench audit`: what each tracker reports, against what happened.

use clap::{Args, ValueEnum};
use memscope_bench::plan::procedure::Verb;
use memscope_bench::plan::procedures;
use memscope_bench::present;

use super::options::{Selection, Sizes};
use super::run::{Course, Planned};
use super::{Failed, Output};

const EXAMPLES: &str = "\
Runs every tracker once on every workload while the ground truth is counted around it, and compares.
Then asks each for its list of leaks and checks every entry; and runs one workload over and over in one
process, to see whether the tracker's memory grows without bound. Those that estimate are run thirty times
more on three phases, with other seeds. Nothing is compared by time.

Examples:
  memscope-bench audit                                 memscope-rs/full on all workloads
  memscope-bench audit -t dhat -t counting --scale 0.1
  memscope-bench audit -w planted-leaks -t memscope-rs/variables
  memscope-bench audit -t memscope-rs/variables --json
  memscope-bench audit -t dhat --format markdown       for a pull request

Exact: every figure is equal. Close: all are within 1 %. Wrong: the figure that is off by most is named.
Absent: it reports none of them. Each tracker is judged by its own convention of what an allocation is
(trackers.toml).";

/// The workloads that are audited unless others are named: all that need nothing from outside, and no gigabytes.
const WORKLOADS: [&str; 5] =
    ["phase/*", "rapid-lifecycle", "planted-leaks", "known-sites", "reallocations"];

#[derive(Args)]
#[command(after_help = super::unwrapped(EXAMPLES))]
#[command(mut_arg("workloads", |arg| arg.help(super::options::workloads_help("phase/*, rapid-lifecycle, planted-leaks, known-sites, reallocations"))))]
pub(crate) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    sizes: Sizes,
    #[command(flatten)]
    course: Course,
    /// What is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Table,
    /// For a pull request
    Markdown,
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    let Arguments { selection, sizes, course, format } = arguments;
    let selection = selection.or_workloads(WORKLOADS.map(str::to_owned));
    let finished = course.run(Verb::Audit, || {
        let settings = selection.settings(&sizes)?;
        let catalog = settings.catalog().map_err(Failed::harness)?;
        Planned::of(settings, |groups, arms| {
            let estimating = arms.iter().filter(|arm| catalog.estimates(arm)).cloned().collect();
            Ok(procedures::audit(groups, estimating))
        })
    })?;
    let page = finished.write_page()?;
    let summary = &finished.summary;
    output.result(summary, || match format {
        Format::Table => {
            format!("{}\nReport: {}", present::accuracy_tables(summary), page.display())
        }
        Format::Markdown => present::accuracy_markdown(summary),
    })
}
