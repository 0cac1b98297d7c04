//! The executor: takes samples in processes of their own, and records what comes of each.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use protocol::{Job, Pass};

use super::answer::Answered;
use super::beside::{file_name, keep_locks, version_record};
use super::engine::{Executor, Task};
use super::error::RunError;
use super::launch::{EXIT_WITHIN, Ending, Launch, Limits, Ran};
use super::load::Load;
use super::process;
use super::reports;
use super::wrap::{self, ToolFindings, WrapError, Wrapper};
use crate::build::subjects::Subjects;
use crate::build::{revision, source_folder};
use crate::plan::arm::{ArmId, Role};
use crate::plan::catalog::{Catalog, TrackerEntry};
use crate::plan::procedure::{Experiment, Procedure};
use crate::plan::settings::Settings;
use crate::record::comparable::differences;
use crate::record::environment::{Environment, SettingsRecord};
use crate::record::{
    Failed, Failure, Outcome, Process, Record, Run, SCHEMA, Server, TrackerReportFindings, Writer,
};

/// A run in progress.
#[derive(Debug)]
pub struct Session {
    settings: Settings,
    catalog: Catalog,
    subjects: Subjects,
    /// The tools that are put in front of subjects, by their launchers' names.
    tools: BTreeMap<String, Box<dyn Wrapper>>,
    writer: Writer,
    run: String,
    /// By which an interrupted run is resumed.
    verb: &'static str,
    /// Folders of samples are numbered.
    samples_taken: usize,
    /// What was to be timed and is written down as not built.
    unbuilt: HashSet<TimedCell>,
}

/// A workload under an arm, in the table or in an experiment, on so many threads.
type TimedCell = (String, ArmId, Option<Experiment>, usize);

fn cell_of(record: &Record) -> TimedCell {
    let Record { workload, arm, experiment, params, .. } = record;
    (workload.clone(), arm.clone(), *experiment, params.threads)
}

impl Session {
    /// Begins a run: creates its folder below `settings.out` and describes the environment.
    ///
    /// # Errors
    ///
    /// If a tool that the procedure needs is not installed (nothing is written then), or the folder cannot
    /// be written.
    pub fn begin(
        settings: Settings,
        procedure: &Procedure,
        subjects: Subjects,
        command: String,
    ) -> Result<Self, RunError> {
        let catalog = settings.catalog()?;
        let tools = tools(procedure, &catalog)?;
        let source = source_folder().ok();
        let record = SettingsRecord::new(&settings, procedure);
        let mut environment = Environment::capture(command, source.as_deref(), revision(), record);
        environment.versions = subjects.versions().map(version_record).collect();
        environment.procedure = Some(procedure.clone());
        let writer = Writer::begin(&settings.out.join("runs"), &mut environment)?;
        keep_locks(writer.folder(), source.as_deref(), &subjects).map_err(beside)?;
        Ok(Self {
            settings,
            catalog,
            subjects,
            tools,
            writer,
            run: environment.run,
            verb: procedure.verb.resumed_with(),
            samples_taken: 0,
            unbuilt: HashSet::new(),
        })
    }

    /// Goes on with an interrupted run, whose records are open. The engine skips the samples that are there.
    ///
    /// # Errors
    ///
    /// If it was made on another machine or with another compiler, or cannot be written.
    pub fn resume(
        run: &Run,
        writer: Writer,
        settings: Settings,
        procedure: &Procedure,
        subjects: Subjects,
    ) -> Result<Self, RunError> {
        let catalog = settings.catalog()?;
        let tools = tools(procedure, &catalog)?;
        let source = source_folder().ok();
        let settings_then = run.environment.settings.clone();
        let mut here =
            Environment::capture(String::new(), source.as_deref(), revision(), settings_then);
        here.procedure = Some(procedure.clone());
        let found = differences(&run.environment, &here);
        let reasons = [found.refusals, found.warnings].concat();
        if !reasons.is_empty() {
            let reason = reasons.join("; ");
            return Err(RunError::Elsewhere { folder: run.folder.clone(), reason });
        }
        keep_locks(&run.folder, source.as_deref(), &subjects).map_err(beside)?;
        Ok(Self {
            settings,
            catalog,
            subjects,
            tools,
            writer,
            run: run.environment.run.clone(),
            verb: procedure.verb.resumed_with(),
            samples_taken: run.records.len(),
            unbuilt: run.records.iter().filter(|record| is_unbuilt(record)).map(cell_of).collect(),
        })
    }

