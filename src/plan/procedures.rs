//! What each verb runs.
//!
//! To add a verb: its procedure here, its arguments in `cli/`, and, if it shows something new, a table in
//! `present/`.

use std::time::Duration;

use protocol::{Params, Pass};

use super::arm::{ArmId, Role};
use super::group::Group;
use super::procedure::{
    Arrivals, Experiment, Procedure, ReportWish, SampleKind, Shown, Stage, TimeLimit, Verb, Work,
};
use super::settings::{Settings, SettingsError};

/// The arms that are audited: all but the twin, which would repeat the base.
const AUDITED: &[Role] = &[Role::Base, Role::Tracked];
/// The arms that are timed.
const TIMED: &[Role] = &[Role::Base, Role::Twin, Role::Tracked, Role::Idle, Role::Parked];

/// Workloads on which lists of leaks are graded: one with leaks planted, one with cycles that leak, and
/// two in which nothing leaks.
pub const LEAK_WORKLOADS: &[&str] =
    &["planted-leaks", "reference-cycles", "leak-detection", "rapid-lifecycle"];

/// The workload that is repeated to see memory grow: it frees all that it allocates.
const GROWTH_WORKLOAD: &str = "leak-detection";
/// How often.
const GROWTH_REPETITIONS: u32 = 12;
/// Its size, as a share of the chosen scale: twelve repetitions are to take no longer than one audit.
const GROWTH_SIZE: f64 = 0.05;

/// The workload whose sites are known.
const SITES_WORKLOAD: &str = "known-sites";

/// Audits beyond the first, for a comparison: by how much do they differ? Threads race, and a tracker's own maps
/// are of another size each time where their hashes are random.
const REPEATS: u32 = 4;
/// Lists of leaks, for a comparison: as many as audits. memscope-rs 0.2.5 lists one freed block more in one sample of
/// five, which both of two lists did now and then.
const LISTS: u32 = 5;

/// Workloads on which estimates are judged: many small allocations, many of which stay, large ones, and, where it is
/// named, both sizes from one call stack.
const ESTIMATED: &[&str] = &["basic-structures", "reference-cycles", "fragmentation", "one-stack"];
/// How often.
const ESTIMATES: u32 = 30;

/// The tracker that makes heap profiles.
pub const PROFILER: &str = "dhat";

/// A group for every workload chosen, with these trackers beside the controls.
///
/// # Errors
///
/// A pattern that names no workload.
pub fn groups(settings: &Settings, trackers: &[ArmId]) -> Result<Vec<Group>, SettingsError> {
    let chosen = settings.chosen_workloads()?;
    let group = |workload| Group::new(workload, settings.params_of(workload), trackers);
    Ok(chosen.into_iter().map(group).collect())
}

/// Audits every cell once, then times all in blocks.
pub fn measure(groups: Vec<Group>) -> Procedure {
    let mut stages = vec![audit_stage(ReportWish::OrWithout)];
    stages.extend(timed_stages(&groups));
    Procedure::new(Verb::Measure, groups, stages, Shown::Costs)
}

/// The same, without asking for reports that trackers write: memscope-rs needs 17 GB for that of one
/// scenario, which nobody expects of a first `cargo bench`.
pub fn bench(groups: Vec<Group>) -> Procedure {
    let mut stages = vec![audit_stage(ReportWish::No)];
    stages.extend(timed_stages(&groups));
    Procedure::new(Verb::Bench, groups, stages, Shown::Costs)
}

/// All that can be told of accuracy, then times in blocks, for setting the trackers against the first of them; over
/// so many link orders of their programs, if several are asked for.
pub fn compare(groups: Vec<Group>, links: Option<u32>) -> Procedure {
    let mut procedure = bisect(groups, false);
    for stage in &mut procedure.stages {
        if let Work::Rounds(kind) = &mut stage.work {
            kind.links = links;
        }
    }
    procedure
}

/// As [`compare`], or without its times, for holding it against a baseline.
pub fn gate(groups: Vec<Group>, accuracy_alone: bool) -> Procedure {
    let groups: Vec<Group> = groups.into_iter().map(Group::repeating_the_first_tracker).collect();
    let mut stages = judged_stages();
    if !accuracy_alone {
        stages.extend(timed_stages(&groups));
    }
    Procedure::new(Verb::Gate, groups, stages, Shown::Comparison)
}

/// A step of a bisection: a comparison, with or without its times. It is resumed as one, too.
pub fn bisect(groups: Vec<Group>, accuracy_alone: bool) -> Procedure {
    Procedure { verb: Verb::Compare, ..gate(groups, accuracy_alone) }
}

