//! Linux.

use std::io;
use std::os::fd::AsFd;
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeSpec, TimeValLike};
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;

/// Makes this process the parent of what its children leave behind.
pub fn adopt_orphans() {
    // Without it, they are init's, and stay.
    let _ = nix::sys::prctl::set_child_subreaper(true);
}

/// CPU time of the calling thread, user and system, in nanoseconds.
pub fn thread_cpu_ns() -> Option<u64> {
    let usage = getrusage(UsageWho::RUSAGE_THREAD).ok()?;
    u64::try_from((usage.user_time() + usage.system_time()).num_nanoseconds()).ok()
}

/// Waits for a moment, more exactly than by the millisecond that tokio's own timers count in: a timer of the kernel's.
#[derive(Debug)]
pub struct Timer {
    timer: TimerFd,
    /// No pipe, but it is waited for and read like one.
    expired: Receiver,
}

impl Timer {
    /// A timer that is not set.
    ///
    /// # Errors
    ///
    /// If the system has none left.
    pub fn new() -> io::Result<Self> {
        let flags = TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC;
        let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, flags)?;
        let again = timer.as_fd().try_clone_to_owned()?;
        Ok(Self { timer, expired: Receiver::from_owned_fd_unchecked(again)? })
    }

    /// Waits until then.
    ///
    /// # Errors
    ///
    /// If the system's timer fails, in words.
    pub async fn wait_until(&mut self, then: Instant) -> Result<(), String> {
        let words = |error: io::Error| format!("the timer fails: {error}");
        let left = then.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        let expiration = Expiration::OneShot(TimeSpec::from(left));
        let set = self.timer.set(expiration, TimerSetTimeFlags::empty());
        set.map_err(|error| words(error.into()))?;
        // How often it has expired: once.
        self.expired.read_exact(&mut [0; 8]).await.map_err(words)?;
        Ok(())
    }
}
