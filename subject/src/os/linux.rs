//! Linux.

use std::io;

use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;

/// The calling thread, by its number.
pub(crate) fn this_thread() -> Option<i32> {
    Some(nix::unistd::gettid().as_raw())
}

/// All threads of this process but the calling one.
pub(crate) fn other_threads() -> impl Iterator<Item = i32> {
    let myself = this_thread();
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    threads
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .filter(move |&thread| Some(thread) != myself)
}

/// Has the system end this process when its parent dies.
pub(crate) fn end_with_parent() {
    // Else it ends when it finds the channel closed.
    let _ = set_pdeathsig(Signal::SIGKILL);
}

/// The signal that ends a server.
fn interruption() -> SigSet {
    [Signal::SIGINT].into_iter().collect()
}

/// Keeps the signal that ends a server from ending the process instead. To be called before any thread
/// starts, the tracker's included, since threads inherit it.
pub(crate) fn hold_interruption() {
    // If it fails, the runner's order still ends the server.
    let _ = interruption().thread_block();
}

/// SIGINT as something to read. tokio's own driver for signals would do, but allocates what it never
/// frees.
pub(crate) struct Interruption(Receiver);

impl Interruption {
    pub(crate) fn new() -> io::Result<Self> {
        let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
        let signals = SignalFd::with_flags(&interruption(), flags)?;
        // No pipe, but it is waited for and read like one.
        Receiver::from_owned_fd_unchecked(signals.into()).map(Self)
    }

    pub(crate) async fn received(&mut self) {
        // Taken, so that the signal is not pending when it is let through again.
        let _ = self.0.read(&mut [0; 128]).await;
    }
}
