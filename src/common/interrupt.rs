//! Ctrl-C: the first asks the run to end after the record in progress, the second ends at once, as SIGQUIT does.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

use super::descendants;

static ASKED: AtomicBool = AtomicBool::new(false);

/// The exit code after an interruption: 128 + SIGINT, as shells have it.
pub const EXIT_CODE: u8 = 130;

/// Starts listening for Ctrl-C and termination. Where that is not possible the process simply dies of the signal, and
/// a subject dies with it.
pub fn listen() {
    static LISTENING: AtomicBool = AtomicBool::new(false);
    if LISTENING.swap(true, Relaxed) {
        return;
    }
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT]) else { return };
    std::thread::spawn(move || {
        for signal in &mut signals {
            if signal == SIGQUIT || ASKED.swap(true, Relaxed) {
                // Whoever wants to start another process waits, and does not see the end of it.
                let _none = starting();
                descendants::end_all();
                std::process::exit(128 + signal);
            }
        }
    });
}

/// To be held while a process is started: once all are being ended, none is started any more.
pub fn starting() -> MutexGuard<'static, ()> {
    static STARTS: Mutex<()> = Mutex::new(());
    STARTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the run has been asked to end.
pub fn asked() -> bool {
    ASKED.load(Relaxed)
}
