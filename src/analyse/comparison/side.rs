//! One arm, as a comparison needs it.

use std::collections::{BTreeMap, BTreeSet};

use protocol::workloads;
use serde::{Deserialize, Serialize};

use super::readings::Readings;
use crate::analyse::accuracy::{Audit, Grade, GrowthRate};
use crate::analyse::summary::{
    BlockLinks, BlockRatios, Cell, FailureCount, Summary, ThreadCell, WorkloadSummary,
};
use crate::common::units;
use crate::plan::arm::ArmId;

/// An arm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// Which.
    pub arm: ArmId,
    /// The version that the subject gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// In the registry's order.
    pub workloads: Vec<Measured>,
}

/// An arm on a workload.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// The workload.
    pub workload: String,
    /// The number of threads that worked, where the workload was timed at several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
    /// Allocations of the program in the measured region, counted in the audit of the base.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocations: Option<u64>,
    /// The grade of what it reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<Grade>,
    /// Every figure that it reports, in each audit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readings: Vec<Readings>,
    /// What it held for itself at its peak for each live allocation of the program, in bytes, in each audit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own_per_live: Vec<f64>,
    /// Minor page faults of the measured region, in each audit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub minor_faults: Vec<f64>,
    /// How its own heap grows when the work is repeated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub growth: Option<GrowthRate>,
    /// How its samples failed, if any did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<String>,
    /// How further questions failed, if any did: a list of leaks that never came.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub further_failures: BTreeSet<String>,
    /// CPU time, tracked ÷ untracked, by block.
    pub overheads: BTreeMap<u32, f64>,
    /// CPU time, the control ÷ the program that it repeats, by block: the noise.
    pub twins: BTreeMap<u32, f64>,
    /// Peak resident set, tracked ÷ untracked, by block.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub memory: BTreeMap<u32, f64>,
    /// The link order that each block ran, if it has several.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub links: BTreeMap<u32, u32>,
}

impl Side {
    /// Every tracked arm of a summary of one run.
    pub fn all(summary: &Summary) -> Vec<Self> {
        summary.arms().into_iter().map(|arm| Self::of(summary, arm)).collect()
    }

    /// An arm of a summary of one run, on the workloads that were timed and those that were only audited; without
    /// any, if the run has no such arm.
    pub fn of(summary: &Summary, arm: &ArmId) -> Self {
        let cells = summary.workloads.iter().filter_map(|workload| {
            let cell = workload.cell(arm)?;
            Some((workload, cell))
        });
        let version = cells.clone().find_map(|(_, cell)| cell.version.clone());
        let mut workloads: Vec<Measured> =
            cells.map(|(workload, cell)| Measured::new(summary, workload, cell)).collect();
        for audit in summary.audits.iter().filter(|audit| audit.arm == *arm) {
            if !workloads.iter().any(|one| one.workload == audit.workload) {
                let measured = Measured { workload: audit.workload.clone(), ..Measured::default() };
                workloads.push(measured.with_accuracy(summary, Some(audit), arm));
            }
        }
        let at_threads = summary.threads.iter().filter(|cell| cell.arm == *arm);
        workloads.extend(at_threads.map(Measured::at_threads));
        workloads.sort_by_key(|one| (workloads::place(&one.workload), one.threads));
        Self { arm: arm.clone(), version, workloads }
    }

    /// Which arms of one run are set against which of another, base first: those of one name, else the
    /// only ones of a tracker and mode, whose versions may differ, else the only ones of the runs. With
    /// them, the arms that are left without another.
    pub fn matched(bases: &[Self], news: &[Self]) -> (Vec<(Self, Self)>, Vec<ArmId>) {
        let only = |sides: &[Self], new: &Self| {
            let mut alike = sides.iter().filter(|side| side.arm.is_same_kind(&new.arm));
            alike.next().filter(|_| alike.next().is_none()).cloned()
        };
        let partner = |new: &Self| {
            let same_name = bases.iter().find(|base| base.arm == new.arm).cloned();
            same_name.or_else(|| only(news, new).and_then(|_| only(bases, new))).or_else(|| match (
                bases, news,
            ) {
                ([base], [_]) => Some(base.clone()),
                _ => None,
            })
        };
        let pairs: Vec<(Self, Self)> =
            news.iter().filter_map(|new| Some((partner(new)?, new.clone()))).collect();
        let alone = |side: &&Self| {
            !pairs.iter().any(|(base, new)| base.arm == side.arm || new.arm == side.arm)
        };
        let alone = bases.iter().chain(news).filter(alone).map(|side| side.arm.clone()).collect();
        (pairs, alone)
    }

