//! `memscope-bench gate`: is anything worse than a committed baseline says?

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use memscope_bench::analyse::comparison::Side;
use memscope_bench::analyse::gate::{Baseline, GateResult};
use memscope_bench::analyse::summary::Summary;
use memscope_bench::plan::procedure::Verb;
use memscope_bench::plan::procedures;
use memscope_bench::present::comparison::table;
use memscope_bench::record::comparable::{differences, other_pages};
use memscope_bench::record::environment::Environment;

use super::compare::{nothing, red};
use super::instruction_gate::{self, InstructionGating};
use super::metric::{Metric, MetricOption};
use super::options::{Selection, Sizes, percent};
use super::run::{Course, Planned, Samples};
use super::{Failed, Output, load};

const EXAMPLES: &str = "\
Red (exit code 1) if a tracker fails where it did not, if it is less accurate, if a workload makes another
number of allocations, if it needs more memory or touches more pages than audits differ by, or if it is slower
than its base: with the whole interval by more than --fail-above. Page faults are judged on the baseline's kernel
and C library only.

What is in the baseline is audited again, at its scale, with its number of threads and its seed. Times depend on
the hour, and none is kept: a baseline names the --base that is measured in the same blocks as the new one.
Without a base no time is judged.

Examples:
  memscope-bench gate --baseline baseline.json --update -t memscope-rs/full --scale 0.1
  memscope-bench gate --baseline baseline.json --update -t memscope-rs@path:. --base memscope-rs@0.2.5 --scale 0.1
  memscope-bench gate --baseline baseline.json --fail-above 10
  memscope-bench gate --baseline baseline.json --truth      no times: works on any machine, and is quick
  memscope-bench gate --baseline instructions.json --metric instructions    half a percent more is red
  memscope-bench gate --baseline baseline.json --run target-reports/runs/RUN    a recorded run";

