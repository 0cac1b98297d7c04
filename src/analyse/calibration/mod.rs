//! What the instrument finds, and where it sees what is not there.
//!
//! ```text
//! costs         a tracker whose cost, memory and losses are known ─▶ what was found of each
//! windows       recorded blocks of a tracker, itself once more, and itself with work added, cut into comparisons
//! slow_downs    in what share of these comparisons the work was found, and where there was none
//! instructions  the same of comparisons that count instructions
//! layouts       one program linked many times: in what share of comparisons it is called different from itself
//! stored        all of it, kept beside the runs, so that every report can show it
//! ```

mod costs;
mod instructions;
mod layouts;
mod slow_downs;
mod stored;
mod windows;

use serde::{Deserialize, Serialize};

pub use costs::{FoundCost, FoundLoss, FoundMemory, KnownCosts};
pub use instructions::{MoreInstructions, MoreLevel, TIMES};
pub use layouts::{Called, Layouts, ORDERS};
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
    /// Planted instructions, by workload.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instructions: Vec<MoreInstructions>,
    /// One program linked many times, by workload.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layouts: Vec<Layouts>,
}

impl Calibration {
    /// That of a run; `None` of a run that is none.
    pub fn of(run: &Run) -> Option<Self> {
        let of = |experiment| -> Vec<&Record> {
            run.records.iter().filter(|record| record.experiment == Some(experiment)).collect()
        };
        let costs = KnownCosts::of(&of(Experiment::KnownCost));
        let planted = of(Experiment::Planted);
        let slow_downs = SlowDowns::all(&planted);
        let instructions = MoreInstructions::all(&planted);
        let layouts = Layouts::all(&of(Experiment::Relinked));
        let environment: &Environment = &run.environment;
        let procedure = environment.procedure.as_ref();
        let calibration = Self {
            machine: environment.machine(),
            started: environment.started.clone(),
            harness: environment.harness(),
            command: environment.command.clone(),
            neighbours: procedure.map_or(0, |procedure| procedure.neighbours),
            is_kept: false,
            costs,
            slow_downs,
            instructions,
            layouts,
        };
        (!calibration.is_empty()).then_some(calibration)
    }

    /// Whether nothing was found.
    fn is_empty(&self) -> bool {
        self.costs.is_none()
            && self.slow_downs.is_empty()
            && self.instructions.is_empty()
            && self.layouts.is_empty()
    }

    /// What is left of it once a newer one is there: what that one did not make on the same machine, too.
    fn beside(mut self, newer: &Self) -> Option<Self> {
        let whose = |one: &Self| (one.machine.clone(), one.neighbours);
        if whose(&self) == whose(newer) {
            self.costs = self.costs.filter(|_| newer.costs.is_none());
            self.slow_downs.retain(|old| !newer.slow_downs.iter().any(|new| new.is_of_what(old)));
            self.instructions
                .retain(|old| !newer.instructions.iter().any(|new| new.workload == old.workload));
            self.layouts
                .retain(|old| !newer.layouts.iter().any(|new| new.workload == old.workload));
        }
        (!self.is_empty()).then_some(self)
    }
}
