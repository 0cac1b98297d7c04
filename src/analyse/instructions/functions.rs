//! Where the instructions are: function by function, one arm against another.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::stacks::folded;
use crate::common::inside::inside;
use crate::plan::arm::ArmId;
use crate::record::{CALLGRIND_FILE, CallProfile, CallgrindError, Outcome, Run};

/// How many functions are shown.
const TOP: usize = 15;

/// A function of both arms, or of one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FunctionChange {
    /// Its name.
    pub name: String,
    /// The program or library that holds it.
    pub object: String,
    /// Instructions in it alone, in the base.
    pub base: u64,
    /// Those in the new arm.
    pub new: u64,
}

impl FunctionChange {
    /// New less base.
    pub fn difference(&self) -> i64 {
        // Counts are far below 2⁶³.
        self.new as i64 - self.base as i64
    }
}

/// One arm against another, function by function, over all workloads of which both have a profile.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Functions {
    /// What it is held against.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub base: ArmId,
    /// What is held against it.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub arm: ArmId,
    /// The workloads.
    pub workloads: Vec<String>,
    /// Those that differ by most, most first.
    pub changes: Vec<FunctionChange>,
    /// How many functions there are in either.
    pub all: usize,
    /// Instructions of all functions together, in the base.
    pub base_total: u64,
    /// Those of the new arm.
    pub new_total: u64,
    /// Stacks of the base and of the new arm, for a flame graph: `workload;caller;…;function COUNT`.
    #[serde(skip)]
    pub stacks: [Vec<String>; 2],
}

impl Functions {
    /// Each tracked arm of a run against the program without a tracker.
    ///
    /// # Errors
    ///
    /// If a profile cannot be read.
    pub fn of_run(run: &Run) -> Result<Vec<Self>, CallgrindError> {
        let counted = super::Counted::all(&run.records.iter().collect::<Vec<_>>());
        let all = super::arms(&counted).into_iter().map(|arm| {
            Self::between((run, &ArmId::base()), (run, arm)).map(|functions| functions.into_iter())
        });
        Ok(all.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }

    /// An arm of one run against one of the same, or of another. `None` if they have no workload in common whose
    /// profiles are there.
    ///
    /// # Errors
    ///
    /// If a profile cannot be read.
    pub fn between(
        (base_run, base): (&Run, &ArmId),
        (run, arm): (&Run, &ArmId),
    ) -> Result<Option<Self>, CallgrindError> {
        let (mut before, mut now) = (profiles(base_run, base)?, profiles(run, arm)?);
        before.retain(|workload, _| now.contains_key(workload));
        now.retain(|workload, _| before.contains_key(workload));
        if before.is_empty() {
            return Ok(None);
        }
        let mut changes = changes(before.values(), now.values());
        let all = changes.len();
        let total = |profiles: &BTreeMap<String, CallProfile>| {
            profiles.values().map(CallProfile::total).fold(0, u64::saturating_add)
        };
        let (base_total, new_total) = (total(&before), total(&now));
        changes.truncate(TOP);
        changes.retain(|change| change.difference() != 0);
        let stacks = |profiles: &BTreeMap<String, CallProfile>| {
            profiles.iter().flat_map(|(workload, profile)| folded(profile, workload)).collect()
        };
        Ok(Some(Self {
            base: base.clone(),
            arm: arm.clone(),
            workloads: before.keys().cloned().collect(),
            changes,
            all,
            base_total,
            new_total,
            stacks: [stacks(&before), stacks(&now)],
        }))
    }
}

/// The profile of an arm on each workload: that of the sample in the middle. What is not there is left out, as
/// when a run's records were moved without its samples.
fn profiles(run: &Run, arm: &ArmId) -> Result<BTreeMap<String, CallProfile>, CallgrindError> {
    let mut samples = BTreeMap::<&str, Vec<(u64, &str)>>::new();
    for record in run.records.iter().filter(|record| record.arm == *arm) {
        if let (Outcome::Instructions(counted), Some(folder)) = (&record.outcome, &record.folder) {
            samples.entry(&record.workload).or_default().push((counted.instructions, folder));
        }
    }
    let mut profiles = BTreeMap::new();
    for (workload, mut samples) in samples {
        samples.sort_unstable();
        let (_, folder) = samples[samples.len() / 2];
        let place = Path::new(folder).join(CALLGRIND_FILE);
        if let Ok(path) = inside(&run.folder, &place) {
            profiles.insert(workload.to_owned(), CallProfile::read(&path)?);
        }
    }
    Ok(profiles)
}

/// Every function of either, by how much it differs.
fn changes<'a>(
    base: impl Iterator<Item = &'a CallProfile>,
    new: impl Iterator<Item = &'a CallProfile>,
) -> Vec<FunctionChange> {
    let mut counts = BTreeMap::<(&str, &str), [u64; 2]>::new();
    let sides = base.map(|profile| (0, profile)).chain(new.map(|profile| (1, profile)));
    for (side, profile) in sides {
        for function in &profile.functions {
            let key = (function.name.as_str(), kind_of(&function.object));
            let count = &mut counts.entry(key).or_default()[side];
            *count = count.saturating_add(function.instructions);
        }
    }
    let change = |((name, object), [base, new]): ((&str, &str), [u64; 2])| FunctionChange {
        name: name.to_owned(),
        object: object.to_owned(),
        base,
        new,
    };
    let mut changes: Vec<_> = counts.into_iter().map(change).collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.difference().unsigned_abs()));
    changes
}

