//! What stands around every picture: title, explanation and legend above, provenance below.

use super::draw::Canvas;
use super::legend::{Entry, legend};
use super::text::{BANNER, NOTE, TITLE};

/// Width of a chart, in pixels: that of a README on GitHub.
pub const WIDTH: f64 = 830.0;
/// Space left free at the edges.
pub const MARGIN: f64 = 20.0;

/// What stands around a picture.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// The title.
    pub title: String,
    /// What is to be seen, in a sentence or two.
    pub explanation: String,
    /// The whole picture in words, for those who cannot see it.
    pub description: String,
    /// What its signs stand for.
    pub legend: Vec<Entry>,
    /// Where its figures come from.
    pub provenance: Vec<String>,
}

/// From one line of a title to the next.
const TITLE_LINE: f64 = 23.0;

impl Frame {
    /// Draws a chart. `plot` gets the height from which on it may draw, and returns where it ends.
    pub fn draw(&self, plot: impl FnOnce(&Canvas, f64) -> f64) -> String {
        self.draw_at(WIDTH, plot)
    }

    /// Draws a picture of any width in the same way.
    pub fn draw_at(&self, width: f64, plot: impl FnOnce(&Canvas, f64) -> f64) -> String {
        let canvas = Canvas::new();
        let full = width - 2.0 * MARGIN;
        let looks = if width > WIDTH { BANNER } else { TITLE };
        // On a phone, a title may take several lines.
        let mut y = 28.0;
        for (index, line) in looks.wrap(&self.title, full).iter().enumerate() {
            y += if index == 0 { 0.0 } else { TITLE_LINE };
            canvas.text(&looks.fit(line, full), (MARGIN, y), looks);
        }
        let explanation = NOTE.wrap(&self.explanation, full);
        let top = canvas.lines(&explanation, (MARGIN, y + 24.0), NOTE) + 10.0;
        let top = legend(&canvas, (MARGIN, top), width - MARGIN, &self.legend) + 12.0;
        let mut y = plot(&canvas, top) + 12.0;
        canvas.group("provenance", |canvas| {
            for line in &self.provenance {
                y = canvas.lines(&NOTE.wrap(line, full), (MARGIN, y), NOTE);
            }
        });
        canvas.finish((width, y + MARGIN / 2.0), &self.title, &self.description)
    }
}
