//! What is to be started, and how it may end.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use protocol::{AllocatorRole, FinalHeap, Job, Reply};

use super::helpers::Helpers;
use super::load::Load;
use crate::record::{Failure, LoadResult};

/// How long a subject may take to exit once it has answered.
pub(super) const EXIT_WITHIN: Duration = Duration::from_secs(10);

/// The names of a sample's logs.
pub(super) const LOGS: [&str; 2] = ["stdout.log", "stderr.log"];

/// What a subject may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Wall time.
    pub timeout: Duration,
    /// Resident set of the subject and of all that it starts, in bytes.
    pub memory: u64,
}

/// How a subject ended.
#[derive(Clone, Debug)]
pub enum Ending {
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
    pub role: AllocatorRole,
    /// Where it runs; it exists, and gets the logs.
    pub folder: &'a Path,
    /// What it may use.
    pub limits: Limits,
    /// What is done to its server, if the job has one.
    pub load: Option<Load>,
    /// A tool to run it under, with arguments: Valgrind. Empty for none.
    pub wrapper: &'a [OsString],
    /// Steps of work that are planted in its tracker, which must be a copy made for that.
    pub planted: Option<u32>,
    /// How long it may take to exit once it has answered; a tool may do its work only then.
    pub exit_within: Duration,
}

impl<'a> Launch<'a> {
    /// A subject by itself: no load, no tool.
    pub fn plain(
        program: &'a Path,
        job: &'a Job,
        role: AllocatorRole,
        folder: &'a Path,
        limits: Limits,
    ) -> Self {
        let exit_within = EXIT_WITHIN;
        let (load, wrapper, planted) = (None, &[][..], None);
        Self { program, job, role, folder, limits, load, wrapper, planted, exit_within }
    }
}

/// A subject's run.
#[derive(Clone, Debug)]
pub struct Ran {
    /// When it was started, in nanoseconds since the Unix epoch.
    pub started_unix_ns: u64,
    /// From before the start to after the end.
    pub took: Duration,
    /// How it ended.
    pub ending: Ending,
    /// What the load on its server did.
    pub load: Option<LoadResult>,
    /// The heap at its very end, if the job asked for it.
    pub final_heap: Option<FinalHeap>,
    /// What a tool's processes beside it had used when it answered.
    pub helpers: Option<Helpers>,
}
