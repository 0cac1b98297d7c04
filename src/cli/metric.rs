//! `--metric`: what is measured.

use clap::{Args, ValueEnum};
use memscope_bench::plan::procedure::Shown;

use super::Failed;
use super::run::{Course, Samples};

/// What is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Metric {
    /// How long it takes
    #[default]
    Time,
    /// Instructions in user mode, counted by Valgrind: they hardly vary, so that a change of half a percent shows
    /// within seconds; but they are no time
    Instructions,
}

/// Chooses it.
#[derive(Args)]
pub(crate) struct MetricOption {
    /// What is measured. Instructions are counted three times unless --samples says otherwise, at --scale 0.02
    /// unless another is given, and nothing else is run
    #[arg(long, value_enum, default_value_t, value_name = "METRIC", conflicts_with = "resume")]
    metric: Metric,
}

impl MetricOption {
    /// What it says, or what an interrupted run measured.
    pub(crate) fn of(&self, course: &Course, samples: &Samples) -> Result<Metric, Failed> {
        if self.metric == Metric::Instructions && samples.is_by_goal() {
            let words = "--budget and --precision are of times; instructions take --samples";
            return Err(Failed::Usage(words.to_owned()));
        }
        Ok(match course.recorded_procedure()? {
            Some(procedure) if procedure.shown == Shown::Instructions => Metric::Instructions,
            Some(_) => Metric::Time,
            None => self.metric,
        })
    }
}
