//! Tables as a model: what a table says is made once, of typed cells, and each form in which people or
//! programs read it is a [`Renderer`].

mod builder;
mod csv;
mod html;
mod json;
mod markdown;
mod terminal;
#[cfg(test)]
mod tests;
mod value;

pub(super) use self::builder::Builder;
pub use self::csv::Csv;
pub use self::html::{Html, Placed};
pub use self::json::Json;
pub use self::markdown::Markdown;
pub use self::terminal::Terminal;
pub use self::value::{Unit, Value};

/// Writes tables in one form.
pub trait Renderer {
    /// The whole table.
    fn render(&self, table: &Table) -> String;
}

/// A table in no form yet.
#[derive(Clone, Debug, Default)]
pub struct Table {
    id: String,
    title: String,
    notes: Vec<String>,
    columns: Vec<Column>,
    sections: Vec<Section>,
}

impl Table {
    /// What is to be read below it.
    pub(super) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The columns alone, for where title and notes stand elsewhere.
    pub(super) fn bare(self) -> Self {
        Self { title: String::new(), notes: Vec::new(), ..self }
    }

    /// Whether it is the one of this name.
    pub(super) fn is(&self, id: &str) -> bool {
        self.id == id
    }

    /// The table, or none where there is no row.
    pub(super) fn filled(self) -> Option<Self> {
        self.sections.iter().any(|section| !section.rows.is_empty()).then_some(self)
    }

    /// The columns that stand in this place, by number.
    fn shown(&self, place: Place) -> Vec<usize> {
        (0..self.columns.len()).filter(|&index| self.columns[index].place <= place).collect()
    }

    fn rows(&self) -> impl Iterator<Item = &Row> {
        self.sections.iter().flat_map(|section| &section.rows)
    }
}

/// Rows that belong together, below a title if they have one.
#[derive(Clone, Debug)]
struct Section {
    title: String,
    rows: Vec<Row>,
}

#[derive(Clone, Debug, Default)]
struct Row {
    /// One for each column.
    cells: Vec<Cell>,
    /// Whether it sums up those above it.
    total: bool,
}

impl Row {
    /// Whether a cell stands out: in a row that sums up, its name and its estimates do.
    fn is_strong(&self, column: &Column, cell: &Cell) -> bool {
        self.total && (matches!(cell.value, Value::Label(_)) || column.fields.len() == 3)
    }
}

/// What a column holds, which decides on its side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Words,
    Figure,
    /// A figure that is shown with its interval.
    Estimate,
}

/// Where a column stands: each place has what those before it have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In text of limited width: a terminal, Markdown.
    Text,
    /// On a page.
    Page,
    /// Among data for programs.
    Data,
}

#[derive(Clone, Debug)]
struct Column {
    heading: &'static str,
    /// What belongs to the heading, but is less important.
    aside: &'static str,
    /// The names of its unrounded figures in data.
    fields: Vec<String>,
    kind: Kind,
    place: Place,
    /// Whether it is left out where not all columns have room.
    spare: bool,
}

impl Column {
    /// The heading in a line of text.
    fn title(&self) -> String {
        match (self.kind, self.aside) {
            (Kind::Estimate, aside) if !aside.is_empty() => format!("{} [{aside}]", self.heading),
            _ => self.heading.to_owned(),
        }
    }

    /// A cell of it in a line of text. Words are escaped; figures are ours, and need not be.
    fn text(&self, cell: &Cell, escape: fn(&str) -> String) -> String {
        let words = match (cell.value.words(), self.interval(cell)) {
            (words, Some(interval)) => format!("{words} [{interval}]"),
            (words, None) if cell.value.is_words() => escape(&words),
            (words, None) => words,
        };
        match (&cell.value, cell.failures.is_empty()) {
            (_, true) => words,
            (Value::Absent, false) => escape(&cell.failures),
            (_, false) => format!("{words}; {}", escape(&cell.failures)),
        }
    }

    /// The interval of a cell, where the column shows it.
    fn interval(&self, cell: &Cell) -> Option<String> {
        cell.value.interval().filter(|_| self.kind == Kind::Estimate)
    }
}

/// A value, and what stands beside it.
#[derive(Clone, Debug)]
pub struct Cell {
    value: Value,
    /// In small letters below it, on a page.
    aside: String,
    /// How samples failed that should have been in its figure; empty if none did.
    failures: String,
    /// Whether it is less important than the others of its row.
    faint: bool,
    /// The page that is about it, where tables have links.
    link: Option<String>,
}

impl Cell {
    pub(super) fn aside(self, aside: impl Into<String>) -> Self {
        Self { aside: aside.into(), ..self }
    }

    pub(super) fn failing(self, failures: String) -> Self {
        Self { failures, ..self }
    }

    pub(super) fn faint(self, faint: bool) -> Self {
        Self { faint, ..self }
    }

    pub(super) fn link(self, page: impl Into<String>) -> Self {
        Self { link: Some(page.into()), ..self }
    }
}

impl<T: Into<Value>> From<T> for Cell {
    fn from(value: T) -> Self {
        let (aside, failures) = (String::new(), String::new());
        Self { value: value.into(), aside, failures, faint: false, link: None }
    }
}