/// Audits every cell, asks while the work is going on, grades lists of leaks and what is told of single sites,
/// and watches memory grow. `estimating` are the arms that estimate, whose figures are judged over many samples.
/// Nothing is compared by time.
pub fn audit(groups: Vec<Group>, estimating: Vec<ArmId>) -> Procedure {
    let kind = |experiment| SampleKind {
        // What takes several times as long as the work is not coming.
        time_limit: TimeLimit::FourAudits,
        ..SampleKind::new(Pass::Audit).of(experiment)
    };
    let sites = kind(Experiment::Sites).with_report(ReportWish::Yes);
    let mut stages = vec![audit_stage(ReportWish::OrWithout)];
    // In processes of their own: what hangs or crashes there spoils no other figure.
    stages.push(Stage::new(
        "moments",
        &[Role::Tracked],
        Work::Once(vec![kind(Experiment::Moments)]),
    ));
    stages
        .push(Stage::new("sites", &[Role::Tracked], Work::Once(vec![sites])).on(&[SITES_WORKLOAD]));
    if !estimating.is_empty() {
        let work = Work::Several(vec![kind(Experiment::Estimates)], ESTIMATES);
        let stage = Stage::new("estimates", &[Role::Tracked], work);
        stages.push(stage.on(ESTIMATED).with_arms(estimating));
    }
    stages.push(leaks_stage(1));
    stages.push(growth_stage());
    Procedure::new(Verb::Audit, groups, stages, Shown::Accuracy)
}

/// What two trackers are compared by, but for times: several audits, lists of leaks, and growth.
fn judged_stages() -> Vec<Stage> {
    let repeats = SampleKind::new(Pass::Audit).of(Experiment::Repeats);
    let again = Work::Several(vec![repeats], REPEATS);
    vec![
        audit_stage(ReportWish::No),
        Stage::new("audit again", &[Role::Tracked], again),
        leaks_stage(LISTS),
        growth_stage(),
    ]
}

fn leaks_stage(times: u32) -> Stage {
    let leaks = SampleKind {
        // A list that takes several times as long as the work is not coming.
        time_limit: TimeLimit::FourAudits,
        ..SampleKind::new(Pass::Audit).of(Experiment::Leaks)
    };
    // In processes of their own: a list that hangs or crashes spoils no other figure.
    Stage::new("leaks", &[Role::Tracked], Work::Several(vec![leaks], times)).on(LEAK_WORKLOADS)
}

fn growth_stage() -> Stage {
    let repeated = |pass| SampleKind {
        repetitions: GROWTH_REPETITIONS,
        size: GROWTH_SIZE,
        ..SampleKind::new(pass).of(Experiment::Growth)
    };
    let growth = Work::Once(vec![repeated(Pass::Audit), repeated(Pass::Timed)]);
    Stage::new("growth", AUDITED, growth).on(&[GROWTH_WORKLOAD])
}

/// Measures and audits each group at several numbers of threads, each with its own controls.
pub fn sweep(groups: Vec<Group>, threads: &[usize]) -> Procedure {
    let kind = |pass| SampleKind::new(pass).of(Experiment::Threads);
    swept(groups, threads, |params, threads| params.threads = threads, kind, Shown::Threads)
}

/// The same at several scales.
pub fn sweep_sizes(groups: Vec<Group>, scales: &[f64]) -> Procedure {
    let kind = |pass| SampleKind::new(pass).of(Experiment::Sizes).at_one_thread();
    swept(groups, scales, |params, scale| params.scale = scale, kind, Shown::Sizes)
}

fn swept<T: Copy>(
    groups: Vec<Group>,
    at: &[T],
    vary: impl Fn(&mut Params, T),
    kind: impl Fn(Pass) -> SampleKind,
    shown: Shown,
) -> Procedure {
    let varied = |group: &Group, to| {
        let mut group = group.clone();
        vary(&mut group.params, to);
        group
    };
    let groups = groups.iter().flat_map(|group| at.iter().map(|&to| varied(group, to))).collect();
    let stages = vec![
        Stage::new("audit", AUDITED, Work::Once(vec![kind(Pass::Audit)])),
        Stage::new("measure", TIMED, Work::Rounds(kind(Pass::Timed))),
    ];
    Procedure::new(Verb::Sweep, groups, stages, shown)
}

/// Measures each tracker linked and not started, then at work, with its reading and its report; beside them a
/// program without a tracker and with a second thread, since a tracker may start one.
pub fn ladder(mut groups: Vec<Group>) -> Procedure {
    for group in &mut groups {
        let tracked = group.arms.iter().filter(|arm| arm.is_tracked());
        let idle: Vec<ArmId> = tracked.map(ArmId::idle).collect();
        group.arms.extend(idle);
        group.arms.push(ArmId::parked());
    }
    let kind = |pass| {
        let kind = SampleKind::new(pass).of(Experiment::Ladder).with_report(ReportWish::Yes);
        kind.at_one_thread()
    };
    let stages = vec![
        // How many events there are to divide by; the same whatever tracker watches.
        Stage::new("audit", &[Role::Base], Work::Once(vec![kind(Pass::Audit)])),
        Stage::new("measure", TIMED, Work::Rounds(kind(Pass::Timed))),
    ];
    Procedure::new(Verb::Ladder, groups, stages, Shown::Ladder)
}

