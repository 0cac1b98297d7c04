//! The steps of a bisection, each a run of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use memscope_bench::analyse::bisect::{Begun, Bisection, Found, Next, Verdict, judged};
use memscope_bench::common::interrupt;
use memscope_bench::plan::arm::ArmId;
use memscope_bench::plan::procedure::Verb;
use memscope_bench::plan::procedures;
use memscope_bench::plan::settings::Settings;
use memscope_bench::present::bisect as words;
use memscope_bench::record::{Run, records_in};
use memscope_bench::run::start::{self, StartError, Started, Trackers};

use super::super::progress::Bar;
use super::super::{Failed, command_line, tell};

/// A bisection under way.
pub(super) struct Course {
    /// Where it is kept.
    pub(super) folder: PathBuf,
    /// How far it has come.
    pub(super) bisection: Bisection,
}

impl Course {
    /// Takes the steps that are left.
    pub(super) fn go_on(&mut self) -> Result<Found, Failed> {
        interrupt::listen();
        loop {
            let next = match self.bisection.search.next() {
                Next::Done(found) => return Ok(found),
                Next::Compare(next) => next,
            };
            // What git or cargo say when the same Ctrl-C ends them is of no use.
            match self.take(next) {
                Ok(()) if !interrupt::asked() => {}
                Err(failed) if !interrupt::asked() => return Err(failed),
                _ => return Err(self.interrupted()),
            }
        }
    }

    fn interrupted(&self) -> Failed {
        let folder = self.folder.display();
        let words = format!("interrupted; go on by `memscope-bench bisect --resume {folder}`");
        Failed::Interrupted(words)
    }

    /// Takes a step, and keeps what came of it.
    fn take(&mut self, candidate: usize) -> Result<(), Failed> {
        tell(format_args!("{}", words::before(&self.bisection.search, candidate)));
        let (run, verdict) = self.compared(candidate)?;
        self.bisection.search.add(candidate, run, verdict);
        self.bisection.begun = None;
        self.save()?;
        tell(format_args!("{}", words::after(&self.bisection.search)));
        Ok(())
    }

    fn save(&self) -> Result<(), Failed> {
        self.bisection.save(&self.folder).map_err(Failed::harness)
    }

    /// The folder of runs, beside that of bisections.
    fn out(&self) -> PathBuf {
        self.folder.parent().and_then(Path::parent).unwrap_or(Path::new("")).to_owned()
    }

    /// Compares a candidate with the good one; gives its run, if there is one, and what it says.
    fn compared(&mut self, candidate: usize) -> Result<(Option<String>, Verdict), Failed> {
        let mut bar = Bar::default();
        let started = match self.taken_up(candidate, &mut bar)? {
            Some(started) => started,
            None => match self.started(candidate, &mut bar)? {
                Ok(started) => started,
                Err(why) => return Ok((None, Verdict::SteppedOver(why))),
            },
        };
        let arms: Vec<ArmId> =
            started.procedure.arms().into_iter().filter(ArmId::is_tracked).collect();
        let [good, other] = &arms[..] else {
            return Err(Failed::harness("a step compares two versions, and this run others"));
        };
        let run = started.carry_out(&mut bar)?;
        if self.bisection.search.steps.is_empty() {
            self.note_failures(&run, good)?;
        }
        let judged = judged(&run, [good, other], self.bisection.fail_above);
        let verdict = self.bisection.search.verdict(judged.map_err(Failed::harness)?);
        Ok((Some(run.environment.run), verdict))
    }

    /// Says where the good one fails itself: nothing is seen to get worse there.
    fn note_failures(&self, run: &Run, good: &ArmId) -> Result<(), Failed> {
        let name = &self.bisection.search.good().name;
        let own = || run.records.iter().filter(|record| record.arm == *good);
        let failures: BTreeMap<&str, String> = own()
            .filter_map(|record| Some((&*record.workload, record.outcome.failure()?)))
            .collect();
        if let Some((workload, why)) = failures.first_key_value()
            && own().all(|record| record.outcome.failure().is_some())
        {
            let words = format!("{name} fails itself, so nothing can be worse: {workload}: {why}");
            return Err(Failed::Harness(words));
        }
        for (workload, why) in failures {
            tell(format_args!(
                "note: {name} fails itself on {workload}, where less is seen: {why}"
            ));
        }
        Ok(())
    }

    /// The run of a step that was interrupted, if there is one.
    fn taken_up(&self, candidate: usize, bar: &mut Bar) -> Result<Option<Started>, Failed> {
        let begun = self.bisection.begun.as_ref().filter(|begun| begun.candidate == candidate);
        let folder = begun.map(|begun| self.out().join("runs").join(&begun.run));
        let Some(folder) = folder.filter(|folder| records_in(folder).is_some()) else {
            return Ok(None);
        };
        Ok(Some(start::resume(&folder, Verb::Compare, bar)?))
    }

    /// The run of a step, begun; or why the candidate cannot be run.
    fn started(
        &mut self,
        candidate: usize,
        bar: &mut Bar,
    ) -> Result<Result<Started, String>, Failed> {
        let search = &self.bisection.search;
        let (good, other) = (search.good(), &search.candidates[candidate]);
        // Where there is nothing to compare, there is nothing to step over.
        let must_run = search.steps.is_empty();
        let name = other.name.clone();
        let over = |why: String| match must_run {
            true => Err(Failed::Harness(format!("{name} cannot be compared: {why}"))),
            false => Ok(Err(why)),
        };
        let settings = Settings {
            trackers: vec![good.spec.parse()?, other.spec.parse()?],
            out: self.out(),
            ..start::recorded_settings(&self.bisection.settings)?
        };
        let trackers = match Trackers::of(&settings) {
            Err(StartError::Choice(error)) if error.is_usage() => return over(error.to_string()),
            found => found?,
        };
        let accuracy_alone = self.bisection.fail_above.is_none();
        let groups = procedures::groups(&settings, &trackers.arms())?;
        let procedure = procedures::bisect(groups, accuracy_alone);
        let mut broken = trackers.broken(&procedure, bar)?;
        if let Some((arm, why)) = broken.pop() {
            let is_good = trackers.arms().first() == Some(&arm);
            return match is_good {
                true => Err(Failed::Harness(format!("{} does not build: {why}", good.name))),
                false => over(format!("does not build: {why}")),
            };
        }
        let started = start::begin(settings, &trackers, procedure, command_line(), bar)?;
        let run = started.engine.executor.folder().file_name();
        let run = run.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        self.bisection.begun = Some(Begun { candidate, run });
        self.save()?;
        Ok(Ok(started))
    }
}
