//! What one can choose about a run, and where the choices come from.
//!
//! `memscope-bench measure` takes them from its command line, `cargo bench` from a file and from variables.

use std::path::PathBuf;
use std::time::Duration;

use globset::{Glob, GlobSet};
use protocol::Params;
use protocol::workloads::{self, Kind, Workload};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::catalog::{Catalog, CatalogError, TrackerEntry};
use super::own;
use super::own_workload::{NoWorkload, OwnWorkload};
use super::sampling::Sampling;
use super::spec::{NotASpec, Spec};
use crate::common::machine::meminfo;
use crate::common::nearest::{did_you_mean, nearest};

/// The trackers that are measured unless others are named.
pub const DEFAULT_TRACKERS: &[&str] = &["memscope-rs/full"];

/// The workloads that `measure` and `audit` take unless others are named: the stress test's phases.
pub const DEFAULT_WORKLOADS: &[&str] = &["phase/*"];

/// Who makes the load on a server.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Client {
    /// The client of this program
    #[default]
    Own,
    /// ApacheBench, by upstream's command
    Ab,
}

/// The choices about a run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Patterns of workloads, by `NAME` or `KIND/NAME`; empty for [`DEFAULT_WORKLOADS`].
    pub workloads: Vec<String>,
    /// Trackers beside `untracked`.
    pub trackers: Vec<Spec>,
    /// What is known of those that are the reader's own.
    pub own_trackers: Vec<TrackerEntry>,
    /// One of the reader's own among the workloads.
    pub own_workload: Option<OwnWorkload>,
    /// What makes a program of each workload. The seed is that of the order in blocks, too.
    pub params: Params,
    /// Scales scenarios once more: they are as large as all phases together.
    pub scenario_scale: f64,
    /// How much is measured of each workload.
    pub sampling: Sampling,
    /// A sample that takes longer is stopped.
    pub timeout: Duration,
    /// A sample whose resident set grows larger is stopped; in bytes.
    pub memory_limit: u64,
    /// The folder of reports.
    pub out: PathBuf,
    /// Who makes the load on server scenarios.
    pub client: Client,
    /// The port on which servers listen; `None` for one of the system's choice.
    pub port: Option<u16>,
}

