//! `memscope-bench compare`: is one version slower than another, or less accurate?

use std::path::Path;

use clap::{Args, ValueEnum};
use memscope_bench::analyse::comparison::{self, Comparison, Pairing, Side, compare};
use memscope_bench::analyse::summary::Summary;
use memscope_bench::plan::arm::ArmId;
use memscope_bench::plan::procedure::Verb;
use memscope_bench::plan::procedures;
use memscope_bench::present::Compared;
use memscope_bench::present::comparison::{csv, markdown, table};
use memscope_bench::record::comparable::{differences, other_pages};
use memscope_bench::record::environment::Environment;
use memscope_bench::record::records_in;
use memscope_bench::stats::LEAST_EFFECT;

use super::instructions;
use super::layout::Layout;
use super::metric::{Metric, MetricOption};
use super::options::{Selection, Sizes, percent};
use super::run::{Course, Finished, Planned, Samples};
use super::{Failed, Output, load};

const EXAMPLES: &str = "\
SPECs are measured together, in the same blocks, so that even small differences show. Of recorded runs, accuracy,
counts and memory are compared, each tracker and mode with its own; their workloads must have the same scale, number
of threads and seed. Their times stand side by side, and are not judged: they are of different hours.

Examples:
  memscope-bench compare memscope-rs@0.2.4 memscope-rs@0.2.5
  memscope-bench compare memscope-rs@0.2.5/full memscope-rs@path:../memscope-rs/full --scale 0.1
  memscope-bench compare memscope-rs@0.1.0 'memscope-rs@0.1.*' --format markdown
  memscope-bench compare memscope-rs memscope-rs@path:. --fail-above 5    exit code 1 if slower by 5 %
  memscope-bench compare memscope-rs@0.2.4 memscope-rs@0.2.5 --links 8    differences below 3 %
  memscope-bench compare memscope-rs@0.2.4 memscope-rs@0.2.5 --metric instructions    and where they are
  memscope-bench compare target-reports/runs/A target-reports/runs/B      two recorded runs";

