//! The table in the terminal.

use std::path::Path;

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{
    Attribute, Cell as TableCell, CellAlignment, Color, ColumnConstraint, ContentArrangement,
    Table, Width,
};

use super::heap_check::services;
use super::{cells, headline};
use crate::analyse::summary::{Cell, Overall, Summary, WorkloadSummary};
use crate::common::units::{self, ABSENT};
use crate::present::words;

/// How a table is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TableOptions {
    /// Columns of the terminal; cells are broken into lines to fit. As wide as it takes without.
    pub width: Option<u16>,
    /// Whether to use colours.
    pub colour: bool,
}

const HEADINGS: [&str; 7] = [
    "allocations",
    "untracked",
    "tracked",
    "overhead [95 % interval]",
    "peak memory",
    "noise floor",
    "difference",
];

/// The main table: a block of rows for each tracked arm. On a narrow terminal it goes without the last
/// column, which says but what overhead and noise floor say.
pub fn table(summary: &Summary, options: TableOptions) -> String {
    let full = build(summary, options.colour);
    let wide_as =
        |width: u16| build(summary, false).lines().all(|line| line.chars().count() <= width.into());
    match options.width {
        Some(width) if !wide_as(width) => {
            let mut narrow = full;
            squeeze(&mut narrow, width);
            narrow.trim_fmt()
        }
        _ => full.trim_fmt(),
    }
}

