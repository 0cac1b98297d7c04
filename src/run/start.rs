//! From settings and a plan to a run that can be carried out: trackers chosen, subjects found or built, the
//! run's folder made; or an interrupted run taken up again.

use std::path::Path;
use std::time::Duration;

use protocol::Params;

use super::engine::{Engine, Progress};
use super::error::RunError;
use super::neighbours::Neighbours;
use super::session::Session;
use crate::build::choice::{Choice, ChoiceError, choose, choose_again};
use crate::build::subjects::{Subjects, SubjectsError};
use crate::common::interrupt;
use crate::plan::arm::ArmId;
use crate::plan::catalog::CatalogError;
use crate::plan::own_workload::OwnWorkload;
use crate::plan::procedure::{Procedure, Verb};
use crate::plan::settings::{Settings, SettingsError};
use crate::plan::spec::{NotASpec, Spec};
use crate::record::environment::SettingsRecord;
use crate::record::{RecordsError, Run, Writer};

/// Why a run cannot be begun, or taken up again.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum StartError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Spec(#[from] NotASpec),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    #[error(transparent)]
    Subjects(#[from] SubjectsError),
    #[error(transparent)]
    Session(#[from] RunError),
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error("{0}: recorded without what was to be measured, by an earlier memscope-bench")]
    NoProcedure(String),
    #[error(
        "{folder} is a run of `{began}`: go on with it by `memscope-bench {with} --resume {folder}`"
    )]
    OtherVerb { folder: String, began: &'static str, with: &'static str },
    #[error("nothing is left to do for this share")]
    Nothing,
}

/// A run that is ready to be carried out.
#[derive(Debug)]
pub struct Started {
    /// Takes its samples.
    pub engine: Engine<Session>,
    /// What is to be run.
    pub procedure: Procedure,
}

impl Started {
    /// Carries it out; gives what was recorded.
    ///
    /// # Errors
    ///
    /// If records cannot be written or read, or the user interrupts.
    pub fn carry_out(mut self, progress: &mut dyn Progress) -> Result<Run, RunError> {
        let neighbours = Neighbours::start(self.procedure.neighbours);
        self.engine.carry_out(&self.procedure, progress)?;
        drop(neighbours);
        Ok(Run::load(self.engine.executor.folder())?)
    }
}

/// The trackers that the settings name, as arms, with what is to be built for each.
#[derive(Clone, Debug)]
pub struct Trackers {
    choices: Vec<Choice>,
    /// A workload of the reader's own, that every program is built with.
    own_workload: Option<OwnWorkload>,
}

impl Trackers {
    /// Finds what the settings name.
    ///
    /// # Errors
    ///
    /// A SPEC that names nothing, or whose versions cannot be had.
    pub fn of(settings: &Settings) -> Result<Self, StartError> {
        settings.check()?;
        let choices = choose(&settings.trackers, &settings.catalog()?)?;
        Ok(Self { choices, own_workload: settings.own_workload.clone() })
    }

    /// Them as arms.
    pub fn arms(&self) -> Vec<ArmId> {
        self.choices.iter().map(|choice| choice.arm.clone()).collect()
    }

    /// What a user has to know of how they were found, and of whose code is going to run.
    pub fn notes(&self) -> Vec<String> {
        let sources = self.choices.iter().filter_map(|choice| choice.source.as_ref());
        let mut notes: Vec<String> = sources.filter_map(|source| source.note.clone()).collect();
        notes.dedup();
        notes.extend(self.foreign());
        notes
    }

    /// That code is built and run which came from neither the registry nor us.
    fn foreign(&self) -> Option<String> {
        let name = |choice: &Choice| {
            let source = choice.source.as_ref()?;
            source.is_foreign().then(|| format!("{}@{}", choice.arm.tracker, source.spec))
        };
        let mut names: Vec<String> = self.choices.iter().filter_map(name).collect();
        names.dedup();
        names.extend(self.own_workload.iter().map(|own| own.name.clone()));
        (!names.is_empty()).then(|| {
            let names = names.join(", ");
            format!(
                "builds and runs {names} as you, unconfined, build scripts included: SECURITY.md"
            )
        })
    }

    /// Builds those that are not built, and gives the compiler's words of those that do not build: for whoever
    /// wants to know before a run begins.
    ///
    /// # Errors
    ///
    /// If versions cannot be built here at all.
    pub fn broken(
        &self,
        procedure: &Procedure,
        progress: &mut dyn Progress,
    ) -> Result<Vec<(ArmId, String)>, StartError> {
        interrupt::listen();
        let subjects = self.subjects(procedure, progress)?;
        let words = |arm: ArmId| subjects.of(&arm).err().map(|words| (arm, words));
        Ok(self.arms().into_iter().filter_map(words).collect())
    }

