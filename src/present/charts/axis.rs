//! The logarithmic axis: of ratios, or of sizes.

use super::style::{self, text_width};
use crate::common::units;

/// What an axis counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Ratios; 1 is always shown.
    Times,
    /// Sizes in bytes.
    Bytes,
}

/// Maps values to pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    unit: Unit,
    low: f64,
    high: f64,
    left: i32,
    right: i32,
}

/// Least space between the labels of two ticks.
const GAP: i32 = 16;

impl Axis {
    /// An axis over `left..=right` that shows every value, each with the pixels that its label
    /// needs to its right.
    pub(super) fn new(unit: Unit, left: i32, right: i32, points: &[(f64, i32)]) -> Self {
        let width = f64::from(right - left);
        let usable = |&&(ratio, _): &&(f64, i32)| ratio.is_finite() && ratio > 0.0;
        let logs = || points.iter().filter(usable).map(|&(ratio, need)| (ratio.ln(), need));
        let first = match unit {
            Unit::Times => 0.0,
            Unit::Bytes => logs().next().map_or(0.0, |(log, _)| log),
        };
        let mut low = logs().map(|(log, _)| log).fold(first, f64::min);
        let mut high = logs().map(|(log, _)| log).fold(first, f64::max);
        // A point must not sit on the edge, and a range of nothing needs some width.
        let room = ((high - low) * 0.03).max(0.02);
        low -= room;
        high += room;
        for (log, need) in logs() {
            let share = (width - f64::from(need)) / width;
            // However long a label, its point stays in the left half at least.
            high = high.max(low + (log - low) / share.max(0.4));
        }
        Self { unit, low, high, left, right }
    }

    /// The pixel of a ratio.
    pub(super) fn x(&self, ratio: f64) -> i32 {
        let share = (ratio.ln() - self.low) / (self.high - self.low);
        self.left + (share.clamp(0.0, 1.0) * f64::from(self.right - self.left)).round() as i32
    }

    /// The axis's first and last pixel.
    pub(super) fn ends(&self) -> (i32, i32) {
        (self.left, self.right)
    }

    /// As many ticks as fit, with their labels; of ratios 1 is among them.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        let (low, high) = (self.low.exp(), self.high.exp());
        let steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0];
        let linear = steps.into_iter().filter_map(|step: f64| {
            let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
            // Counted in whole steps of 1/step, so that 1 is exactly 1.
            let per_one = (1.0 / step).round();
            (last - first < 20).then(|| (first.max(1)..=last).map(|n| n as f64 / per_one).collect())
        });
        let mantissas: [&[f64]; 6] = [
            &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0],
            &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0],
            &[1.0, 2.0, 3.0, 5.0],
            &[1.0, 2.0, 5.0],
            &[1.0, 3.0],
            &[1.0],
        ];
        let decades = (low.log10().floor() as i32)..=(high.log10().ceil() as i32);
        let logarithmic = mantissas.into_iter().map(|mantissas| {
            let at = |decade: i32| mantissas.iter().map(move |m| m * 10_f64.powi(decade));
            let all = decades.clone().flat_map(at);
            all.filter(|tick| (low..=high).contains(tick)).collect::<Vec<f64>>()
        });
        let fitting = linear.chain(logarithmic).find(|ticks| self.fits(ticks));
        let ticks = fitting.unwrap_or_else(|| vec![1.0]);
        ticks.into_iter().map(|tick| (tick, self.label(tick))).collect()
    }

    fn label(&self, tick: f64) -> String {
        if self.unit == Unit::Bytes {
            return units::bytes(tick);
        }
        if tick >= 1000.0 {
            return format!("{}×", units::count(tick.round() as u64));
        }
        let text = format!("{tick:.6}");
        format!("{}×", text.trim_end_matches('0').trim_end_matches('.'))
    }

    fn fits(&self, ticks: &[f64]) -> bool {
        ticks.windows(2).all(|pair| {
            let widths = text_width(&self.label(pair[0]), style::size::NOTE)
                + text_width(&self.label(pair[1]), style::size::NOTE);
            self.x(pair[1]) - self.x(pair[0]) >= widths / 2 + GAP
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_suit_the_range() {
        for (ratios, expected) in [
            (vec![1.0, 1.02], vec!["0.99×", "1×", "1.01×", "1.04×"]),
            (vec![1.0, 3.2], vec!["1×", "1.5×", "2×", "3×"]),
            (vec![0.5, 40.0], vec!["0.5×", "1×", "2×", "3×", "5×", "10×", "20×", "30×"]),
            (vec![1.0, 90_000.0], vec!["1×", "10×", "100×", "1,000×", "10,000×"]),
        ] {
            let points: Vec<_> = ratios.iter().map(|&ratio| (ratio, 40)).collect();
            let ticks = Axis::new(Unit::Times, 200, 810, &points).ticks();
            let labels: Vec<_> = ticks.iter().map(|(_, label)| label.as_str()).collect();
            for tick in &expected {
                assert!(labels.contains(tick), "{tick} is not among {labels:?}");
            }
            assert!(labels.len() <= 16, "{labels:?}");
        }
    }

    #[test]
    fn labels_stay_on_the_picture() {
        let points = [(1.5, 40), (30.0, 150), (0.2, 10)];
        let axis = Axis::new(Unit::Times, 200, 810, &points);
        for (ratio, need) in points {
            assert!(axis.x(ratio) + need <= 811, "{ratio}");
            assert!(axis.x(ratio) >= 200);
        }
    }

    #[test]
    fn nothing_to_show_is_an_axis_around_one() {
        let axis = Axis::new(Unit::Times, 0, 600, &[(f64::NAN, 0), (0.0, 0)]);
        assert!((200..400).contains(&axis.x(1.0)));
        assert!(axis.ticks().iter().any(|(tick, _)| *tick == 1.0));
    }
}
