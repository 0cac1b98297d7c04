//! Does a tracker's memory grow without bound? The same workload over and over in one process: what the
//! tracker holds after each repetition says.

use protocol::Pass;
use serde::{Deserialize, Serialize};

use crate::plan::arm::ArmId;
use crate::plan::procedure::Experiment;
use crate::record::{Outcome, Record, RepetitionEnd};
use crate::stats::{CONFIDENCE, Mean};

/// Repetitions at the beginning that are left out: tables and pools grow to their size in them.
const WARM_UP: usize = 2;

/// Growth per repetition, with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GrowthRate {
    /// Mean growth, in bytes per repetition.
    pub bytes_per_repetition: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Repetitions it rests on.
    pub repetitions: usize,
}

impl GrowthRate {
    /// The mean of the steps from one repetition to the next, with Student's interval. `None` for fewer than three
    /// steps.
    ///
    /// Steps, and not a line through the values: a table that doubles now and then makes one large step
    /// among many of nothing, whose interval then reaches zero; what grows with every repetition does not.
    pub fn of(values: &[u64]) -> Option<Self> {
        let values = values.get(WARM_UP..)?;
        let steps: Vec<f64> =
            values.windows(2).map(|pair| pair[1] as f64 - pair[0] as f64).collect();
        if steps.len() < 3 {
            return None;
        }
        let Mean { mean, low, high } = Mean::of(&steps, CONFIDENCE)?;
        Some(Self { bytes_per_repetition: mean, low, high, repetitions: values.len() })
    }

    /// Whether the whole interval lies above zero.
    pub fn grows(&self) -> bool {
        self.low > 0.0
    }
}

/// How a tracker's memory developed over repetitions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Growth {
    /// The arm.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub arm: ArmId,
    /// The version that the subject gave.
    pub version: Option<String>,
    /// The workload that was repeated.
    pub workload: String,
    /// Allocations of the program in each repetition.
    pub allocations_per_repetition: Option<u64>,
    /// Growth of the tracker's own heap; `None` if it could not be told.
    pub own_heap: Option<GrowthRate>,
    /// What the tracker held for itself after each repetition, in bytes.
    pub own_bytes: Vec<u64>,
    /// Growth of the resident set, from a process of its own in which nothing is counted.
    pub resident: Option<GrowthRate>,
    /// Why a sample failed, if one did.
    pub failure: Option<String>,
}

impl Growth {
    /// Every arm's growth, from all records of the experiment.
    pub fn all(records: &[&Record]) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for record in records.iter().filter(|r| r.experiment == Some(Experiment::Growth)) {
            let place = all
                .iter()
                .position(|growth| growth.arm == record.arm && growth.workload == record.workload);
            let place = place.unwrap_or_else(|| {
                all.push(Self::new(record));
                all.len() - 1
            });
            all[place].add(record);
        }
        all
    }

    fn new(record: &Record) -> Self {
        Self {
            arm: record.arm.clone(),
            version: None,
            workload: record.workload.clone(),
            allocations_per_repetition: None,
            own_heap: None,
            own_bytes: Vec::new(),
            resident: None,
            failure: None,
        }
    }

    fn add(&mut self, record: &Record) {
        self.failure = record.outcome.failure().or(self.failure.take());
        self.version = record.version.clone().or(self.version.take());
        let Outcome::Growth(repeated) = &record.outcome else { return };
        let read = |figure: fn(&RepetitionEnd) -> Option<u64>| -> Vec<u64> {
            repeated.repetitions.iter().filter_map(figure).collect()
        };
        match record.pass {
            Pass::Audit => {
                self.own_bytes = read(|end| end.own_live_bytes);
                self.own_heap = GrowthRate::of(&self.own_bytes);
                self.allocations_per_repetition =
                    repeated.repetitions.last().and_then(|end| end.allocations);
            }
            Pass::Timed => self.resident = GrowthRate::of(&read(|end| end.resident_bytes)),
        }
    }

    /// Whether the tracker's own heap grows with every repetition of the same work.
    pub fn is_unbounded(&self) -> bool {
        self.own_heap.is_some_and(|slope| slope.grows())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grows_with_every_repetition_is_found() {
        let values: Vec<u64> = (0..12).map(|n| 1_000 + n * 100 + n % 3).collect();
        let slope = GrowthRate::of(&values).unwrap();
        assert!(slope.grows());
        assert!(slope.low < 100.0 && 100.0 < slope.high + 1.0, "{slope:?}");
        assert_eq!(slope.repetitions, 10);
    }

    #[test]
    fn a_constant_is_not_growth() {
        let slope = GrowthRate::of(&[5_000; 10]).unwrap();
        assert!(!slope.grows());
        assert_eq!(slope.bytes_per_repetition, 0.0);
    }

    #[test]
    fn a_table_that_doubles_once_does_not_grow_without_bound() {
        let values = [10, 20, 20, 20, 20, 20, 40, 40, 40, 40].map(|kib| kib * 1024);
        assert!(!GrowthRate::of(&values).unwrap().grows());
    }

    #[test]
    fn the_interval_is_students() {
        // Steps 1, 2, 3: mean 2, standard deviation 1, t(2) = 4.303, half width 4.303 / √3 = 2.484.
        let slope = GrowthRate::of(&[0, 0, 10, 11, 13, 16]).unwrap();
        assert!((slope.bytes_per_repetition - 2.0).abs() < 1e-12);
        assert!((slope.high - 4.484).abs() < 1e-3, "{slope:?}");
    }

    #[test]
    fn too_few_repetitions_say_nothing() {
        assert_eq!(GrowthRate::of(&[1, 2, 3, 4, 5]), None);
    }
}
