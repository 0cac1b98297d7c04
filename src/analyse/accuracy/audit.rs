//! An audited cell: everything that a tracker reports of a workload, and the grade of it.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use protocol::workloads::{self, KNOWN_SITES, Workload};
use protocol::{Live, Moment, Reported, Truth};
use serde::Serialize;

use super::attribution::Attribution;
use super::check::{Check, Family, checks, coverage, leak_totals, worst};
use super::convention::misdeclared;
use super::grade::Grade;
use super::leaks::LeakGrade;
use super::own_heap::OwnHeap;
use crate::plan::arm::ArmId;
use crate::plan::catalog::{Convention, Counts};
use crate::plan::procedures::LEAK_WORKLOADS;
use crate::record::{Audited, Record, TrackerReportFindings};

/// An audited cell: a tracker on a workload.
#[derive(Clone, Debug, Serialize)]
pub struct Audit {
    /// The workload.
    pub workload: String,
    /// The arm.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub arm: ArmId,
    /// The version that the subject gave.
    pub version: Option<String>,
    /// The grade of its worst family.
    pub grade: Grade,
    /// The families that were asked about, each by its worst figure.
    pub families: BTreeMap<Family, FamilyGrade>,
    /// Of the program's allocations: those that the tracker tells of, and all.
    pub coverage: Option<(u64, u64)>,
    /// Every figure that the tracker claims to count. Empty for a failed sample.
    pub checks: Vec<Check>,
    /// What is in its live allocations, if it lists them: each looked up by its address.
    pub listed_live: Option<Attribution>,
    /// The tracker's own heap.
    pub own_heap: Option<OwnHeap>,
    /// Minor page faults of the measured region.
    pub minor_faults: Option<u64>,
    /// Events that the tracker itself says it dropped.
    pub dropped_events: Option<u64>,
    /// What is wrong with its report.
    pub report_findings: Vec<String>,
    /// Bytes of its report, all files together.
    pub report_bytes: Option<u64>,
    /// The kinds of its files, by what their names end with: `html`, `json`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub report_formats: BTreeSet<String>,
    /// What the catalogue says wrongly of how it counts a reallocation, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub misdeclared: Option<String>,
    /// Why the sample failed, if it did.
    pub failure: Option<String>,
    /// The same once more, as often as it was audited again.
    #[serde(skip)]
    pub repeats: Vec<Repeat>,
}

/// A cell audited once more, to see by how much audits of the same tracker differ.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Repeat {
    /// Every figure, or those of a list of leaks.
    pub checks: Vec<Check>,
    /// The tracker's own heap.
    pub own_heap: Option<OwnHeap>,
    /// Minor page faults of the measured region.
    pub minor_faults: Option<u64>,
    /// Why the sample failed, if it did.
    pub failure: Option<String>,
}

/// A family of figures in a cell.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FamilyGrade {
    /// That of its worst figure.
    pub grade: Grade,
    /// The figure; none if all are absent, or the sample failed.
    pub worst: Option<Check>,
    /// Why it could not be had, if so.
    pub failure: Option<String>,
}

impl Audit {
    /// Judges an audited sample. `None` for a tracker that claims to count nothing.
    pub fn of(record: &Record, convention: Option<Convention>) -> Option<Self> {
        let convention = convention?;
        let audited = record.outcome.audited();
        let truth = audited.and_then(|audited| audited.truth.as_ref());
        let reported = audited.and_then(|audited| audited.reported.as_ref());
        let own = audited.and_then(|audited| audited.own_heap.as_ref());
        // On others what the runtime keeps to the end is left behind, too.
        let leaks = LEAK_WORKLOADS.contains(&record.workload.as_str());
        let leaked = audited.and_then(|audited| audited.leaked).filter(|_| leaks);
        let both = truth.zip(reported);
        let checks = both.map_or(Vec::new(), |(truth, reported)| {
            let mut checks = checks(truth, reported, own, convention, race(record, truth).bytes);
            checks.extend(leaked.iter().flat_map(|leaked| leak_totals(leaked, reported)));
            checks
        });
        let report = record.outcome.report();
        let mut audit = Self {
            workload: record.workload.clone(),
            arm: record.arm.clone(),
            version: record.version.clone(),
            grade: Grade::Absent,
            families: BTreeMap::new(),
            coverage: both.and_then(|(truth, reported)| coverage(truth, reported, convention)),
            checks,
            listed_live: None,
            own_heap: own.zip(truth).map(|(own, truth)| OwnHeap::new(own, &truth.heap)),
            minor_faults: audited.and_then(|audited| audited.cost.minor_faults),
            dropped_events: reported.and_then(|reported| reported.dropped_events),
            report_findings: report.map(|report| report.findings.clone()).unwrap_or_default(),
            report_bytes: report.and_then(|report| report.bytes()),
            report_formats: report.map(TrackerReportFindings::formats).unwrap_or_default(),
            misdeclared: both
                .filter(|_| convention.counts == Counts::Allocations)
                .and_then(|(truth, reported)| misdeclared(truth, reported, convention.realloc)),
            failure: record.outcome.failure(),
            repeats: Vec::new(),
        };
        audit.judge();
        Some(audit)
    }

