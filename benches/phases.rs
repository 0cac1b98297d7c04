//! `cargo bench`: every phase of the stress test and every scenario, tracked and untracked, as Criterion
//! groups.
//!
//! Criterion is a view on the same samples that `memscope-bench measure` takes: each sample is a fresh
//! subject process, taken in blocks of all trackers (see `support/collector.rs`). Criterion's own
//! options work as always: filters, `--test`, `--list`, `--save-baseline`, `--baseline`. What is measured
//! is chosen by `memscope-bench.toml` or `MEMSCOPE_BENCH_*` variables.

mod support;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use criterion::Criterion;
use memscope_bench::analyse::summary::Summary;
use memscope_bench::build::choice::choose;
use memscope_bench::build::subjects::Subjects;
use memscope_bench::common::interrupt;
use memscope_bench::plan::arm::Role;
use memscope_bench::plan::catalog::Catalog;
use memscope_bench::plan::group::Group;
use memscope_bench::plan::procedure::{Procedure, SampleKind, Stage, Work};
use memscope_bench::plan::procedures;
use memscope_bench::plan::sampling::automatic_samples;
use memscope_bench::plan::settings::Settings;
use memscope_bench::present;
use memscope_bench::record::{Run, Slot};
use memscope_bench::run::RunError;
use memscope_bench::run::Session;
use memscope_bench::run::engine::Engine;
use support::{Arguments, Collector, Metric, die, end};

/// In `--test` every benchmark runs once, at this scale, to see that it works.
const TEST_SCALE: f64 = 0.01;

fn main() {
    let arguments = Arguments::from_command_line();
    let metric = Metric::from_environment().unwrap_or_else(|error| die(2, &error));
    let mut criterion = Criterion::default().with_measurement(metric).configure_from_args();
    let mut bench = Bench::new(&arguments, metric).unwrap_or_else(|error| die(2, &*error));
    for group in bench.procedure.groups.clone() {
        bench.run(&mut criterion, &group).unwrap_or_else(|error| end(&error));
    }
    criterion.final_summary();
    bench.finish().unwrap_or_else(|error| die(3, &*error));
}

/// The benchmarks of one `cargo bench`.
struct Bench {
    arguments: Arguments,
    /// What Criterion shows.
    metric: Metric,
    settings: Settings,
    /// All that Criterion may ask for.
    procedure: Procedure,
    subjects: Subjects,
    /// Begun with the first group that runs, so that `--list` or a filter that matches nothing leaves no
    /// empty run behind.
    engine: Option<Engine<Session>>,
    /// Where a `--test` records, which nobody wants to keep.
    scratch: Option<tempfile::TempDir>,
}

impl Bench {
    /// Reads the settings and plans the groups; versions that are not built in are built.
    fn new(arguments: &Arguments, metric: Metric) -> Result<Self, Box<dyn Error>> {
        let mut settings = Settings::for_bench(Path::new(env!("CARGO_MANIFEST_DIR")))?;
        settings.sampling.samples = arguments.samples.or(settings.sampling.samples);
        let scratch = if arguments.test { Some(tempfile::tempdir()?) } else { None };
        if let Some(scratch) = &scratch {
            settings.params.scale = TEST_SCALE;
            settings.out = scratch.path().to_owned();
        }
        let choices = choose(&settings.trackers, &Catalog::built_in()?)
            .unwrap_or_else(|error| die(if error.is_usage() { 2 } else { 3 }, &error));
        let arms: Vec<_> = choices.iter().map(|choice| choice.arm.clone()).collect();
        let groups = procedures::groups(&settings, &arms)?;
        let mut procedure = procedures::bench(groups);
        let stages = procedure.stages.clone();
        let is_asked = |id: &String| arguments.may_match(id);
        procedure.groups.retain(|group| benchmarks(group, &stages).iter().any(is_asked));
        interrupt::listen();
        let subjects = if arguments.dry || procedure.groups.is_empty() {
            // Nothing runs.
            Subjects::in_folder("")
        } else {
            Subjects::prepare(&choices, &mut |_, what| eprintln!("building {what}"))
                .unwrap_or_else(|error| die(3, &error))
        };
        let arguments = arguments.clone();
        Ok(Self { arguments, metric, settings, procedure, subjects, engine: None, scratch })
    }

    /// Runs one group as a Criterion group.
    fn run(&mut self, criterion: &mut Criterion<Metric>, group: &Group) -> Result<(), RunError> {
        if self.arguments.dry {
            return self.name(criterion, group);
        }
        let stages = self.procedure.stages.clone();
        let events = audit(self.engine()?, group, &stages)?;
        for kind in in_blocks(&stages, group) {
            self.show(criterion, group, kind, events)?;
        }
        Ok(())
    }

    /// Takes the blocks of one kind of sample, as Criterion asks for them.
    fn show(
        &mut self,
        criterion: &mut Criterion<Metric>,
        group: &Group,
        kind: &SampleKind,
        events: Option<u64>,
    ) -> Result<(), RunError> {
        let (samples, metric) = (self.settings.sampling.samples, self.metric);
        let arms: Vec<String> = group.arms.iter().map(ToString::to_string).collect();
        let name = path(group, kind);
        let engine = self.engine()?;
        let begin = Instant::now();
        let collector = Collector::warm_up(arms, |number| {
            let records = engine.block(group, kind, number, number == 0)?;
            Ok(records.iter().map(|record| metric.of(record)).collect())
        })?;
        let block_time = begin.elapsed();
        let automatic = automatic_samples(block_time.as_secs_f64());
        let samples = samples.unwrap_or(automatic) as usize;
        collector.show(criterion, &name, samples, block_time, events, end);
        Ok(())
    }