/// The object that a function is in: all subjects are one, as the same function is in another in each arm.
fn kind_of(object: &str) -> &str {
    if object.starts_with("subject-") || object == "subject" { "subject" } else { object }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::fixture;

    /// A run in which both arms have profiles on one workload, and one of them on another.
    fn run(folder: &std::path::Path) -> Run {
        let mut records = Vec::new();
        let mut add = |arm: &str, workload: &str, object: &str, work: u64, malloc: u64| {
            let mut record = fixture::instructed(&fixture::arm(arm), workload, work + malloc);
            let name = format!("samples/{}", records.len());
            fs::create_dir_all(folder.join(&name)).unwrap();
            let text = format!(
                "positions: line\nevents: Ir\nob=(1) /x/{object}\nfn=(1) work\n1 {work}\n\
                 cob=(2) /lib/libc.so.6\ncfn=(2) malloc\ncalls=1 1\n1 {malloc}\n\nob=(2)\nfn=(2)\n1 {malloc}\n"
            );
            fs::write(folder.join(&name).join(CALLGRIND_FILE), text).unwrap();
            record.folder = Some(name);
            records.push(record);
        };
        add("untracked", "fragmentation", "subject-untracked", 100, 50);
        add("counting", "fragmentation", "subject-counting", 140, 40);
        add("counting", "fragmentation", "subject-counting", 1_000, 40);
        add("counting", "fragmentation", "subject-counting", 141, 40);
        add("counting", "basic-structures", "subject-counting", 5, 5);
        Run { folder: folder.to_owned(), ..fixture::run_of(records) }
    }

    #[test]
    fn functions_are_matched_by_name_and_those_that_differ_most_come_first() {
        let folder = tempfile::tempdir().unwrap();
        let run = run(folder.path());
        let [functions] = <[Functions; 1]>::try_from(Functions::of_run(&run).unwrap()).unwrap();
        let told: Vec<_> =
            functions.changes.iter().map(|one| (&*one.name, one.difference())).collect();
        // Of three samples the one in the middle, and only what both have.
        assert_eq!(told, [("work", 41), ("malloc", -10)]);
        assert_eq!(functions.changes[0].object, "subject");
        assert_eq!(functions.workloads, ["fragmentation"]);
        assert_eq!((functions.base_total, functions.new_total), (150, 181));
        assert_eq!(functions.stacks[0], ["fragmentation;work 100", "fragmentation;work;malloc 50"]);
        fs::remove_dir_all(folder.path().join("samples")).unwrap();
        assert_eq!(Functions::of_run(&run).unwrap(), []);
    }
}
