//! A run in progress: blocks go in, records come out.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use subject::protocol::{Job, Part, Pass};

use super::load::Load;
use super::process::{self, Launch, Limits, Ran, Verdict};
use super::resume::{self, Finished};
use crate::build::subjects::{self, Subjects};
use crate::plan::group::{Arm, Group};
use crate::plan::settings::Settings;
use crate::record::endurance::Endurance;
use crate::record::environment::Environment;
use crate::record::{
    Experiment, Failure, Outcome, PassEnd, Record, RecordsError, SCHEMA, TrackerRef, Writer,
};
use crate::run::memcheck::Memcheck;
use crate::run::tracker_report;

/// Why a run cannot go on. What was recorded until then is safe.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum SessionError {
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error("{path}: {source}")]
    Folder { path: PathBuf, source: io::Error },
    #[error("interrupted; what was measured is in {0}, and `measure --resume` goes on with it")]
    Interrupted(PathBuf),
    #[error("{folder}: cannot be resumed here: {reason}")]
    Elsewhere { folder: PathBuf, reason: String },
}

/// A run in progress.
#[derive(Debug)]
pub struct Session {
    pub(super) settings: Settings,
    pub(super) subjects: Subjects,
    pub(super) writer: Writer,
    pub(super) run: String,
    pub(super) samples_taken: u32,
    /// What an earlier part of the run has measured already.
    pub(super) finished: Finished,
}

impl Session {
    /// Begins a run: creates its folder below `settings.out` and describes the environment.
    ///
    /// # Errors
    ///
    /// If the folder cannot be written.
    pub fn begin(
        settings: Settings,
        subjects: Subjects,
        command: String,
    ) -> Result<Self, SessionError> {
        let source = subjects::source_folder();
        let mut environment = Environment::capture(command, source.as_deref(), settings.record());
        environment.versions = subjects.versions().map(|(record, _)| record.clone()).collect();
        let writer = Writer::begin(&settings.out.join("runs"), &mut environment)?;
        resume::keep_locks(writer.folder(), source.as_deref(), &subjects)?;
        let finished = Finished::new();
        Ok(Self { settings, subjects, writer, run: environment.run, samples_taken: 0, finished })
    }

    /// The run's folder.
    pub fn folder(&self) -> &Path {
        self.writer.folder()
    }

    /// The run's settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Runs one block: a timed sample of every arm, in random order. The records come back in the
    /// order of the arms.
    ///
    /// # Errors
    ///
    /// If records cannot be written, or the user interrupts. A subject's failure is no error but a
    /// record.
    pub fn block(
        &mut self,
        group: &Group,
        block: u32,
        warm_up: bool,
    ) -> Result<Vec<Record>, SessionError> {
        let scale = self.settings.scale_of(group.workload);
        self.block_of(group, &Sample { block, warm_up, scale, ..self.plain(Pass::Timed) })
    }

    /// As [`block`](Self::block), for samples of some kind.
    ///
    /// # Errors
    ///
    /// Likewise.
    pub fn block_of(&mut self, group: &Group, kind: &Sample) -> Result<Vec<Record>, SessionError> {
        let mut records = vec![None; group.arms.len()];
        for (place, arm) in group.order(self.settings.seed, kind.block).into_iter().enumerate() {
            // A place is below the number of arms.
            let sample = Sample { order: place as u32, ..kind.clone() };
            records[arm] = Some(self.sample(group, &group.arms[arm], &sample)?);
        }
        Ok(records.into_iter().flatten().collect())
    }

    /// Runs one audited sample of an arm, with the tracker's own export; and one without it, where that
    /// failed: what a tracker counts may be right, whatever becomes of its reports.
    ///
    /// # Errors
    ///
    /// As for [`block`](Self::block).
    pub fn audit(&mut self, group: &Group, arm: &Arm) -> Result<Record, SessionError> {
        let scale = self.settings.scale_of(group.workload);
        let sample = Sample { export: true, scale, ..self.plain(Pass::Audit) };
        let record = self.sample(group, arm, &sample)?;
        match record.outcome {
            Outcome::Completed | Outcome::Failed { failure: Failure::Build, .. } => Ok(record),
            Outcome::Failed { .. } => self.count(group, arm),
        }
    }

    /// Runs one audited sample of an arm, without the tracker's own export.
    ///
    /// # Errors
    ///
    /// As for [`block`](Self::block).
    pub fn count(&mut self, group: &Group, arm: &Arm) -> Result<Record, SessionError> {
        let scale = self.settings.scale_of(group.workload);
        self.sample(group, arm, &Sample { scale, ..self.plain(Pass::Audit) })
    }

