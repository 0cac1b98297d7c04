//! What the instrument finds, and where it sees what is not there.
//!
//! ```text
//! costs       a tracker whose cost, memory and losses are known ─▶ what was found of each
//! windows     recorded blocks of a tracker, itself once more, and itself with work added, cut into comparisons
//! slow_downs  in what share of these comparisons the work was found, and where there was none
//! stored      both, kept beside the runs, so that every report can show them
//! ```

mod costs;
mod slow_downs;
mod stored;
mod windows;

use serde::{Deserialize, Serialize};

pub use costs::{FoundCost, FoundLoss, FoundMemory, KnownCosts};
pub use slow_downs::{Counted, Found, Level, ROWS, SECONDS, SlowDowns};
pub use stored::{FILE, load, store};

use crate::plan::procedure::Experiment;
use crate::record::environment::Environment;
use crate::record::{Record, Run};

/// One calibration: a run of `memscope-bench calibrate`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Where: processor, cores, memory, system.
    pub machine: String,
    /// When it began.
    pub started: String,
    /// The harness and its revision.
    pub harness: String,
    /// The command, by which it can be made again.
    pub command: String,
    /// Neighbours that loaded the machine's memory meanwhile.
    pub neighbours: u32,
    /// Whether it was made earlier and only kept for other reports.
    #[serde(skip)]
    pub is_kept: bool,
    /// Known costs, and what was found of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub costs: Option<KnownCosts>,
    /// Planted slow-downs, by workload.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slow_downs: Vec<SlowDowns>,
}

impl Calibration {
    /// That of a run; `None` of a run that is none.
    pub fn of(run: &Run) -> Option<Self> {
        let of = |experiment| -> Vec<&Record> {
            run.records.iter().filter(|record| record.experiment == Some(experiment)).collect()
        };
        let costs = KnownCosts::of(&of(Experiment::KnownCost));
        let slow_downs = SlowDowns::all(&of(Experiment::Planted));
        if costs.is_none() && slow_downs.is_empty() {
            return None;
        }
        let environment: &Environment = &run.environment;
        let procedure = environment.procedure.as_ref();
        Some(Self {
            machine: environment.machine(),
            started: environment.started.clone(),
            harness: environment.harness(),
            command: environment.command.clone(),
            neighbours: procedure.map_or(0, |procedure| procedure.neighbours),
            is_kept: false,
            costs,
            slow_downs,
        })
    }

    /// Whether another one was made of the same, and takes its place.
    fn replaces(&self, other: &Self) -> bool {
        let what = |one: &Self| (one.machine.clone(), one.neighbours, one.costs.is_some());
        what(self) == what(other)
    }
}
