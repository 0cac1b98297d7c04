//! Two sides, workload by workload and overall, and what may be said of them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::accuracy::{FigureShift, Shift, figures, grows_more, is_more};
use super::row::{Difference, Row, Shown};
use super::{Measured, Side};
use crate::analyse::accuracy::Family;
use crate::analyse::stats::{
    self, Detection, IntervalOptions, NoiseFloor, RatioEstimate, StatsError,
};
use crate::analyse::summary::Ratio;
use crate::analyse::summary::samples::PairedReadings;
use crate::plan::arm::ArmId;

/// How often all intervals of a comparison are to cover their truth together.
const CONFIDENCE: f64 = 0.95;

/// By how much a peak resident set must be larger to be called so, whatever was seen of it: 1 %. The kernel
/// counts pages in batches.
const MORE_MEMORY: f64 = 0.01;

/// Whether both sides were measured in the same blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pairing {
    /// They were: block by block.
    SameBlocks,
    /// They were not: overheads against overheads.
    OtherRun,
}

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
    /// How often each interval covers its truth; corrected for the number of rows.
    pub confidence: f64,
    /// What a reader must know before believing it.
    pub warnings: Vec<String>,
    /// The arms compared, each with what it is compared to.
    pub against: Vec<Versus>,
}

impl Comparison {
    /// What all are compared to, with the version that its subject gave; `None` if not all are compared to
    /// the same.
    pub fn common_base(&self) -> Option<(&ArmId, Option<&str>)> {
        let (first, others) = self.against.split_first()?;
        let same = others.iter().all(|other| other.base == first.base);
        same.then_some((&first.base, first.base_version.as_deref()))
    }
}

/// Compares arms, each pair base first. Intervals are made to hold for all rows of all pairs together.
///
/// # Errors
///
/// If the statistics fail, which measured times cannot make them.
pub fn compare(pairs: &[(Side, Side)], pairing: Pairing) -> Result<Comparison, StatsError> {
    // Of each row, the time and the memory.
    let rows: usize = pairs.iter().map(|(_, new)| 2 * new.workloads.len() + 1).sum();
    let confidence = stats::bonferroni(CONFIDENCE, rows.max(1))?;
    let options = IntervalOptions::at(confidence);
    let against = pairs.iter().map(|(base, new)| versus(base, new, pairing, &options));
    Ok(Comparison {
        pairing,
        confidence,
        warnings: Vec::new(),
        against: against.collect::<Result<_, _>>()?,
    })
}

/// Readings of both sides, in the same order.
fn paired(base: &BTreeMap<u32, f64>, new: &BTreeMap<u32, f64>, pairing: Pairing) -> PairedReadings {
    let (base, other) = match pairing {
        Pairing::SameBlocks => {
            let both = base.iter().filter_map(|(block, one)| Some((*one, *new.get(block)?)));
            both.unzip()
        }
        Pairing::OtherRun => base.values().copied().zip(new.values().copied()).unzip(),
    };
    PairedReadings { base, other }
}

/// The ratio of peak resident sets, and whether it is larger by more than those of identical programs differ, and
/// by more than a tracker's own memory may vary.
fn memory(
    base: &Measured,
    new: &Measured,
    pairing: Pairing,
    options: &IntervalOptions,
) -> (Option<RatioEstimate>, bool) {
    let change = paired(&base.memory, &new.memory, pairing).ratio(options);
    let floor = floor([&base.memory_twins, &new.memory_twins], options);
    let larger = change.zip(floor).is_some_and(|(change, floor)| {
        let above = change.interval.is_some_and(|interval| interval.low > 1.0 + MORE_MEMORY);
        above && time(&change, &floor) == Difference::Slower
    });
    (change, larger)
}