    /// A sample of a cell, of one pass, at the run's number of threads.
    pub fn plain(&self, pass: Pass) -> Sample {
        Sample {
            pass,
            block: 0,
            order: 0,
            warm_up: false,
            experiment: None,
            passes: 1,
            threads: self.settings.threads,
            scale: self.settings.scale,
            export: false,
            timeout: None,
            memcheck: None,
            soak: None,
        }
    }

    /// Runs one sample of an arm, and records it.
    ///
    /// # Errors
    ///
    /// As for [`block`](Self::block).
    pub fn sample(
        &mut self,
        group: &Group,
        arm: &Arm,
        sample: &Sample,
    ) -> Result<Record, SessionError> {
        let workload = group.workload.name;
        let audit = sample.pass == Pass::Audit;
        if let Some(record) = self.finished(group, arm, sample) {
            return Ok(record);
        }
        let program = match self.subjects.of(&arm.choice) {
            Ok(program) => program,
            Err(words) => return self.not_built(group, arm, sample, words),
        };
        self.samples_taken += 1;
        let label = subjects::file_name(&arm.name);
        let name = format!("samples/{:05}-{workload}-{label}", self.samples_taken);
        let folder = self.writer.folder().join(&name);
        let exports = folder.join("export");
        let created = fs::create_dir_all(if sample.export { &exports } else { &folder });
        created.map_err(|source| SessionError::Folder { path: folder.clone(), source })?;
        // The subject runs elsewhere than here.
        let exports = std::path::absolute(&exports)
            .map_err(|source| SessionError::Folder { path: exports, source })?;

        let job = self.job(group, arm, sample, &exports);
        let limits = Limits {
            timeout: sample.timeout.unwrap_or(self.settings.timeout),
            memory: self.settings.memory_limit,
        };
        let begin = Instant::now();
        let load = Load::of(group.workload, job.scale, self.settings.client, limits.timeout);
        let wrapper = match &sample.memcheck {
            Some(memcheck) => memcheck
                .wrapper(&folder)
                .map_err(|source| SessionError::Folder { path: folder.clone(), source })?,
            None => Vec::new(),
        };
        let (role, folder_ref) = (arm.choice.role(&job), folder.as_path());
        let launch = Launch {
            program: &program,
            job: &job,
            role,
            folder: folder_ref,
            limits,
            load,
            wrapper: &wrapper,
        };
        let mut ran = launch.run(&mut |_| {});
        let found = match sample.memcheck.as_ref().map(|memcheck| memcheck.take_findings(&folder)) {
            Some(Ok(found)) => Some(found),
            Some(Err(error)) => {
                // Without its findings the sample is worth nothing; an earlier failure tells more.
                if let Verdict::Answered(_) = ran.verdict {
                    ran.verdict = Verdict::Failed(Failure::Garbled, error.to_string());
                }
                None
            }
            None => None,
        };

        if let (Verdict::Failed(_, reason), true) = (&mut ran.verdict, sample.export) {
            reason.push_str("; its own report was asked for");
        }
        let failed = matches!(ran.verdict, Verdict::Failed(..));
        process::tidy_logs(&folder, failed || audit);
        let findings = match &ran.verdict {
            Verdict::Answered(reply) => reply
                .export
                .as_ref()
                .map(|export| tracker_report::findings(export, &folder.join("export"))),
            _ => None,
        };
        if !audit {
            // Judged and measured; a hundred copies of it would fill the disk.
            let _ = fs::remove_dir_all(folder.join("export"));
        }
        // Only folders in which something is left stay; removing one that is not empty fails.
        let _ = fs::remove_dir(folder.join("export"));
        let kept = fs::remove_dir(&folder).is_err().then_some(name);
        if matches!(ran.verdict, Verdict::Interrupted) {
            let run = self.writer.folder().to_owned();
            return Err(SessionError::Interrupted(run));
        }
        let mut record = self.record(&job, arm, sample, ran, kept);
        record.export_findings = findings.unwrap_or_default();
        record.endurance.memcheck = found;
        record.sample_ns = nanoseconds(begin.elapsed());
        self.writer.write(&record)?;
        Ok(record)
    }

    fn job(&self, group: &Group, arm: &Arm, sample: &Sample, exports: &Path) -> Job {
        Job {
            workloads: vec![group.workload.name.to_owned(); sample.passes as usize],
            mode: arm.choice.mode_name().to_owned(),
            scale: sample.scale,
            seed: self.settings.seed,
            threads: sample.threads,
            pacing: self.settings.pacing,
            idle: arm.idle,
            leaks: sample.experiment == Some(Experiment::Leaks),
            artefacts: sample.export.then(|| exports.to_owned()),
            port: self.settings.port,
            farewell: sample.memcheck.is_some() || sample.experiment == Some(Experiment::Verify),
            soak_ms: sample.soak.map(|soak| u64::try_from(soak.as_millis()).unwrap_or(u64::MAX)),
            ..Job::new(group.workload.name, sample.pass)
        }
    }

