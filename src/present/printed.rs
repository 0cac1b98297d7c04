//! What is printed in a terminal: the tables of each verb, and what a run ends with.

use std::path::Path;

use super::table::{Renderer, Table, Terminal};
use super::{
    accuracy, adoption, allocators, calibration, claims, costs, experiments, features, glance,
    headline, heap_check, instructions, latency, load, own_program, prediction, profiles, warnings,
};
use crate::analyse::adoption::Adoption;
use crate::analyse::calibration::Calibration;
use crate::analyse::claims::JudgedClaim;
use crate::analyse::heap_check::HeapCheck;
use crate::analyse::latency::CallLatency;
use crate::analyse::load::LoadClimb;
use crate::analyse::own_program::ToolOnProgram;
use crate::analyse::prediction::{Prediction, Program};
use crate::analyse::profile::Profile;
use crate::analyse::soak::SoakResult;
use crate::analyse::summary::{Ladder, Summary, ThreadCell};
use crate::common::units;
use crate::plan::catalog::Catalog;

/// What a run ends with: the table, what it says, and where the page is.
pub fn closing(summary: &Summary, page: &Path, colour: bool) -> String {
    let mut tables = Vec::new();
    // Without a tracker there is nothing to compare; servers have figures of their own all the same.
    let calibrations = calibration::made(summary);
    let others = !summary.services.is_empty()
        || !summary.instructions.is_empty()
        || !calibrations.is_empty();
    if !summary.overall.is_empty() || !others {
        tables.push(costs::by_arm(summary).bare());
    }
    tables.extend(allocators::allocators(&summary.allocators).filled());
    tables.extend(instructions::cells(&summary.instructions).filled());
    tables.extend(calibrations);
    // One alone has its grade in the table of costs.
    if summary.overall.len() > 1 && !summary.standings.is_empty() {
        tables.push(glance::overview(summary).bare());
    }
    if !summary.services.is_empty() {
        tables.push(heap_check::services(&summary.services));
    }
    let terminal = Terminal::here(colour);
    let tables: Vec<String> = tables.iter().map(|table| terminal.render(table)).collect();
    let mut text = tables.join("\n\n");
    for warning in warnings::of(summary) {
        text += &format!("\n\nNote: {warning}");
    }
    if let Some(headline) = headline(summary) {
        text += &format!("\n\n{headline}");
    }
    if let Some(share) = summary.measured_share {
        text += &format!(
            "\nMeasuring took {:.0} s, {} of it in the measured regions themselves.",
            summary.measuring_s,
            units::percent(share)
        );
    }
    text + &format!("\nReport: {}", page.display())
}

/// Every table about accuracy: verdicts, own heap, leaks, growth, tracker reports.
pub fn accuracy_tables(summary: &Summary) -> String {
    below_each_other(&accuracy::tables(summary))
}

/// What the instrument finds.
pub fn calibration_tables(all: &[Calibration]) -> String {
    below_each_other(&calibration::of(all))
}

/// What tools cost the reader's own program, and count of it.
pub fn own_program_table(tools: &[ToolOnProgram]) -> String {
    below_each_other(&[own_program::table(tools)])
}

/// What trackers bring into a program.
pub fn adoption_table(adoptions: &[Adoption]) -> String {
    below_each_other(&[adoption::table(adoptions)])
}

/// Overhead and capture by number of threads.
pub fn threads_table(cells: &[ThreadCell]) -> String {
    below_each_other(&[experiments::threads(cells)])
}

/// Cost and accuracy by size, and how they grow.
pub fn sizes_tables(summary: &Summary) -> String {
    below_each_other(&[
        experiments::sizes(&summary.sizes),
        experiments::size_growth(&summary.size_growth),
    ])
}

/// The cost ladder.
pub fn ladder_table(ladders: &[Ladder]) -> String {
    below_each_other(&[experiments::ladder(ladders)])
}

/// How long single allocations take.
pub fn latency_table(latencies: &[CallLatency]) -> String {
    below_each_other(&[latency::calls(latencies)])
}

/// Which rates of requests are held, and how long requests take at each.
pub fn load_tables(loads: &[LoadClimb]) -> String {
    below_each_other(&[load::held(loads), load::steps(loads)])
}

/// The lines that allocate most.
pub fn profile_tables(profiles: &[Profile]) -> String {
    below_each_other(&profiles.iter().map(profiles::table).collect::<Vec<_>>())
}

/// What was left on the heap.
pub fn ledger_table(entries: &[HeapCheck]) -> String {
    Terminal::here(false).render(&heap_check::ledger(entries))
}

/// The slopes of soaks.
pub fn soak_table(soaks: &[SoakResult]) -> String {
    Terminal::here(false).render(&heap_check::soaks(soaks))
}

/// Public claims, judged.
pub fn claims_table(judged: &[JudgedClaim], colour: bool) -> String {
    Terminal::here(colour).render(&claims::table(judged)) + "\n"
}

/// What each tracker of the catalogue is.
pub fn features_table(catalog: &Catalog) -> String {
    below_each_other(&[features::features(catalog)])
}

fn below_each_other(tables: &[Table]) -> String {
    let terminal = Terminal::here(false);
    tables.iter().map(|table| terminal.render(table) + "\n").collect::<Vec<_>>().join("\n")
}

/// What each tracker would cost a program.
pub fn predicted_table(all: &[Prediction], program: &Program, colour: bool) -> String {
    Terminal::here(colour).render(&prediction::of_program(all, program))
}

/// Columns of the terminal that standard output is, if it is one.
pub fn terminal_width() -> Option<u16> {
    Terminal::here(false).width
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn the_closing_names_the_page() {
        let mut summary = fixture::plain_summary();
        summary.environments[0].settings.params.scale = 0.1;
        let closing = closing(&summary, Path::new("runs/one/index.html"), false);
        let after_table = closing.rsplit('┘').next().unwrap();
        insta::assert_snapshot!(after_table.trim());
    }
}