    /// The run's folder.
    pub fn folder(&self) -> &Path {
        self.writer.folder()
    }
}

/// Whether it says of a cell that was to be timed that it does not build.
fn is_unbuilt(record: &Record) -> bool {
    let failed = record.outcome.failed();
    record.pass == Pass::Timed && failed.is_some_and(|failed| failed.failure == Failure::Build)
}

impl Executor for Session {
    fn take(&mut self, task: &Task<'_>) -> Result<Record, RunError> {
        let program = match self.subjects.in_order(task.arm, task.slot.link) {
            Ok(program) => program,
            Err(words) => return self.not_built(task, words),
        };
        let place = self.make_folder(task)?;
        let job = self.job(task, &place);
        let begin = Instant::now();
        let mut sample = self.run(task, &job, &program, &place)?;
        if let (Ending::Failed(_, reason), true) = (&mut sample.ran.ending, task.report) {
            reason.push_str("; its report was asked for");
        }
        let failed = matches!(sample.ran.ending, Ending::Failed(..));
        process::tidy_logs(&place.folder, failed || task.kind.pass == Pass::Audit);
        let report = judged_report(&sample.ran, &place);
        if task.kind.pass != Pass::Audit {
            // Judged and measured; a hundred copies of it would fill the disk.
            let _ = fs::remove_dir_all(&place.report);
        }
        // Only folders in which something is left stay; removing one that is not empty fails.
        let _ = fs::remove_dir(&place.report);
        let kept = fs::remove_dir(&place.folder).is_err().then_some(place.name);
        if matches!(sample.ran.ending, Ending::Interrupted) {
            let folder = self.writer.folder().to_owned();
            return Err(RunError::Interrupted { folder, verb: self.verb });
        }
        let mut record = self.record(task, sample, report);
        record.folder = kept;
        record.sample_ns = nanoseconds(begin.elapsed());
        self.writer.write(&record)?;
        Ok(record)
    }
}

/// Where a sample runs.
struct Place {
    /// Relative to the run's folder.
    name: String,
    folder: PathBuf,
    /// For the tracker's report; absolute, since the subject runs elsewhere than here.
    report: PathBuf,
}

/// A sample's process, and what a tool in front of it found.
struct Sampled {
    ran: Ran,
    tool: Option<ToolFindings>,
    /// The tool's version, where the tool is the tracker.
    tool_version: Option<String>,
}

impl Session {
    /// The tool that is put in front of the subject: the tracker itself, or one that the procedure names.
    fn wrapper_of(&self, task: &Task<'_>) -> Result<Option<&dyn Wrapper>, RunError> {
        let entry = self.catalog.find(&task.arm.tracker)?;
        let tool = entry.tool().or(task.kind.wrapper.as_deref());
        let found = |tool: &str| {
            let found = self.tools.get(tool).map(|tool| &**tool);
            found.ok_or_else(|| WrapError::Unknown(tool.to_owned()))
        };
        Ok(tool.map(found).transpose()?)
    }

    fn make_folder(&mut self, task: &Task<'_>) -> Result<Place, RunError> {
        self.samples_taken += 1;
        let label = file_name(&task.arm.to_string());
        let name = format!("samples/{:05}-{}-{label}", self.samples_taken, task.group.workload);
        let folder = self.writer.folder().join(&name);
        let report = folder.join("export");
        let created = fs::create_dir_all(if task.report { &report } else { &folder });
        created.map_err(folder_error(&folder))?;
        let report = std::path::absolute(&report).map_err(folder_error(&report))?;
        Ok(Place { name, folder, report })
    }

