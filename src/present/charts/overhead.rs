//! Overhead by workload: what tracking costs in wall time.

use super::dots::{DotPlot, Lane, Row, Unit};
use super::grid::{Grid, WHOLE};
use super::{ChartError, describe, is_crowded, tracked_cells, untracked_note};
use crate::analyse::summary::{Overall, Ratio, Summary};
use crate::common::units;
use crate::present::canvas::Frame;
use crate::present::words;

pub(super) const TITLE: &str = "What tracking costs: CPU time, tracked ÷ untracked";

/// Draws the overhead of each arm on each workload, with its interval, and how far identical programs differ.
///
/// # Errors
///
/// [`ChartError::Nothing`] for a summary without tracked arms, or with too many for a plot of points.
pub fn overhead(summary: &Summary) -> Result<String, ChartError> {
    draw_in(summary, WHOLE)
}

/// The same in a picture of any width.
pub(super) fn draw_in(summary: &Summary, grid: Grid) -> Result<String, ChartError> {
    if is_crowded(summary) {
        return Err(ChartError::Nothing);
    }
    let noun = words::workload_noun(&summary.workloads);
    let mut rows: Vec<Row> = Vec::new();
    for (workload, cells) in tracked_cells(summary)? {
        rows.push(Row {
            name: workload.workload.clone(),
            note: untracked_note(workload, |untracked| untracked.cpu_s.map(units::seconds)),
            noise: workload.noise.and_then(|noise| noise.factor),
            lanes: cells
                .iter()
                .map(|cell| Lane {
                    ratio: cell.and_then(|cell| cell.overhead),
                    label: label(cell.and_then(|cell| cell.overhead)),
                    failures: cell.map_or(String::new(), |cell| words::failures(&cell.failures)),
                })
                .collect(),
            total: false,
        });
    }
    if rows.len() > 1 {
        rows.push(total(summary, noun));
    }
    let frame = Frame {
        title: TITLE.to_owned(),
        explanation:
            "Points: mean over paired samples, one process each; whiskers, where wider than \
             the point: its 95 % interval. 1× is no cost; further right is slower."
                .to_owned(),
        description: alt(summary),
        provenance: words::provenance(summary),
        ..Frame::default()
    };
    let plot = DotPlot {
        frame,
        width: grid.width,
        axis: "CPU time, tracked ÷ untracked (logarithmic)".to_owned(),
        unit: Unit::Times,
        arms: super::signs(summary),
        rows,
    };
    Ok(plot.draw())
}

pub(super) fn alt(summary: &Summary) -> String {
    let noun = words::workload_noun(&summary.workloads);
    describe(&format!("Overhead in CPU time by {noun}"), summary, |cell| cell.overhead)
}

fn total(summary: &Summary, noun: &str) -> Row {
    let all = summary.workloads.len();
    let lane = |overall: &Overall| {
        let mut label = match overall.overhead {
            Some(Ratio { ratio, low: Some(low), high: Some(high), .. }) => {
                format!(
                    "{} ({})",
                    units::short_factor(ratio),
                    units::short_interval(ratio, low, high)
                )
            }
            other => label(other),
        };
        if overall.overhead.is_some() && overall.workloads < all {
            label += &format!(", {} of {all}", overall.workloads);
        }
        Lane { ratio: overall.overhead, label, failures: String::new() }
    };
    Row {
        name: format!("all {all} {noun}s"),
        note: "geometric mean".to_owned(),
        noise: summary.noise.and_then(|noise| noise.factor),
        lanes: summary.overall.iter().map(lane).collect(),
        total: true,
    }
}

fn label(ratio: Option<Ratio>) -> String {
    ratio.map_or("not measured".to_owned(), |ratio| units::short_factor(ratio.ratio))
}
