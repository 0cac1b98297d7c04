//! For a terminal.

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{
    Attribute, Cell as DrawnCell, CellAlignment, Color, ColumnConstraint, ContentArrangement,
    Table as Drawn, Width,
};
use textwrap::{WordSplitter, fill};

use super::{Cell, Column, Kind, Place, Renderer, Row, Table, Value};

/// Columns that a note takes at most.
const NOTE_WIDTH: usize = 100;

/// Before the names of a section's rows.
const INDENT: &str = "  ";

/// What is left of a name at least, where names have to be broken.
const NAME_WIDTH: usize = 12;

/// A table with a frame, its title above it and its notes below.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    /// Columns of the terminal; cells are broken into lines to fit. As wide as it takes without.
    pub width: Option<u16>,
    /// Whether to use colours.
    pub colour: bool,
}

impl Terminal {
    /// The terminal that standard output is, if it is one.
    pub fn here(colour: bool) -> Self {
        Self { width: Drawn::new().width(), colour }
    }

    /// Makes a table fit. First headings and intervals are broken into lines, then columns that can be
    /// spared go, then names are broken. Figures stay whole as long as that is possible.
    fn fit(self, table: &Table) -> Drawn {
        let all = table.shown(Place::Text);
        let mut whole = self.draw(table, &all);
        // Between two columns there are three spaces, and at each end one and the frame.
        let taken = sum(&whole.column_max_content_widths()) + 3 * all.len() + 1;
        let Some(width) = self.width.filter(|&width| taken > width.into()) else {
            return whole;
        };
        let needed = all.iter().copied().filter(|&column| !table.columns[column].spare).collect();
        for (columns, name_width) in
            [(&all, usize::MAX), (&needed, usize::MAX), (&needed, NAME_WIDTH)]
        {
            let mut drawn = self.draw(table, columns);
            let least = columns.iter().map(|&column| least_width(table, column, name_width));
            if let Some(widths) = squeezed(&drawn, &least.collect::<Vec<_>>(), width) {
                pack(&mut drawn, &widths);
                return drawn;
            }
        }
        whole.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        whole
    }

    fn draw(self, table: &Table, columns: &[usize]) -> Drawn {
        let mut drawn = Drawn::new();
        drawn.load_style(UTF8_BORDERS_ONLY);
        if self.colour {
            drawn.enforce_styling();
        } else {
            drawn.force_no_tty();
        }
        let of = |index: usize| &table.columns[index];
        drawn.set_header(columns.iter().map(|&index| self.strong(&of(index).title())));
        for (index, section) in table.sections.iter().enumerate() {
            if index > 0 {
                drawn.add_row([""]);
            }
            let titled = !section.title.is_empty();
            if titled {
                drawn.add_row([self.strong(&section.title)]);
            }
            for row in &section.rows {
                drawn.add_row(columns.iter().enumerate().map(|(place, &index)| {
                    let indent = if titled && place == 0 { INDENT } else { "" };
                    self.cell(indent, row, of(index), &row.cells[index])
                }));
            }
        }
        // Words to the left, but what follows a figure keeps to its side.
        let words = columns.iter().take_while(|&&index| of(index).kind == Kind::Words).count();
        for column in drawn.column_iter_mut().skip(words) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        drawn
    }

    fn cell(self, indent: &str, row: &Row, column: &Column, cell: &Cell) -> DrawnCell {
        let text = format!("{indent}{}", column.text(cell, str::to_owned));
        if row.is_strong(column, cell) {
            return self.strong(&text);
        }
        let drawn = DrawnCell::new(text);
        let failed = !cell.failures.is_empty() || matches!(cell.value, Value::Failed(_));
        match (self.colour, failed, cell.faint) {
            (true, true, _) => drawn.fg(Color::Red),
            (true, false, true) => drawn.add_attribute(Attribute::Dim),
            _ => drawn,
        }
    }

    fn strong(self, text: &str) -> DrawnCell {
        let drawn = DrawnCell::new(text);
        if self.colour { drawn.add_attribute(Attribute::Bold) } else { drawn }
    }
}

impl Renderer for Terminal {
    fn render(&self, table: &Table) -> String {
        let width = self.width.map_or(NOTE_WIDTH, |width| NOTE_WIDTH.min(width.into()));
        let options = textwrap::Options::new(width)
            .break_words(false)
            .word_splitter(WordSplitter::NoHyphenation);
        let title = (!table.title.is_empty()).then(|| table.title.clone());
        let notes = table.notes.iter().map(|note| fill(note, &options));
        let parts = title.into_iter().chain([self.fit(table).trim_fmt()]).chain(notes);
        parts.collect::<Vec<_>>().join("\n")
    }
}

/// How far a column can be narrowed: to its longest word or figure, or to `name_width` if it is one of
/// words.
fn least_width(table: &Table, index: usize, name_width: usize) -> usize {
    let column = &table.columns[index];
    let longest_word = |text: &str| text.split_whitespace().map(|word| word.chars().count()).max();
    let of_cell = |cell: &Cell| {
        // A figure and its unit belong together.
        let figure = Some(cell.value.words().chars().count()).filter(|_| !cell.value.is_words());
        longest_word(&column.text(cell, str::to_owned)).max(figure)
    };
    let cells = table.rows().map(|row| of_cell(&row.cells[index]));
    let longest = cells.max().flatten().max(longest_word(&column.title())).unwrap_or(0);
    match column.kind {
        // A name may be indented.
        Kind::Words => (longest + INDENT.len()).min(name_width),
        Kind::Figure | Kind::Estimate => longest,
    }
}

/// Widths of columns with which a table fits, taken from the widest; none, if there are none.
fn squeezed(drawn: &Drawn, least: &[usize], width: u16) -> Option<Vec<u16>> {
    let mut widths = drawn.column_max_content_widths();
    // Packed, there is a space between two columns, and at each end one and the frame.
    let room = usize::from(width).checked_sub(3 + widths.len())?;
    while sum(&widths) > room {
        let loose =
            widths.iter_mut().zip(least).filter(|(has, least)| usize::from(**has) > **least);
        *loose.max_by_key(|(has, _)| **has)?.0 -= 1;
    }
    Some(widths)
}

fn sum(widths: &[u16]) -> usize {
    widths.iter().map(|&width| usize::from(width)).sum()
}

/// Gives columns their widths, and takes spaces from between them.
fn pack(drawn: &mut Drawn, widths: &[u16]) {
    let last = widths.len() - 1;
    for (index, (column, width)) in drawn.column_iter_mut().zip(widths).enumerate() {
        // The style has a space between columns already.
        let padding = (u16::from(index == 0), u16::from(index == last));
        column.set_padding(padding);
        let width = Width::Fixed(width + padding.0 + padding.1);
        column.set_constraint(ColumnConstraint::Absolute(width));
    }
}
