//! What the benchmarks share: reading Criterion's arguments, collecting blocks, ending in time.

#![allow(dead_code, unused_imports, reason = "each benchmark uses its part")]

mod arguments;
mod collector;
pub mod figures;
mod metric;

use std::path::Path;

use memscope_bench::common::interrupt;
use memscope_bench::run::RunError;

pub use arguments::Arguments;
pub use collector::Collector;
pub use metric::Metric;

/// The folder of the package's programs: cargo builds all of them for its benchmarks, into one.
pub fn programs() -> &'static Path {
    let program = Path::new(env!("CARGO_BIN_EXE_memscope-bench"));
    program.parent().unwrap_or(program)
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