impl Default for Settings {
    fn default() -> Self {
        // Three quarters of what is free: enough for any tracker that could be used at all, and the
        // machine stays up.
        let free = meminfo("MemAvailable:").unwrap_or(8 << 30);
        Self {
            workloads: Vec::new(),
            trackers: DEFAULT_TRACKERS.iter().filter_map(|spec| spec.parse().ok()).collect(),
            own_trackers: Vec::new(),
            own_workload: None,
            params: Params {
                threads: std::thread::available_parallelism().map_or(1, usize::from),
                ..Params::default()
            },
            scenario_scale: 1.0,
            sampling: Sampling::default(),
            timeout: Duration::from_secs(120),
            memory_limit: free / 4 * 3,
            out: PathBuf::from("target-reports"),
            client: Client::Own,
            port: None,
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
    #[error("--budget must be longer than nothing")]
    NoBudget,
    #[error("--precision must be above 0 %")]
    NoPrecision,
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
    Spec(#[from] NotASpec),
    #[error(transparent)]
    Tracker(#[from] CatalogError),
    #[error(transparent)]
    OwnWorkload(#[from] NoWorkload),
    #[error(
        "{0} and {1}: one workload of your own at a time, since every program is built with it"
    )]
    OwnWorkloads(String, String),
}

impl Settings {
    /// Names the trackers, files of the reader's own among them.
    ///
    /// # Errors
    ///
    /// What is no SPEC, or a file that does not describe a tracker.
    pub fn name_trackers(&mut self, specs: &[String]) -> Result<(), SettingsError> {
        let mut specs = specs.iter().map(|spec| spec.parse()).collect::<Result<Vec<Spec>, _>>()?;
        self.own_trackers = own::take_in(&mut specs)?;
        self.trackers = specs;
        Ok(())
    }

    /// Names the workloads, a file of the reader's own among them.
    ///
    /// # Errors
    ///
    /// A file that does not describe a workload, or two of them.
    pub fn name_workloads(&mut self, asked: &[String]) -> Result<(), SettingsError> {
        self.workloads = asked.to_vec();
        for asked in self.workloads.iter_mut().filter(|asked| OwnWorkload::is_file(asked)) {
            let own = OwnWorkload::read(asked)?;
            asked.clone_from(&own.name);
            if let Some(other) = self.own_workload.replace(own)
                && self.own_workload.as_ref() != Some(&other)
            {
                return Err(SettingsError::OwnWorkloads(other.name, asked.clone()));
            }
        }
        Ok(())
    }

    /// Puts beside each tracker that brings an allocator, or is built with other flags, that alone, so that both can be told
    /// apart.
    ///
    /// # Errors
    ///
    /// A SPEC that names no tracker.
    pub fn name_allocators(&mut self) -> Result<(), CatalogError> {
        let catalog = self.catalog()?;
        for place in 0..self.trackers.len() {
            let entry = catalog.find(&self.trackers[place].name)?;
            let Some(name) = entry.built_on().map(str::to_owned) else { continue };
            let is_named = self.trackers.iter().any(|spec| spec.name == name);
            if !is_named && catalog.measurable(&name).is_ok() {
                self.trackers.push(Spec { name, version: None, mode: None });
            }
        }
        Ok(())
    }

    /// The catalogue with the reader's own trackers.
    ///
    /// # Errors
    ///
    /// If `trackers.toml` is malformed.
    pub fn catalog(&self) -> Result<Catalog, CatalogError> {
        Catalog::with(&self.own_trackers)
    }

    /// Checks what can be checked without running anything.
    ///
    /// # Errors
    ///
    /// The first setting that cannot be used.
    pub fn check(&self) -> Result<(), SettingsError> {
        if !(self.params.scale.is_finite() && self.params.scale > 0.0) {
            return Err(SettingsError::Scale(self.params.scale));
        }
        if self.sampling.samples == Some(0) {
            return Err(SettingsError::NoSamples);
        }
        if self.sampling.budget == Some(Duration::ZERO) {
            return Err(SettingsError::NoBudget);
        }
        if self
            .sampling
            .precision
            .is_some_and(|precision| !(precision.is_finite() && precision > 0.0))
        {
            return Err(SettingsError::NoPrecision);
        }
        if self.params.threads == 0 {
            return Err(SettingsError::NoThreads);
        }
        self.chosen_workloads().map(|_| ())
    }

    /// The workloads that the patterns name, in the registry's order; the eight phases without any.
    ///
    /// # Errors
    ///
    /// A pattern that is none, or that names nothing.
    pub fn chosen_workloads(&self) -> Result<Vec<&'static Workload>, SettingsError> {
        let defaults = DEFAULT_WORKLOADS.iter().map(|&pattern| pattern.to_owned());
        let patterns = Some(self.workloads.clone()).filter(|patterns| !patterns.is_empty());
        let own = self.own_workload.as_ref().map(OwnWorkload::facts);
        let all: Vec<&'static Workload> = workloads::ALL.iter().chain(own).collect();
        let mut chosen = vec![false; all.len()];
        for asked in &patterns.unwrap_or_else(|| defaults.collect()) {
            // As a set of one: alone, a pattern that is too large would panic.
            let matcher = Glob::new(asked).and_then(|glob| GlobSet::builder().add(glob).build());
            let matcher = matcher.map_err(|error| SettingsError::Pattern {
                asked: asked.clone(),
                reason: error.kind().to_string(),
            })?;
            let mut any = false;
            for (chosen, meta) in chosen.iter_mut().zip(&all) {
                if matcher.is_match(meta.name) || matcher.is_match(meta.path()) {
                    (*chosen, any) = (true, true);
                }
            }
            if !any {
                let nearest = nearest(asked, all.iter().map(|meta| meta.name));
                let hint = did_you_mean(&nearest);
                return Err(SettingsError::UnknownWorkload { asked: asked.clone(), hint });
            }
        }
        Ok(all.into_iter().zip(chosen).filter_map(|(meta, on)| on.then_some(meta)).collect())
    }

    /// What makes a program of one workload.
    pub fn params_of(&self, workload: &Workload) -> Params {
        match workload.kind {
            Kind::Scenario(_) => self.params.at_share(self.scenario_scale),
            _ => self.params,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_of_a_tenth_is_a_hundredth() {
        let product = |scale, share| Params { scale, ..Params::default() }.at_share(share).scale;
        assert_eq!(product(0.1, 0.1).to_string(), "0.01");
        assert_eq!(product(0.3, 0.1).to_string(), "0.03");
        assert_eq!(product(1.0, 0.1).to_string(), "0.1");
        assert_eq!(product(0.7, 1.0).to_string(), "0.7");
    }

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
