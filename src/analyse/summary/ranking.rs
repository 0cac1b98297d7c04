//! Who comes first: by grade, and by cost among those of one grade.
//!
//! A tracker that is wrong never comes before one that is right. Among trackers of one grade, a rank is 1 + the
//! number of those before it, which are all of better grades, and all of its own that are significantly cheaper:
//! in the same blocks, on every workload that both completed, with intervals that hold for all pairs together.
//! What cannot be told apart shares a rank.

use std::collections::{BTreeSet, HashMap};

use super::samples::PairedReadings;
use super::{BlockLinks, BlockRatios, Summary};
use crate::analyse::accuracy::Grade;
use crate::plan::arm::ArmId;
use crate::plan::catalog::Kind;
use crate::stats::CONFIDENCE;

/// A tracker among those that can be ranked.
#[derive(Clone, Debug)]
struct Ranked {
    arm: ArmId,
    grade: Grade,
}

/// Ranks every tracker among those of its kind: one that knows little is no better for being cheap.
pub(crate) fn rank_within_kinds(summary: &mut Summary) {
    let kinds: BTreeSet<Option<Kind>> = summary.overall.iter().map(|one| one.kind).collect();
    for kind in kinds {
        let of_kind = summary.overall.iter().filter(|one| one.kind == kind);
        let arms: Vec<&ArmId> = of_kind.map(|one| &one.arm).collect();
        let ranks = ranks(summary, &arms);
        let of_kind = summary.overall.iter_mut().filter(|one| one.kind == kind);
        of_kind.zip(ranks).for_each(|(one, rank)| one.rank = rank);
    }
}

/// The rank of each of these arms, from 1; none for one that failed somewhere, did not complete every workload,
/// or of which nothing is known: what it costs, or what it reports.
pub(crate) fn ranks(summary: &Summary, arms: &[&ArmId]) -> Vec<Option<usize>> {
    let ranked: Vec<Option<Ranked>> = arms.iter().map(|arm| rankable(summary, arm)).collect();
    let pairs = ranked.iter().flatten().count();
    let pairs = pairs * pairs.saturating_sub(1) / 2;
    // So that all intervals cover their truth together (Bonferroni).
    let confidence = 1.0 - (1.0 - CONFIDENCE) / pairs.max(1) as f64;
    let before = |one: &Ranked, other: &Ranked| match other.grade.cmp(&one.grade) {
        std::cmp::Ordering::Less => true,
        std::cmp::Ordering::Equal => is_cheaper(summary, &other.arm, &one.arm, confidence),
        std::cmp::Ordering::Greater => false,
    };
    let rank = |one: &Ranked| {
        let others = ranked.iter().flatten().filter(|other| other.arm != one.arm);
        1 + others.filter(|other| before(one, other)).count()
    };
    ranked.iter().map(|one| one.as_ref().map(rank)).collect()
}

fn rankable(summary: &Summary, arm: &ArmId) -> Option<Ranked> {
    let overall = summary.overall.iter().find(|overall| overall.arm == *arm)?;
    overall.overhead?;
    let grade = summary.standing(arm)?.grade;
    let complete = overall.workloads == summary.workloads.len();
    let known = !matches!(grade, Grade::Absent | Grade::Failed);
    (complete && known).then(|| Ranked { arm: arm.clone(), grade })
}

/// Whether one arm takes less CPU time than another, beyond doubt.
fn is_cheaper(summary: &Summary, one: &ArmId, other: &ArmId, confidence: f64) -> bool {
    let pairs: Vec<PairedReadings> = summary
        .workloads
        .iter()
        .filter_map(|workload| {
            let blocks = |arm: &ArmId| {
                let cell = workload.cell(arm)?;
                Some(&cell.blocks)
            };
            Some(in_same_blocks(blocks(other)?, blocks(one)?, &workload.links))
        })
        .collect();
    // Without a block in common nothing can be told.
    let ratio = PairedReadings::mean(&pairs).ok().flatten();
    ratio.and_then(|ratio| ratio.interval(confidence)).is_some_and(|interval| interval.high < 1.0)
}

fn in_same_blocks(base: &BlockRatios, other: &BlockRatios, links: &BlockLinks) -> PairedReadings {
    // Not searched for one by one: a run may have thousands of blocks.
    let other: HashMap<_, f64> = other.iter().map(|(block, ratio)| (block, *ratio)).collect();
    let both = base.iter().filter_map(|(block, one)| Some((block, (*one, *other.get(block)?))));
    let (blocks, (base, other)): (Vec<_>, _) = both.unzip();
    let links = blocks.iter().map(|&block| links.get(block).copied()).collect::<Option<_>>();
    PairedReadings { base, other, links: links.unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::accuracy::{Family, Standing};
    use crate::fixture;

    /// Arms with their overhead, its spread between blocks in percent, and how much of 1,000 events each reports.
    fn ranked(arms: &[(&str, f64, u64)]) -> Vec<Option<usize>> {
        let workloads = ["basic-structures", "fragmentation"];
        let of = |workload: &str| {
            let cells = (0..).zip(arms).map(|(index, (arm, overhead, _))| {
                let mut cell = fixture::cell(arm, "1.0.0", *overhead);
                let noise = |block: u32| f64::from((block * 7 + index * block) % 5);
                let ratio = |block| overhead * (1.0 + 0.002 * noise(block));
                cell.blocks = (0..20).map(|b| (("run".to_owned(), b), ratio(b))).collect();
                cell
            });
            fixture::workload(workload, cells.collect())
        };
        let mut summary = fixture::summary_of(workloads.map(of).to_vec());
        let audits = arms.iter().flat_map(|(arm, _, reported)| {
            workloads.map(|one| fixture::audit_of(one, arm, &[(Family::Events, 1_000, *reported)]))
        });
        summary.audits = audits.collect();
        summary.standings = Standing::all(&summary.audits);
        let arms: Vec<ArmId> = arms.iter().map(|(arm, ..)| fixture::arm(arm)).collect();
        ranks(&summary, &arms.iter().collect::<Vec<_>>())
    }

    #[test]
    fn no_price_puts_a_tracker_that_is_wrong_before_one_that_is_right() {
        let told = ranked(&[("wrong", 1.1, 1), ("right", 9.0, 1_000), ("close", 3.0, 995)]);
        assert_eq!(told, [Some(3), Some(1), Some(2)]);
    }

    #[test]
    fn what_cannot_be_told_apart_shares_a_rank() {
        let told = ranked(&[("a", 2.0, 1_000), ("b", 2.001, 1_000), ("c", 4.0, 1_000)]);
        assert_eq!(told, [Some(1), Some(1), Some(3)]);
    }

    #[test]
    fn what_was_not_audited_has_no_rank() {
        let cells = vec![fixture::cell("a", "1.0.0", 2.0)];
        let summary = fixture::summary_of(vec![fixture::workload("fragmentation", cells)]);
        assert_eq!(ranks(&summary, &[&fixture::arm("a")]), [None]);
    }
}
