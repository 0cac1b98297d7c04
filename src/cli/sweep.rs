//! `memscope-bench sweep`: one workload at several numbers of threads, or at several sizes.

use clap::{Args, ValueEnum};
use memscope_bench::plan::procedure::Verb;
use memscope_bench::plan::procedures;
use memscope_bench::present;

use super::options::{Selection, Sizes};
use super::run::{Course, Planned, Samples};
use super::{Failed, Output};

const EXAMPLES: &str = "\
Measures and audits a workload at each number of threads, or at each size: does the overhead grow, and does the
tracker lose events? Each has its own untracked arms beside it. Of sizes, the exponent is told by which costs grow.

Over               what varies                         workload               at, unless told otherwise
  threads          threads of its pool or runtime      concurrent-tasks       1,2,4,8,16
  scale            its size                            basic-structures       0.1,0.3,1,3
  live             live allocations                    live-set               1000,10000,100000,1000000
  rate             allocations amid the same work      event-rate             10000,100000,1000000,10000000

Examples:
  memscope-bench sweep                                   memscope-rs/full on concurrent-tasks
  memscope-bench sweep -t memscope-rs/full -t dhat --scale 0.2
  memscope-bench sweep -w mixed-workload --at 1,2,3 --samples 20
  memscope-bench sweep --over live -t dhat -t counting
  memscope-bench sweep --over scale -w leak-detection --at 0.01,0.1,1,10";

/// What varies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Over {
    /// Threads of the workload's pool or runtime
    Threads,
    /// The workload's size
    Scale,
    /// Live allocations
    Live,
    /// Allocations amid the same work
    Rate,
}

#[derive(Args)]
#[command(after_help = super::unwrapped(EXAMPLES))]
#[command(mut_arg("workloads", |arg| arg.help(super::options::workloads_help("by --over, see below"))))]
pub(crate) struct Arguments {
    /// What varies
    #[arg(long, value_enum, default_value_t = Over::Threads)]
    over: Over,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    sizes: Sizes,
    #[command(flatten)]
    samples: Samples,
    #[command(flatten)]
    course: Course,
    /// Numbers of threads, scales, or numbers of allocations [default: as above, by --over]
    #[arg(long, value_name = "N,…", value_delimiter = ',')]
    at: Vec<f64>,
}

impl Over {
    /// The workload that is swept unless another is named.
    fn workload(self) -> &'static str {
        match self {
            // The one with the most threads to itself.
            Self::Threads => "concurrent-tasks",
            Self::Scale => "basic-structures",
            Self::Live => "live-set",
            Self::Rate => "event-rate",
        }
    }

    fn at(self) -> &'static [f64] {
        match self {
            Self::Threads => &[1.0, 2.0, 4.0, 8.0, 16.0],
            Self::Scale => &[0.1, 0.3, 1.0, 3.0],
            Self::Live => &[1e3, 1e4, 1e5, 1e6],
            Self::Rate => &[1e4, 1e5, 1e6, 1e7],
        }
    }

    /// What the workload has of it at scale 1.
    fn unit(self) -> f64 {
        match self {
            Self::Threads | Self::Scale => 1.0,
            Self::Live | Self::Rate => 1e6,
        }
    }
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    let Arguments { over, selection, sizes, samples, course, at } = arguments;
    let at = if at.is_empty() { over.at().to_vec() } else { at };
    let whole = |n: &f64| n.fract() == 0.0 && (1.0..=4_096.0).contains(n);
    if over == Over::Threads && !at.iter().all(whole) {
        return Err(Failed::Usage("--at: numbers of threads are whole, and at least 1".to_owned()));
    }
    if over != Over::Threads && sizes.scale().is_some() {
        return Err(Failed::Usage("--scale: over sizes, it is --at that says them".to_owned()));
    }
    let in_range = |n: &f64| n.is_finite() && *n / over.unit() >= 1e-6 && *n / over.unit() <= 100.0;
    if over != Over::Threads && !at.iter().all(in_range) {
        return Err(Failed::Usage(format!(
            "--at: over {}, from {} to {}",
            over.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default(),
            1e-6 * over.unit(),
            100.0 * over.unit()
        )));
    }
    let finished =
        course.run(Verb::Sweep, || plan(over, selection, &sizes, &samples, &at)?.of_a_tracker())?;
    let page = finished.write_page()?;
    let summary = &finished.summary;
    output.result(summary, || {
        let table = match summary.sizes.is_empty() {
            true => present::threads_table(&summary.threads),
            false => present::sizes_tables(summary),
        };
        format!("{table}\nReport: {}", page.display())
    })
}

fn plan(
    over: Over,
    selection: Selection,
    sizes: &Sizes,
    samples: &Samples,
    at: &[f64],
) -> Result<Planned, Failed> {
    let selection = selection.or_workloads([over.workload().to_owned()]);
    let mut settings = selection.settings(sizes)?;
    settings.sampling = samples.sampling();
    Planned::of(settings, |groups, _| {
        if over != Over::Threads {
            let scales: Vec<f64> = at.iter().map(|n| n / over.unit()).collect();
            return Ok(procedures::sweep_sizes(groups, &scales));
        }
        let single = groups.iter().find(|g| g.facts().is_some_and(|w| w.is_deterministic()));
        match single {
            Some(group) => Err(Failed::Usage(format!(
                "{} has only one thread: there is nothing to vary",
                group.workload
            ))),
            None => {
                let threads: Vec<usize> = at.iter().map(|&n| n as usize).collect();
                Ok(procedures::sweep(groups, &threads))
            }
        }
    })
}
