//! What the benchmarks share: reading Criterion's arguments, collecting blocks, ending in time.

#![allow(dead_code, unused_imports, reason = "each benchmark uses its part")]

mod arguments;
mod collector;
pub mod figures;
mod metric;

use std::sync::OnceLock;

use memscope_bench::build::subjects::Subjects;
use memscope_bench::common::interrupt;
use memscope_bench::run::RunError;

pub use arguments::Arguments;
pub use collector::Collector;
pub use metric::Metric;

/// The built-in subjects, and the programs for judging the instrument.
pub fn programs() -> &'static Subjects {
    static BUILT: OnceLock<Subjects> = OnceLock::new();
    BUILT.get_or_init(|| Subjects::all().unwrap_or_else(|error| die(3, &error)))
}

/// Prints why, and ends the process.
pub fn die(code: i32, error: &dyn std::fmt::Display) -> ! {
    eprintln!("memscope-bench: {error}");
    std::process::exit(code)
}

/// Ends the process after a run that could not go on.
pub fn end(error: &RunError) -> ! {
    let code = if matches!(error, RunError::Interrupted { .. }) { interrupt::EXIT_CODE } else { 3 };
    die(code.into(), error)
}
