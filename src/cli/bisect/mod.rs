//! `memscope-bench bisect`: which version got worse?

mod course;

use std::path::{Path, PathBuf};

use clap::Args;
use memscope_bench::analyse::bisect::{Bisection, BisectionError, Found, Search};
use memscope_bench::build::between::between;
use memscope_bench::common::interrupt;
use memscope_bench::plan::catalog::Catalog;
use memscope_bench::plan::settings::Settings;
use memscope_bench::plan::spec::Spec;
use memscope_bench::present::bisect as words;
use memscope_bench::record::environment::SettingsRecord;
use serde::Serialize;

use self::course::Course;
use super::options::{Sizes, percent};
use super::run::Samples;
use super::{Failed, Output, command_line, tell};

const EXAMPLES: &str = "\
GOOD and BAD are two published versions, or two git revisions of one URL, of one tracker in one
mode. BAD is compared with GOOD: what is worse there is what is looked for. Then each candidate is
held against GOOD for it, always the middle one of those that are left. One that does not build is
stepped over.

Accuracy and allocation counts do not depend on the machine. With --fail-above, times are compared
too, as by `compare`.

Examples:
  memscope-bench bisect memscope-rs@0.1.2 memscope-rs@0.1.10 --scale 0.1
  memscope-bench bisect memscope-rs@0.1.2 memscope-rs@latest -w fragmentation --fail-above 10
  memscope-bench bisect 'memscope-rs@git:../memscope-rs#v1' 'memscope-rs@git:../memscope-rs#main'
  memscope-bench bisect --resume target-reports/bisect/FOLDER";

#[derive(Args)]
#[command(after_help = super::unwrapped(EXAMPLES))]
pub(crate) struct Arguments {
    #[command(flatten)]
    ends: Ends,
    #[command(flatten)]
    sizes: Sizes,
    #[command(flatten)]
    samples: Samples,
    /// Looks for what is slower by more than this, too, with its whole interval [default: no times are taken]
    #[arg(long, value_name = "PERCENT", value_parser = percent, conflicts_with = "resume")]
    fail_above: Option<f64>,
    /// Goes on with an interrupted bisection, by its folder; what it runs is what it began with
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["Ends", "Sizes"])]
    resume: Option<PathBuf>,
}

/// What is searched.
#[derive(Args)]
#[group(multiple = true)]
struct Ends {
    /// A version that is good: a SPEC
    #[arg(value_name = "GOOD", required_unless_present = "resume")]
    good: Option<Spec>,
    /// A later one that is bad
    #[arg(value_name = "BAD", required_unless_present = "resume")]
    bad: Option<Spec>,
    /// Workloads, by name or pattern; repeat for more [default: all phases]
    #[arg(short, long = "workload", value_name = "GLOB")]
    workloads: Vec<String>,
}

/// The result as JSON.
#[derive(Serialize)]
struct Printed<'a> {
    folder: &'a Path,
    #[serde(flatten)]
    found: &'a Found,
    show: Option<String>,
    bisection: &'a Bisection,
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    let (folder, bisection) = match &arguments.resume {
        Some(folder) => {
            let folder = std::path::absolute(folder).map_err(Failed::harness)?;
            let bisection = Bisection::load(&folder).map_err(|error| match error {
                error @ BisectionError::File { .. } => Failed::harness(error),
                other => Failed::Usage(other.to_string()),
            })?;
            (folder, bisection)
        }
        None => {
            let bisection = begun(&arguments)?;
            interrupt::listen();
            (bisection.begin(&arguments.sizes.out).map_err(Failed::harness)?, bisection)
        }
    };
    let mut course = Course { folder, bisection };
    let found = course.go_on()?;
    let Course { folder, bisection } = &course;
    let show = words::show(bisection, &found);
    let printed = Printed { folder, found: &found, show, bisection };
    output.result(&printed, || words::found(bisection, &found))
}

/// A bisection by these arguments, before its first step.
fn begun(arguments: &Arguments) -> Result<Bisection, Failed> {
    let Arguments { ends, sizes, samples, fail_above, .. } = arguments;
    // The parser asks for both.
    let (Some(good), Some(bad)) = (&ends.good, &ends.bad) else {
        return Err(Failed::Usage("no versions".to_owned()));
    };
    if samples.is_given() && fail_above.is_none() {
        let words = "--samples, --budget and --precision are of times, and times are only taken with --fail-above";
        return Err(Failed::Usage(words.to_owned()));
    }
    let settings = Settings {
        workloads: ends.workloads.clone(),
        trackers: vec![good.clone(), bad.clone()],
        sampling: samples.sampling(),
        ..sizes.settings()
    };
    settings.check()?;
    let catalog = Catalog::built_in().map_err(Failed::harness)?;
    let (candidates, note) = between(good, bad, &catalog).map_err(|error| {
        if error.is_usage() { Failed::Usage(error.to_string()) } else { Failed::harness(error) }
    })?;
    if let Some(note) = note {
        tell(format_args!("note: the candidates are the versions that cargo knew of ({note})"));
    }
    let record = SettingsRecord::of(&settings);
    Ok(Bisection::new(command_line(), record, *fail_above, Search::new(candidates)))
}
