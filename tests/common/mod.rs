//! What the end-to-end tests share: a folder of subjects with a fake among them, runs on it, and the program
//! itself with the subjects of this build.

#![allow(dead_code)] // Each test file uses its share.

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use memscope_bench::build::subjects::{SUBJECTS_VARIABLE, Subjects};
use memscope_bench::plan::arm::{ArmId, Role};
use memscope_bench::plan::group::Group;
use memscope_bench::plan::procedure::{Procedure, SampleKind};
use memscope_bench::plan::procedures;
use memscope_bench::plan::settings::Settings;
use memscope_bench::record::{Record, Run, Slot};
use memscope_bench::run::Session;
use memscope_bench::run::engine::Engine;
use memscope_bench::run::wrap::{self, MEMCHECK};
use protocol::{Params, workloads};
use tempfile::TempDir;

/// The committed sites, below `target-reports`.
pub const SITES: [&str; 7] = [
    "sample",
    "sample/versions",
    "sample/scenarios",
    "sample/servers",
    "sample/growth",
    "sample/compare",
    "sample/slow",
];

/// The tracker whose place the fakes take: the catalogue knows it, and knows no modes of it, so that the modes
/// are the fake's own.
const REPLACED: &str = "counting";

/// The folder of this build's programs, with the subjects and the fakes, which are built first: cargo does not do it for
/// the tests of another package.
pub fn programs() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let folder = Path::new(env!("CARGO_BIN_EXE_memscope-bench")).parent().expect("a folder");
        let target = folder.parent().expect("cargo's target folder");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(env!("CARGO_MANIFEST_DIR")).args(["build", "--quiet", "--locked"]);
        cargo.args(["--package", "memscope-bench-programs", "--package", "memscope-bench-fakes"]);
        cargo.arg("--target-dir").arg(target);
        if folder.ends_with("release") {
            cargo.arg("--release");
        }
        assert!(cargo.status().expect("cargo runs").success(), "the subjects do not build");
        folder.to_owned()
    });
    built.clone()
}

/// Subjects for tests, a fake among them, and a place to record.
pub struct Fakes {
    folder: TempDir,
    /// Time limit of a sample.
    timeout: Duration,
}

impl Fakes {
    /// With the subject that fails in every way.
    pub fn failing() -> Self {
        Self::with("subject-fake", Duration::from_secs(3))
    }

    /// With the subject that is wrong in every way.
    pub fn lying() -> Self {
        Self::with("subject-liar", Duration::from_secs(60))
    }

    fn with(program: &str, timeout: Duration) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let link = |program: &str, name: &str| {
            symlink(programs().join(program), folder.path().join(name)).expect("our own folder");
        };
        link("subject-untracked", "subject-untracked");
        link(program, &format!("subject-{REPLACED}"));
        Self { folder, timeout }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The fake's program.
    pub fn program(&self) -> PathBuf {
        self.folder().join(format!("subject-{REPLACED}"))
    }

    pub fn subjects(&self) -> Subjects {
        Subjects::in_folder(self.folder())
    }

    /// A run that records below the folder, with tight limits.
    pub fn engine(&self) -> Engine<Session> {
        self.engine_with(self.settings())
    }

    pub fn engine_with(&self, settings: Settings) -> Engine<Session> {
        self.begin(settings, &procedures::measure(Vec::new()))
    }

    /// A run of these subjects that records below the folder.
    pub fn engine_of(&self, subjects: Subjects) -> Engine<Session> {
        let settings = Settings { timeout: Duration::from_secs(30), ..self.settings() };
        let procedure = procedures::measure(Vec::new());
        let session = Session::begin(settings, &procedure, subjects, "a test".to_owned());
        Engine::new(session.expect("our own folder can be written"), 1, None, Vec::new())
    }

    /// A run of a procedure.
    pub fn begin(&self, settings: Settings, procedure: &Procedure) -> Engine<Session> {
        let seed = settings.params.seed;
        let sampling = settings.sampling;
        let session = Session::begin(settings, procedure, self.subjects(), "a test".to_owned())
            .expect("our own folder can be written");
        Engine::new(session, seed, sampling, Vec::new())
    }

    pub fn settings(&self) -> Settings {
        Settings {
            params: small(),
            timeout: self.timeout,
            memory_limit: 400 << 20,
            out: self.folder().join("out"),
            ..Settings::default()
        }
    }
}

/// A hundredth of the originals' sizes.
pub fn small() -> Params {
    Params { scale: 0.01, threads: 2, ..Params::default() }
}

