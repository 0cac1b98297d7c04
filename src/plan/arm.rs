//! Arms: a tracker, in its role within a group.

use std::cmp::Ordering;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

/// The name of the tracker that is no tracker.
pub const UNTRACKED: &str = "untracked";

/// What an arm is for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// What the others are compared to: the program without a tracker.
    Base,
    /// Another arm once more, under another name: the A/A control. In a comparison of trackers it repeats the one
    /// compared to, else `untracked`.
    Twin,
    /// The program under a tracker.
    Tracked,
    /// The program with a tracker that is linked and not started.
    Idle,
    /// The program without a tracker, and with a second thread that only waits.
    Parked,
    /// The program under a tracker with work added to every allocation, so that it is slower by a known share.
    Planted(Planted),
}

/// Work that is added to every allocation of a tracker.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Planted {
    /// By how much it is to become slower, in thousandths of its CPU time.
    pub per_mille: u32,
    /// Steps of work, of a nanosecond or so each, that were found to do it.
    pub steps: u32,
}

/// One side of a comparison: a tracker in a version and a mode, in its role.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct ArmId {
    /// The tracker's name in the catalogue.
    pub tracker: String,
    /// The version as it was asked for: `0.1.10`, `path:DIR`, `git:URL#REV`; absent for the one that is
    /// built in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The mode; absent for a tracker that has only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// What it is for.
    pub role: Role,
}

impl ArmId {
    /// The program without a tracker.
    pub fn base() -> Self {
        Self { tracker: UNTRACKED.to_owned(), version: None, mode: None, role: Role::Base }
    }

    /// The same once more: the A/A control.
    pub fn twin() -> Self {
        Self { role: Role::Twin, ..Self::base() }
    }

    /// The same once more, as a control.
    pub fn again(&self) -> Self {
        Self { role: Role::Twin, ..self.clone() }
    }

    /// What a control repeats.
    pub fn repeated(&self) -> Self {
        let role = if self.tracker == UNTRACKED { Role::Base } else { Role::Tracked };
        Self { role, ..self.clone() }
    }

    /// The program without a tracker, beside a thread that only waits.
    pub fn parked() -> Self {
        Self { role: Role::Parked, ..Self::base() }
    }

    /// The same tracker, not started.
    pub fn idle(&self) -> Self {
        Self { role: Role::Idle, ..self.clone() }
    }

    /// The same tracker, with work added.
    pub fn planted(&self, planted: Planted) -> Self {
        Self { role: Role::Planted(planted), ..self.clone() }
    }

    /// Whether it says what a tracker costs or reports.
    pub fn is_tracked(&self) -> bool {
        self.role == Role::Tracked
    }

    /// Whether its program is linked in several orders, where a comparison asks for them: the trackers, and the one
    /// of them that is repeated as a control, in orders of its own.
    pub fn is_relinked(&self) -> bool {
        matches!(self.role, Role::Tracked | Role::Twin) && self.tracker != UNTRACKED
    }

    /// Whether it is the same tracker in the same mode, whatever its version and role.
    pub fn is_same_kind(&self, other: &Self) -> bool {
        (&self.tracker, &self.mode) == (&other.tracker, &other.mode)
    }

    /// The name of its program, which is the same in every mode: `memscope-rs`, or `memscope-rs@0.1.10`.
    pub fn program(&self) -> String {
        match &self.version {
            Some(version) => format!("{}@{version}", self.tracker),
            None => self.tracker.clone(),
        }
    }

    /// The order in which people look for versions: 0.1.10 comes behind 0.1.9.
    pub fn natural_cmp(&self, other: &Self) -> Ordering {
        let (mine, theirs) = (self.to_string(), other.to_string());
        natural_key(&mine).cmp(&natural_key(&theirs)).then_with(|| mine.cmp(&theirs))
    }

    /// By role, the base first; in [natural order](Self::natural_cmp) within it.
    pub fn role_cmp(&self, other: &Self) -> Ordering {
        self.role.cmp(&other.role).then_with(|| self.natural_cmp(other))
    }

    /// Writes only the name, for summaries that other programs read.
    ///
    /// # Errors
    ///
    /// Those of the serializer.
    pub fn serialize_name<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The name, as in tables and records: a SPEC, but for twins, idle arms and the one beside a thread.
impl fmt::Display for ArmId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tracker)?;
        if let Some(version) = &self.version {
            write!(f, "@{version}")?;
        }
        if let Some(mode) = &self.mode {
            write!(f, "/{mode}")?;
        }
        match self.role {
            Role::Base | Role::Tracked => Ok(()),
            Role::Twin => f.write_str("-twin"),
            Role::Idle => f.write_str(" (idle)"),
            Role::Parked => f.write_str(" (second thread)"),
            Role::Planted(planted) => write!(f, " (+{} ‰)", planted.per_mille),
        }
    }
}

/// Pieces of a name, numbers by their value.
fn natural_key(name: &str) -> Vec<(u64, &str)> {
    let pieces = name.split(|c: char| !c.is_ascii_alphanumeric());
    pieces.map(|piece| (piece.parse().unwrap_or(u64::MAX), piece)).collect()
}

/// These arms, each once, in [natural order](ArmId::natural_cmp): records come in a random one.
pub fn in_order<'a>(arms: impl Iterator<Item = &'a ArmId>) -> Vec<&'a ArmId> {
    let mut arms: Vec<&ArmId> = arms.collect();
    arms.sort_unstable();
    arms.dedup();
    arms.sort_by(|a, b| a.natural_cmp(b));
    arms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arm(tracker: &str, version: Option<&str>, mode: Option<&str>) -> ArmId {
        let own = |text: &str| text.to_owned();
        ArmId {
            tracker: own(tracker),
            version: version.map(own),
            mode: mode.map(own),
            role: Role::Tracked,
        }
    }

    #[test]
    fn an_arm_is_named_by_tracker_version_mode_and_role() {
        let full = arm("memscope-rs", Some("0.1.10"), Some("full"));
        assert_eq!(full.to_string(), "memscope-rs@0.1.10/full");
        assert_eq!(full.idle().to_string(), "memscope-rs@0.1.10/full (idle)");
        assert_eq!(full.program(), "memscope-rs@0.1.10");
        assert_eq!(ArmId::base().to_string(), "untracked");
        assert_eq!(ArmId::twin().to_string(), "untracked-twin");
        assert_eq!(ArmId::parked().to_string(), "untracked (second thread)");
    }

    #[test]
    fn versions_are_in_their_order_and_each_arm_stands_once() {
        let m = |version| arm("m", Some(version), Some("full"));
        let arms = [m("0.1.10"), m("0.1.9"), arm("counting", None, None), m("0.1.10")];
        let names: Vec<String> = in_order(arms.iter()).iter().map(|arm| arm.to_string()).collect();
        assert_eq!(names, ["counting", "m@0.1.9/full", "m@0.1.10/full"]);
    }
}
