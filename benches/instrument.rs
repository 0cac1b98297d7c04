//! `cargo bench --bench instrument`: what the instrument itself costs.
//!
//! - `instrument/wrapper`: a pair of allocation and free through the wrapper that counts the ground
//!   truth, when it is not counting, against the bare system allocator. Taken in alternation in one
//!   process, and set against the allocations and CPU time of each phase.
//! - `instrument/process/PHASE`: CPU time of the whole process: a plain program of the phase's code with
//!   no harness at all, twice; the untracked subject; the untracked subject without the wrapper; and the untracked
//!   subject whose wrapper passes the allocator by, as in modes that install none. Of the last one the summary tells
//!   the measured region's CPU time, which is what such modes are charged.
//!
//! `MEMSCOPE_BENCH_SCALE` sets the scale of the phases: many short processes find smaller differences than few long ones.

mod support;

use std::alloc::System;
use std::convert::Infallible;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use criterion::Criterion;
use memscope_bench::plan::settings::Settings;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use protocol::workloads::{self, Kind};
use protocol::{AllocatorRole, Job, Params, Pass, ROLE_VARIABLE, Reply};
use subject::GroundTruth;
use subject::ground_truth::exercise;
use support::figures::{self, median};
use support::{Arguments, Collector, die, programs};

/// Pairs of allocation and free in one sample of the wrapper's cost.
const PAIRS: usize = 400_000;
/// Blocks of the wrapper's cost: many short ones win on a noisy machine.
const WRAPPER_BLOCKS: usize = 60;
/// Blocks of the comparison of processes, unless Criterion's `--sample-size` says otherwise: few, since `cargo bench`
/// is to be short.
const PROCESS_BLOCKS: usize = 12;
/// Threads of the phases that have some: several race for cores, and differ by a fifth from run to run.
const THREADS: usize = 1;
/// Scale of the phases there, unless `MEMSCOPE_BENCH_SCALE` says otherwise: a quarter keeps `cargo bench` short, and a
/// process's start small beside the work.
const SCALE: f64 = 0.25;
/// Scale where everything only has to work.
const TEST_SCALE: f64 = 0.01;

fn main() {
    let arguments = Arguments::from_command_line();
    let scale = match arguments.test {
        true => TEST_SCALE,
        false => Settings::bench_scale(SCALE).unwrap_or_else(|error| die(2, &error)),
    };
    let mut criterion = Criterion::default().configure_from_args();
    let wrapper = wrapper(&mut criterion, &arguments);
    let processes = processes(&mut criterion, &arguments, scale);
    criterion.final_summary();
    if !arguments.test && !arguments.dry {
        summarise(&wrapper, &processes, scale);
    }
}

/// Samples of several arms, in seconds, with a name.
struct Samples {
    name: String,
    /// One entry a block, without the warm-up; one time an arm.
    blocks: Vec<Vec<f64>>,
    /// The CPU time of the measured region, likewise; nothing of a program that has none.
    regions: Vec<Vec<f64>>,
}

impl Samples {
    fn new(name: impl Into<String>, blocks: Vec<Vec<f64>>) -> Self {
        Self { name: name.into(), blocks, regions: Vec::new() }
    }

    fn arm(&self, arm: usize) -> Vec<f64> {
        self.blocks.iter().map(|block| block[arm]).collect()
    }

    /// The measured region of an arm against that of another.
    fn regions_against(&self, base: usize, arm: usize) -> String {
        let of = |arm: usize| self.regions.iter().map(|block| block[arm]).collect::<Vec<_>>();
        figures::ratio(&of(base), &of(arm))
    }

    /// An arm against another: "1.004 (0.998–1.010)".
    fn against(&self, base: usize, arm: usize) -> String {
        figures::ratio(&self.arm(base), &self.arm(arm))
    }
}

fn wrapper(criterion: &mut Criterion, arguments: &Arguments) -> Samples {
    let name = "instrument/wrapper".to_owned();
    let arms = ["bare", "wrapped"].map(str::to_owned).to_vec();
    let mut blocks = Vec::new();
    if arms.iter().any(|arm| arguments.may_match(&format!("{name}/{arm}"))) {
        let wrapped = GroundTruth::new(System);
        let run = |number: u32| {
            let time = |work: &dyn Fn()| {
                let begin = Instant::now();
                work();
                begin.elapsed()
            };
            let bare = || time(&|| exercise(&System, PAIRS));
            let through = || time(&|| exercise(&wrapped, PAIRS));
            // Each goes first in every second block.
            let block = if number.is_multiple_of(2) {
                let first = bare();
                vec![first, through()]
            } else {
                let first = through();
                vec![bare(), first]
            };
            if number > 0 {
                blocks.push(block.iter().map(Duration::as_secs_f64).collect());
            }
            Ok::<_, Infallible>(block.into_iter().map(Some).collect())
        };
        let Ok(collector) = Collector::warm_up(arms, run);
        let pairs = Some(PAIRS as u64);
        collector.show(
            criterion,
            &name,
            WRAPPER_BLOCKS,
            Duration::from_millis(20),
            pairs,
            |never| match *never {},
        );
    }
    Samples::new(name, blocks)
}

