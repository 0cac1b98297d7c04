//! `memscope-bench load`: how many requests a second a server holds.

use std::time::Duration;

use clap::Args;
use memscope_bench::plan::procedure::Verb;
use memscope_bench::plan::procedures;
use memscope_bench::plan::settings::Client;
use memscope_bench::present;

use super::options::{Selection, Sizes};
use super::run::{Course, Planned};
use super::{Failed, Output};

const EXAMPLES: &str = "\
Requests come at a fixed rate, whatever becomes of those before them, and each latency counts from when the
request was due: a server that stalls is charged for all that would have come meanwhile. Each tracker's server is
put under one rate after the other, in a new process each, until 1 of 100 requests takes longer than 50 ms: the
highest rate before is what it holds. Client and server share the cores; where the client could not keep up, it
says so.

Examples:
  memscope-bench load                                          memscope-rs/full, two minutes
  memscope-bench load -t memscope-rs/full -t dhat -t counting --samples 5
  memscope-bench load --rates 500,1000,1500,2000 --for 10s --json";

/// The server that is put under load unless another is named.
const WORKLOAD: &str = "http-longevity";

/// The highest rate that can be asked for: no client of ours comes near.
const MOST: u32 = 1_000_000;

#[derive(Args)]
#[command(after_help = super::unwrapped(EXAMPLES))]
#[command(mut_arg("workloads", |arg| arg.help(super::options::workloads_help("http-longevity"))))]
pub(crate) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    sizes: Sizes,
    /// Requests a second, one rate after the other
    #[arg(long, value_name = "N,…", value_delimiter = ',', conflicts_with = "resume")]
    #[arg(default_values_t = [1_000, 2_000, 4_000, 8_000, 12_000, 16_000, 24_000])]
    rates: Vec<u32>,
    /// For how long requests come at each rate
    #[arg(long = "for", value_name = "DURATION", value_parser = humantime::parse_duration)]
    #[arg(default_value = "3s", conflicts_with = "resume")]
    duration: Duration,
    /// How often each tracker is put under all rates
    #[arg(long, value_name = "N", default_value_t = 3, conflicts_with = "resume")]
    samples: u32,
    #[command(flatten)]
    course: Course,
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    let Arguments { selection, sizes, mut rates, duration, samples, course } = arguments;
    rates.sort_unstable();
    rates.dedup();
    let finished = course.run(Verb::Load, || plan(selection, &sizes, &rates, duration, samples))?;
    let page = finished.write_page()?;
    let summary = &finished.summary;
    output.result(summary, || {
        format!("{}\nReport: {}", present::load_tables(&summary.loads), page.display())
    })
}

fn plan(
    selection: Selection,
    sizes: &Sizes,
    rates: &[u32],
    duration: Duration,
    samples: u32,
) -> Result<Planned, Failed> {
    let usage = |words: &str| Err(Failed::Usage(words.to_owned()));
    if rates.iter().any(|rate| !(1..=MOST).contains(rate)) {
        return usage("--rates: each from 1 to 1,000,000 requests a second");
    }
    let Some(for_ms) = u32::try_from(duration.as_millis()).ok().filter(|&ms| ms >= 100) else {
        return usage("--for: from 100ms to some weeks");
    };
    let selection = selection.or_workloads([WORKLOAD.to_owned()]);
    let mut settings = selection.settings(sizes)?;
    settings.sampling = Some(samples).into();
    if settings.client == Client::Ab {
        return usage("--client ab: ApacheBench has no fixed rates");
    }
    if settings.params.scale != 1.0 {
        return usage("--scale: a load is as large as --rates and --for say");
    }
    Planned::of(settings, |groups, _| {
        let other = groups.iter().find(|g| g.facts().is_none_or(|w| w.traffic().is_none()));
        match other {
            Some(group) => Err(Failed::Usage(format!(
                "{} is no server: there is nobody to ask",
                group.workload
            ))),
            None => Ok(procedures::load(groups, rates, for_ms, samples)),
        }
    })
}
