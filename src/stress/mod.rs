//! Upstream's stress test: its eight phases, one after the other, in one process under memscope-rs,
//! with a summary and a picture made of real figures.
//!
//! ```text
//! phases ─job─▶ subject ─reply─▶ figures, types, fragmentation ─▶ summary (text)
//!                                                       └▶ svg (memory_analysis.svg)
//! ```
//!
//! It is one audit pass: the ground truth is counted, and wherever the tracker's figure and the truth
//! differ, both are shown. What tracking costs is another question, for timed passes: `cargo bench`.

pub mod figures;
pub mod files;
#[cfg(test)]
mod fixture;
pub mod fragmentation;
pub mod phases;
pub mod picture;
pub mod summary;
pub mod types;

use std::io::{self, Write};
use std::path::PathBuf;

use protocol::{Job, Pass, Reply};
use serde::Serialize;

use crate::build::subjects::Subjects;
use crate::build::{revision, source_folder};
use crate::common::files::write_whole;
use crate::plan::arm::ArmId;
use crate::plan::catalog::{Catalog, CatalogError, Realloc};
use crate::plan::settings::Settings;
use crate::plan::spec::{NotASpec, Spec};
use crate::record::Failure;
use crate::record::environment::Environment;
use crate::record::environment::SettingsRecord;
use crate::run::launch::{Ending, Launch, Limits};
use crate::run::process;
use figures::Figure;
use files::RunningFolder;
use phases::Phase;
use types::Container;

/// What is tested: all that memscope-rs has.
const TRACKER: &str = "memscope-rs/full";

/// Interval between the points of the timeline, in milliseconds.
const TIMELINE_MS: u64 = 10;

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum StressError {
    /// The subject failed.
    #[error("the stress test failed: {}: {reason}{}", .failure.label(), where_logs_are(.logs))]
    Subject {
        /// In which way.
        failure: Failure,
        /// In words.
        reason: String,
        /// The folder of what it printed, if that could be kept.
        logs: Option<PathBuf>,
    },
    /// The user ended it.
    #[error("interrupted; nothing of this stress test was kept")]
    Interrupted,
    /// A file or folder could not be written.
    #[error("{path}: cannot be written: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The progress and the summary could not be printed. Everything else was done.
    #[error("cannot print: {0}")]
    Output(io::Error),
    /// The catalogue does not have the tracker.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// Its name is no SPEC.
    #[error(transparent)]
    Spec(#[from] NotASpec),
}

fn where_logs_are(logs: &Option<PathBuf>) -> String {
    logs.as_ref().map_or(String::new(), |logs| format!("; its logs are in {}", logs.display()))
}

/// A stress test that ended well: all that the summary and the picture show.
#[derive(Clone, Debug, Serialize)]
pub struct StressOutcome {
    /// Where and how it was run.
    pub environment: Environment,
    /// Name, version and mode of the tracker, as the running subject gave them.
    pub tracker: protocol::Identity,
    /// The tracker's figures beside the counted ones.
    pub figures: Vec<Figure>,
    /// The tracked variables by type.
    pub types: Vec<Container>,
    /// The phases, in order.
    pub phases: Vec<Phase>,
    /// The tracker's own heap, as it was counted.
    pub own_heap: Option<protocol::Heap>,
    /// From before the subject's start to after its end, in nanoseconds.
    pub process_ns: u64,
    /// Reading out the tracker's figures, in nanoseconds.
    pub readout_ns: Option<u64>,
    /// The tracker report.
    pub report: Option<protocol::TrackerReport>,
    /// The picture.
    pub svg: PathBuf,
    /// The folder of everything else.
    pub folder: PathBuf,
    /// Resident memory that was in no live allocation when the timeline began, in bytes.
    pub base_bytes: Option<u64>,
}

impl StressOutcome {
    /// Makes the figures of a reply.
    fn new(
        reply: &Reply,
        realloc: Option<Realloc>,
        environment: Environment,
        process_ns: u64,
        settings: &Settings,
    ) -> Self {
        let reported = reply.reported.clone().unwrap_or_default();
        let (truth, own) = (reply.truth.as_ref(), reply.own_heap.as_ref());
        Self {
            environment,
            tracker: reply.identity.clone(),
            figures: figures::figures(&reported, truth, own, realloc),
            types: types::containers(&reply.parts, &reported),
            phases: phases::of(&reply.parts, &reply.timeline),
            own_heap: reply.own_heap,
            process_ns,
            readout_ns: reply.readout_ns,
            report: reply.report.clone(),
            svg: settings.out.join(files::SVG_FILE),
            folder: settings.out.join(files::FOLDER),
            base_bytes: fragmentation::base(&reply.timeline),
        }
    }

    /// Name and version of the tracker.
    fn tracker_title(&self) -> String {
        format!("{} {}", self.tracker.tracker, self.tracker.version)
    }

    /// What the eight phases took together, in nanoseconds.
    fn phases_ns(&self) -> u64 {
        self.phases.iter().map(Phase::wall_ns).sum()
    }
}

/// Runs the stress test: prints its progress and its summary to `out`, and writes the files that
/// [`files`] lists below `settings.out`. Of the settings, `params`, `timeout` and `memory_limit` are used;
/// the last two hold for all eight phases together.
///
/// # Errors
///
/// If the subject fails, the user interrupts, or something cannot be written.
pub fn run(
    settings: &Settings,
    subjects: &Subjects,
    command: String,
    out: &mut dyn Write,
) -> Result<StressOutcome, StressError> {
    let catalog = Catalog::built_in()?;
    let arm = catalog.arm(&TRACKER.parse::<Spec>()?)?;
    let entry = catalog.find(&arm.tracker)?;
    let source = source_folder().ok();
    let environment =
        Environment::capture(command, source.as_deref(), revision(), SettingsRecord::of(settings));
    let folder = RunningFolder::open(&settings.out)?;

    let mut printer = Printer { out, trouble: None };
    printer.print(&summary::opening(&entry.title));
    let reply_and_time = run_subject(settings, subjects, &catalog, &arm, &folder, &mut printer);
    let (reply, process_ns) = match reply_and_time {
        Ok(done) => done,
        Err(StressError::Subject { failure, reason, .. }) => {
            process::tidy_logs(folder.path(), true);
            let logs = folder.keep_logs();
            return Err(StressError::Subject { failure, reason, logs });
        }
        Err(other) => return Err(other),
    };

    folder.write("reply.json", &reply)?;
    folder.write("environment.json", &environment)?;
    process::tidy_logs(folder.path(), true);
    let outcome = StressOutcome::new(&reply, entry.realloc, environment, process_ns, settings);
    printer.print(&summary::closing(&outcome));
    folder.keep_as(files::FOLDER)?;
    printer.print("\nGenerating the SVG visualization...");
    let picture = picture::picture(&outcome);
    write_whole(&outcome.svg, &picture)
        .map_err(|source| StressError::File { path: outcome.svg.clone(), source })?;
    printer.print(&summary::files(&outcome, picture.len() as u64));
    printer.end()?;
    Ok(outcome)
}

fn run_subject(
    settings: &Settings,
    subjects: &Subjects,
    catalog: &Catalog,
    arm: &ArmId,
    folder: &RunningFolder,
    printer: &mut Printer<'_>,
) -> Result<(Reply, u64), StressError> {
    let job = Job {
        workloads: phases::all().iter().map(|phase| phase.name.to_owned()).collect(),
        mode: arm.mode.clone().unwrap_or_default(),
        params: settings.params,
        report_folder: Some(folder.report()?),
        progress: true,
        timeline_ms: Some(TIMELINE_MS),
        ..Job::new("", Pass::Audit)
    };
    let limits = Limits { timeout: settings.timeout, memory: settings.memory_limit };
    let program = subjects.program(&arm.tracker);
    let role = catalog.allocator_role(arm, true)?;
    let launch = Launch::plain(&program, &job, role, folder.path(), limits);
    let ran = process::run(&launch, &mut |line| printer.print(&summary::progress(line)));
    match ran.ending {
        Ending::Answered(reply) => {
            Ok((*reply, u64::try_from(ran.took.as_nanos()).unwrap_or(u64::MAX)))
        }
        Ending::Failed(failure, reason) => {
            Err(StressError::Subject { failure, reason, logs: None })
        }
        Ending::Interrupted => Err(StressError::Interrupted),
    }
}

/// Prints what it can, and remembers why it could not: the test goes on without an audience.
struct Printer<'a> {
    out: &'a mut dyn Write,
    trouble: Option<io::Error>,
}

