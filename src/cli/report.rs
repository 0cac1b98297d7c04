//! `memscope-bench report`: charts, tables and the page, from recorded runs.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use memscope_bench::analyse::history::{self, Dated};
use memscope_bench::analyse::summary::Summary;
use memscope_bench::common::files::write_whole;
use memscope_bench::present;

use super::run::add_kept;
use super::{Failed, Output, load, or_newest, tell};

const EXAMPLES: &str = "\
Examples:
  memscope-bench report                                 the newest run below target-reports/
  memscope-bench report target-reports/runs/2026…       that run
  memscope-bench report RUN1 RUN2 --out site            two runs as one site, in site/
  memscope-bench report RUN --splice README.md          the table in a README, made again
  memscope-bench report --format markdown               a table for a pull request
  memscope-bench report --format bencher                for a continuous-benchmarking service";

#[derive(Args)]
#[command(after_help = super::unwrapped(EXAMPLES))]
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
    /// A Markdown file in which the overview is replaced, between <!-- memscope-bench: overview --> and
    /// <!-- memscope-bench: end -->
    #[arg(long, value_name = "FILE")]
    splice: Option<PathBuf>,
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
    let folders = or_newest(arguments.runs)?;
    // A run's own page is no site that is made again and again.
    let is_site = arguments.out.is_some();
    let out = match (arguments.out, folders.as_slice()) {
        (Some(out), _) => Some(out),
        (None, [folder]) => Some(folder.clone()),
        (None, _) => None,
    };
    let is_table = matches!(arguments.format, Format::Table) && arguments.splice.is_none();
    if out.is_none() && is_table {
        return Err(Failed::Usage("several runs make one site: say where, --out DIR".into()));
    }
    let runs = folders.iter().map(|folder| load(folder)).collect::<Result<Vec<_>, _>>()?;
    let mut summary = Summary::of(&runs).map_err(Failed::harness)?;
    if let Some(reasons) = summary.not_to_be_pooled() {
        return Err(Failed::Usage(format!(
            "these runs cannot be one report: {reasons}. Make one of each; those in folders of another are linked to from there"
        )));
    }
    let mut page = PathBuf::new();
    if let Some(out) = &out {
        add_kept(&mut summary, out);
        let remembers = is_site && recall(&mut summary, out);
        let options = present::Options::of(&runs, &summary).map_err(Failed::harness)?;
        page = present::write_site(&runs, &summary, out, &options).map_err(Failed::harness)?;
        if remembers {
            history::store(out, &summary.history).map_err(Failed::harness)?;
        }
    }
    if let Some(file) = &arguments.splice {
        splice(&summary, file)?;
    }
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

/// Adds what a site has shown before, and this report among it. Without it, the site is as good; what is there is left as
/// it is.
fn recall(summary: &mut Summary, out: &Path) -> bool {
    match history::with(out, Dated::of(summary)) {
        Ok(all) => summary.history = all,
        Err(error) => {
            tell(format_args!("note: earlier reports of this site are left out: {error}"));
            return false;
        }
    }
    !summary.history.is_empty()
}

/// Replaces the overview in a Markdown file.
fn splice(summary: &Summary, file: &Path) -> Result<(), Failed> {
    let failed = |error| Failed::Harness(format!("{}: {error}", file.display()));
    let text = std::fs::read_to_string(file).map_err(failed)?;
    let new = present::splice(&text, &present::overview(summary)).ok_or_else(|| {
        Failed::Usage(format!(
            "{}: there is no place for the table: write <!-- memscope-bench: overview --> and \
             <!-- memscope-bench: end --> there, on lines of their own",
            file.display()
        ))
    })?;
    write_whole(file, &new).map_err(failed)
}
