//! `memscope-bench report`: charts, tables and the page, from recorded runs.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use memscope_bench::analyse::summary::Summary;
use memscope_bench::present;
use memscope_bench::record::Run;

use super::run::add_calibrations;
use super::{Failed, Output, load};

const EXAMPLES: &str = "\
Examples:
  memscope-bench report                                 the newest run below target-reports/
  memscope-bench report target-reports/runs/2026…       that run
  memscope-bench report RUN1 RUN2 --out site            two runs as one page, in site/
  memscope-bench report --format markdown               a table for a pull request
  memscope-bench report --format bencher                for a continuous-benchmarking service";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Folders of recorded runs [default: the newest below target-reports/runs]
    #[arg(value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// Where the page goes [default: into the run's folder]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Markdown,
    /// One row a tracker, as Markdown, for a README
    Overview,
    Csv,
    /// For github-action-benchmark, tool customSmallerIsBetter
    GithubActionBenchmark,
    /// Bencher Metric Format
    Bencher,
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    let folders = if arguments.runs.is_empty() {
        let newest = Run::newest("target-reports".as_ref());
        vec![newest.map_err(|error| Failed::Usage(error.to_string()))?]
    } else {
        arguments.runs
    };
    let out = match (arguments.out, folders.as_slice()) {
        (Some(out), _) => out,
        (None, [folder]) => folder.clone(),
        (None, _) => {
            return Err(Failed::Usage("several runs make one page: say where, --out DIR".into()));
        }
    };
    let runs = folders.iter().map(|folder| load(folder)).collect::<Result<Vec<_>, _>>()?;
    let mut summary = Summary::of(&runs).map_err(Failed::harness)?;
    add_calibrations(&mut summary, &out);
    let page = present::write_site(&runs, &summary, &out, &present::Options::default())
        .map_err(Failed::harness)?;
    let text = match arguments.format {
        Format::Table => present::closing(&summary, &page, output.colour()),
        Format::Markdown => present::markdown(&summary),
        Format::Overview => present::overview(&summary),
        Format::Csv => present::csv(&summary),
        Format::GithubActionBenchmark => {
            present::github_action_benchmark(&summary).map_err(Failed::harness)?
        }
        Format::Bencher => present::bencher(&summary).map_err(Failed::harness)?,
    };
    output.result(&summary, || text)
}
