//! For programs.

use serde::{Serialize, Serializer};

use super::{Renderer, Row, Table};

/// A JSON array with an object for each row: the fields of [`Csv`](super::Csv), absent ones null.
#[derive(Clone, Copy, Debug)]
pub struct Json;

impl Renderer for Json {
    fn render(&self, table: &Table) -> String {
        let objects: Vec<_> = table.rows().map(|row| Object { table, row }).collect();
        serde_json::to_string_pretty(&objects).expect("its keys are strings, and memory takes all")
    }
}

/// A row, whose fields keep the order of the columns.
struct Object<'a> {
    table: &'a Table,
    row: &'a Row,
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let cells = self.table.columns.iter().zip(&self.row.cells);
        serializer.collect_map(cells.flat_map(|(column, cell)| {
            column.fields.iter().zip(cell.value.fields(column.fields.len()))
        }))
    }
}
