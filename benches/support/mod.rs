//! What the benchmarks share: reading Criterion's arguments, collecting blocks, ending in time.

#![allow(dead_code, reason = "each benchmark uses its part")]

mod arguments;
mod collector;
pub mod figures;

use memscope_bench::run::{SessionError, interrupt};

pub use arguments::Arguments;
pub use collector::Collector;

/// Prints why, and ends the process.
pub fn die(code: i32, error: &dyn std::fmt::Display) -> ! {
    eprintln!("memscope-bench: {error}");
    std::process::exit(code)
}

/// Ends the process after a run that could not go on.
pub fn end(error: &SessionError) -> ! {
    let code = if matches!(error, SessionError::Interrupted(_)) { interrupt::EXIT_CODE } else { 3 };
    die(code.into(), error)
}
