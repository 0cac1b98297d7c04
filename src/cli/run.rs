//! What verbs that run something have in common: from options to a procedure, and from its run to figures.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use memscope_bench::analyse::summary::Summary;
use memscope_bench::plan::arm::ArmId;
use memscope_bench::plan::group::Group;
use memscope_bench::plan::partition::Partition;
use memscope_bench::plan::procedure::{Procedure, Verb};
use memscope_bench::plan::procedures::groups;
use memscope_bench::plan::sampling::Sampling;
use memscope_bench::plan::settings::Settings;
use memscope_bench::present::{self, Compared};
use memscope_bench::record::environment::SettingsRecord;
use memscope_bench::record::{RecordsError, Run};
use memscope_bench::run::start::{self, StartError, Trackers};

use super::options::{Selection, Sizes, percent};
use super::progress::Bar;
use super::{Failed, command_line, tell};

/// Options of every verb whose runs can be divided and resumed.
#[derive(Args)]
pub(crate) struct Course {
    /// Runs only the I-th of N shares, for several machines; `report A B C` merges their runs
    #[arg(long, value_name = "I/N", conflicts_with = "resume")]
    partition: Option<Partition>,
    /// Goes on with an interrupted run, by its folder; what it runs is what it began with
    #[arg(long, value_name = "RUN", conflicts_with_all = ["Selection", "Sizes"])]
    resume: Option<PathBuf>,
}

/// How many samples.
#[derive(Args, Default)]
pub(crate) struct Samples {
    /// Samples of each arm [default: 10, more for short workloads]
    #[arg(long, value_name = "N", conflicts_with = "resume")]
    pub(crate) samples: Option<u32>,
    /// Instead, as many as there is time for on each workload: 60s, 5m
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration, conflicts_with_all = ["samples", "resume"])]
    budget: Option<Duration>,
    /// Instead, until every ratio is known so well: the 95 % interval within so many percent of it; for at most
    /// --budget [default of that: 10m] on each workload
    #[arg(long, value_name = "PERCENT", value_parser = percent, conflicts_with_all = ["samples", "resume"])]
    precision: Option<f64>,
}

impl Samples {
    /// So many.
    pub(crate) fn of(samples: u32) -> Self {
        Self { samples: Some(samples), ..Self::default() }
    }

    /// Whether anything is said.
    pub(crate) fn is_given(&self) -> bool {
        self.samples.is_some() || self.is_by_goal()
    }

    /// Whether time or precision ends them.
    pub(crate) fn is_by_goal(&self) -> bool {
        self.budget.is_some() || self.precision.is_some()
    }

    /// What was said in a run, unless something else is said now.
    pub(crate) fn or_as_recorded(self, record: &SettingsRecord) -> Self {
        if self.is_given() {
            return self;
        }
        let Sampling { samples, budget, precision } = record.sampling();
        Self { samples, budget, precision: precision.map(|share| 100.0 * share) }
    }

    /// What they amount to.
    pub(crate) fn sampling(&self) -> Sampling {
        let precision = self.precision.map(|percent| percent / 100.0);
        Sampling { samples: self.samples, budget: self.budget, precision }
    }
}

/// What is going to be run, before anything is built for it.
pub(crate) struct Planned {
    settings: Settings,
    trackers: Trackers,
    procedure: Procedure,
}

impl Planned {
    /// What options amount to; `procedure` makes it of the groups.
    pub(crate) fn new(
        selection: &Selection,
        sizes: &Sizes,
        samples: &Samples,
        procedure: impl FnOnce(Vec<Group>) -> Procedure,
    ) -> Result<Self, Failed> {
        let mut settings = selection.settings(sizes)?;
        settings.sampling = samples.sampling();
        Self::of(settings, |groups, _| Ok(procedure(groups)))
    }

