//! A comparison: how much longer each workload takes than with the base.

use super::ChartError;
use super::dots::{DotPlot, Lane, Row, Unit};
use super::grid::{Grid, NARROW, WHOLE};
use super::looks::looks;
use crate::analyse::comparison::{Comparison, Versus};
use crate::analyse::summary::Ratio;
use crate::common::units;
use crate::present::canvas::Frame;
use crate::present::words;

/// Draws the change of each arm on each workload, with its interval.
///
/// # Errors
///
/// [`ChartError::Nothing`] for a comparison without a change to draw.
pub fn change(comparison: &Comparison) -> Result<String, ChartError> {
    draw_in(comparison, WHOLE)
}

/// The same for a phone.
///
/// # Errors
///
/// As [`change`].
pub fn change_narrow(comparison: &Comparison) -> Result<String, ChartError> {
    draw_in(comparison, NARROW)
}

fn draw_in(comparison: &Comparison, grid: Grid) -> Result<String, ChartError> {
    let Some(first) = comparison.against.first() else { return Err(ChartError::Nothing) };
    let mut rows = comparison.against.iter().flat_map(|versus| &versus.rows);
    if rows.all(|row| row.change.is_none()) {
        // Two recorded runs: their times are not set against each other.
        return Err(ChartError::Nothing);
    }
    let base = comparison.common_base();
    let base = base.map(|(arm, version)| words::arm_title(arm, version));
    let rows = first.rows.iter().map(|row| {
        let of_row = |versus: &Versus| {
            let own = versus.rows.iter().find(|other| other.workload == row.workload);
            let change = own.and_then(|own| own.change);
            Lane {
                ratio: change,
                label: change.map_or("not measured".to_owned(), label),
                failures: own.and_then(|own| own.new.failed.clone()).unwrap_or_default(),
            }
        };
        Row {
            name: row.workload.clone().unwrap_or_else(|| "all".to_owned()),
            note: match (&base, row.base.overhead) {
                (Some(_), Some(overhead)) => {
                    format!("base {}", units::short_factor(overhead.ratio))
                }
                (Some(_), None) => "base not measured".to_owned(),
                (None, _) => String::new(),
            },
            noise: row.noise,
            lanes: comparison.against.iter().map(of_row).collect(),
            total: row.workload.is_none(),
        }
    });
    let arm = |versus: &Versus| match base {
        Some(_) => words::arm_title(&versus.arm, versus.version.as_deref()),
        None => words::versus_title(versus),
    };
    let frame = Frame {
        title: format!("CPU time, divided by that of {}", base.as_deref().unwrap_or("the base")),
        explanation: "Points: mean over paired samples; whiskers: an interval that holds for \
             all rows together. Right of 1× is slower than the base."
            .to_owned(),
        description: describe(comparison),
        provenance: comparison.warnings.iter().map(|warning| format!("Note: {warning}")).collect(),
        ..Frame::default()
    };
    let plot = DotPlot {
        frame,
        width: grid.width,
        unit: Unit::Times,
        axis: "CPU time, new ÷ base (logarithmic)".to_owned(),
        arms: looks(&comparison.against.iter().map(|versus| &versus.arm).collect::<Vec<_>>())
            .into_iter()
            .zip(comparison.against.iter().map(arm))
            .collect(),
        rows: rows.collect(),
    };
    Ok(plot.draw())
}

fn label(change: Ratio) -> String {
    units::short_factor(change.ratio)
}

/// The chart in words.
fn describe(comparison: &Comparison) -> String {
    let arms = comparison.against.iter().map(|versus| {
        let rows = versus.rows.iter().map(|row| {
            let name = row.workload.as_deref().unwrap_or("all");
            format!("{name} {}", row.change.map_or("not measured".to_owned(), label))
        });
        format!("{} ÷ {}: {}", versus.arm, versus.base, rows.collect::<Vec<_>>().join(", "))
    });
    let arms: Vec<String> = arms.collect();
    format!("CPU time, new ÷ base. {}.", arms.join("; "))
}
