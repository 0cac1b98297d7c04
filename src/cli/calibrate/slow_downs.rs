//! `calibrate slow-downs`: more CPU time.

use std::collections::BTreeMap;
use std::time::Duration;

use memscope_bench::analyse::calibration::SlowDowns;
use memscope_bench::plan::calibration as procedures;
use memscope_bench::plan::group::Group;
use memscope_bench::plan::sampling::Sampling;
use memscope_bench::plan::settings::Settings;

use super::{Arguments, SCALE, groups_of, per_mille, planted_in, planted_settings};
use crate::cli::Failed;
use crate::cli::run::Planned;

/// How long it is measured what a step of work costs, of each workload.
const PILOT: Duration = Duration::from_secs(6);

/// How long a sample under the tracker is to take, in seconds, unless a scale is asked for. The spread of a pair hardly
/// falls with its length, and of short ones there are more.
const SAMPLE_S: f64 = 0.015;

pub(super) fn planned(arguments: &Arguments) -> Result<Planned, Failed> {
    let settings = planted_settings(arguments)?;
    let per_mille = per_mille(arguments, &procedures::PER_MILLE);
    let scales = scales(arguments, &settings)?;
    let found = pilot(&settings, &scales)?;
    let effect = |workload: &str| {
        let found = found.iter().find(|found| found.workload == workload)?;
        Some(found.levels.first()?.effect)
    };
    Planned::of(settings, |groups, _| {
        let groups = scaled(groups, &scales);
        let planted = planted_in(&groups, effect, &per_mille)?;
        Ok(procedures::planted(groups, &planted, arguments.chosen.neighbours))
    })
}

/// The scale of each workload, by how long its samples take in a pilot; none if a scale is asked for.
pub(super) fn scales(
    arguments: &Arguments,
    settings: &Settings,
) -> Result<BTreeMap<String, f64>, Failed> {
    if arguments.sizes.scale().is_some() {
        return Ok(BTreeMap::new());
    }
    let scale_of = |found: &SlowDowns| (found.workload.clone(), scale(found.sample_s));
    Ok(pilot(settings, &BTreeMap::new())?.iter().map(scale_of).collect())
}

/// The scale at which a sample takes as long as it is to, if at [`SCALE`] it takes so many seconds; in two digits.
fn scale(sample_s: f64) -> f64 {
    let exact = SCALE * (SAMPLE_S / sample_s).min(1.0);
    format!("{exact:.1e}").parse().unwrap_or(exact)
}

/// Groups at the scales of their workloads, where there are any.
pub(super) fn scaled(mut groups: Vec<Group>, scales: &BTreeMap<String, f64>) -> Vec<Group> {
    for group in &mut groups {
        group.params.scale = scales.get(&group.workload).copied().unwrap_or(group.params.scale);
    }
    groups
}

/// What a number of steps for every allocation does to each workload, and how long its samples take: measured for a few
/// seconds.
fn pilot(settings: &Settings, scales: &BTreeMap<String, f64>) -> Result<Vec<SlowDowns>, Failed> {
    let sampling = Sampling { budget: Some(PILOT), ..Sampling::default() };
    let settings = Settings { sampling, ..settings.clone() };
    let groups = scaled(groups_of(&settings)?, scales);
    let found =
        super::pilot(&settings, groups, |groups, planted| procedures::planted(groups, planted, 0))?;
    Ok(found.map(|calibration| calibration.slow_downs).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_samples_are_made_short_and_short_ones_stay() {
        assert_eq!(scale(0.150), 0.01);
        assert_eq!(scale(0.0731), 0.021);
        assert_eq!(scale(0.002), SCALE);
    }
}
