//! For programs and spreadsheets.

use ::csv::WriterBuilder;

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
            write(fields.map(|field| field.to_string()).collect());
        }
        let bytes = writer.into_inner().expect("memory takes all");
        String::from_utf8(bytes).expect("it was made of strings")
    }
}
