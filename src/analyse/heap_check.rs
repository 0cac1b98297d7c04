//! The stability ledger: what each workload left on the heap, by two witnesses.
//!
//! One is our own ground truth, which the subject sends as its last word before it exits; the other is
//! Valgrind Memcheck, which sees every call to `malloc` until the process is gone. The table is that of
//! the Nodepp suite, whose upstream figures stand beside ours.

use protocol::workloads::{self, Traffic, Workload};
use protocol::{FinalHeap, Heap};
use serde::Serialize;

use crate::common::units::count;
use crate::plan::arm::{ArmId, UNTRACKED};
use crate::plan::procedure::Experiment;
use crate::record::{MemcheckFindings, NotFreed, Outcome, Record};

/// What Nodepp publishes for its program of the same name, in the summary table of its
/// "Stability & Memory Benchmarks": another language, allocator and library, and other machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct UpstreamFigures {
    /// Its name there.
    pub name: &'static str,
    /// Blocks allocated, and as many freed.
    pub allocations: u64,
    /// Bytes leaked.
    pub leaked_bytes: u64,
}

/// Where [`UpstreamFigures`] figures come from.
pub const UPSTREAM_SOURCE: &str = "Nodepp, Stability & Memory Benchmarks, performance summary";

/// How a run to the very end is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Judgement {
    /// Everything was freed.
    Clean,
    /// The workload leaks on purpose, and just what both witnesses say.
    OnPurpose,
    /// Something was not freed, or Memcheck found an error.
    Leaks,
    /// It did not run to its end.
    Failed,
}

impl Judgement {
    /// As it stands in tables.
    pub fn label(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::OnPurpose => "leaks, on purpose",
            Self::Leaks => "LEAKS",
            Self::Failed => "FAILED",
        }
    }

    /// Whether it is as it should be.
    pub fn is_good(self) -> bool {
        matches!(self, Self::Clean | Self::OnPurpose)
    }
}

/// What the ground truth counted of a whole process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// Blocks allocated, a reallocation counted as one more, as Memcheck does.
    pub allocations: u64,
    /// Blocks freed, likewise.
    pub frees: u64,
    /// Bytes allocated.
    pub bytes: u64,
    /// What the program allocated since its `main` began, and did not free.
    pub left: NotFreed,
    /// What the tracker holds for itself at the end.
    pub own: NotFreed,
}

impl Counted {
    fn of(heap: &FinalHeap) -> Self {
        let (program, own) = (&heap.program, &heap.own);
        let both = |figure: fn(&Heap) -> u64| figure(program) + figure(own);
        Self {
            allocations: both(|heap| heap.allocations + heap.reallocations),
            frees: both(|heap| heap.deallocations + heap.reallocations),
            bytes: both(|heap| heap.allocated_bytes),
            left: NotFreed {
                allocations: program.live_allocations.saturating_sub(heap.at_main.live_allocations),
                bytes: program.live_bytes.saturating_sub(heap.at_main.live_bytes),
            },
            own: NotFreed { allocations: own.live_allocations, bytes: own.live_bytes },
        }
    }
}

/// Why Memcheck counts more than the ground truth.
pub const BEYOND_RUST: &str = "Memcheck counts some allocations that never pass Rust's global allocator: the C \
    library's (thread-local storage of each thread) and the standard library's own (thread handles).";

/// What notes several tests have in common: each note once, with the tests it is about.
pub fn notes(entries: &[HeapCheck]) -> Vec<(Vec<&str>, &str)> {
    let mut notes: Vec<(Vec<&str>, &str)> = Vec::new();
    for entry in entries {
        for said in &entry.notes {
            match notes.iter_mut().find(|(_, known)| known == said) {
                Some((tests, _)) => tests.push(&entry.workload),
                None => notes.push((vec![&entry.workload], said)),
            }
        }
    }
    notes
}

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeapCheck {
    /// The workload.
    pub workload: String,
    /// Its title.
    pub title: String,
    /// The arm.
    #[serde(serialize_with = "ArmId::serialize_name")]
    pub arm: ArmId,
    /// What the test is to show.
    pub objective: &'static str,
    /// How much was done.
    pub load: String,
    /// What Memcheck found; absent without Valgrind.
    pub memcheck: Option<MemcheckFindings>,
    /// What the ground truth counted.
    pub counted: Option<Counted>,
    /// What Nodepp publishes.
    pub upstream: Option<UpstreamFigures>,
    /// The judgement.
    pub judgement: Judgement,
    /// Why, and what the two witnesses differ in.
    pub notes: Vec<String>,
}

impl HeapCheck {
    /// The entry of a record that belongs to a verification.
    pub fn of(record: &Record) -> Option<Self> {
        if record.experiment != Some(Experiment::Verify) {
            return None;
        }
        let meta = workloads::find(&record.workload);
        let (memcheck, final_heap) = match &record.outcome {
            Outcome::Verify(verified) => (verified.memcheck.clone(), verified.final_heap),
            Outcome::Failed(failed) => (failed.memcheck.clone(), None),
            _ => (None, None),
        };
        let counted = final_heap.as_ref().map(Counted::of);
        let (judgement, mut notes) = judge(record, meta, memcheck.as_ref(), counted.as_ref());
        if let (Some(found), Some(counted)) = (&memcheck, &counted) {
            notes.push(difference(found, counted));
            notes.extend(suppressed(found));
        }
        Some(Self {
            title: meta.map_or(record.workload.clone(), |meta| meta.title.to_owned()),
            workload: record.workload.clone(),
            arm: record.arm.clone(),
            objective: objective(&record.workload),
            load: meta.map_or(String::new(), |meta| load(meta, record.params.scale)),
            memcheck,
            counted,
            upstream: upstream(&record.workload),
            judgement,
            notes,
        })
    }
}

