//! One subject process: started, given its job, watched, stopped if it must be, and classified.

use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use protocol::ROLE_VARIABLE;

use crate::build::planted::PLANTED_VARIABLE;

use super::launch::{Ending, LOGS, Launch, Ran};
use super::load::descriptors;
use super::survivors::Offspring;
use super::watch::Watch;
use crate::common::interrupt;
use crate::record::Failure;

/// Starts a subject, gives it its job, makes the load on its server, and waits for its end. Lines of progress
/// are passed on as they come.
pub fn run(launch: &Launch<'_>, progress: &mut dyn FnMut(&str)) -> Ran {
    let begin = Instant::now();
    let started_unix_ns = unix_ns();
    let (mut load, mut final_heap, mut helpers) = (None, None, None);
    let mut offspring = Offspring::new();
    let mut ending = match start(launch, &mut offspring) {
        Err(error) => {
            let program = launch.wrapper.first().map_or(launch.program, Path::new);
            Ending::Failed(Failure::Spawn, format!("{}: {error}", program.display()))
        }
        Ok((child, channel)) => {
            let mut watch = Watch::new(launch, child, &offspring, channel, begin);
            let ending = watch.until_the_end(progress);
            (load, final_heap) = watch.told();
            helpers = watch.helpers();
            ending
        }
    };
    let left = offspring.end();
    if let (Ending::Answered(_), false) = (&ending, left.is_empty()) {
        let reason = format!("left behind, and did not end: {}", left.join(", "));
        ending = Ending::Failed(Failure::LeftBehind, reason);
    }
    Ran { started_unix_ns, took: begin.elapsed(), ending, load, final_heap, helpers }
}

fn start(launch: &Launch<'_>, offspring: &mut Offspring) -> io::Result<(Child, UnixStream)> {
    if let Some(load) = launch.load {
        descriptors::make_room(load.concurrent).map_err(io::Error::other)?;
    }
    let (ours, theirs) = UnixStream::pair()?;
    let [stdout, stderr] = LOGS.map(|name| File::create(launch.folder.join(name)));
    let mut command = match launch.wrapper {
        [] => Command::new(launch.program),
        [wrapper, arguments @ ..] => {
            let mut command = Command::new(wrapper);
            command.args(arguments).arg(launch.program);
            command
        }
    };
    if let Some(steps) = launch.planted {
        command.env(PLANTED_VARIABLE, steps.to_string());
    }
    let (name, mark) = offspring.variable();
    let _starting = interrupt::starting();
    let child = command
        .env(ROLE_VARIABLE, launch.role.to_variable())
        .env(name, mark)
        // Trackers may write files where they stand.
        .current_dir(launch.folder)
        .stdin(OwnedFd::from(theirs))
        .stdout(stdout?)
        .stderr(stderr?)
        // A group of its own: to be stopped with all that it starts, and not by the terminal's
        // Ctrl-C.
        .process_group(0)
        .spawn()?;
    // A subject waits for its job before it does anything; a wrapper has hardly begun.
    offspring.take_in(child.id());
    Ok((child, ours))
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
