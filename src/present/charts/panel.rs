//! A small plot with two axes, one of several in a picture.

use crate::common::units;
use crate::present::canvas::{Area, Axis, Canvas, Direction, GRID, TEXT};

/// Draws a panel's name and its base line.
pub(super) fn panel(canvas: &Canvas, area: Area, name: &str) {
    let looks = TEXT.bold();
    canvas.text(&looks.fit(name, area.width), (area.x, area.y - 12.0), looks);
    let base = [(area.x, area.bottom()), (area.right(), area.bottom())];
    canvas.line(&base, GRID);
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

/// The label of a duration at its axis: `20 ns`, `5 ms`.
pub(super) fn short_time(seconds: f64) -> String {
    let text = units::seconds(seconds);
    let Some((figure, unit)) = text.split_once(' ').filter(|(figure, _)| figure.contains('.'))
    else {
        return text;
    };
    format!("{} {unit}", figure.trim_end_matches('0').trim_end_matches('.'))
}
