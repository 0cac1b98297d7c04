//! A small plot with two axes, one of several in a picture.

use crate::common::units;
use crate::present::canvas::{Area, Axis, Canvas, Direction, GRID, TEXT};

/// The most capture that is drawn; what is more is drawn there and labelled.
const CEILING: f64 = 2.0;

/// Draws a panel's name and its base line.
pub(super) fn panel(canvas: &Canvas, area: Area, name: &str) {
    let looks = TEXT.bold();
    canvas.text(&looks.fit(name, area.width), (area.x, area.y - 12.0), looks);
    let base = [(area.x, area.bottom()), (area.right(), area.bottom())];
    canvas.line(&base, GRID);
}

/// An axis that shows 100 %, emphasised, and every capture up to the ceiling.
pub(super) fn capture_axis(area: Area, captures: impl Iterator<Item = f64>) -> Axis {
    let (mut low, mut high) = (0.95_f64, 1.05_f64);
    for capture in captures.filter(|capture| capture.is_finite()) {
        low = low.min(capture);
        high = high.max(capture.min(CEILING));
    }
    let room = (high - low) * 0.08;
    Axis::linear(area, Direction::Up, ((low - room).max(-0.02), high + room)).marked(1.0)
}

/// Above an axis of factors: the line of those that are infinite, and of failures.
pub(super) const EDGE: f64 = 22.0;

/// A logarithmic axis of how far figures are off. It begins at 1×, which is exact, and ends at ten times at
/// least, so that little looks like little.
pub(super) fn factor_axis(area: Area, factors: impl Iterator<Item = f64>) -> Axis {
    let finite = factors.filter(|factor| factor.is_finite()).map(|factor| (factor, 0.0));
    let points: Vec<(f64, f64)> = finite.chain([(1.0, 0.0), (10.0, 0.0)]).collect();
    Axis::logarithmic(area, Direction::Up, &points).marked(1.0)
}

/// The label of a ratio at its axis.
pub(super) fn times(tick: f64) -> String {
    if tick >= 1000.0 {
        return format!("{}×", units::count(tick.round() as u64));
    }
    let text = format!("{tick:.6}");
    format!("{}×", text.trim_end_matches('0').trim_end_matches('.'))
}

/// The label of a capture at its axis.
pub(super) fn percent(capture: f64) -> String {
    format!("{:.0} %", capture * 100.0)
}

/// Where a capture is drawn.
pub(super) fn drawn(capture: f64) -> f64 {
    capture.min(CEILING)
}

/// The words for a capture beyond what is drawn.
pub(super) fn beyond(capture: f64) -> Option<String> {
    (capture > CEILING).then(|| format!("↑ {}", units::capture(capture)))
}
