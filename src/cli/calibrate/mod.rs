//! `memscope-bench calibrate`: what does the instrument find, and where does it see what is not there?

mod instructions;
mod layout;
mod slow_downs;

use std::time::Duration;

use clap::builder::RangedU64ValueParser;
use clap::{Args, ValueEnum};
use memscope_bench::analyse::calibration::{self, Calibration};
use memscope_bench::build::planted;
use memscope_bench::plan::arm::Planted;
use memscope_bench::plan::calibration as procedures;
use memscope_bench::plan::catalog::{Catalog, Mode};
use memscope_bench::plan::group::Group;
use memscope_bench::plan::procedure::{Procedure, Verb};
use memscope_bench::plan::procedures::groups;
use memscope_bench::plan::sampling::Sampling;
use memscope_bench::plan::settings::{Settings, SettingsError};
use memscope_bench::present;
use memscope_bench::run::start::{self, Trackers};

use super::options::{Sizes, percent};
use super::progress::Bar;
use super::run::{Course, Planned, Samples};
use super::{Failed, Output};

const EXAMPLES: &str = "\
Tries the instrument on what is known. `costs`: a tracker that works 0 to 500 ns for each event, keeps bytes for
each live allocation, or loses events. `slow-downs`: a copy of memscope-rs with work added to every allocation,
against itself; the recording is cut into comparisons, and it is counted in how many the work was found, and in
how many something was found where nothing was. `instructions`: the same of comparisons that count instructions,
by Valgrind. `layout`: the same code linked many times, in other orders, against itself. What was found is kept in calibration.json in the folder of reports, and every report from then on
shows it.

Examples:
  memscope-bench calibrate costs
  memscope-bench calibrate slow-downs              the phases of one thread, two minutes each
  memscope-bench calibrate slow-downs --slow-down 1 --budget 20m -w leak-detection    twenty minutes of 1 %
  memscope-bench calibrate slow-downs --neighbours 1               while another program loads the memory
  memscope-bench calibrate instructions            half a percent more instructions, twenty times
  memscope-bench calibrate layout                  forty link orders of each side, linked in a quarter of an hour
  memscope-bench calibrate --resume target-reports/runs/2026…";

/// Workloads on one thread.
const WORKLOADS: [&str; 5] = [
    "basic-structures",
    "nested-structures",
    "fragmentation",
    "reference-cycles",
    "leak-detection",
];

/// The scale of known costs, and that from which the scale of each workload of slow-downs is found.
const SCALE: f64 = 0.1;

/// How long each workload is recorded, in seconds.
const BUDGET_S: u64 = 120;

#[derive(Args)]
#[command(after_help = super::unwrapped(EXAMPLES))]
pub(crate) struct Arguments {
    /// What is known
    #[arg(value_enum, required_unless_present = "resume")]
    what: Option<What>,
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    sizes: Sizes,
    #[command(flatten)]
    samples: Samples,
    #[command(flatten)]
    course: Course,
}

/// What is planted, and in what.
#[derive(Args)]
#[group(id = "Selection", multiple = true)]
struct Chosen {
    /// Workloads of what is planted, by name or pattern; repeat for more [default: the phases on one thread]
    #[arg(short, long = "workload", value_name = "GLOB")]
    workloads: Vec<String>,
    /// What to plant, in percent of CPU time or of instructions, with commas [default: 1,2,3,5,10; of instructions 0.5]
    #[arg(long = "slow-down", value_name = "PERCENT", value_delimiter = ',', value_parser = percent)]
    slow_downs: Vec<f64>,
    /// Threads that load the machine's memory meanwhile
    #[arg(long, value_name = "N", default_value_t = 0)]
    neighbours: u32,
    /// Link orders of each side, for `layout`; eight make a comparison [default: 40]
    #[arg(long, value_name = "K", value_parser = RangedU64ValueParser::<u32>::new().range(2..=200))]
    links: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// A tracker whose cost, memory and losses are known
    Costs,
    /// A tracker that is slower than itself by a known share
    SlowDowns,
    /// A tracker that makes more instructions than itself by a known share
    Instructions,
    /// A tracker whose code lies elsewhere in memory
    Layout,
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    if arguments.chosen.links.is_some() && !matches!(arguments.what, Some(What::Layout)) {
        return Err(Failed::Usage("--links are for `calibrate layout`".to_owned()));
    }
    let finished = arguments.course.run(Verb::Calibrate, || match arguments.what {
        Some(What::Costs) => costs(&arguments),
        Some(What::SlowDowns) => slow_downs::planned(&arguments),
        Some(What::Instructions) => instructions::planned(&arguments),
        Some(What::Layout) => layout::planned(&arguments),
        // A run that is resumed has it in its records.
        None => Err(Failed::Usage(
            "say what is known: costs, slow-downs, instructions, or layout".to_owned(),
        )),
    })?;
    let Some(calibration) = Calibration::of(&finished.run) else {
        return Err(Failed::Harness(
            "no sample of the calibration came through; the run's records tell why".to_owned(),
        ));
    };
    let kept =
        calibration::store(&arguments.sizes.out, calibration.clone()).map_err(Failed::harness)?;
    let page = finished.write_page()?;
    output.result(&calibration, || {
        let tables = present::calibration_tables(std::slice::from_ref(&calibration));
        format!("{tables}\nKept for every report: {}\nReport: {}", kept.display(), page.display())
    })
}

