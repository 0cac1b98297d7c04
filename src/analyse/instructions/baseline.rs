//! The gate's baseline of instructions.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Counted, InstructionComparison, arms};
use crate::analyse::baseline::{self, BaselineError};
use crate::plan::arm::ArmId;
use crate::record::environment::Environment;

/// Version of [`InstructionBaseline`] as it is written.
const SCHEMA: u32 = 1;

/// What it is of, by which it is told from a baseline of times.
const METRIC: &str = "instructions";

/// What later runs are held against.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstructionBaseline {
    metric: String,
    schema: u32,
    /// Where and how they were counted.
    pub environment: Environment,
    /// Every arm on every workload, that without a tracker included.
    pub counted: Vec<Counted>,
}

/// What the gate says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InstructionGate {
    /// Why it is red; empty if it is green.
    pub reasons: Vec<String>,
    /// The arms against their baseline.
    pub comparison: InstructionComparison,
}

impl InstructionBaseline {
    /// A baseline of what was counted.
    pub fn new(environment: Environment, counted: Vec<Counted>) -> Self {
        Self { metric: METRIC.to_owned(), schema: SCHEMA, environment, counted }
    }

    /// Reads a baseline.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is none, or is one of times.
    pub fn load(path: &Path) -> Result<Self, BaselineError> {
        baseline::read(path, SCHEMA, Some(METRIC))
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    ///
    /// If it cannot be written; an earlier one there is then as it was.
    pub fn save(&self, path: &Path) -> Result<(), BaselineError> {
        baseline::write(path, self)
    }

    /// Its tracked arms.
    pub fn arms(&self) -> Vec<&ArmId> {
        arms(&self.counted)
    }

    /// Holds what was counted against it. `percent` is how many instructions more an arm may make.
    pub fn judge(&self, counted: &[Counted], percent: f64) -> InstructionGate {
        let (known, missing): (Vec<&ArmId>, Vec<&ArmId>) =
            self.arms().into_iter().partition(|arm| counted.iter().any(|one| one.arm == **arm));
        let pairs: Vec<_> = known.into_iter().map(|arm| (arm.clone(), arm.clone())).collect();
        let comparison = InstructionComparison::of(&self.counted, counted, &pairs);
        let missing = missing.iter().map(|arm| format!("{arm}: was not counted"));
        let reasons = missing.chain(comparison.beyond(percent)).collect();
        InstructionGate { reasons, comparison }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::gate::Baseline;
    use crate::fixture;

    #[test]
    fn a_baseline_is_read_back_and_told_from_one_of_times() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("instructions.json");
        let counting = fixture::arm("counting");
        let records = vec![fixture::instructed(&counting, "fragmentation", 1_000); 3];
        let counted = Counted::all(&records.iter().collect::<Vec<_>>());
        let baseline = InstructionBaseline::new(fixture::environment(), counted.clone());
        baseline.save(&path).unwrap();
        let read = InstructionBaseline::load(&path).unwrap();
        assert_eq!(read, baseline);
        assert_eq!(read.judge(&counted, 0.5).reasons, [""; 0]);
        let more = vec![fixture::instructed(&counting, "fragmentation", 1_010); 3];
        let more = Counted::all(&more.iter().collect::<Vec<_>>());
        assert!(read.judge(&more, 0.5).reasons[0].contains("1.00 % more"));
        assert!(read.judge(&[], 0.5).reasons[0].contains("counting: was not counted"));

        let error = Baseline::load(&path).unwrap_err().to_string();
        assert!(error.contains("--metric instructions"), "{error}");
        Baseline::new(fixture::environment(), Vec::new(), Vec::new()).save(&path).unwrap();
        let error = InstructionBaseline::load(&path).unwrap_err().to_string();
        assert!(error.contains("of instructions"), "{error}");
    }
}