/// An arm of the comparison of processes.
struct Program {
    arm: &'static str,
    /// What it runs.
    name: &'static str,
    /// Whether its job is an idle one: the wrapper then passes the tracker's allocator by.
    idle: bool,
}

impl Program {
    const fn new(arm: &'static str, name: &'static str, idle: bool) -> Self {
        Self { arm, name, idle }
    }
}

/// The plain program, by which all are divided, and untracked, by which what passes the allocator by is.
const PLAIN: usize = 0;
const UNTRACKED: usize = 2;
const PASSED_BY: usize = 4;
const PROGRAMS: [Program; 5] = [
    Program::new("plain", "plain-phases", false),
    Program::new("plain-twin", "plain-phases", false),
    Program::new("untracked", "subject-untracked", false),
    Program::new("bare", "subject-bare", false),
    Program::new("untracked-bypass", "subject-untracked", true),
];

fn processes(criterion: &mut Criterion, arguments: &Arguments, scale: f64) -> Vec<Samples> {
    let mut all = Vec::new();
    for meta in workloads::ALL.iter().filter(|meta| matches!(meta.kind, Kind::Phase(_))) {
        let name = format!("instrument/process/{}", meta.name);
        let arms: Vec<String> = PROGRAMS.iter().map(|one| one.arm.to_owned()).collect();
        if !arms.iter().any(|arm| arguments.may_match(&format!("{name}/{arm}"))) {
            continue;
        }
        let mut blocks = Vec::new();
        let mut regions = Vec::new();
        let dry = arguments.dry;
        let begin = Instant::now();
        let run = |number: u32| {
            let mut block = vec![Used::default(); PROGRAMS.len()];
            for step in 0..PROGRAMS.len() {
                // A rotation that also turns round: no arm always follows the same other.
                let number = number as usize;
                let step = if number.is_multiple_of(2) { step } else { PROGRAMS.len() - 1 - step };
                let arm = (step + number / 2) % PROGRAMS.len();
                if !dry {
                    block[arm] = cpu_time(&PROGRAMS[arm], meta.name, scale)?;
                }
            }
            if number > 0 {
                blocks.push(block.iter().map(|used| used.process.as_secs_f64()).collect());
                regions.push(block.iter().map(|used| used.region.as_secs_f64()).collect());
            }
            Ok(block.into_iter().map(|used| Some(used.process)).collect())
        };
        let end = |error: &String| die(3, error);
        let collector = Collector::warm_up(arms, run).unwrap_or_else(|error| die(3, &error));
        let block_time = begin.elapsed();
        let blocks_asked = arguments.samples.map_or(PROCESS_BLOCKS, |samples| samples as usize);
        collector.show(criterion, &name, blocks_asked, block_time, None, end);
        all.push(Samples { regions, ..Samples::new(meta.name, blocks) });
    }
    all
}

fn program(name: &str) -> Command {
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let mut command = Command::new(programs().folder().join(name));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit());
    command
}

fn job(workload: &str, scale: f64, pass: Pass, idle: bool) -> Result<String, String> {
    let params = Params { scale, threads: THREADS, ..Params::default() };
    let job = Job { params, idle, ..Job::new(workload, pass) };
    serde_json::to_string(&job).map_err(|error| error.to_string())
}

/// CPU time that a program used.
#[derive(Clone)]
struct Used {
    /// Its whole process, as the kernel counted it.
    process: Duration,
    /// Its measured region, as it told itself.
    region: Duration,
}

impl Default for Used {
    fn default() -> Self {
        Self { process: Duration::from_nanos(1), region: Duration::ZERO }
    }
}

