//! What is found of costs that are known: a straight line, if the instrument is right.

use super::ChartError;
use super::grid::{Grid, Size, WHOLE};
use super::panel::{panel, short_time};
use crate::analyse::calibration::{Calibration, FoundCost};
use crate::analyse::summary::Summary;
use crate::present::canvas::{Axis, Direction, Entry, Frame, GREY, NOTE, Stroke, marker};
use crate::present::words;

pub(super) const TITLE: &str = "Known costs, and what is found of them";

const PANEL: Size = Size { left: 70.0, height: 300.0, below: 0.0 };
/// Where both are the same.
const SAME: Stroke = Stroke::new(GREY, 1.0).dashed();

/// Draws what was found over what is known, both in nanoseconds for each event and logarithmic.
///
/// # Errors
///
/// [`ChartError::Nothing`] without such a calibration.
pub fn known_costs(summary: &Summary) -> Result<String, ChartError> {
    draw_in(summary, WHOLE)
}

/// The same in a picture of any width.
pub(super) fn draw_in(summary: &Summary, grid: Grid) -> Result<String, ChartError> {
    let costs = costs(summary);
    if costs.is_empty() {
        return Err(ChartError::Nothing);
    }
    let frame = Frame {
        title: TITLE.to_owned(),
        explanation: "A tracker that works so many nanoseconds for each event of the program, and what that costs \
                      by the estimator of all overheads; whiskers: 95 % interval. On the dashed line both are the \
                      same."
            .to_owned(),
        description: alt(summary),
        legend: vec![
            Entry::point(marker(0), "found"),
            Entry::line(SAME, "what is known"),
        ],
        provenance: words::provenance_of_calibrations(made(summary)),
    };
    Ok(frame.draw_at(grid.width, |canvas, top| {
        let area = grid.place(PANEL, top, 0);
        panel(canvas, area, "found, for each event");
        let ends = costs.iter().flat_map(|one| [one.planted_ns, one.low_ns.max(0.1), one.high_ns]);
        let ends: Vec<_> = ends.map(|ns| (ns, 0.0)).collect();
        let up = Axis::logarithmic(area, Direction::Up, &ends);
        up.draw(canvas, |ns| short_time(ns / 1e9));
        let right = Axis::logarithmic(area, Direction::Across, &ends);
        right.draw(canvas, |ns| short_time(ns / 1e9));
        let line: Vec<_> =
            costs.iter().map(|one| (right.at(one.planted_ns), up.at(one.planted_ns))).collect();
        canvas.line(&line, SAME);
        for one in &costs {
            let x = right.at(one.planted_ns);
            canvas.tip(&told(one), |canvas| {
                let whisker = [(x, up.at(one.low_ns.max(0.1))), (x, up.at(one.high_ns))];
                canvas.line(&whisker, Stroke::new(marker(0).colour, 2.0));
                canvas.marker((x, up.at(one.found_ns)), marker(0));
            });
        }
        canvas.text("known", (area.middle().0, area.bottom() + 29.0), NOTE.centred());
        area.bottom() + 44.0
    }))
}

/// The calibrations in which they were looked for.
fn made(summary: &Summary) -> impl Iterator<Item = &Calibration> + Clone {
    summary.calibrations.iter().filter(|calibration| calibration.costs.is_some())
}

/// Those above zero, which alone have a place on a logarithmic axis.
fn costs(summary: &Summary) -> Vec<FoundCost> {
    let costs = made(summary).filter_map(|calibration| calibration.costs.as_ref());
    let all = costs.flat_map(|costs| costs.costs.iter().copied());
    all.filter(|one| one.planted_ns > 0.0 && one.found_ns > 0.0).collect()
}

fn told(one: &FoundCost) -> String {
    format!(
        "{} ns: {:.1} ns found [{:.1} to {:.1}]",
        one.planted_ns, one.found_ns, one.low_ns, one.high_ns
    )
}

pub(super) fn alt(summary: &Summary) -> String {
    let words: Vec<_> = costs(summary).iter().map(told).collect();
    format!("What is found of known costs, for each event. {}.", words.join("; "))
}
