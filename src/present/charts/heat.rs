//! The heat map: rows by columns, each cell with its figure on a colour of its strength.

use plotters::style::RGBColor;

use crate::present::canvas::{
    ALARM, Area, BLUE, Canvas, FAILED, FAINT, Frame, GREY, INK, MARGIN, NOTE, SMALL, TEXT,
    VERMILLION, WIDTH, ink_on, tint,
};

/// What to draw.
pub(super) struct HeatMap {
    pub(super) frame: Frame,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<HeatRow>,
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

const ROW: f64 = 24.0;

impl HeatMap {
    /// Draws it.
    pub(super) fn draw(&self) -> String {
        let widest =
            self.rows.iter().map(|row| TEXT.width(&row.name) + 8.0 + SMALL.width(&row.note));
        let left = (MARGIN + widest.fold(0.0, f64::max) + 10.0).min(WIDTH / 3.0);
        let width = (WIDTH - MARGIN - left) / self.columns.len().max(1) as f64;
        let looks = SMALL.colour(INK).centred();
        let headings: Vec<_> =
            self.columns.iter().map(|name| looks.wrap(name, width - 2.0)).collect();
        let lines = headings.iter().map(Vec::len).max().unwrap_or(1) as f64;
        self.frame.draw(|canvas, top| {
            let top = top + lines * looks.line() + 4.0;
            for (column, heading) in headings.iter().enumerate() {
                let x = left + (column as f64 + 0.5) * width;
                canvas.lines(heading, (x, top - 4.0 - heading.len() as f64 * looks.line()), looks);
            }
            let mut area = Area { x: left, y: top, width, height: ROW };
            for row in &self.rows {
                draw_row(canvas, row, area);
                area.y += ROW;
            }
            area.y
        })
    }
}

/// Draws a row, whose first cell lies at `first`.
fn draw_row(canvas: &Canvas, row: &HeatRow, first: Area) {
    let (_, middle) = first.middle();
    canvas.text(&row.name, (MARGIN, middle), TEXT);
    canvas.text(&row.note, (first.x - 8.0, middle), SMALL.right());
    for (column, cell) in row.cells.iter().enumerate() {
        let (ground, ink) = colours(cell.colour);
        let x = first.x + column as f64 * first.width;
        let area =
            Area { x: x + 1.0, y: first.y + 1.0, width: first.width - 2.0, height: ROW - 2.0 };
        canvas.cell(area, ground, &cell.text, NOTE.colour(ink));
    }
}

/// Ground and ink.
fn colours(colour: HeatColour) -> (RGBColor, RGBColor) {
    let ground = match colour {
        HeatColour::None => return (FAINT, GREY),
        HeatColour::Failed => return (FAILED, ALARM),
        HeatColour::Over(strength) => tint(VERMILLION, strength),
        HeatColour::Under(strength) => tint(BLUE, strength),
    };
    (ground, ink_on(ground))
}
