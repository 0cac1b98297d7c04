//! The channel to the runner, for workloads that need someone outside: a server says where it listens,
//! and is told when to stop.
//!
//! By hand there is no runner: then a server says where it listens on standard error, and stops on
//! SIGINT alone.

use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::sync::OnceLock;

static CHANNEL: OnceLock<UnixStream> = OnceLock::new();

/// Gives workloads the channel, for the rest of the process.
pub(crate) fn enable(channel: UnixStream) {
    // A second call changes nothing: there is one channel.
    let _ = CHANNEL.set(channel);
}

/// A handle to the channel that does not block, if there is a runner. All handles to it do not, until
/// [`block_again`].
pub(crate) fn channel() -> Option<io::Result<UnixStream>> {
    let channel = CHANNEL.get()?;
    Some(channel.set_nonblocking(true).and_then(|()| channel.try_clone()))
}

/// Has the channel block again, as whoever sends the reply expects it.
pub(crate) fn block_again() {
    if let Some(channel) = CHANNEL.get() {
        // It failed to become non-blocking, too, if this fails.
        let _ = channel.set_nonblocking(false);
    }
}

/// Tells the runner, or whoever watches, that a server listens on this port.
pub(crate) fn listening(port: u16) -> io::Result<()> {
    match CHANNEL.get() {
        Some(mut channel) => channel.write_all(format!("{{\"listening\":{port}}}\n").as_bytes()),
        None => writeln!(io::stderr(), "listening on http://127.0.0.1:{port}/; Ctrl-C ends"),
    }
}
