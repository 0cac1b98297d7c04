//! One version's instructions against another's.

use serde::Serialize;

use super::Counted;
use crate::common::units;
use crate::plan::arm::ArmId;
use crate::stats;

/// From which change on it is one: 0.25 %. Half a percent is to be found, and so what is called a change is less; that
/// of a gate is half a percent, unless it is told another.
pub const THRESHOLD: f64 = 0.0025;

/// How many times what samples of the same differ by a change has to be.
const SPREADS: f64 = 3.0;

/// Arms set against others.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct InstructionComparison {
    /// One for each pair of arms.
    pub against: Vec<InstructionVersus>,
    /// What a reader must know before believing it.
    pub warnings: Vec<String>,
}

/// One arm against another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InstructionVersus {
    /// What it is held against.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub base: ArmId,
    /// The version that the base's subject gave.
    pub base_version: Option<String>,
    /// What is held against it.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub arm: ArmId,
    /// The version that its subject gave.
    pub version: Option<String>,
    /// One for each workload.
    pub rows: Vec<InstructionRow>,
    /// New ÷ base: the geometric mean over the workloads that both completed.
    pub ratio: Option<f64>,
}

/// Two arms on a workload.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InstructionRow {
    /// The workload.
    pub workload: String,
    /// Instructions of the base, the median over its samples.
    pub base: Option<f64>,
    /// Those of the new one.
    pub new: Option<f64>,
    /// New ÷ base.
    pub ratio: Option<f64>,
    /// By how much samples of the same differ, as a share: the larger of the two.
    pub spread: Option<f64>,
    /// Instructions more for each allocation event of the workload.
    pub more_per_event: Option<f64>,
    /// What that is.
    pub shift: InstructionShift,
    /// How samples of the new one failed.
    pub failures: Vec<String>,
}

/// What became of an arm's instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum InstructionShift {
    /// More, beyond the threshold and three times the spread.
    More,
    /// Fewer, likewise.
    Fewer,
    /// Neither.
    NoDifference,
    /// The new one failed, and the base did not.
    Fails,
    /// One of them was not counted, or not twice: by how much it varies is not known.
    Unknown,
}

/// From which share on a change is one, where samples of the same differ by such a share.
pub fn reach(spread: f64) -> f64 {
    beyond(THRESHOLD, spread)
}

fn beyond(share: f64, spread: f64) -> f64 {
    share.max(SPREADS * spread)
}

impl InstructionShift {
    /// As it stands in tables.
    pub fn words(self) -> &'static str {
        match self {
            Self::More => "more",
            Self::Fewer => "fewer",
            Self::NoDifference => "no difference",
            Self::Fails => "fails",
            Self::Unknown => "too few samples",
        }
    }
}

impl InstructionRow {
    fn new(base: &Counted, new: Option<&Counted>) -> Self {
        let (before, now) = (base.median(), new.and_then(Counted::median));
        let both = before.filter(|&before| before > 0.0).zip(now);
        let spread = base.spread().zip(new.and_then(Counted::spread)).map(|(a, b)| a.max(b));
        let mut row = Self {
            workload: base.workload.clone(),
            base: before,
            new: now,
            ratio: both.map(|(before, now)| now / before),
            spread,
            more_per_event: both
                .zip(base.events)
                .map(|((before, now), events)| (now - before) / events as f64),
            shift: InstructionShift::Unknown,
            failures: new.map(|new| new.failures.clone()).unwrap_or_default(),
        };
        row.shift = row.judged(THRESHOLD);
        if before.is_some() && base.failures.is_empty() && !row.failures.is_empty() {
            row.shift = InstructionShift::Fails;
        }
        row
    }

    /// What it is, where a change smaller than this share is none.
    fn judged(&self, share: f64) -> InstructionShift {
        let Some((ratio, spread)) = self.ratio.zip(self.spread) else {
            return InstructionShift::Unknown;
        };
        let threshold = beyond(share, spread);
        // Both ways the same: whichever of the two comes first, either is beyond it or none.
        if ratio > 1.0 + threshold {
            InstructionShift::More
        } else if 1.0 / ratio > 1.0 + threshold {
            InstructionShift::Fewer
        } else {
            InstructionShift::NoDifference
        }
    }
}

impl InstructionVersus {
    /// One arm's counts against another's, on every workload of the base.
    pub fn new(base: &[&Counted], new: &[&Counted]) -> Option<Self> {
        let (first, first_new) = (base.first()?, new.first()?);
        let on = |workload: &str| new.iter().find(|one| one.workload == workload).copied();
        let rows: Vec<_> =
            base.iter().map(|one| InstructionRow::new(one, on(&one.workload))).collect();
        let ratios: Vec<f64> = rows.iter().filter_map(|row| row.ratio).collect();
        Some(Self {
            base: first.arm.clone(),
            base_version: first.version.clone(),
            arm: first_new.arm.clone(),
            version: first_new.version.clone(),
            rows,
            ratio: stats::geometric_mean(&ratios),
        })
    }
}

impl InstructionComparison {
    /// Every arm of `news` against its partner in `bases`, as `pairs` says, with a warning for each workload on
    /// which the untracked program itself is another.
    pub fn of(bases: &[Counted], news: &[Counted], pairs: &[(ArmId, ArmId)]) -> Self {
        let against = pairs.iter().filter_map(|(base, new)| {
            InstructionVersus::new(&of_arm(bases, base), &of_arm(news, new))
        });
        let base = ArmId::base();
        let untracked = InstructionVersus::new(&of_arm(bases, &base), &of_arm(news, &base));
        let changed = untracked
            .iter()
            .flat_map(|versus| &versus.rows)
            .filter(|row| matches!(row.shift, InstructionShift::More | InstructionShift::Fewer));
        let warning = |row: &InstructionRow| {
            let ratio = row.ratio.unwrap_or(1.0);
            format!(
                "{} makes {ratio:.4} times the instructions without a tracker: the program, the compiler or a \
                 library is another",
                row.workload
            )
        };
        Self { against: against.collect(), warnings: changed.map(warning).collect() }
    }