    fn job(&self, task: &Task<'_>, place: &Place) -> Job {
        let (group, kind) = (task.group, task.kind);
        Job {
            workloads: vec![group.workload.clone(); kind.repetitions as usize],
            mode: self.mode_of(task),
            params: kind.params_of(group, task.slot.block),
            idle: task.arm.role == Role::Idle,
            parked: task.arm.role == Role::Parked,
            unread: kind.is_unread(),
            leaks: kind.experiment == Some(Experiment::Leaks),
            moments: kind.experiment == Some(Experiment::Moments),
            sites: kind.experiment == Some(Experiment::Sites),
            latency: kind.experiment == Some(Experiment::Latency),
            report_folder: task.report.then(|| place.report.clone()),
            port: self.settings.port,
            final_heap: kind.experiment == Some(Experiment::Verify),
            soak_ms: kind.soak_ms,
            ..Job::new(&group.workload, kind.pass)
        }
    }

    /// The mode that the subject runs in: none for the untracked program behind a tool.
    fn mode_of(&self, task: &Task<'_>) -> String {
        let wrapped = self.catalog.find(&task.arm.tracker).is_ok_and(TrackerEntry::is_wrapped);
        task.arm.mode.clone().filter(|_| !wrapped).unwrap_or_default()
    }

    fn run(
        &self,
        task: &Task<'_>,
        job: &Job,
        program: &Path,
        place: &Place,
    ) -> Result<Sampled, RunError> {
        let wrapper = self.wrapper_of(task)?;
        let folder = &place.folder;
        let limit = self.settings.timeout;
        let limits = Limits {
            timeout: task.timeout.map_or(limit, |own| own.min(limit)),
            memory: self.settings.memory_limit,
        };
        let command: Vec<OsString> = match wrapper {
            Some(wrapper) => wrapper.command(folder).map_err(folder_error(folder))?,
            None => Vec::new(),
        };
        let facts = task.group.facts();
        let load = facts.and_then(|workload| {
            let (scale, client) = (job.params.scale, self.settings.client);
            let load = Load::of(workload, scale, client, limits.timeout)?;
            Some(load.at_rate(task.kind.arrivals))
        });
        let launch = Launch {
            program,
            job,
            role: self.catalog.allocator_role(task.arm, job.pass == Pass::Audit)?,
            folder,
            limits,
            load,
            wrapper: &command,
            planted: match task.arm.role {
                Role::Planted(planted) => Some(planted.steps),
                _ => None,
            },
            // A tool may do its work only then: Memcheck looks for leaks.
            exit_within: if wrapper.is_some() { limits.timeout } else { EXIT_WITHIN },
        };
        let mut ran = process::run(&launch, &mut |_| {});
        let tool = match wrapper.map(|wrapper| wrapper.take_findings(folder)).transpose() {
            Ok(tool) => tool,
            Err(error) => {
                // Without its findings the sample is worth nothing; an earlier failure tells more.
                if let Ending::Answered(_) = ran.ending {
                    ran.ending = Ending::Failed(Failure::Garbled, error.to_string());
                }
                None
            }
        };
        let is_tracker = self.catalog.find(&task.arm.tracker)?.is_wrapped();
        let tool_version = wrapper.filter(|_| is_tracker).map(|tool| tool.version().to_owned());
        Ok(Sampled { ran, tool, tool_version })
    }

    /// The sample of an arm that does not build. Written down once for each workload in the audit, and once where it was
    /// to be timed: it would fail alike in every block, and has to be seen in every table.
    fn not_built(&mut self, task: &Task<'_>, words: String) -> Result<Record, RunError> {
        let ran = Ran {
            started_unix_ns: process::unix_ns(),
            took: Duration::ZERO,
            ending: Ending::Failed(Failure::Build, words),
            load: None,
            final_heap: None,
            helpers: None,
        };
        let sampled = Sampled { ran, tool: None, tool_version: None };
        let record = self.record(task, sampled, None);
        let further =
            [Experiment::Repeats, Experiment::Moments, Experiment::Sites, Experiment::Estimates];
        let told = task.kind.experiment.is_some_and(|experiment| further.contains(&experiment));
        let is_written = match task.kind.pass {
            Pass::Audit => !told,
            Pass::Timed => !task.slot.warm_up && self.unbuilt.insert(cell_of(&record)),
        };
        if is_written {
            self.writer.write(&record)?;
        }
        Ok(record)
    }

