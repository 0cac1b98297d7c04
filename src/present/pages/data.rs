//! Where the figures come from, and how to read them.

use serde::Serialize;

use crate::analyse::summary::Summary;
use crate::common::units;
use crate::present::words;
use crate::record::environment::{Environment, VersionRecord};

/// Every run, with its raw data.
#[derive(Debug, Serialize)]
pub(in crate::present) struct Data {
    runs: Vec<RunView>,
    criterion: Option<String>,
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
pub(in crate::present) struct DataLinks {
    pub(in crate::present) records: String,
    pub(in crate::present) environment: String,
    /// Lock files of the versions built for it, in their order.
    pub(in crate::present) locks: Vec<Option<String>>,
}

impl Data {
    /// The runs of a summary, with the links of each, in its order.
    pub(in crate::present) fn new(
        summary: &Summary,
        links: Vec<DataLinks>,
        criterion: Option<String>,
    ) -> Self {
        let runs = summary.environments.iter().zip(links).map(|(environment, links)| RunView {
            name: environment.run.clone(),
            command: environment.command.clone(),
            facts: facts(environment),
            records: links.records,
            environment: links.environment,
            versions: environment.versions.iter().cloned().zip(links.locks).collect(),
        });
        Self { runs: runs.collect(), criterion }
    }
}

/// How to read the report.
#[derive(Debug, Serialize)]
pub(in crate::present) struct Method {
    /// `phase` or `workload`.
    noun: &'static str,
    measured_share: Option<String>,
}

impl Method {
    /// What depends on what was measured.
    pub(in crate::present) fn new(summary: &Summary) -> Self {
        Self {
            noun: words::workload_noun(&summary.workloads),
            measured_share: summary.measured_share.map(units::percent),
        }
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
        ("threads", Some(environment.threads_in_words())),
        ("seed", Some(settings.params.seed.to_string())),
        ("time limit of a sample", Some(units::seconds(settings.timeout_s))),
        ("memory limit of a sample", Some(units::bytes(settings.memory_limit_bytes as f64))),
    ];
    known.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}
