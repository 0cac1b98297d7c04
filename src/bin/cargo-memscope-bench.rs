//! `cargo memscope-bench …`: the same as `memscope-bench …`, for whoever looks among cargo's subcommands.

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    // Cargo names the subcommand once more: `cargo-memscope-bench memscope-bench list`.
    let arguments = std::env::args_os().skip(1).enumerate();
    let arguments =
        arguments.filter(|(place, one)| *place > 0 || one != "memscope-bench").map(|(_, one)| one);
    let myself = std::env::current_exe().ok();
    // Installed beside it; else where the shell finds it.
    let program = myself.map(|path| path.with_file_name("memscope-bench"));
    let program = program.filter(|path| path.is_file()).unwrap_or_else(|| "memscope-bench".into());
    let error = Command::new(&program).args(arguments).exec();
    eprintln!("cargo memscope-bench: {} does not start: {error}", program.display());
    ExitCode::from(3)
}
