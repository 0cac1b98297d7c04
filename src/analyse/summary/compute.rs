//! Computing a summary: records in, figures out.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use protocol::Pass;

use super::allocators::over_allocators;
use super::cells::summarise_workload;
use super::overall::Overview;
use super::samples::TimedSamples;
use super::{
    Content, Summary, WorkloadSummary, ladder, ranking, service, sizes, threads, verdicts,
};
use crate::analyse::accuracy::{Estimates, Growth, LeakAudit, Standing, audits};
use crate::analyse::adoption;
use crate::analyse::calibration::{self, Calibration};
use crate::analyse::grouping::by_workload;
use crate::analyse::heap_check::HeapCheck;
use crate::analyse::instructions::{Counted, InstructionCell};
use crate::analyse::latency::CallLatency;
use crate::analyse::load::LoadClimb;
use crate::analyse::soak::SoakResult;
use crate::plan::arm::ArmId;
use crate::plan::catalog::Catalog;
use crate::record::{Failure, Record, Run};
use crate::stats::StatsError;

impl Summary {
    /// Computes the summary of some runs, taken together.
    ///
    /// # Errors
    ///
    /// If the statistics of the overall figures fail, which recorded data cannot make them.
    pub fn of(runs: &[Run]) -> Result<Self, StatsError> {
        let all: Vec<&Record> = runs.iter().flat_map(|run| &run.records).collect();
        let records: Vec<&Record> = all.iter().copied().filter(|r| r.is_of_a_cell()).collect();
        // Without it no capture can be told; everything else can.
        let own = runs.iter().flat_map(|run| &run.environment.settings.own_trackers);
        let catalog = Catalog::with(&own.cloned().collect::<Vec<_>>()).ok();
        let audits = audits(&all, catalog.as_ref());
        let records = with_costs(records);
        let mut services = Vec::new();
        let (mut summaries, mut samples) = (Vec::<WorkloadSummary>::new(), Vec::new());
        for (workload, own) in by_workload(&records) {
            let timed = TimedSamples::new(&own);
            services.extend(service::services(workload, &timed));
            summaries.push(summarise_workload(workload, &own, &timed, catalog.as_ref()));
            samples.push(timed);
        }
        let overall = Overview::of(&summaries, &samples, catalog.as_ref())?;
        let allocators = over_allocators(&overall.arms, &samples, catalog.as_ref())?;
        let timed = || records.iter().filter(|record| record.pass == Pass::Timed);
        let measuring: u64 = timed().map(|record| record.sample_ns).fold(0, u64::saturating_add);
        let measured: u64 =
            timed().filter_map(|record| Some(record.cost()?.wall_ns)).fold(0, u64::saturating_add);
        let contents = |run: &Run| run.records.iter().map(Content::of).collect();
        let debug = |record: &&Record| record.outcome.process().is_some_and(|p| p.debug_build);
        let sizes = sizes::cells(&all, catalog.as_ref());
        let mut summary = Self {
            environments: runs.iter().map(|run| run.environment.clone()).collect(),
            contents: runs.iter().map(contents).collect(),
            workloads: summaries,
            overall: overall.arms,
            noise: overall.noise,
            debug_build: all.iter().any(debug),
            measured_share: (measuring > 0).then(|| measured as f64 / measuring as f64),
            measuring_s: measuring as f64 / 1e9,
            standings: Standing::all(&audits),
            audits,
            leaks: LeakAudit::all(&all),
            growth: Growth::all(&all),
            allocators,
            estimates: Estimates::all(&all, catalog.as_ref()),
            threads: threads::cells(&all, catalog.as_ref()),
            size_growth: sizes::growth(&sizes),
            sizes,
            ladders: ladder::ladders(&all),
            services,
            heap_checks: all.iter().filter_map(|record| HeapCheck::of(record)).collect(),
            soaks: all.iter().filter_map(|record| SoakResult::of(record)).collect(),
            instructions: InstructionCell::all(&Counted::all(&all)),
            latencies: CallLatency::all(&all),
            loads: LoadClimb::all(&all),
            calibrations: runs.iter().filter_map(Calibration::of).collect(),
            adoptions: Vec::new(),
            history: Vec::new(),
        };
        verdicts::judge_all(&mut summary);
        ranking::rank_within_kinds(&mut summary);
        Ok(summary)
    }
}

impl Summary {
    /// Adds the calibrations that are kept beside a site or a run: in its folder, or in the one of reports that it lies
    /// in. None, if these runs are calibrations themselves.
    ///
    /// # Errors
    ///
    /// If what is kept cannot be read; the summary is then as it was.
    pub fn add_kept_calibrations(&mut self, folder: &Path) -> io::Result<()> {
        if let Some(reports) = kept_in(folder, calibration::FILE)
            && self.calibrations.is_empty()
        {
            self.calibrations = calibration::load(reports)?;
        }
        Ok(())
    }

    /// Adds, from the same place, what trackers of this summary bring into a program.
    ///
    /// # Errors
    ///
    /// If what is kept cannot be read; the summary is then as it was.
    pub fn add_kept_adoptions(&mut self, folder: &Path) -> io::Result<()> {
        if let Some(reports) = kept_in(folder, adoption::FILE) {
            self.adoptions = adoption::load(reports)?;
            self.adoptions.retain(|one| {
                self.overall.iter().any(|of| {
                    of.arm.tracker == one.tracker && of.version.as_ref() == Some(&one.version)
                })
            });
        }
        Ok(())
    }
}

/// The folder in which a file is kept for a site or a run: its own, or the one of reports that it lies in.
fn kept_in<'a>(folder: &'a Path, file: &str) -> Option<&'a Path> {
    folder.ancestors().take(3).find(|place| place.join(file).is_file())
}

/// The records of cells that have a cost to show, if any has: what was only audited stands among the
/// audits, and is no empty row of the tables of cost. What does not build is a row all the same.
fn with_costs(records: Vec<&Record>) -> Vec<&Record> {
    let timed: BTreeSet<(&str, &ArmId)> = records
        .iter()
        .filter(|record| record.pass == Pass::Timed)
        .map(|record| (&*record.workload, &record.arm))
        .collect();
    let has_cost = |record: &&Record| {
        timed.contains(&(&*record.workload, &record.arm))
            || record.outcome.failed().is_some_and(|failed| failed.failure == Failure::Build)
    };
    if timed.is_empty() { records } else { records.into_iter().filter(has_cost).collect() }
}
