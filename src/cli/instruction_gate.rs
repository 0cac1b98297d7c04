//! `gate --metric instructions`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use memscope_bench::analyse::instructions::InstructionBaseline;
use memscope_bench::plan::arm::ArmId;
use memscope_bench::plan::procedure::Verb;
use memscope_bench::present;
use memscope_bench::record::comparable::differences;

use super::compare::{nothing, red};
use super::instructions;
use super::options::{Selection, Sizes};
use super::run::Course;
use super::{Failed, Output};

/// By how many percent more it is red.
const FAIL_ABOVE: f64 = 0.5;

/// What is held against what.
pub(super) struct InstructionGating {
    pub(super) baseline: PathBuf,
    pub(super) update: bool,
    pub(super) run: Option<PathBuf>,
    pub(super) fail_above: Option<f64>,
    pub(super) selection: Selection,
    pub(super) sizes: Sizes,
    pub(super) samples: Option<u32>,
    pub(super) course: Course,
}

pub(super) fn run(mut gating: InstructionGating, output: &Output) -> Result<(), Failed> {
    let place = gating.baseline.display().to_string();
    let load = || InstructionBaseline::load(&gating.baseline).map_err(Failed::harness);
    let baseline = (!gating.update).then(load).transpose()?;
    if baseline.as_ref().is_some_and(|baseline| baseline.arms().is_empty()) {
        return Err(nothing(&gating.baseline, "no tracker on any workload is in it"));
    }
    if let Some(baseline) = baseline.as_ref().filter(|_| !gating.course.resumes()) {
        gating = as_in(baseline, gating);
    }
    let (run, counted) = match &gating.run {
        Some(folder) => instructions::recorded(folder)?,
        None => {
            let InstructionGating { selection, sizes, samples, course, .. } = &gating;
            let all = |_: &[ArmId]| Ok(());
            let finished =
                instructions::counted(Verb::Gate, selection, sizes, *samples, course, all)?;
            let counted = instructions::counts(&finished.run);
            (finished.run, counted)
        }
    };
    let Some(baseline) = baseline else {
        let baseline = InstructionBaseline::new(run.environment, counted);
        baseline.save(&gating.baseline).map_err(Failed::harness)?;
        let names: Vec<String> = baseline.arms().into_iter().map(ArmId::to_string).collect();
        return output
            .result(&baseline, || format!("{place}: the baseline of {}", names.join(", ")));
    };
    let found = differences(&baseline.environment, &run.environment);
    if !found.refusals.is_empty() {
        let refusals = found.refusals.join("; ");
        return Err(Failed::Usage(format!("{place} is of another kind: {refusals}")));
    }
    let mut judged = baseline.judge(&counted, gating.fail_above.unwrap_or(FAIL_ABOVE));
    judged.comparison.warnings.extend(found.warnings);
    output.result(&judged, || {
        let colour = if judged.reasons.is_empty() { "green" } else { "RED" };
        format!("{}\n\nGate: {colour}", present::compared_instructions(&judged.comparison, &[]))
    })?;
    if judged.reasons.is_empty() { Ok(()) } else { Err(red(&judged.reasons)) }
}

/// What is in the baseline, in the same way, unless something else was asked for.
fn as_in(baseline: &InstructionBaseline, mut gating: InstructionGating) -> InstructionGating {
    let record = &baseline.environment.settings;
    gating.sizes = gating.sizes.or_as_recorded(record);
    gating.samples = gating.samples.or(record.samples);
    if gating.selection.trackers.is_empty() {
        gating.selection.trackers = baseline.arms().into_iter().map(ArmId::to_string).collect();
        let workloads: BTreeSet<String> =
            baseline.counted.iter().map(|one| one.workload.clone()).collect();
        gating.selection = gating.selection.or_workloads(workloads);
    }
    gating
}
