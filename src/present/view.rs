//! What the page of measurements shows, in words: all a template has to do is to place it.

use serde::Serialize;

use super::grid::Grid;
use super::profiles::ProfileView;
use super::versions::{Ranking, TrackerPicture, rankings};
use super::{accuracy, cells, experiments, headline, heap_check};
use crate::analyse::summary::{Cell, Overall, Summary, WorkloadSummary};
use crate::common::units::{self, ABSENT};
use crate::present::charts::Chart;
use crate::present::words;
use crate::record::environment::{Environment, VersionRecord};

/// The page of measurements.
#[derive(Debug, Serialize)]
pub(super) struct Measurements {
    headline: Option<String>,
    warnings: Vec<String>,
    /// `phase` or `workload`.
    noun: &'static str,
    samples: String,
    charts: Vec<Chart>,
    rankings: Vec<Ranking>,
    tracker_pictures: Vec<TrackerPicture>,
    arms: Vec<ArmBlock>,
    failures: Vec<FailureRow>,
    grids: Vec<Grid>,
    profiles: Vec<ProfileView>,
    runs: Vec<RunView>,
    criterion: Option<String>,
    others: Vec<Other>,
    measured_share: Option<String>,
}

/// One tracked arm's part of the table.
#[derive(Debug, Serialize)]
struct ArmBlock {
    title: String,
    rows: Vec<Row>,
    total: Option<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    allocations: String,
    untracked: String,
    tracked: String,
    overhead: String,
    /// Its interval; empty if there is none.
    interval: String,
    /// How samples failed; empty if none did.
    failures: String,
    cpu_overhead: String,
    memory: String,
    memory_bytes: String,
    capture: String,
    noise: String,
    detection: &'static str,
}

#[derive(Debug, Serialize)]
struct FailureRow {
    arm: String,
    workload: String,
    failure: String,
    count: usize,
    reason: String,
}

