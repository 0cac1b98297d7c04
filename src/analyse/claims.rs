//! Public claims, held against what was measured.

use serde::Serialize;

use crate::analyse::accuracy::{Check, OwnHeap, Standing};
use crate::analyse::summary::{Overall, Ratio, Rung, Summary};
use crate::plan::arm::ArmId;
use crate::plan::catalog::Catalog;
use crate::plan::claims::{Claim, Measure};
use crate::plan::spec::Spec;

/// A claim, judged by what was measured of one arm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JudgedClaim {
    /// The claim.
    #[serde(flatten)]
    pub claim: Claim,
    /// The arm that it is judged by; absent if none was measured.
    #[serde(serialize_with = "name_of")]
    pub arm: Option<ArmId>,
    /// The version that ran.
    pub version: Option<String>,
    /// What was measured, in the unit of the claim's measure.
    pub measured: Option<Measured>,
    /// Whether it holds.
    pub verdict: Verdict,
}

#[expect(clippy::ref_option, reason = "serde asks for it")]
fn name_of<S: serde::Serializer>(arm: &Option<ArmId>, serializer: S) -> Result<S::Ok, S::Error> {
    match arm {
        Some(arm) => serializer.serialize_some(&arm.to_string()),
        None => serializer.serialize_none(),
    }
}

/// A figure with its 95 % interval, where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// The figure.
    pub figure: f64,
    /// Lower end.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

/// What is to be said of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The whole interval is as it says.
    Holds,
    /// None of the interval is.
    Fails,
    /// A part of it is.
    Undecided,
    /// These runs do not hold what would show it.
    NotMeasured,
    /// Nothing here can show it.
    Untestable,
}

impl Verdict {
    /// In a word or two.
    pub fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::Undecided => "undecided",
            Self::NotMeasured => "not measured",
            Self::Untestable => "untestable",
        }
    }
}

/// Judges claims by what some runs say: each once for every arm that it is made of, and once if it is of none. Nothing is
/// passed for lack of data.
pub fn judge(summary: &Summary, claims: &[Claim], catalog: &Catalog) -> Vec<JudgedClaim> {
    let mut judged = Vec::new();
    for claim in claims {
        let default = catalog.find(&claim.tracker).ok().and_then(|entry| entry.modes.first());
        let default = default.map(|mode| &*mode.name);
        let is_of = |one: &&Overall| claim.is_of(&one.arm, one.version.as_deref(), default);
        let arms: Vec<&Overall> = summary.overall.iter().filter(is_of).collect();
        judged.extend(arms.iter().map(|overall| judge_one(summary, claim, overall)));
        if arms.is_empty() {
            let verdict = match claim.untestable {
                Some(_) => Verdict::Untestable,
                None => Verdict::NotMeasured,
            };
            let claim = claim.clone();
            judged.push(JudgedClaim { claim, arm: None, version: None, measured: None, verdict });
        }
    }
    judged
}

fn judge_one(summary: &Summary, claim: &Claim, overall: &Overall) -> JudgedClaim {
    let measured = claim.measure.and_then(|measure| measure_of(summary, claim, measure, overall));
    let verdict = match (claim.measure, measured) {
        (None, _) => Verdict::Untestable,
        (Some(_), None) => Verdict::NotMeasured,
        (Some(_), Some(measured)) => verdict(claim, measured),
    };
    let (arm, version) = (Some(overall.arm.clone()), overall.version.clone());
    JudgedClaim { claim: claim.clone(), arm, version, measured, verdict }
}

/// Of an interval that lies on both sides of what is claimed, neither can be said.
fn verdict(claim: &Claim, Measured { figure, low, high }: Measured) -> Verdict {
    let (low, high) = (low.unwrap_or(figure), high.unwrap_or(figure));
    let is_beyond = claim.at_least.is_some_and(|least| high < least)
        || claim.at_most.is_some_and(|most| low > most);
    match claim.holds_for(low) && claim.holds_for(high) {
        true => Verdict::Holds,
        false if is_beyond => Verdict::Fails,
        false => Verdict::Undecided,
    }
}

