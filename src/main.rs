//! `memscope-bench`: what does heap tracking cost, and is what the tracker says true?

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
