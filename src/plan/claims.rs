//! What is claimed in public of trackers (`claims.toml`).

use semver::VersionReq;
use serde::{Deserialize, Serialize};

use super::arm::ArmId;
use super::entry::release_of;

/// The claims that are compiled in.
const BUILT_IN: &str = include_str!("../../claims.toml");

/// A public claim. The fields are explained in `claims.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub struct Claim {
    pub tracker: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versions: Option<VersionReq>,
    pub says: String,
    pub at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<Measure>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untestable: Option<String>,
}

/// What is held against a claim. Explained in `claims.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Measure {
    Overhead,
    OverheadOverAllocator,
    OverheadAt,
    NsPerAllocation,
    TimesCheaper,
    Memory,
    BytesPerLive,
    BytesPerThread,
    ReportTime,
    WorstFactor,
    Coverage,
    InstructionsPerPair,
}

/// The file as it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    claim: Vec<Claim>,
}

/// What is wrong with a file of claims.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("claims.toml: {0}")]
pub struct ClaimsError(String);

impl Claim {
    /// Those that are compiled in.
    ///
    /// # Errors
    ///
    /// If `claims.toml` is malformed.
    pub fn built_in() -> Result<Vec<Self>, ClaimsError> {
        Self::parse(BUILT_IN)
    }

    /// Reads claims.
    ///
    /// # Errors
    ///
    /// If the text is malformed, or a claim is neither bound to a measure nor said to be untestable.
    pub fn parse(text: &str) -> Result<Vec<Self>, ClaimsError> {
        let claims: Claims =
            toml::from_str(text).map_err(|error| ClaimsError(error.to_string()))?;
        match claims.claim.iter().find_map(Claim::fault) {
            Some(fault) => Err(ClaimsError(fault)),
            None => Ok(claims.claim),
        }
    }

    fn fault(&self) -> Option<String> {
        use Measure::{OverheadAt, TimesCheaper};
        let is_bound = self.at_least.is_some() || self.at_most.is_some();
        let fault = match (self.measure, &self.untestable) {
            (None, None) => "it is neither bound to a measure nor said to be untestable",
            (Some(_), Some(_)) => "it is bound to a measure, and said to be untestable",
            (Some(_), None) if !is_bound => "nothing says what the measure is to be",
            (Some(OverheadAt), _) if self.threads.is_none() => {
                "it does not say on how many threads"
            }
            (Some(TimesCheaper), _) if self.against.is_none() => "it does not say against what",
            _ => return None,
        };
        Some(format!("{}: {:?}: {fault}", self.tracker, self.says))
    }

    /// Whether it is made of this arm, in the version that ran: of its tracker in its mode, by documents that say so.
    /// A tracker's only mode, or its `default` one, is meant where the claim names none.
    pub fn is_of(&self, arm: &ArmId, version: Option<&str>, default: Option<&str>) -> bool {
        let mode = self.mode.as_deref().or(default);
        let version = version.and_then(|version| version.parse().ok());
        let in_range = match (&self.versions, version) {
            (None, _) => true,
            (Some(range), Some(version)) => range.matches(&release_of(&version)),
            (Some(_), None) => false,
        };
        arm.tracker == self.tracker && arm.mode.as_deref() == mode && in_range
    }

    /// Whether a figure is what it says.
    pub fn holds_for(&self, figure: f64) -> bool {
        self.at_least.is_none_or(|least| figure >= least)
            && self.at_most.is_none_or(|most| figure <= most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::catalog::Catalog;

    #[test]
    fn every_claim_is_sound_and_of_a_tracker_that_there_is() {
        let catalog = Catalog::built_in().unwrap();
        let claims = Claim::built_in().unwrap();
        assert!(claims.len() > 40);
        for claim in &claims {
            let entry = catalog.find(&claim.tracker).unwrap();
            entry.mode(claim.mode.as_deref()).unwrap();
            if let Some(other) = &claim.against {
                catalog.arm(&other.parse().unwrap()).unwrap();
            }
        }
    }

    #[test]
    fn a_claim_that_nothing_could_show_is_refused() {
        let of = |rest: &str| {
            let head = "[[claim]]\ntracker = \"t\"\nsays = \"fast\"\nat = \"here\"\n";
            Claim::parse(&format!("{head}{rest}")).map_err(|error| error.to_string())
        };
        assert!(of("measure = \"overhead\"\nat-most = 1.05").is_ok());
        assert!(of("").unwrap_err().contains("untestable"));
        assert!(of("measure = \"overhead\"").unwrap_err().contains("is to be"));
        assert!(of("measure = \"overhead-at\"\nat-most = 1").unwrap_err().contains("threads"));
        assert!(of("measure = \"luck\"\nat-most = 1").is_err());
    }

    #[test]
    fn a_claim_is_of_the_versions_whose_documents_make_it() {
        let text = "[[claim]]\ntracker = \"dhat\"\nversions = \">=0.2\"\nsays = \"\"\nat = \"\"\nuntestable = \"x\"";
        let claim = &Claim::parse(text).unwrap()[0];
        let arm = crate::fixture::arm("dhat");
        assert!(claim.is_of(&arm, Some("0.3.3"), None) && !claim.is_of(&arm, Some("0.1.0"), None));
        assert!(!claim.is_of(&arm, None, None) && !claim.is_of(&arm, Some("0.3.3"), Some("full")));
    }
}