/// Runs a program on a phase.
fn cpu_time(one: &Program, workload: &str, scale: f64) -> Result<Used, String> {
    let name = one.name;
    let mut command = program(name);
    let is_subject = name != "plain-phases";
    if is_subject {
        // As the harness does it: else the subject starts itself once more for a role that is not the usual one.
        let role = AllocatorRole { audit: false, bypass: one.idle };
        command.env(ROLE_VARIABLE, role.to_variable()).stdout(Stdio::piped());
        command.args(["--job", &job(workload, scale, Pass::Timed, one.idle)?]);
    } else {
        let seed = Params::default().seed.to_string();
        command.args([workload, &scale.to_string(), &seed, &THREADS.to_string()]);
    }
    // One child at a time: what all children have used grows by what this one did.
    let before = children_cpu_ns()?;
    let output = command.stderr(Stdio::inherit()).output().map_err(|e| format!("{name}: {e}"))?;
    if !output.status.success() {
        return Err(format!("{name} on {workload}: {}", output.status));
    }
    let used = children_cpu_ns()? - before;
    let process = Duration::from_nanos(u64::try_from(used).unwrap_or(0));
    let region = if is_subject { region(&output.stdout)? } else { Duration::ZERO };
    Ok(Used { process, region })
}

/// CPU time of the measured region, by the subject's answer.
fn region(answer: &[u8]) -> Result<Duration, String> {
    let reply: Reply = serde_json::from_slice(answer).map_err(|error| error.to_string())?;
    let cpu_ns = reply.parts.first().and_then(|part| part.cost.cpu_ns());
    Ok(Duration::from_nanos(cpu_ns.ok_or("a subject told no CPU time")?))
}

fn children_cpu_ns() -> Result<i64, String> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|error| error.to_string())?;
    Ok((usage.user_time() + usage.system_time()).num_nanoseconds())
}

/// Allocation events of a phase, counted in an audit at the same scale.
fn events(workload: &str, scale: f64) -> Option<u64> {
    let job = job(workload, scale, Pass::Audit, false).ok()?;
    let output = program("subject-untracked").args(["--job", &job]).stdout(Stdio::piped()).output();
    let reply: Reply = serde_json::from_slice(&output.ok()?.stdout).ok()?;
    Some(reply.parts.first()?.truth.as_ref()?.heap.events())
}

fn summarise(wrapper: &Samples, processes: &[Samples], scale: f64) {
    let mut event_ns = None;
    if !wrapper.blocks.is_empty() {
        // Of each block's difference, the median: half a pair is one event.
        let differences = wrapper.blocks.iter().map(|block| block[1] - block[0]).collect();
        let ns = median(differences) / (2 * PAIRS) as f64 * 1e9;
        println!(
            "\n{}: wrapped ÷ bare {}; {ns:.2} ns an event",
            wrapper.name,
            wrapper.against(0, 1)
        );
        event_ns = Some(ns);
    }
    if processes.is_empty() {
        return;
    }
    println!(
        "\nCPU time of the whole process at scale {scale}, on one thread, ratios to the plain program (95 %):"
    );
    println!(
        "{:<20} {:>10}  {:<20} {:<20} {:<20} {:<20} wrapper",
        "phase", "plain", "plain again", "untracked subject", "without wrapper", "passed by ÷ not"
    );
    for samples in processes {
        let plain = median(samples.arm(PLAIN));
        let share =
            event_ns.zip(events(&samples.name, scale)).map_or(String::new(), |(ns, events)| {
                format!("{:.2} % of CPU time", ns * events as f64 / 1e9 / plain * 100.0)
            });
        print_row(samples, &share);
    }
    // All phases of a block together: what the whole suite takes.
    let blocks = processes.iter().map(|samples| samples.blocks.len()).min().unwrap_or(0);
    let sum =
        |block: usize, arm: usize| processes.iter().map(|s| s.blocks[block][arm]).sum::<f64>();
    let of_all = |sum: &dyn Fn(usize, usize) -> f64| -> Vec<Vec<f64>> {
        let block = |block| (0..PROGRAMS.len()).map(|arm| sum(block, arm)).collect();
        (0..blocks).map(block).collect()
    };
    let region =
        |block: usize, arm: usize| processes.iter().map(|s| s.regions[block][arm]).sum::<f64>();
    let total = Samples { regions: of_all(&region), ..Samples::new("all phases", of_all(&sum)) };
    print_row(&total, "");
}

fn print_row(samples: &Samples, share: &str) {
    println!(
        "{:<20} {:>7.1} ms  {:<20} {:<20} {:<20} {:<20} {share}",
        samples.name,
        median(samples.arm(PLAIN)) * 1e3,
        samples.against(PLAIN, 1),
        samples.against(PLAIN, UNTRACKED),
        samples.against(PLAIN, 3),
        samples.regions_against(UNTRACKED, PASSED_BY),
    );
}
