//! What the page of measurements shows, in words: all a template has to do is to place it.

use serde::Serialize;

use super::compared::ComparedView;
use super::instruction_page::InstructionsView;
use super::profiles::ProfileView;
use super::table::{Placed, Table, Value};
use super::versions::{TrackerPicture, rankings};
use super::{
    accuracy, allocators, calibration, changes, costs, experiments, glance, headline, heap_check,
    instructions, latency, load,
};
use crate::analyse::summary::Summary;
use crate::common::units;
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
    compared: Option<ComparedView>,
    instructions: Option<InstructionsView>,
    overview: Option<Placed>,
    changes: Vec<Placed>,
    charts: Vec<Chart>,
    rankings: Vec<Placed>,
    tracker_pictures: Vec<TrackerPicture>,
    costs: Option<Placed>,
    failures: Option<Placed>,
    tables: Vec<Placed>,
    profiles: Vec<ProfileView>,
    runs: Vec<RunView>,
    criterion: Option<String>,
    others: Vec<Other>,
    measured_share: Option<String>,
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
    pub(super) compared: Option<ComparedView>,
    pub(super) instructions: Option<InstructionsView>,
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
        let Shown { charts, compared, instructions, .. } = shown;
        let Shown { tracker_pictures, profiles, data, criterion, others, .. } = shown;
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
            compared,
            instructions,
            overview: summary
                .is_timed()
                .then(|| glance::overview(summary))
                .and_then(Table::filled)
                .map(Placed::from),
            changes: placed(changes::tables(summary)),
            charts,
            costs: summary
                .is_timed()
                .then(|| costs::by_arm(summary))
                .and_then(Table::filled)
                .map(Placed::from),
            rankings: placed(rankings(summary)),
            tracker_pictures,
            failures: failures(summary).filled().map(Placed::from),
            tables: placed(further_tables(summary)),
            profiles,
            runs: runs.collect(),
            criterion,
            others,
            measured_share: summary.measured_share.map(units::percent),
        }
    }
}

/// Every way in which samples failed.
fn failures(summary: &Summary) -> Table {
    let all = words::all_failures(summary);
    Table::of(&all)
        .words("tracker", "arm", |told| told.arm.as_str())
        .words(words::workload_noun(&summary.workloads), "workload", |told| told.workload)
        .words("failure", "failure", |told| told.failed.label())
        .figure("samples", "samples", |told| Value::Count(told.failed.count as u64))
        .words("the first one's reason", "reason", |told| Value::Log(told.failed.reason.clone()))
        .table("failures", "Failures")
}

/// Every table of a summary, that of costs first.
pub fn tables(summary: &Summary) -> Vec<Table> {
    let costs = costs::by_arm(summary).filled();
    costs.into_iter().chain(further_tables(summary)).collect()
}

fn further_tables(summary: &Summary) -> Vec<Table> {
    let tables = [
        accuracy::tables(summary),
        experiments::tables(summary),
        latency::tables(summary),
        heap_check::tables(summary),
        load::tables(summary),
        calibration::tables(summary),
    ];
    let allocators = allocators::allocators(&summary.allocators).filled();
    let instructions = instructions::cells(&summary.instructions).filled();
    allocators.into_iter().chain(tables.concat()).chain(instructions).collect()
}

fn placed(tables: Vec<Table>) -> Vec<Placed> {
    tables.into_iter().map(Placed::from).collect()
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
        ("threads", Some(words::threads(environment))),
        ("seed", Some(settings.params.seed.to_string())),
        ("time limit of a sample", Some(units::seconds(settings.timeout_s))),
        ("memory limit of a sample", Some(units::bytes(settings.memory_limit_bytes as f64))),
    ];
    known.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::present::table::{Renderer, Terminal};

    #[test]
    fn no_table_overruns_a_terminal() {
        let all = [fixture::summary(), fixture::summary_of_truth()].map(|summary| tables(&summary));
        for (table, width) in all
            .concat()
            .iter()
            .flat_map(|table| (60..200).step_by(5).map(move |width| (table, width)))
        {
            let text = Terminal { width: Some(width), colour: false }.render(table);
            for line in text.lines() {
                assert!(line.chars().count() <= width.into(), "{width}: {text}");
            }
        }
    }
}
