//! The program that is compared with itself, with and without work planted in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use memscope_bench::build::choice::choose;
use memscope_bench::build::planted::{self, PLANTED_VARIABLE};
use memscope_bench::build::subjects::Subjects;
use memscope_bench::plan::catalog::Catalog;
use protocol::{AllocatorRole, Job, Params, Pass, ROLE_VARIABLE};
use serde::{Deserialize, Serialize};

use crate::Failed;

/// The mode of the tracker: what its documentation shows first.
const MODE: &str = "full";

/// A command, and what it finds in its environment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Program {
    path: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

impl Program {
    /// The tracker on a workload at a scale, without work.
    ///
    /// # Errors
    ///
    /// If it cannot be built.
    pub fn new(workload: &str, scale: f64) -> Result<Self, Failed> {
        let folder = planted::copy()?;
        let spec = format!("{}@path:{}/{MODE}", planted::TRACKER, folder.display());
        let choices = choose(&[spec.parse()?], &Catalog::built_in()?)?;
        let subjects = Subjects::prepare(&choices, &mut |_, _| {})?;
        let arm = &choices.first().ok_or("the tracker has no such mode")?.arm;
        let params = Params { scale, ..Params::default() };
        let job = Job {
            params,
            mode: MODE.to_owned(),
            unread: true,
            ..Job::new(workload, Pass::Timed)
        };
        Ok(Self {
            path: subjects.of(arm)?,
            arguments: vec!["--job".to_owned(), serde_json::to_string(&job)?],
            environment: vec![(
                ROLE_VARIABLE.to_owned(),
                AllocatorRole::default().to_variable().to_owned(),
            )],
        })
    }

    /// The same with so many steps of work for every allocation.
    #[must_use]
    pub fn with(mut self, steps: u32) -> Self {
        self.environment.push((PLANTED_VARIABLE.to_owned(), steps.to_string()));
        self
    }

    /// Runs it once.
    ///
    /// # Panics
    ///
    /// If it fails: a tool that times it has no way to say so.
    pub fn run(&self) {
        let mut command = Command::new(&self.path);
        command.args(&self.arguments).envs(self.environment.iter().cloned());
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
        assert!(status.is_ok_and(|status| status.success()), "{self:?} failed");
    }

    /// As a line for a shell.
    pub fn line(&self) -> String {
        let set = self.environment.iter().map(|(name, value)| format!("{name}={value}"));
        let words = std::iter::once("env".to_owned())
            .chain(set)
            .chain([self.path.display().to_string()])
            .chain(self.arguments.iter().cloned());
        shell_words::join(words)
    }

    /// Keeps it in a file.
    ///
    /// # Errors
    ///
    /// If that cannot be written.
    pub fn save(&self, file: &Path) -> Result<(), Failed> {
        Ok(std::fs::write(file, serde_json::to_string(self)?)?)
    }

    /// Reads it from a file.
    ///
    /// # Errors
    ///
    /// If that cannot be read.
    pub fn load(file: &Path) -> Result<Self, Failed> {
        Ok(serde_json::from_slice(&std::fs::read(file)?)?)
    }
}
