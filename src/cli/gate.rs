//! `memscope-bench gate`: is anything worse than a committed baseline says?

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use memscope_bench::analyse::comparison::Side;
use memscope_bench::analyse::gate::{Baseline, GateResult};
use memscope_bench::analyse::instructions::InstructionBaseline;
use memscope_bench::analyse::summary::Summary;
use memscope_bench::plan::arm::ArmId;
use memscope_bench::plan::procedure::Verb;
use memscope_bench::plan::procedures;
use memscope_bench::present;
use memscope_bench::present::comparison::table;
use memscope_bench::record::Run;
use memscope_bench::record::comparable::differences;
use memscope_bench::record::environment::Environment;

use super::compare::{percent, red};
use super::instructions;
use super::metric::{Metric, MetricOption};
use super::options::{Selection, Sizes};
use super::run::{Course, Planned, Samples};
use super::{Failed, Output};

const EXAMPLES: &str = "\
Red (exit code 1) if a tracker fails where it did not, if it is less accurate, if a workload makes another
number of allocations, or if the whole interval of its time lies beyond --fail-above and the noise floor.

What is in the baseline is measured again, at its scale, with its number of threads and its seed.

Examples:
  memscope-bench gate --baseline baseline.json --update -t memscope-rs/full --scale 0.1
  memscope-bench gate --baseline baseline.json --fail-above 10
  memscope-bench gate --baseline baseline.json --truth      no times: works on any machine, and is quick
  memscope-bench gate --baseline instructions.json --metric instructions    half a percent more is red
  memscope-bench gate --baseline baseline.json --run target-reports/runs/RUN    a recorded run";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
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
    /// Checks only accuracy and allocation counts, which do not depend on the machine
    #[arg(long, conflicts_with_all = ["fail_above", "samples"])]
    truth: bool,
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

/// `--metric instructions`.
fn by_instructions(mut arguments: Arguments, output: &Output) -> Result<(), Failed> {
    let path = &arguments.baseline;
    let load = || InstructionBaseline::load(path).map_err(Failed::harness);
    let baseline = (!arguments.update).then(load).transpose()?;
    if let Some(baseline) = baseline.as_ref().filter(|_| !arguments.course.resumes()) {
        let arms = baseline.arms().into_iter().map(ArmId::to_string).collect();
        let workloads = baseline.counted.iter().map(|one| one.workload.clone()).collect();
        arguments = as_recorded(&baseline.environment, arms, workloads, arguments);
    }
    let (run, counted) = match &arguments.run {
        Some(folder) => instructions::recorded(folder)?,
        None => {
            let Arguments { selection, sizes, samples, course, .. } = &arguments;
            let (verb, samples) = (Verb::Gate, samples.samples);
            let finished =
                instructions::counted(verb, selection, sizes, samples, course, |_| Ok(()))?;
            let counted = instructions::counts(&finished.run);
            (finished.run, counted)
        }
    };
    let Some(baseline) = baseline else {
        let baseline = InstructionBaseline::new(run.environment, counted);
        baseline.save(&arguments.baseline).map_err(Failed::harness)?;
        let names: Vec<String> = baseline.arms().into_iter().map(ArmId::to_string).collect();
        return output.result(&baseline, || {
            format!("{}: the baseline of {}", arguments.baseline.display(), names.join(", "))
        });
    };
    let found = comparable(&arguments.baseline, &baseline.environment, &run.environment)?;
    let percent = arguments.fail_above.unwrap_or(instructions::FAIL_ABOVE);
    let mut judged = baseline.judge(&counted, percent);
    judged.comparison.warnings.extend(found);
    output.result(&judged, || {
        let table = present::compared_instructions(&judged.comparison, &[]);
        format!("{table}\n\nGate: {}", colour(&judged.reasons))
    })?;
    if judged.reasons.is_empty() { Ok(()) } else { Err(red(&judged.reasons)) }
}