    /// Adds another audit of the same, which is not graded.
    pub fn add_repeat(&mut self, record: &Record, convention: Convention) {
        if let Some(again) = Self::of(record, Some(convention)) {
            let Self { checks, own_heap, minor_faults, failure, .. } = again;
            self.repeats.push(Repeat { checks, own_heap, minor_faults, failure });
        }
    }

    /// Adds another list of leaks, which is not graded.
    pub fn add_another_list(&mut self, record: &Record) {
        let failure = record.outcome.failure();
        let checks = LeakGrade::of(record).map(|grade| grade.checks()).unwrap_or_default();
        self.repeats.push(Repeat { checks, failure, ..Repeat::default() });
    }

    /// Adds what the tracker said was alive while the work was going on.
    pub fn add_moments(&mut self, record: &Record, convention: Convention) {
        if convention.counts != Counts::Allocations {
            return;
        }
        let audited = record.outcome.audited();
        let race = audited
            .and_then(|audited| audited.truth.as_ref())
            .map_or(Race::default(), |truth| race(record, truth));
        let moments = audited.map_or(&[][..], |audited| &audited.moments);
        self.add(Family::Live, moments.iter().flat_map(|moment| at_moment(moment, race)), record);
    }

    /// Adds what the tracker knows of single sites, or of types.
    pub fn add_sites(&mut self, record: &Record, convention: Convention) {
        let rounds = workloads::find(&record.workload)
            .map_or(0, |workload| workload.rounds_at(record.params.scale));
        let checks = record.outcome.audited().map(|audited| sites(audited, rounds, convention));
        self.add(Family::Sites, checks.into_iter().flatten(), record);
    }

    /// Adds its list of leaks, if it makes one.
    pub fn add_leaks(&mut self, record: &Record) {
        let grade = LeakGrade::of(record);
        self.listed_live = grade.as_ref().and_then(|grade| grade.live);
        let checks = grade.map(|grade| grade.checks()).unwrap_or_default();
        self.add(Family::Leaks, checks.into_iter(), record);
    }

    /// The same with these figures too.
    #[cfg(test)]
    pub(crate) fn with(mut self, checks: impl IntoIterator<Item = Check>) -> Self {
        self.checks.extend(checks);
        self.judge();
        self
    }

    fn add(&mut self, family: Family, checks: impl Iterator<Item = Check>, record: &Record) {
        self.checks.extend(checks);
        self.judge();
        self.fail(family, record.outcome.failure());
    }

    /// A family that was asked for in a process of its own, which failed.
    fn fail(&mut self, family: Family, failure: Option<String>) {
        let Some(failure) = failure else { return };
        let failed = FamilyGrade { grade: Grade::Failed, worst: None, failure: Some(failure) };
        self.families.insert(family, failed);
        self.grade = Grade::Failed;
    }

    /// Grades the families, and the cell, by all the figures that there are.
    fn judge(&mut self) {
        for family in Family::ALL {
            let own = || self.checks.iter().filter(|check| check.family == family);
            let failed = self.families.get(&family).is_some_and(|told| told.failure.is_some());
            if let Some(worst) = worst(own())
                && !failed
            {
                let grade = worst.grade();
                let worst = (grade != Grade::Absent).then(|| worst.clone());
                self.families.insert(family, FamilyGrade { grade, worst, failure: None });
            }
        }
        let worst = self.families.values().map(|family| family.grade).max();
        self.grade = match self.failure {
            Some(_) => Grade::Failed,
            None => worst.unwrap_or(Grade::Absent),
        };
    }

    /// The family that decides the grade; none if nothing was asked.
    pub fn worst_family(&self) -> Option<&FamilyGrade> {
        self.families.values().max_by(|a, b| a.cmp_errors(b))
    }

    /// The figure that is off by most, if any is.
    pub fn worst(&self) -> Option<&Check> {
        worst(self.checks.iter().filter(|check| check.grade() > Grade::Exact))
    }
}

impl FamilyGrade {
    /// Which is worse: by grade, then by how far the worst figure is off.
    pub(super) fn cmp_errors(&self, other: &Self) -> Ordering {
        self.grade.cmp(&other.grade).then_with(|| self.factor().total_cmp(&other.factor()))
    }

