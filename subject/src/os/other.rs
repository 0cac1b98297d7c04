//! Systems that are not Linux.

/// Threads have no number that could be looked up.
pub(crate) fn this_thread() -> Option<i32> {
    None
}

/// A tracker's threads cannot be told from the program's.
pub(crate) fn other_threads() -> impl Iterator<Item = i32> {
    std::iter::empty()
}

/// A subject ends when it finds the channel closed.
pub(crate) fn end_with_parent() {}

/// SIGINT ends the process.
pub(crate) fn hold_interruption() {}

/// The runner's order is the only way to end a server.
pub(crate) struct Interruption;

impl Interruption {
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    pub(crate) async fn received(&mut self) {
        std::future::pending().await
    }
}
