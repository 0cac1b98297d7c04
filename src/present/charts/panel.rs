//! A small plot with two axes, one of several in a picture.

use plotters::style::WHITE;

use super::ChartError;
use super::axis::Axis;
use super::canvas::{Align, Canvas, plain};
use super::style::{FAINT, GREY, INK, fit, size, text_width};
use crate::common::units;

/// Where a panel's plot lies.
#[derive(Clone, Copy)]
pub(super) struct Panel {
    pub(super) left: i32,
    pub(super) right: i32,
    pub(super) top: i32,
    pub(super) bottom: i32,
}

/// The linear axis of capture, 100 % emphasised.
#[derive(Clone, Copy)]
pub(super) struct CaptureAxis {
    low: f64,
    high: f64,
}

/// The most capture that is drawn; what is more is drawn there and labelled.
const CEILING: f64 = 2.0;

impl CaptureAxis {
    /// An axis that shows 100 % and every capture, up to the ceiling.
    pub(super) fn new(captures: impl Iterator<Item = f64>) -> Self {
        let (mut low, mut high) = (0.95_f64, 1.05_f64);
        for capture in captures.filter(|capture| capture.is_finite()) {
            low = low.min(capture);
            high = high.max(capture.min(CEILING));
        }
        let room = (high - low) * 0.08;
        Self { low: (low - room).max(-0.02), high: high + room }
    }

    pub(super) fn y(&self, panel: &Panel, capture: f64) -> i32 {
        let share = (capture.min(CEILING) - self.low) / (self.high - self.low);
        panel.bottom - (share * f64::from(panel.bottom - panel.top)).round() as i32
    }

    fn ticks(&self) -> Vec<f64> {
        let steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5];
        let at = |step: f64| -> Vec<f64> {
            let per_one = (1.0 / step).round();
            let (first, last) =
                ((self.low / step).ceil() as i64, (self.high / step).floor() as i64);
            (first..=last).map(|n| n as f64 / per_one).collect()
        };
        steps.into_iter().map(at).find(|ticks| ticks.len() <= 7).unwrap_or_else(|| vec![1.0])
    }

    /// Draws grid lines, and their labels to the left where asked for.
    pub(super) fn draw(
        &self,
        canvas: &Canvas<'_>,
        panel: &Panel,
        labelled: bool,
    ) -> Result<(), ChartError> {
        for tick in self.ticks() {
            let y = self.y(panel, tick);
            let one = tick == 1.0;
            let colour = if one { INK } else { FAINT };
            canvas.line((panel.left, y), (panel.right, y), colour, 1)?;
            if labelled {
                let looks = plain(size::NOTE, if one { INK } else { GREY }).aligned(Align::Right);
                let label = format!("{:.0} %", tick * 100.0);
                canvas.text(&label, (panel.left - 6, y), looks)?;
            }
        }
        Ok(())
    }
}

/// The words for a capture beyond what is drawn.
pub(super) fn beyond(capture: f64) -> Option<String> {
    (capture > CEILING).then(|| format!("↑ {}", units::capture(capture)))
}

impl Panel {
    /// Ground and name.
    pub(super) fn draw(&self, canvas: &Canvas<'_>, name: &str) -> Result<(), ChartError> {
        canvas.rectangle([(self.left, self.top), (self.right, self.bottom)], WHITE)?;
        let name = fit(name, size::TEXT, self.right - self.left);
        canvas.text(&name, (self.left, self.top - 10), plain(size::TEXT, INK).bold())?;
        canvas.line((self.left, self.bottom), (self.right, self.bottom), GREY, 1)
    }

    /// Vertical grid lines of a horizontal axis, and its labels below.
    pub(super) fn horizontal(&self, canvas: &Canvas<'_>, axis: &Axis) -> Result<(), ChartError> {
        for (tick, label) in axis.ticks() {
            let x = axis.x(tick);
            canvas.line((x, self.top), (x, self.bottom), FAINT, 1)?;
            // Labels stay below their own panel: the next one's begin right beside it.
            let half = text_width(&label, size::NOTE) / 2 + 1;
            let x = x.clamp(self.left + half, (self.right - half).max(self.left + half));
            let looks = plain(size::NOTE, GREY).aligned(Align::Centre);
            canvas.text(&label, (x, self.bottom + 11), looks)?;
        }
        Ok(())
    }
}
