//! What one can choose about a run, and where the choices come from.
//!
//! `memscope-bench measure` takes them from its command line, `cargo bench` from a file and from variables.

use std::path::PathBuf;
use std::time::Duration;

use globset::Glob;
use subject::protocol::Pacing;
use subject::workloads::{self, Kind, Meta};

use crate::build::{Resolver, VersionError};
use crate::common::nearest::nearest;
use crate::plan::catalog::{Catalog, CatalogError, Choice, Spec};
use crate::record::environment::{SettingsRecord, meminfo};
use crate::run::load::Client;

/// The trackers that are measured unless others are named.
pub const DEFAULT_TRACKERS: &[&str] = &["memscope-rs/full"];

/// The workloads that `measure` and `audit` take unless others are named: the stress test's phases.
pub const DEFAULT_WORKLOADS: &[&str] = &["phase/*"];

/// The choices about a run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Patterns of workloads, by `NAME` or `KIND/NAME`; empty for [`DEFAULT_WORKLOADS`].
    pub workloads: Vec<String>,
    /// Trackers beside `untracked`.
    pub trackers: Vec<Spec>,
    /// Multiplies the workloads' outer counts.
    pub scale: f64,
    /// Samples of each arm; `None` to choose by each workload's length.
    pub samples: Option<u32>,
    /// Threads of pools and runtimes.
    pub threads: usize,
    /// Seed of the workloads and of the order in blocks.
    pub seed: u64,
    /// A sample that takes longer is stopped.
    pub timeout: Duration,
    /// A sample whose resident set grows larger is stopped; in bytes.
    pub memory_limit: u64,
    /// What becomes of the seed's sleeps.
    pub pacing: Pacing,
    /// The folder of reports.
    pub out: PathBuf,
    /// Who makes the load on server scenarios.
    pub client: Client,
    /// The port on which servers listen; `None` for one of the system's choice.
    pub port: Option<u16>,
    /// Scales scenarios once more: they are as large as all phases together.
    pub scenario_scale: f64,
}

