//! The commands that measure a cell again.

use crate::analyse::summary::Summary;
use crate::common::shell::quoted;
use crate::plan::arm::ArmId;
use crate::record::environment::{Environment, SettingsRecord};

/// The commands that measure a tracker on a workload, and that audit it there, at the sizes of the run that it is from.
pub(super) fn commands(summary: &Summary, arm: &ArmId, workload: &str) -> [String; 2] {
    let ran = |one: &&Environment| one.settings.workloads.iter().any(|known| known == workload);
    let environment = summary.environments.iter().find(ran).or(summary.environments.first());
    let sizes = environment.map(|one| sizes(&one.settings, workload)).unwrap_or_default();
    ["measure", "audit"].map(|verb| {
        format!("memscope-bench {verb} -t {} -w {workload}{sizes}", quoted(&arm.to_string()))
    })
}

/// What differs from what the options are by themselves; the number of threads is always told.
fn sizes(settings: &SettingsRecord, workload: &str) -> String {
    let params = settings.params_of(workload);
    let mut options = String::new();
    if params.scale != 1.0 {
        options += &format!(" --scale {}", params.scale);
    }
    options += &format!(" --threads {}", params.threads);
    if params.seed != 1 {
        options += &format!(" --seed {}", params.seed);
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_cell_is_measured_again_as_it_was() {
        let mut summary = fixture::judged_summary();
        let told = commands(&summary, &fixture::arm("memscope-rs/full"), "fragmentation");
        let options = "-t memscope-rs/full -w fragmentation --threads 2 --seed 42";
        assert_eq!(told[0], format!("memscope-bench measure {options}"));
        assert_eq!(told[1], format!("memscope-bench audit {options}"));
        summary.environments[0].settings.params.scale = 0.1;
        let told = commands(&summary, &fixture::arm("dhat@path:a b/mode"), "fragmentation");
        assert!(
            told[0].contains("'dhat@path:a b/mode'") && told[0].contains("--scale 0.1"),
            "{told:?}"
        );
    }
}
