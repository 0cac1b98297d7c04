//! One writer for a run: two would take every sample twice.

use std::fs::{self, File};
use std::io;
use std::ops::Deref;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

/// How long one that was killed may seem to have it still: a process that it was about to start holds all that it held,
/// until it is the other program.
const PATIENCE: Duration = Duration::from_secs(1);

/// A file that is ours alone as long as this is there, on file systems that have such locks.
#[derive(Debug)]
pub(super) enum Locked {
    Alone(Flock<File>),
    /// There are no locks here.
    Open(File),
}

impl Locked {
    /// Takes it.
    ///
    /// # Errors
    ///
    /// If somebody else has it: then that process, where the system tells.
    pub(super) fn take(mut file: File) -> Result<Self, Option<u32>> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            file = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                Ok(file) => return Ok(Self::Alone(file)),
                Err((file, Errno::EWOULDBLOCK)) if Instant::now() > deadline => {
                    return Err(holder(&file));
                }
                Err((file, Errno::EWOULDBLOCK)) => file,
                Err((file, _)) => return Ok(Self::Open(file)),
            };
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Whether the file at a path is still this one.
    pub(super) fn is_at(&self, path: &std::path::Path) -> io::Result<bool> {
        let (there, here) = (fs::metadata(path)?, self.metadata()?);
        Ok((there.dev(), there.ino()) == (here.dev(), here.ino()))
    }
}

impl Deref for Locked {
    type Target = File;

    fn deref(&self) -> &File {
        match self {
            Self::Alone(file) => file,
            Self::Open(file) => file,
        }
    }
}

/// The process that has a lock on a file, by `proc_locks(5)`: `1: FLOCK ADVISORY WRITE 4711 fd:01:1234 0 EOF`.
fn holder(file: &File) -> Option<u32> {
    let inode = file.metadata().ok()?.ino().to_string();
    let locks = fs::read_to_string("/proc/locks").ok()?;
    locks.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let [_, "FLOCK", _, _, process, place, ..] = fields[..] else { return None };
        (place.rsplit(':').next() == Some(&inode)).then(|| process.parse().ok()).flatten()
    })
}
