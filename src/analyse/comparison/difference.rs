//! Two sides, workload by workload and overall, and what may be said of them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Measured, Side};
use crate::analyse::stats::{
    self, Detection, IntervalOptions, NoiseFloor, RatioEstimate, StatsError,
};
use crate::analyse::summary::samples::PairedReadings;
use crate::analyse::summary::{NOT_DETECTED, Ratio, TOO_FEW};
use crate::plan::arm::ArmId;

/// How often all intervals of a comparison are to cover their truth together.
const CONFIDENCE: f64 = 0.95;

/// How much further from the truth a capture must be to be called less accurate: half a percent of the
/// events, and a tenth of what was wrong before, since what a tracker drops under contention varies.
const LESS_ACCURATE: (f64, f64) = (0.005, 0.1);

/// Whether both sides were measured in the same blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pairing {
    /// They were: block by block.
    SameBlocks,
    /// They were not: overheads against overheads.
    OtherRun,
}

/// What may be said of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Difference {
    /// It fails where the other did not.
    Fails,
    /// It no longer fails.
    Mended,
    /// It takes longer, by more than the noise.
    Slower,
    /// It takes less time, by more than the noise.
    Faster,
    /// No difference in time could be shown.
    NotDetected,
    /// Too few samples for an interval that holds for all rows.
    TooFew,
    /// What it reports is further from the truth.
    LessAccurate,
    /// What it reports is closer to the truth.
    MoreAccurate,
}

impl Difference {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Fails => "fails",
            Self::Mended => "no longer fails",
            Self::Slower => "slower",
            Self::Faster => "faster",
            Self::NotDetected => NOT_DETECTED,
            Self::TooFew => TOO_FEW,
            Self::LessAccurate => "less accurate",
            Self::MoreAccurate => "more accurate",
        }
    }
}

/// What stands of one side in a row.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Shown {
    /// Wall time, tracked ÷ untracked.
    pub overhead: Option<Ratio>,
    /// Reported ÷ actual.
    pub capture: Option<f64>,
    /// How it failed, if no sample came through.
    pub failed: Option<String>,
}

/// A workload, or all of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The workload; absent for all together.
    pub workload: Option<String>,
    /// The one compared to.
    pub base: Shown,
    /// The one compared.
    pub new: Shown,
    /// Wall time, new ÷ base, with an interval that holds for all rows together.
    pub change: Option<Ratio>,
    /// The noise floor, a factor of at least 1.
    pub noise: Option<f64>,
    /// Of the failures, of time and of accuracy, as far as there is something to say.
    pub verdicts: Vec<Difference>,
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

    /// The rows in which something is worse by a gate's measure: failures and accuracy at once, time only
    /// where the whole interval lies beyond `percent` and beyond the noise floor.
    pub fn beyond(&self, percent: f64) -> Vec<String> {
        let limit = 1.0 + percent / 100.0;
        let mut told = Vec::new();
        for versus in &self.against {
            for row in &versus.rows {
                let name = row.workload.as_deref().unwrap_or("all workloads");
                let slower = row.verdicts.contains(&Difference::Slower)
                    && row.change.and_then(|change| change.low).is_some_and(|low| low > limit);
                if slower {
                    told.push(format!("{} on {name}: slower by more than {percent} %", versus.arm));
                }
                for hard in [Difference::Fails, Difference::LessAccurate] {
                    if row.verdicts.contains(&hard) {
                        told.push(format!("{} on {name}: {}", versus.arm, hard.words()));
                    }
                }
            }
        }
        told
    }
}

