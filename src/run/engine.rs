//! Carries a procedure out, whatever the verb.
//!
//! The engine decides which sample is next; an [`Executor`] takes it. So that order, rounds, resuming and
//! interruption can be tested without a process.

mod climb;
mod rounds;

use std::collections::HashMap;
use std::time::Duration;

use protocol::Pass;

use super::error::RunError;
use crate::plan::arm::ArmId;
use crate::plan::group::Group;
use crate::plan::procedure::{
    Experiment, Procedure, ReportWish, SampleKind, Stage, TimeLimit, Work,
};
use crate::plan::sampling::Sampling;
use crate::record::{Failure, Record, Slot};

/// One sample that is to be taken.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// The workload with its parameters.
    pub group: &'a Group,
    /// Under which tracker.
    pub arm: &'a ArmId,
    /// What kind of sample.
    pub kind: &'a SampleKind,
    /// Whether the tracker is asked for its report.
    pub report: bool,
    /// Its place among the samples of the arm.
    pub slot: Slot,
    /// A time limit of its own, below that of the run.
    pub timeout: Option<Duration>,
}

/// Takes samples.
pub trait Executor {
    /// Takes a sample, and records it. That the subject fails is no error but a record.
    ///
    /// # Errors
    ///
    /// If records cannot be written, or the user interrupts.
    fn take(&mut self, task: &Task<'_>) -> Result<Record, RunError>;
}

/// Is told how far a procedure is.
pub trait Progress {
    /// A stage begins.
    fn begin(&mut self, stage: &str);
    /// The share of the stage that is done, from 0 to 1, and what comes next.
    fn tell(&mut self, done: f64, next: &str);
    /// The stage has ended.
    fn end(&mut self);

    /// Something to know before it goes on.
    fn note(&mut self, _words: &str) {}
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&mut self, _stage: &str) {}
    fn tell(&mut self, _done: f64, _next: &str) {}
    fn end(&mut self) {}
}

/// Carries procedures out.
#[derive(Debug)]
pub struct Engine<E> {
    /// Takes the samples.
    pub executor: E,
    /// Of the random orders.
    seed: u64,
    /// How much is measured of each group in rounds.
    sampling: Sampling,
    /// What an earlier part of the run has taken already.
    taken: HashMap<Key, Record>,
    /// How long the audit of an arm took.
    audits: HashMap<(String, ArmId), Duration>,
}

/// Which sample it is of its run. The report is part of it: an audit that fails with it is taken once more.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    workload: String,
    threads: usize,
    /// Its scale, in billionths: a record's may have lost its last digit.
    scale: u64,
    arm: ArmId,
    pass: Pass,
    experiment: Option<Experiment>,
    block: u32,
    warm_up: bool,
    report: bool,
}

impl Key {
    fn of_record(record: &Record) -> Self {
        Self {
            workload: record.workload.clone(),
            threads: record.params.threads,
            scale: billionths(record.params.scale),
            arm: record.arm.clone(),
            pass: record.pass,
            experiment: record.experiment,
            block: record.slot.block,
            warm_up: record.slot.warm_up,
            report: record.report_asked,
        }
    }

    fn of_task(task: &Task<'_>) -> Self {
        let params = task.kind.params(task.group);
        Self {
            workload: task.group.workload.clone(),
            threads: params.threads,
            scale: billionths(params.scale),
            arm: task.arm.clone(),
            pass: task.kind.pass,
            experiment: task.kind.experiment,
            block: task.slot.block,
            warm_up: task.slot.warm_up,
            report: task.report,
        }
    }
}

fn billionths(scale: f64) -> u64 {
    (scale * 1e9).round() as u64
}

impl<E: Executor> Engine<E> {
    /// An engine at the beginning of a run, or, with what it has taken already, in the middle of one. `seed`
    /// fixes the random orders.
    pub fn new(executor: E, seed: u64, sampling: impl Into<Sampling>, taken: Vec<Record>) -> Self {
        let sampling = sampling.into();
        let taken = taken.into_iter().map(|record| (Key::of_record(&record), record)).collect();
        Self { executor, seed, sampling, taken, audits: HashMap::new() }
    }

