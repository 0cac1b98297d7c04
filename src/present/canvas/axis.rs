//! Axes: from values to pixels, with as many ticks as there is room for.

use std::cmp::Reverse;

use super::colour::{GREY, INK};
use super::draw::{Area, Canvas, GRID, Stroke};
use super::text::NOTE;

/// Which way an axis counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To the right, its labels below.
    Across,
    /// Upwards, its labels to the left.
    Up,
}

/// An axis along a side of an area, its grid lines across the area.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    area: Area,
    direction: Direction,
    logarithmic: bool,
    /// The ends; of a logarithmic axis, their logarithms.
    low: f64,
    high: f64,
    mark: Option<f64>,
}

/// Least space between two labels beside each other, and from one to the next above it.
const GAP: f64 = 15.0;
const LINE: f64 = 18.0;
/// Most labels above one another.
const STACK: usize = 9;
/// Above a higher area, labels are repeated: those below may be off the screen.
const TALL: f64 = 700.0;

impl Axis {
    /// An axis from one value to another.
    pub fn linear(area: Area, direction: Direction, (low, high): (f64, f64)) -> Self {
        let high = if high.is_finite() && high > low { high } else { low + 1.0 };
        Self { area, direction, logarithmic: false, low, high, mark: None }
    }

    /// A logarithmic axis that shows every value above 0, each with the pixels that its label needs
    /// behind it.
    pub fn logarithmic(area: Area, direction: Direction, points: &[(f64, f64)]) -> Self {
        let usable = |&&(value, _): &&(f64, f64)| value.is_finite() && value > 0.0;
        let logs = || points.iter().filter(usable).map(|&(value, need)| (value.ln(), need));
        let first = logs().next().map_or(0.0, |(log, _)| log);
        let mut low = logs().map(|(log, _)| log).fold(first, f64::min);
        let mut high = logs().map(|(log, _)| log).fold(first, f64::max);
        // A point must not sit on the edge, and a range of nothing needs some width.
        let room = ((high - low) * 0.03).max(0.02);
        low -= room;
        high += room;
        for (log, need) in logs() {
            // However long a label, its point stays in the left half at least.
            high = high.max(low + (log - low) / (1.0 - need / area.width).max(0.4));
        }
        Self { area, direction, logarithmic: true, low, high, mark: None }
    }

    /// The same, with a value emphasised that the others are to be compared with.
    pub fn marked(self, value: f64) -> Self {
        Self { mark: Some(value), ..self }
    }

    /// The pixel of a value; what is off the axis is at its end.
    pub fn at(&self, value: f64) -> f64 {
        let value = if self.logarithmic { value.ln() } else { value };
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        match self.direction {
            Direction::Across => self.area.x + share * self.area.width,
            Direction::Up => self.area.bottom() - share * self.area.height,
        }
    }

    /// Draws grid lines and their labels.
    pub fn draw(&self, canvas: &Canvas, label: impl Fn(f64) -> String) {
        let ticks = self.ticks(label);
        if let Some(mark) = self.mark.filter(|mark| !has(&ticks, *mark)) {
            self.tick(canvas, mark, "");
        }
        for (value, label) in ticks {
            self.tick(canvas, value, &label);
        }
    }

    /// Draws one grid line and its label.
    pub fn tick(&self, canvas: &Canvas, value: f64, label: &str) {
        let (area, at) = (self.area, self.at(value));
        let (stroke, looks) = match self.mark {
            Some(mark) if mark == value => (Stroke::new(GREY, 1.0), NOTE.colour(INK)),
            _ => (GRID, NOTE),
        };
        match self.direction {
            Direction::Up => {
                canvas.line(&[(area.x, at), (area.right(), at)], stroke);
                canvas.text(label, (area.x - 6.0, at), looks.right());
            }
            Direction::Across => {
                canvas.line(&[(at, area.y), (at, area.bottom())], stroke);
                // Labels stay below their own area: another's may begin right beside it.
                let half = NOTE.width(label) / 2.0 + 1.0;
                let at = at.min(area.right() - half).max(area.x + half);
                canvas.text(label, (at, area.bottom() + 11.0), looks.centred());
                if is_tall(area.height) {
                    canvas.text(label, (at, area.y - 10.0), looks.centred());
                }
            }
        }
    }

    /// As many ticks as fit, with their labels; the emphasised value among them, if it can be.
    fn ticks(&self, label: impl Fn(f64) -> String) -> Vec<(f64, String)> {
        let ends = (self.low, self.high);
        // Beyond the least and the largest number there would be no end of ticks.
        let number = |log: f64| log.exp().clamp(f64::MIN_POSITIVE, f64::MAX);
        let (low, high) = if self.logarithmic { (number(ends.0), number(ends.1)) } else { ends };
        // Even ticks crowd at the end of a long logarithmic axis.
        let even = (!self.logarithmic || high < 8.0 * low).then(|| even_ticks(low, high));
        let log = self.logarithmic.then(|| log_ticks(low, high));
        let candidates = even.into_iter().flatten().chain(log.into_iter().flatten());
        let named = |ticks: Vec<f64>| ticks.into_iter().map(|tick| (tick, label(tick))).collect();
        let fitting = candidates.map(named).filter(|ticks: &Vec<_>| self.fits(ticks));
        let best = fitting.min_by_key(|ticks| {
            Reverse((self.mark.is_some_and(|mark| has(ticks, mark)), ticks.len()))
        });
        best.unwrap_or_default()
    }

