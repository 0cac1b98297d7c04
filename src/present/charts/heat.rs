//! The heat map: rows by columns, each cell with its figure on a colour of its strength.

use plotters::style::RGBColor;

use super::grades;
use super::grid::Grid;
use crate::analyse::accuracy::Grade;
use crate::analyse::summary::Verdict;
use crate::common::units::{self, ABSENT};
use crate::present::canvas::{
    ALARM, Area, Canvas, FAILED, FAINT, Frame, GREY, INK, MARGIN, NOTE, Point, SMALL, TEXT, Type,
    VERMILLION, WHITE, WIDTH, ink_on, tint,
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
    /// Nothing was asked: not even a ground.
    Blank,
    /// A failure.
    Failed,
    /// Too much, from 0 to 1.
    Over(f64),
    /// As right as it is.
    Told(Verdict),
}

/// Cells of ratios, coloured by a logarithmic scale up to the largest.
pub(super) struct RatioScale {
    most: f64,
}

impl RatioScale {
    /// For all of these.
    pub(super) fn of(ratios: impl Iterator<Item = f64>) -> Self {
        Self { most: ratios.fold(1.0, f64::max) }
    }

    /// A ratio; or how it failed, or that nothing was measured.
    pub(super) fn cell(&self, ratio: Option<f64>, failed: Option<&str>) -> HeatCell {
        match (ratio, failed) {
            (Some(ratio), _) => {
                let strength = if self.most > 1.0 { ratio.ln() / self.most.ln() } else { 0.0 };
                let colour = HeatColour::Over(strength.max(0.0));
                HeatCell { text: units::short_factor(ratio), colour }
            }
            (None, Some(failed)) => {
                HeatCell { text: failed.to_owned(), colour: HeatColour::Failed }
            }
            (None, None) => HeatCell { text: ABSENT.to_owned(), colour: HeatColour::None },
        }
    }
}

/// The height of a row, and of one with a text on two lines.
const ROW: f64 = 24.0;
const TALL_ROW: f64 = 30.0;

/// So many columns lie side by side on a phone, and the others below them.
const ACROSS: usize = 9;
/// After so many rows the headings are repeated there.
const REPEATED: usize = 12;
/// Left and right of cells there, which need the width.
const EDGE: f64 = 4.0;
/// A row's name, where it stands above its cells.
const NAME: f64 = 20.0;

impl HeatMap {
    /// Draws it, for a phone with the names above the rows.
    pub(super) fn draw_in(&self, grid: Grid) -> String {
        if !grid.is_narrow() {
            return self.draw();
        }
        let across = ACROSS.min(self.columns.len().max(1));
        let width = (grid.width - 2.0 * EDGE) / across as f64;
        self.frame.draw_at(grid.width, |canvas, top| {
            let mut y = top;
            for (part, columns) in self.columns.chunks(across).enumerate() {
                for rows in self.rows.chunks(REPEATED) {
                    y = draw_part(canvas, y, (columns, part * across), rows, width);
                }
            }
            y
        })
    }

    /// Draws it for a screen.
    fn draw(&self) -> String {
        let widest =
            self.rows.iter().map(|row| TEXT.width(&row.name) + 8.0 + SMALL.width(&row.note));
        let left = (MARGIN + widest.fold(0.0, f64::max) + 10.0).min(WIDTH / 3.0);
        let width = (WIDTH - MARGIN - left) / self.columns.len().max(1) as f64;
        let headings = Headings::over(&self.columns, width);
        let texts = self.rows.iter().flat_map(|row| &row.cells);
        let tall = texts.into_iter().any(|cell| NOTE.width(&cell.text) > width - 4.0);
        let height = if tall { TALL_ROW } else { ROW };
        self.frame.draw(|canvas, top| {
            let top = top + headings.height();
            headings.draw(canvas, (left, top));
            let mut area = Area { x: left, y: top, width, height };
            for row in &self.rows {
                draw_row(canvas, row, area);
                area.y += height;
            }
            area.y
        })
    }
}

