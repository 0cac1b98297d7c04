//! Where the subject programs are, and building them when they are missing or stale.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use protocol::Identity;

use super::choice::Choice;
use super::link::LinkError;
use super::source::PROGRAMS;
use super::{
    BuildError, Builder, Built, Place, VersionError, cargo, outcome, source_folder, target_folder,
};
use crate::common::machine::git_revision;
use crate::plan::arm::{ArmId, Role, UNTRACKED};
use crate::plan::catalog::CatalogError;

/// Names a folder of subjects that are to be used as they are, without asking cargo: for packages that
/// ship them, and for tests.
pub const SUBJECTS_VARIABLE: &str = "MEMSCOPE_BENCH_SUBJECTS";

/// The folder in which the built-in subjects are, and what became of other versions.
#[derive(Clone, Debug)]
pub struct Subjects {
    folder: PathBuf,
    /// By the name of [`ArmId::program`].
    pub(super) versions: BTreeMap<String, SubjectVersion>,
    /// Trackers that are a launcher in front of the untracked program.
    pub(super) wrapped: Vec<String>,
    /// Where a workload of the reader's own is in every program: by the name of [`ArmId::program`], the program, or why it
    /// does not build.
    pub(super) own: BTreeMap<String, Result<PathBuf, String>>,
    /// Programs in several link orders: by the name of [`ArmId::program`], and whether it is the control's.
    pub(super) links: BTreeMap<(String, bool), Vec<PathBuf>>,
}

/// A version of a tracker that is not built in.
#[derive(Clone, Debug)]
pub struct SubjectVersion {
    /// What was chosen.
    pub choice: Choice,
    /// The git commit it was built from, with `-dirty` for a folder with uncommitted changes.
    pub commit: Option<String>,
    /// The program, or why it does not build.
    pub built: Result<Built, String>,
}

