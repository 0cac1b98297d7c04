//! `memscope-bench gate`: is anything worse than a committed baseline says?

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use memscope_bench::analyse::comparison::Side;
use memscope_bench::analyse::gate::{Baseline, Outcome};
use memscope_bench::plan::catalog::Catalog;
use memscope_bench::present::comparison::table;
use memscope_bench::record::Run;
use memscope_bench::record::comparable::kinship;
use protocol::Pass;

use super::compare::{percent, red};
use super::measure::{audit, begin, time};
use super::options::{Selection, Sizes};
use super::{Failed, Output};

const EXAMPLES: &str = "\
Red (exit code 1) if a tracker fails where it did not, reports less of the truth, if a workload allocates
what it did not, or if time is beyond --fail-above with its whole interval and beyond the noise floor.

What is in the baseline is measured again, at its scale, with its number of threads and its seed.

Examples:
  memscope-bench gate --baseline baseline.json --update -t memscope-rs/full --scale 0.1
  memscope-bench gate --baseline baseline.json --fail-above 10
  memscope-bench gate --baseline baseline.json --truth      no times: as good on any machine, and quick
  memscope-bench gate --baseline baseline.json --run target-reports/runs/RUN    a recorded run";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The baseline
    #[arg(long, value_name = "FILE")]
    baseline: PathBuf,
    /// Writes the baseline, instead of holding anything against it
    #[arg(long)]
    update: bool,
    /// Judges a recorded run, instead of measuring
    #[arg(long, value_name = "RUN")]
    run: Option<PathBuf>,
    /// Holds truth and allocation counts alone against it, which do not depend on the machine
    #[arg(long, conflicts_with_all = ["fail_above", "samples"])]
    truth: bool,
    /// How much slower a tracker may get
    #[arg(long, value_name = "PERCENT", value_parser = percent, default_value = "5")]
    fail_above: f64,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    sizes: Sizes,
    /// Samples of each arm [default: 10, more for short workloads]
    #[arg(long, value_name = "N")]
    samples: Option<u32>,
}

pub(crate) fn run(mut arguments: Arguments, output: &Output) -> Result<(), Failed> {
    let baseline = if arguments.update {
        None
    } else {
        Some(Baseline::load(&arguments.baseline).map_err(Failed::harness)?)
    };
    if let Some(baseline) = &baseline {
        arguments = as_in(baseline, arguments);
    }
    let run = match &arguments.run {
        Some(folder) => Run::load(folder).map_err(Failed::harness)?,
        None => measured(&arguments)?,
    };
    let catalog = Catalog::built_in().map_err(Failed::harness)?;
    let sides = Side::all(&run, &catalog);
    let Some(baseline) = baseline else {
        let baseline = Baseline::new(run.environment, sides);
        baseline.save(&arguments.baseline).map_err(Failed::harness)?;
        let names: Vec<&str> = baseline.arms.iter().map(|side| side.arm.as_str()).collect();
        return output.result(&baseline, || {
            format!("{}: the baseline of {}", arguments.baseline.display(), names.join(", "))
        });
    };
    let kin = kinship(&baseline.environment, &run.environment);
    if !kin.refusals.is_empty() {
        return Err(Failed::Usage(format!(
            "{} is of another kind: {}",
            arguments.baseline.display(),
            kin.refusals.join("; ")
        )));
    }
    let mut outcome = baseline.judge(&sides, arguments.fail_above).map_err(Failed::harness)?;
    outcome.comparison.warnings = kin.warnings;
    output.result(&outcome, || text(&outcome))?;
    if outcome.reasons.is_empty() { Ok(()) } else { Err(red(&outcome.reasons)) }
}

/// What is in the baseline, in the same way, unless something else was asked for.
fn as_in(baseline: &Baseline, mut arguments: Arguments) -> Arguments {
    let record = &baseline.environment.settings;
    arguments.sizes = arguments.sizes.or_as_recorded(record);
    arguments.samples = arguments.samples.or(record.samples);
    if arguments.selection.trackers.is_empty() {
        arguments.selection.trackers = baseline.arms.iter().map(|side| side.arm.clone()).collect();
        let measured = baseline.arms.iter().flat_map(|side| &side.workloads);
        let names = measured.map(|one| one.workload.clone()).collect::<BTreeSet<_>>();
        arguments.selection = arguments.selection.or_workloads(names);
    }
    arguments
}

fn measured(arguments: &Arguments) -> Result<Run, Failed> {
    let (mut session, groups) = begin(&arguments.selection, &arguments.sizes, arguments.samples)?;
    audit(&mut session, &groups)?;
    if arguments.truth {
        return Run::load(session.folder()).map_err(Failed::harness);
    }
    let kind = session.plain(Pass::Timed);
    let units: Vec<_> = groups.into_iter().map(|group| (group, kind.clone())).collect();
    time(&mut session, &units)?;
    Run::load(session.folder()).map_err(Failed::harness)
}

fn text(outcome: &Outcome) -> String {
    let colour = if outcome.reasons.is_empty() { "green" } else { "RED" };
    format!("{}\n\nGate: {colour}", table(&outcome.comparison))
}
