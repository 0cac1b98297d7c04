//! Words that tables, charts and pages share: what a tracker, a failure or a run is called there.

use protocol::workloads::{self, Kind};

use crate::analyse::calibration::Calibration;
use crate::analyse::comparison::Versus;
use crate::analyse::summary::{Content, FailureCount, Overall, Summary, WorkloadSummary};
use crate::common::units;
use crate::plan::arm::ArmId;
use crate::plan::catalog::Kind as TrackerKind;
use crate::record::environment::Environment;
use crate::stats::NOT_DETECTED;

/// An arm with the version that ran: `memscope-rs 0.2.5/full`.
pub fn arm_title(arm: &ArmId, version: Option<&str>) -> String {
    // An arm of a chosen version carries it in its name.
    let Some(version) = version.filter(|_| arm.version.is_none()) else {
        return arm.to_string();
    };
    match &arm.mode {
        Some(mode) => format!("{} {version}/{mode}", arm.tracker),
        None => format!("{} {version}", arm.tracker),
    }
}

/// The title of an arm over all workloads.
pub fn overall_title(overall: &Overall) -> String {
    arm_title(&overall.arm, overall.version.as_deref())
}

/// What a tracker is compared with, in a word or two.
pub fn kind(kind: TrackerKind) -> &'static str {
    match kind {
        TrackerKind::Counter => "counter",
        TrackerKind::Sampled => "sampled",
        TrackerKind::Allocation => "each allocation",
        TrackerKind::Stacks => "with stacks",
        TrackerKind::Process => "whole process",
        TrackerKind::Allocator => "allocator",
    }
}

/// The same above several of them.
pub fn kind_heading(kind: TrackerKind) -> &'static str {
    match kind {
        TrackerKind::Counter => "Counters",
        TrackerKind::Sampled => "Sampling profilers",
        TrackerKind::Allocation => "Trackers of each allocation",
        TrackerKind::Stacks => "Trackers with call stacks",
        TrackerKind::Process => "Tools around the whole process",
        TrackerKind::Allocator => "Allocators, without a tracker",
    }
}

/// Which arm is set against which.
pub fn versus_title(versus: &Versus) -> String {
    let base = arm_title(&versus.base, versus.base_version.as_deref());
    format!("{} against {base}", arm_title(&versus.arm, versus.version.as_deref()))
}

/// What is said of a difference; of one that was not detected, how large it would have had to be:
/// `not detected (< 2.1 %)`.
pub fn difference(told: &str, detectable: Option<f64>) -> String {
    match detectable.filter(|_| told == NOT_DETECTED) {
        Some(factor) => format!("{told} ({})", below(factor)),
        None => told.to_owned(),
    }
}

/// What a difference is smaller than: `< 2.1 %`; from twice as much on a factor, `< 76×`.
pub fn below(factor: f64) -> String {
    match factor >= 2.0 {
        true => format!("< {}", units::short_factor(factor)),
        false => format!("< {}", units::percent(factor - 1.0)),
    }
}

/// How samples failed, in words: `crashed (3 samples), timed out (1 sample)`. Empty if none did.
pub fn failures(failures: &[FailureCount]) -> String {
    failures.iter().map(failure).collect::<Vec<_>>().join(", ")
}

/// One way in which samples failed: `crashed (3 samples)`.
pub fn failure(failed: &FailureCount) -> String {
    format!("{} ({})", failed.label(), units::counted(failed.count, "sample"))
}

/// One way in which samples of one arm failed on one workload.
#[derive(Clone, Debug)]
pub struct ToldFailure<'a> {
    /// The arm.
    pub arm: String,
    /// The workload.
    pub workload: &'a str,
    /// The failure and its count.
    pub failed: &'a FailureCount,
}

/// Every failure, those of the untracked arm first in each workload.
pub fn all_failures<'a>(summary: &'a Summary) -> Vec<ToldFailure<'a>> {
    let mut all = Vec::new();
    for summary in &summary.workloads {
        let workload = summary.workload.as_str();
        let mut tell = |arm: String, failures: &'a [FailureCount]| {
            all.extend(failures.iter().map(|failed| {
                let arm = arm.clone();
                ToldFailure { arm, workload, failed }
            }));
        };
        tell(ArmId::base().to_string(), &summary.untracked_failures);
        for cell in &summary.cells {
            tell(cell.arm.to_string(), &cell.failures);
        }
    }
    all
}

/// What to call one of these workloads: a phase, if all are.
pub fn workload_noun(workloads: &[WorkloadSummary]) -> &'static str {
    let is_phase = |workload: &WorkloadSummary| {
        workloads::find(&workload.workload).is_some_and(|meta| matches!(meta.kind, Kind::Phase(_)))
    };
    if workloads.iter().all(is_phase) { "phase" } else { "workload" }
}

/// How many samples each arm has: `12 samples` or `10–24 samples`, of each arm and workload.
pub fn samples(summary: &Summary) -> String {
    let blocks = || summary.workloads.iter().map(|workload| workload.blocks);
    let (least, most) = (blocks().min().unwrap_or(0), blocks().max().unwrap_or(0));
    if least == most {
        units::counted(most, "sample")
    } else {
        format!("{}–{}", units::count(least as u64), units::counted(most, "sample"))
    }
}