fn versus(
    base: &Side,
    new: &Side,
    pairing: Pairing,
    options: &IntervalOptions,
) -> Result<Versus, StatsError> {
    let nothing = Measured::default();
    let is_same_tracker = base.arm.tracker == new.arm.tracker;
    let mut rows = Vec::new();
    let mut complete = Vec::new();
    for new in &new.workloads {
        let base = base.on(&new.workload).unwrap_or(&nothing);
        let pairs = paired(&base.overheads, &new.overheads, pairing);
        let change = pairs.ratio(options);
        let floor = floor([&base.twins, &new.twins], options);
        let mut verdicts = Vec::new();
        verdicts.extend(failing(base, new));
        verdicts.extend(change.zip(floor).map(|(change, floor)| time(&change, &floor)));
        let figures = comparable_figures(base, new, is_same_tracker);
        verdicts.extend(accuracy(&figures));
        if is_more(&base.own_per_live, &new.own_per_live) {
            verdicts.push(Difference::MoreOwnHeap);
        }
        if grows_more(base.growth.as_ref(), new.growth.as_ref()) {
            verdicts.push(Difference::GrowsMore);
        }
        let (memory, larger) = memory(base, new, pairing, options);
        verdicts.extend(larger.then_some(Difference::MoreMemory));
        rows.push(Row {
            workload: Some(new.workload.clone()),
            base: shown(base),
            new: shown(new),
            change: change.map(Into::into),
            noise: floor.and_then(|floor| floor.factor()),
            memory: memory.map(Into::into),
            figures,
            verdicts,
        });
        if !pairs.is_empty() {
            complete.push((base, new, pairs));
        }
    }
    let all = overall(&complete, &rows, options)?;
    rows.push(all);
    Ok(Versus {
        base: base.arm.clone(),
        base_version: base.version.clone(),
        arm: new.arm.clone(),
        version: new.version.clone(),
        rows,
    })
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

/// The row of all workloads that both sides completed.
fn overall(
    complete: &[(&Measured, &Measured, PairedReadings)],
    rows: &[Row],
    options: &IntervalOptions,
) -> Result<Row, StatsError> {
    let pairs = complete.iter().map(|(.., pairs)| pairs.clone()).collect();
    let change = combined(pairs, options)?;
    // What is a ratio to `untracked` already is paired with 1.
    let alone =
        |pick: fn(&Measured) -> &BTreeMap<u32, f64>, new_side: bool| -> Vec<PairedReadings> {
            let sides = complete.iter().map(|(base, new, _)| if new_side { new } else { base });
            let readings = sides.map(|side| pick(side).values().copied().collect::<Vec<_>>());
            readings.map(PairedReadings::of_ratios).collect()
        };
    let shown = |new_side| -> Result<Shown, StatsError> {
        let ratios = alone(|side| &side.overheads, new_side);
        let overhead = combined(ratios, &IntervalOptions::default())?.map(Ratio::from);
        let sides = rows.iter().map(|row| if new_side { &row.new } else { &row.base });
        let grade = sides.filter_map(|side| side.grade).max();
        Ok(Shown { overhead, grade, ..Shown::default() })
    };
    let twins = |new_side| combined(alone(|side| &side.twins, new_side), options);
    let twins = [twins(false)?, twins(true)?].into_iter().flatten();
    let floor = widest(twins.map(|twin| NoiseFloor { twin }));
    let mut verdicts = Vec::new();
    verdicts.extend(change.zip(floor).map(|(change, floor)| time(&change, &floor)));
    let told = |verdict| rows.iter().any(|row| row.verdicts.contains(&verdict));
    let further = [
        Difference::Fails,
        Difference::LessAccurate,
        Difference::MoreAccurate,
        Difference::MoreOwnHeap,
        Difference::GrowsMore,
        Difference::MoreMemory,
    ];
    verdicts.extend(further.into_iter().filter(|&verdict| told(verdict)));
    Ok(Row {
        workload: None,
        base: shown(false)?,
        new: shown(true)?,
        change: change.map(Into::into),
        noise: floor.and_then(|floor| floor.factor()),
        memory: None,
        figures: worst_of_each_family(rows),
        verdicts,
    })
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

/// The ratio over all workloads that have pairs.
fn combined(
    pairs: Vec<PairedReadings>,
    options: &IntervalOptions,
) -> Result<Option<RatioEstimate>, StatsError> {
    let arms: Vec<_> =
        pairs.iter().filter(|pairs| !pairs.is_empty()).map(PairedReadings::as_arms).collect();
    if arms.is_empty() { Ok(None) } else { stats::combined_ratio(&arms, options).map(Some) }
}

fn shown(measured: &Measured) -> Shown {
    let overheads = measured.overheads.values().copied().collect();
    let overhead = PairedReadings::of_ratios(overheads).ratio(&IntervalOptions::default());
    Shown {
        overhead: overhead.map(Into::into),
        grade: measured.grade,
        own_per_live: measured.own_per_live.iter().copied().reduce(f64::max),
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

/// The wider of both sides' noise floors, from the twins of each.
fn floor(twins: [&BTreeMap<u32, f64>; 2], options: &IntervalOptions) -> Option<NoiseFloor> {
    let of = |twins: &BTreeMap<u32, f64>| {
        PairedReadings::of_ratios(twins.values().copied().collect()).noise_floor(options)
    };
    widest(twins.into_iter().filter_map(of))
}

fn widest(floors: impl Iterator<Item = NoiseFloor>) -> Option<NoiseFloor> {
    let reach = |floor: &NoiseFloor| floor.factor().unwrap_or(f64::INFINITY);
    floors.max_by(|a, b| reach(a).total_cmp(&reach(b)))
}

fn time(change: &RatioEstimate, floor: &NoiseFloor) -> Difference {
    match stats::detect(change, floor) {
        Detection::Slower => Difference::Slower,
        Detection::Faster => Difference::Faster,
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
