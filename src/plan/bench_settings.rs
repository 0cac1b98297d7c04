//! The settings of `cargo bench`: from `memscope-bench.toml` in the package's folder, and from
//! `MEMSCOPE_BENCH_*` variables, which win.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Deserialize;

use super::settings::{Settings, SettingsError};

/// The file that `cargo bench` reads settings from.
pub const SETTINGS_FILE: &str = "memscope-bench.toml";

/// The trackers of `cargo bench`, unless others are named: with the allocator hook, and as the quick start is.
const BENCH_TRACKERS: &[&str] = &["memscope-rs/full", "memscope-rs/variables"];

/// The workloads of `cargo bench`, unless others are named.
const BENCH_WORKLOADS: &[&str] = &["phase/*", "scenario/*"];

/// The scale of scenarios in `cargo bench`, so that the whole of it takes less than ten minutes.
const BENCH_SCENARIO_SCALE: f64 = 0.1;

impl Settings {
    /// Defaults, then the settings file in `folder` if there is one, then the environment.
    ///
    /// # Errors
    ///
    /// The first setting that cannot be used, by name.
    pub fn for_bench(folder: &Path) -> Result<Self, SettingsError> {
        let workloads = BENCH_WORKLOADS.iter().map(|&pattern| pattern.to_owned()).collect();
        let trackers = BENCH_TRACKERS.iter().map(|spec| spec.parse()).collect::<Result<_, _>>()?;
        let mut settings =
            Self { trackers, workloads, scenario_scale: BENCH_SCENARIO_SCALE, ..Self::default() };
        let path = folder.join(SETTINGS_FILE);
        if path.is_file() {
            settings.read_file(&path)?;
        }
        settings.read_variables(|name| std::env::var(name).ok())?;
        // `cargo bench` runs benchmarks in the package's folder; an output folder named in the
        // environment is meant from there, too.
        settings.out = folder.join(&settings.out);
        settings.check()?;
        Ok(settings)
    }

    /// The scale of a benchmark that has a scale of its own, unless the environment asks for another.
    ///
    /// # Errors
    ///
    /// The first setting that cannot be used, by name.
    pub fn bench_scale(usual: f64) -> Result<f64, SettingsError> {
        let mut settings = Self::default();
        settings.params.scale = usual;
        settings.read_variables(|name| std::env::var(name).ok())?;
        settings.check()?;
        Ok(settings.params.scale)
    }

    fn read_file(&mut self, path: &Path) -> Result<(), SettingsError> {
        let reason = |reason: String| SettingsError::File { path: path.to_owned(), reason };
        let text = std::fs::read_to_string(path).map_err(|error| reason(error.to_string()))?;
        let file: File = toml::from_str(&text).map_err(|error| reason(error.to_string()))?;
        if let Some(trackers) = file.trackers {
            self.name_trackers(&trackers)?;
        }
        self.workloads = file.workloads.unwrap_or(std::mem::take(&mut self.workloads));
        self.params.scale = file.scale.unwrap_or(self.params.scale);
        self.sampling.samples = file.samples.or(self.sampling.samples);
        self.params.threads = file.threads.unwrap_or(self.params.threads);
        self.params.seed = file.seed.unwrap_or(self.params.seed);
        self.out = file.out.unwrap_or(std::mem::take(&mut self.out));
        Ok(())
    }

    fn read_variables(
        &mut self,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<(), SettingsError> {
        let read = |setting: &str| {
            let name = format!("MEMSCOPE_BENCH_{setting}");
            let value = variable(&name)?;
            Some((name, value))
        };
        if let Some((_, value)) = read("TRACKERS") {
            self.name_trackers(&listed(&value).map(str::to_owned).collect::<Vec<_>>())?;
        }
        if let Some((_, value)) = read("WORKLOADS") {
            self.workloads = listed(&value).map(str::to_owned).collect();
        }
        if let Some(given) = read("SCALE") {
            self.params.scale = parse(given)?;
        }
        if let Some(given) = read("SAMPLES") {
            self.sampling.samples = Some(parse(given)?);
        }
        if let Some(given) = read("THREADS") {
            self.params.threads = parse(given)?;
        }
        if let Some(given) = read("SEED") {
            self.params.seed = parse(given)?;
        }
        if let Some((_, value)) = read("OUT") {
            self.out = PathBuf::from(value);
        }
        Ok(())
    }
}

/// `memscope-bench.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    trackers: Option<Vec<String>>,
    workloads: Option<Vec<String>>,
    scale: Option<f64>,
    samples: Option<u32>,
    threads: Option<usize>,
    seed: Option<u64>,
    out: Option<PathBuf>,
}

fn listed(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|item| !item.is_empty())
}

fn parse<T: FromStr<Err: Display>>((name, value): (String, String)) -> Result<T, SettingsError> {
    value.trim().parse().map_err(|error: T::Err| SettingsError::Variable {
        name,
        reason: error.to_string(),
        value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let mut settings = Settings::default();
        settings.read_variables(|name| {
            let found = variables.iter().find(|(known, _)| *known == name)?;
            Some(found.1.to_owned())
        })?;
        settings.check()?;
        Ok(settings)
    }

    #[test]
    fn variables_change_the_defaults() {
        let settings = with(&[
            ("MEMSCOPE_BENCH_TRACKERS", "dhat, memscope-rs/variables"),
            ("MEMSCOPE_BENCH_SCALE", "0.5"),
            ("MEMSCOPE_BENCH_SAMPLES", "12"),
            ("MEMSCOPE_BENCH_WORKLOADS", "*-structures"),
            ("MEMSCOPE_BENCH_SEED", "9"),
        ])
        .unwrap();
        assert_eq!(settings.trackers.len(), 2);
        assert_eq!(
            (settings.params.scale, settings.sampling.samples, settings.params.seed),
            (0.5, Some(12), 9)
        );
        let names: Vec<_> =
            settings.chosen_workloads().unwrap().iter().map(|meta| meta.name).collect();
        assert_eq!(names, ["basic-structures", "nested-structures"]);
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        for (name, value, told) in [
            ("MEMSCOPE_BENCH_SCALE", "0", "above 0"),
            ("MEMSCOPE_BENCH_SCALE", "-1", "above 0"),
            ("MEMSCOPE_BENCH_SCALE", "NaN", "above 0"),
            ("MEMSCOPE_BENCH_SCALE", "big", "MEMSCOPE_BENCH_SCALE=\"big\""),
            ("MEMSCOPE_BENCH_SAMPLES", "0", "at least one sample"),
            ("MEMSCOPE_BENCH_WORKLOADS", "fragmentaton", "did you mean"),
        ] {
            let error = with(&[(name, value)]).unwrap_err().to_string();
            assert!(error.contains(told), "{name}={value}: {error}");
        }
    }

    #[test]
    fn the_file_is_read_and_its_mistakes_are_placed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(SETTINGS_FILE);
        std::fs::write(&path, "scale = 0.25\ntrackers = [\"counting\"]\n").unwrap();
        let mut settings = Settings::default();
        settings.read_file(&path).unwrap();
        assert_eq!(settings.params.scale, 0.25);
        assert_eq!(settings.trackers[0].name, "counting");
        std::fs::write(&path, "scales = 0.25\n").unwrap();
        let error = settings.read_file(&path).unwrap_err().to_string();
        assert!(error.contains("scales") && error.contains(SETTINGS_FILE), "{error}");
    }
}
