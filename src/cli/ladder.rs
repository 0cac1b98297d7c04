//! `memscope-bench ladder`: which step of using a tracker costs what.

use clap::Args;
use memscope_bench::plan::procedure::Verb;
use memscope_bench::plan::procedures;
use memscope_bench::present;

use super::options::{Selection, Sizes};
use super::run::{Course, Planned, Samples};
use super::{Failed, Output};

const EXAMPLES: &str = "\
Measures each tracker linked but not started, then at work, then the reading of its statistics, then the
writing of its report; each in nanoseconds per allocation event of the workload.

Examples:
  memscope-bench ladder                                       memscope-rs/full on all phases
  memscope-bench ladder -t memscope-rs/full -t dhat -w fragmentation --scale 0.2
  memscope-bench ladder --scale 0.1 --samples 20 --json";

#[derive(Args)]
#[command(after_help = super::unwrapped(EXAMPLES))]
pub(crate) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    sizes: Sizes,
    #[command(flatten)]
    samples: Samples,
    #[command(flatten)]
    course: Course,
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    let Arguments { selection, sizes, samples, course } = arguments;
    let finished = course.run(Verb::Ladder, || {
        Planned::new(&selection, &sizes, &samples, procedures::ladder)?.of_a_tracker()
    })?;
    let page = finished.write_page()?;
    let summary = &finished.summary;
    output.result(summary, || {
        format!("{}\nReport: {}", present::ladder_table(&summary.ladders), page.display())
    })
}