#[derive(Args)]
#[command(after_help = super::unwrapped(EXAMPLES))]
pub(crate) struct Arguments {
    #[command(flatten)]
    selection: Selected,
    #[command(flatten)]
    sizes: Sizes,
    #[command(flatten)]
    samples: Samples,
    #[command(flatten)]
    metric: MetricOption,
    #[command(flatten)]
    course: Course,
    #[command(flatten)]
    layout: Layout,
    /// Ends with exit code 1 if anything is slower by more than this, with its whole interval, or fails,
    /// or is less accurate; below 3 only with --links. Of instructions, if they are more by more than this and three
    /// times their spread
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    fail_above: Option<f64>,
    /// What is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// What is compared; under the name by which `--resume` excludes it.
#[derive(Args)]
#[group(id = "Selection", multiple = true)]
struct Selected {
    /// What is compared to: a SPEC, or the folder of a recorded run
    #[arg(value_name = "BASE", required_unless_present = "resume")]
    base: Option<String>,
    /// What is compared: SPECs, or folders of recorded runs
    #[arg(value_name = "NEW", required_unless_present = "resume")]
    news: Vec<String>,
    /// Workloads, by name or pattern; repeat for more [default: all phases]
    #[arg(short, long = "workload", value_name = "GLOB")]
    workloads: Vec<String>,
}

impl Selected {
    /// All that is compared, base first.
    fn named(&self) -> impl Iterator<Item = &String> {
        self.base.iter().chain(&self.news)
    }
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    Table,
    Json,
    /// For a comment on a pull request
    Markdown,
    Csv,
}

/// A gate that compares nothing is neither green nor red.
pub(super) fn nothing(baseline: &Path, why: &str) -> Failed {
    let baseline = baseline.display();
    Failed::Usage(format!(
        "{baseline}: {why}, so that nothing is compared; write a new one with --update"
    ))
}

/// A gate that is red, for these reasons.
pub(super) fn red(reasons: &[String]) -> Failed {
    Failed::Gate(format!("the gate is red:\n  {}", reasons.join("\n  ")))
}

/// `--metric instructions`.
fn by_instructions(arguments: &Arguments, output: &Output) -> Result<(), Failed> {
    let Arguments { selection, sizes, samples, course, fail_above, format, .. } = arguments;
    let folders: Vec<&String> = selection.named().collect();
    let are_runs = folders.iter().all(|text| records_in(Path::new(text)).is_some());
    let answer = if are_runs && !course.resumes() {
        instructions::between_runs(&folders, *fail_above)?
    } else {
        let specs = folders.into_iter().cloned().collect();
        let specs = Selection::of(selection.workloads.clone(), specs);
        let (verb, samples) = (Verb::Compare, samples.samples);
        let finished =
            instructions::counted(verb, &specs, sizes, samples, course, can_be_compared)?;
        instructions::within(&finished, *fail_above)?
    };
    let as_json = Output { json: output.json || *format == Format::Json };
    as_json.result(&answer.json(), || match format {
        Format::Markdown => answer.markdown(),
        Format::Csv => answer.csv(),
        _ => answer.table(),
    })?;
    match &answer.compared.reasons {
        Some(reasons) if !reasons.is_empty() => Err(red(reasons)),
        _ => Ok(()),
    }
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    if arguments.metric.of(&arguments.course, &arguments.samples)? == Metric::Instructions {
        arguments.layout.is_not_asked_for("instructions do not depend on where code lies")?;
        return by_instructions(&arguments, output);
    }
    let is_run = |text: &&String| records_in(Path::new(text)).is_some();
    let named = || arguments.selection.named();
    let judge =
        |comparison: &Comparison| arguments.fail_above.map(|percent| comparison.beyond(percent));
    let (comparison, place) = match named().filter(is_run).count() {
        0 => {
            let (comparison, finished) = measured(&arguments)?;
            let reasons = judge(&comparison);
            let compared = Compared { comparison: comparison.clone(), reasons };
            let page = finished.write_page_about(Some(compared))?;
            (comparison, format!("\nReport: {}", page.display()))
        }
        all if all == named().count() => {
            arguments.layout.is_not_asked_for("recorded runs are compared as they were linked")?;
            (between_runs(&arguments.selection)?, String::new())
        }
        _ => {
            let specs: Vec<&str> =
                named().filter(|text| !is_run(text)).map(String::as_str).collect();
            return Err(Failed::Usage(format!(
                "compare SPECs or recorded runs, not both; not a run: {}",
                specs.join(", ")
            )));
        }
    };
    let reasons = judge(&comparison);
    let as_json = Output { json: output.json || arguments.format == Format::Json };
    as_json.result(&comparison, || match arguments.format {
        Format::Markdown => markdown(&comparison, reasons.as_deref()),
        Format::Csv => csv(&comparison).trim_end().to_owned(),
        _ => format!("{}{place}", table(&comparison)),
    })?;
    match reasons {
        Some(reasons) if !reasons.is_empty() => Err(red(&reasons)),
        _ => Ok(()),
    }
}

/// Measures all SPECs in one run, or takes such a run up.
fn measured(arguments: &Arguments) -> Result<(Comparison, Finished), Failed> {
    let Arguments { selection, sizes, samples, layout, course, .. } = arguments;
    let finished = course.run(Verb::Compare, || {
        let specs = selection.named().cloned().collect();
        let selection = Selection::of(selection.workloads.clone(), specs);
        let mut settings = selection.settings(sizes)?;
        settings.sampling = samples.sampling();
        Planned::of(settings, |groups, arms| {
            can_be_compared(arms)?;
            layout.can_be_told(arms, samples, arguments.fail_above)?;
            Ok(procedures::compare(groups, layout.links))
        })
    })?;
    let least = layout.least_effect(&finished.procedure);
    let comparison = comparison::within(&finished.summary, &finished.procedure, least)
        .map_err(Failed::harness)?;
    Ok((comparison, finished))
}

fn can_be_compared(arms: &[ArmId]) -> Result<(), Failed> {
    match arms {
        [] => Err(Failed::Usage(
            "untracked cannot be compared: it is what all are measured against".to_owned(),
        )),
        [only] => Err(Failed::Usage(format!("{only} would be compared to itself"))),
        _ => Ok(()),
    }
}

/// A recorded run, as a comparison needs it.
fn recorded(folder: &String) -> Result<(Environment, Vec<Side>), Failed> {
    let run = load(Path::new(folder))?;
    let summary = Summary::of(std::slice::from_ref(&run)).map_err(Failed::harness)?;
    Ok((run.environment, Side::all(&summary)))
}

/// Compares recorded runs, tracker by tracker.
fn between_runs(selection: &Selected) -> Result<Comparison, Failed> {
    let mut named = selection.named();
    // The parser asks for a base.
    let Some(base_folder) = named.next() else { return Err(Failed::Usage("no base".to_owned())) };
    let (base, bases) = recorded(base_folder)?;
    let mut warnings = Vec::new();
    let mut pairs = Vec::new();
    for folder in named {
        let (new, news) = recorded(folder)?;
        let found = differences(&base, &new);
        if !found.refusals.is_empty() {
            return Err(Failed::Usage(format!(
                "{base_folder} and {folder} cannot be compared: {}",
                found.refusals.join("; ")
            )));
        }
        warnings.extend(found.warnings);
        let other_pages = other_pages(&base, &new);
        let news = match other_pages {
            Some(_) => news.into_iter().map(Side::without_faults).collect(),
            None => news,
        };
        warnings.extend(other_pages);
        let (matched, alone) = Side::matched(&bases, &news);
        pairs.extend(matched);
        warnings.extend(alone.into_iter().map(|arm| format!("{arm} is in one of the runs only")));
    }
    if pairs.is_empty() {
        return Err(Failed::Usage("the runs have no tracker in common".into()));
    }
    let mut comparison =
        compare(&pairs, Pairing::OtherRun, LEAST_EFFECT).map_err(Failed::harness)?;
    warnings.dedup();
    comparison.warnings.extend(warnings);
    Ok(comparison)
}
