//! What each workload left on the heap, by two witnesses: the lines of the stability ledger.
//!
//! One is our own ground truth, which the subject sends just before it exits; the other is Valgrind
//! Memcheck, which sees every call to `malloc` until the process is gone. The ledger is that of the Nodepp
//! suite, whose published figures stand beside ours.

mod judge;
mod upstream;

use protocol::workloads;
use protocol::{FinalHeap, Heap};
use serde::Serialize;

pub use upstream::{UPSTREAM_SOURCE, UpstreamFigures};

use crate::plan::arm::{ArmId, UNTRACKED};
use crate::plan::procedure::Experiment;
use crate::record::{MemcheckFindings, NotFreed, Outcome, Record};
use judge::{Evidence, difference, suppressed};
use upstream::{load, objective, upstream};

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

    /// Whether nothing is wrong.
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
        let both = |figure: fn(&Heap) -> u64| figure(program).saturating_add(figure(own));
        Self {
            allocations: both(|heap| heap.allocations.saturating_add(heap.reallocations)),
            frees: both(|heap| heap.deallocations.saturating_add(heap.reallocations)),
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
        let evidence = Evidence {
            failure: record.outcome.failure(),
            memcheck: memcheck.as_ref(),
            counted: counted.as_ref(),
            untracked: record.arm.tracker == UNTRACKED,
            leaks_on_purpose: meta.is_some_and(|workload| workload.leaks_on_purpose),
        };
        let (judgement, mut notes) = evidence.judge();
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
