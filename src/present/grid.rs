//! A table of words, made once and shown in the terminal and on the page alike.

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use serde::Serialize;

/// A table with its heading and what one must know to read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Grid {
    /// Its place on the page: `truth`.
    pub(super) id: String,
    /// Its heading.
    pub(super) title: String,
    /// How to read it.
    pub(super) note: String,
    /// The columns' headings; the first `text` columns hold words, the others figures.
    pub(super) headings: Vec<&'static str>,
    /// How many columns hold words.
    pub(super) text: usize,
    /// The rows.
    pub(super) rows: Vec<Vec<String>>,
}

impl Grid {
    /// The table, or none where there is no row.
    pub(super) fn filled(self) -> Option<Self> {
        if self.rows.is_empty() { None } else { Some(self) }
    }

    /// For a terminal.
    pub(super) fn terminal(&self) -> String {
        let mut table = Table::new();
        table.load_style(UTF8_BORDERS_ONLY);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(self.headings.clone());
        for row in &self.rows {
            table.add_row(row.clone());
        }
        for column in table.column_iter_mut().skip(self.text) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        format!("{}\n{table}\n{}", self.title, wrapped(&self.note))
    }
}

/// A note in lines that fit a terminal.
fn wrapped(note: &str) -> String {
    const WIDTH: usize = 100;
    let mut lines = vec![String::new()];
    for word in note.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= WIDTH {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.join("\n")
}
