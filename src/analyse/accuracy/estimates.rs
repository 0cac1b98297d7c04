//! How good are the estimates of a tracker that samples? The same work many times over, each time with another seed:
//! whether they are right on average, and how far a single one may be off.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::check::{Family, checks};
use crate::plan::arm::ArmId;
use crate::plan::catalog::{Catalog, Convention, Counts};
use crate::plan::procedure::Experiment;
use crate::record::Record;
use crate::stats::{CONFIDENCE, Mean};

/// The fewest samples of which something is said.
const FEWEST: usize = 10;

/// A mean that is nearer to the truth than this is no bias that anyone would notice.
const NEGLIGIBLE: f64 = 0.01;

/// One figure that a tracker estimates, over many samples.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Estimates {
    /// The workload.
    pub workload: String,
    /// The arm.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub arm: ArmId,
    /// The version that the subject gave.
    pub version: Option<String>,
    /// The figure: `live bytes`.
    pub figure: String,
    /// Samples in which there was something to estimate, and the tracker told of it.
    pub samples: usize,
    /// Samples that failed.
    pub failed: usize,
    /// The actual figure: the median over the samples.
    pub actual: f64,
    /// Estimate ÷ actual: the mean, with the 95 % interval of the mean; `None` for a single sample.
    pub mean: Option<Mean>,
    /// How far a single estimate may be off: in 95 of 100 samples it was within this share of the truth.
    pub within: f64,
    /// What the mean says.
    #[serde(serialize_with = "as_word")]
    pub verdict: Bias,
}

/// Whether estimates are right on average.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bias {
    /// Nothing speaks against it.
    None,
    /// They are too small.
    Low,
    /// They are too large.
    High,
    /// Every run gives the same estimate, and one tells nothing of the average.
    Deterministic,
    /// There are too few to say.
    Unknown,
}

impl Bias {
    /// In a word or two.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none found",
            Self::Low => "too small",
            Self::High => "too large",
            Self::Deterministic => "deterministic",
            Self::Unknown => "too few samples",
        }
    }
}

fn as_word<S: Serializer>(bias: &Bias, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(bias.word())
}

impl Estimates {
    /// Every figure of every arm that estimates, from all records of the experiment.
    pub(crate) fn all(records: &[&Record], catalog: Option<&Catalog>) -> Vec<Self> {
        let Some(catalog) = catalog else { return Vec::new() };
        let mut cells = BTreeMap::<(&str, &ArmId), Vec<&Record>>::new();
        for record in records.iter().filter(|r| r.experiment == Some(Experiment::Estimates)) {
            cells.entry((&record.workload, &record.arm)).or_default().push(record);
        }
        let figures = cells.values().flat_map(|records| of_cell(records, catalog));
        figures.collect()
    }
}

/// All figures of one cell that the tracker tells of.
fn of_cell(records: &[&Record], catalog: &Catalog) -> Vec<Estimates> {
    let Some(first) = records.first() else { return Vec::new() };
    // Held against the truth in its terms, as if it counted.
    let convention = catalog
        .convention(&first.arm, first.version.as_deref())
        .map(|convention| Convention { counts: Counts::Allocations, ..convention });
    let Some(convention) = convention else { return Vec::new() };
    let mut pairs = BTreeMap::<String, Vec<(f64, f64)>>::new();
    for record in records {
        let Some(audited) = record.outcome.audited() else { continue };
        let (Some(truth), Some(reported)) = (&audited.truth, &audited.reported) else { continue };
        // What is left of a workload that frees all but a little is less than one that samples can see.
        let much_lives = truth.heap.live_bytes >= truth.heap.peak_live_bytes / 10;
        for check in checks(truth, reported, None, convention, 0) {
            let can_be_told = check.actual > 0 && (check.family != Family::Live || much_lives);
            if let (Some(told), true) = (check.reported, can_be_told) {
                pairs.entry(check.figure).or_default().push((check.actual as f64, told as f64));
            }
        }
    }
    let failed = records.iter().filter(|record| record.outcome.failed().is_some()).count();
    let figure = |(figure, pairs): (String, Vec<(f64, f64)>)| {
        let (actual, ratios): (Vec<f64>, Vec<f64>) =
            pairs.into_iter().map(|(actual, told)| (actual, told / actual)).unzip();
        let mean = Mean::of(&ratios, CONFIDENCE);
        Estimates {
            workload: first.workload.clone(),
            arm: first.arm.clone(),
            version: records.iter().find_map(|record| record.version.clone()),
            figure,
            samples: ratios.len(),
            failed,
            actual: crate::stats::median(&actual).unwrap_or(0.0),
            mean,
            within: within(&ratios),
            verdict: mean.map_or(Bias::Unknown, |mean| bias(mean, ratios.len())),
        }
    };
    pairs.into_iter().map(figure).collect()
}