fn measure_of(
    summary: &Summary,
    claim: &Claim,
    measure: Measure,
    overall: &Overall,
) -> Option<Measured> {
    let arm = &overall.arm;
    let audits = || summary.audits.iter().filter(|audit| audit.arm == *arm);
    let own_heaps = || audits().filter_map(|audit| audit.own_heap);
    let against = || other(summary, claim.against.as_deref()?);
    match measure {
        Measure::Overhead => overall.overhead.map(Measured::from),
        Measure::OverheadOverAllocator => {
            let mut brought = summary.allocators.iter();
            brought.find(|one| one.arm == *arm)?.over.map(Measured::from)
        }
        Measure::OverheadAt => {
            let cells = summary.threads.iter().filter(|cell| cell.arm == *arm);
            let ratios = cells.filter(|cell| Some(cell.threads) == claim.threads);
            worst_of(ratios.filter_map(|cell| cell.overhead).map(Measured::from))
        }
        Measure::NsPerAllocation => {
            let added = added_ns(summary, arm)?;
            match &claim.against {
                Some(_) => Some(added.minus(added_ns(summary, &against()?)?)),
                None => Some(added),
            }
        }
        Measure::TimesCheaper => {
            added_ns(summary, &against()?)?.divided_by(added_ns(summary, arm)?)
        }
        Measure::Memory => overall.memory.map(Measured::from),
        Measure::BytesPerLive => OwnHeap::where_most_is_live(own_heaps()).map(Measured::point),
        Measure::BytesPerThread => {
            let threads = summary.environments.first()?.settings.params.threads.max(1);
            largest(own_heaps().map(|own| own.peak_bytes as f64 / threads as f64))
        }
        Measure::ReportTime => {
            let ladders = summary.ladders.iter().filter(|ladder| ladder.arm == *arm);
            largest(
                ladders.filter_map(|ladder| Some(ladder.report_ns? * ladder.events as f64 / 1e9)),
            )
        }
        Measure::WorstFactor => {
            let (check, _) = summary.standing(arm)?.worst_figure()?;
            Check::factor(check).map(Measured::point)
        }
        Measure::Coverage => summary.standing(arm).and_then(Standing::covered).map(Measured::point),
        Measure::InstructionsPerPair => {
            let cells = summary.instructions.iter().filter(|cell| cell.arm == *arm);
            largest(cells.filter_map(|cell| Some(2.0 * cell.added_per_event?)))
        }
    }
}

/// The arm of another tracker among those that were measured, whatever its version.
fn other(summary: &Summary, spec: &str) -> Option<ArmId> {
    let spec: Spec = spec.parse().ok()?;
    let is_it = |arm: &&ArmId| arm.tracker == spec.name && arm.mode == spec.mode;
    summary.arms().into_iter().find(is_it).cloned()
}

/// The CPU time that a tracker adds to all workloads, divided by their allocations: nanoseconds for each. The ends are
/// those of every workload's interval together, which is wider than that of the sum. One of too few samples for an interval
/// has that of the mean over all workloads, as much wider as a mean of so many is narrower. `None` without any.
fn added_ns(summary: &Summary, arm: &ArmId) -> Option<Measured> {
    let (mut sum, mut low, mut high, mut allocations) = (0.0, 0.0, 0.0, 0);
    let overall = summary.overall.iter().find(|overall| overall.arm == *arm)?.overhead?;
    let wider = (summary.workloads.len() as f64).sqrt();
    let of_all = |end: f64| (end / overall.ratio).powf(wider);
    let of_all = [of_all(overall.low?), of_all(overall.high?)];
    for workload in &summary.workloads {
        let Rung { ns, low: from, high: to } = workload.added_per_allocation(arm)?;
        let (number, untracked_ns) =
            (workload.allocations? as f64, workload.untracked.as_ref()?.cpu_s? * 1e9);
        // What the whole takes, and so many times that, less what it takes untracked.
        let times = |share: f64| (ns * number + untracked_ns) * share - untracked_ns;
        sum += ns * number;
        low += from.map_or(times(of_all[0]), |from| from * number);
        high += to.map_or(times(of_all[1]), |to| to * number);
        allocations += workload.allocations?;
    }
    let each = |ns: f64| ns / allocations as f64;
    let measured = Measured { figure: each(sum), low: Some(each(low)), high: Some(each(high)) };
    (allocations > 0).then_some(measured)
}

