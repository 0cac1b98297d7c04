//! What a soak shows: whether live bytes, resident memory or descriptors grow while a workload is
//! repeated in one process.
//!
//! The slope is that of a straight line through the lowest points of some twenty stretches of time, by least
//! squares, with its 95 % interval. Stretches, since neighbouring points are not independent; their lowest
//! points, since a leak raises the floor, while an allocator that holds on to freed pages for a while raises
//! anything above it. The first tenth is left out, in which caches and pools fill.

use protocol::SoakPoint;
use serde::Serialize;

use crate::plan::arm::ArmId;
use crate::plan::procedure::Experiment;
use crate::record::{Outcome, Record};
use crate::stats::{CONFIDENCE, Slope};

/// Stretches of time, at most.
const STRETCHES: usize = 20;
/// Fewer points say nothing.
const FEWEST: usize = 8;
/// Growth below this share of the level, over the whole soak, is called flat.
const NEGLIGIBLE: f64 = 0.01;

/// A slope with its interval, in units a second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Trend {
    /// The estimate.
    pub per_second: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// The level at the end, in units.
    pub last: f64,
    /// Whether it grows: the interval lies above zero, the growth over the soak is more than negligible, and it is still
    /// there in the last stretch.
    pub grows: bool,
}

/// What became of one soak.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SoakResult {
    /// The workload.
    pub workload: String,
    /// The arm.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub arm: ArmId,
    /// How long it lasted, in seconds.
    pub seconds: f64,
    /// Repetitions.
    pub repetitions: u64,
    /// Of the program's live bytes.
    pub live_bytes: Option<Trend>,
    /// Of the anonymous resident set, in bytes.
    pub resident_bytes: Option<Trend>,
    /// Of open descriptors.
    pub descriptors: Option<Trend>,
    /// How it failed, if it did.
    pub failure: Option<String>,
    /// What was seen.
    #[serde(skip)]
    pub points: Vec<SoakPoint>,
}

impl SoakResult {
    /// The slopes of a record that belongs to a soak.
    pub fn of(record: &Record) -> Option<Self> {
        if record.experiment != Some(Experiment::Soak) {
            return None;
        }
        let points: &[SoakPoint] = match &record.outcome {
            Outcome::Soak(soaked) => &soaked.points,
            _ => &[],
        };
        let of = |reading: fn(&SoakPoint) -> Option<u64>| slope(points, reading);
        Some(Self {
            workload: record.workload.clone(),
            arm: record.arm.clone(),
            seconds: points.last().map_or(0.0, |point| point.at_ns as f64 / 1e9),
            repetitions: points.last().map_or(0, |point| point.repetitions),
            live_bytes: of(|point| point.live_bytes),
            resident_bytes: of(|point| point.resident_bytes),
            descriptors: of(|point| point.descriptors),
            failure: record.outcome.failure(),
            points: points.to_vec(),
        })
    }

    /// Whether anything grows.
    pub fn grows(&self) -> bool {
        [self.live_bytes, self.resident_bytes, self.descriptors].iter().flatten().any(|s| s.grows)
    }
}

/// The slope of one reading; `None` if there are too few points, or the reading is not there.
fn slope(points: &[SoakPoint], reading: fn(&SoakPoint) -> Option<u64>) -> Option<Trend> {
    let all: Vec<(f64, f64)> = points
        .iter()
        .map(|point| Some((point.at_ns as f64 / 1e9, reading(point)? as f64)))
        .collect::<Option<_>>()?;
    let kept = &all[all.len() / 10..];
    if kept.len() < FEWEST {
        return None;
    }
    let length = kept.len().div_ceil(STRETCHES.min(kept.len()));
    let mean = |values: &mut dyn Iterator<Item = f64>| {
        let (sum, number) = values.fold((0.0, 0.0), |(sum, n), value| (sum + value, n + 1.0));
        sum / number
    };
    let stretches: Vec<(f64, f64)> = kept
        .chunks(length)
        .map(|chunk| {
            let lowest = chunk.iter().map(|p| p.1).fold(f64::INFINITY, f64::min);
            (mean(&mut chunk.iter().map(|p| p.0)), lowest)
        })
        .collect();
    let level = mean(&mut stretches.iter().map(|p| p.1));
    let Slope { slope: per_second, low, high, .. } = Slope::through(&stretches, CONFIDENCE)?;
    let grown = per_second * (kept[kept.len() - 1].0 - kept[0].0);
    let stayed = stretches[stretches.len() - 1].1 - stretches[0].1;
    Some(Trend {
        per_second,
        low,
        high,
        last: all[all.len() - 1].1,
        grows: low > 0.0 && grown.min(stayed) > NEGLIGIBLE * level,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(level: impl Fn(u64) -> u64) -> Vec<SoakPoint> {
        let point = |n| SoakPoint {
            at_ns: n * 100_000_000,
            repetitions: n,
            live_bytes: Some(level(n)),
            ..SoakPoint::default()
        };
        (0..200).map(point).collect()
    }

    fn live(level: impl Fn(u64) -> u64) -> Trend {
        slope(&points(level), |point| point.live_bytes).unwrap()
    }

    #[test]
    fn a_leak_grows_and_what_is_constant_or_noisy_does_not() {
        let leak = live(|n| 10_000 + 48 * n);
        assert!(leak.grows, "{leak:?}");
        assert!(
            (leak.per_second - 480.0).abs() < 1e-6,
            "48 bytes every tenth of a second: {leak:?}"
        );
        let constant = live(|_| 10_000);
        assert!(!constant.grows && constant.per_second == 0.0, "{constant:?}");
        let noisy = live(|n| 10_000 + n * 7919 % 997);
        assert!(!noisy.grows, "{noisy:?}");
        assert!(noisy.low <= 0.0 && noisy.high >= 0.0, "{noisy:?}");
    }

    #[test]
    fn pages_that_are_held_for_a_while_are_no_growth() {
        let noise = |n: u64| n * 7919 % 997 * 4;
        let plateau = live(|n| if (140..185).contains(&n) { 9_000 } else { 5_000 + noise(n) });
        assert!(!plateau.grows, "{plateau:?}");
        let leak = live(|n| 5_000 + noise(n) + 10 * n);
        assert!(leak.grows, "{leak:?}");
    }

    #[test]
    fn a_beginning_that_fills_caches_is_no_growth() {
        assert!(!live(|n| if n < 15 { n * 100 } else { 5_000 }).grows);
    }

    #[test]
    fn too_few_points_say_nothing() {
        assert_eq!(slope(&points(|_| 1)[..5], |point| point.live_bytes), None);
        assert_eq!(slope(&points(|_| 1), |point| point.descriptors), None);
    }
}
