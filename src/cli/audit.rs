//! `memscope-bench audit`: what each tracker says, held against what happened.

use clap::Args;
use memscope_bench::catalog::{Catalog, UNTRACKED};
use memscope_bench::fidelity::Audit;
use memscope_bench::report;

use super::measure::{audit, begin};
use super::options::{Selection, Sizes};
use super::{Failed, Output};

const EXAMPLES: &str = "\
Runs every tracker once on every workload while the ground truth is counted around it, and compares.
Nothing is timed.

Examples:
  memscope-bench audit                                 memscope-rs/full on all phases
  memscope-bench audit -t dhat -t counting --scale 0.1
  memscope-bench audit -t memscope-rs/variables --json";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    sizes: Sizes,
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    let (mut session, groups) = begin(&arguments.selection, &arguments.sizes, None)?;
    let records = audit(&mut session, &groups)?;

    let catalog = Catalog::built_in().map_err(Failed::harness)?;
    let audits: Vec<Audit> = records
        .iter()
        .filter(|record| record.arm != UNTRACKED)
        .filter_map(|record| {
            Audit::of(record, catalog.convention(&record.tracker.name, &record.tracker.mode))
        })
        .collect();
    output.result(&audits, || {
        format!("{}\nRecords: {}", report::audit_table(&audits), session.folder().display())
    })
}
