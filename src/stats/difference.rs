//! What counts as a difference, among several comparisons.
//!
//! *Different* is what chance hardly ever makes of identical programs: Holm's procedure keeps the probability
//! that any one of a table's rows is called so wrongly at 5 % (Holm 1979, *A Simple Sequentially Rejective
//! Multiple Test Procedure*), however the rows depend on each other. *Slower* and *faster* need a size too: two
//! builds of the same code differ by some percent, since they lie in memory otherwise (Mytkowicz et al. 2009).
//! Of what is not different it can be said how large a difference would have been found.
//!
//! Whether identical programs differ on this machine is measured beside it, as a health check. It is no second
//! hurdle: pairs of the same blocks are as free of the machine's moods as can be, and to ask that an interval lie
//! beyond another one as well takes 3.4 times as many blocks to find the same difference.

use super::{CONFIDENCE, RatioEstimate};

/// From which size on a difference is called slower or faster: 3 %, a factor. Two builds of the same code may
/// differ by less, since they lie in memory otherwise.
pub const LEAST_EFFECT: f64 = 1.03;

/// What may be said about a difference. The words are those of time; of a quantity like memory,
/// slower means more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detection {
    /// It differs, and the ratio is above 1 by the least effect or more.
    Slower,
    /// It differs, and the ratio is below 1 by the least effect or more.
    Faster,
    /// It differs, and the ratio is above 1 by less than that.
    SlightlySlower,
    /// It differs, and the ratio is below 1 by less than that.
    SlightlyFaster,
    /// No difference could be shown. Not the same as "no difference": see [`Judged::detectable`].
    NotDetected,
    /// Nothing can be said: there is no interval.
    TooFewBlocks,
}

impl Detection {
    /// In a word or two.
    pub fn words(self) -> &'static str {
        match self {
            Self::Slower => "slower",
            Self::Faster => "faster",
            Self::SlightlySlower => "slightly slower",
            Self::SlightlyFaster => "slightly faster",
            Self::NotDetected => NOT_DETECTED,
            Self::TooFewBlocks => TOO_FEW,
        }
    }
}

/// What is said where no difference could be shown.
pub const NOT_DETECTED: &str = "not detected";

/// What is said without an interval.
pub const TOO_FEW: &str = "too few samples";

/// One of several comparisons, judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// What may be said.
    pub detection: Detection,
    /// The confidence of the interval that decided, so that all rows hold together 95 times in 100: it excludes
    /// 1 exactly if there is a difference.
    pub confidence: f64,
    /// The factor, above 1, of the largest difference that this interval leaves room for: a larger one would
    /// have been found.
    pub detectable: Option<f64>,
}

/// The confidence to ask of each of several estimates by Holm's procedure: at rank k of m, counted from 0 by
/// p-value, 1 − 0.05 ÷ (m − k), and from the first that is no difference on, that one's. Those without an
/// interval do not count.
pub fn holm(estimates: &[Option<RatioEstimate>]) -> Vec<f64> {
    let p_of = |index: usize| estimates[index].and_then(|estimate| estimate.p_value());
    let mut known: Vec<(usize, f64)> =
        (0..estimates.len()).filter_map(|index| Some((index, p_of(index)?))).collect();
    known.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut confidences = vec![CONFIDENCE; estimates.len()];
    let mut remaining = known.len();
    let mut all_differ = true;
    for (index, p) in known {
        let tolerated = (1.0 - CONFIDENCE) / remaining as f64;
        confidences[index] = 1.0 - tolerated;
        all_differ &= p < tolerated;
        if all_differ {
            // Not below one: the last may differ, too.
            remaining = (remaining - 1).max(1);
        }
    }
    confidences
}

