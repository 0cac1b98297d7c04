//! `memscope-bench compare`: is one version slower than another, or less accurate?

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use memscope_bench::analyse::comparison::{Comparison, Pairing, Side, compare};
use memscope_bench::plan::catalog::Catalog;
use memscope_bench::present;
use memscope_bench::present::charts;
use memscope_bench::present::comparison::{csv, markdown, table};
use memscope_bench::record::comparable::kinship;
use memscope_bench::record::{RECORDS_FILE, Run};
use protocol::Pass;

use super::measure::{audit, plan, start, time};
use super::options::{Selection, Sizes};
use super::{Failed, Output};

const EXAMPLES: &str = "\
SPECs are measured together, in the same blocks, so that even small differences show. Recorded runs are
compared by their overheads, each tracker and mode with its own; they must be of one scale, number of
threads and seed.

Examples:
  memscope-bench compare memscope-rs@0.2.4 memscope-rs@0.2.5
  memscope-bench compare memscope-rs@0.2.5/full memscope-rs@path:../memscope-rs/full --scale 0.1
  memscope-bench compare memscope-rs@0.1.0 'memscope-rs@0.1.*' --format markdown
  memscope-bench compare memscope-rs memscope-rs@path:. --fail-above 5    exit code 1 if slower by 5 %
  memscope-bench compare target-reports/runs/A target-reports/runs/B      two recorded runs";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// What is compared to: a SPEC, or the folder of a recorded run
    #[arg(value_name = "BASE")]
    base: String,
    /// What is compared: SPECs, or folders of recorded runs
    #[arg(value_name = "NEW", required = true)]
    news: Vec<String>,
    /// Workloads, by name or pattern; repeat for more [default: all]
    #[arg(short, long = "workload", value_name = "GLOB")]
    workloads: Vec<String>,
    #[command(flatten)]
    sizes: Sizes,
    /// Samples of each arm [default: 10, more for short workloads]
    #[arg(long, value_name = "N")]
    samples: Option<u32>,
    /// Ends with exit code 1 if anything is slower by more than this, with its whole interval, or fails,
    /// or is less accurate
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    fail_above: Option<f64>,
    /// What is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    Table,
    Json,
    /// For a comment on a pull request
    Markdown,
    Csv,
}

/// A percentage, which may be 0.
pub(super) fn percent(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').trim().parse() {
        Ok(percent) if (0.0..=1e6).contains(&percent) => Ok(percent),
        _ => Err("a percentage from 0 up is needed, such as 5".to_owned()),
    }
}

/// A gate that is red, for these reasons.
pub(super) fn red(reasons: &[String]) -> Failed {
    Failed::Gate(format!("the gate is red:\n  {}", reasons.join("\n  ")))
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    let is_run = |text: &str| Path::new(text).join(RECORDS_FILE).is_file();
    let named = || std::iter::once(&arguments.base).chain(&arguments.news);
    let recorded = named().filter(|text| is_run(text)).count();
    let (comparison, folder) = match recorded {
        0 => measured(&arguments)?,
        all if all == named().count() => between_runs(&arguments)?,
        _ => {
            let specs: Vec<&str> =
                named().filter(|text| !is_run(text)).map(String::as_str).collect();
            return Err(Failed::Usage(format!(
                "compare SPECs or recorded runs, not both; not a run: {}",
                specs.join(", ")
            )));
        }
    };
    let chart = folder.join("comparison.svg");
    if let Ok(svg) = charts::change(&comparison) {
        fs::write(&chart, svg)
            .map_err(|error| Failed::Harness(format!("{}: {error}", chart.display())))?;
    }
    let as_json = Output { json: output.json || arguments.format == Format::Json };
    as_json.result(&comparison, || match arguments.format {
        Format::Markdown => markdown(&comparison),
        Format::Csv => csv(&comparison).trim_end().to_owned(),
        _ => format!("{}\nChart: {}", table(&comparison), chart.display()),
    })?;
    let beyond = arguments.fail_above.map(|percent| comparison.beyond(percent));
    match beyond {
        Some(beyond) if !beyond.is_empty() => Err(red(&beyond)),
        _ => Ok(()),
    }
}

/// Measures all SPECs in one run.
fn measured(arguments: &Arguments) -> Result<(Comparison, PathBuf), Failed> {
    let specs = std::iter::once(&arguments.base).chain(&arguments.news).cloned().collect();
    let selection = Selection::of(arguments.workloads.clone(), specs);
    let (settings, groups) = plan(&selection, &arguments.sizes, arguments.samples, None)?;
    let arms: Vec<String> = groups[0].arms.iter().skip(2).map(|arm| arm.name.clone()).collect();
    let (base, news) = match arms.as_slice() {
        [base, news @ ..] if !news.is_empty() => (base, news),
        [only] => return Err(Failed::Usage(format!("{only} would be compared to itself"))),
        _ => {
            let words = "untracked cannot be compared: it is what all are measured against";
            return Err(Failed::Usage(words.to_owned()));
        }
    };
    let (mut session, groups) = start(settings, groups)?;
    audit(&mut session, &groups)?;
    let kind = session.plain(Pass::Timed);
    let units: Vec<_> = groups.into_iter().map(|group| (group, kind.clone())).collect();
    time(&mut session, &units)?;
    let run = Run::load(session.folder()).map_err(Failed::harness)?;
    present::write_site(std::slice::from_ref(&run), session.folder(), &present::Options::default())
        .map_err(Failed::harness)?;
    let catalog = Catalog::built_in().map_err(Failed::harness)?;
    let side = |arm: &String| Side::of(&run, arm, &catalog);
    let base = side(base);
    let pairs: Vec<_> = news.iter().map(|new| (base.clone(), side(new))).collect();
    let comparison = compare(&pairs, Pairing::SameBlocks).map_err(Failed::harness)?;
    Ok((comparison, session.folder().to_owned()))
}

/// Compares recorded runs, tracker by tracker.
fn between_runs(arguments: &Arguments) -> Result<(Comparison, PathBuf), Failed> {
    let load = |folder: &String| Run::load(Path::new(folder)).map_err(Failed::harness);
    let base = load(&arguments.base)?;
    let catalog = Catalog::built_in().map_err(Failed::harness)?;
    let bases = Side::all(&base, &catalog);
    let mut warnings = Vec::new();
    let mut pairs = Vec::new();
    for folder in &arguments.news {
        let new = load(folder)?;
        let kin = kinship(&base.environment, &new.environment);
        if !kin.refusals.is_empty() {
            return Err(Failed::Usage(format!(
                "{} and {folder} cannot be compared: {}",
                arguments.base,
                kin.refusals.join("; ")
            )));
        }
        warnings.extend(kin.warnings);
        let (found, alone) = Side::matched(&bases, &Side::all(&new, &catalog));
        pairs.extend(found);
        warnings.extend(alone.into_iter().map(|arm| format!("{arm} is in one of the runs only")));
    }
    if pairs.is_empty() {
        return Err(Failed::Usage("the runs have no tracker in common".into()));
    }
    let mut comparison = compare(&pairs, Pairing::OtherRun).map_err(Failed::harness)?;
    warnings.dedup();
    comparison.warnings = warnings;
    let folder = arguments.news.last().map(PathBuf::from).unwrap_or_default();
    Ok((comparison, folder))
}