    /// What settings amount to; `procedure` is given the trackers, too.
    pub(crate) fn of(
        settings: Settings,
        procedure: impl FnOnce(Vec<Group>, &[ArmId]) -> Result<Procedure, Failed>,
    ) -> Result<Self, Failed> {
        let trackers = Trackers::of(&settings)?;
        for note in trackers.notes() {
            tell(format_args!("note: {note}"));
        }
        let arms = trackers.arms();
        let procedure = procedure(groups(&settings, &arms)?, &arms)?;
        Ok(Self { settings, trackers, procedure })
    }

    /// The same, where it is about a tracker, and `untracked` alone would make an empty table.
    pub(crate) fn of_a_tracker(self) -> Result<Self, Failed> {
        if self.trackers.arms().iter().any(ArmId::is_tracked) {
            return Ok(self);
        }
        Err(Failed::Usage(
            "there is nothing to tell of `untracked`; name a tracker by -t".to_owned(),
        ))
    }
}

/// A run that has ended, and its figures.
pub(crate) struct Finished {
    pub(crate) procedure: Procedure,
    pub(crate) run: Run,
    pub(crate) summary: Summary,
}

impl Finished {
    /// Writes its page; gives the page's path.
    pub(crate) fn write_page(&self) -> Result<PathBuf, Failed> {
        self.write_page_about(None)
    }

    /// Writes its page, which is about a comparison of its trackers, if there is one.
    pub(crate) fn write_page_about(&self, comparison: Option<Compared>) -> Result<PathBuf, Failed> {
        self.write_page_with(present::Options { comparison, ..present::Options::default() })
    }

    /// Writes its page, with what else it may have.
    pub(crate) fn write_page_with(&self, options: present::Options) -> Result<PathBuf, Failed> {
        let runs = std::slice::from_ref(&self.run);
        present::write_site(runs, &self.summary, &self.run.folder, &options)
            .map_err(Failed::harness)
    }
}

/// Adds what is kept beside a site or a run. What was measured is worth as much without.
pub(crate) fn add_kept(summary: &mut Summary, folder: &Path) {
    if let Err(error) = summary.add_kept_calibrations(folder) {
        tell(format_args!("note: what the instrument finds is left out: {error}"));
    }
    if let Err(error) = summary.add_kept_adoptions(folder) {
        tell(format_args!("note: what trackers bring into a program is left out: {error}"));
    }
}

impl Course {
    /// Whether an interrupted run is taken up.
    pub(crate) fn resumes(&self) -> bool {
        self.resume.is_some()
    }

    /// What an interrupted run was to do, if one is taken up.
    pub(crate) fn recorded_procedure(&self) -> Result<Option<Procedure>, Failed> {
        let Some(folder) = &self.resume else { return Ok(None) };
        // The same words as those with which it would not be taken up.
        let run = Run::load(folder).map_err(StartError::Records)?;
        Ok(run.environment.procedure)
    }

    /// Carries a procedure out: that of an interrupted run, or what `plan` plans.
    pub(crate) fn run(
        &self,
        verb: Verb,
        plan: impl FnOnce() -> Result<Planned, Failed>,
    ) -> Result<Finished, Failed> {
        let mut bar = Bar::default();
        let started = match &self.resume {
            Some(folder) => start::resume(folder, verb, &mut bar)?,
            None => {
                let Planned { settings, trackers, mut procedure } = plan()?;
                if let Some(partition) = self.partition {
                    procedure = procedure.share(partition);
                }
                start::begin(settings, &trackers, procedure, command_line(), &mut bar)?
            }
        };
        let procedure = started.procedure.clone();
        let run = started.carry_out(&mut bar)?;
        let mut summary = Summary::of(std::slice::from_ref(&run)).map_err(Failed::harness)?;
        add_kept(&mut summary, &run.folder);
        Ok(Finished { procedure, run, summary })
    }
}

impl From<StartError> for Failed {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Settings(error) => error.into(),
            StartError::Subjects(error) => error.into(),
            StartError::Session(error) => error.into(),
            StartError::Choice(error) if !error.is_usage() => Self::harness(error),
            StartError::Records(error @ RecordsError::Locked { .. }) => Self::harness(error),
            other => Self::Usage(other.to_string()),
        }
    }
}