    /// The same without page faults: those of another kernel or C library are nothing to compare with.
    #[must_use]
    pub fn without_faults(mut self) -> Self {
        self.workloads.iter_mut().for_each(|one| one.minor_faults.clear());
        self
    }

    /// What it did where another was measured: on the same workload, at as many threads.
    pub fn beside(&self, other: &Measured) -> Option<&Measured> {
        self.workloads.iter().find(|one| one.name() == other.name())
    }
}

impl Measured {
    /// The workload, with the number of threads where there are several: `mixed-workload, 2 threads`.
    pub fn name(&self) -> String {
        match self.threads {
            Some(threads) => format!("{}, {}", self.workload, units::counted(threads, "thread")),
            None => self.workload.clone(),
        }
    }

    fn new(summary: &Summary, workload: &WorkloadSummary, cell: &Cell) -> Self {
        let measured = Self {
            workload: workload.workload.clone(),
            allocations: workload.allocations,
            failures: labels(&cell.failures),
            overheads: by_block(&cell.blocks),
            twins: by_block(&workload.twin_blocks),
            memory: by_block(&cell.memory_blocks),
            links: by_block_of(&workload.links),
            ..Self::default()
        };
        measured.with_accuracy(summary, summary.audit(&workload.workload, &cell.arm), &cell.arm)
    }

    /// At a number of threads: its times alone, since what it reports is told of the workload itself.
    fn at_threads(cell: &ThreadCell) -> Self {
        Self {
            workload: cell.workload.clone(),
            threads: Some(cell.threads),
            failures: labels(&cell.failures),
            overheads: by_block(&cell.blocks),
            twins: by_block(&cell.twin_blocks),
            links: by_block_of(&cell.links),
            ..Self::default()
        }
    }

    /// The same with what was audited of the arm there.
    fn with_accuracy(mut self, summary: &Summary, audit: Option<&Audit>, arm: &ArmId) -> Self {
        let growth =
            summary.growth.iter().find(|one| one.arm == *arm && one.workload == self.workload);
        self.growth = growth.and_then(|growth| growth.own_heap);
        let Some(audit) = audit else { return self };
        let own = audit.own_heap.iter();
        let own = own.chain(audit.repeats.iter().filter_map(|one| one.own_heap.as_ref()));
        self.own_per_live = own.filter_map(|own| own.peak_bytes_per_live_allocation).collect();
        let faults = std::iter::once(audit.minor_faults);
        let faults = faults.chain(audit.repeats.iter().map(|one| one.minor_faults));
        self.minor_faults = faults.flatten().map(|number| number as f64).collect();
        self.grade = Some(audit.grade);
        self.readings = Readings::of(audit, &audit.repeats);
        self.further_failures = further_failures(audit).collect();
        self
    }
}

/// The different ways in which samples failed.
fn labels(failures: &[FailureCount]) -> Vec<String> {
    let labels: BTreeSet<String> = failures.iter().map(FailureCount::label).collect();
    labels.into_iter().collect()
}

fn by_block(ratios: &BlockRatios) -> BTreeMap<u32, f64> {
    ratios.iter().map(|((_, block), ratio)| (*block, *ratio)).collect()
}

fn by_block_of(links: &BlockLinks) -> BTreeMap<u32, u32> {
    links.iter().map(|((_, block), link)| (*block, *link)).collect()
}

