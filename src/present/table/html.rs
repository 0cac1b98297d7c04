//! For a page.

use minijinja::HtmlEscape;
use serde::Serialize;

use crate::common::units;

use super::{Cell, Column, Kind, Place, Renderer, Row, Table, Value};

/// HTML: the table alone, since its title and notes are the page's to place.
#[derive(Clone, Copy, Debug)]
pub struct Html;

impl Renderer for Html {
    fn render(&self, table: &Table) -> String {
        let shown = table.shown(Place::Page);
        let columns: Vec<&Column> = shown.iter().map(|&index| &table.columns[index]).collect();
        let headings = columns.iter().map(|column| {
            let text = small(column.heading, column.aside);
            format!("<th scope=\"col\"{}>{text}</th>\n", class(column.kind))
        });
        let sections = table.sections.iter().map(|section| {
            let title = Some(&section.title).filter(|title| !title.is_empty()).map(|title| {
                let (span, title) = (columns.len(), HtmlEscape(title));
                let cell = format!("<th scope=\"rowgroup\" colspan=\"{span}\">{title}</th>");
                format!("<tr class=\"section\">{cell}</tr>\n")
            });
            let rows: String = section.rows.iter().map(|row| html(row, &columns, &shown)).collect();
            format!("<tbody>\n{}{rows}</tbody>\n", title.unwrap_or_default())
        });
        format!(
            "<div class=\"wide\" role=\"region\" aria-label=\"{}\" tabindex=\"0\">\n\
             <table class=\"figures\" data-name=\"{}\">\n<thead>\n<tr>\n{}</tr>\n</thead>\n{}</table>\n</div>\n",
            HtmlEscape(if table.title.is_empty() { &table.id } else { &table.title }),
            HtmlEscape(&table.id),
            headings.collect::<String>(),
            sections.collect::<String>()
        )
    }
}

/// A table as a page places it.
#[derive(Clone, Debug, Serialize)]
pub struct Placed {
    id: String,
    title: String,
    notes: Vec<String>,
    /// How many rows it has, as a page tells it; only of a long one, which is folded away.
    long: Option<String>,
    html: String,
}

/// A table of more rows than this is long.
const LONG: usize = 80;

impl From<Table> for Placed {
    fn from(table: Table) -> Self {
        let html = Html.render(&table);
        let rows = table.rows().count();
        let long = (rows > LONG).then(|| units::counted(rows, "row"));
        let Table { id, title, notes, .. } = table;
        Self { id, title, notes, long, html }
    }
}

fn html(row: &Row, columns: &[&Column], shown: &[usize]) -> String {
    let mut html = if row.total { "<tr class=\"total\">\n" } else { "<tr>\n" }.to_owned();
    let mut failures = String::new();
    for (place, (column, &index)) in columns.iter().zip(shown).enumerate() {
        let cell = &row.cells[index];
        let content = content(column, cell);
        html += &match place {
            0 => format!("<th scope=\"row\">{content}</th>\n"),
            _ => format!("<td{}{}>{content}</td>\n", class(column.kind), sorted_by(cell)),
        };
        // They go below the row: in a cell they would be broken into a word a line.
        if !cell.failures.is_empty() {
            let (span, told) = (columns.len(), HtmlEscape(&cell.failures));
            let cell = format!("<td class=\"failed\" colspan=\"{span}\">{told}</td>");
            failures += &format!("<tr class=\"failures\">{cell}</tr>\n");
        }
    }
    html + "</tr>\n" + &failures
}

fn content(column: &Column, cell: &Cell) -> String {
    match &cell.value {
        Value::Absent if !cell.failures.is_empty() => String::new(),
        Value::Log(text) => format!("<pre>{}</pre>", HtmlEscape(text)),
        Value::Failed(text) => format!("<span class=\"failed\">{}</span>", HtmlEscape(text)),
        value => {
            let words = HtmlEscape(&value.words()).to_string();
            let words = match &cell.link {
                Some(page) => format!("<a href=\"{}\">{words}</a>", HtmlEscape(page)),
                None => words,
            };
            words + &in_small(&column.interval(cell).unwrap_or(cell.aside.clone()))
        }
    }
}

/// What a cell is sorted by, where its words would not do: the figure, unrounded.
fn sorted_by(cell: &Cell) -> String {
    match cell.value {
        Value::Count(count) => format!(" data-by=\"{count}\""),
        Value::Figure(figure, ..) => format!(" data-by=\"{figure}\""),
        _ => String::new(),
    }
}

/// A text, and another in small letters below it.
fn small(text: &str, aside: &str) -> String {
    HtmlEscape(text).to_string() + &in_small(aside)
}

fn in_small(aside: &str) -> String {
    let aside = Some(aside).filter(|aside| !aside.is_empty());
    aside.map(|aside| format!("<small>{}</small>", HtmlEscape(aside))).unwrap_or_default()
}

fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Words => "",
        Kind::Figure => " class=\"number\"",
        Kind::Estimate => " class=\"number main\"",
    }
}
