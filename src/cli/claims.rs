//! `memscope-bench claims`: what is claimed in public, held against recorded runs.

use std::path::PathBuf;

use clap::Args;
use memscope_bench::analyse::claims::{JudgedClaim, Verdict};
use memscope_bench::common::units;
use memscope_bench::present;

use super::{Failed, Output, summary_of};

const EXAMPLES: &str = "\
A claim holds if the whole 95 % interval is as it says, fails if none of it is, and is undecided else. What these
runs do not hold is not measured, and never passed.

Examples:
  memscope-bench claims                               judged by the newest run below target-reports/
  memscope-bench claims RUN1 RUN2                     by several runs together
  memscope-bench claims --tracker memscope-rs         those about one tracker
  memscope-bench claims --json                        for scripts";

#[derive(Args)]
#[command(after_help = super::unwrapped(EXAMPLES))]
pub(crate) struct Arguments {
    /// Folders of recorded runs [default: the newest below target-reports/runs]
    #[arg(value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// Only claims about this tracker
    #[arg(short, long, value_name = "NAME")]
    tracker: Option<String>,
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    let summary = summary_of(arguments.runs)?;
    if !summary.is_timed() {
        return Err(Failed::Usage(
            "nothing was timed in these runs; `memscope-bench measure` times trackers".to_owned(),
        ));
    }
    let mut judged = present::judged_claims(&summary);
    if let Some(tracker) = &arguments.tracker {
        judged.retain(|one| one.claim.tracker == *tracker);
        if judged.is_empty() {
            return Err(Failed::Usage(format!("no claim is known about {tracker:?}")));
        }
    }
    output.result(&judged, || {
        format!("{}\n{}", present::claims_table(&judged, output.colour()), counts(&judged))
    })
}

/// `12 claims hold, 7 fail, …`.
fn counts(judged: &[JudgedClaim]) -> String {
    let of = |verdict| judged.iter().filter(|one| one.verdict == verdict).count();
    format!(
        "{}: {} hold, {} fail, {} undecided, {} not measured, {} untestable.",
        units::counted(judged.len(), "row"),
        of(Verdict::Holds),
        of(Verdict::Fails),
        of(Verdict::Undecided),
        of(Verdict::NotMeasured),
        of(Verdict::Untestable)
    )
}
