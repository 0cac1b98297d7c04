//! The gate: a baseline that is committed, and what turns the gate red.
//!
//! Accuracy, allocation counts and memory are hard: they do not depend on the machine. Time does, and on the
//! hour: a tracker's overhead differs by a quarter from one day to another. So no time of the baseline is judged.
//! A baseline may name what is measured again beside the new one, in the same blocks; then time is red where the
//! whole interval lies beyond the threshold.

use std::path::Path;

use protocol::workloads;
use serde::{Deserialize, Serialize};

use super::baseline::{self, BaselineError};
use super::comparison::{Comparison, Pairing, Side, compare};
use crate::common::units;
use crate::record::environment::Environment;
use crate::stats::LEAST_EFFECT;
use crate::stats::StatsError;

/// Version of [`Baseline`] as it is written.
const SCHEMA: u32 = 4;

/// How far apart the allocations of a workload whose threads race may be.
const RACING: f64 = 0.005;

/// What later runs are held against.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    schema: u32,
    /// Where and how it was measured.
    pub environment: Environment,
    /// The SPECs of what times are compared to, measured anew in the same blocks. Without any, no time is judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub base: Vec<String>,
    /// Its tracked arms.
    pub arms: Vec<Side>,
}

/// What the gate says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GateResult {
    /// Why it is red; empty if it is green.
    pub reasons: Vec<String>,
    /// The arms against their baseline.
    pub comparison: Comparison,
    /// Their times against those of the base, in the same blocks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timed: Option<Comparison>,
}

impl GateResult {
    /// Whether there was no figure that both sides have.
    pub fn compared_nothing(&self) -> bool {
        let all = self.timed.iter().chain([&self.comparison]);
        let mut rows = all.flat_map(|one| &one.against).flat_map(|versus| &versus.rows);
        rows.all(|row| row.figures.is_empty() && row.memory.is_none() && row.change.is_none())
    }
}

impl Baseline {
    /// A baseline of these arms, whose times are to be compared to those of `base`. Their own times are not kept.
    pub fn new(environment: Environment, base: Vec<String>, mut arms: Vec<Side>) -> Self {
        for side in &mut arms {
            // At a number of threads there is nothing but times.
            side.workloads.retain(|measured| measured.threads.is_none());
            for measured in &mut side.workloads {
                measured.overheads.clear();
                measured.twins.clear();
            }
        }
        Self { schema: SCHEMA, environment, base, arms }
    }

    /// Whether there is nothing in it that could be compared.
    pub fn is_empty(&self) -> bool {
        self.arms.iter().all(|side| side.workloads.is_empty())
    }