#[derive(Args)]
#[command(after_help = super::unwrapped(EXAMPLES))]
pub(crate) struct Arguments {
    /// The baseline
    #[arg(long, value_name = "FILE")]
    baseline: PathBuf,
    /// Writes the baseline, instead of checking anything against it
    #[arg(long)]
    update: bool,
    /// Judges a recorded run, instead of measuring
    #[arg(long, value_name = "RUN", conflicts_with = "resume")]
    run: Option<PathBuf>,
    /// Takes no times, even if the baseline names a base
    #[arg(long, conflicts_with_all = ["fail_above", "samples", "budget", "precision"])]
    truth: bool,
    /// With --update: what times are to be compared to, a SPEC that is measured again each time; repeat for more
    #[arg(long, value_name = "SPEC", requires = "update")]
    base: Vec<String>,
    /// How much slower a tracker may get, or how many instructions more it may make [default: 5; of
    /// instructions 0.5]
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    fail_above: Option<f64>,
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

/// How much slower a tracker may get, in percent.
const FAIL_ABOVE: f64 = 5.0;

/// What `--metric instructions` needs of the arguments.
fn by_instructions(arguments: Arguments) -> InstructionGating {
    let Arguments { baseline, update, run, fail_above, selection, sizes, samples, course, .. } =
        arguments;
    let samples = samples.samples;
    InstructionGating { baseline, update, run, fail_above, selection, sizes, samples, course }
}

pub(crate) fn run(mut arguments: Arguments, output: &Output) -> Result<(), Failed> {
    if arguments.metric.of(&arguments.course, &arguments.samples)? == Metric::Instructions {
        return instruction_gate::run(by_instructions(arguments), output);
    }
    let baseline = if arguments.update {
        None
    } else {
        Some(Baseline::load(&arguments.baseline).map_err(Failed::harness)?)
    };
    if baseline.as_ref().is_some_and(Baseline::is_empty) {
        return Err(nothing(&arguments.baseline, "no tracker on any workload is in it"));
    }
    if let Some(baseline) = &baseline
        && !arguments.course.resumes()
    {
        arguments = as_in(baseline, arguments);
    }
    let (environment, sides) = match &arguments.run {
        Some(folder) => {
            let run = load(folder)?;
            let summary = Summary::of(std::slice::from_ref(&run)).map_err(Failed::harness)?;
            (run.environment, Side::all(&summary))
        }
        None => measured(&arguments)?,
    };
    let Some(baseline) = baseline else {
        return update(environment, arguments, sides, output);
    };
    let found = differences(&baseline.environment, &environment);
    if !found.refusals.is_empty() {
        return Err(Failed::Usage(format!(
            "{} is of another kind: {}",
            arguments.baseline.display(),
            found.refusals.join("; ")
        )));
    }
    let other_pages = other_pages(&baseline.environment, &environment);
    let sides: Vec<Side> = match other_pages {
        Some(_) => sides.into_iter().map(Side::without_faults).collect(),
        None => sides,
    };
    let mut judged = baseline
        .judge(&sides, arguments.fail_above.unwrap_or(FAIL_ABOVE))
        .map_err(Failed::harness)?;
    if judged.reasons.is_empty() && judged.compared_nothing() {
        let words = "none of its figures was measured again";
        return Err(nothing(&arguments.baseline, words));
    }
    judged.comparison.warnings.extend(found.warnings);
    // A baseline from before they were kept has none to compare with.
    let kept = baseline.arms.iter().flat_map(|side| &side.workloads);
    judged
        .comparison
        .warnings
        .extend(other_pages.filter(|_| kept.into_iter().any(|one| !one.minor_faults.is_empty())));
    output.result(&judged, || text(&judged))?;
    if judged.reasons.is_empty() { Ok(()) } else { Err(red(&judged.reasons)) }
}

/// Writes a baseline.
fn update(
    environment: Environment,
    arguments: Arguments,
    sides: Vec<Side>,
    output: &Output,
) -> Result<(), Failed> {
    let baseline = Baseline::new(environment, arguments.base, sides);
    if baseline.is_empty() {
        return Err(Failed::Usage(
            "a baseline of no tracker holds nothing: name one with -t".to_owned(),
        ));
    }
    baseline.save(&arguments.baseline).map_err(Failed::harness)?;
    let names: Vec<String> = baseline.arms.iter().map(|side| side.arm.to_string()).collect();
    output.result(&baseline, || {
        format!("{}: the baseline of {}", arguments.baseline.display(), names.join(", "))
    })
}

/// What is in the baseline, in the same way, unless something else was asked for.
fn as_in(baseline: &Baseline, mut arguments: Arguments) -> Arguments {
    let record = &baseline.environment.settings;
    arguments.sizes = arguments.sizes.or_as_recorded(record);
    arguments.samples = arguments.samples.or_as_recorded(record);
    if arguments.selection.trackers.is_empty() {
        let arms = baseline.arms.iter().map(|side| side.arm.to_string());
        // The base first: it is what is measured twice, as a control.
        arguments.base.clone_from(&baseline.base);
        let base = baseline.base.iter().filter(|_| !arguments.truth).cloned();
        arguments.selection.trackers = base.chain(arms).collect();
        let measured = baseline.arms.iter().flat_map(|side| &side.workloads);
        let names = measured.map(|one| one.workload.clone()).collect::<BTreeSet<_>>();
        arguments.selection = arguments.selection.or_workloads(names).knowing(record);
    }
    arguments
}

fn measured(arguments: &Arguments) -> Result<(Environment, Vec<Side>), Failed> {
    let Arguments { selection, sizes, samples, course, truth, update, base, .. } = arguments;
    // A baseline keeps no times; and without a base there is nothing to compare them to.
    let accuracy_alone = *truth || *update || base.is_empty();
    let finished = course.run(Verb::Gate, || {
        let procedure = |groups| procedures::gate(groups, accuracy_alone);
        Planned::new(selection, sizes, samples, procedure)
    })?;
    Ok((finished.run.environment, Side::all(&finished.summary)))
}

fn text(judged: &GateResult) -> String {
    let colour = if judged.reasons.is_empty() { "green" } else { "RED" };
    let timed =
        judged.timed.as_ref().map_or(String::new(), |timed| format!("\n\n{}", table(timed)));
    format!("{}{timed}\n\nGate: {colour}", table(&judged.comparison))
}
