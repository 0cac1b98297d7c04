//! Two sides, workload by workload and overall, and what may be said of them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::accuracy::{FigureShift, Shift, faults_more, figures, grows_more, is_more};
use super::pairs::{Pairing, alone, in_same_blocks, links, memory};
use super::row::{Difference, Row, Shown};
use super::{Measured, Side};
use crate::analyse::accuracy::Family;
use crate::analyse::summary::Ratio;
use crate::analyse::summary::samples::PairedReadings;
use crate::common::units;
use crate::plan::arm::ArmId;
use crate::stats::LEAST_EFFECT;
use crate::stats::{self, CONFIDENCE, Detection, Judged, RatioEstimate, StatsError};

/// By how much a peak resident set must be larger to be called so, whatever was seen of it: 1 %, a factor. The
/// kernel counts pages in batches.
const MORE_MEMORY: f64 = 1.01;

/// One arm against another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Versus {
    /// The arm compared to.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub base: ArmId,
    /// The version that its subject gave.
    pub base_version: Option<String>,
    /// The arm compared.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub arm: ArmId,
    /// The version that the subject gave.
    pub version: Option<String>,
    /// A row for each workload, and one for all.
    pub rows: Vec<Row>,
}

/// Everything that is judged together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// How the two sides of each were set against each other.
    pub pairing: Pairing,
    /// From which effect on a difference in time is called slower or faster, a factor.
    pub least_effect: f64,
    /// Over how many link orders of its program each side was measured; absent, if it ran as it was built.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub links: Option<usize>,
    /// What a reader must know before believing it.
    pub warnings: Vec<String>,
    /// The arms compared, each with what it is compared to.
    pub against: Vec<Versus>,
}

impl Comparison {
    /// Whether some difference is too small to be told from what the layout of two builds does: one below
    /// [`LEAST_EFFECT`], of arms that are programs of their own, each of which ran in one link order.
    pub fn may_be_layout(&self) -> bool {
        let small = |row: &Row| {
            let differs = row.verdicts.iter().any(|one| one.is_of_time());
            let ratio = row.change.map_or(1.0, |change| change.ratio.max(1.0 / change.ratio));
            differs && ratio < LEAST_EFFECT
        };
        let told = |versus: &Versus| {
            versus.base.program() != versus.arm.program() && versus.rows.iter().any(small)
        };
        self.links.is_none() && self.pairing == Pairing::SameBlocks && self.against.iter().any(told)
    }

    /// What all are compared to, with the version that its subject gave; `None` if not all are compared to
    /// the same.
    pub fn common_base(&self) -> Option<(&ArmId, Option<&str>)> {
        let (first, others) = self.against.split_first()?;
        let same = others.iter().all(|other| other.base == first.base);
        same.then_some((&first.base, first.base_version.as_deref()))
    }
}

/// Compares arms, each pair base first. All rows of all pairs are judged together. `least_effect` is the factor
/// from which on a difference in time is called slower or faster.
///
/// # Errors
///
/// If the statistics fail, which measured times cannot make them.
pub fn compare(
    pairs: &[(Side, Side)],
    pairing: Pairing,
    least_effect: f64,
) -> Result<Comparison, StatsError> {
    let nothing = Measured::default();
    let drafts: Vec<Draft<'_>> = pairs
        .iter()
        .map(|(base, new)| Draft::new(base, new, &nothing, pairing))
        .collect::<Result<_, _>>()?;
    let times: Vec<_> = drafts.iter().flat_map(Draft::times).collect();
    let memories: Vec<_> = drafts.iter().flat_map(Draft::memories).collect();
    let mut times = stats::judge(&times, least_effect).into_iter();
    let mut memories = stats::judge(&memories, MORE_MEMORY).into_iter();
    let against = drafts.into_iter().map(|draft| draft.judged(&mut times, &mut memories));
    let against = against.collect::<Result<Vec<_>, _>>()?;
    let warnings = match pairing {
        Pairing::SameBlocks => Vec::new(),
        Pairing::OtherRun => advice(&against),
    };
    let links = (pairing == Pairing::SameBlocks).then(|| links(pairs)).flatten();
    Ok(Comparison { pairing, least_effect, links, warnings, against })
}

/// Two arms, before anything is judged.
struct Draft<'a> {
    base: &'a Side,
    new: &'a Side,
    /// The new one, the base, and what they come to.
    workloads: Vec<(&'a Measured, &'a Measured, Estimates)>,
    /// Over all workloads.
    all: Option<RatioEstimate>,
    all_noise: Option<RatioEstimate>,
}

/// New ÷ base.
#[derive(Clone, Copy)]
struct Estimates {
    time: Option<RatioEstimate>,
    memory: Option<RatioEstimate>,
    /// The base once more ÷ the base.
    noise: Option<RatioEstimate>,
}

