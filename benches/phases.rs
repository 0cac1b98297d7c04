//! `cargo bench`: every phase of the stress test and every scenario, tracked and untracked, as Criterion
//! groups.
//!
//! Criterion is a view on the same samples that `memscope-bench measure` takes: each sample is a fresh
//! subject process, taken in random blocks of all trackers (see `support/collector.rs`). Criterion's own
//! options work as always: filters, `--test`, `--list`, `--save-baseline`, `--baseline`. What is measured
//! is chosen by `memscope-bench.toml` or `MEMSCOPE_BENCH_*` variables.

mod support;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use criterion::Criterion;
use memscope_bench::analyse::summary::Summary;
use memscope_bench::plan::catalog::UNTRACKED;
use memscope_bench::plan::group::{automatic_samples, groups};
use memscope_bench::plan::settings::Settings;
use memscope_bench::present;
use memscope_bench::record::{Outcome, Record, Run};
use memscope_bench::run::{Group, Session, SessionError, Subjects, interrupt};
use support::{Arguments, Collector, die, end};

/// In `--test` every benchmark runs once, at this scale, to see that it works.
const TEST_SCALE: f64 = 0.01;

fn main() {
    let arguments = Arguments::from_command_line();
    let mut criterion = Criterion::default().configure_from_args();
    let mut bench = Bench::new(&arguments).unwrap_or_else(|error| die(2, &error));
    for group in bench.groups.clone() {
        bench.run(&mut criterion, &group).unwrap_or_else(|error| end(&error));
    }
    criterion.final_summary();
    bench.finish().unwrap_or_else(|error| die(3, &error));
}

/// The benchmarks of one `cargo bench`.
struct Bench {
    arguments: Arguments,
    settings: Settings,
    groups: Vec<Group>,
    /// Begun with the first group that runs, so that `--list` or a filter that matches nothing leaves no
    /// empty run behind.
    session: Option<Session>,
    /// Where a `--test` records, which nobody wants to keep.
    scratch: Option<tempfile::TempDir>,
}

impl Bench {
    /// Reads the settings and plans the groups.
    fn new(arguments: &Arguments) -> Result<Self, Box<dyn Error>> {
        let mut settings = Settings::for_bench(Path::new(env!("CARGO_MANIFEST_DIR")))?;
        let scratch = if arguments.test { Some(tempfile::tempdir()?) } else { None };
        if let Some(scratch) = &scratch {
            settings.scale = TEST_SCALE;
            settings.out = scratch.path().to_owned();
        }
        let groups = groups(&settings)?;
        interrupt::listen();
        Ok(Self { arguments: arguments.clone(), settings, groups, session: None, scratch })
    }

    /// Runs one group as a Criterion group.
    fn run(&mut self, criterion: &mut Criterion, group: &Group) -> Result<(), SessionError> {
        let name = group.workload.path();
        let arms: Vec<String> = group.arms.iter().map(|arm| arm.name.clone()).collect();
        if !arms.iter().any(|arm| self.arguments.may_match(&format!("{name}/{arm}"))) {
            return Ok(());
        }
        if self.arguments.dry {
            // Criterion runs none of them, it only has to know of them.
            let known = |_| Ok::<_, SessionError>(vec![Some(Duration::from_nanos(1)); arms.len()]);
            let collector = Collector::warm_up(arms.clone(), known)?;
            collector.show(criterion, &name, 10, Duration::ZERO, None, end);
            return Ok(());
        }
        let (asked, settings) = (self.arguments.samples, self.settings.samples);
        let session = self.session()?;
        let events = audit(session, group)?;
        let begin = Instant::now();
        let collector = Collector::warm_up(arms, |number| {
            let records = session.block(group, number, number == 0)?;
            let wall = |record: &Record| Some(Duration::from_nanos(record.cost?.wall_ns));
            Ok(records.iter().map(wall).collect())
        })?;
        let block_time = begin.elapsed();
        let automatic = automatic_samples(block_time.as_secs_f64());
        let samples = asked.unwrap_or(settings.unwrap_or(automatic) as usize);
        collector.show(criterion, &name, samples, block_time, events, end);
        Ok(())
    }

    /// Prints the table, writes the report, and says where it lies.
    fn finish(self) -> Result<(), Box<dyn Error>> {
        let Some(session) = self.session else { return Ok(()) };
        let run = Run::load(session.folder())?;
        let summary = Summary::of(std::slice::from_ref(&run))?;
        let options = present::Options { criterion: criterion_report() };
        let page = present::write_site(&[run], session.folder(), &options)?;
        if self.scratch.is_some() {
            println!("test mode: every workload ran once at scale {TEST_SCALE}; nothing is kept");
        } else {
            let colour = std::io::IsTerminal::is_terminal(&std::io::stdout());
            println!("\n{}", present::closing(&summary, &page, colour));
            if let Some(criterion) = options.criterion {
                println!("Criterion's charts: {}", criterion.display());
            }
        }
        Ok(())
    }

    fn session(&mut self) -> Result<&mut Session, SessionError> {
        if self.session.is_none() {
            // cargo builds all programs of a package for its benchmarks, into one folder.
            let program = Path::new(env!("CARGO_BIN_EXE_memscope-bench"));
            let choices: Vec<_> = self.groups[0].arms.iter().map(|arm| &arm.choice).collect();
            let subjects = Subjects::in_folder(program.parent().unwrap_or(program))
                .with_versions(&choices, &mut |_, what| eprintln!("building {what}"))
                .unwrap_or_else(|error| die(3, &error));
            let arguments: Vec<String> = std::env::args().skip(1).collect();
            let given = arguments.iter().filter(|argument| *argument != "--bench");
            let given: Vec<&str> = given.map(String::as_str).collect();
            let command = format!("cargo bench -- {}", given.join(" "));
            let command = command.trim_end_matches([' ', '-']).to_owned();
            self.session = Some(Session::begin(self.settings.clone(), subjects, command)?);
        }
        Ok(self.session.as_mut().unwrap_or_else(|| unreachable!("made above")))
    }
}

/// Audits every arm once; the true number of allocation events in the workload, if it could be
/// counted.
fn audit(session: &mut Session, group: &Group) -> Result<Option<u64>, SessionError> {
    eprintln!("{}: counting what truly happens", group.workload.name);
    let mut events = None;
    for arm in group.audited() {
        // Reports that trackers write are judged by `measure` and `audit`: memscope-rs needs 17 GB for that
        // of one scenario, which nobody expects of a first `cargo bench`.
        let record: Record = session.count(group, arm)?;
        if let Outcome::Failed { reason, .. } = &record.outcome {
            eprintln!("{}, {}: audit failed: {reason}", group.workload.name, arm.name);
        }
        if arm.name == UNTRACKED {
            events = record.work.map(|work| work.heap.events());
        }
    }
    Ok(events)
}

/// Criterion's own report: beside the folder of the program that runs now.
fn criterion_report() -> Option<PathBuf> {
    let home = std::env::var_os("CRITERION_HOME").map(PathBuf::from).or_else(|| {
        let program = std::env::current_exe().ok()?;
        Some(program.ancestors().nth(3)?.join("criterion"))
    })?;
    Some(home.join("report/index.html")).filter(|path| path.is_file())
}
