//! The heat map: rows by columns, each cell with its figure on a colour of its strength.

use plotters::style::RGBColor;

use super::ChartError;
use super::canvas::{Align, Canvas, picture, plain};
use super::style::{ALARM, FAILED, FAINT, GREY, INK, MARGIN, WIDTH, fit, size, text_width, wrap};

/// What to draw.
pub(super) struct HeatMap {
    pub(super) title: String,
    pub(super) explanation: String,
    /// For those who cannot see it.
    pub(super) description: String,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<HeatRow>,
    pub(super) provenance: Vec<String>,
}

/// A row.
pub(super) struct HeatRow {
    pub(super) name: String,
    /// Beside the name, in small.
    pub(super) note: String,
    pub(super) cells: Vec<HeatCell>,
}

/// A cell.
pub(super) struct HeatCell {
    pub(super) text: String,
    pub(super) colour: HeatColour,
}

/// How a cell is coloured.
#[derive(Clone, Copy)]
pub(super) enum HeatColour {
    /// Nothing to show.
    None,
    /// A failure.
    Failed,
    /// Too much, from 0 to 1.
    Over(f64),
    /// Too little, from 0 to 1.
    Under(f64),
}

const OVER: RGBColor = RGBColor(0xd5, 0x5e, 0x00);
const UNDER: RGBColor = RGBColor(0x00, 0x72, 0xb2);
const ROW: i32 = 24;
const LINE: i32 = 14;
/// Headings are smaller than other text: there are many.
const HEADING: f64 = 9.5;

impl HeatMap {
    /// Draws it.
    pub(super) fn draw(&self) -> Result<String, ChartError> {
        let full = WIDTH - 2 * MARGIN;
        let explanation = wrap(&self.explanation, size::NOTE, full);
        let provenance: Vec<String> =
            self.provenance.iter().flat_map(|line| wrap(line, size::NOTE, full)).collect();
        let widest = self.rows.iter().map(label_width).max().unwrap_or(0);
        let left = (MARGIN + widest + 10).min(WIDTH / 3);
        let columns = i32::try_from(self.columns.len().max(1)).unwrap_or(1);
        let width = (WIDTH - MARGIN - left) / columns;
        let headings: Vec<Vec<String>> =
            self.columns.iter().map(|name| wrap(name, HEADING, width - 2)).collect();
        let lines = headings.iter().map(Vec::len).max().unwrap_or(1) as i32;

        let explanation_top = MARGIN + 32;
        let headings_top = explanation_top + explanation.len() as i32 * 16 + 12;
        let top = headings_top + lines * LINE + 4;
        let bottom = top + self.rows.len() as i32 * ROW;
        let provenance_top = bottom + 14;
        let height = provenance_top + provenance.len() as i32 * 16 + MARGIN / 2;
        picture(height, &self.title, &self.description, |canvas| {
            let title = fit(&self.title, size::TITLE, full);
            canvas.text(&title, (MARGIN, MARGIN + 8), plain(size::TITLE, INK).bold())?;
            for (top, lines) in [(explanation_top, &explanation), (provenance_top, &provenance)] {
                for (line, text) in (0..).zip(lines) {
                    let at = (MARGIN, top + line * 16 + 8);
                    canvas.text(text, at, plain(size::NOTE, GREY))?;
                }
            }
            for (column, heading) in (0..).zip(&headings) {
                let middle = left + column * width + width / 2;
                let first = top - 4 - heading.len() as i32 * LINE;
                for (line, text) in (0..).zip(heading) {
                    let looks = plain(HEADING, INK).aligned(Align::Centre);
                    canvas.text(text, (middle, first + line * LINE + LINE / 2), looks)?;
                }
            }
            for (index, row) in (0..).zip(&self.rows) {
                draw_row(canvas, row, left, width, top + index * ROW)?;
            }
            Ok(())
        })
    }
}

fn label_width(row: &HeatRow) -> i32 {
    text_width(&row.name, size::TEXT) + 8 + text_width(&row.note, HEADING)
}

fn draw_row(
    canvas: &Canvas<'_>,
    row: &HeatRow,
    left: i32,
    width: i32,
    top: i32,
) -> Result<(), ChartError> {
    let middle = top + ROW / 2;
    canvas.text(&row.name, (MARGIN, middle), plain(size::TEXT, INK))?;
    let note = plain(HEADING, GREY).aligned(Align::Right);
    canvas.text(&row.note, (left - 8, middle), note)?;
    for (column, cell) in (0..).zip(&row.cells) {
        let x = left + column * width;
        let (ground, ink) = colours(cell.colour);
        canvas.rectangle([(x + 1, top + 1), (x + width - 1, top + ROW - 1)], ground)?;
        let middle_x = x + width / 2;
        if text_width(&cell.text, size::NOTE) <= width - 4 {
            let looks = plain(size::NOTE, ink).aligned(Align::Centre);
            canvas.text(&cell.text, (middle_x, middle), looks)?;
            continue;
        }
        // Words go onto two lines, in small.
        let lines = wrap(&cell.text, HEADING, width - 4);
        let first = middle - (lines.len().min(2) as i32 - 1) * 5;
        for (line, text) in (0..2).zip(&lines) {
            let looks = plain(HEADING, ink).aligned(Align::Centre);
            canvas.text(text, (middle_x, first + line * 10), looks)?;
        }
    }
    Ok(())
}

/// Ground and ink; the ink is legible on the ground.
fn colours(colour: HeatColour) -> (RGBColor, RGBColor) {
    let (full, strength) = match colour {
        HeatColour::None => return (FAINT, GREY),
        HeatColour::Failed => return (FAILED, ALARM),
        HeatColour::Over(strength) => (OVER, strength),
        HeatColour::Under(strength) => (UNDER, strength),
    };
    let strength = strength.clamp(0.0, 1.0);
    let mix = |full: u8| (255.0 - (255.0 - f64::from(full)) * strength).round() as u8;
    let ground = RGBColor(mix(full.0), mix(full.1), mix(full.2));
    let luminance =
        0.299 * f64::from(ground.0) + 0.587 * f64::from(ground.1) + 0.114 * f64::from(ground.2);
    (ground, if luminance < 130.0 { RGBColor(255, 255, 255) } else { INK })
}