impl<'a> Draft<'a> {
    fn new(
        base: &'a Side,
        new: &'a Side,
        nothing: &'a Measured,
        pairing: Pairing,
    ) -> Result<Self, StatsError> {
        let mut workloads = Vec::new();
        let (mut pairs, mut twins) = (Vec::new(), Vec::new());
        for new in &new.workloads {
            let base = base.beside(new).unwrap_or(nothing);
            let in_blocks = in_same_blocks(&base.overheads, &new.overheads, &new.links, pairing);
            let twin = alone(&base.twins, &base.links);
            let estimates = Estimates {
                time: in_blocks.ratio(),
                memory: memory(base, new, pairing),
                noise: twin.ratio(),
            };
            if new.threads.is_none() {
                pairs.push(in_blocks);
                twins.push(twin);
            }
            workloads.push((new, base, estimates));
        }
        let (all, all_noise) = (PairedReadings::mean(&pairs)?, PairedReadings::mean(&twins)?);
        Ok(Self { base, new, workloads, all, all_noise })
    }

    /// In the order of the rows.
    fn times(&self) -> impl Iterator<Item = Option<RatioEstimate>> {
        self.workloads.iter().map(|(.., estimates)| estimates.time).chain([self.all])
    }

    fn memories(&self) -> impl Iterator<Item = Option<RatioEstimate>> {
        self.workloads.iter().map(|(.., estimates)| estimates.memory)
    }

    /// The rows, with what may be said of each; takes as many judgements as it has given estimates.
    fn judged(
        self,
        times: &mut impl Iterator<Item = Judged>,
        memories: &mut impl Iterator<Item = Judged>,
    ) -> Result<Versus, StatsError> {
        let is_same_tracker = self.base.arm.tracker == self.new.arm.tracker;
        let mut rows = Vec::new();
        for (new, base, estimates) in &self.workloads {
            let time = times.next().filter(|_| estimates.time.is_some());
            let memory = memories.next().filter(|_| estimates.memory.is_some());
            let figures = comparable_figures(base, new, is_same_tracker);
            let mut verdicts = Vec::new();
            verdicts.extend(failing(base, new));
            verdicts.extend(time.map(|judged| of_time(judged.detection)));
            verdicts.extend(accuracy(&figures));
            if is_more(&base.own_per_live, &new.own_per_live) {
                verdicts.push(Difference::MoreOwnHeap);
            }
            if grows_more(base.growth.as_ref(), new.growth.as_ref()) {
                verdicts.push(Difference::GrowsMore);
            }
            if memory.is_some_and(|judged| judged.detection == Detection::Slower) {
                verdicts.push(Difference::MoreMemory);
            }
            if faults_more(&base.minor_faults, &new.minor_faults) {
                verdicts.push(Difference::MoreFaults);
            }
            let ratio = |estimate: Option<RatioEstimate>, judged: Option<Judged>| {
                Some(Ratio::at(estimate?, judged?.confidence))
            };
            rows.push(Row {
                workload: Some(new.name()),
                base: shown(base),
                new: shown(new),
                change: ratio(estimates.time, time),
                detectable: time.and_then(|judged| judged.detectable),
                noise: estimates.noise.and_then(reach),
                memory: ratio(estimates.memory, memory),
                figures,
                verdicts,
            });
        }
        let all = self.overall(&rows, times.next())?;
        rows.push(all);
        Ok(Versus {
            base: self.base.arm.clone(),
            base_version: self.base.version.clone(),
            arm: self.new.arm.clone(),
            version: self.new.version.clone(),
            rows,
        })
    }

    /// The row of all workloads that both sides completed.
    fn overall(&self, rows: &[Row], time: Option<Judged>) -> Result<Row, StatsError> {
        let time = time.filter(|_| self.all.is_some());
        let shown = |new_side: bool| -> Result<Shown, StatsError> {
            let both =
                self.workloads.iter().filter(|(new, ..)| new.threads.is_none()).filter(
                    |(new, base, _)| !new.overheads.is_empty() && !base.overheads.is_empty(),
                );
            let sides = both.map(|(new, base, _)| if new_side { new } else { base });
            let overheads: Vec<_> = sides.map(|side| alone(&side.overheads, &side.links)).collect();
            let overhead = PairedReadings::mean(&overheads)?;
            let sides = rows.iter().map(|row| if new_side { &row.new } else { &row.base });
            let grade = sides.filter_map(|side| side.grade).max();
            Ok(Shown { overhead: overhead.map(Ratio::from), grade, ..Shown::default() })
        };
        let mut verdicts = Vec::new();
        verdicts.extend(time.map(|judged| of_time(judged.detection)));
        let told = |verdict| rows.iter().any(|row| row.verdicts.contains(&verdict));
        let further = [
            Difference::Fails,
            Difference::LessAccurate,
            Difference::MoreAccurate,
            Difference::MoreOwnHeap,
            Difference::GrowsMore,
            Difference::MoreMemory,
            Difference::MoreFaults,
        ];
        verdicts.extend(further.into_iter().filter(|&verdict| told(verdict)));
        Ok(Row {
            workload: None,
            base: shown(false)?,
            new: shown(true)?,
            change: self.all.zip(time).map(|(all, judged)| Ratio::at(all, judged.confidence)),
            detectable: time.and_then(|judged| judged.detectable),
            noise: self.all_noise.and_then(reach),
            memory: None,
            figures: worst_of_each_family(rows),
            verdicts,
        })
    }
}