    fn fits(&self, ticks: &[(f64, String)]) -> bool {
        let few = self.direction == Direction::Across || ticks.len() <= STACK;
        few && ticks.windows(2).all(|pair| {
            let room = match self.direction {
                Direction::Up => LINE,
                Direction::Across => (NOTE.width(&pair[0].1) + NOTE.width(&pair[1].1)) / 2.0 + GAP,
            };
            (self.at(pair[1].0) - self.at(pair[0].0)).abs() >= room
        })
    }
}

fn has(ticks: &[(f64, String)], value: f64) -> bool {
    ticks.iter().any(|(tick, _)| *tick == value)
}

/// Whether the ticks below an area of this height may be off the screen when one looks at its top.
pub fn is_tall(height: f64) -> bool {
    height > TALL
}

/// Multiples of 1, 2 and 5 of a power of ten, from many to few.
fn even_ticks(low: f64, high: f64) -> impl Iterator<Item = Vec<f64>> {
    // Between numbers next to zero there would be steps that are zero, and no end of them.
    let power = (high - low).log10().floor().clamp(-300.0, 308.0) as i32;
    let steps = (power - 2..=power).flat_map(|power| [1.0, 2.0, 5.0].map(|digit| (digit, power)));
    steps.map(move |(digit, power)| {
        let step = scaled(digit, power);
        let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
        (first..=last).map(|number| scaled(digit * number as f64, power)).collect()
    })
}

/// Digits of every power of ten, from many to few.
fn log_ticks(low: f64, high: f64) -> impl Iterator<Item = Vec<f64>> {
    let digits: [&[f64]; 7] = [
        &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0],
        &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0],
        &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0],
        &[1.0, 2.0, 3.0, 5.0],
        &[1.0, 2.0, 5.0],
        &[1.0, 3.0],
        &[1.0],
    ];
    let powers = (low.log10().floor() as i32)..=(high.log10().ceil() as i32);
    digits.into_iter().map(move |digits| {
        let all =
            powers.clone().flat_map(|power| digits.iter().map(move |&digit| scaled(digit, power)));
        all.filter(|tick| (low..=high).contains(tick)).collect()
    })
}

/// A number times a power of ten, as exact as can be: 1 is 1.
fn scaled(number: f64, power: i32) -> f64 {
    if power < 0 { number / 10_f64.powi(-power) } else { number * 10_f64.powi(power) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(points: &[(f64, f64)]) -> Axis {
        let area = Area { x: 200.0, y: 0.0, width: 610.0, height: 100.0 };
        let points: Vec<_> = points.iter().copied().chain([(1.0, 0.0)]).collect();
        Axis::logarithmic(area, Direction::Across, &points).marked(1.0)
    }

    fn values(axis: &Axis) -> Vec<f64> {
        axis.ticks(|value| format!("{value}×")).into_iter().map(|(value, _)| value).collect()
    }

    #[test]
    fn ticks_suit_the_range() {
        for (high, low, expected) in [
            (1.02, 1.0, vec![0.99, 1.0, 1.01, 1.04]),
            (3.2, 1.0, vec![1.0, 1.5, 2.0, 3.0]),
            (40.0, 0.5, vec![0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0]),
            (90_000.0, 1.0, vec![1.0, 10.0, 100.0, 1000.0, 10_000.0]),
        ] {
            let ticks = values(&axis(&[(low, 40.0), (high, 40.0)]));
            for tick in &expected {
                assert!(ticks.contains(tick), "{tick} is not among {ticks:?}");
            }
            assert!(ticks.len() <= 16, "{ticks:?}");
        }
        let area = Area { x: 0.0, y: 0.0, width: 100.0, height: 170.0 };
        let upwards = Axis::linear(area, Direction::Up, (0.0, 1.15)).marked(1.0);
        assert_eq!(values(&upwards), [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
        assert_eq!((upwards.at(0.0), upwards.at(9.0)), (170.0, 0.0));
        let far = Axis::linear(area, Direction::Up, (0.0, 12.5)).marked(1.0);
        assert_eq!(values(&far), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0]);
    }

    #[test]
    fn numbers_at_their_ends_have_an_end_of_ticks() {
        let area = Area { x: 0.0, y: 0.0, width: 610.0, height: 100.0 };
        for end in [f64::MAX, f64::MIN_POSITIVE, 5e-324, 1e-320] {
            let _ = values(&axis(&[(end, 40.0)]));
            let _ = values(&Axis::linear(area, Direction::Up, (0.0, end)));
            let _ = values(&Axis::linear(area, Direction::Up, (-end, end)));
        }
    }

    #[test]
    fn labels_stay_on_the_picture() {
        let points = [(1.5, 40.0), (30.0, 150.0), (0.2, 10.0)];
        let axis = axis(&points);
        for (ratio, need) in points {
            assert!(axis.at(ratio) + need <= 811.0, "{ratio}");
            assert!(axis.at(ratio) >= 200.0);
        }
    }

    #[test]
    fn nothing_to_show_is_an_axis_around_one() {
        let axis = axis(&[(f64::NAN, 0.0), (0.0, 0.0)]);
        assert!((300.0..700.0).contains(&axis.at(1.0)));
        assert!(values(&axis).contains(&1.0));
    }
}
