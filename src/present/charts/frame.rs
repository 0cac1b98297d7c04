//! What stands around every chart: title, explanation and legend above, provenance below.

use super::ChartError;
use super::canvas::{Canvas, picture, plain};
use super::style::{ALARM, BAND, GREY, INK, MARGIN, Marker, WIDTH, size, text_width, wrap};

/// Height of a line of small text.
pub(super) const NOTE_LINE: i32 = 16;
const LEGEND_LINE: i32 = 22;

/// What stands around a chart.
pub(super) struct Frame {
    pub(super) title: String,
    /// What the points are, in a sentence or two.
    pub(super) explanation: String,
    /// For those who cannot see it.
    pub(super) description: String,
    pub(super) legend: Vec<Entry>,
    pub(super) provenance: Vec<String>,
}

/// An entry of a legend.
#[derive(Clone)]
pub(super) enum Entry {
    /// A tracked arm.
    Arm(Marker, String),
    /// The band of the noise floor.
    Noise,
    /// The cross of failed samples.
    Failed,
}

impl Entry {
    fn text(&self) -> &str {
        match self {
            Self::Arm(_, name) => name,
            Self::Noise => "noise floor: how far two identical untracked programs differ here",
            Self::Failed => "failed samples",
        }
    }

    fn draw(&self, canvas: &Canvas<'_>, x: i32, y: i32) -> Result<(), ChartError> {
        match self {
            Self::Arm(marker, _) => canvas.marker((x + 6, y), *marker)?,
            Self::Noise => canvas.rectangle([(x, y - 6), (x + 13, y + 6)], BAND)?,
            Self::Failed => canvas.cross((x + 6, y), ALARM)?,
        }
        canvas.text(self.text(), (x + 20, y), plain(size::TEXT, INK))
    }
}

impl Frame {
    /// Where the chart itself may begin.
    pub(super) fn plot_top(&self) -> i32 {
        self.legend_top() + self.legend_lines().len() as i32 * LEGEND_LINE + 12
    }

    fn explanation_lines(&self) -> Vec<String> {
        wrap(&self.explanation, size::NOTE, WIDTH - 2 * MARGIN)
    }

    fn legend_top(&self) -> i32 {
        MARGIN + 32 + self.explanation_lines().len() as i32 * NOTE_LINE + 10
    }

    /// The entries of each line, with where they begin.
    fn legend_lines(&self) -> Vec<Vec<(&Entry, i32)>> {
        let mut lines = vec![Vec::new()];
        let mut x = MARGIN;
        for entry in &self.legend {
            let width = 20 + text_width(entry.text(), size::TEXT);
            if x > MARGIN && x + width > WIDTH - MARGIN {
                lines.push(Vec::new());
                x = MARGIN;
            }
            if let Some(line) = lines.last_mut() {
                line.push((entry, x));
            }
            x += width + 18;
        }
        lines
    }

    /// Draws the picture: this frame, and in it the chart, which ends at `plot_bottom` with all that
    /// belongs to its axis.
    pub(super) fn draw(
        &self,
        plot_bottom: i32,
        plot: impl FnOnce(&Canvas<'_>) -> Result<(), ChartError>,
    ) -> Result<String, ChartError> {
        let full = WIDTH - 2 * MARGIN;
        let provenance: Vec<String> =
            self.provenance.iter().flat_map(|line| wrap(line, size::NOTE, full)).collect();
        let provenance_top = plot_bottom + 12;
        let height = provenance_top + provenance.len() as i32 * NOTE_LINE + MARGIN / 2;
        picture(height, &self.title, &self.description, |canvas| {
            let title = plain(size::TITLE, INK).bold();
            canvas.text(&self.title, (MARGIN, MARGIN + 8), title)?;
            let lines = |top: i32, lines: &[String]| {
                (0..).zip(lines).try_for_each(|(line, text)| {
                    let y = top + line * NOTE_LINE + NOTE_LINE / 2;
                    canvas.text(text, (MARGIN, y), plain(size::NOTE, GREY))
                })
            };
            lines(MARGIN + 32, &self.explanation_lines())?;
            lines(provenance_top, &provenance)?;
            for (line, entries) in (0..).zip(self.legend_lines()) {
                let y = self.legend_top() + line * LEGEND_LINE + LEGEND_LINE / 2;
                entries.iter().try_for_each(|(entry, x)| entry.draw(canvas, *x, y))?;
            }
            plot(canvas)
        })
    }
}