/// How far apart identical programs seem to be.
fn reach(twin: RatioEstimate) -> Option<f64> {
    Some(twin.interval(CONFIDENCE)?.reach())
}

/// What is to be said of two runs' times: that they are no evidence, and where to look.
fn advice(against: &[Versus]) -> Vec<String> {
    let rows = against.iter().flat_map(|versus| &versus.rows);
    let both: Vec<(Option<&str>, Ratio, Ratio)> = rows
        .filter_map(|row| Some((row.workload.as_deref(), row.base.overhead?, row.new.overhead?)))
        .collect();
    if both.is_empty() {
        return Vec::new();
    }
    let above = |one: Ratio, other: Ratio| one.low > other.high && other.high.is_some();
    let apart = both.iter().filter(|(_, base, new)| above(*new, *base) || above(*base, *new));
    let apart: Vec<String> = apart
        .filter_map(|(workload, base, new)| {
            let [base, new] = [base, new].map(|one| units::factor(one.ratio));
            Some(format!("{} {base} → {new}", (*workload)?))
        })
        .collect();
    let mut advice = vec![
        "the runs were made at different times, and a tracker's overhead differs by a quarter from one hour to \
         another: times stand side by side and are not judged; `compare SPEC SPEC` measures both in the same \
         blocks"
            .to_owned(),
    ];
    if !apart.is_empty() {
        advice.push(format!("worth measuring again in the same blocks: {}", apart.join(", ")));
    }
    advice
}

/// Every figure before and after. A sample that failed says nothing of any: that is told by itself.
fn comparable_figures(base: &Measured, new: &Measured, same_tracker: bool) -> Vec<FigureShift> {
    let mut figures = figures(&base.readings, &new.readings);
    if base.readings.is_empty() || new.readings.is_empty() {
        figures.iter_mut().for_each(|one| one.shift = None);
    }
    if !same_tracker {
        // Another tracker reports other things, which is no fault.
        figures.retain(|one| !matches!(one.shift, Some(Shift::Gone | Shift::Begun)));
    }
    figures
}

/// Of each family, the figures that changed most for the worse, and for the better; with their workloads.
fn worst_of_each_family(rows: &[Row]) -> Vec<FigureShift> {
    let mut worst = BTreeMap::<(Family, Shift), FigureShift>::new();
    for row in rows {
        for one in &row.figures {
            let Some(shift) = one.shift else { continue };
            let told = worst.entry((one.family, shift)).or_insert_with(|| one.clone());
            if one.size() > told.size() {
                *told = one.clone();
            }
        }
    }
    worst.into_values().collect()
}

fn shown(measured: &Measured) -> Shown {
    Shown {
        overhead: alone(&measured.overheads, &measured.links).ratio().map(Into::into),
        grade: measured.grade,
        own_per_live: measured.own_per_live.iter().copied().reduce(f64::max),
        minor_faults: measured.minor_faults.iter().copied().reduce(f64::max),
        growth: measured.growth,
        failed: fails(measured).then(|| measured.failures.join(", ")),
    }
}

/// Whether no sample came through.
fn fails(measured: &Measured) -> bool {
    measured.overheads.is_empty() && !measured.failures.is_empty()
}

fn failing(base: &Measured, new: &Measured) -> Option<Difference> {
    let of = |side: &Measured| -> BTreeSet<String> {
        side.failures.iter().chain(&side.further_failures).cloned().collect()
    };
    let (before, after) = (of(base), of(new));
    let begun = !after.is_subset(&before);
    let ended = !before.is_empty() && after.is_empty();
    match (begun, ended) {
        (true, _) => Some(Difference::Fails),
        (false, true) => Some(Difference::Mended),
        _ => None,
    }
}

fn of_time(detection: Detection) -> Difference {
    match detection {
        Detection::Slower => Difference::Slower,
        Detection::Faster => Difference::Faster,
        Detection::SlightlySlower => Difference::SlightlySlower,
        Detection::SlightlyFaster => Difference::SlightlyFaster,
        Detection::NotDetected => Difference::NotDetected,
        Detection::TooFewBlocks => Difference::TooFew,
    }
}

/// Less accurate in one family and more in another are both told: neither makes up for the other.
fn accuracy(figures: &[FigureShift]) -> Vec<Difference> {
    let any = |is: fn(Shift) -> bool| figures.iter().any(|one| one.shift.is_some_and(is));
    let less = any(Shift::is_worse).then_some(Difference::LessAccurate);
    let more = any(|shift| shift == Shift::More).then_some(Difference::MoreAccurate);
    less.into_iter().chain(more).collect()
}
