//! Where the subject programs are, and building them when they are missing or stale.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use subject::protocol::Receipt;

/// Names a folder of subjects that are to be used as they are, without asking cargo: for packages that
/// ship them, and for tests.
pub const SUBJECTS_VARIABLE: &str = "MEMSCOPE_BENCH_SUBJECTS";

/// The folder in which subjects are.
#[derive(Clone, Debug)]
pub struct Subjects {
    folder: PathBuf,
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
    #[error(
        "{0} is missing; install memscope-bench with all its programs, or run it from its source"
    )]
    Missing(PathBuf),
    #[error("the program's own place is unknown: {0}")]
    NoPlace(std::io::Error),
}

/// The name of a tracker's program.
pub fn program_name(tracker: &str) -> String {
    format!("subject-{tracker}{}", std::env::consts::EXE_SUFFIX)
}

impl Subjects {
    /// Subjects that are known to be built, in one folder.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Finds the subjects of these trackers, building them first where the source is at hand: cargo
    /// knows best what is stale. Always with the release profile, whatever the harness was built with.
    ///
    /// # Errors
    ///
    /// If there is no source and a program is missing, or cargo fails.
    pub fn find_or_build(trackers: &[&str]) -> Result<Self, SubjectsError> {
        let subjects = match (std::env::var_os(SUBJECTS_VARIABLE), source_folder()) {
            (Some(folder), _) => Self::in_folder(folder),
            (None, Some(source)) => Self { folder: build(&source, trackers)? },
            (None, None) => Self::beside_this_program()?,
        };
        match trackers.iter().map(|tracker| subjects.program(tracker)).find(|path| !path.is_file())
        {
            Some(missing) => Err(SubjectsError::Missing(missing)),
            None => Ok(subjects),
        }
    }

    /// Subjects as they are, built or not: in the folder of the running program, where cargo puts them
    /// all.
    ///
    /// # Errors
    ///
    /// If the system does not tell where the running program is.
    pub fn beside_this_program() -> Result<Self, SubjectsError> {
        let myself = std::env::current_exe().map_err(SubjectsError::NoPlace)?;
        Ok(Self::in_folder(myself.parent().unwrap_or(Path::new("."))))
    }

    /// The program of a tracker.
    pub fn program(&self, tracker: &str) -> PathBuf {
        self.folder.join(program_name(tracker))
    }

    /// What a tracker's program says it is: proof that it runs. `None` if it does not.
    pub fn receipt(&self, tracker: &str) -> Option<Receipt> {
        let output = Command::new(self.program(tracker)).arg("--receipt").output().ok()?;
        // A tracker may print lines of its own before.
        String::from_utf8(output.stdout)
            .ok()?
            .lines()
            .rev()
            .find_map(|line| serde_json::from_str(line).ok())
    }
}

/// The root of the source that this program was built from, if it is still there.
pub fn source_folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    // Another crate's registry copy has no lock file of ours and cannot be built in.
    (folder.join("Cargo.lock").is_file() && folder.join("trackers.toml").is_file())
        .then_some(folder)
}

fn build(source: &Path, trackers: &[&str]) -> Result<PathBuf, SubjectsError> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(source).args([
        "build",
        "--release",
        "--message-format=json-render-diagnostics",
    ]);
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
    Ok(folder.unwrap_or_else(|| source.join("target/release")))
}

/// The newest version of a package in the registry, as cargo tells. `None` without a network.
pub fn newest_published(package: &str) -> Option<String> {
    let output = Command::new("cargo")
        // Outside any project: inside, cargo speaks of the version that is locked there.
        .current_dir(std::env::temp_dir())
        .args(["info", "--color", "never", "--quiet", package])
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("version: "))?;
    line.split_whitespace().next().map(str::to_owned)
}
