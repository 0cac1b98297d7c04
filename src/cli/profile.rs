//! `memscope-bench profile`: where each workload allocates, by dhat.

use clap::Args;
use memscope_bench::analyse::profile::{DHAT_FILE, FOLDER, Profile};
use memscope_bench::plan::procedure::Verb;
use memscope_bench::plan::procedures::{self, PROFILER};
use memscope_bench::present;
use memscope_bench::present::flame::write_profile;
use memscope_bench::record::{Record, Run};

use super::options::{Selection, Sizes};
use super::run::{Course, Planned, Samples};
use super::{Failed, Output};

const EXAMPLES: &str = "\
Runs each workload once under dhat, keeps what it writes (dhat-heap.json opens in dh_view,
https://nnethercote.github.io/dh_view/dh_view.html), draws a flame graph of the bytes at the peak and one of
all blocks, and lists the lines of the workload that allocate most.

Examples:
  memscope-bench profile                            all phases; a minute at full size
  memscope-bench profile -w fragmentation --scale 0.1
  memscope-bench profile --json > sites.json";

#[derive(Args)]
#[command(after_help = super::unwrapped(EXAMPLES))]
pub(crate) struct Arguments {
    #[command(flatten)]
    selection: Selected,
    #[command(flatten)]
    sizes: Sizes,
    #[command(flatten)]
    course: Course,
}

/// What is profiled; under the name by which `--resume` excludes it.
#[derive(Args)]
#[group(id = "Selection", multiple = true)]
struct Selected {
    /// Workloads, by name or pattern; repeat for more [default: phase/*]
    #[arg(short, long = "workload", value_name = "GLOB")]
    workloads: Vec<String>,
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    let Arguments { selection, sizes, course } = arguments;
    let selection = Selection::of(selection.workloads, vec![PROFILER.to_owned()]);
    let finished = course.run(Verb::Profile, || {
        Planned::new(&selection, &sizes, &Samples::default(), procedures::profile)
    })?;
    let (mut profiles, mut failures) = (Vec::new(), Vec::new());
    for record in &finished.run.records {
        match profile(&finished.run, record)? {
            Ok(profile) => profiles.push(profile),
            Err(reason) => failures.push(format!("{}: {reason}", record.workload)),
        }
    }
    if profiles.is_empty() {
        return Err(Failed::Harness(failures.join("\n")));
    }
    let page = finished.write_page()?;
    output.result(&profiles, || {
        let failed = failures.iter().map(|failure| format!("Failed: {failure}\n"));
        let tables = present::profile_tables(&profiles);
        format!("{tables}\n{}Report: {}", failed.collect::<String>(), page.display())
    })
}

/// Makes the profile of a sample, or says why there is none.
fn profile(run: &Run, record: &Record) -> Result<Result<Profile, String>, Failed> {
    if let Some(failure) = record.outcome.failure() {
        return Ok(Err(failure));
    }
    let folder = run.folder.join(FOLDER).join(&record.workload);
    let written = record.folder.as_ref().map(|sample| run.folder.join(sample).join("export"));
    let written = written.map(|report| report.join(DHAT_FILE)).filter(|file| file.is_file());
    // What was interrupted in the middle of this has them in their place already.
    let kept = Some(folder.join(DHAT_FILE)).filter(|file| file.is_file());
    let Some(source) = written.clone().or(kept) else {
        return Ok(Err(format!("no {DHAT_FILE} was written")));
    };
    let profile = write_profile(&record.workload, &source, &folder).map_err(Failed::harness)?;
    if let Some(written) = written {
        // Kept once is enough.
        let _ = std::fs::remove_file(written);
    }
    Ok(Ok(profile))
}