/// Draws some columns, of which the first is cell `first` of each row, below their headings; returns where they end.
fn draw_part(
    canvas: &Canvas,
    top: f64,
    (columns, first): (&[String], usize),
    rows: &[HeatRow],
    width: f64,
) -> f64 {
    let headings = Headings::over(columns, width);
    let mut y = top + headings.height();
    headings.draw(canvas, (EDGE, y));
    let full = columns.len() as f64 * width;
    for row in rows {
        let cells = &row.cells[first..first + columns.len()];
        let tall = cells.iter().any(|cell| NOTE.width(&cell.text) > width - 4.0);
        let note = if row.note.is_empty() { 0.0 } else { SMALL.width(&row.note) + 8.0 };
        let middle = y + NAME / 2.0 + 1.0;
        canvas.text(&TEXT.fit(&row.name, full.max(LONGEST) - note), (EDGE, middle), TEXT);
        canvas.text(&row.note, (EDGE + full.max(LONGEST), middle), SMALL.right());
        y += NAME;
        let height = if tall { TALL_ROW } else { ROW };
        draw_cells(canvas, cells, Area { x: EDGE, y, width, height });
        y += height + 2.0;
    }
    y + 14.0
}

/// The names above columns: across, unless a word had to be broken for that; then they read upwards.
pub(super) struct Headings<'a> {
    names: &'a [String],
    width: f64,
    upright: bool,
}

/// No name is longer than this.
const LONGEST: f64 = 180.0;

impl<'a> Headings<'a> {
    const LOOKS: Type = SMALL.colour(INK);

    /// Over columns of a width.
    pub(super) fn over(names: &'a [String], width: f64) -> Self {
        let words = names.iter().flat_map(|name| name.split_inclusive(['-', ' ']));
        let upright = words.into_iter().any(|word| Self::LOOKS.width(word) > width);
        Self { names, width, upright }
    }

    fn lines(&self, name: &str) -> Vec<String> {
        Self::LOOKS.wrap(name, self.width)
    }

    /// How much room they need.
    pub(super) fn height(&self) -> f64 {
        let lines = |name: &String| self.lines(name).len() as f64 * Self::LOOKS.line();
        let upright = |name: &String| Self::LOOKS.width(name).min(LONGEST);
        let heights =
            self.names.iter().map(|name| if self.upright { upright(name) } else { lines(name) });
        heights.fold(0.0, f64::max) + 4.0
    }

    /// Draws them above a row of columns that begins at this place.
    pub(super) fn draw(&self, canvas: &Canvas, (left, bottom): Point) {
        for (column, name) in self.names.iter().enumerate() {
            let x = left + (column as f64 + 0.5) * self.width;
            if self.upright {
                let name = Self::LOOKS.fit(name, LONGEST);
                canvas.upright(&name, (x, bottom - 4.0), Self::LOOKS);
                continue;
            }
            let lines = self.lines(name);
            let top = bottom - 4.0 - lines.len() as f64 * Self::LOOKS.line();
            canvas.lines(&lines, (x, top), Self::LOOKS.centred());
        }
    }
}

/// Draws a row, whose first cell lies at `first`.
fn draw_row(canvas: &Canvas, row: &HeatRow, first: Area) {
    let (_, middle) = first.middle();
    let beside = if row.note.is_empty() { 0.0 } else { SMALL.width(&row.note) + 8.0 };
    canvas.text(&TEXT.fit(&row.name, first.x - MARGIN - 10.0 - beside), (MARGIN, middle), TEXT);
    canvas.text(&row.note, (first.x - 8.0, middle), SMALL.right());
    draw_cells(canvas, &row.cells, first);
}

/// Draws cells side by side, of which the first lies at `first`.
pub(super) fn draw_cells(canvas: &Canvas, cells: &[HeatCell], first: Area) {
    for (column, cell) in cells.iter().enumerate() {
        let (ground, ink) = colours(cell.colour);
        let x = first.x + column as f64 * first.width;
        let area = Area {
            x: x + 1.0,
            y: first.y + 1.0,
            width: first.width - 2.0,
            height: first.height - 2.0,
        };
        canvas.cell(area, ground, &cell.text, NOTE.colour(ink));
    }
}

/// Ground and ink.
fn colours(colour: HeatColour) -> (RGBColor, RGBColor) {
    let ground = match colour {
        HeatColour::None => return (FAINT, GREY),
        HeatColour::Blank => return (WHITE, GREY),
        HeatColour::Failed => return (FAILED, ALARM),
        HeatColour::Over(strength) => tint(VERMILLION, strength),
        HeatColour::Told(Verdict { grade: Grade::Absent, .. }) => {
            return (grades::ground(Grade::Absent), GREY);
        }
        HeatColour::Told(told) => grades::shade(told),
    };
    (ground, ink_on(ground))
}