fn settings(
    arguments: &Arguments,
    workloads: &[&str],
    trackers: &[String],
) -> Result<Settings, Failed> {
    let mut settings = arguments.sizes.settings();
    if arguments.sizes.scale().is_none() {
        settings.params.scale = SCALE;
    }
    // One thread in all: what is known is of the tracker, not of who else wants the core.
    settings.params.threads = 1;
    settings.workloads = workloads.iter().map(|&name| name.to_owned()).collect();
    settings.trackers = trackers.iter().map(|spec| spec.parse()).collect::<Result<_, _>>()?;
    settings.sampling = arguments.samples.sampling();
    if settings.sampling == Sampling::default() {
        settings.sampling.budget = Some(Duration::from_secs(BUDGET_S));
    }
    Ok(settings)
}

fn costs(arguments: &Arguments) -> Result<Planned, Failed> {
    if !arguments.chosen.workloads.is_empty() || !arguments.chosen.slow_downs.is_empty() {
        return Err(Failed::Usage(
            "workloads and slow-downs are chosen for `slow-downs` and `instructions`".to_owned(),
        ));
    }
    let catalog = Catalog::built_in().map_err(SettingsError::from)?;
    let known = catalog.find(procedures::KNOWN_COST).map_err(SettingsError::from)?;
    let spec = |mode: &Mode| format!("{}/{}", known.name, mode.name);
    let trackers: Vec<String> = known.modes.iter().map(spec).collect();
    let workloads = [procedures::COST_WORKLOAD, procedures::LOSS_WORKLOAD];
    let settings = settings(arguments, &workloads, &trackers)?;
    Planned::of(settings, |groups, _| Ok(procedures::known_cost(groups)))
}

/// The settings of what is planted: the copy of the tracker, on the workloads that were asked for.
fn planted_settings(arguments: &Arguments) -> Result<Settings, Failed> {
    let folder = planted::copy().map_err(Failed::harness)?;
    let tracker = format!("{}@path:{}", planted::TRACKER, folder.display());
    let asked: Vec<&str> = arguments.chosen.workloads.iter().map(String::as_str).collect();
    let workloads = if asked.is_empty() { WORKLOADS.to_vec() } else { asked };
    settings(arguments, &workloads, &[tracker])
}

/// How much is planted, in thousandths.
fn per_mille(arguments: &Arguments, default: &[u32]) -> Vec<u32> {
    match arguments.chosen.slow_downs.as_slice() {
        [] => default.to_vec(),
        percents => percents.iter().map(|percent| (percent * 10.0).round() as u32).collect(),
    }
}

/// What is planted in each group: `effect` is what [`procedures::PILOT_STEPS`] make of its workload, a ratio.
fn planted_in(
    groups: &[Group],
    effect: impl Fn(&str) -> Option<f64>,
    per_mille: &[u32],
) -> Result<Vec<Vec<Planted>>, Failed> {
    let one = |group: &Group| steps(&group.workload, effect(&group.workload), per_mille);
    groups.iter().map(one).collect()
}

/// How many steps make each share of a workload, by what [`procedures::PILOT_STEPS`] make: a ratio.
fn steps(workload: &str, pilot: Option<f64>, per_mille: &[u32]) -> Result<Vec<Planted>, Failed> {
    let more = pilot.map(|ratio| ratio - 1.0).filter(|more| *more > 0.0).ok_or_else(|| {
        let words = "work that was added cost nothing, so that none can be planted";
        Failed::Harness(format!("{workload}: {words}; try a larger --scale"))
    })?;
    let planted = |&per_mille: &u32| {
        let share = f64::from(per_mille) / 1_000.0;
        let steps = f64::from(procedures::PILOT_STEPS) * share / more;
        Planted { per_mille, steps: steps.round().max(1.0) as u32 }
    };
    Ok(per_mille.iter().map(planted).collect())
}

/// What some steps do: found in a run that nobody keeps.
fn pilot(
    settings: &Settings,
    groups: Vec<Group>,
    procedure: impl FnOnce(Vec<Group>, &[Vec<Planted>]) -> Procedure,
) -> Result<Option<Calibration>, Failed> {
    let scratch = tempfile::tempdir().map_err(Failed::harness)?;
    let mut settings = settings.clone();
    settings.out = scratch.path().to_owned();
    let trackers = Trackers::of(&settings)?;
    let some = Planted { per_mille: 0, steps: procedures::PILOT_STEPS };
    let planted = vec![vec![some]; groups.len()];
    let procedure = procedure(groups, &planted);
    let mut bar = Bar::default();
    let started = start::begin(settings, &trackers, procedure, "pilot".to_owned(), &mut bar)?;
    Ok(Calibration::of(&started.carry_out(&mut bar)?))
}

/// The groups of settings, before anything is planted.
fn groups_of(settings: &Settings) -> Result<Vec<Group>, Failed> {
    let trackers = Trackers::of(settings)?;
    Ok(groups(settings, &trackers.arms())?)
}
