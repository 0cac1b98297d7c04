//! Many trackers on all workloads: more than a plot of points can show.

use super::grid::{Grid, WHOLE};
use super::heat::{HeatCell, HeatColour, HeatMap, HeatRow, RatioScale};
use super::{ChartError, arm_titles, describe, grades, is_crowded, tracked_cells};
use crate::analyse::summary::{Cell, Content, Overall, Ratio, Summary, Verdict};
use crate::present::canvas::Frame;
use crate::present::words;

pub(super) const OVERHEAD: &str = "What tracking costs, by workload: CPU time, tracked ÷ untracked";
pub(super) const MEMORY: &str =
    "What tracking holds, by workload: peak memory, tracked ÷ untracked";
pub(super) const ACCURACY: &str =
    "How accurate it is, by workload: by how much the worst figure is off";

/// Draws the overhead of many trackers.
pub(super) fn overhead(summary: &Summary) -> Result<String, ChartError> {
    overhead_in(summary, WHOLE)
}

/// The same in a picture of any width.
pub(super) fn overhead_in(summary: &Summary, grid: Grid) -> Result<String, ChartError> {
    let text = "CPU time with the tracker ÷ without. 1× costs nothing. Colours are on a logarithmic scale: the \
                darker, the more. Right: the geometric mean of all workloads that it completed.";
    let figures: Figures = (|cell| cell.overhead, |overall| overall.overhead);
    ratios((summary, grid), OVERHEAD, text, figures)
}

/// Draws their peak memory.
pub(super) fn memory(summary: &Summary) -> Result<String, ChartError> {
    memory_in(summary, WHOLE)
}

/// The same in a picture of any width.
pub(super) fn memory_in(summary: &Summary, grid: Grid) -> Result<String, ChartError> {
    let text = "The largest resident set of the process with the tracker ÷ without. Colours are on a logarithmic \
                scale: the darker, the more. Right: the geometric mean of all workloads that it completed.";
    ratios((summary, grid), MEMORY, text, (|cell| cell.memory, |overall| overall.memory))
}

pub(super) fn overhead_alt(summary: &Summary) -> String {
    describe(OVERHEAD, summary, |cell| cell.overhead)
}

pub(super) fn memory_alt(summary: &Summary) -> String {
    describe(MEMORY, summary, |cell| cell.memory)
}

/// What is drawn of a cell, and of all of a tracker.
type Figures = (fn(&Cell) -> Option<Ratio>, fn(&Overall) -> Option<Ratio>);

fn ratios(
    (summary, grid): (&Summary, Grid),
    title: &str,
    explanation: &str,
    (figure, over_all): Figures,
) -> Result<String, ChartError> {
    if !is_crowded(summary) {
        return Err(ChartError::Nothing);
    }
    let cells = tracked_cells(summary)?;
    let all = summary.workloads.iter().flat_map(|one| &one.cells).filter_map(figure);
    let scale = RatioScale::of(all.map(|ratio| ratio.ratio));
    let rows = summary.overall.iter().zip(arm_titles(summary)).enumerate();
    let rows = rows.map(|(arm, (overall, name))| {
        let own = cells.iter().map(|(_, cells)| {
            let failed = cells[arm].and_then(|cell| cell.failures.first());
            let ratio = cells[arm].and_then(figure).map(|ratio| ratio.ratio);
            scale.cell(ratio, failed.map(|failed| failed.failure.label()))
        });
        let total = scale.cell(over_all(overall).map(|ratio| ratio.ratio), None);
        HeatRow { name, note: String::new(), cells: own.chain([total]).collect() }
    });
    let mut columns: Vec<String> =
        summary.workloads.iter().map(|workload| workload.workload.clone()).collect();
    columns.push("all".to_owned());
    let frame = Frame {
        title: title.to_owned(),
        explanation: explanation.to_owned(),
        description: describe(title, summary, figure),
        provenance: words::provenance(summary),
        ..Frame::default()
    };
    Ok(HeatMap { frame, columns, rows: rows.collect() }.draw_in(grid))
}

/// Draws the grade of many trackers on each workload on which any was audited.
pub(super) fn accuracy(summary: &Summary) -> Result<String, ChartError> {
    accuracy_in(summary, WHOLE)
}

/// The same in a picture of any width.
pub(super) fn accuracy_in(summary: &Summary, grid: Grid) -> Result<String, ChartError> {
    if !is_crowded(summary) || summary.audits.is_empty() {
        return Err(ChartError::Nothing);
    }
    let columns = summary.audited_workloads(|_| true);
    let rows = summary.standings.iter().map(|standing| {
        let cells = columns.iter().map(|workload| {
            match summary.audit(workload, &standing.arm).map(Verdict::of) {
                Some(told) => {
                    HeatCell { text: grades::label_in(grid, told), colour: HeatColour::Told(told) }
                }
                None => HeatCell { text: String::new(), colour: HeatColour::Blank },
            }
        });
        let name = words::arm_title(&standing.arm, standing.version.as_deref());
        HeatRow { name, note: String::new(), cells: cells.collect() }
    });
    let frame = Frame {
        title: ACCURACY.to_owned(),
        explanation: "Each cell is as good as the worst figure that the tracker reports there, against what was \
                      counted: the factor says how far that is off, and half is as far off as double. ∞ is something \
                      where there is nothing, or nothing where there is something. The darker, the worse; blank was \
                      not audited."
            .to_owned(),
        description: accuracy_alt(summary),
        legend: grades::legend(summary.audits.iter().map(|audit| audit.grade)),
        provenance: words::provenance_of(summary, &[Content::Audited]),
    };
    let rows = rows.collect();
    let columns = columns.into_iter().map(str::to_owned).collect();
    Ok(HeatMap { frame, columns, rows }.draw_in(grid))
}

pub(super) fn accuracy_alt(summary: &Summary) -> String {
    let cells = summary
        .audits
        .iter()
        .map(|audit| format!("{} on {}: {}", audit.arm, audit.workload, audit.grade.word()));
    format!("{ACCURACY}. {}.", cells.collect::<Vec<_>>().join("; "))
}