    /// Lets Criterion know of a group's benchmarks, none of which it runs.
    fn name(&self, criterion: &mut Criterion<Metric>, group: &Group) -> Result<(), RunError> {
        for kind in in_blocks(&self.procedure.stages, group) {
            let arms: Vec<String> = group.arms.iter().map(ToString::to_string).collect();
            let known = |_| Ok::<_, RunError>(vec![Some(Duration::from_nanos(1)); arms.len()]);
            let collector = Collector::warm_up(arms.clone(), known)?;
            collector.show(criterion, &path(group, kind), 10, Duration::ZERO, None, end);
        }
        Ok(())
    }

    /// Prints the table, writes the report, and says where it lies.
    fn finish(self) -> Result<(), Box<dyn Error>> {
        let Some(engine) = self.engine else { return Ok(()) };
        let folder = engine.executor.folder().to_owned();
        let runs = [Run::load(&folder)?];
        let mut summary = Summary::of(&runs)?;
        if let Err(error) = summary.add_kept_calibrations(&folder) {
            eprintln!("what the instrument finds is left out: {error}");
        }
        let options =
            present::Options { criterion: criterion_report(), ..present::Options::default() };
        let page = present::write_site(&runs, &summary, &folder, &options)?;
        if self.scratch.is_some() {
            println!("test mode: every workload ran once at scale {TEST_SCALE}; nothing is kept");
        } else {
            let colour = std::io::IsTerminal::is_terminal(&std::io::stdout());
            println!("\n{}", present::closing(&summary, &page, colour));
            if let Some(criterion) = options.criterion {
                println!(
                    "Criterion's charts, of {}: {}\nWhat Criterion says has changed sets an earlier hour \
                     against this one, and times of different hours do not compare.",
                    self.metric.words(),
                    criterion.display()
                );
            }
        }
        Ok(())
    }

    fn engine(&mut self) -> Result<&mut Engine<Session>, RunError> {
        if self.engine.is_none() {
            let (settings, subjects) = (self.settings.clone(), self.subjects.clone());
            let (seed, sampling) = (settings.params.seed, settings.sampling);
            let session = Session::begin(settings, &self.procedure, subjects, command())?;
            self.engine = Some(Engine::new(session, seed, sampling, Vec::new()));
        }
        Ok(self.engine.as_mut().unwrap_or_else(|| unreachable!("made above")))
    }
}

/// The command as it was given, for the records.
fn command() -> String {
    let arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let given: Vec<String> = arguments.collect();
    format!("cargo bench -- {}", given.join(" ")).trim_end_matches([' ', '-']).to_owned()
}

/// The name of a group, as Criterion has it; with the number of threads where it is an experiment's.
fn path(group: &Group, kind: &SampleKind) -> String {
    let path = group.facts().map_or_else(|| group.workload.clone(), |facts| facts.path());
    match kind.experiment {
        Some(_) => format!("{path}-on-{}-threads", group.params.threads),
        None => path,
    }
}

/// The names of a group's benchmarks.
fn benchmarks(group: &Group, stages: &[Stage]) -> Vec<String> {
    let of = |kind| {
        let path = path(group, kind);
        group.arms.iter().map(move |arm| format!("{path}/{arm}"))
    };
    in_blocks(stages, group).flat_map(of).collect()
}

/// Takes what the procedure takes once of each arm, which is its audit; the true number of allocation events in
/// the workload, if it could be counted.
fn audit(
    engine: &mut Engine<Session>,
    group: &Group,
    stages: &[Stage],
) -> Result<Option<u64>, RunError> {
    eprintln!("{}: counting what truly happens", group.workload);
    let mut events = None;
    for stage in stages {
        let Work::Once(kinds) = &stage.work else { continue };
        for arm in group.arms.iter().filter(|arm| stage.roles.contains(&arm.role)) {
            for kind in kinds {
                let record = engine.sample(group, arm, kind, Slot::default())?;
                if let Some(failure) = record.outcome.failure() {
                    eprintln!("{}, {arm}: audit failed: {failure}", group.workload);
                }
                let audited = record.outcome.audited().filter(|_| arm.role == Role::Base);
                let work = audited.and_then(|audited| audited.work.as_ref());
                events = work.map(|work| work.heap.events()).or(events);
            }
        }
    }
    Ok(events)
}

/// What the procedure takes of a group in blocks.
fn in_blocks<'a>(stages: &'a [Stage], group: &Group) -> impl Iterator<Item = &'a SampleKind> {
    stages.iter().filter(|stage| stage.takes(group)).filter_map(|stage| match &stage.work {
        Work::Rounds(kind) => Some(kind),
        Work::Once(_) | Work::Several(..) | Work::Climb(..) => None,
    })
}

/// Criterion's own report: beside the folder of the program that runs now.
fn criterion_report() -> Option<PathBuf> {
    let home = std::env::var_os("CRITERION_HOME").map(PathBuf::from).or_else(|| {
        let program = std::env::current_exe().ok()?;
        Some(program.ancestors().nth(3)?.join("criterion"))
    })?;
    Some(home.join("report/index.html")).filter(|path| path.is_file())
}
