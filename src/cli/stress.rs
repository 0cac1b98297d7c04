//! No verb: upstream's stress test.

use std::time::Duration;

use clap::Args;
use memscope_bench::build::subjects::Subjects;
use memscope_bench::common::interrupt;
use memscope_bench::stress::{self, StressError};

use super::options::Sizes;
use super::{Failed, Output, command_line};

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    sizes: Sizes,
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    let mut settings = arguments.sizes.settings();
    // Eight phases in one process, not one.
    settings.timeout = arguments.sizes.timeout().unwrap_or(Duration::from_secs(30 * 60));
    settings.check()?;
    interrupt::listen();
    let subjects = Subjects::find_or_build(&["memscope-rs"])?;
    let outcome = if output.json {
        // Standard output is the result's alone.
        stress::run(&settings, &subjects, command_line(), &mut std::io::stderr())
    } else {
        stress::run(&settings, &subjects, command_line(), &mut std::io::stdout())
    };
    let outcome = outcome.map_err(|error| match error {
        StressError::Interrupted => Failed::Interrupted(error.to_string()),
        _ => Failed::harness(error),
    })?;
    if output.json { output.result(&outcome, String::new) } else { Ok(()) }
}