fn judge(
    record: &Record,
    meta: Option<&Workload>,
    memcheck: Option<&MemcheckFindings>,
    counted: Option<&Counted>,
) -> (Judgement, Vec<String>) {
    if let Some(failure) = record.outcome.failure() {
        return (Judgement::Failed, vec![failure]);
    }
    let Some(counted) = counted else {
        return (
            Judgement::Failed,
            vec!["the subject did not report its final heap count".to_owned()],
        );
    };
    let mut notes = Vec::new();
    if let Some(found) = memcheck.filter(|found| found.errors > 0) {
        notes.push(format!(
            "Memcheck: {} errors, of which {}",
            found.errors,
            found.places.join("; ")
        ));
        return (Judgement::Leaks, notes);
    }
    let untracked = record.arm.tracker == UNTRACKED;
    // A tracker may hold its own heap until the exit: its cost, not the program's leak.
    let theirs = if untracked { NotFreed::default() } else { counted.own };
    let seen = memcheck.map(|found| {
        let left = found.left();
        NotFreed {
            allocations: left.allocations.saturating_sub(theirs.allocations),
            bytes: left.bytes.saturating_sub(theirs.bytes),
        }
    });
    if theirs.allocations > 0 {
        notes.push(format!("the tracker itself holds {} at the end", words(theirs)));
    }
    if meta.is_some_and(|workload| workload.leaks_on_purpose) {
        let agreed = seen.is_none_or(|seen| !untracked || seen == counted.left);
        notes.push(format!("it leaks on purpose: {}", words(counted.left)));
        if agreed && counted.left.allocations > 0 {
            return (Judgement::OnPurpose, notes);
        }
        notes.push("but the two witnesses do not agree on it".to_owned());
        return (Judgement::Leaks, notes);
    }
    let mut left = counted.left;
    if let Some(kept) = memcheck.and_then(MemcheckFindings::kept_by_libraries)
        && (1..=kept.allocations).contains(&left.allocations)
        && left.bytes <= kept.bytes
    {
        notes.push(format!("{} are kept by a library's static, by Memcheck's stacks", words(left)));
        left = NotFreed::default();
    }
    let leak = [("the ground truth", Some(left)), ("Memcheck", seen)]
        .into_iter()
        .filter_map(|(witness, left)| Some((witness, left.filter(|left| left.allocations > 0)?)));
    let leaks: Vec<String> =
        leak.map(|(witness, left)| format!("{witness}: {} not freed", words(left))).collect();
    if leaks.is_empty() {
        return (Judgement::Clean, notes);
    }
    notes.extend(leaks);
    if let Some(found) = memcheck {
        notes.extend(found.places.iter().take(5).cloned());
    }
    (Judgement::Leaks, notes)
}

/// What the witnesses differ in.
fn difference(found: &MemcheckFindings, counted: &Counted) -> String {
    let more = found.allocations.checked_sub(counted.allocations);
    let bytes = found.bytes.checked_sub(counted.bytes);
    match more.zip(bytes) {
        Some((0, 0)) => {
            "Memcheck and the ground truth agree to the allocation and the byte".to_owned()
        }
        Some((allocations, bytes)) => {
            format!("Memcheck counts {} more", words(NotFreed { allocations, bytes }))
        }
        None => format!(
            "Memcheck counts fewer: {} allocations and {} bytes against {} and {}; that should not be",
            count(found.allocations),
            count(found.bytes),
            count(counted.allocations),
            count(counted.bytes)
        ),
    }
}

fn suppressed(found: &MemcheckFindings) -> Option<String> {
    let names: Vec<&str> = found.suppressions.iter().map(|(name, _)| name.as_str()).collect();
    (found.suppressed.allocations > 0)
        .then(|| format!("suppressed by name: {} ({})", words(found.suppressed), names.join(", ")))
}

/// `1 allocation, 48 bytes`.
fn words(left: NotFreed) -> String {
    let plural = |n: u64| if n == 1 { "" } else { "s" };
    format!(
        "{} allocation{}, {} byte{}",
        count(left.allocations),
        plural(left.allocations),
        count(left.bytes),
        plural(left.bytes)
    )
}

fn objective(workload: &str) -> &'static str {
    match workload {
        "http-longevity" => "HTTP server under load",
        "rapid-lifecycle" => "shared pointer and event stress",
        "broken-pipe" => "I/O failure resilience",
        "worker-channel" => "multi-thread message passing",
        _ => "everything freed at the end",
    }
}

fn load(meta: &Workload, scale: f64) -> String {
    let scaled = |number: u32| count(workloads::scaled(number, scale) as u64);
    match (meta.traffic(), meta.name) {
        (Some(Traffic::Answered), _) => format!("{} requests", scaled(workloads::CONNECTIONS)),
        (Some(Traffic::Broken), _) => format!("{} interruptions", scaled(workloads::CONNECTIONS)),
        (None, "rapid-lifecycle") => format!("{} object cycles", scaled(1_000_000)),
        (None, "worker-channel") => format!("{} tasks, 2 workers", scaled(100_000)),
        _ => format!("scale {scale}"),
    }
}

fn upstream(workload: &str) -> Option<UpstreamFigures> {
    let (name, allocations) = match workload {
        "http-longevity" => ("Atomic Longevity", 6_644_971),
        "rapid-lifecycle" => ("Rapid Lifecycle", 14_000_173),
        "broken-pipe" => ("Broken Pipe", 2_645_840),
        "worker-channel" => ("Worker/Channel Integrity", 2_000_157),
        _ => return None,
    };
    Some(UpstreamFigures { name, allocations, leaked_bytes: 0 })
}