/// Why a subject cannot be had.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum SubjectsError {
    #[error(
        "cargo could not be run to build the subjects ({0}); is the Rust toolchain on the PATH?"
    )]
    NoCargo(std::io::Error),
    #[error("the subjects did not build; cargo's words are above")]
    Build,
    #[error("{0} is missing; {SUBJECTS_VARIABLE} names a folder of finished subjects")]
    Missing(PathBuf),
    #[error("interrupted while building; the next run goes on from there")]
    Interrupted,
    #[error(transparent)]
    Version(#[from] VersionError),
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

/// The name of a tracker's program.
pub fn program_name(tracker: &str) -> String {
    format!("subject-{tracker}{}", std::env::consts::EXE_SUFFIX)
}

impl From<BuildError> for SubjectsError {
    fn from(error: BuildError) -> Self {
        match error {
            BuildError::Interrupted => Self::Interrupted,
            BuildError::Harness(error) => error.into(),
            // Where it is no result: see [`outcome`].
            BuildError::Failed(_) => Self::Build,
        }
    }
}

impl Subjects {
    /// Subjects that are known to be built, in one folder.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        Self {
            folder,
            versions: BTreeMap::new(),
            wrapped: Vec::new(),
            own: BTreeMap::new(),
            links: BTreeMap::new(),
        }
    }

    /// The subjects of these choices: the built-in ones as [`find_or_build`](Self::find_or_build) has
    /// them, and other versions, built unless they are finished already. A version that does not build is
    /// no error: its samples are recorded as failed. `progress` is told what is being built, how many
    /// are, and what is being compiled.
    ///
    /// # Errors
    ///
    /// As [`find_or_build`](Self::find_or_build); and if versions cannot be built here at all.
    pub fn prepare(
        choices: &[Choice],
        progress: &mut dyn FnMut(f64, &str),
    ) -> Result<Self, SubjectsError> {
        let built_in = choices.iter().filter(|choice| choice.source.is_none());
        let linked = built_in.filter(|choice| !choice.entry.is_wrapped());
        let mut names = vec![UNTRACKED];
        for choice in linked {
            if !names.contains(&choice.entry.name.as_str()) {
                names.push(&choice.entry.name);
            }
        }
        Self::find_or_build(&names)?.with_versions(choices, progress)
    }

    /// These subjects, and the choices' other versions; see [`prepare`](Self::prepare).
    ///
    /// # Errors
    ///
    /// If versions cannot be built here at all.
    pub fn with_versions(
        mut self,
        choices: &[Choice],
        progress: &mut dyn FnMut(f64, &str),
    ) -> Result<Self, SubjectsError> {
        let wrapped = choices.iter().filter(|choice| choice.entry.is_wrapped());
        self.wrapped = wrapped.map(|choice| choice.entry.name.clone()).collect();
        let others: BTreeMap<String, &Choice> = choices
            .iter()
            .filter(|choice| choice.source.is_some())
            .map(|choice| (choice.arm.program(), choice))
            .collect();
        let all = others.len() as f64;
        for (index, (name, choice)) in others.into_iter().enumerate() {
            let done = index as f64 / all;
            let mut tell = |what: &str| progress(done, &format!("{name}: {what}"));
            let version = build_version(choice, &mut tell)?;
            self.versions.insert(name, version);
        }
        Ok(self)
    }

    /// The program of an arm, or why it does not build.
    ///
    /// # Errors
    ///
    /// The compiler's words.
    pub fn of(&self, arm: &ArmId) -> Result<PathBuf, String> {
        if !self.own.is_empty() {
            let name = if self.wrapped.contains(&arm.tracker) { UNTRACKED } else { &arm.program() };
            let own = self.own.get(name).cloned();
            return own.unwrap_or_else(|| Err("it was not built".to_owned()));
        }
        if self.wrapped.contains(&arm.tracker) {
            return Ok(self.program(UNTRACKED));
        }
        if arm.version.is_none() {
            return Ok(self.program(&arm.tracker));
        }
        match self.versions.get(&arm.program()) {
            Some(version) => {
                version.built.as_ref().map(|built| built.program.clone()).map_err(Clone::clone)
            }
            None => Err("it was not built".to_owned()),
        }
    }

    /// The program of an arm in a link order, or as it was built; or why it does not build.
    ///
    /// # Errors
    ///
    /// The compiler's words.
    pub fn in_order(&self, arm: &ArmId, link: Option<u32>) -> Result<PathBuf, String> {
        let program = self.of(arm)?;
        let Some(order) = link else { return Ok(program) };
        let linked = self.links.get(&(arm.program(), arm.role == Role::Twin));
        let linked = linked.and_then(|orders| orders.get(order as usize)).cloned();
        linked.ok_or_else(|| format!("it was not linked in order {order}"))
    }

    /// The versions that are not built in.
    pub fn versions(&self) -> impl Iterator<Item = &SubjectVersion> {
        self.versions.values()
    }

    /// Finds the subjects of these trackers, building them first where the source is at hand: cargo
    /// knows best what is stale. Always with the release profile, whatever the harness was built with.
    ///
    /// # Errors
    ///
    /// If there is no source that they are built from, or cargo fails, or a program is missing.
    pub fn find_or_build(trackers: &[&str]) -> Result<Self, SubjectsError> {
        let subjects = match std::env::var_os(SUBJECTS_VARIABLE) {
            Some(folder) => Self::in_folder(folder),
            None => Self::in_folder(build(&source_folder()?, trackers)?),
        };
        match trackers.iter().map(|tracker| subjects.program(tracker)).find(|path| !path.is_file())
        {
            Some(missing) => Err(SubjectsError::Missing(missing)),
            None => Ok(subjects),
        }
    }

    /// Subjects as they are, built or not.
    ///
    /// # Errors
    ///
    /// If there is no source that they would be built from.
    pub fn as_they_are() -> Result<Self, SubjectsError> {
        Ok(match std::env::var_os(SUBJECTS_VARIABLE) {
            Some(folder) => Self::in_folder(folder),
            None => Self::in_folder(target_folder(&source_folder()?).join("release")),
        })
    }

    /// All programs of the built-in subjects, those for judging the instrument among them.
    ///
    /// # Errors
    ///
    /// If there is no source that they are built from, or cargo fails.
    pub fn all() -> Result<Self, SubjectsError> {
        Ok(Self::in_folder(build(&source_folder()?, &[])?))
    }

    /// The folder of the built-in ones.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The program of a tracker.
    pub fn program(&self, tracker: &str) -> PathBuf {
        self.folder.join(program_name(tracker))
    }

    /// What a tracker's program says it is: proof that it runs. `None` if it does not.
    pub fn identity(&self, tracker: &str) -> Option<Identity> {
        let output = Command::new(self.program(tracker)).arg("--identity").output().ok()?;
        // A tracker may print lines of its own before.
        String::from_utf8(output.stdout)
            .ok()?
            .lines()
            .rev()
            .find_map(|line| serde_json::from_str(line).ok())
    }
}

fn build_version(
    choice: &Choice,
    progress: &mut dyn FnMut(&str),
) -> Result<SubjectVersion, SubjectsError> {
    let root = source_folder()?;
    // Only versions come here.
    let Some(source) = &choice.source else { return Err(SubjectsError::Build) };
    let built = outcome(Builder::new(&root).build(&choice.entry, source, progress))?;
    let commit = match &source.place {
        Place::Commit(_, commit) => Some(commit.clone()),
        Place::Folder(folder) => git_revision(folder),
        Place::Registry | Place::Ours => None,
    };
    Ok(SubjectVersion { choice: choice.clone(), commit, built })
}

/// The folder of the programs of some trackers, or of all, built with the release profile.
pub(super) fn build(source: &Path, trackers: &[&str]) -> Result<PathBuf, SubjectsError> {
    let mut command = cargo();
    command.current_dir(source).args(["build", "--release", "--package", PROGRAMS.0]);
    command.arg("--message-format=json-render-diagnostics");
    for tracker in trackers {
        command.arg("--bin").arg(format!("subject-{tracker}"));
    }
    // Progress goes to standard error as always; standard output tells where the programs are.
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(SubjectsError::NoCargo)?;
    if !output.status.success() {
        return Err(SubjectsError::Build);
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let program = messages.lines().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        message.get("executable")?.as_str().map(PathBuf::from)
    });
    let folder = program.as_deref().and_then(Path::parent).map(Path::to_owned);
    Ok(folder.unwrap_or_else(|| target_folder(source).join("release")))
}
