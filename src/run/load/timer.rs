//! Waiting for a moment, more exactly than by the millisecond that tokio's own timers count in.

#[cfg(target_os = "linux")]
pub(super) use exact::Timer;

#[cfg(target_os = "linux")]
mod exact {
    use std::io;
    use std::os::fd::AsFd;
    use std::time::Instant;

    use nix::sys::time::TimeSpec;
    use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
    use tokio::io::AsyncReadExt;
    use tokio::net::unix::pipe::Receiver;

    /// A timer of the kernel's.
    pub(in super::super) struct Timer {
        timer: TimerFd,
        /// No pipe, but it is waited for and read like one.
        expired: Receiver,
    }

    impl Timer {
        /// A timer that is not set.
        pub(in super::super) fn new() -> io::Result<Self> {
            let flags = TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC;
            let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, flags)?;
            let again = timer.as_fd().try_clone_to_owned()?;
            Ok(Self { timer, expired: Receiver::from_owned_fd_unchecked(again)? })
        }

        /// Waits until then.
        pub(in super::super) async fn wait_until(&mut self, then: Instant) -> Result<(), String> {
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
}

/// Elsewhere, tokio's.
#[cfg(not(target_os = "linux"))]
pub(super) struct Timer;

#[cfg(not(target_os = "linux"))]
impl Timer {
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    pub(super) async fn wait_until(&mut self, then: std::time::Instant) -> Result<(), String> {
        tokio::time::sleep_until(then.into()).await;
        Ok(())
    }
}