    /// The sample of an arm that does not build. Written down once for each workload, in the audit: it
    /// would fail alike in every block.
    fn not_built(
        &mut self,
        group: &Group,
        arm: &Arm,
        sample: &Sample,
        words: String,
    ) -> Result<Record, SessionError> {
        let verdict = Verdict::Failed(Failure::Build, words);
        let ran = Ran {
            started_unix_ns: process::unix_ns(),
            took: Duration::ZERO,
            verdict,
            loaded: None,
            farewell: None,
        };
        let job = self.job(group, arm, sample, Path::new(""));
        let record = self.record(&job, arm, sample, ran, None);
        if sample.pass == Pass::Audit {
            self.writer.write(&record)?;
        }
        Ok(record)
    }

    fn record(
        &self,
        job: &Job,
        arm: &Arm,
        sample: &Sample,
        ran: Ran,
        artefacts: Option<String>,
    ) -> Record {
        let (outcome, reply) = match ran.verdict {
            Verdict::Answered(reply) => (Outcome::Completed, Some(*reply)),
            Verdict::Failed(failure, reason) => (Outcome::Failed { failure, reason }, None),
            Verdict::Interrupted => unreachable!("an interruption is not recorded"),
        };
        let endurance = Endurance {
            load: ran.loaded,
            served: reply.as_ref().and_then(|reply| reply.parts.first()?.served),
            farewell: ran.farewell,
            memcheck: None,
            soak: reply.as_ref().map(|reply| reply.soak.clone()).unwrap_or_default(),
        };
        let mut record = Record {
            schema: SCHEMA,
            run: self.run.clone(),
            block: sample.block,
            order: sample.order,
            warm_up: sample.warm_up,
            experiment: sample.experiment,
            idle: arm.idle,
            exported: sample.export,
            pass: sample.pass,
            workload: job.workloads[0].clone(),
            arm: arm.name.clone(),
            tracker: TrackerRef {
                name: arm.choice.entry.name.clone(),
                version: None,
                mode: job.mode.clone(),
            },
            scale: job.scale,
            threads: job.threads,
            seed: job.seed,
            pacing: job.pacing,
            started_unix_ns: ran.started_unix_ns,
            sample_ns: nanoseconds(ran.took),
            startup_ns: None,
            init_ns: None,
            readout_ns: None,
            debug_build: false,
            outcome,
            cost: None,
            work: None,
            truth: None,
            reported: None,
            own_heap: None,
            leaked: None,
            leaks: None,
            passes: Vec::new(),
            variables: Vec::new(),
            export: None,
            export_findings: Vec::new(),
            endurance,
            artefacts,
        };
        if let Some(reply) = reply {
            record.debug_build = reply.receipt.debug_build;
            record.tracker.version = Some(reply.receipt.version);
            // The clock may have been set back meanwhile.
            record.startup_ns = reply.main_unix_ns.checked_sub(ran.started_unix_ns);
            record.init_ns = Some(reply.init_ns);
            record.readout_ns = reply.readout_ns;
            record.truth = reply.truth;
            record.reported = reply.reported;
            record.own_heap = reply.own_heap;
            record.leaks = reply.leaks;
            record.export = reply.export;
            if reply.parts.len() > 1 {
                record.passes = pass_ends(&reply.parts);
            }
            // Of several passes, the first one's: it is the one like all other samples.
            if let Some(part) = reply.parts.into_iter().next() {
                record.cost = Some(part.cost);
                record.work = part.truth;
                record.leaked = part.leaked;
                record.variables = part.variables;
            }
        }
        record
    }
}

/// Which sample of an arm, and of what kind; see [`Record`].
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Sample {
    pub pass: Pass,
    pub block: u32,
    pub order: u32,
    pub warm_up: bool,
    pub experiment: Option<Experiment>,
    /// How often the workload runs in the process, at least once.
    pub passes: u32,
    pub threads: usize,
    pub scale: f64,
    /// Whether the tracker makes its own export. What it makes in a timed pass is judged and deleted.
    pub export: bool,
    /// `None` for the run's.
    pub timeout: Option<Duration>,
    /// Under which it runs.
    pub memcheck: Option<Memcheck>,
    /// For how long the workload is repeated in the process.
    pub soak: Option<Duration>,
}

/// How things stood after each pass but the last, whose resident set nobody reads.
fn pass_ends(parts: &[Part]) -> Vec<PassEnd> {
    parts
        .windows(2)
        .map(|pair| PassEnd {
            own_live_bytes: pair[0].own_live_bytes,
            resident_bytes: pair[1].cost.resident_before_bytes,
            allocations: pair[0].truth.as_ref().map(|truth| truth.heap.allocations),
        })
        .collect()
}

fn nanoseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