    /// How far the worst figure is off, a factor of at least 1; 1 without one.
    pub fn factor(&self) -> f64 {
        self.worst.as_ref().and_then(Check::factor).unwrap_or(1.0)
    }
}

/// How far apart two right counters may be where threads race: each thread has up to one event on its way
/// that one counter has seen and the other has not. Nothing with one thread.
#[derive(Clone, Copy, Default)]
struct Race {
    allocations: u64,
    /// An allocation each, of at most the largest size there was.
    bytes: u64,
}

fn race(record: &Record, truth: &Truth) -> Race {
    if workloads::find(&record.workload).is_none_or(Workload::is_deterministic) {
        return Race::default();
    }
    let largest_class = truth.size_classes.len().saturating_sub(1) as u32;
    let largest = 1_u64.checked_shl(largest_class).map_or(u64::MAX, |end| end - 1);
    let allocations = record.params.threads as u64 + 1;
    Race { allocations, bytes: largest.saturating_mul(allocations) }
}

/// What was alive at a moment. What other threads did while the tracker was asked may be in it or not.
fn at_moment(moment: &Moment, race: Race) -> impl Iterator<Item = Check> {
    let check = |figure: &str, of: fn(&Live) -> Option<u64>, tolerance| {
        let (before, after) = (of(&moment.before)?, of(&moment.after)?);
        let reported = of(&moment.reported);
        let (low, high) = (before.min(after), before.max(after));
        let actual = reported.map_or(before, |reported| reported.clamp(low, high));
        let figure = format!("{figure} at round {} of {}", moment.round, moment.rounds);
        let own = of(&moment.own).unwrap_or(0);
        Some(Check { tolerance, own, ..Check::new(Family::Live, figure, actual, reported) })
    };
    let allocations = check("live allocations", |live| live.allocations, race.allocations);
    [allocations, check("live bytes", |live| live.bytes, race.bytes)].into_iter().flatten()
}

/// Each site by its function, where the tracker tells functions; else each type of variable by its container.
fn sites(audited: &Audited, rounds: u64, convention: Convention) -> Vec<Check> {
    let Some(reported) = &audited.reported else { return Vec::new() };
    let mut checks = Vec::new();
    for site in KNOWN_SITES {
        let number = rounds.saturating_mul(site.allocations);
        let (name, told) = match reported.sites.as_slice() {
            [] if !reported.types.is_empty() && convention.variables => {
                (site.container, of_type(reported, site.container))
            }
            sites if !sites.is_empty() => {
                let found = sites.iter().find(|told| told.function == site.function);
                (site.function, found.map_or((0, 0), |told| (told.allocations, told.bytes)))
            }
            _ => continue,
        };
        let check = |what, actual, told| {
            Check::new(Family::Sites, format!("{what} {name}"), actual, Some(told))
        };
        checks.push(check("allocations of", number, told.0));
        // Of a type, a tracker may mean the value, without the counts that stand before it.
        let value = number.saturating_mul(site.bytes - site.counts);
        let means_values = reported.sites.is_empty() && told.1 == value;
        let bytes = if means_values { value } else { number.saturating_mul(site.bytes) };
        checks.push(check("bytes of", bytes, told.1));
    }
    // A tracker that tells of none of the types tells of something else, such as what is alive now.
    if checks.iter().all(|check| check.reported == Some(0)) && reported.sites.is_empty() {
        return vec![Check::new(Family::Sites, "sites", rounds, None)];
    }
    checks
}