fn largest(figures: impl Iterator<Item = f64>) -> Option<Measured> {
    figures.max_by(f64::total_cmp).map(Measured::point)
}

fn worst_of(all: impl Iterator<Item = Measured>) -> Option<Measured> {
    all.max_by(|a, b| a.figure.total_cmp(&b.figure))
}

impl Measured {
    fn point(figure: f64) -> Self {
        Self { figure, low: None, high: None }
    }

    fn ends(self) -> (f64, f64) {
        (self.low.unwrap_or(self.figure), self.high.unwrap_or(self.figure))
    }

    /// The difference; its ends are the least and the most that those of both allow.
    fn minus(self, other: Self) -> Self {
        let ((low, high), (least, most)) = (self.ends(), other.ends());
        let figure = self.figure - other.figure;
        Self { figure, low: Some(low - most), high: Some(high - least) }
    }

    /// The ratio, likewise. Nothing, where the other may be nothing.
    fn divided_by(self, other: Self) -> Option<Self> {
        let ((low, high), (least, most)) = (self.ends(), other.ends());
        let figure = self.figure / other.figure;
        (least > 0.0).then(|| Self { figure, low: Some(low / most), high: Some(high / least) })
    }
}

impl From<Ratio> for Measured {
    fn from(ratio: Ratio) -> Self {
        Self { figure: ratio.ratio, low: ratio.low, high: ratio.high }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::summary::OverAllocator;
    use crate::fixture;

    fn claims(rest: &str) -> Vec<Claim> {
        let head = "[[claim]]\ntracker = \"dhat\"\nsays = \"fast\"\nat = \"README.md\"\n";
        Claim::parse(&format!("{head}{rest}")).unwrap()
    }

    fn told(rest: &str) -> JudgedClaim {
        let catalog = Catalog::built_in().unwrap();
        let judged = judge(&fixture::judged_summary(), &claims(rest), &catalog);
        assert_eq!(judged.len(), 1);
        judged.into_iter().next().unwrap()
    }

    #[test]
    fn a_claim_holds_fails_or_is_undecided_by_the_whole_interval() {
        // 6.2 times, from 5.9 to 6.5.
        let of = |bounds: &str| told(&format!("measure = \"overhead\"\n{bounds}")).verdict;
        assert_eq!(of("at-most = 7"), Verdict::Holds);
        assert_eq!(of("at-least = 2\nat-most = 7"), Verdict::Holds);
        assert_eq!(of("at-most = 6.2"), Verdict::Undecided);
        assert_eq!(of("at-most = 1.05"), Verdict::Fails);
        assert_eq!(of("at-least = 10"), Verdict::Fails);
    }

    #[test]
    fn nothing_is_passed_for_lack_of_data() {
        assert_eq!(told("measure = \"report-time\"\nat-most = 1e9").verdict, Verdict::NotMeasured);
        let older = "versions = \"<0.1\"\nmeasure = \"overhead\"\nat-most = 1e9";
        assert_eq!(told(older).verdict, Verdict::NotMeasured);
        assert_eq!(told("untestable = \"no figure\"").verdict, Verdict::Untestable);
    }

    #[test]
    fn every_measure_is_of_what_it_says() {
        let mut summary = fixture::judged_summary();
        let dhat = fixture::arm("dhat");
        // Fixed costs weigh much on the first: 10 are alive, and 10,000 on the second.
        let heaps = [fixture::own_heap(1_000, Some(100.0)), fixture::own_heap(600_000, Some(60.0))];
        let audits = summary.audits.iter_mut().filter(|audit| audit.arm == dhat);
        audits.zip(heaps).for_each(|(audit, own)| audit.own_heap = Some(own));
        let truth = fixture::summary_of_truth();
        let mut ladder = truth.ladders[0].clone();
        (ladder.arm, ladder.events, ladder.report_ns) = (dhat.clone(), 1_000_000, Some(2_000.0));
        summary.ladders = vec![ladder];
        let mut threads = truth.threads[0].clone();
        (threads.arm, threads.threads) = (dhat.clone(), 4);
        let at_four = threads.overhead.unwrap().ratio;
        summary.threads = vec![threads];
        let over = Ratio { ratio: 1.03, low: None, high: None, blocks: 9 };
        summary.allocators = vec![OverAllocator {
            arm: dhat.clone(),
            version: None,
            overhead: None,
            allocator: fixture::arm("mimalloc"),
            allocator_overhead: None,
            over: Some(over),
        }];
        let measured = |measure: &str, more: &str| {
            let claim = claims(&format!("measure = \"{measure}\"\nat-most = 1\n{more}"));
            let judged = judge(&summary, &claim, &Catalog::built_in().unwrap());
            judged[0].measured.unwrap().figure
        };
        assert_eq!(measured("bytes-per-live", ""), 60.0);
        // The fixture's programs have two threads.
        assert_eq!(measured("bytes-per-thread", ""), 300_000.0);
        assert_eq!(measured("report-time", ""), 2.0);
        assert_eq!(measured("overhead-at", "threads = 4"), at_four);
        assert_eq!(measured("overhead-over-allocator", ""), 1.03);
        assert_eq!((measured("worst-factor", ""), measured("coverage", "")), (1.0, 1.0));
        let memory = summary.overall.iter().find(|one| one.arm == dhat).unwrap().memory.unwrap();
        assert_eq!(measured("memory", ""), memory.ratio);
    }

    #[test]
    fn without_intervals_of_its_own_a_workload_has_that_of_all() {
        let mut summary = fixture::judged_summary();
        let dhat = fixture::arm("dhat");
        let overall = summary.overall.iter().find(|one| one.arm == dhat).unwrap().overhead.unwrap();
        for cell in summary.workloads.iter_mut().flat_map(|one| &mut one.cells) {
            cell.overhead = cell.overhead.map(|cost| Ratio { low: None, high: None, ..cost });
        }
        let Measured { figure, low, high } = added_ns(&summary, &dhat).unwrap();
        assert!(low.unwrap() < figure && figure < high.unwrap());
        // Twice as wide for four workloads, and here there are two.
        let wider = (overall.high.unwrap() / overall.ratio).powf(2.0_f64.sqrt());
        let expected = (overall.ratio * wider - 1.0) / (overall.ratio - 1.0);
        assert!((high.unwrap() / figure / expected - 1.0).abs() < 1e-9, "{figure}, {high:?}");
        summary.overall.iter_mut().for_each(|one| one.overhead = None);
        assert_eq!(added_ns(&summary, &dhat), None);
    }

    #[test]
    fn what_is_added_is_divided_among_all_allocations() {
        let told = told("measure = \"ns-per-allocation\"\nat-most = 1e9");
        let summary = fixture::judged_summary();
        let untracked: f64 = summary
            .workloads
            .iter()
            .map(|one| one.untracked.as_ref().unwrap().cpu_s.unwrap())
            .sum();
        let allocations: u64 = summary.workloads.iter().map(|one| one.allocations.unwrap()).sum();
        let measured = told.measured.unwrap();
        let expected = 5.2 * untracked * 1e9 / allocations as f64;
        assert!((measured.figure / expected - 1.0).abs() < 1e-9, "{measured:?}, {expected}");
        assert!(
            measured.low.unwrap() < measured.figure && measured.figure < measured.high.unwrap()
        );
        let times = "measure = \"times-cheaper\"\nagainst = \"memscope-rs/full\"\nat-most = 1";
        assert_eq!(self::told(times).verdict, Verdict::Holds);
    }
}