    /// Reads a baseline.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is none, or is one of instructions.
    pub fn load(path: &Path) -> Result<Self, BaselineError> {
        baseline::read(path, SCHEMA, None)
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    ///
    /// If it cannot be written; an earlier one there is then as it was.
    pub fn save(&self, path: &Path) -> Result<(), BaselineError> {
        baseline::write(path, self)
    }

    /// Holds measured arms against it; those that it does not hold are what times are compared to. `percent` is how
    /// much slower an arm may get than that.
    ///
    /// # Errors
    ///
    /// If the statistics fail, which measured times cannot make them.
    pub fn judge(&self, measured: &[Side], percent: f64) -> Result<GateResult, StatsError> {
        let mut reasons = Vec::new();
        let mut pairs = Vec::new();
        for base in &self.arms {
            match measured.iter().find(|new| new.arm == base.arm) {
                Some(new) => {
                    reasons.extend(counts(base, new));
                    pairs.push((base.clone(), new.clone()));
                }
                None => reasons.push(format!("{}: was not measured", base.arm)),
            }
        }
        let comparison = compare(&pairs, Pairing::OtherRun, LEAST_EFFECT)?;
        reasons.extend(comparison.beyond(percent));
        let timed = self.timed(measured)?;
        reasons.extend(timed.iter().flat_map(|timed| timed.slower_than(percent)));
        Ok(GateResult { reasons, comparison, timed })
    }

    /// The arms of the baseline against those beside them, if any were timed in the same blocks.
    fn timed(&self, measured: &[Side]) -> Result<Option<Comparison>, StatsError> {
        let (own, beside): (Vec<Side>, Vec<Side>) = measured
            .iter()
            .cloned()
            .partition(|side| self.arms.iter().any(|arm| arm.arm == side.arm));
        let (pairs, _) = Side::matched(&beside, &own);
        let was_timed = |side: &Side| side.workloads.iter().any(|one| !one.overheads.is_empty());
        let pairs: Vec<_> = pairs.into_iter().filter(|(base, _)| was_timed(base)).collect();
        if pairs.is_empty() {
            return Ok(None);
        }
        Ok(Some(compare(&pairs, Pairing::SameBlocks, LEAST_EFFECT)?))
    }
}

/// Workloads that are missing, or do not allocate what they did: then the program is another one.
fn counts(base: &Side, new: &Side) -> Vec<String> {
    let mut told = Vec::new();
    for before in &base.workloads {
        let workload = &before.name();
        let Some(now) = new.beside(before) else {
            told.push(format!("{} on {workload}: was not measured", base.arm));
            continue;
        };
        if let (Some(was), Some(is)) = (before.allocations, now.allocations)
            && is_another_number(workload, was, is)
        {
            let (was, is) = (units::count(was), units::count(is));
            told.push(format!("{workload}: makes {is} allocations, {was} in the baseline"));
        }
    }
    told
}

/// Whether a workload makes another number of allocations than it did, beyond what threads that race differ by.
pub(super) fn is_another_number(workload: &str, was: u64, is: u64) -> bool {
    let deterministic = workloads::find(workload).is_none_or(|meta| meta.is_deterministic());
    let tolerated = if deterministic { 0.0 } else { RACING * was as f64 };
    was.abs_diff(is) as f64 > tolerated
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::analyse::summary::Summary;
    use crate::fixture;
    use crate::plan::procedure::Experiment;
    use crate::record::{Outcome, Record, Run};
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    const BASE: &str = "untracked";
    const ARM: &str = "memscope-rs/full";
    const BESIDE: &str = "memscope-rs@0.2.4/full";
    const WORKLOADS: [&str; 3] = ["basic-structures", "data-processing", "fragmentation"];

    /// A run on a noisy machine, with a base beside the arm, in an hour in which trackers take `hour` times as
    /// long: `slower` multiplies the arm's CPU time, `dropped` is the share of events that it misses.
    fn run(seed: u64, hour: f64, slower: f64, dropped: f64) -> Run {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut records = Vec::new();
        for workload in WORKLOADS {
            for arm in [BASE, ARM, BESIDE] {
                records.push(audit(arm, workload, dropped));
            }
            for block in 1..=20 {
                // The machine as a whole, then each sample for itself.
                let drift = rng.random_range(1.0..1.3);
                let mut took = |ms: f64| ms * drift * rng.random_range(0.98..1.02);
                for (arm, ms) in
                    [(BASE, 100.0), (BESIDE, 320.0 * hour), (ARM, 320.0 * hour * slower)]
                {
                    let mut record = fixture::record(arm, workload, block, Some(took(ms)));
                    if let Outcome::Timed(timed) = &mut record.outcome {
                        timed.cost.resident_peak_bytes = Some(30_000_000 + u64::from(block % 3));
                    }
                    records.push(record);
                }
            }
        }
        Run { folder: PathBuf::new(), ..fixture::run_of(records) }
    }

    fn audit(arm: &str, workload: &str, dropped: f64) -> Record {
        let mut record = fixture::audited(&fixture::arm(arm), workload);
        if let Outcome::Audit(audited) = &mut record.outcome
            && let Some(reported) = &mut audited.reported
        {
            reported.allocations = Some((1_000.0 * (1.0 - dropped)).round() as u64);
        }
        record
    }

    fn sides(run: &Run) -> Vec<Side> {
        Side::all(&Summary::of(std::slice::from_ref(run)).unwrap())
    }

    /// Of the arm alone.
    fn baseline_of(run: &Run) -> Baseline {
        let own = sides(run).into_iter().filter(|side| side.arm.to_string() == ARM).collect();
        Baseline::new(run.environment.clone(), vec![BESIDE.to_owned()], own)
    }

    fn judged(run: &Run) -> GateResult {
        let before = super::tests::run(1, 1.0, 1.0, 0.0);
        baseline_of(&before).judge(&sides(run), 5.0).unwrap()
    }

    #[test]
    fn a_slow_down_of_ten_percent_turns_it_red() {
        let outcome = judged(&run(2, 1.0, 1.1, 0.0));
        let slower: Vec<_> =
            outcome.reasons.iter().filter(|reason| reason.contains("slower by more")).collect();
        assert!(!slower.is_empty(), "{outcome:?}");
        assert_eq!(slower.len(), outcome.reasons.len(), "{outcome:?}");
    }

    #[test]
    fn a_tracker_that_drops_one_event_in_a_hundred_turns_it_red() {
        let outcome = judged(&run(3, 1.0, 1.0, 0.01));
        assert_eq!(outcome.reasons.len(), WORKLOADS.len(), "{outcome:?}");
        assert!(
            outcome.reasons.iter().all(|reason| reason.contains("events less accurate")),
            "{outcome:?}"
        );
    }

    #[test]
    fn twenty_runs_of_the_same_leave_it_green() {
        for seed in 100..120 {
            let outcome = judged(&run(seed, 1.0, 1.0, 0.0));
            assert_eq!(outcome.reasons, [""; 0], "seed {seed}");
        }
    }

    #[test]
    fn another_hour_does_not() {
        let outcome = judged(&run(6, 1.25, 1.0, 0.0));
        assert_eq!(outcome.reasons, [""; 0], "{outcome:?}");
        // Without a base beside it nothing is said of time, however slow.
        let mut alone = run(7, 1.0, 3.0, 0.0);
        alone.records.retain(|record| record.arm.to_string() != BESIDE);
        let outcome = judged(&alone);
        assert!(outcome.reasons.is_empty() && outcome.timed.is_none(), "{outcome:?}");
    }

    /// A run whose arms are audited five times each, with page faults that differ by some percent, times `factor`.
    fn faulting(seed: u64, factor: f64) -> Run {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut run = run(seed, 1.0, 1.0, 0.0);
        let audits = run.records.iter().filter(|one| one.outcome.audited().is_some());
        let again =
            |record: &Record| Record { experiment: Some(Experiment::Repeats), ..record.clone() };
        let tracked = audits.filter(|one| one.arm.is_tracked());
        let repeats: Vec<Record> =
            tracked.flat_map(|record| std::iter::repeat_n(again(record), 4)).collect();
        run.records.extend(repeats);
        for record in &mut run.records {
            if let Outcome::Audit(audited) = &mut record.outcome {
                let faults = rng.random_range(5_000.0..5_300.0) * factor;
                audited.cost.minor_faults = Some(faults as u64);
            }
        }
        run
    }

    #[test]
    fn twice_the_page_faults_turn_it_red_and_as_many_do_not() {
        let baseline = baseline_of(&faulting(1, 1.0));
        let judged = |run: &Run| baseline.judge(&sides(run), 5.0).unwrap().reasons;
        for seed in 2..12 {
            assert_eq!(judged(&faulting(seed, 1.0)), [""; 0], "seed {seed}");
        }
        let red = judged(&faulting(3, 2.0));
        assert_eq!(red.len(), WORKLOADS.len(), "{red:?}");
        assert!(red.iter().all(|reason| reason.contains("more page faults: 5,")), "{red:?}");
        assert_eq!(judged(&faulting(3, 0.5)), [""; 0], "fewer are no harm");
        // A baseline from before they were kept.
        let old = baseline_of(&run(1, 1.0, 1.0, 0.0));
        assert_eq!(old.judge(&sides(&faulting(3, 2.0)), 5.0).unwrap().reasons, [""; 0]);
    }

    #[test]
    fn another_program_turns_it_red() {
        let mut other = run(4, 1.0, 1.0, 0.0);
        for record in &mut other.records {
            if record.arm.to_string() == BASE
                && record.workload == "fragmentation"
                && let Outcome::Audit(audited) = &mut record.outcome
                && let Some(work) = &mut audited.work
            {
                work.heap.allocations += 1;
            }
        }
        let outcome = judged(&other);
        assert_eq!(
            outcome.reasons,
            ["fragmentation: makes 1,001 allocations, 1,000 in the baseline"]
        );
        other.records.retain(|record| record.workload != "fragmentation");
        assert!(judged(&other).reasons[0].contains("was not measured"));
    }

    #[test]
    fn a_baseline_is_read_as_it_was_written_and_anything_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("baseline.json");
        let run = run(5, 1.0, 1.0, 0.0);
        let baseline = baseline_of(&run);
        baseline.save(&path).unwrap();
        let read = Baseline::load(&path).unwrap();
        // Figures may differ in their last digit: serde_json reads fast rather than exactly.
        let facts = |baseline: &Baseline| {
            let of = |side: &Side| {
                let blocks = |one: &crate::analyse::comparison::Measured| {
                    one.memory.keys().copied().collect::<Vec<_>>()
                };
                let told = side.workloads.iter();
                let told = told.map(|one| (one.workload.clone(), one.allocations, blocks(one)));
                (side.arm.clone(), told.collect::<Vec<_>>())
            };
            baseline.arms.iter().map(of).collect::<Vec<_>>()
        };
        assert_eq!(read.environment, baseline.environment);
        assert_eq!(facts(&read), facts(&baseline));
        assert!(read.judge(&sides(&run), 5.0).unwrap().reasons.is_empty());
        fs::write(&path, r#"{"schema": 1, "arms": {}}"#).unwrap();
        let error = Baseline::load(&path).unwrap_err();
        assert!(matches!(error, BaselineError::Schema(_)), "{error}");
        fs::write(&path, "{}").unwrap();
        let error = Baseline::load(&path).unwrap_err().to_string();
        assert!(error.contains("not a baseline") && error.contains("--update"), "{error}");
    }
}
