//! Heavier and heavier loads, until one is not held.

use super::{Engine, Executor, Progress};
use crate::plan::group::{Group, round_order};
use crate::plan::procedure::SampleKind;
use crate::record::{Holding, Record, Slot};
use crate::run::error::RunError;

impl<E: Executor> Engine<E> {
    /// Takes the kinds in their order, `times` over; an arm that does not hold one is not asked for the next. All
    /// that take a step are a block.
    pub(super) fn climb(
        &mut self,
        title: &str,
        groups: &[Group],
        kinds: &[SampleKind],
        times: u32,
        progress: &mut dyn Progress,
    ) -> Result<(), RunError> {
        progress.begin(title);
        let steps = kinds.len();
        let all = groups.len() * steps * times as usize;
        let mut done = 0;
        for time in 0..times {
            for index in round_order(groups.len(), self.seed, time) {
                let group = &groups[index];
                let mut climbing = vec![true; group.arms.len()];
                for (step, kind) in kinds.iter().enumerate() {
                    let rate = kind.arrivals.map_or(0, |arrivals| arrivals.rate);
                    let next = format!("{} at {rate}/s", group.workload);
                    progress.tell(done as f64 / all.max(1) as f64, &next);
                    // The steps of a procedure are few.
                    let block = time * steps as u32 + step as u32;
                    self.step(group, kind, block, &mut climbing)?;
                    done += 1;
                }
            }
        }
        progress.end();
        Ok(())
    }

    /// One step of all arms that are still climbing, in a balanced order.
    fn step(
        &mut self,
        group: &Group,
        kind: &SampleKind,
        block: u32,
        climbing: &mut [bool],
    ) -> Result<(), RunError> {
        for (place, arm) in group.order(self.seed, block).into_iter().enumerate() {
            if climbing[arm] {
                // A place is below the number of arms.
                let slot = Slot { block, place: place as u32, warm_up: false, link: None };
                let record = self.sample(group, &group.arms[arm], kind, slot)?;
                climbing[arm] = is_held(&record);
            }
        }
        Ok(())
    }
}

/// Whether a sample held its load; one that failed did not.
fn is_held(record: &Record) -> bool {
    let held = record.outcome.server().and_then(|server| server.load.holding());
    held == Some(Holding::Held)
}
