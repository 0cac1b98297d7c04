//! `memscope-bench measure`: audit every cell once, then time them in blocks, then report.

use clap::Args;
use memscope_bench::plan::procedure::Verb;
use memscope_bench::plan::procedures;
use memscope_bench::plan::settings::SettingsError;
use memscope_bench::present;

use super::instructions;
use super::metric::{Metric, MetricOption};
use super::options::{Selection, Sizes};
use super::run::{Course, Planned, Samples};
use super::{Failed, Output};

const EXAMPLES: &str = "\
Every workload is run tracked and untracked in blocks of balanced order, each sample in a fresh process, with
untracked twice (the A/A control). An audit pass beforehand counts what truly happens.

Examples:
  memscope-bench measure                                      all phases, memscope-rs/full
  memscope-bench measure -t dhat -t counting --samples 20     other trackers, 20 blocks
  memscope-bench measure --precision 1 --budget 5m            until intervals are ±1 %
  memscope-bench measure -w leak-detection --scale 0.1        one workload, a tenth of its size
  memscope-bench measure -t 'memscope-rs@0.1.*/full'          every published 0.1.x
  memscope-bench measure -t memscope-rs@path:../memscope-rs   a working tree
  memscope-bench measure --metric instructions -t counting    instructions instead of time, by Valgrind
  memscope-bench measure --resume target-reports/runs/RUN     go on with an interrupted one
  memscope-bench measure --json > summary.json                for a program to read";

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
    metric: MetricOption,
    #[command(flatten)]
    course: Course,
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    let Arguments { selection, sizes, samples, metric, course } = arguments;
    if metric.of(&course, &samples)? == Metric::Instructions {
        return instructions::measure(&selection, &sizes, samples.samples, &course, output);
    }
    let finished = course.run(Verb::Measure, || {
        let mut settings = selection.settings(&sizes)?;
        settings.name_allocators().map_err(SettingsError::from)?;
        settings.sampling = samples.sampling();
        Planned::of(settings, |groups, _| Ok(procedures::measure(groups)))
    })?;
    let page = finished.write_page()?;
    let summary = &finished.summary;
    output.result(summary, || present::closing(summary, &page, output.colour()))
}
