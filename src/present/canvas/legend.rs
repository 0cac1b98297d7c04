//! Legends: signs and what they stand for.

use plotters::style::RGBColor;

use super::colour::{ALARM, BAND, ink_on};
use super::draw::{Area, Canvas, Stroke};
use super::marker::Marker;
use super::text::{NOTE, TEXT};

/// An entry of a legend.
#[derive(Clone, Debug)]
pub struct Entry {
    sign: Sign,
    words: String,
}

#[derive(Clone, Copy, Debug)]
enum Sign {
    Point(Marker),
    Ground(RGBColor),
    Cell(RGBColor, &'static str),
    Line(Stroke),
    Cross,
}

/// From one line of a legend to the next.
pub const LINE: f64 = 22.0;

impl Entry {
    /// The points of each arm.
    pub fn arms(arms: impl IntoIterator<Item = (Marker, String)>) -> Vec<Self> {
        arms.into_iter().map(|(looks, words)| Self::point(looks, words)).collect()
    }

    /// A point.
    pub fn point(marker: Marker, words: impl Into<String>) -> Self {
        Self { sign: Sign::Point(marker), words: words.into() }
    }

    /// Whatever is filled with a colour.
    pub fn ground(colour: RGBColor, words: impl Into<String>) -> Self {
        Self { sign: Sign::Ground(colour), words: words.into() }
    }

    /// A cell of a heat map, with the mark that stands in it.
    pub fn cell(ground: RGBColor, mark: &'static str, words: impl Into<String>) -> Self {
        Self { sign: Sign::Cell(ground, mark), words: words.into() }
    }

    /// A line.
    pub fn line(stroke: Stroke, words: impl Into<String>) -> Self {
        Self { sign: Sign::Line(stroke), words: words.into() }
    }

    /// The band of what identical programs differ by.
    pub fn noise() -> Self {
        Self::ground(BAND, "how far identical programs differed here")
    }

    /// The cross of failed samples.
    pub fn failed() -> Self {
        Self::cross("failed samples")
    }

    /// The cross of what failed.
    pub fn cross(words: impl Into<String>) -> Self {
        Self { sign: Sign::Cross, words: words.into() }
    }

    /// The width of the sign, with the space behind it.
    fn sign_width(&self) -> f64 {
        if matches!(self.sign, Sign::Line(_) | Sign::Cell(..)) { 28.0 } else { 20.0 }
    }

    fn draw(&self, canvas: &Canvas, x: f64, y: f64) {
        match self.sign {
            Sign::Point(marker) => canvas.marker((x + 6.0, y), marker),
            Sign::Ground(colour) => {
                canvas.rectangle(Area { x, y: y - 6.0, width: 13.0, height: 12.0 }, colour);
            }
            Sign::Cell(ground, mark) => {
                let area = Area { x, y: y - 9.0, width: 22.0, height: 18.0 };
                canvas.cell(area, ground, mark, NOTE.colour(ink_on(ground)));
            }
            Sign::Line(stroke) => {
                let stroke = Stroke { width: stroke.width + 1.0, ..stroke };
                canvas.line(&[(x, y), (x + 22.0, y)], stroke);
            }
            Sign::Cross => canvas.cross((x + 6.0, y), ALARM),
        }
        canvas.text(&self.words, (x + self.sign_width(), y), TEXT);
    }
}

/// Draws a legend from a place on, in as many lines as it takes to stay left of `right`; returns where it
/// ends.
pub fn legend(canvas: &Canvas, (left, top): (f64, f64), right: f64, entries: &[Entry]) -> f64 {
    let (mut x, mut y) = (left, top + LINE / 2.0);
    for entry in entries {
        let width = entry.sign_width() + TEXT.width(&entry.words);
        if x > left && x + width > right {
            (x, y) = (left, y + LINE);
        }
        entry.draw(canvas, x, y);
        x += width + 18.0;
    }
    if entries.is_empty() { top } else { y + LINE / 2.0 }
}
