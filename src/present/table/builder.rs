//! Fills tables column by column, so that all there is to say of a column stands in one place.

use super::{Cell, Column, Kind, Place, Row, Section, Table};

type Name = &'static str;

/// A table in the making. Each row is made from an `S`.
pub struct Builder<S> {
    sources: Vec<S>,
    table: Table,
}

impl Table {
    /// Begins a table with a row for each source.
    pub(in crate::present) fn of<S: Copy>(sources: impl IntoIterator<Item = S>) -> Builder<S> {
        Self::in_sections([(String::new(), sources)])
    }

    /// Begins a table whose rows stand in sections with titles.
    pub(in crate::present) fn in_sections<S: Copy, R: IntoIterator<Item = S>>(
        sections: impl IntoIterator<Item = (String, R)>,
    ) -> Builder<S> {
        let mut builder = Builder { sources: Vec::new(), table: Self::default() };
        for (title, sources) in sections {
            let before = builder.sources.len();
            builder.sources.extend(sources);
            let rows = vec![Row::default(); builder.sources.len() - before];
            builder.table.sections.push(Section { title, rows });
        }
        builder
    }

    fn rows_mut(&mut self) -> impl Iterator<Item = &mut Row> {
        self.sections.iter_mut().flat_map(|section| &mut section.rows)
    }
}

impl<S: Copy> Builder<S> {
    /// Adds a column of words.
    pub fn words<C: Into<Cell>>(self, heading: Name, field: &str, cell: impl Fn(S) -> C) -> Self {
        self.column(Kind::Words, heading, &[field], cell)
    }

    /// Adds a column of figures.
    pub fn figure<C: Into<Cell>>(self, heading: Name, field: &str, cell: impl Fn(S) -> C) -> Self {
        self.column(Kind::Figure, heading, &[field], cell)
    }

    /// Adds a column of figures of which each is two.
    pub fn pair<C: Into<Cell>>(
        self,
        heading: Name,
        fields: [&str; 2],
        cell: impl Fn(S) -> C,
    ) -> Self {
        self.column(Kind::Figure, heading, &fields, cell)
    }

    /// Adds a column of figures with intervals, which are shown.
    pub fn estimate<C: Into<Cell>>(
        self,
        heading: Name,
        field: &str,
        cell: impl Fn(S) -> C,
    ) -> Self {
        let ends = [format!("{field}_low"), format!("{field}_high")];
        self.column(Kind::Estimate, heading, &[field, &ends[0], &ends[1]], cell)
    }

    /// Adds a column of figures with intervals, which are among data alone.
    pub fn bare_estimate<C: Into<Cell>>(
        self,
        heading: Name,
        field: &str,
        cell: impl Fn(S) -> C,
    ) -> Self {
        let mut builder = self.estimate(heading, field, cell);
        builder.last().kind = Kind::Figure;
        builder
    }

    /// Adds a column that is nowhere but among data.
    pub fn datum<C: Into<Cell>>(self, field: &str, cell: impl Fn(S) -> C) -> Self {
        self.figure("", field, cell).at(Place::Data)
    }

    /// Sets what belongs to the last column's heading, but is less important.
    pub fn aside(mut self, aside: Name) -> Self {
        self.last().aside = aside;
        self
    }

    /// Sets the first place in which the last column stands.
    pub fn at(mut self, place: Place) -> Self {
        self.last().place = place;
        self
    }

    /// Has the last column left out where not all columns have room.
    pub fn spare(mut self) -> Self {
        self.last().spare = true;
        self
    }

    /// Says which rows sum up those above them.
    pub fn totals(mut self, is_total: impl Fn(S) -> bool) -> Self {
        for (row, &source) in self.table.rows_mut().zip(&self.sources) {
            row.total = is_total(source);
        }
        self
    }

    /// The table, with its name on a page and its title, where it has one.
    pub fn table(self, id: impl Into<String>, title: impl Into<String>) -> Table {
        Table { id: id.into(), title: title.into(), ..self.table }
    }

    fn column<C: Into<Cell>>(
        mut self,
        kind: Kind,
        heading: Name,
        fields: &[&str],
        cell: impl Fn(S) -> C,
    ) -> Self {
        let fields = fields.iter().map(|&field| field.to_owned()).collect();
        let (aside, place, spare) = ("", Place::Text, false);
        self.table.columns.push(Column { heading, aside, fields, kind, place, spare });
        for (row, &source) in self.table.rows_mut().zip(&self.sources) {
            row.cells.push(cell(source).into());
        }
        self
    }

    fn last(&mut self) -> &mut Column {
        self.table.columns.last_mut().expect("a column was added before")
    }
}