/// How other samples than the cell's own failed: in audits taken again, or asked for a list of leaks.
fn further_failures(audit: &Audit) -> impl Iterator<Item = String> {
    let kind = |failure: &String| failure.split(':').next().unwrap_or(failure).to_owned();
    let families = audit.families.iter().filter_map(move |(family, told)| {
        Some(format!("{}: {}", family.word(), kind(told.failure.as_ref()?)))
    });
    let again = audit.repeats.iter().filter_map(move |one| Some(kind(one.failure.as_ref()?)));
    families.chain(again.map(|kind| format!("audited again: {kind}")))
}

#[cfg(test)]
mod tests {
    use super::super::{Difference, Pairing, Row, compare};
    use super::*;
    use crate::fixture;
    use crate::plan::procedure::Experiment;

    fn sides(arms: &[&str]) -> Vec<Side> {
        let record = |arm: &&str| fixture::record(arm, "fragmentation", 1, Some(1.0));
        Side::all(&fixture::summarised(arms.iter().map(record).collect()))
    }

    fn matched(bases: &[&str], news: &[&str]) -> (Vec<(String, String)>, Vec<String>) {
        let (pairs, alone) = Side::matched(&sides(bases), &sides(news));
        let names = |(base, new): (Side, Side)| (base.arm.to_string(), new.arm.to_string());
        (pairs.into_iter().map(names).collect(), alone.iter().map(ArmId::to_string).collect())
    }

    fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
        of.iter().map(|&(base, new)| (base.to_owned(), new.to_owned())).collect()
    }

    #[test]
    fn arms_of_two_runs_are_matched_by_name_then_by_tracker_and_mode() {
        let (found, alone) = matched(&["counting", "m/full", "m/idle"], &["m/full", "counting"]);
        assert_eq!(found, pairs(&[("counting", "counting"), ("m/full", "m/full")]));
        assert_eq!(alone, ["m/idle"]);
        let (found, alone) = matched(&["m@1.0.0/a", "m@1.0.0/b"], &["m@2.0.0/a", "m@2.0.0/b"]);
        assert_eq!(found, pairs(&[("m@1.0.0/a", "m@2.0.0/a"), ("m@1.0.0/b", "m@2.0.0/b")]));
        assert_eq!(alone, [""; 0]);
        assert_eq!(matched(&["counting"], &["m/full"]).0, pairs(&[("counting", "m/full")]));
    }

    #[test]
    fn what_only_more_threads_make_slower_is_a_row_of_its_own() {
        let mut records = Vec::new();
        for block in 1..=20 {
            let mut add = |arm: &str, ms: f64, on_two: f64| {
                let about = |ms: f64| Some(ms * (1.0 + 0.001 * f64::from(block % 3)));
                records.push(fixture::record(arm, "data-processing", block, about(ms)));
                let mut two = fixture::record(arm, "data-processing", block, about(on_two));
                two.experiment = Some(Experiment::Threads);
                two.params.threads = 2;
                records.push(two);
            };
            add("untracked", 100.0, 110.0);
            add("m@1.0.0/a", 200.0, 250.0);
            // A lock that is fought for.
            add("m@1.1.0/a", 200.0, 500.0);
        }
        let sides = Side::all(&fixture::summarised(records));
        let [base, new] = sides.as_slice() else { panic!("{sides:?}") };
        let pairs = [(base.clone(), new.clone())];
        let found = compare(&pairs, Pairing::SameBlocks, 1.03).unwrap();
        let told = |row: &Row| (row.workload.clone(), row.verdicts.clone());
        let told: Vec<_> = found.against[0].rows.iter().map(told).collect();
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(told[0], (name("data-processing"), vec![Difference::NotDetected]));
        assert_eq!(told[1], (name("data-processing, 2 threads"), vec![Difference::Slower]));
        assert_eq!(told[2], (None, vec![Difference::NotDetected]));
    }

    #[test]
    fn several_versions_are_not_taken_for_one_another() {
        let (found, alone) = matched(&["m@1.0.0/a", "m@1.1.0/a"], &["m@1.1.0/a", "m@2.0.0/a"]);
        assert_eq!(found, pairs(&[("m@1.1.0/a", "m@1.1.0/a")]));
        assert_eq!(alone, ["m@1.0.0/a", "m@2.0.0/a"]);
    }
}
