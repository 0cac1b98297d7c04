//! For programs and spreadsheets.

use ::csv::WriterBuilder;

use super::value::Field;
use super::{Renderer, Table};

/// CSV as RFC 4180 has it but for its line ends: figures unrounded, in seconds and bytes, absent ones
/// empty.
#[derive(Clone, Copy, Debug)]
pub struct Csv;

impl Renderer for Csv {
    fn render(&self, table: &Table) -> String {
        let mut writer = WriterBuilder::new().from_writer(Vec::new());
        let mut write = |record: Vec<String>| {
            writer.write_record(record).expect("memory takes all, and every row has all fields");
        };
        write(table.columns.iter().flat_map(|column| column.fields.clone()).collect());
        for row in table.rows() {
            let cells = table.columns.iter().zip(&row.cells);
            let fields = cells.flat_map(|(column, cell)| cell.value.fields(column.fields.len()));
            write(fields.map(|field| defused(&field)).collect());
        }
        let bytes = writer.into_inner().expect("memory takes all");
        String::from_utf8(bytes).expect("it was made of strings")
    }
}

/// A field that no spreadsheet takes for a formula: text that begins like one gets an apostrophe before it (OWASP, *CSV
/// Injection*). Figures stay as they are.
fn defused(field: &Field<'_>) -> String {
    match field {
        Field::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => {
            format!("'{text}")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_formula_and_a_figure_stays_one() {
        for text in ["=cmd|' /C calc'!A0", "@SUM(1+1)", "+1", "-1", "\t=1"] {
            assert_eq!(defused(&Field::Text(text)), format!("'{text}"));
        }
        assert_eq!(defused(&Field::Text("memscope-rs/full")), "memscope-rs/full");
        assert_eq!(defused(&Field::Number(-1.5)), "-1.5");
    }
}
