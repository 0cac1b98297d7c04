//! `memscope-bench profile`: where each workload allocates, by dhat.

use clap::Args;
use memscope_bench::analyse::profile::{DHAT_FILE, FOLDER, Profile};
use memscope_bench::plan::catalog::Spec;
use memscope_bench::present;

use super::measure::{begin, conclude};
use super::options::{Selection, Sizes};
use super::progress::Progress;
use super::{Failed, Output};

const EXAMPLES: &str = "\
Runs each workload once under dhat, keeps what it writes (dhat-heap.json opens in dh_view,
https://nnethercote.github.io/dh_view/dh_view.html), draws a flame graph of the bytes at the peak and one of
all blocks, and lists the lines of the workload that allocate most.

Examples:
  memscope-bench profile                            all phases; a minute at full size
  memscope-bench profile -w fragmentation --scale 0.1
  memscope-bench profile --json > sites.json";

/// The tracker that makes the profiles.
const PROFILER: &str = "dhat";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Workloads, by name or pattern; repeat for more [default: phase/*]
    #[arg(short, long = "workload", value_name = "GLOB")]
    workloads: Vec<String>,
    #[command(flatten)]
    sizes: Sizes,
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    let dhat: Spec = PROFILER.parse().map_err(Failed::harness)?;
    let selection = Selection::of(arguments.workloads, vec![dhat.to_string()]);
    let (mut session, groups) = begin(&selection, &arguments.sizes, None)?;
    let mut progress = Progress::begin("profile");
    let (mut profiles, mut failures) = (Vec::new(), Vec::new());
    for (index, group) in groups.iter().enumerate() {
        progress.tell(index as f64 / groups.len() as f64, group.workload.name);
        for arm in group.arms.iter().filter(|arm| arm.choice.entry.name == PROFILER) {
            let record = session.audit(group, arm)?;
            let written = record
                .report_folder
                .as_ref()
                .map(|folder| session.folder().join(folder).join("export").join(DHAT_FILE));
            match (written, record.outcome.failure()) {
                (Some(written), None) => {
                    let folder = session.folder().join(FOLDER).join(group.workload.name);
                    let made = Profile::make(group.workload.name, &written, &folder);
                    profiles.push(made.map_err(Failed::harness)?);
                    // Kept once is enough.
                    let _ = std::fs::remove_file(&written);
                }
                (_, failure) => failures.push(format!(
                    "{}: {}",
                    group.workload.name,
                    failure.unwrap_or_else(|| format!("no {DHAT_FILE} was written"))
                )),
            }
        }
    }
    progress.end();
    if profiles.is_empty() {
        return Err(Failed::Harness(failures.join("\n")));
    }
    let (_, page) = conclude(&session)?;
    output.result(&profiles, || {
        let failed = failures.iter().map(|failure| format!("Failed: {failure}\n"));
        let tables = present::profile_tables(&profiles);
        format!("{tables}\n{}Report: {}", failed.collect::<String>(), page.display())
    })
}
