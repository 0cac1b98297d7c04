//! Ctrl-C: the first asks the run to end after the record in progress, the second ends at once.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

static ASKED: AtomicBool = AtomicBool::new(false);

/// The exit code after an interruption: 128 + SIGINT, as shells have it.
pub const EXIT_CODE: u8 = 130;

/// Starts listening for Ctrl-C and termination. Without a handler (there is one already) the process
/// simply dies of the signal, and a subject dies with it.
pub fn listen() {
    let _ = ctrlc::set_handler(|| {
        if ASKED.swap(true, Relaxed) {
            std::process::exit(EXIT_CODE.into());
        }
    });
}

/// Whether the run has been asked to end.
pub fn asked() -> bool {
    ASKED.load(Relaxed)
}
