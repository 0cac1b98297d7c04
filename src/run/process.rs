//! One subject process: started, given its job, watched, stopped if it must be, and classified.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use subject::ground_truth::Role;
use subject::protocol::{Farewell, Job, ROLE_VARIABLE, Reply};

use super::load::{Load, Loaded, descriptors};
use super::watch::Watch;
use crate::record::Failure;

/// How long a subject may take to exit once it has answered.
pub(super) const EXIT_WITHIN: Duration = Duration::from_secs(10);

/// The names of a sample's logs.
pub(super) const LOGS: [&str; 2] = ["stdout.log", "stderr.log"];

/// What a subject may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Wall time.
    pub timeout: Duration,
    /// Resident set, in bytes.
    pub memory: u64,
}

/// What became of a subject.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It answered, and exited as it should.
    Answered(Box<Reply>),
    /// It did not.
    Failed(Failure, String),
    /// The user asked to end while it ran; there is nothing to record.
    Interrupted,
}

/// A subject to be run.
#[derive(Clone, Copy, Debug)]
pub struct Launch<'a> {
    /// The program.
    pub program: &'a Path,
    /// Its job.
    pub job: &'a Job,
    /// What its allocator wrapper is to do.
    pub role: Role,
    /// Where it runs; it exists, and gets the logs.
    pub folder: &'a Path,
    /// What it may use.
    pub limits: Limits,
    /// What is done to its server, if the job has one.
    pub load: Option<Load>,
    /// A program to run it under, with arguments: Valgrind. Empty for none.
    pub wrapper: &'a [OsString],
}

/// A subject's run.
#[derive(Clone, Debug)]
pub struct Ran {
    /// When it was started, in nanoseconds since the Unix epoch.
    pub started_unix_ns: u64,
    /// From before the start to after the end.
    pub took: Duration,
    /// What became of it.
    pub verdict: Verdict,
    /// What the load on its server did.
    pub loaded: Option<Loaded>,
    /// Its last word, if the job asked for it.
    pub farewell: Option<Farewell>,
}

/// Starts `program` in `folder` (which exists, and gets its logs), gives it the job, and waits. Lines of
/// progress are passed on as they come.
pub fn run(
    program: &Path,
    job: &Job,
    role: Role,
    folder: &Path,
    limits: Limits,
    progress: &mut dyn FnMut(&str),
) -> Ran {
    Launch { program, job, role, folder, limits, load: None, wrapper: &[] }.run(progress)
}

impl Launch<'_> {
    /// Starts the subject, gives it its job, makes the load on its server, and waits for its end.
    pub fn run(&self, progress: &mut dyn FnMut(&str)) -> Ran {
        let begin = Instant::now();
        let started_unix_ns = unix_ns();
        let (mut loaded, mut farewell) = (None, None);
        let verdict = match self.start() {
            Err(error) => {
                Verdict::Failed(Failure::Spawn, format!("{}: {error}", self.program.display()))
            }
            Ok((child, channel)) => {
                let mut watch = Watch::new(self, child, channel, begin);
                let verdict = watch.until_the_end(progress);
                (loaded, farewell) = watch.told();
                verdict
            }
        };
        Ran { started_unix_ns, took: begin.elapsed(), verdict, loaded, farewell }
    }

    fn start(&self) -> io::Result<(Child, UnixStream)> {
        if let Some(load) = self.load {
            descriptors::make_room(load.concurrent).map_err(io::Error::other)?;
        }
        let (ours, theirs) = UnixStream::pair()?;
        let [stdout, stderr] = LOGS.map(|name| File::create(self.folder.join(name)));
        let mut command = match self.wrapper {
            [] => Command::new(self.program),
            [wrapper, arguments @ ..] => {
                let mut command = Command::new(wrapper);
                command.args(arguments).arg(self.program);
                command
            }
        };
        let child = command
            .env(ROLE_VARIABLE, self.role.to_variable())
            // Trackers may write files where they stand.
            .current_dir(self.folder)
            .stdin(OwnedFd::from(theirs))
            .stdout(stdout?)
            .stderr(stderr?)
            // A group of its own: to be stopped with all that it starts, and not by the terminal's
            // Ctrl-C.
            .process_group(0)
            .spawn()?;
        Ok((child, ours))
    }

    /// How long the subject may take to exit once it has answered.
    pub(super) fn exit_within(&self) -> Duration {
        // A wrapper may do its work only then: Memcheck looks for leaks.
        if self.wrapper.is_empty() { EXIT_WITHIN } else { self.limits.timeout }
    }
}

pub(super) fn unix_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// Deletes a sample's logs if they hold nothing, or all of them if nobody needs them.
pub fn tidy_logs(folder: &Path, keep: bool) {
    for log in LOGS {
        let path = folder.join(log);
        if !keep || fs::metadata(&path).is_ok_and(|about| about.len() == 0) {
            let _ = fs::remove_file(path);
        }
    }
}