impl Default for Settings {
    fn default() -> Self {
        // Three quarters of what is free: enough for any tracker that could be used at all, and the
        // machine stays up.
        let free = meminfo("MemAvailable:").unwrap_or(8 << 30);
        Self {
            workloads: Vec::new(),
            trackers: DEFAULT_TRACKERS.iter().filter_map(|spec| spec.parse().ok()).collect(),
            scale: 1.0,
            samples: None,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            seed: 1,
            timeout: Duration::from_secs(120),
            memory_limit: free / 4 * 3,
            pacing: Pacing::Yield,
            out: PathBuf::from("target-reports"),
            client: Client::Own,
            port: None,
            scenario_scale: 1.0,
        }
    }
}

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum SettingsError {
    #[error("scale must be a number above 0, not {0}")]
    Scale(f64),
    #[error("at least one sample is needed; ten or more for an interval")]
    NoSamples,
    #[error("at least one thread is needed")]
    NoThreads,
    #[error("no workload is called {asked:?}{hint}; `memscope-bench list` names them all")]
    UnknownWorkload { asked: String, hint: String },
    #[error("{asked:?} is not a pattern of workload names: {reason}")]
    Pattern { asked: String, reason: String },
    #[error("{name}={value:?}: {reason}")]
    Variable { name: String, value: String, reason: String },
    #[error("{path}: {reason}")]
    File { path: PathBuf, reason: String },
    #[error(transparent)]
    Tracker(#[from] CatalogError),
    #[error(transparent)]
    Version(#[from] VersionError),
}

impl Settings {
    /// Checks what can be checked without running anything.
    ///
    /// # Errors
    ///
    /// The first setting that cannot be used.
    pub fn check(&self) -> Result<(), SettingsError> {
        if !(self.scale.is_finite() && self.scale > 0.0) {
            return Err(SettingsError::Scale(self.scale));
        }
        if self.samples == Some(0) {
            return Err(SettingsError::NoSamples);
        }
        if self.threads == 0 {
            return Err(SettingsError::NoThreads);
        }
        self.chosen_workloads().map(|_| ())
    }

    /// The workloads that the patterns name, in the registry's order; the eight phases without any.
    ///
    /// # Errors
    ///
    /// A pattern that is none, or that names nothing.
    pub fn chosen_workloads(&self) -> Result<Vec<&'static Meta>, SettingsError> {
        let defaults = DEFAULT_WORKLOADS.iter().map(|&pattern| pattern.to_owned());
        let patterns = Some(self.workloads.clone()).filter(|patterns| !patterns.is_empty());
        let mut chosen = vec![false; workloads::ALL.len()];
        for asked in &patterns.unwrap_or_else(|| defaults.collect()) {
            let glob = Glob::new(asked).map_err(|error| SettingsError::Pattern {
                asked: asked.clone(),
                reason: error.kind().to_string(),
            })?;
            let matcher = glob.compile_matcher();
            let mut any = false;
            for (chosen, meta) in chosen.iter_mut().zip(workloads::ALL) {
                if matcher.is_match(meta.name) || matcher.is_match(meta.path()) {
                    (*chosen, any) = (true, true);
                }
            }
            if !any {
                let nearest = nearest(asked, workloads::ALL.iter().map(|meta| meta.name));
                let hint =
                    nearest.map_or(String::new(), |name| format!(" (did you mean {name:?}?)"));
                return Err(SettingsError::UnknownWorkload { asked: asked.clone(), hint });
            }
        }
        Ok(workloads::ALL.iter().zip(chosen).filter_map(|(meta, on)| on.then_some(meta)).collect())
    }

    /// The trackers that the SPECs name, each once; `untracked` is in every group anyway. A range of
    /// versions names several.
    ///
    /// # Errors
    ///
    /// A SPEC that names nothing, or whose versions cannot be had.
    pub fn chosen_trackers(&self, catalog: &Catalog) -> Result<Vec<Choice>, SettingsError> {
        let mut chosen = Vec::<Choice>::new();
        let mut resolver = Resolver::default();
        for spec in &self.trackers {
            for choice in choices(spec, catalog, &mut resolver)? {
                let known = chosen.iter().any(|other| other.label() == choice.label());
                if !known && choice.entry.name != crate::plan::catalog::UNTRACKED {
                    chosen.push(choice);
                }
            }
        }
        Ok(chosen)
    }

    /// The scale of one workload.
    pub fn scale_of(&self, meta: &Meta) -> f64 {
        match meta.kind {
            Kind::Scenario(_) => self.scale * self.scenario_scale,
            _ => self.scale,
        }
    }

    /// Those of a recorded run, whose folder is below `out`.
    ///
    /// # Errors
    ///
    /// If one of its trackers is no SPEC (any more).
    pub fn of_record(record: &SettingsRecord, out: PathBuf) -> Result<Self, SettingsError> {
        let trackers = record.trackers.iter().map(|spec| spec.parse());
        Ok(Self {
            workloads: record.workloads.clone(),
            trackers: trackers.collect::<Result<_, CatalogError>>()?,
            scale: record.scale,
            samples: record.samples,
            threads: record.threads,
            seed: record.seed,
            timeout: Duration::try_from_secs_f64(record.timeout_s).unwrap_or(Duration::MAX),
            memory_limit: record.memory_limit_bytes,
            pacing: record.pacing,
            out,
            client: record.client,
            port: None,
            // `cargo bench` alone has another, and it is not resumed.
            scenario_scale: 1.0,
        })
    }

    /// As they go into a run's environment.
    pub fn record(&self) -> SettingsRecord {
        SettingsRecord {
            scale: self.scale,
            samples: self.samples,
            threads: self.threads,
            seed: self.seed,
            timeout_s: self.timeout.as_secs_f64(),
            memory_limit_bytes: self.memory_limit,
            pacing: self.pacing,
            client: self.client,
            workloads: self.workloads.clone(),
            trackers: self.trackers.iter().map(Spec::to_string).collect(),
        }
    }
}

/// What a SPEC names: one choice, or, for a range of versions, one for each.
fn choices(
    spec: &Spec,
    catalog: &Catalog,
    resolver: &mut Resolver,
) -> Result<Vec<Choice>, SettingsError> {
    let Some(version) = &spec.version else { return Ok(vec![catalog.choose(spec)?]) };
    let entry = catalog.find(&spec.name)?;
    let (sources, mode) = resolver.sources(entry, spec, version)?;
    let mode = entry.mode(spec.mode.as_deref().or(mode.as_deref()))?;
    let choice =
        |source| Choice { entry: entry.clone(), mode: mode.cloned(), source: Some(source) };
    Ok(sources.into_iter().map(choice).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(patterns: &[&str]) -> Result<Vec<&'static str>, SettingsError> {
        let workloads = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        let chosen = Settings { workloads, ..Settings::default() }.chosen_workloads()?;
        Ok(chosen.iter().map(|meta| meta.name).collect())
    }

    #[test]
    fn workloads_are_chosen_by_name_or_by_kind() {
        let names = |patterns: &[&str]| named(patterns).unwrap();
        assert_eq!(names(&["phase/*"]), names(&[]), "the phases, unless others are named");
        assert_eq!(names(&[]).len(), 8);
        assert_eq!(names(&["worker-channel"]), ["worker-channel"]);
        assert!(names(&["scenario/*"]).contains(&"rapid-lifecycle"));
        assert!(!names(&["scenario/*"]).contains(&"fragmentation"));
        assert_eq!(names(&["*"]).len(), workloads::ALL.len());
    }

    #[test]
    fn a_workload_that_is_none_is_named_with_the_nearest() {
        let error = named(&["fragmentaton"]).unwrap_err().to_string();
        assert!(error.contains("did you mean \"fragmentation\""), "{error}");
        assert!(named(&["["]).unwrap_err().to_string().contains("not a pattern"));
    }
}
