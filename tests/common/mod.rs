//! What the end-to-end tests share: a folder of subjects with a fake among them, and sessions on it.

#![allow(dead_code)] // Each test file uses its share.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use memscope_bench::plan::catalog::{Catalog, Choice};
use memscope_bench::plan::settings::Settings;
use memscope_bench::run::memcheck::Memcheck;
use memscope_bench::run::{Group, Session, Subjects};
use protocol::workloads;
use tempfile::TempDir;

/// The folder of the package's programs in this build.
pub fn programs() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_memscope-bench"))
        .parent()
        .expect("a program is in a folder")
        .into()
}

/// Subjects for tests, and a place to record.
pub struct Fakes {
    folder: TempDir,
}

impl Fakes {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["subject-untracked", "subject-fake", "subject-liar"] {
            symlink(programs().join(name), folder.path().join(name)).expect("our own folder");
        }
        Self { folder }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A session that records below the folder, at a small scale and with tight limits.
    pub fn session(&self) -> Session {
        self.session_with(self.settings())
    }

    pub fn session_with(&self, settings: Settings) -> Session {
        Session::begin(settings, Subjects::in_folder(self.folder()), "a test".to_owned())
            .expect("our own folder can be written")
    }

    pub fn settings(&self) -> Settings {
        Settings {
            scale: 0.01,
            timeout: Duration::from_secs(3),
            memory_limit: 400 << 20,
            out: self.folder().join("out"),
            ..Settings::default()
        }
    }
}

/// The tracker `fake` in one of its modes.
pub fn fake(mode: &str) -> Choice {
    let text = format!(
        "[[tracker]]\nname = \"fake\"\ntitle = \"fake\"\nabout = \"misbehaves\"\n\
         [[tracker.mode]]\nname = \"{mode}\"\nabout = \"\"\n"
    );
    let catalog = Catalog::parse(&text).expect("a sound catalogue");
    catalog.choose(&"fake".parse().expect("a SPEC")).expect("it is in there")
}

/// The tracker `liar` in one of its modes.
pub fn liar(mode: &str) -> Choice {
    let text = format!(
        "[[tracker]]\nname = \"liar\"\ntitle = \"liar\"\nabout = \"is wrong\"\n\
         realloc = \"apart\"\ncounts = \"allocations\"\n\
         [[tracker.mode]]\nname = \"{mode}\"\nabout = \"\"\n"
    );
    let catalog = Catalog::parse(&text).expect("a sound catalogue");
    catalog.choose(&"liar".parse().expect("a SPEC")).expect("it is in there")
}

pub fn untracked() -> Choice {
    let catalog = Catalog::built_in().expect("the built-in catalogue is sound");
    catalog.choose(&"untracked".parse().expect("a SPEC")).expect("it is in there")
}

/// A group with the fake in a mode as its only tracker: untracked, its twin, fake.
pub fn fake_group(mode: &str) -> Group {
    let meta = workloads::find("fragmentation").expect("a phase");
    Group::new(meta, &untracked(), &[fake(mode)])
}

/// A group of a scenario with the fake in a mode as its only tracker.
pub fn fake_scenario(workload: &str, mode: &str) -> Group {
    let meta = workloads::find(workload).expect("a scenario");
    Group::new(meta, &untracked(), &[fake(mode)])
}

/// Memcheck, or `None` with a line that says what is skipped. Where tools are required it has to be there.
pub fn memcheck() -> Option<Memcheck> {
    match Memcheck::find() {
        Ok(memcheck) => Some(memcheck),
        Err(error) => {
            let required = std::env::var_os("MEMSCOPE_BENCH_REQUIRE_TOOLS").is_some();
            assert!(!required, "{error}");
            println!("skipped: {error}");
            None
        }
    }
}

/// Command lines of processes that run a program of this name from a folder.
pub fn processes_named(name: &str, folder: &Path) -> Vec<String> {
    let path = folder.join(name).display().to_string();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| fs::read(entry.path().join("cmdline")).ok())
        .map(|bytes| String::from_utf8_lossy(&bytes).replace('\0', " "))
        .filter(|line| line.starts_with(&path))
        .collect()
}

/// Whether a tool that `scripts/install-tools` installs is here. Where it has to be, as in CI, its absence is
/// a failure; elsewhere the test that asks says so and does nothing.
pub fn tool(name: &str) -> bool {
    let found = std::process::Command::new(name).arg("--version").output().is_ok();
    let required = std::env::var_os("MEMSCOPE_BENCH_REQUIRE_TOOLS").is_some();
    assert!(found || !required, "{name} is missing; scripts/install-tools installs it");
    if !found {
        println!("skipped: {name} is missing; scripts/install-tools installs it");
    }
    found
}

/// The program, with the subjects of this build: no cargo is run by tests.
pub fn memscope_bench(folder: &Path, arguments: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_memscope-bench"));
    let variable = memscope_bench::build::subjects::SUBJECTS_VARIABLE;
    command.current_dir(folder).args(arguments).env(variable, programs());
    command
}