/// Variables and bytes that the tracker tells of a container, however it writes types:
/// `alloc::vec::Vec<u64>` is a `Vec`.
fn of_type(reported: &Reported, container: &str) -> (u64, u64) {
    let is_one = |name: &str| {
        let path = name.split('<').next().unwrap_or(name);
        path.rsplit("::").next() == Some(container)
    };
    let own = reported.types.iter().filter(|told| is_one(&told.type_name));
    own.fold((0, 0), |(count, bytes): (u64, u64), told| {
        (count.saturating_add(told.count), bytes.saturating_add(told.bytes.unwrap_or(0)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::plan::catalog::Realloc;
    use crate::plan::procedure::Experiment;
    use crate::record::Outcome;
    use protocol::{SiteUse, TypeUse};

    const CONVENTION: Convention = Convention {
        realloc: Realloc::Apart,
        counts: Counts::Allocations,
        variables: true,
        whole_process: false,
    };

    fn audited(workload: &str, change: impl FnOnce(&mut Audited)) -> Record {
        let mut record = fixture::audited(&fixture::arm("counting"), workload);
        if let Outcome::Audit(audited) = &mut record.outcome {
            change(audited);
        }
        record
    }

    fn right(audited: &mut Audited) {
        let reported = Reported { allocations: Some(1_000), ..Reported::default() };
        audited.reported = Some(reported);
    }

    #[test]
    fn a_cell_is_as_good_as_its_worst_family() {
        let record = audited("fragmentation", |audited| {
            right(audited);
            audited.truth.as_mut().unwrap().heap.live_allocations = 10;
            audited.reported.as_mut().unwrap().live_allocations = Some(83_690);
        });
        let audit = Audit::of(&record, Some(CONVENTION)).unwrap();
        assert_eq!(audit.families[&Family::Events].grade, Grade::Exact);
        assert_eq!(audit.families[&Family::Live].grade, Grade::Wrong);
        assert_eq!(audit.families[&Family::Peak].grade, Grade::Absent);
        assert!(!audit.families.contains_key(&Family::Leaks), "it was not asked for");
        assert_eq!(audit.grade, Grade::Wrong);
        assert_eq!(audit.worst().unwrap().figure, "live allocations");
    }

    #[test]
    fn where_all_is_absent_the_cell_is() {
        let record =
            audited("fragmentation", |audited| audited.reported = Some(Reported::default()));
        assert_eq!(Audit::of(&record, Some(CONVENTION)).unwrap().grade, Grade::Absent);
    }

    #[test]
    fn what_is_alive_in_the_middle_counts_too() {
        let moment = |reported| Moment {
            round: 5,
            rounds: 30,
            before: Live { allocations: Some(100), bytes: Some(4_000) },
            after: Live { allocations: Some(104), bytes: Some(4_000) },
            own: Live::NONE,
            reported: Live { allocations: Some(reported), bytes: None },
        };
        let grade = |workload: &str, reported| {
            let mut audit = Audit::of(&audited(workload, right), Some(CONVENTION)).unwrap();
            let mut record = audited(workload, |audited| audited.moments = vec![moment(reported)]);
            record.experiment = Some(Experiment::Moments);
            audit.add_moments(&record, CONVENTION);
            audit.families[&Family::Live].grade
        };
        assert_eq!(grade("fragmentation", 102), Grade::Exact, "between before and after");
        assert_eq!(grade("fragmentation", 105), Grade::Close);
        // Two threads and the one that asks: three events on their way.
        assert_eq!(grade("mixed-workload", 106), Grade::Exact);
        assert_eq!(grade("fragmentation", 200), Grade::Wrong);
    }

    #[test]
    fn a_question_that_fails_fails_its_family_alone() {
        let mut audit = Audit::of(&audited("fragmentation", right), Some(CONVENTION)).unwrap();
        let failed = fixture::record("counting", "fragmentation", 0, None);
        audit.add_moments(&failed, CONVENTION);
        assert_eq!(audit.families[&Family::Live].grade, Grade::Failed);
        assert_eq!(audit.families[&Family::Events].grade, Grade::Exact);
        assert_eq!(audit.grade, Grade::Failed);
    }

    #[test]
    fn sites_are_held_against_what_the_workload_does() {
        let told = |change: &dyn Fn(&mut Reported)| {
            let mut record =
                audited("known-sites", |audited| change(audited.reported.as_mut().unwrap()));
            record.params.scale = 0.01;
            let mut audit = Audit::of(&record, Some(CONVENTION)).unwrap();
            audit.add_sites(&record, CONVENTION);
            audit.families[&Family::Sites].clone()
        };
        let site = |site: workloads::KnownSite| SiteUse {
            function: site.function.to_owned(),
            allocations: site.allocations,
            bytes: site.allocations * site.bytes,
        };
        let right = told(&|reported| reported.sites = KNOWN_SITES.map(site).to_vec());
        assert_eq!(right.grade, Grade::Exact);
        let one_missing =
            told(&|reported| reported.sites = KNOWN_SITES[1..].iter().copied().map(site).collect());
        let worst = one_missing.worst.unwrap();
        assert_eq!((worst.grade(), worst.ratio()), (Grade::Wrong, Some(0.0)));
        assert!(worst.figure.ends_with("site_of_vectors"), "{}", worst.figure);
        let typed = |site: workloads::KnownSite| TypeUse {
            type_name: format!("alloc::some::{}<u8>", site.container),
            count: site.allocations,
            bytes: Some(site.allocations * site.bytes),
        };
        let right = told(&|reported| reported.types = KNOWN_SITES.map(typed).to_vec());
        assert_eq!(right.grade, Grade::Exact);
        assert_eq!(told(&|_| {}).grade, Grade::Absent);
    }
}