fn build(summary: &Summary, colour: bool) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY);
    if colour {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    let paint = Paint { colour };
    let noun = words::workload_noun(&summary.workloads);
    let header = std::iter::once(noun).chain(HEADINGS);
    table.set_header(header.map(|text| paint.strong(text)));
    for (index, overall) in summary.overall.iter().enumerate() {
        if index > 0 {
            table.add_row([""]);
        }
        let title = words::arm_title(&overall.arm, overall.version.as_deref());
        table.add_row([paint.strong(&title)]);
        for workload in &summary.workloads {
            for cell in workload.cells.iter().filter(|cell| cell.arm == overall.arm) {
                table.add_row(row(paint, workload, cell));
            }
        }
        if summary.workloads.len() > 1 {
            table.add_row(total(paint, summary, overall, noun));
        }
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// Makes a table fit: first intervals, then headings go onto lines of their own, last of all names are
/// broken. Figures stay whole.
fn squeeze(table: &mut Table, width: u16) {
    const INTERVAL: u16 = 12;
    const LEAST: [(usize, u16); 5] = [(4, INTERVAL), (5, 6), (6, 5), (0, 12), (1, 9)];
    let mut widths = table.column_max_content_widths();
    widths.truncate(HEADINGS.len());
    // Between the borders, with a space around each column.
    let room = usize::from(width).saturating_sub(3 + widths.len());
    for (column, least) in LEAST {
        let taken: usize = widths.iter().map(|&width| usize::from(width)).sum();
        let excess = u16::try_from(taken.saturating_sub(room)).unwrap_or(u16::MAX);
        let width = &mut widths[column];
        *width = (*width).saturating_sub(excess).max(least.min(*width));
    }
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    let last = widths.len() - 1;
    for (index, (column, width)) in table.column_iter_mut().zip(widths).enumerate() {
        // The style has a space between columns already.
        let padding = (u16::from(index == 0), u16::from(index == last));
        column.set_padding(padding);
        let width = width + padding.0 + padding.1;
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
    }
    if let Some(difference) = table.column_mut(HEADINGS.len()) {
        difference.set_constraint(ColumnConstraint::Hidden);
    }
}

/// What a run ends with: the table, what it says, and where the page is.
pub fn closing(summary: &Summary, page: &Path, colour: bool) -> String {
    let width = Table::new().width();
    let mut tables = Vec::new();
    // Without a tracker there is nothing to compare; servers have figures of their own all the same.
    if !summary.overall.is_empty() || summary.services.is_empty() {
        tables.push(table(summary, TableOptions { width, colour }));
    }
    if !summary.services.is_empty() {
        tables.push(services(&summary.services).terminal());
    }
    let mut text = tables.join("\n\n");
    for warning in words::warnings(summary) {
        text += &format!("\n\nNote: {warning}");
    }
    if let Some(headline) = headline(summary) {
        text += &format!("\n\n{headline}");
    }
    if let Some(share) = summary.measured_share {
        text += &format!(
            "\nMeasuring took {:.0} s, {} of it in the measured regions themselves.",
            summary.measuring_s,
            units::percent(share)
        );
    }
    text + &format!("\nReport: {}", page.display())
}

fn row(paint: Paint, workload: &WorkloadSummary, cell: &Cell) -> Vec<TableCell> {
    let overhead = cells::ratio_or_failure(cell.overhead, cell);
    let detection = cell.detection.unwrap_or(ABSENT);
    vec![
        TableCell::new(format!("  {}", workload.workload)),
        TableCell::new(cells::count(workload.allocations)),
        TableCell::new(cells::wall(workload.untracked.as_ref())),
        TableCell::new(cells::wall(cell.timing.as_ref())),
        if cell.failures.is_empty() { TableCell::new(overhead) } else { paint.alarm(&overhead) },
        TableCell::new(cells::bare_ratio(cell.memory)),
        paint.aside(&cells::noise(workload.noise)),
        if detection == "slower" { TableCell::new(detection) } else { paint.aside(detection) },
    ]
}

fn total(paint: Paint, summary: &Summary, overall: &Overall, noun: &str) -> Vec<TableCell> {
    let all = summary.workloads.len();
    let name = if overall.workloads == all {
        format!("  all {all} {noun}s")
    } else {
        format!("  {} of {}", overall.workloads, units::counted(all, noun))
    };
    vec![
        paint.strong(&name),
        TableCell::new(""),
        TableCell::new(""),
        TableCell::new(""),
        paint.strong(&cells::ratio(overall.overhead)),
        paint.strong(&cells::bare_ratio(overall.memory)),
        paint.aside(&cells::noise(summary.noise)),
        TableCell::new(overall.detection.unwrap_or(ABSENT)),
    ]
}

/// Colours, where they are wanted.
#[derive(Clone, Copy)]
struct Paint {
    colour: bool,
}

impl Paint {
    fn strong(self, text: &str) -> TableCell {
        let cell = TableCell::new(text);
        if self.colour { cell.add_attribute(Attribute::Bold) } else { cell }
    }

    fn alarm(self, text: &str) -> TableCell {
        let cell = TableCell::new(text);
        if self.colour { cell.fg(Color::Red) } else { cell }
    }

    fn aside(self, text: &str) -> TableCell {
        let cell = TableCell::new(text);
        if self.colour { cell.add_attribute(Attribute::Dim) } else { cell }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn the_table_has_a_block_for_each_arm() {
        insta::assert_snapshot!(table(&fixture::summary(), TableOptions::default()));
    }

    #[test]
    fn the_table_of_one_arm() {
        insta::assert_snapshot!(table(&fixture::plain_summary(), TableOptions::default()));
    }

    #[test]
    fn the_closing_names_the_page() {
        let mut summary = fixture::plain_summary();
        summary.environments[0].settings.params.scale = 0.1;
        let closing = closing(&summary, Path::new("runs/one/index.html"), false);
        let after_table = closing.rsplit('┘').next().unwrap();
        insta::assert_snapshot!(after_table.trim());
    }

    #[test]
    fn a_narrow_terminal_is_not_overrun() {
        let options = TableOptions { width: Some(80), colour: false };
        let table = table(&fixture::summary(), options);
        for line in table.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn colour_only_where_it_is_wanted() {
        let summary = fixture::summary();
        let table = |colour| table(&summary, TableOptions { width: None, colour });
        assert!(!table(false).contains('\u{1b}'));
        assert!(table(true).contains('\u{1b}'));
    }
}
