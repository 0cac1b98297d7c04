//! What the benchmarks share: reading Criterion's arguments, and collecting blocks.

mod arguments;
mod collector;

pub use arguments::Arguments;
pub use collector::Collector;

/// Prints why, and ends the process.
pub fn die(code: i32, error: &dyn std::fmt::Display) -> ! {
    eprintln!("memscope-bench: {error}");
    std::process::exit(code)
}
