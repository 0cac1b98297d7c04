//! The reader's own program: run as it is, for its CPU time and its threads, and once more under heaptrack, which writes
//! every allocation down.
//!
//! These are the figures that a prediction needs. `wrapped` runs it under tools, to see what they cost.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::launch::LOGS;
use super::wrap::{self, HEAPTRACK, WrapError};
use crate::common::children::ended_cpu_s;
use crate::common::machine::in_bytes;
use crate::common::{descendants, interrupt};

/// How often it is looked how many threads there are, and whether it has ended.
const LOOK: Duration = Duration::from_millis(5);

/// What was counted of a program.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ProgramFigures {
    /// Allocations, reallocations among them.
    pub allocations: u64,
    /// The most that were alive at once.
    pub peak_live_allocations: u64,
    /// CPU time, user and kernel, of the program and of what it waited for, in seconds; without heaptrack.
    pub cpu_s: f64,
    /// Wall time, in seconds; without heaptrack.
    pub wall_s: f64,
    /// The most threads that were seen at once, where the system tells; those that end within milliseconds may be missed.
    pub threads: Option<usize>,
}

/// Why nothing can be told of a program.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum ProgramError {
    #[error(transparent)]
    Wrapper(#[from] WrapError),
    #[error("{program}: cannot be run: {source}")]
    Run { program: String, source: io::Error },
    #[error("{program} {how}; nothing is told of a program that fails")]
    Failed { program: String, how: String },
    #[error("{program} took no CPU time that can be counted; give it more to do")]
    Short { program: String },
    #[error("no folder for what the tool finds: {0}")]
    Folder(io::Error),
    #[error("interrupted")]
    Interrupted,
}

/// Runs a program twice, with an empty standard input; what it prints goes to standard error. `before` is told what is going
/// to happen.
///
/// # Errors
///
/// If heaptrack is not installed, or the program cannot be started, fails, or takes no time.
pub fn count(line: &[OsString], before: impl Fn(&str)) -> Result<ProgramFigures, ProgramError> {
    interrupt::listen();
    // Before the program has run in vain.
    let heaptrack = wrap::find(HEAPTRACK)?;
    let name = line.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    before("as it is, for its CPU time");
    let plain = finished(line, &name, Said::Aloud)?;
    if plain.cpu_s <= 0.0 {
        return Err(ProgramError::Short { program: name });
    }
    before("under heaptrack, which takes several times as long");
    let folder = tempfile::tempdir().map_err(ProgramError::Folder)?;
    let mut wrapped = heaptrack.command(folder.path()).map_err(ProgramError::Folder)?;
    wrapped.extend(line.iter().cloned());
    // The program has said what it says, and heaptrack tells where its data is, which is soon gone.
    finished(&wrapped, &name, Said::Nowhere)?;
    let told = wrap::heaptrack_events(folder.path())?;
    Ok(ProgramFigures {
        allocations: told.allocations,
        peak_live_allocations: told.peak_live,
        cpu_s: plain.cpu_s,
        wall_s: plain.wall_s,
        threads: plain.threads,
    })
}

/// Where that goes which a program prints.
#[derive(Clone, Copy)]
pub(super) enum Said<'a> {
    /// To standard error.
    Aloud,
    Nowhere,
    /// To the logs in this folder, where tools say what they found.
    Into(&'a Path),
}

/// What one process took, with those that it started.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Taken {
    /// CPU time, user and kernel, in seconds.
    pub cpu_s: f64,
    /// Wall time, in seconds.
    pub wall_s: f64,
    /// The most threads of it that were seen at once, where the system tells.
    pub threads: Option<usize>,
    /// The largest resident sets of all its processes that were seen at once, together, where the system tells.
    pub peak_bytes: Option<u64>,
}

/// Runs it to its end.
pub(super) fn finished(
    line: &[OsString],
    name: &str,
    said: Said<'_>,
) -> Result<Taken, ProgramError> {
    let before = ended_cpu_s();
    let since = Instant::now();
    let (status, Seen { threads, peak_bytes }) = start(line, said)
        .and_then(|mut child| watched(&mut child))
        .map_err(|source| ProgramError::Run { program: name.to_owned(), source })?;
    if interrupt::asked() {
        return Err(ProgramError::Interrupted);
    }
    if !status.success() {
        return Err(ProgramError::Failed { program: name.to_owned(), how: how(status) });
    }
    let wall_s = since.elapsed().as_secs_f64();
    Ok(Taken { cpu_s: ended_cpu_s() - before, wall_s, threads, peak_bytes })
}

fn start(line: &[OsString], said: Said<'_>) -> io::Result<Child> {
    let (program, arguments) =
        line.split_first().ok_or_else(|| io::Error::other("no program is named"))?;
    let _none_after_the_end = interrupt::starting();
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    match said {
        Said::Aloud => command.stdout(io::stderr()),
        Said::Nowhere => command.stdout(Stdio::null()).stderr(Stdio::null()),
        Said::Into(folder) => {
            let [stdout, stderr] = LOGS.map(|log| File::create(folder.join(log)));
            command.stdout(stdout?).stderr(stderr?)
        }
    };
    command.spawn()
}

/// What was seen of a process while it ran.
#[derive(Default)]
struct Seen {
    threads: Option<usize>,
    peak_bytes: Option<u64>,
}

/// Waits for its end, and looks meanwhile how many threads it has, and how much is resident of it and what it started. Asked
/// to stop, it is stopped.
fn watched(child: &mut Child) -> io::Result<(ExitStatus, Seen)> {
    let tasks = format!("/proc/{}/task", child.id());
    let mut seen = Seen::default();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((status, seen));
        }
        if interrupt::asked() {
            // What it started, too: under heaptrack, that is the program. Where none are seen, itself at least.
            descendants::end_all();
            child.kill()?;
        }
        // One that has just ended is listed no more.
        let threads = fs::read_dir(&tasks).map(Iterator::count).ok();
        seen.threads = seen.threads.max(threads.filter(|&threads| threads > 0));
        seen.peak_bytes = seen.peak_bytes.max(resident(child.id()));
        sleep(LOOK);
    }
}

/// The largest resident sets so far of a process and of those that it has started, together.
fn resident(process: u32) -> Option<u64> {
    let peak = |process| in_bytes(&format!("/proc/{process}/status"), "VmHWM:");
    let started = descendants::descendants_of(process).into_iter().filter_map(peak);
    peak(process).map(|own| started.fold(own, u64::saturating_add))
}

fn how(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("ended with exit code {code}"),
        None => format!("was ended by a signal ({status})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Vec<OsString> {
        ["sh", "-c", script].map(OsString::from).to_vec()
    }

    #[test]
    fn a_program_that_sleeps_takes_wall_time_and_has_one_thread() {
        let asleep = finished(&shell("sleep 0.2"), "asleep", Said::Nowhere).unwrap();
        assert!(asleep.wall_s >= 0.2);
        if cfg!(target_os = "linux") {
            assert_eq!(asleep.threads, Some(1));
        }
    }

    #[test]
    fn a_program_that_fails_is_named_with_how() {
        let error = |line: &[OsString]| {
            finished(line, "it", Said::Nowhere).err().map(|error| error.to_string())
        };
        let failed = error(&shell("exit 3")).unwrap();
        assert!(failed.contains("it ended with exit code 3"), "{failed}");
        let killed = error(&shell("kill -9 $$")).unwrap();
        assert!(killed.contains("it was ended by a signal"), "{killed}");
        let absent = error(&["/no/such/program".into()]).unwrap();
        assert!(absent.contains("cannot be run"), "{absent}");
    }
}
