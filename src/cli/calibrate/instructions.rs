//! `calibrate instructions`: more instructions, as Valgrind counts them.

use memscope_bench::analyse::calibration::{MoreInstructions, TIMES};
use memscope_bench::plan::calibration as procedures;
use memscope_bench::plan::settings::Settings;

use super::{Arguments, groups_of, per_mille, planted_in, planted_settings};
use crate::cli::Failed;
use crate::cli::instructions::{SCALE, TIMEOUT, tool};
use crate::cli::run::Planned;

/// How many comparisons there are, unless a number of samples is asked for.
const COMPARISONS: u32 = 20;

pub(super) fn planned(arguments: &Arguments) -> Result<Planned, Failed> {
    if arguments.samples.is_by_goal() {
        return Err(Failed::Usage("instructions are counted so many times: --samples".to_owned()));
    }
    if arguments.chosen.neighbours > 0 {
        return Err(Failed::Usage(
            "--neighbours load the memory, which a count of instructions does not see".to_owned(),
        ));
    }
    let counter = tool()?;
    let mut settings = planted_settings(arguments)?;
    settings.params.scale = arguments.sizes.scale().unwrap_or(SCALE);
    settings.timeout = arguments.sizes.timeout().unwrap_or(TIMEOUT);
    let times = arguments.samples.samples.unwrap_or(COMPARISONS * TIMES as u32);
    settings.sampling = Some(times).into();
    let per_mille = per_mille(arguments, &procedures::MORE_INSTRUCTIONS);
    let found = pilot(&settings, counter)?;
    let effect = |workload: &str| found.iter().find(|(name, _)| name == workload).map(|one| one.1);
    Planned::of(settings, |groups, _| {
        let planted = planted_in(&groups, effect, &per_mille)?;
        Ok(procedures::planted_instructions(groups, &planted, counter, times))
    })
}

/// How many times the instructions some steps make on each workload.
fn pilot(settings: &Settings, counter: &str) -> Result<Vec<(String, f64)>, Failed> {
    let groups = groups_of(settings)?;
    let found = super::pilot(settings, groups, |groups, planted| {
        procedures::planted_instructions(groups, planted, counter, TIMES as u32)
    })?;
    let all = found.map(|calibration| calibration.instructions).unwrap_or_default();
    let effect = |of: &MoreInstructions| Some((of.workload.clone(), of.levels.first()?.effect));
    Ok(all.iter().filter_map(effect).collect())
}