pub(crate) fn run(mut arguments: Arguments, output: &Output) -> Result<(), Failed> {
    if arguments.metric.of(&arguments.course)? == Metric::Instructions {
        return by_instructions(arguments, output);
    }
    let baseline = if arguments.update {
        None
    } else {
        Some(Baseline::load(&arguments.baseline).map_err(Failed::harness)?)
    };
    if let Some(baseline) = &baseline
        && !arguments.course.resumes()
    {
        arguments = as_in(baseline, arguments);
    }
    let (environment, sides) = match &arguments.run {
        Some(folder) => {
            let run = Run::load(folder).map_err(Failed::harness)?;
            let summary = Summary::of(std::slice::from_ref(&run)).map_err(Failed::harness)?;
            (run.environment, Side::all(&summary))
        }
        None => measured(&arguments)?,
    };
    let Some(baseline) = baseline else {
        let baseline = Baseline::new(environment, sides);
        baseline.save(&arguments.baseline).map_err(Failed::harness)?;
        let names: Vec<String> = baseline.arms.iter().map(|side| side.arm.to_string()).collect();
        return output.result(&baseline, || {
            format!("{}: the baseline of {}", arguments.baseline.display(), names.join(", "))
        });
    };
    let warnings = comparable(&arguments.baseline, &baseline.environment, &environment)?;
    let mut judged = baseline
        .judge(&sides, arguments.fail_above.unwrap_or(FAIL_ABOVE))
        .map_err(Failed::harness)?;
    judged.comparison.warnings = warnings;
    output.result(&judged, || text(&judged))?;
    if judged.reasons.is_empty() { Ok(()) } else { Err(red(&judged.reasons)) }
}

/// Warns of what makes a run another than a baseline, or refuses it.
fn comparable(path: &Path, base: &Environment, new: &Environment) -> Result<Vec<String>, Failed> {
    let found = differences(base, new);
    if found.refusals.is_empty() {
        return Ok(found.warnings);
    }
    let refusals = found.refusals.join("; ");
    Err(Failed::Usage(format!("{} is of another kind: {refusals}", path.display())))
}

/// What is in the baseline, in the same way, unless something else was asked for.
fn as_in(baseline: &Baseline, arguments: Arguments) -> Arguments {
    let arms = baseline.arms.iter().map(|side| side.arm.to_string()).collect();
    let measured = baseline.arms.iter().flat_map(|side| &side.workloads);
    let names = measured.map(|one| one.workload.clone()).collect();
    as_recorded(&baseline.environment, arms, names, arguments)
}

/// These arms on these workloads, as they were recorded, unless something else was asked for.
fn as_recorded(
    environment: &Environment,
    arms: Vec<String>,
    workloads: BTreeSet<String>,
    mut arguments: Arguments,
) -> Arguments {
    let record = &environment.settings;
    arguments.sizes = arguments.sizes.or_as_recorded(record);
    arguments.samples.samples = arguments.samples.samples.or(record.samples);
    if arguments.selection.trackers.is_empty() {
        arguments.selection.trackers = arms;
        arguments.selection = arguments.selection.or_workloads(workloads);
    }
    arguments
}

fn measured(arguments: &Arguments) -> Result<(Environment, Vec<Side>), Failed> {
    let Arguments { selection, sizes, samples, course, truth, .. } = arguments;
    let finished = course.run(Verb::Gate, || {
        let procedure = |groups| procedures::gate(groups, *truth);
        Planned::new(selection, sizes, samples.samples, procedure)
    })?;
    Ok((finished.run.environment, Side::all(&finished.summary)))
}

fn text(judged: &GateResult) -> String {
    format!("{}\n\nGate: {}", table(&judged.comparison), colour(&judged.reasons))
}

fn colour(reasons: &[String]) -> &'static str {
    if reasons.is_empty() { "green" } else { "RED" }
}