/// Judges comparisons together. `least` is the effect from which on a difference is called slower or faster, as
/// a factor of at least 1.
pub fn judge(estimates: &[Option<RatioEstimate>], least: f64) -> Vec<Judged> {
    let confidences = holm(estimates);
    let one = |(estimate, confidence): (&Option<RatioEstimate>, f64)| {
        let interval = estimate.and_then(|estimate| estimate.interval(confidence));
        let (Some(estimate), Some(interval)) = (estimate, interval) else {
            return Judged { detection: Detection::TooFewBlocks, confidence, detectable: None };
        };
        let detection = match estimate.ratio {
            _ if interval.contains(1.0) => Detection::NotDetected,
            ratio if ratio >= least => Detection::Slower,
            ratio if ratio <= 1.0 / least => Detection::Faster,
            ratio if ratio > 1.0 => Detection::SlightlySlower,
            _ => Detection::SlightlyFaster,
        };
        Judged { detection, confidence, detectable: Some(interval.reach()) }
    };
    estimates.iter().zip(confidences).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detections(intervals: &[(f64, f64)], least: f64) -> Vec<Detection> {
        let estimates: Vec<_> =
            intervals.iter().map(|&(low, high)| Some(RatioEstimate::between(low, high))).collect();
        judge(&estimates, least).iter().map(|judged| judged.detection).collect()
    }

    #[test]
    fn a_difference_is_called_by_its_size_and_direction() {
        let one = |low, high| detections(&[(low, high)], 1.03)[0];
        assert_eq!(one(1.05, 1.5), Detection::Slower);
        assert_eq!(one(0.5, 0.9), Detection::Faster);
        assert_eq!(one(1.01, 1.02), Detection::SlightlySlower);
        assert_eq!(one(0.985, 0.995), Detection::SlightlyFaster);
        assert_eq!(one(0.99, 1.5), Detection::NotDetected);
        let none = judge(&[Some(RatioEstimate::without_interval(9.0)), None], 1.03);
        assert!(none.iter().all(|judged| judged.detection == Detection::TooFewBlocks), "{none:?}");
    }

    #[test]
    fn a_large_slow_down_is_found_with_few_blocks_whatever_identical_programs_do() {
        // 2.25× [1.66–3.64]: not to be missed because the machine is noisy.
        assert_eq!(detections(&[(1.66, 3.64)], 1.03), [Detection::Slower]);
    }

    #[test]
    fn among_many_each_needs_more() {
        // p just below 0.05: enough alone, not among twenty.
        let marginal = (1.001, 1.2);
        assert_eq!(detections(&[marginal], 1.03), [Detection::Slower]);
        let mut many = vec![(0.9, 1.1); 19];
        many.push(marginal);
        assert!(detections(&many, 1.03).iter().all(|&found| found == Detection::NotDetected));
        // Where the others differ beyond doubt, it stands alone again.
        let mut sure = vec![(2.0, 2.1); 19];
        sure.push(marginal);
        assert!(detections(&sure, 1.03).iter().all(|&found| found == Detection::Slower));
    }

    #[test]
    fn an_interval_at_its_confidence_excludes_one_exactly_if_it_differs() {
        let intervals = [(1.2, 1.3), (1.001, 1.2), (0.99, 1.2), (0.9, 1.1), (0.7, 0.8)];
        let estimates: Vec<_> =
            intervals.iter().map(|&(low, high)| Some(RatioEstimate::between(low, high))).collect();
        for (estimate, judged) in estimates.iter().zip(judge(&estimates, 1.0)) {
            let interval = estimate.unwrap().interval(judged.confidence).unwrap();
            let differs = judged.detection != Detection::NotDetected;
            assert_eq!(differs, !interval.contains(1.0), "{estimate:?} {judged:?}");
        }
    }

    #[test]
    fn what_would_have_been_found_is_where_the_interval_ends() {
        let judged = judge(&[Some(RatioEstimate::between(0.99, 1.02))], 1.03)[0];
        assert_eq!(judged.detection, Detection::NotDetected);
        assert!((judged.detectable.unwrap() - 1.02).abs() < 1e-9);
    }
}