    fn record(
        &self,
        task: &Task<'_>,
        sampled: Sampled,
        report: Option<TrackerReportFindings>,
    ) -> Record {
        let Sampled { ran, tool, tool_version } = sampled;
        let started_unix_ns = ran.started_unix_ns;
        let took = ran.took;
        let mut version = None;
        let outcome = match ran.ending {
            Ending::Answered(reply) => {
                version = tool_version.clone().or_else(|| Some(reply.identity.version.clone()));
                let process = Process {
                    // The clock may have been set meanwhile. (All that is judged is of clocks that cannot be set.)
                    startup_ns: reply
                        .main_unix_ns
                        .checked_sub(started_unix_ns)
                        .filter(|&startup| u128::from(startup) <= took.as_nanos()),
                    init_ns: Some(reply.init_ns),
                    readout_ns: reply.readout_ns,
                    debug_build: reply.identity.debug_build,
                };
                let served = reply.parts.first().and_then(|part| part.served);
                let server = ran.load.map(|load| Server { load, served });
                let answered = Answered {
                    reply: *reply,
                    process,
                    server,
                    report,
                    final_heap: ran.final_heap,
                    helpers: ran.helpers,
                };
                answered.outcome(task, tool, tool_version.is_some())
            }
            Ending::Failed(failure, reason) => {
                let memcheck = tool.and_then(|tool| tool.memcheck);
                Outcome::Failed(Box::new(Failed { failure, reason, load: ran.load, memcheck }))
            }
            Ending::Interrupted => unreachable!("an interruption is not recorded"),
        };
        Record {
            schema: SCHEMA,
            run: self.run.clone(),
            workload: task.group.workload.clone(),
            // That of the group, of which a seed of its own tells nothing more.
            params: task.kind.params(task.group),
            arm: task.arm.clone(),
            version,
            pass: task.kind.pass,
            experiment: task.kind.experiment,
            slot: task.slot,
            report_asked: task.report,
            started_unix_ns,
            sample_ns: nanoseconds(took),
            folder: None,
            outcome,
        }
    }
}

/// Finds the tools that a procedure needs: those that are trackers, and those that it names.
fn tools(
    procedure: &Procedure,
    catalog: &Catalog,
) -> Result<BTreeMap<String, Box<dyn Wrapper>>, RunError> {
    let named = procedure.kinds().filter_map(|kind| kind.wrapper.clone());
    let mut found = named
        .map(|name| Ok((name.clone(), wrap::find(&name)?)))
        .collect::<Result<BTreeMap<_, _>, WrapError>>()?;
    for arm in procedure.arms() {
        let entry = catalog.find(&arm.tracker)?;
        if let Some(name) = entry.tool().filter(|name| !found.contains_key(*name)) {
            found.insert(name.to_owned(), wrap::of(entry)?);
        }
    }
    Ok(found)
}

/// The tracker's report with what is wrong with it, if it made one.
fn judged_report(ran: &Ran, place: &Place) -> Option<TrackerReportFindings> {
    let Ending::Answered(reply) = &ran.ending else { return None };
    let report = reply.report.clone()?;
    let findings = reports::findings(&report, &place.report);
    Some(TrackerReportFindings { report, findings })
}

fn beside((path, source): (PathBuf, io::Error)) -> RunError {
    RunError::Folder { path, source }
}

fn folder_error(path: &Path) -> impl FnOnce(io::Error) -> RunError {
    let path = path.to_owned();
    move |source| RunError::Folder { path, source }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
