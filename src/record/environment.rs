//! Where and how a run was made: everything one would ask before believing a figure of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};
use subject::protocol::Pacing;

use crate::run::load::Client;

/// A run's environment. A fact that could not be learnt is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Environment {
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
}

/// A version of a tracker that was built for a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionRecord {
    /// Its arms' name without the mode: `memscope-rs@0.1.10`.
    pub arm: String,
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

/// The settings of a run, as recorded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SettingsRecord {
    /// Scale of the workloads; 1.0 is the seed's size.
    pub scale: f64,
    /// Samples of each arm; absent where they were chosen by each workload's length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<u32>,
    /// Threads of pools and runtimes.
    pub threads: usize,
    /// The seed of workloads and of the order in blocks.
    pub seed: u64,
    /// Seconds after which a sample is stopped.
    pub timeout_s: f64,
    /// Bytes of resident set at which a sample is stopped.
    pub memory_limit_bytes: u64,
    /// What became of the seed's sleeps.
    #[serde(default)]
    pub pacing: Pacing,
    /// Who made the load on servers.
    #[serde(default)]
    pub client: Client,
    /// The workloads, by name; empty in runs recorded before these were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workloads: Vec<String>,
    /// The trackers beside `untracked`, by SPEC; likewise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trackers: Vec<String>,
}

impl Environment {
    /// Looks around. `source` is the root of the harness's source, for git and the lock file.
    pub fn capture(command: String, source: Option<&Path>, settings: SettingsRecord) -> Self {
        let now = jiff::Timestamp::now();
        let host = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok());
        let revision = source.and_then(git_revision);
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
            run,
            started: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            command,
            harness_version: env!("CARGO_PKG_VERSION").to_owned(),
            revision,
            lock_hash: source
                .and_then(|root| fs::read(root.join("Cargo.lock")).ok())
                .map(|lock| format!("{:016x}", subject::fnv1a(&lock))),
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
        }
    }
}

/// A figure of `/proc/meminfo`, in bytes.
pub(crate) fn meminfo(label: &str) -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(label))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

fn trimmed(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The first line that a command prints, if it can be run.
pub(crate) fn first_line(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.lines().next()?.trim().to_owned()).filter(|line| !line.is_empty())
}

pub(crate) fn git_revision(root: &Path) -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(root).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let revision = git(&["rev-parse", "--short=10", "HEAD"])?;
    // Only tracked files: what runs write beside the source does not change it.
    let dirty = !git(&["status", "--porcelain", "--untracked-files=no"])?.is_empty();
    Some(if dirty { format!("{revision}-dirty") } else { revision })
}

fn cpu_model() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
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
    read.chain(std::env::vars().filter(|(name, _)| ours(name))).collect()
}
