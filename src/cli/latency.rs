//! `memscope-bench latency`: how long single allocations take.

use clap::Args;
use memscope_bench::plan::procedure::Verb;
use memscope_bench::plan::procedures;
use memscope_bench::present;

use super::options::{Selection, Sizes};
use super::run::{Course, Planned, Samples};
use super::{Failed, Output};

const EXAMPLES: &str = "\
Times every call of the allocator as the program sees it: a mean over millions hides a tracker's pauses. It
tells what half of the calls take at most (p50), then p90, p99, p99.9, p99.99 and the longest, of allocations and
of frees, under each tracker and without one. These passes say nothing of cost.

Examples:
  memscope-bench latency                                      memscope-rs/full on all phases
  memscope-bench latency -t memscope-rs/full -t dhat -w fragmentation --scale 0.2
  memscope-bench latency -w leak-detection --samples 10 --json";

#[derive(Args)]
#[command(after_help = super::unwrapped(EXAMPLES))]
pub(crate) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    sizes: Sizes,
    /// Samples of each arm; each has every call of the workload
    #[arg(long, value_name = "N", default_value_t = 3, conflicts_with = "resume")]
    samples: u32,
    #[command(flatten)]
    course: Course,
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    let Arguments { selection, sizes, samples, course } = arguments;
    let finished = course.run(Verb::Latency, || {
        Planned::new(&selection, &sizes, &Samples::of(samples), procedures::latency)
    })?;
    let page = finished.write_page()?;
    let summary = &finished.summary;
    output.result(summary, || {
        format!("{}\nReport: {}", present::latency_table(&summary.latencies), page.display())
    })
}