/// Times every single allocation, in passes that say nothing else.
pub fn latency(groups: Vec<Group>) -> Procedure {
    let kind = SampleKind::new(Pass::Timed).of(Experiment::Latency);
    let stages = vec![Stage::new("time calls", TIMED, Work::Rounds(kind))];
    Procedure::new(Verb::Latency, groups, stages, Shown::Latency)
}

/// Serves requests at one rate after the other, as long as they are answered in time; so many times over.
pub fn load(groups: Vec<Group>, rates: &[u32], for_ms: u32, times: u32) -> Procedure {
    let kind = |&rate: &u32| SampleKind {
        arrivals: Some(Arrivals { rate, for_ms }),
        ..SampleKind::new(Pass::Timed).of(Experiment::Load)
    };
    let stages = vec![Stage::new(
        "load",
        &[Role::Base, Role::Tracked],
        Work::Climb(rates.iter().map(kind).collect(), times),
    )];
    Procedure::new(Verb::Load, groups, stages, Shown::Load)
}

/// Runs each workload once under the trackers of the groups, which make profiles as their reports.
pub fn profile(groups: Vec<Group>) -> Procedure {
    let kind = SampleKind::new(Pass::Audit).with_report(ReportWish::Yes);
    let stages = vec![Stage::new("profile", &[Role::Tracked], Work::Once(vec![kind]))];
    Procedure::new(Verb::Profile, groups, stages, Shown::Profiles)
}

/// Runs each arm once to its very end, under a tool that looks for leaks if there is one. `base` says
/// whether the program without a tracker is among the arms.
pub fn verify(groups: Vec<Group>, base: bool, wrapper: Option<String>) -> Procedure {
    let kind = SampleKind { wrapper, ..SampleKind::new(Pass::Audit).of(Experiment::Verify) };
    let stages = vec![Stage::new("verify", verified(base), Work::Once(vec![kind]))];
    Procedure::new(Verb::Verify, groups, stages, Shown::HeapChecks)
}

/// Repeats each arm's workload for a time, in one process.
pub fn soak(groups: Vec<Group>, base: bool, duration: Duration) -> Procedure {
    let soak_ms = Some(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
    let kind = SampleKind { soak_ms, ..SampleKind::new(Pass::Audit).of(Experiment::Soak) };
    let stages = vec![Stage::new("soak", verified(base), Work::Once(vec![kind]))];
    Procedure::new(Verb::Verify, groups, stages, Shown::Soaks)
}

/// Counts the instructions of each arm so many times, by a tool of this launcher's name; how many allocation
/// events there are to divide by, once. Nothing is timed.
pub fn instructions(verb: Verb, groups: Vec<Group>, times: u32, counter: &str) -> Procedure {
    let kind = |pass| SampleKind::new(pass).of(Experiment::Instructions).at_one_thread();
    let counted = SampleKind { wrapper: Some(counter.to_owned()), ..kind(Pass::Timed) };
    let stages = vec![
        Stage::new("audit", &[Role::Base], Work::Once(vec![kind(Pass::Audit)])),
        Stage::new("instructions", AUDITED, Work::Several(vec![counted], times)),
    ];
    Procedure::new(verb, groups, stages, Shown::Instructions)
}

fn verified(base: bool) -> &'static [Role] {
    if base { AUDITED } else { &[Role::Tracked] }
}

fn audit_stage(report: ReportWish) -> Stage {
    let kind = SampleKind::new(Pass::Audit).with_report(report);
    Stage::new("audit", AUDITED, Work::Once(vec![kind]))
}

/// Times every cell, on one thread where that can be chosen; then what several threads make of it, where there are
/// some, since a tracker's lock shows only there.
fn timed_stages(groups: &[Group]) -> Vec<Stage> {
    let kind = SampleKind::new(Pass::Timed);
    let with_workers: Vec<&str> = groups
        .iter()
        .filter(|group| group.has_workers() && group.params.threads > 1)
        .map(|group| &*group.workload)
        .collect();
    let mut stages = vec![Stage::new("measure", TIMED, Work::Rounds(kind.clone().at_one_thread()))];
    if !with_workers.is_empty() {
        let work = Work::Rounds(kind.of(Experiment::Threads));
        stages.push(Stage::new("measure threads", TIMED, work).on(&with_workers));
    }
    stages
}
