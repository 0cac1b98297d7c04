//! Where and how a run was made: everything one would ask before believing a figure of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use protocol::{Params, fnv1a};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SCHEMA;
use crate::common::machine::{cpu_model, first_line, meminfo, trimmed};
use crate::common::units;
use crate::plan::catalog::TrackerEntry;
use crate::plan::own_workload::OwnWorkload;
use crate::plan::procedure::Procedure;
use crate::plan::sampling::Sampling;
use crate::plan::settings::{Client, Settings};
use crate::plan::spec::Spec;

/// A run's environment. A fact that could not be learnt is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Environment {
    /// [`SCHEMA`] of the writer.
    pub schema: u32,
    /// The run's name, which is its folder's.
    pub run: String,
    /// When it began, UTC, as RFC 3339.
    pub started: String,
    /// The command that made it.
    pub command: String,
    /// Version of memscope-bench.
    pub harness_version: String,
    /// Short git revision of the harness's source, with `-dirty` for uncommitted changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// FNV-1a hash of `Cargo.lock`, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock_hash: Option<String>,
    /// The machine's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Operating system and architecture.
    pub platform: String,
    /// Kernel release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel: Option<String>,
    /// The processor's model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<String>,
    /// Cores that the process may use.
    pub cores: usize,
    /// Memory of the machine, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// The C library, by `ldd --version`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub libc: Option<String>,
    /// The compiler, by `rustc --version`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rustc: Option<String>,
    /// Cargo profile of the subjects.
    pub profile: String,
    /// Switches that move figures: CPU governor, address-space randomisation, transparent huge pages,
    /// `MALLOC_*`, `GLIBC_TUNABLES` and `MEMSCOPE_*` variables.
    pub switches: BTreeMap<String, String>,
    /// Load averages over 1, 5 and 15 minutes when the run began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<[f64; 3]>,
    /// The versions that were built for this run, beside those that are built in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<VersionRecord>,
    /// What was asked for.
    pub settings: SettingsRecord,
    /// What was to be run; absent in runs that were recorded before it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub procedure: Option<Procedure>,
}

/// A version of a tracker that was built for a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VersionRecord {
    /// The tracker's name in the catalogue.
    pub tracker: String,
    /// The version as it was asked for, as in the names of its arms: `0.1.10`, `path:DIR`.
    pub asked: String,
    /// The version that its manifest gives.
    pub version: String,
    /// The day of its publication: `2025-10-15`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<String>,
    /// The git commit it was built from, with `-dirty` for a folder with uncommitted changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The file that speaks its API, relative to the harness's source; absent if it does not build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapter: Option<String>,
    /// The features it was built with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<String>,
    /// The lock file it was built with, relative to the run's folder; absent if it does not build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<String>,
}

impl VersionRecord {
    /// The name of its program, as [`ArmId::program`](crate::plan::arm::ArmId::program) has it.
    pub fn program(&self) -> String {
        format!("{}@{}", self.tracker, self.asked)
    }
}

/// The settings of a run, as recorded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SettingsRecord {
    /// What makes a program of each workload.
    pub params: Params,
    /// The scales of single workloads, where they are not that of `params`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scales: BTreeMap<String, f64>,
    /// Samples of each arm; absent where they were chosen by each workload's length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<u32>,
    /// Seconds for the samples of each workload, where time ended them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_s: Option<f64>,
    /// How precise every ratio was to become, as a share of it, where that ended them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<f64>,
    /// Seconds after which a sample is stopped.
    pub timeout_s: f64,
    /// Bytes of resident set at which a sample is stopped.
    pub memory_limit_bytes: u64,
    /// Who made the load on servers.
    #[serde(default)]
    pub client: Client,
    /// The port on which servers listened; absent for one of the system's choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The workloads, by name; empty in runs recorded before these were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workloads: Vec<String>,
    /// The trackers beside `untracked`, by SPEC; likewise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trackers: Vec<String>,
    /// What was known of those of the reader's own, in the form of `trackers.toml`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<serde_json::Value>")]
    pub own_trackers: Vec<TrackerEntry>,
    /// The reader's own among the workloads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_workload: Option<OwnWorkload>,
}

impl SettingsRecord {
    /// Settings as they are recorded, patterns and ranges resolved: what a procedure amounts to.
    pub fn new(settings: &Settings, procedure: &Procedure) -> Self {
        let differs =
            |group: &&crate::plan::group::Group| group.params.scale != settings.params.scale;
        let scales = procedure.groups.iter().filter(differs);
        Self {
            params: settings.params,
            scales: scales.map(|group| (group.workload.clone(), group.params.scale)).collect(),
            workloads: procedure.workloads(),
            own_trackers: settings.own_trackers.clone(),
            trackers: procedure
                .arms()
                .iter()
                .filter(|arm| arm.is_tracked())
                .map(ToString::to_string)
                .collect(),
            ..Self::of(settings)
        }
    }

