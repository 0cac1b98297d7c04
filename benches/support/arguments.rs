//! As much of Criterion's command line as has to be known before Criterion acts on it.

use regex::Regex;

/// Criterion's options that take a value, which is then not a filter.
const WITH_VALUE: &[&str] = &[
    "-c",
    "--color",
    "--colour",
    "-s",
    "--save-baseline",
    "-b",
    "--baseline",
    "--baseline-lenient",
    "--format",
    "--profile-time",
    "--load-baseline",
    "--sample-size",
    "--warm-up-time",
    "--measurement-time",
    "--nresamples",
    "--noise-threshold",
    "--confidence-level",
    "--significance-level",
    "--plotting-backend",
    "--output-format",
];

/// What was asked of `cargo bench`.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    /// Whether every benchmark only has to work: `--test`, or `cargo test --benches`.
    pub test: bool,
    /// Whether nothing is measured: `--list`, or figures loaded from a baseline.
    pub dry: bool,
    /// `--sample-size`.
    pub samples: Option<u32>,
    filters: Vec<String>,
}

impl Arguments {
    /// Those of this process.
    pub fn from_command_line() -> Self {
        let mut arguments = Self::default();
        let mut given = std::env::args().skip(1);
        let mut bench = false;
        while let Some(argument) = given.next() {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) if name.starts_with('-') => (name, Some(value.to_owned())),
                _ => (argument.as_str(), None),
            };
            let value = match value {
                None if WITH_VALUE.contains(&name) => given.next(),
                value => value,
            };
            match name {
                "--bench" => bench = true,
                "--test" => arguments.test = true,
                "--list" | "--load-baseline" => arguments.dry = true,
                "--sample-size" => arguments.samples = value.and_then(|value| value.parse().ok()),
                name if name.starts_with('-') => {}
                filter => arguments.filters.push(filter.to_owned()),
            }
        }
        // As Criterion has it: without `--bench` it is `cargo test` that runs us.
        arguments.test |= !bench;
        arguments
    }

    /// Whether Criterion may run this benchmark. Criterion decides; this only spares preparing groups
    /// that it leaves out.
    pub fn may_match(&self, id: &str) -> bool {
        let matches = |filter: &String| Regex::new(filter).map_or(true, |regex| regex.is_match(id));
        self.filters.is_empty() || self.filters.iter().any(matches)
    }
}