/// Compares arms, each pair base first. Intervals are made to hold for all rows of all pairs together.
///
/// # Errors
///
/// If the statistics fail, which measured times cannot make them.
pub fn compare(pairs: &[(Side, Side)], pairing: Pairing) -> Result<Comparison, StatsError> {
    let rows: usize = pairs.iter().map(|(_, new)| new.workloads.len() + 1).sum();
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
fn paired(base: &Measured, new: &Measured, pairing: Pairing) -> PairedReadings {
    let (base, other) = match pairing {
        Pairing::SameBlocks => {
            let both = base
                .overheads
                .iter()
                .filter_map(|(block, overhead)| Some((*overhead, *new.overheads.get(block)?)));
            both.unzip()
        }
        Pairing::OtherRun => {
            let (base, new) = (base.overheads.values(), new.overheads.values());
            base.copied().zip(new.copied()).unzip()
        }
    };
    PairedReadings { base, other }
}

fn versus(
    base: &Side,
    new: &Side,
    pairing: Pairing,
    options: &IntervalOptions,
) -> Result<Versus, StatsError> {
    let nothing = Measured::default();
    let mut rows = Vec::new();
    let mut complete = Vec::new();
    for new in &new.workloads {
        let base = base.on(&new.workload).unwrap_or(&nothing);
        let pairs = paired(base, new, pairing);
        let change = pairs.ratio(options);
        let floor = floor(base, new, options);
        let mut verdicts = Vec::new();
        verdicts.extend(failing(base, new));
        verdicts.extend(change.zip(floor).map(|(change, floor)| time(&change, &floor)));
        verdicts.extend(accuracy(base.capture, new.capture));
        rows.push(Row {
            workload: Some(new.workload.clone()),
            base: shown(base),
            new: shown(new),
            change: change.map(Into::into),
            noise: floor.and_then(|floor| floor.factor()),
            verdicts,
        });
        if !pairs.is_empty() {
            complete.push((base, new, pairs));
        }
    }
    rows.push(overall(&complete, options)?);
    Ok(Versus {
        base: base.arm.clone(),
        base_version: base.version.clone(),
        arm: new.arm.clone(),
        version: new.version.clone(),
        rows,
    })
}

/// The row of all workloads that both sides completed.
fn overall(
    complete: &[(&Measured, &Measured, PairedReadings)],
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
    let overhead = |new_side| -> Result<Shown, StatsError> {
        let ratios = alone(|side| &side.overheads, new_side);
        let overhead = combined(ratios, &IntervalOptions::default())?.map(Ratio::from);
        Ok(Shown { overhead, ..Shown::default() })
    };
    let twins = |new_side| combined(alone(|side| &side.twins, new_side), options);
    let floors = [twins(false)?, twins(true)?];
    let floor = widest(floors.into_iter().flatten().map(|twin| NoiseFloor { twin }));
    Ok(Row {
        workload: None,
        base: overhead(false)?,
        new: overhead(true)?,
        change: change.map(Into::into),
        noise: floor.and_then(|floor| floor.factor()),
        verdicts: change
            .zip(floor)
            .map(|(change, floor)| time(&change, &floor))
            .into_iter()
            .collect(),
    })
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
        capture: measured.capture,
        failed: fails(measured).then(|| measured.failures.join(", ")),
    }
}

/// Whether no sample came through.
fn fails(measured: &Measured) -> bool {
    measured.overheads.is_empty() && !measured.failures.is_empty()
}

fn failing(base: &Measured, new: &Measured) -> Option<Difference> {
    match (base.failures.is_empty(), new.failures.is_empty()) {
        (true, false) => Some(Difference::Fails),
        (false, true) if !new.overheads.is_empty() => Some(Difference::Mended),
        _ => None,
    }
}

/// The wider of both sides' noise floors.
fn floor(base: &Measured, new: &Measured, options: &IntervalOptions) -> Option<NoiseFloor> {
    let of = |measured: &Measured| {
        let twins = measured.twins.values().copied().collect();
        PairedReadings::of_ratios(twins).noise_floor(options)
    };
    widest([of(base), of(new)].into_iter().flatten())
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

/// Whether a capture came closer to 1, or went further from it.
fn accuracy(base: Option<f64>, new: Option<f64>) -> Option<Difference> {
    let off = |capture: f64| (capture - 1.0).abs();
    let (base, new) = (off(base?), off(new?));
    let (share, part) = LESS_ACCURATE;
    if new > base + share + part * base {
        Some(Difference::LessAccurate)
    } else if base > new + share + part * new {
        Some(Difference::MoreAccurate)
    } else {
        None
    }
}
