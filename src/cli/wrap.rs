//! `memscope-bench wrap`: the reader's own program, alone and under tools around it.

use std::ffi::OsString;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use memscope_bench::analyse::own_program::{ToolOnProgram, ratio};
use memscope_bench::plan::settings::{Settings, SettingsError};
use memscope_bench::plan::spec::Spec;
use memscope_bench::present;
use memscope_bench::run::engine::Progress;
use memscope_bench::run::program::Taken;
use memscope_bench::run::wrap::{self, Wrapper};
use memscope_bench::run::wrapped::{Tried, UnderTool, try_out};

use super::progress::Bar;
use super::{Failed, Output};

const EXAMPLES: &str = "\
Any program, in any language, as it is: nothing is linked into it. It runs in blocks, once alone and once under each
tool, with an empty standard input. What it prints the first time goes to standard error. Time and memory of all its processes
are measured, and each tool's totals are shown; nothing is counted beside them, so nobody says whether they are right:
`audit` does that on workloads whose allocations are counted.

Examples:
  memscope-bench wrap -- ./my-program --once                    under heaptrack
  memscope-bench wrap -t memcheck -t heaptrack -t massif -- ./my-program
  memscope-bench wrap -t ./my-tool.toml --samples 10 --json -- ./my-program";

/// What tells most of a program.
const TOOL: &str = "heaptrack";

#[derive(Args)]
#[command(after_help = super::unwrapped(EXAMPLES))]
pub(crate) struct Arguments {
    /// Tools around the whole process, by name or ./FILE.toml; repeat for more [default: heaptrack]
    #[arg(short, long = "tracker", value_name = "SPEC")]
    trackers: Vec<String>,
    /// How often it runs, alone and under each tool; from 7 on there is an interval
    #[arg(long, value_name = "N", default_value_t = 7)]
    #[arg(value_parser = RangedU64ValueParser::<u32>::new().range(1..=10_000))]
    samples: u32,
    /// The program and its arguments
    #[arg(last = true, value_name = "PROGRAM", required = true)]
    program: Vec<OsString>,
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    let Arguments { trackers, samples, program } = arguments;
    let trackers = if trackers.is_empty() { vec![TOOL.to_owned()] } else { trackers };
    let tools = tools(&trackers)?;
    let mut bar = Bar::default();
    bar.begin("wrap");
    let tried = try_out(&program, &tools, samples, &mut |done, what| bar.tell(done, what))?;
    bar.end();
    let Tried { alone, tools } = tried;
    let tools: Vec<ToolOnProgram> = tools.into_iter().map(|one| judged(&alone, one)).collect();
    output.result(&tools, || present::own_program_table(&tools))
}

/// A tool and its name in the catalogue.
type Tool = (String, Box<dyn Wrapper>);

/// The tools, by their names.
fn tools(trackers: &[String]) -> Result<Vec<Tool>, Failed> {
    let mut settings = Settings::default();
    settings.name_trackers(trackers)?;
    let catalog = settings.catalog().map_err(SettingsError::from)?;
    let find = |spec: &Spec| {
        let entry = catalog.measurable(&spec.name).map_err(SettingsError::from)?;
        if !entry.is_wrapped() {
            return Err(Failed::Usage(format!(
                "{} is linked into a program, and no tool around it: `predict` says what it would cost yours",
                entry.name
            )));
        }
        Ok((entry.name.clone(), wrap::of(entry).map_err(Failed::harness)?))
    };
    settings.trackers.iter().map(find).collect()
}

fn judged(alone: &[Taken], one: UnderTool) -> ToolOnProgram {
    let UnderTool { name, version, samples, totals, failure } = one;
    let of = |what: fn(&Taken) -> Option<f64>| {
        let values = |all: &[Taken]| all.iter().map(what).collect::<Option<Vec<f64>>>();
        ratio(&values(alone)?, &values(&samples)?)
    };
    ToolOnProgram {
        tool: name,
        version,
        cpu: of(|taken| Some(taken.cpu_s)),
        wall: of(|taken| Some(taken.wall_s)),
        memory: of(|taken| taken.peak_bytes.map(|bytes| bytes as f64)),
        totals,
        failure,
    }
}