    /// Why a gate is red that tolerates so many percent: more instructions beyond that and three times the
    /// spread, or failures.
    pub fn beyond(&self, percent: f64) -> Vec<String> {
        let mut reasons = Vec::new();
        for versus in &self.against {
            for row in &versus.rows {
                let place = format!("{} on {}", versus.arm, row.workload);
                if row.shift == InstructionShift::Fails {
                    let failures = row.failures.join("; ");
                    reasons.push(format!("{place}: fails: {failures}"));
                } else if row.judged(percent / 100.0) == InstructionShift::More {
                    let more = row.ratio.unwrap_or(1.0) - 1.0;
                    let counts = [row.base, row.new].map(|count| count.unwrap_or_default() as u64);
                    let [before, now] = counts.map(units::count);
                    reasons.push(format!(
                        "{place}: {:.2} % more instructions ({before} → {now})",
                        more * 100.0
                    ));
                } else if row.new.is_none() && row.base.is_some() {
                    reasons.push(format!("{place}: was not counted"));
                }
            }
        }
        reasons
    }
}

/// What was counted of one arm.
fn of_arm<'a>(counted: &'a [Counted], arm: &ArmId) -> Vec<&'a Counted> {
    counted.iter().filter(|one| one.arm == *arm).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::record::{Failure, Record};

    const OLD: &str = "memscope-rs@0.2.4/full";
    const NEW: &str = "memscope-rs@0.2.5/full";

    fn counted(records: &[Record]) -> Vec<Counted> {
        Counted::all(&records.iter().collect::<Vec<_>>())
    }

    /// Both arms' counts on one workload.
    fn compared(old: &[u64], new: &[u64]) -> InstructionComparison {
        let arms = [(OLD, old), (NEW, new)].map(|(name, counts)| (fixture::arm(name), counts));
        let records: Vec<Record> = arms
            .iter()
            .flat_map(|(arm, counts)| {
                counts.iter().map(|&count| fixture::instructed(arm, "fragmentation", count))
            })
            .chain([fixture::instruction_audit("fragmentation")])
            .collect();
        let counted = counted(&records);
        let [(old, _), (new, _)] = arms;
        InstructionComparison::of(&counted, &counted, &[(old, new)])
    }

    #[test]
    fn a_change_is_one_beyond_a_quarter_percent_and_three_spreads() {
        use InstructionShift::{Fewer, More, NoDifference, Unknown};
        for (old, new, shift, red) in [
            // Exactly alike but for half a percent and a little more, and for less: a gate lets that pass.
            (vec![100_000; 3], vec![100_600; 3], More, true),
            (vec![100_000; 3], vec![100_400; 3], More, false),
            (vec![100_000; 3], vec![100_200; 3], NoDifference, false),
            (vec![100_600; 3], vec![100_000; 3], Fewer, false),
            (vec![100_200; 3], vec![100_000; 3], NoDifference, false),
            // One percent, where samples of the same differ by one.
            (vec![99_500, 100_000, 100_500], vec![101_000; 3], NoDifference, false),
            (vec![100_000; 3], vec![103_000, 104_000, 104_000], More, true),
            (vec![100_000], vec![120_000], Unknown, false),
        ] {
            let comparison = compared(&old, &new);
            let row = &comparison.against[0].rows[0];
            assert_eq!(row.shift, shift, "{row:?}");
            assert_eq!(!comparison.beyond(0.5).is_empty(), red, "{row:?}");
        }
        let comparison = compared(&[100_000; 3], &[101_990; 3]);
        assert_eq!(comparison.against[0].rows[0].more_per_event, Some(1.0));
        let reasons = comparison.beyond(1.0);
        assert!(reasons[0].contains("1.99 % more instructions (100,000 → 101,990)"), "{reasons:?}");
        assert_eq!(comparison.beyond(2.0), [""; 0]);
    }

    #[test]
    fn what_fails_or_is_missing_is_red_and_another_program_is_warned_of() {
        let [old, new] = [OLD, NEW].map(fixture::arm);
        let mut records = vec![fixture::instructed(&old, "fragmentation", 10); 3];
        let pairs = [(old.clone(), new.clone())];
        let mut crashed = fixture::instructed(&new, "fragmentation", 10);
        crashed.outcome = fixture::failed(Failure::Crashed);
        let with_crash = [&records[..], &[crashed]].concat();
        let all = counted(&with_crash);
        let reasons = InstructionComparison::of(&all, &all, &pairs).beyond(0.5);
        assert!(reasons[0].contains("fails: crashed"), "{reasons:?}");
        records.extend(vec![fixture::instructed(&new, "basic-structures", 10); 3]);
        let all = counted(&records);
        let reasons = InstructionComparison::of(&all, &all, &pairs).beyond(0.5);
        assert!(reasons[0].contains("was not counted"), "{reasons:?}");

        let base = |count| vec![fixture::instructed(&ArmId::base(), "fragmentation", count); 3];
        let (before, now) = (counted(&base(1_000)), counted(&base(1_100)));
        let comparison = InstructionComparison::of(&before, &now, &pairs);
        assert!(comparison.warnings[0].contains("1.1000 times"), "{comparison:?}");
    }
}