impl Printer<'_> {
    fn print(&mut self, text: &str) {
        if self.trouble.is_none() {
            // At once: they are signs of life.
            let printed = writeln!(self.out, "{text}").and_then(|()| self.out.flush());
            self.trouble = printed.err();
        }
    }

    fn end(self) -> Result<(), StressError> {
        match self.trouble {
            // The reader had enough: `memscope-bench | head`.
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(StressError::Output(error))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run_in(out: PathBuf) -> (StressError, String) {
        let nowhere = tempfile::tempdir().unwrap();
        let settings = Settings { out, ..Settings::default() };
        let mut printed = Vec::new();
        let subjects = Subjects::in_folder(nowhere.path());
        let error = run(&settings, &subjects, String::new(), &mut printed).unwrap_err();
        (error, String::from_utf8(printed).unwrap())
    }

    #[test]
    fn a_subject_that_is_not_there_is_named_and_leaves_nothing() {
        let out = tempfile::tempdir().unwrap();
        let (error, printed) = run_in(out.path().join("reports"));
        assert!(matches!(error, StressError::Subject { failure: Failure::Spawn, .. }), "{error}");
        assert!(error.to_string().contains("subject-memscope-rs"), "{error}");
        assert!(printed.starts_with("Starting the memscope-rs stress test"), "{printed}");
        assert_eq!(std::fs::read_dir(out.path().join("reports")).unwrap().count(), 0);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let (error, printed) = run_in(file.path().join("reports"));
        assert!(error.to_string().contains("reports: cannot be written"), "{error}");
        assert_eq!(printed, "");
    }

    #[test]
    fn the_catalogue_says_that_memscope_rs_counts_a_resize_twice() {
        let catalog = Catalog::built_in().unwrap();
        let arm = catalog.arm(&TRACKER.parse().unwrap()).unwrap();
        let entry = catalog.find(&arm.tracker).unwrap();
        assert_eq!(entry.realloc, Some(Realloc::Both));
    }
}
