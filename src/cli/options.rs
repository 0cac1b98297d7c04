//! Options that several verbs share, and turning them into settings.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use memscope_bench::plan::catalog::TrackerEntry;
use memscope_bench::plan::own_workload::OwnWorkload;
use memscope_bench::plan::settings::{Client, Settings, SettingsError};
use memscope_bench::record::environment::SettingsRecord;
use protocol::{Pacing, Params};

/// How large and how.
#[derive(Args)]
pub(crate) struct Sizes {
    /// Multiplies the workloads' sizes; 1 is the size of the upstream suites [default: 1]
    #[arg(long, value_name = "F")]
    scale: Option<f64>,
    /// Threads of the workloads' pools and runtimes [default: the cores there are]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Seed of the workloads, and of the order in which samples are taken [default: 1]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Stops a sample that takes longer, e.g. 90s or 5m [default: 2m; of the stress test 30m]
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    timeout: Option<Duration>,
    /// Stops a sample that needs more memory, e.g. 4GiB [default: three quarters of what is free]
    #[arg(long, value_name = "SIZE")]
    memory_limit: Option<bytesize::ByteSize>,
    /// Sleep where upstream sleeps, instead of yielding; hides cost
    #[arg(long)]
    original_sleeps: bool,
    /// The folder of reports
    #[arg(long, value_name = "DIR", default_value = "target-reports")]
    pub(crate) out: PathBuf,
}

impl Sizes {
    /// The settings they stand for.
    pub(crate) fn settings(&self) -> Settings {
        let default = Settings::default();
        Settings {
            params: Params {
                scale: self.scale.unwrap_or(default.params.scale),
                threads: self.threads.unwrap_or(default.params.threads),
                seed: self.seed.unwrap_or(default.params.seed),
                pacing: if self.original_sleeps { Pacing::Original } else { Pacing::Yield },
            },
            timeout: self.timeout.unwrap_or(default.timeout),
            memory_limit: self.memory_limit.map_or(default.memory_limit, |size| size.as_u64()),
            out: self.out.clone(),
            ..default
        }
    }

    /// The same, with what makes a program of a workload as it was recorded, unless something else was
    /// asked for.
    pub(crate) fn or_as_recorded(self, record: &SettingsRecord) -> Self {
        let params = record.params;
        Self {
            scale: self.scale.or(Some(params.scale)),
            threads: self.threads.or(Some(params.threads)),
            seed: self.seed.or(Some(params.seed)),
            original_sleeps: self.original_sleeps || params.pacing == Pacing::Original,
            ..self
        }
    }

    /// The scale, if one was asked for.
    pub(crate) fn scale(&self) -> Option<f64> {
        self.scale
    }

    /// The time-out, if one was asked for.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.timeout
    }
}

/// What is measured, and under what load.
#[derive(Args)]
pub(crate) struct Selection {
    /// Workloads, by name or pattern, e.g. fragmentation or scenario/*, or ./FILE.toml for one of your own; repeat for more
    /// [default: phase/*]
    #[arg(short, long = "workload", value_name = "GLOB")]
    pub(super) workloads: Vec<String>,
    /// Trackers, NAME[@VERSION][/MODE]; repeat for more [default: memscope-rs/full]. VERSION is a version,
    /// a range such as 0.1.* or >=0.2 (an arm for each), path:DIR, or git:URL#REVISION. Or ./FILE.toml[/MODE]
    /// for one of your own
    #[arg(short, long = "tracker", value_name = "SPEC")]
    pub(super) trackers: Vec<String>,
    /// Who makes the load on servers
    #[arg(long, value_enum, default_value_t)]
    client: Client,
    /// The port on which servers listen [default: chosen by the system]
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// What is known already of trackers and a workload of the reader's own.
    #[arg(skip)]
    known: KnownOwn,
}

/// Trackers and a workload of the reader's own that were named by their files before.
#[derive(Default)]
struct KnownOwn {
    trackers: Vec<TrackerEntry>,
    workload: Option<OwnWorkload>,
}

/// What is said of the workloads of a verb whose default is another.
pub(crate) fn workloads_help(default: &str) -> String {
    format!("Workloads, by name or pattern; repeat for more [default: {default}]")
}

impl Selection {
    /// These workloads under these trackers.
    pub(crate) fn of(workloads: Vec<String>, trackers: Vec<String>) -> Self {
        let known = KnownOwn::default();
        Self { workloads, trackers, client: Client::Own, port: None, known }
    }

    /// The same, knowing of the reader's own what a record knows: their files need not be there any more.
    pub(crate) fn knowing(mut self, record: &SettingsRecord) -> Self {
        self.known.trackers.clone_from(&record.own_trackers);
        self.known.workload.clone_from(&record.own_workload);
        self
    }

    /// The same, with these workloads unless others are named.
    pub(crate) fn or_workloads(self, names: impl IntoIterator<Item = String>) -> Self {
        if self.workloads.is_empty() {
            Self { workloads: names.into_iter().collect(), ..self }
        } else {
            self
        }
    }

    /// Settings of these sizes, with the selection in them.
    pub(crate) fn settings(&self, sizes: &Sizes) -> Result<Settings, SettingsError> {
        let mut settings = sizes.settings();
        self.apply(&mut settings)?;
        Ok(settings)
    }

    /// Puts the selection into settings.
    pub(crate) fn apply(&self, settings: &mut Settings) -> Result<(), SettingsError> {
        settings.name_workloads(&self.workloads)?;
        (settings.client, settings.port) = (self.client, self.port);
        if !self.trackers.is_empty() {
            settings.name_trackers(&self.trackers)?;
        }
        let named =
            |one: &&TrackerEntry| settings.own_trackers.iter().all(|other| other.name != one.name);
        let known: Vec<TrackerEntry> = self.known.trackers.iter().filter(named).cloned().collect();
        settings.own_trackers.extend(known);
        if settings.own_workload.is_none() {
            settings.own_workload.clone_from(&self.known.workload);
        }
        Ok(())
    }
}

/// A percentage, which may be 0.
pub(super) fn percent(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').trim().parse() {
        Ok(percent) if (0.0..=1e6).contains(&percent) => Ok(percent),
        _ => Err("a percentage from 0 up is needed, such as 5".to_owned()),
    }
}