    /// Carries out all stages.
    ///
    /// # Errors
    ///
    /// Those of the executor.
    pub fn carry_out(
        &mut self,
        procedure: &Procedure,
        progress: &mut dyn Progress,
    ) -> Result<(), RunError> {
        for stage in &procedure.stages {
            let groups: Vec<Group> = procedure
                .groups
                .iter()
                .filter(|g| stage.takes(g))
                .map(|g| taking_part(g, stage))
                .collect();
            match &stage.work {
                Work::Once(kinds) => self.once(&stage.title, &groups, kinds, 1, progress)?,
                Work::Several(kinds, times) => {
                    self.once(&stage.title, &groups, kinds, *times, progress)?;
                }
                Work::Rounds(kind) => self.rounds(&stage.title, &groups, kind, progress)?,
                Work::Climb(kinds, times) => {
                    self.climb(&stage.title, &groups, kinds, *times, progress)?;
                }
            }
        }
        Ok(())
    }

    fn once(
        &mut self,
        title: &str,
        groups: &[Group],
        kinds: &[SampleKind],
        times: u32,
        progress: &mut dyn Progress,
    ) -> Result<(), RunError> {
        let cells: Vec<(&Group, &ArmId)> = groups
            .iter()
            .flat_map(|group| group.arms.iter().map(move |arm| (group, arm)))
            .collect();
        if cells.is_empty() {
            return Ok(());
        }
        progress.begin(title);
        for (index, (group, arm)) in cells.iter().enumerate() {
            progress.tell(index as f64 / cells.len() as f64, &format!("{} {arm}", group.workload));
            for (kind, block) in kinds.iter().flat_map(|kind| (0..times).map(move |n| (kind, n))) {
                self.sample(group, arm, kind, Slot { block, ..Slot::default() })?;
            }
        }
        progress.end();
        Ok(())
    }

    /// Takes one block: a sample of every arm of a group, in a balanced order. The records come back in the order
    /// of the arms.
    ///
    /// # Errors
    ///
    /// Those of the executor.
    pub fn block(
        &mut self,
        group: &Group,
        kind: &SampleKind,
        block: u32,
        warm_up: bool,
    ) -> Result<Vec<Record>, RunError> {
        let mut records = vec![None; group.arms.len()];
        for (place, arm) in group.order(self.seed, block).into_iter().enumerate() {
            let link = kind.link_of(&group.arms[arm], block);
            // A place is below the number of arms.
            let slot = Slot { block, place: place as u32, warm_up, link };
            records[arm] = Some(self.sample(group, &group.arms[arm], kind, slot)?);
        }
        Ok(records.into_iter().flatten().collect())
    }

    /// Takes a sample, and one without the tracker's report where that is wished for.
    ///
    /// # Errors
    ///
    /// Those of the executor.
    pub fn sample(
        &mut self,
        group: &Group,
        arm: &ArmId,
        kind: &SampleKind,
        slot: Slot,
    ) -> Result<Record, RunError> {
        let cell = (group.workload.clone(), arm.clone());
        let timeout = match kind.time_limit {
            TimeLimit::OfTheRun => None,
            TimeLimit::FourAudits => {
                let took = self.audits.get(&cell).copied().unwrap_or_default();
                Some(Duration::from_secs((took * 4).as_secs() + 10))
            }
        };
        let report = kind.report != ReportWish::No;
        let task = Task { group, arm, kind, report, slot, timeout };
        let mut record = self.take(&task)?;
        let failed = record.outcome.failed().map(|failed| failed.failure);
        // One that does not build would fail alike.
        let again = failed.is_some_and(|failure| failure != Failure::Build);
        if again && kind.report == ReportWish::OrWithout {
            record = self.take(&Task { report: false, ..task })?;
        }
        if kind.pass == Pass::Audit && kind.experiment.is_none() {
            self.audits.insert(cell, Duration::from_nanos(record.sample_ns));
        }
        Ok(record)
    }

    fn take(&mut self, task: &Task<'_>) -> Result<Record, RunError> {
        match self.taken.get(&Key::of_task(task)) {
            Some(record) => Ok(record.clone()),
            None => self.executor.take(task),
        }
    }
}

/// A group with those of its arms that take part in a stage.
fn taking_part(group: &Group, stage: &Stage) -> Group {
    let arms = group.arms.iter().filter(|arm| stage.takes_arm(arm)).cloned().collect();
    Group { arms, ..group.clone() }
}

#[cfg(test)]
mod tests;
