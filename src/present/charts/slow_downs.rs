//! In what share of comparisons a planted slow-down is found, over the time that is spent.

use super::ChartError;
use super::panel::panel;
use crate::analyse::calibration::{Calibration, Found, Level, SlowDowns};
use crate::analyse::summary::{Content, Summary};
use crate::common::units;
use crate::plan::procedure::Experiment;
use crate::present::calibration::percent_of;
use crate::present::canvas::{
    Area, Axis, Canvas, Direction, Entry, Frame, MARGIN, NOTE, Stroke, WIDTH, marker,
};
use crate::present::words;

pub(super) const TITLE: &str = "Which slow-downs are found, and in what time";

const PANEL_HEIGHT: f64 = 150.0;
const BELOW: f64 = 74.0;
/// Between a panel's name and its line of 100 %, on which markers lie.
const ABOVE: f64 = 10.0;
/// Of fewer comparisons a share says little.
const COMPARISONS_NEEDED: usize = 5;
const LEFT: f64 = 52.0;

/// Draws a panel a workload, a line a slow-down.
///
/// # Errors
///
/// [`ChartError::Nothing`] without a calibration made in these runs.
pub fn slow_downs(summary: &Summary) -> Result<String, ChartError> {
    let all: Vec<(&Calibration, &SlowDowns)> = made(summary).collect();
    if all.iter().all(|(_, of)| of.levels.is_empty()) {
        return Err(ChartError::Nothing);
    }
    let levels = per_milles(&all);
    let entries = levels.iter().map(|level| format!("{} more CPU time", percent_of(*level)));
    let frame = Frame {
        title: TITLE.to_owned(),
        explanation: "memscope-rs with work added to every allocation, against itself, on one thread: in how many \
                      of 100 comparisons it was called slower, over what the comparison took. Each is judged as one \
                      of nine rows. A line at the top is found every time. Where fewer than five comparisons were \
                      recorded, there is no point."
            .to_owned(),
        description: alt(summary),
        legend: Entry::arms(entries.collect()),
        provenance: words::provenance_of(summary, &[Content::Experiment(Experiment::Planted)]),
    };
    let width = (WIDTH - 2.0 * MARGIN - 2.0 * LEFT - 16.0) / 2.0;
    Ok(frame.draw(|canvas, top| {
        let mut left = Area { x: MARGIN + LEFT, y: top + 18.0, width, height: PANEL_HEIGHT };
        for pair in all.chunks(2) {
            for (index, (calibration, of)) in pair.iter().enumerate() {
                let x = left.x + index as f64 * (left.width + 16.0 + LEFT);
                draw(canvas, Area { x, ..left }, &levels, calibration, of);
            }
            left.y += PANEL_HEIGHT + BELOW;
        }
        left.y - BELOW + 40.0
    }))
}

fn made(summary: &Summary) -> impl Iterator<Item = (&Calibration, &SlowDowns)> {
    summary
        .calibrations_made()
        .flat_map(|calibration| calibration.slow_downs.iter().map(move |of| (calibration, of)))
}

fn per_milles(all: &[(&Calibration, &SlowDowns)]) -> Vec<u32> {
    let levels = all.iter().flat_map(|(_, of)| &of.levels).map(|level| level.per_mille);
    let mut levels: Vec<u32> = levels.collect();
    levels.sort_unstable();
    levels.dedup();
    levels
}

fn draw(canvas: &Canvas, area: Area, levels: &[u32], calibration: &Calibration, of: &SlowDowns) {
    let beside = match calibration.neighbours {
        0 => String::new(),
        number => format!(", beside {}", units::counted(number as usize, "neighbour")),
    };
    panel(canvas, area, &format!("{}{beside}", of.workload));
    let plot = Area { y: area.y + ABOVE, height: area.height - ABOVE, ..area };
    let shares = Axis::linear(plot, Direction::Up, (0.0, 1.0));
    shares.draw(canvas, |share| format!("{:.0} %", share * 100.0));
    let found = |level: &Level| -> Vec<Found> {
        let enough = |found: &&Found| found.counted.all >= COMPARISONS_NEEDED;
        level.found.iter().filter(enough).copied().collect()
    };
    let mut places: Vec<f64> =
        of.levels.iter().flat_map(&found).map(|found| found.seconds).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    let step = area.width / places.len().max(1) as f64;
    let at = |seconds: f64| {
        let index = places.iter().position(|&place| place == seconds).unwrap_or(0);
        area.x + (index as f64 + 0.5) * step
    };
    for &seconds in &places {
        let label = format!("{seconds} s");
        canvas.text(&label, (at(seconds), area.bottom() + 11.0), NOTE.centred());
    }
    canvas.text("time for the workload", (area.middle().0, area.bottom() + 27.0), NOTE.centred());
    for level in &of.levels {
        let Some(lane) = levels.iter().position(|one| *one == level.per_mille) else { continue };
        let looks = marker(lane);
        let points: Vec<(f64, f64)> = found(level)
            .iter()
            .filter_map(|found| Some((at(found.seconds), shares.at(found.counted.share()?))))
            .collect();
        canvas.tip(&told(level), |canvas| {
            canvas.line(&points, Stroke::new(looks.colour, 1.5));
            points.iter().for_each(|&point| canvas.marker(point, looks));
        });
    }
}

fn told(level: &Level) -> String {
    let found = level.found.iter().map(|found| {
        format!("{} of {} in {} s", found.counted.so, found.counted.all, found.seconds)
    });
    format!("{}: {}", percent_of(level.per_mille), found.collect::<Vec<_>>().join(", "))
}

pub(super) fn alt(summary: &Summary) -> String {
    let words = made(summary).map(|(_, of)| {
        let levels = of.levels.iter().map(told).collect::<Vec<_>>().join("; ");
        format!("{}: {levels}", of.workload)
    });
    format!(
        "In how many comparisons a slow-down is found. {}.",
        words.collect::<Vec<_>>().join(". ")
    )
}