/// An arm by its name.
pub fn arm(name: &str) -> ArmId {
    let (tracker, mode) = name.split_once('/').map_or((name, None), |(a, b)| (a, Some(b)));
    let (tracker, mode) = (tracker.to_owned(), mode.map(str::to_owned));
    ArmId { tracker, version: None, mode, role: Role::Tracked }
}

/// The fake in one of its modes.
pub fn fake(mode: &str) -> ArmId {
    ArmId {
        tracker: REPLACED.to_owned(),
        version: None,
        mode: Some(mode.to_owned()),
        role: Role::Tracked,
    }
}

/// A small group with the fake in a mode as its only tracker: untracked, its twin, fake.
pub fn fake_group(workload: &str, mode: &str) -> Group {
    group(workload, &[fake(mode)])
}

/// A small group with these trackers.
pub fn group(workload: &str, trackers: &[ArmId]) -> Group {
    let facts = workloads::find(workload).expect("a workload");
    Group::new(facts, small(), trackers)
}

/// The runs of a committed site, by its folder below `target-reports`.
pub fn committed_runs(site: &str) -> Vec<Run> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("target-reports").join(site).join("data");
    let folders = fs::read_dir(&data).expect("a committed site has its data").flatten();
    let mut folders: Vec<_> = folders.map(|entry| entry.path()).collect();
    folders.sort();
    assert!(!folders.is_empty(), "{data:?} holds no run");
    folders.iter().map(|folder| Run::load(folder).expect("it can be read")).collect()
}

/// One sample of an arm, by its place in the group.
pub fn sample(
    engine: &mut Engine<Session>,
    group: &Group,
    arm: usize,
    kind: &SampleKind,
) -> Record {
    let taken = engine.sample(group, &group.arms[arm], kind, Slot::default());
    taken.expect("it can be recorded")
}

/// Says that a test, or part of it, did nothing, and why. Where tools are required, as in CI, it fails instead.
pub fn skipped(reason: &str) {
    let required = std::env::var_os("MEMSCOPE_BENCH_REQUIRE_TOOLS").is_some_and(|set| set == "1");
    assert!(!required, "{reason}; scripts/install-tools installs it");
    // Past the capture of libtest, which knows no skipping: whoever runs the tests is to see it.
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    // If even that cannot be written, nobody can be told.
    let _ = writeln!(std::io::stderr(), "{test}: skipped: {reason}");
}

/// Whether Valgrind is here. Without it the test that asks says so and does nothing; where tools are required it
/// fails.
pub fn has_valgrind() -> bool {
    let found = wrap::find(MEMCHECK).is_ok();
    if !found {
        skipped("Valgrind is not installed");
    }
    found
}

/// Waits until something has happened, two minutes at most.
pub fn wait_for(happened: impl Fn() -> bool) {
    let begin = Instant::now();
    while !happened() {
        assert!(begin.elapsed() < Duration::from_secs(120), "it did not happen in two minutes");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Whether a program is on the PATH.
pub fn has_program(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

/// Whether a wrapped tool is here, by its launcher's name. As [`has_valgrind`].
pub fn has_tool(launcher: &str) -> bool {
    match wrap::find(launcher) {
        Ok(_) => true,
        Err(error) => {
            skipped(&error.to_string());
            false
        }
    }
}

/// Command lines of processes that run this program.
pub fn processes_of(program: &Path) -> Vec<String> {
    let path = program.display().to_string();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| fs::read(entry.path().join("cmdline")).ok())
        .map(|bytes| String::from_utf8_lossy(&bytes).replace('\0', " "))
        .filter(|line| line.starts_with(&path))
        .collect()
}

/// The program, with the subjects of this build: no cargo is run by tests.
pub fn memscope_bench(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_memscope-bench"));
    command.current_dir(folder).args(arguments).env(SUBJECTS_VARIABLE, programs());
    command
}

/// Its output.
pub fn run(folder: &Path, arguments: &[&str]) -> std::process::Output {
    memscope_bench(folder, arguments).output().expect("our own program")
}

/// What a program printed.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What it said on standard error.
pub fn errors(output: &std::process::Output) -> String {
    text(&output.stderr)
}

/// The newest run below a folder in which the program ran.
pub fn newest_run(folder: &Path) -> Run {
    let newest = Run::newest(&folder.join("target-reports")).expect("a run was recorded");
    Run::load(&newest).expect("it can be read")
}
