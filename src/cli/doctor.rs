//! `memscope-bench doctor`: what is missing on this machine, and what that costs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use memscope_bench::build::link;
use memscope_bench::build::subjects::Subjects;
use memscope_bench::plan::catalog::Catalog;
use memscope_bench::record::environment::{Environment, SettingsRecord};
use memscope_bench::run::cgroup;
use memscope_bench::run::wrap::{self, WrapError};
use serde::Serialize;

use super::{Failed, Output};

const EXAMPLES: &str = "\
Examples:
  memscope-bench doctor                   what is missing here
  memscope-bench doctor --out DIR         whether reports can be written there
  memscope-bench doctor --json            for scripts";

#[derive(Args)]
#[command(after_help = super::unwrapped(EXAMPLES))]
pub(crate) struct Arguments {
    /// The folder of reports that would be written to
    #[arg(long, value_name = "DIR", default_value = "target-reports")]
    out: PathBuf,
}

#[derive(Serialize)]
struct Finding {
    /// What was looked at.
    check: &'static str,
    state: State,
    /// What was found.
    found: String,
    /// What it costs and what to do; empty if all is well.
    advice: String,
}

#[derive(Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Good,
    /// Figures are noisier, or one is absent.
    Worse,
    /// Nothing can be measured.
    Broken,
}

pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<(), Failed> {
    let environment = Environment::capture(String::new(), None, None, SettingsRecord::default());
    let findings = [
        toolchain(&environment),
        subjects()?,
        peak_memory(),
        cores(&environment),
        load(&environment),
        governor(&environment),
        randomisation(&environment),
        folder(&arguments.out),
        tools(),
        control_groups(),
        hardware_counters(),
        link_orders(),
    ];
    output.result(&findings, || text(&findings))?;
    let broken: Vec<&str> =
        findings.iter().filter(|f| f.state == State::Broken).map(|f| f.check).collect();
    if broken.is_empty() {
        Ok(())
    } else {
        Err(Failed::Harness(format!(
            "nothing can be measured until this is fixed: {}",
            broken.join(", ")
        )))
    }
}

fn text(findings: &[Finding]) -> String {
    let mut lines = Vec::new();
    for Finding { check, state, found, advice } in findings {
        let sign = match state {
            State::Good => "ok",
            State::Worse => "worse",
            State::Broken => "BROKEN",
        };
        lines.push(format!("{sign:>6}  {check:<22} {found}"));
        if !advice.is_empty() {
            lines.push(format!("{:>6}  {:<22} → {advice}", "", ""));
        }
    }
    lines.join("\n")
}

fn finding(check: &'static str, found: impl Into<String>) -> Finding {
    Finding { check, state: State::Good, found: found.into(), advice: String::new() }
}

impl Finding {
    /// Marks it as not good, with what that costs.
    fn but(mut self, state: State, advice: &str) -> Self {
        self.state = state;
        advice.clone_into(&mut self.advice);
        self
    }
}

fn toolchain(environment: &Environment) -> Finding {
    match &environment.rustc {
        Some(rustc) => finding("Rust toolchain", rustc),
        None => finding("Rust toolchain", "rustc is not on the PATH").but(
            State::Worse,
            "subjects cannot be built or rebuilt; only those built already are measured",
        ),
    }
}

fn subjects() -> Result<Finding, Failed> {
    let catalog = Catalog::built_in().map_err(Failed::harness)?;
    let subjects = Subjects::as_they_are()?;
    let (mut run, mut missing) = (Vec::new(), Vec::new());
    for entry in catalog.trackers.iter().filter(|entry| entry.is_built_in()) {
        match subjects.identity(&entry.name) {
            Some(identity) => run.push(format!("{} {}", entry.name, identity.version)),
            None => missing.push(entry.name.as_str()),
        }
    }
    let found = if run.is_empty() { "none built yet".to_owned() } else { run.join(", ") };
    if missing.is_empty() {
        return Ok(finding("subjects", found));
    }
    Ok(finding("subjects", format!("{found}; missing: {}", missing.join(", ")))
        .but(State::Worse, "the first `measure` builds them, which takes some minutes"))
}

fn peak_memory() -> Finding {
    let writable = fs::File::options().write(true).open("/proc/self/clear_refs").is_ok();
    if writable {
        finding("peak memory", "VmHWM can be reset before the work")
    } else {
        finding("peak memory", "/proc/self/clear_refs cannot be written")
            .but(State::Worse, "peak memory is absent from every sample")
    }
}

fn cores(environment: &Environment) -> Finding {
    let found = finding("cores", environment.cores.to_string());
    if environment.cores > 1 {
        found
    } else {
        found.but(State::Worse, "contention between threads cannot show on one core")
    }
}