    /// Settings as they stand, without a procedure.
    pub fn of(settings: &Settings) -> Self {
        Self {
            params: settings.params,
            scales: BTreeMap::new(),
            samples: settings.sampling.samples,
            budget_s: settings.sampling.budget.map(|budget| budget.as_secs_f64()),
            precision: settings.sampling.precision,
            timeout_s: settings.timeout.as_secs_f64(),
            memory_limit_bytes: settings.memory_limit,
            client: settings.client,
            port: settings.port,
            workloads: settings.workloads.clone(),
            trackers: settings.trackers.iter().map(Spec::to_string).collect(),
            own_trackers: settings.own_trackers.clone(),
            own_workload: settings.own_workload.clone(),
        }
    }

    /// How much was measured of each workload.
    pub fn sampling(&self) -> Sampling {
        let budget = self.budget_s.and_then(|budget| Duration::try_from_secs_f64(budget).ok());
        Sampling { samples: self.samples, budget, precision: self.precision }
    }

    /// What made a program of a workload.
    pub fn params_of(&self, workload: &str) -> Params {
        let scale = self.scales.get(workload).copied().unwrap_or(self.params.scale);
        Params { scale, ..self.params }
    }

    /// The scale in words: `1`, or `1; 0.1 for http-longevity and broken-pipe`.
    pub fn scale_in_words(&self) -> String {
        let mut told = self.params.scale.to_string();
        let mut by_scale: Vec<(f64, Vec<&str>)> = Vec::new();
        for (workload, scale) in &self.scales {
            match by_scale.iter_mut().find(|(known, _)| known == scale) {
                Some((_, names)) => names.push(workload),
                None => by_scale.push((*scale, vec![workload])),
            }
        }
        for (scale, names) in by_scale {
            told += &format!("; {scale} for {}", units::listed(&names));
        }
        told
    }
}

impl Environment {
    /// Looks around. `source` is the root of the source that subjects are built from, for its lock file; `revision` is
    /// the harness's.
    pub fn capture(
        command: String,
        source: Option<&Path>,
        revision: Option<String>,
        settings: SettingsRecord,
    ) -> Self {
        let now = jiff::Timestamp::now();
        let host = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok());
        let short = |text: &str| -> String {
            let allowed = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
            text.chars().filter(allowed).take(24).collect()
        };
        let run = format!(
            "{}-{}-{}",
            now.strftime("%Y%m%dT%H%M%SZ"),
            host.as_deref().map_or("host".into(), short),
            revision.as_deref().map_or("release".into(), short),
        );
        Self {
            schema: SCHEMA,
            run,
            started: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            command,
            harness_version: env!("CARGO_PKG_VERSION").to_owned(),
            revision,
            lock_hash: source
                .and_then(|root| fs::read(root.join("Cargo.lock")).ok())
                .map(|lock| format!("{:016x}", fnv1a(&lock))),
            host,
            platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            kernel: trimmed("/proc/sys/kernel/osrelease"),
            cpu: cpu_model(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_bytes: meminfo("MemTotal:"),
            libc: first_line("ldd", &["--version"]),
            rustc: first_line("rustc", &["--version"]),
            profile: "release".to_owned(),
            switches: switches(),
            load: trimmed("/proc/loadavg").and_then(|text| {
                let mut fields = text.split(' ').map(|field| field.parse().ok());
                Some([fields.next()??, fields.next()??, fields.next()??])
            }),
            versions: Vec::new(),
            settings,
            procedure: None,
        }
    }

    /// How many threads worked: `2 threads (timed on 1)`.
    pub fn threads_in_words(&self) -> String {
        let number = self.settings.params.threads;
        let on_one = self.procedure.as_ref().is_some_and(Procedure::times_one_thread) && number > 1;
        let timed = if on_one { " (timed on 1)" } else { "" };
        format!("{}{timed}", units::counted(number, "thread"))
    }

    /// The machine in one line: processor, cores, memory, system.
    pub fn machine(&self) -> String {
        let cores = units::counted(self.cores, "core");
        let memory =
            self.memory_bytes.map(|bytes| format!("{} memory", units::bytes(bytes as f64)));
        // Without the suffix of its build: of the same sources, it is the same kernel.
        let kernel = self.kernel.as_deref().and_then(|kernel| kernel.split('-').next());
        let system = match kernel {
            Some(kernel) => format!("{} {kernel}", self.platform),
            None => self.platform.clone(),
        };
        let parts = [self.cpu.clone(), Some(cores), memory, Some(system)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// The harness and its revision: `memscope-bench 0.1.0 (d4a60f9)`.
    pub fn harness(&self) -> String {
        let revision = self.revision.as_ref().map(|revision| format!(" ({revision})"));
        format!("memscope-bench {}{}", self.harness_version, revision.unwrap_or_default())
    }
}

fn switches() -> BTreeMap<String, String> {
    let files = [
        ("cpu governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        ("randomize_va_space", "/proc/sys/kernel/randomize_va_space"),
        ("transparent_hugepage", "/sys/kernel/mm/transparent_hugepage/enabled"),
    ];
    let read = files.into_iter().filter_map(|(name, path)| Some((name.to_owned(), trimmed(path)?)));
    let ours = |name: &str| {
        ["MALLOC_", "GLIBC_TUNABLES", "MEMSCOPE_", "RUST_LOG"].iter().any(|p| name.starts_with(p))
    };
    // One that is no text says nothing to a reader.
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    read.chain(variables.filter(|(name, _)| ours(name))).collect()
}
