//! `memscope-bench adopt`: what it takes to add a tracker to a program.

use std::path::PathBuf;

use clap::Args;
use memscope_bench::analyse::adoption::{self, Adoption};
use memscope_bench::build::adopt::loaded_bytes;
use memscope_bench::build::choice::{Choice, ChoiceError, choose};
use memscope_bench::build::subjects::{Subjects, SubjectsError};
use memscope_bench::build::{
    Builder, Releases, Resolver, Source, VersionError, outcome, source_folder,
};
use memscope_bench::common::interrupt;
use memscope_bench::plan::arm::UNTRACKED;
use memscope_bench::plan::settings::{Settings, SettingsError};
use memscope_bench::plan::spec::Spec;
use memscope_bench::present;
use memscope_bench::record::environment::{Environment, SettingsRecord};
use memscope_bench::run::engine::Progress;

use super::progress::Bar;
use super::{Failed, Output, tell};

const EXAMPLES: &str = "\
Compiles each tracker's crate for a program that does nothing else, from nothing, and counts the crates and the CPU
time; then says how many bytes of code and data a workload's program grows by. What is found is kept in adoption.json
in the folder of reports, and every report there shows it from then on. With nothing else running, the times compare.

Examples:
  memscope-bench adopt                               every crate of the catalogue
  memscope-bench adopt -t dhat -t stats_alloc
  memscope-bench adopt -t 'memscope-rs@>=0.2' --json     each version, for scripts";

#[derive(Args)]
#[command(after_help = super::unwrapped(EXAMPLES))]
pub(crate) struct Arguments {
    /// Trackers that are crates, NAME[@VERSION] or ./FILE.toml; repeat for more [default: all of the catalogue]
    #[arg(short, long = "tracker", value_name = "SPEC")]
    trackers: Vec<String>,
    /// The folder of reports
    #[arg(long, value_name = "DIR", default_value = "target-reports")]
    out: PathBuf,
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    let wanted = wanted(&arguments.trackers)?;
    // Before the first of them is compiled: what was kept is not to be lost.
    adoption::load(&arguments.out).map_err(Failed::harness)?;
    std::fs::create_dir_all(&arguments.out).map_err(Failed::harness)?;
    interrupt::listen();
    let mut bar = Bar::default();
    let mut found = Vec::new();
    let mut registry = Resolver::default();
    let environment = Environment::capture(String::new(), None, None, SettingsRecord::default());
    bar.begin("adopt");
    for (index, one) in wanted.iter().enumerate() {
        let done = index as f64 / wanted.len() as f64;
        let name = format!("{} {}", one.choice.entry.name, one.source.version);
        let mut progress = |what: &str| bar.tell(done, &format!("{name}: {what}"));
        match adopted(one, &mut registry, &environment, &mut progress)? {
            Ok(adoption) => {
                adoption::store(&arguments.out, adoption.clone()).map_err(Failed::harness)?;
                found.push(adoption);
            }
            Err(words) => tell(format_args!("note: {name} does not build: {words}")),
        }
    }
    bar.end();
    let kept = arguments.out.join(adoption::FILE);
    output.result(&found, || {
        let table = present::adoption_table(&found);
        format!("{table}\nKept for every report: {}", kept.display())
    })
}

/// A version of a tracker, and where its crate comes from.
struct Wanted {
    choice: Choice,
    source: Source,
}

/// What was asked for, each version once, whatever its mode.
fn wanted(asked: &[String]) -> Result<Vec<Wanted>, Failed> {
    let mut settings = Settings::default();
    settings.name_trackers(asked)?;
    let catalog = settings.catalog().map_err(SettingsError::from)?;
    let all = catalog
        .trackers
        .iter()
        .filter(|entry| entry.package.is_some() && entry.unavailable.is_none() && !entry.reference);
    let all = all.map(|entry| entry.name.parse()).collect::<Result<Vec<Spec>, _>>()?;
    let specs = if asked.is_empty() { all } else { settings.trackers };
    let mut resolver = Resolver::default();
    let mut wanted = Vec::<Wanted>::new();
    for choice in choose(&specs, &catalog)? {
        let Some(package) = choice.entry.package.clone() else {
            let name = &choice.entry.name;
            return Err(Failed::Usage(format!(
                "{name} is no crate that a program could depend on"
            )));
        };
        let source = match &choice.source {
            Some(source) => source.clone(),
            None => choice
                .built_in(&mut resolver)?
                .ok_or_else(|| Failed::Harness(format!("{package} is not in the lock file")))?,
        };
        let same = |one: &Wanted| {
            (&one.choice.entry.name, &one.source.spec) == (&choice.entry.name, &source.spec)
        };
        if !wanted.iter().any(same) {
            wanted.push(Wanted { choice, source });
        }
    }
    if wanted.is_empty() {
        return Err(Failed::Usage("untracked brings nothing; name a tracker".to_owned()));
    }
    Ok(wanted)
}

/// What one brings, or why it does not build.
fn adopted(
    one: &Wanted,
    registry: &mut Resolver,
    environment: &Environment,
    progress: &mut dyn FnMut(&str),
) -> Result<Result<Adoption, String>, Failed> {
    let Wanted { choice, source } = one;
    progress("compiling it alone");
    let builder = Builder::new(&source_folder()?);
    let brought = builder.brought(&choice.entry, source, progress);
    let brought = match outcome(brought).map_err(SubjectsError::from)? {
        Ok(brought) => brought,
        Err(words) => return Ok(Err(words)),
    };
    let subjects = Subjects::prepare(std::slice::from_ref(choice), &mut |_, what| progress(what))?;
    let base = loaded_bytes(&subjects.program(UNTRACKED))?;
    let program = subjects.of(&choice.arm).ok();
    let bytes = program.map(|program| loaded_bytes(&program)).transpose()?;
    let package = choice.entry.package.as_deref().unwrap_or(&choice.entry.name);
    let releases = registry.releases_of(package).ok();
    let newest = releases.and_then(Releases::newest);
    Ok(Ok(Adoption {
        tracker: choice.entry.name.clone(),
        version: source.version.to_string(),
        released: source.released.clone(),
        newest: newest.map(|release| release.version.to_string()),
        crates: brought.crates,
        compile_cpu_s: brought.compile_cpu_s,
        compile_s: brought.compile_s,
        program_bytes: bytes.map(|bytes| bytes.cast_signed() - base.cast_signed()),
        rust: brought.rust,
        licence: brought.licence,
        machine: environment.machine(),
        started: environment.started.clone(),
        rustc: environment.rustc.clone(),
    }))
}

impl From<ChoiceError> for Failed {
    fn from(error: ChoiceError) -> Self {
        if error.is_usage() { Self::Usage(error.to_string()) } else { Self::harness(error) }
    }
}

impl From<VersionError> for Failed {
    fn from(error: VersionError) -> Self {
        if error.is_usage() { Self::Usage(error.to_string()) } else { Self::harness(error) }
    }
}