    /// Builds their subjects, or finds them built.
    fn subjects(
        &self,
        procedure: &Procedure,
        progress: &mut dyn Progress,
    ) -> Result<Subjects, StartError> {
        // A share of a run needs no more than its own.
        let arms = procedure.arms();
        let needed = self.choices.iter().filter(|choice| arms.contains(&choice.arm));
        let needed: Vec<Choice> = needed.cloned().collect();
        let subjects = in_stage("build", progress, |progress| match &self.own_workload {
            Some(own) => Subjects::with_workload(&needed, own, progress),
            None => Subjects::prepare(&needed, progress),
        })?;
        let Some(orders) = procedure.links() else { return Ok(subjects) };
        let linked = in_stage("link", progress, |progress| {
            subjects.relinked(&arms, &needed, orders, progress)
        });
        Ok(linked?)
    }
}

/// Does what may take a while, as a stage of the progress from the moment on in which there is something to do.
fn in_stage<T>(
    title: &str,
    progress: &mut dyn Progress,
    work: impl FnOnce(&mut dyn FnMut(f64, &str)) -> T,
) -> T {
    let mut begun = false;
    let done = work(&mut |done, what| {
        if !begun {
            progress.begin(title);
            begun = true;
        }
        progress.tell(done, what);
    });
    if begun {
        progress.end();
    }
    done
}

/// Begins a run of a procedure.
///
/// # Errors
///
/// If subjects cannot be had, or the run's folder cannot be written.
pub fn begin(
    settings: Settings,
    trackers: &Trackers,
    procedure: Procedure,
    command: String,
    progress: &mut dyn Progress,
) -> Result<Started, StartError> {
    if procedure.groups.is_empty() {
        return Err(StartError::Nothing);
    }
    interrupt::listen();
    let subjects = trackers.subjects(&procedure, progress)?;
    let (seed, sampling) = (settings.params.seed, settings.sampling);
    let session = Session::begin(settings, &procedure, subjects, command)?;
    Ok(Started { engine: Engine::new(session, seed, sampling, Vec::new()), procedure })
}

/// Takes up an interrupted run of a verb: what it has recorded is not run again.
///
/// # Errors
///
/// If there is no such run, it is of another verb, or it was begun on another machine or with another
/// compiler.
pub fn resume(
    folder: &Path,
    verb: Verb,
    progress: &mut dyn Progress,
) -> Result<Started, StartError> {
    let Run { environment, notes, .. } = Run::load(folder)?;
    let told = || folder.display().to_string();
    let procedure = environment.procedure.ok_or_else(|| StartError::NoProcedure(told()))?;
    if procedure.verb.resumed_by() != verb.resumed_by() {
        let (began, with) = (procedure.verb.resumed_by(), procedure.verb.resumed_with());
        return Err(StartError::OtherVerb { folder: told(), began, with });
    }
    // From here on nobody else adds to it; what was added since is read, too.
    let writer = Writer::append(folder)?;
    let run = Run::load(folder)?;
    let settings = recorded_settings(&run.environment.settings)?;
    settings.check()?;
    let choices = choose_again(&procedure.arms(), &settings.catalog()?)?;
    interrupt::listen();
    let trackers = Trackers { choices, own_workload: settings.own_workload.clone() };
    // Before anything of it is built.
    [notes, trackers.notes()].concat().iter().for_each(|note| progress.note(note));
    let subjects = trackers.subjects(&procedure, progress)?;
    let (seed, sampling) = (settings.params.seed, settings.sampling);
    let session = Session::resume(&run, writer, settings, &procedure, subjects)?;
    Ok(Started { engine: Engine::new(session, seed, sampling, run.records), procedure })
}

/// The settings of a recorded run, but for the folder of reports.
///
/// # Errors
///
/// A tracker that is no SPEC.
pub fn recorded_settings(record: &SettingsRecord) -> Result<Settings, StartError> {
    let trackers = record.trackers.iter().map(|spec| spec.parse::<Spec>());
    Ok(Settings {
        workloads: record.workloads.clone(),
        trackers: trackers.collect::<Result<_, _>>()?,
        own_trackers: record.own_trackers.clone(),
        own_workload: record.own_workload.clone(),
        params: Params { ..record.params },
        scenario_scale: 1.0,
        sampling: record.sampling(),
        timeout: Duration::try_from_secs_f64(record.timeout_s).unwrap_or(Duration::MAX),
        memory_limit: record.memory_limit_bytes,
        client: record.client,
        port: record.port,
        ..Settings::default()
    })
}
