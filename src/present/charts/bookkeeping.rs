//! What a tracker holds for itself per allocation that the program holds.

use super::dots::{DotPlot, Lane, Row, Unit};
use super::grid::{Grid, WHOLE};
use super::looks::looks;
use super::{ChartError, is_crowded};
use crate::analyse::accuracy::Audit;
use crate::analyse::summary::{Content, Ratio, Summary};
use crate::common::units;
use crate::plan::arm::{ArmId, in_order};
use crate::present::canvas::Frame;
use crate::present::words;

pub(super) const TITLE: &str = "Bookkeeping: what a tracker holds per live allocation";

/// Draws the tracker's own heap at its peak, divided by the allocations that the program held at its own.
///
/// # Errors
///
/// [`ChartError::Nothing`] for a summary without audits.
pub fn bookkeeping(summary: &Summary) -> Result<String, ChartError> {
    draw_in(summary, WHOLE)
}

/// The same in a picture of any width.
pub(super) fn draw_in(summary: &Summary, grid: Grid) -> Result<String, ChartError> {
    let (arms, rows) = table(summary);
    if is_crowded(summary) {
        return Err(ChartError::Nothing);
    }
    if rows.iter().all(|(_, cells)| cells.iter().flatten().all(|audit| figure(audit).is_none())) {
        return Err(ChartError::Nothing);
    }
    let rows = rows.into_iter().map(|(workload, cells)| Row {
        name: workload.to_owned(),
        note: String::new(),
        noise: None,
        lanes: cells.into_iter().map(lane).collect(),
        total: false,
    });
    let frame = Frame {
        title: TITLE.to_owned(),
        explanation: "Bytes that the tracker allocated for itself, at their peak, divided by the most allocations \
                      that the program held at once. Counted by the allocator around it; what a tracker \
                      keeps outside the heap is not in it. Further left is less."
            .to_owned(),
        description: alt(summary),
        provenance: words::provenance_of(summary, &[Content::Audited]),
        ..Frame::default()
    };
    let plot = DotPlot {
        frame,
        width: grid.width,
        axis: "own heap for each live allocation (logarithmic)".to_owned(),
        unit: Unit::Bytes,
        arms: looks(&arms.iter().map(|(arm, _)| *arm).collect::<Vec<_>>())
            .into_iter()
            .zip(arms.into_iter().map(|(arm, version)| words::arm_title(arm, version)))
            .collect(),
        rows: rows.collect(),
    };
    Ok(plot.draw())
}

pub(super) fn alt(summary: &Summary) -> String {
    let words = summary.audits.iter().filter_map(|audit| {
        Some(format!("{} on {}: {}", audit.arm, audit.workload, units::bytes(figure(audit)?)))
    });
    format!("The tracker's own heap per live allocation. {}.", words.collect::<Vec<_>>().join("; "))
}

fn figure(audit: &Audit) -> Option<f64> {
    audit.own_heap?.peak_bytes_per_live_allocation
}

/// An arm's name, and the version that ran.
type Arm<'a> = (&'a ArmId, Option<&'a str>);

/// A workload, and its audits in the order of the arms.
type Audits<'a> = (&'a str, Vec<Option<&'a Audit>>);

/// The arms, and for each workload their audits in the same order.
fn table(summary: &Summary) -> (Vec<Arm<'_>>, Vec<Audits<'_>>) {
    let names = in_order(summary.audits.iter().map(|audit| &audit.arm));
    let arms = names.iter().map(|&name| {
        let own = summary.audits.iter().filter(|audit| audit.arm == *name);
        (name, own.filter_map(|audit| audit.version.as_deref()).next())
    });
    let workloads = summary.audited_workloads(|_| true);
    let rows = workloads.into_iter().map(|workload| {
        let cell = |arm: &&ArmId| summary.audit(workload, arm);
        (workload, names.iter().map(cell).collect())
    });
    (arms.collect(), rows.collect())
}

fn lane(audit: Option<&Audit>) -> Lane {
    let own = audit.and_then(figure);
    let drawn = own.filter(|&bytes| bytes > 0.0);
    Lane {
        ratio: drawn.map(|bytes| Ratio { ratio: bytes, low: None, high: None, blocks: 1 }),
        label: match own {
            Some(0.0) => "nothing on the heap".to_owned(),
            own => own.map_or("not counted".to_owned(), units::bytes),
        },
        failures: audit
            .filter(|audit| audit.failure.is_some())
            .map_or(String::new(), |_| "the audit failed".to_owned()),
    }
}