fn load(environment: &Environment) -> Finding {
    let Some([one, ..]) = environment.load else {
        return finding("load", "unknown on this system");
    };
    let found = finding("load", format!("{one:.2} over the last minute"));
    if one < 0.5 * environment.cores as f64 {
        found
    } else {
        found.but(
            State::Worse,
            "the machine is busy: small differences will not be found; end what else runs",
        )
    }
}

fn governor(environment: &Environment) -> Finding {
    match environment.switches.get("cpu governor").map(String::as_str) {
        Some("performance") => finding("CPU governor", "performance"),
        Some(other) => finding("CPU governor", other).but(
            State::Worse,
            "clock changes add noise; `cpupower frequency-set -g performance` as root avoids them",
        ),
        None => finding("CPU governor", "not exposed, as in most virtual machines"),
    }
}

fn randomisation(environment: &Environment) -> Finding {
    match environment.switches.get("randomize_va_space").map(String::as_str) {
        Some("0") => finding("address randomisation", "off").but(
            State::Worse,
            "every sample has the same memory layout, whose luck becomes part of the figures; \
             `sysctl kernel.randomize_va_space=2` as root turns it on",
        ),
        Some(level) => finding("address randomisation", format!("on (level {level})")),
        None => finding("address randomisation", "unknown on this system"),
    }
}

fn folder(out: &Path) -> Finding {
    let tried = fs::create_dir_all(out).and_then(|()| tempfile::tempfile_in(out).map(|_| ()));
    match tried {
        Ok(()) => finding("folder of reports", out.display().to_string()),
        Err(error) => finding("folder of reports", format!("{}: {error}", out.display()))
            .but(State::Broken, "name one that can be written to with --out"),
    }
}

/// The tools that are put in front of a program. One that is missing is unavailable, and no other figure is affected.
fn tools() -> Finding {
    let (mut there, mut missing) = (Vec::new(), Vec::new());
    let mut packages = BTreeSet::new();
    for (name, version) in wrap::all() {
        match version {
            Ok(version) => there.push(format!("{name} {version}")),
            Err(WrapError::NotInstalled { package, .. }) => {
                packages.insert(package);
                missing.push(name.to_owned());
            }
            Err(error) => missing.push(format!("{name} ({error})")),
        }
    }
    if missing.is_empty() {
        return finding("tools", there.join(", "));
    }
    let found = format!("{}; missing: {}", there.join(", "), missing.join(", "));
    let packages: Vec<&str> = packages.into_iter().collect();
    let install = match packages.as_slice() {
        [] => String::new(),
        packages => {
            format!("; on Debian and Ubuntu `apt-get install {}` as root", packages.join(" "))
        }
    };
    let witness = if missing.iter().any(|name| name == wrap::MEMCHECK) {
        ", `verify` has one witness fewer, --metric instructions cannot be asked for"
    } else {
        ""
    };
    let advice =
        format!("these are unavailable{witness}, and no other figure is affected{install}");
    finding("tools", found.trim_start_matches("; ")).but(State::Worse, &advice)
}

/// Whether each sample gets a control group of its own.
fn control_groups() -> Finding {
    match cgroup::control_groups() {
        Ok(()) => finding("control groups", "each sample has one: what it leaves behind is ended"),
        Err(reason) => finding("control groups", reason).but(
            State::Worse,
            "what a sample leaves behind is found by a mark in its environment, which it can drop; no figure is affected",
        ),
    }
}

/// Whether programs can be linked with their code in another order.
fn link_orders() -> Finding {
    match link::shuffles() {
        Ok(how) => finding("link orders", format!("code can be put in another order, {how}")),
        Err(error) => finding("link orders", error.to_string())
            .but(State::Worse, "`compare --links` is unavailable; no other figure is affected"),
    }
}

/// Whether the processor could count instructions. Nothing is lost where it cannot: Valgrind counts them.
fn hardware_counters() -> Finding {
    const SOURCES: &str = "/sys/bus/event_source/devices";
    let allowed = fs::read_to_string("/proc/sys/kernel/perf_event_paranoid").ok();
    let allowed = allowed.and_then(|level| level.trim().parse::<i32>().ok());
    let cores = fs::read_dir(SOURCES).into_iter().flatten().flatten();
    let counters = cores.map(|entry| entry.file_name()).any(|name| {
        // `cpu_core` and `cpu_atom` where cores differ, `armv8_…` on aarch64.
        let name = name.to_string_lossy();
        name == "cpu" || name.starts_with("cpu_") || name.starts_with("armv8_")
    });
    let found = match (counters, allowed) {
        (false, _) => "none here".to_owned(),
        (true, Some(level)) if level > 2 => {
            format!("there, but not for this user (perf_event_paranoid is {level})")
        }
        (true, _) => "there".to_owned(),
    };
    finding("hardware counters", format!("{found}; not used: Valgrind counts instructions"))
}
