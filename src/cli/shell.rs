//! `memscope-bench completions` and `memscope-bench man`: made from the parser itself.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Failed};

/// As it is called.
const NAME: &str = "memscope-bench";

#[derive(Args)]
#[command(after_help = "\
Examples:
  memscope-bench completions bash > ~/.local/share/bash-completion/completions/memscope-bench
  memscope-bench completions zsh > ~/.zfunc/_memscope-bench
  memscope-bench completions fish > ~/.config/fish/completions/memscope-bench.fish")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  memscope-bench man ~/.local/share/man/man1
  man memscope-bench-compare")]
pub(crate) struct Man {
    /// The folder for them; it is made if it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Prints what completes a command line.
pub(crate) fn completions(arguments: &Completions) -> Result<(), Failed> {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), NAME, &mut text);
    match io::stdout().write_all(&text) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(Failed::harness),
    }
}

/// Writes a page for the program and one for each verb.
pub(crate) fn man(arguments: &Man) -> Result<(), Failed> {
    let folder = &arguments.folder;
    let failed = |error: io::Error| Failed::Harness(format!("{}: {error}", folder.display()));
    fs::create_dir_all(folder).map_err(failed)?;
    clap_mangen::generate_to(Cli::command(), folder).map_err(failed)
}
