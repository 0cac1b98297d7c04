//! For GitHub: a README, or a comment on a pull request.

use super::{Column, Kind, Place, Renderer, Row, Table};

/// GitHub's Markdown, a table for each section.
#[derive(Clone, Copy, Debug)]
pub struct Markdown;

impl Renderer for Markdown {
    fn render(&self, table: &Table) -> String {
        let columns: Vec<_> = table.shown(Place::Text);
        let of = |index: &usize| &table.columns[*index];
        let headings = line(columns.iter().map(|index| of(index).title()));
        let sides = columns.iter().map(|index| match of(index).kind {
            Kind::Words => ":--",
            Kind::Figure | Kind::Estimate => "--:",
        });
        let sides = format!("|{}|\n", sides.collect::<Vec<_>>().join("|"));
        let mut parts = Vec::new();
        if !table.title.is_empty() {
            parts.push(format!("### {}\n", escape(&table.title)));
        }
        for section in &table.sections {
            if !section.title.is_empty() {
                parts.push(format!("**{}**\n", escape(&section.title)));
            }
            let rows = section
                .rows
                .iter()
                .map(|row| line(columns.iter().map(|index| cell(of(index), row, *index))));
            parts.push(format!("{headings}{sides}{}", rows.collect::<String>()));
        }
        if !table.notes.is_empty() {
            let notes = table.notes.iter().map(|note| format!("{}<br>\n", escape(note)));
            parts.push(notes.collect());
        }
        parts.join("\n")
    }
}

fn line(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

fn cell(column: &Column, row: &Row, index: usize) -> String {
    let cell = &row.cells[index];
    let text = column.text(cell, escape);
    if row.is_strong(column, cell) { format!("**{text}**") } else { text }
}

impl Markdown {
    /// A text that stands outside of tables.
    pub(in crate::present) fn text(self, text: &str) -> String {
        escape(text)
    }
}

/// Takes from a text whatever Markdown or HTML would read into it.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => escaped.push(' '),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '~' | '#' => escaped.extend(['\\', c]),
            c => escaped.push(c),
        }
    }
    escaped
}