/// The distance from the truth within which 95 of 100 estimates are.
fn within(ratios: &[f64]) -> f64 {
    let mut errors: Vec<f64> = ratios.iter().map(|ratio| (ratio - 1.0).abs()).collect();
    errors.sort_by(f64::total_cmp);
    let place = (CONFIDENCE * errors.len() as f64).ceil() as usize;
    errors.get(place.saturating_sub(1)).copied().unwrap_or(0.0)
}

fn bias(mean: Mean, samples: usize) -> Bias {
    match mean {
        _ if samples < FEWEST => Bias::Unknown,
        Mean { low, high, .. } if high - low < 1e-9 && is_away(mean.mean) => Bias::Deterministic,
        Mean { high, .. } if high < 1.0 - NEGLIGIBLE => Bias::Low,
        Mean { low, .. } if low > 1.0 + NEGLIGIBLE => Bias::High,
        _ => Bias::None,
    }
}

fn is_away(ratio: f64) -> bool {
    (ratio - 1.0).abs() > NEGLIGIBLE
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;
    use crate::fixture;
    use crate::record::Outcome;

    /// So many samples of a tracker whose figure of live bytes is `estimate` of the truth.
    fn sampled(number: u32, mut estimate: impl FnMut(u64) -> u64) -> Vec<Estimates> {
        let arm = fixture::arm("heapscope/sampled");
        let records: Vec<Record> = (0..number)
            .map(|block| {
                let mut record = fixture::audited(&arm, "basic-structures");
                record.experiment = Some(Experiment::Estimates);
                record.slot.block = block;
                let Outcome::Audit(audited) = &mut record.outcome else { unreachable!() };
                let truth = &mut audited.truth.as_mut().unwrap().heap;
                truth.live_bytes = 1_000_000 + u64::from(block);
                truth.peak_live_bytes = 2_000_000;
                let reported = audited.reported.as_mut().unwrap();
                reported.live_bytes = Some(estimate(truth.live_bytes));
                record
            })
            .collect();
        let records: Vec<&Record> = records.iter().collect();
        let all = Estimates::all(&records, Catalog::built_in().ok().as_ref());
        all.into_iter().filter(|one| one.figure == "live bytes").collect()
    }

    #[test]
    fn estimates_that_scatter_around_the_truth_have_no_bias() {
        let mut rng = StdRng::seed_from_u64(1);
        let found = sampled(40, |live| (live as f64 * rng.random_range(0.8..1.2)) as u64);
        let [one] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((one.verdict, one.samples), (Bias::None, 40), "{one:?}");
        assert!(one.within > 0.15 && one.within <= 0.2, "{one:?}");
        let mean = one.mean.unwrap();
        assert!(mean.low < 1.0 && mean.high > 1.0, "{one:?}");
    }

    #[test]
    fn a_bias_is_found_under_the_scatter_and_a_negligible_one_is_none() {
        let mut rng = StdRng::seed_from_u64(2);
        let mut around = |mean: f64| {
            sampled(40, |live| (live as f64 * (mean + rng.random_range(-0.1..0.1))) as u64)[0]
                .clone()
        };
        assert_eq!(around(1.1).verdict, Bias::High);
        assert_eq!(around(0.9).verdict, Bias::Low);
        assert_eq!(sampled(40, |live| live + live / 200)[0].verdict, Bias::None);
        for few in [1, 3] {
            assert_eq!(sampled(few, |live| live / 2)[0].verdict, Bias::Unknown);
        }
    }

    #[test]
    fn of_estimates_that_never_differ_the_average_is_not_known() {
        let bias = |ratio| bias(Mean::of(&[ratio; 30], CONFIDENCE).unwrap(), 30);
        assert_eq!((bias(0.7), bias(1.0)), (Bias::Deterministic, Bias::None));
    }

    #[test]
    fn what_is_left_of_a_workload_that_frees_nearly_all_is_no_test_of_a_sampler() {
        let arm = fixture::arm("heapscope/sampled");
        let mut record = fixture::audited(&arm, "basic-structures");
        record.experiment = Some(Experiment::Estimates);
        let Outcome::Audit(audited) = &mut record.outcome else { unreachable!() };
        let truth = &mut audited.truth.as_mut().unwrap().heap;
        (truth.live_bytes, truth.peak_live_bytes) = (1_000, 1_000_000);
        audited.reported.as_mut().unwrap().live_bytes = Some(0);
        let all = Estimates::all(&[&record], Catalog::built_in().ok().as_ref());
        assert!(all.iter().all(|one| !one.figure.starts_with("live")), "{all:?}");
    }
}