#[derive(Debug, Serialize)]
struct RunView {
    name: String,
    command: String,
    facts: Vec<(&'static str, String)>,
    records: String,
    environment: String,
    /// With links to their lock files.
    versions: Vec<(VersionRecord, Option<String>)>,
}

/// Links to a run's raw data.
pub(super) struct DataLinks {
    pub(super) records: String,
    pub(super) environment: String,
    /// Lock files of the versions built for it, in their order.
    pub(super) locks: Vec<Option<String>>,
}

/// What stands on the page beside the figures.
pub(super) struct Shown {
    pub(super) charts: Vec<Chart>,
    pub(super) tracker_pictures: Vec<TrackerPicture>,
    pub(super) profiles: Vec<ProfileView>,
    /// Links of each run of the summary, in its order.
    pub(super) data: Vec<DataLinks>,
    pub(super) criterion: Option<String>,
    pub(super) others: Vec<Other>,
}

/// Another page to go to.
#[derive(Debug, Serialize)]
pub(super) struct Other {
    pub(super) file: String,
    pub(super) name: String,
}

impl Measurements {
    /// Figures and what else there is to see.
    pub(super) fn new(summary: &Summary, shown: Shown) -> Self {
        let Shown { charts, tracker_pictures, profiles, data, criterion, others } = shown;
        let failures = words::all_failures(summary).into_iter().map(|told| FailureRow {
            arm: told.arm.clone(),
            workload: told.workload.to_owned(),
            failure: told.failed.label(),
            count: told.failed.count,
            reason: told.failed.reason.clone(),
        });
        let runs = summary.environments.iter().zip(data).map(|(environment, links)| RunView {
            name: environment.run.clone(),
            command: environment.command.clone(),
            facts: facts(environment),
            records: links.records,
            environment: links.environment,
            versions: environment.versions.iter().cloned().zip(links.locks).collect(),
        });
        Self {
            headline: if summary.is_timed() { headline(summary) } else { None },
            warnings: words::warnings(summary),
            noun: words::workload_noun(&summary.workloads),
            samples: words::samples(summary),
            charts,
            arms: summary
                .overall
                .iter()
                .filter(|_| summary.is_timed())
                .map(|overall| block(summary, overall))
                .collect(),
            rankings: rankings(summary),
            tracker_pictures,
            failures: failures.collect(),
            grids: [
                accuracy::grids(summary),
                experiments::grids(summary),
                heap_check::grids(summary),
            ]
            .concat(),
            profiles,
            runs: runs.collect(),
            criterion,
            others,
            measured_share: summary.measured_share.map(units::percent),
        }
    }
}

fn block(summary: &Summary, overall: &Overall) -> ArmBlock {
    let rows = summary.workloads.iter().flat_map(|workload| {
        let own = workload.cells.iter().filter(|cell| cell.arm == overall.arm);
        own.map(move |cell| row(workload, cell))
    });
    ArmBlock {
        title: words::arm_title(&overall.arm, overall.version.as_deref()),
        rows: rows.collect(),
        total: (summary.workloads.len() > 1).then(|| total(summary, overall)),
    }
}

fn row(workload: &WorkloadSummary, cell: &Cell) -> Row {
    Row {
        name: workload.workload.clone(),
        allocations: cells::count(workload.allocations),
        untracked: cells::wall(workload.untracked.as_ref()),
        tracked: cells::wall(cell.timing.as_ref()),
        overhead: match cell.overhead {
            None if !cell.failures.is_empty() => String::new(),
            overhead => cells::bare_ratio(overhead),
        },
        interval: cells::interval(cell.overhead),
        failures: words::failures(&cell.failures),
        cpu_overhead: cells::bare_ratio(cell.cpu_overhead),
        memory: cells::bare_ratio(cell.memory),
        memory_bytes: match cell.memory {
            Some(_) => format!(
                "{} → {}",
                cells::resident(workload.untracked.as_ref()),
                cells::resident(cell.timing.as_ref())
            ),
            None => String::new(),
        },
        capture: cells::capture(cell.capture),
        noise: cells::noise(workload.noise),
        detection: cell.detection.unwrap_or(ABSENT),
    }
}

fn total(summary: &Summary, overall: &Overall) -> Row {
    let noun = words::workload_noun(&summary.workloads);
    let all = summary.workloads.len();
    let mut name = format!("{} of {}", overall.workloads, units::counted(all, noun));
    if overall.failed > 0 {
        name += &format!(", {} failed", overall.failed);
    }
    Row {
        name,
        allocations: String::new(),
        untracked: String::new(),
        tracked: String::new(),
        overhead: cells::bare_ratio(overall.overhead),
        interval: cells::interval(overall.overhead),
        failures: String::new(),
        cpu_overhead: cells::bare_ratio(overall.cpu_overhead),
        memory: cells::bare_ratio(overall.memory),
        memory_bytes: String::new(),
        capture: String::new(),
        noise: cells::noise(summary.noise),
        detection: overall.detection.unwrap_or(ABSENT),
    }
}

/// An environment as a table of two columns; what is not known is left out.
fn facts(environment: &Environment) -> Vec<(&'static str, String)> {
    let settings = &environment.settings;
    let known = [
        ("measured", Some(words::moment(&environment.started))),
        ("harness", Some(environment.harness())),
        ("lock file", environment.lock_hash.clone()),
        ("built with", environment.rustc.clone()),
        ("profile", Some(environment.profile.clone())),
        ("host", environment.host.clone()),
        ("processor", environment.cpu.clone()),
        ("cores", Some(environment.cores.to_string())),
        ("memory", environment.memory_bytes.map(|bytes| units::bytes(bytes as f64))),
        ("system", Some(environment.platform.clone())),
        ("kernel", environment.kernel.clone()),
        ("C library", environment.libc.clone()),
        (
            "load before",
            environment.load.map(|load| load.map(|load| format!("{load:.2}")).join(", ")),
        ),
        (
            "switches",
            Some(&environment.switches).filter(|switches| !switches.is_empty()).map(|switches| {
                let told = switches.iter().map(|(name, value)| format!("{name} = {value}"));
                told.collect::<Vec<_>>().join("; ")
            }),
        ),
        ("scale", Some(settings.scale_in_words())),
        (
            "samples of each arm",
            Some(settings.samples.map_or("by each workload's length".to_owned(), |samples| {
                units::count(u64::from(samples))
            })),
        ),
        ("threads", Some(settings.params.threads.to_string())),
        ("seed", Some(settings.params.seed.to_string())),
        ("time limit of a sample", Some(units::seconds(settings.timeout_s))),
        ("memory limit of a sample", Some(units::bytes(settings.memory_limit_bytes as f64))),
    ];
    known.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}