/// A moment in UTC, to the minute: `2026-11-22 04:15 UTC`. What is no moment stays as it is.
pub fn moment(rfc3339: &str) -> String {
    match rfc3339.parse::<jiff::Timestamp>() {
        Ok(moment) => moment.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Err(_) => rfc3339.to_owned(),
    }
}

/// What a published picture of costs has to say about where it comes from, a line each. The trackers'
/// versions stand with their names.
pub fn provenance(summary: &Summary) -> Vec<String> {
    let mut lines = provenance_of(summary, &[Content::Timed]);
    if let Some(settings) = lines.last_mut() {
        *settings += &format!(
            " · {} of each arm and {}, in paired blocks",
            samples(summary),
            workload_noun(&summary.workloads)
        );
    }
    lines
}

/// Where and when what was timed or audited was measured: `AMD EPYC, 2 cores …, 2026-11-28 23:30 UTC`.
pub fn places(summary: &Summary) -> String {
    let environments = summary.environments_of(&[Content::Timed, Content::Audited]);
    let machines = distinct(environments.iter().map(|one| one.machine()));
    let moments = distinct(environments.iter().map(|one| moment(&one.started)));
    format!("{machines}, {moments}")
}

/// The same of any picture, by the kinds of samples that are in it, without their number.
pub fn provenance_of(summary: &Summary, kinds: &[Content]) -> Vec<String> {
    let environments = summary.environments_of(kinds);
    let of = |what: &dyn Fn(&Environment) -> String| {
        distinct(environments.iter().map(|environment| what(environment)))
    };
    let rustc = of(&|e| e.rustc.clone().unwrap_or_else(|| "unknown compiler".to_owned()));
    let settings = of(&|e| {
        let settings = &e.settings;
        format!(
            "scale {}, seed {}, {}",
            settings.scale_in_words(),
            settings.params.seed,
            e.threads_in_words()
        )
    });
    vec![
        format!("{} · {}", of(&|e| moment(&e.started)), of(&Environment::machine)),
        format!("{} · {rustc} · {}", of(&Environment::harness), profile(summary)),
        settings,
    ]
}

/// Where figures of calibrations come from, for the foot of a chart.
pub fn provenance_of_calibrations<'a>(
    all: impl Iterator<Item = &'a Calibration> + Clone,
) -> Vec<String> {
    let of = |what: &dyn Fn(&Calibration) -> String| distinct(all.clone().map(what));
    vec![
        format!("{} · {}", of(&|one| moment(&one.started)), of(&|one| one.machine.clone())),
        of(&|one| one.harness.clone()),
    ]
}

/// How the subjects were built.
fn profile(summary: &Summary) -> String {
    if summary.debug_build {
        "DEBUG BUILDS, not worth publishing".to_owned()
    } else {
        distinct(summary.environments.iter().map(|environment| environment.profile.clone()))
    }
}

/// The different ones among some facts, in their order; only the first three, if there are many.
pub(super) fn distinct(facts: impl Iterator<Item = String>) -> String {
    let mut different = Vec::new();
    for fact in facts {
        if !different.contains(&fact) {
            different.push(fact);
        }
    }
    let more = different.len().saturating_sub(3);
    different.truncate(3);
    let text = different.join(" / ");
    if more > 0 { format!("{text} and {more} more") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn what_would_have_been_found_is_a_percentage_and_a_factor_where_it_is_large() {
        let told = |detectable| difference(NOT_DETECTED, Some(detectable));
        assert_eq!(told(1.021), "not detected (< 2.1 %)");
        assert_eq!(told(1.99), "not detected (< 99.0 %)");
        assert_eq!(told(76.0), "not detected (< 76×)");
        assert_eq!(difference("slower", Some(1.5)), "slower");
    }

    #[test]
    fn versions_stand_behind_the_name() {
        let title = |arm: &str, version| arm_title(&fixture::arm(arm), version);
        assert_eq!(title("memscope-rs/full", Some("0.2.5")), "memscope-rs 0.2.5/full");
        assert_eq!(title("dhat", Some("0.3.3")), "dhat 0.3.3");
        assert_eq!(title("dhat", None), "dhat");
        assert_eq!(title("memscope-rs@0.1.10", Some("0.1.10")), "memscope-rs@0.1.10");
    }

    #[test]
    fn moments_are_read_or_left_alone() {
        assert_eq!(moment("2026-11-22T04:15:00Z"), "2026-11-22 04:15 UTC");
        assert_eq!(moment("some day"), "some day");
    }

    #[test]
    fn few_facts_are_all_told() {
        let facts = |texts: &[&str]| distinct(texts.iter().map(|&text| text.to_owned()));
        assert_eq!(facts(&["a", "a"]), "a");
        assert_eq!(facts(&["a", "b", "a"]), "a / b");
        assert_eq!(facts(&["a", "b", "c", "d", "e"]), "a / b / c and 2 more");
    }
}
