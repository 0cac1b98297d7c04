//! Every version, family by family: small heat maps of what is right and what is wrong.

use super::ChartError;
use super::grades;
use super::grid::{Grid, WHOLE};
use super::heat::{Headings, HeatCell, HeatColour, draw_cells};
use super::versions::{largest, title};
use crate::analyse::accuracy::{Family, Grade};
use crate::analyse::summary::{Content, Matrix, MatrixRow, Summary, Verdict};
use crate::present::canvas::{Area, Canvas, Frame, INK, MARGIN, NOTE, Point, SMALL, TEXT};
use crate::present::words;

pub(super) const TITLE: &str = "What each version gets right, family by family";

const ROW: f64 = 19.0;
const CELL: f64 = 30.0;
/// Between maps.
const GAP: f64 = 26.0;
const TITLE_LINE: f64 = 24.0;

/// The map of one family.
struct Map {
    family: Family,
    /// The workloads on which some version reports it.
    workloads: Vec<String>,
    /// One for each version.
    rows: Vec<Vec<Option<Verdict>>>,
}

/// Draws a small heat map for each family that any version reports.
pub(super) fn families(summary: &Summary) -> Result<String, ChartError> {
    draw_in(summary, WHOLE)
}

/// The same in a picture of any width.
pub(super) fn draw_in(summary: &Summary, grid: Grid) -> Result<String, ChartError> {
    let matrix = largest(summary).ok_or(ChartError::Nothing)?;
    let maps = maps(&matrix);
    if maps.is_empty() {
        return Err(ChartError::Nothing);
    }
    let told = maps.iter().flat_map(|map| map.rows.iter().flatten().flatten());
    let frame = Frame {
        title: title(&matrix, TITLE),
        explanation: "A map a family, a row a version, a column a workload. Each cell is the grade of the \
             family's worst figure there, against what was counted: the darker, the worse. Workloads on \
             which no version reports the family are left out; blank cells were not audited."
            .to_owned(),
        description: alt(summary),
        legend: grades::legend(told.map(|verdict| verdict.grade)),
        provenance: words::provenance_of(summary, &[Content::Audited]),
    };
    let names: Vec<String> = matrix.versions.iter().map(|row| row.version.to_string()).collect();
    let left = names.iter().map(|name| SMALL.width(name)).fold(0.0, f64::max) + 8.0;
    Ok(frame.draw_at(grid.width, |canvas, top| {
        let (mut x, mut y, mut bottom) = (MARGIN, top, top);
        for map in &maps {
            let cell = cell_width(grid.width, left, map.workloads.len());
            let width = left + map.workloads.len() as f64 * cell;
            // A title may be wider than its map.
            let width = width.max(TEXT.bold().width(map.family.word()));
            if x > MARGIN && x + width > grid.width - MARGIN {
                (x, y) = (MARGIN, bottom + GAP);
            }
            let end = map.draw(canvas, &names, (x, y), (left, cell), headings_height(&maps));
            bottom = bottom.max(end);
            x += width + GAP;
        }
        bottom
    }))
}

/// So that two maps stand side by side if they can, and one fits in any case.
fn cell_width(full: f64, left: f64, columns: usize) -> f64 {
    let full = full - 2.0 * MARGIN;
    let fitting = |width: f64| (width - left) / columns.max(1) as f64;
    let half = fitting((full - GAP) / 2.0);
    if half >= ROW { half.min(CELL) } else { fitting(full).min(CELL) }
}

/// The same above all maps, so that their rows are at one height.
fn headings_height(maps: &[Map]) -> f64 {
    let heights = maps.iter().map(|map| Headings::over(&map.workloads, CELL).height());
    heights.fold(0.0, f64::max)
}

fn maps(matrix: &Matrix) -> Vec<Map> {
    let all = Family::ALL.into_iter().filter_map(|family| {
        let told = |row: &MatrixRow, column: usize| {
            let audit = row.audits[column].as_ref()?;
            let failed = audit.all.grade == Grade::Failed && audit.families.is_empty();
            // What it was not even asked about, it does not report.
            let grade = if failed { Grade::Failed } else { Grade::Absent };
            let none = Verdict { grade, factor: None };
            Some(audit.families.get(&family).copied().unwrap_or(none))
        };
        let is_reported = |column: &usize| {
            let mut told = matrix.versions.iter().filter_map(|row| told(row, *column));
            told.any(|verdict| verdict.factor.is_some())
        };
        let columns: Vec<usize> = (0..matrix.audited.len()).filter(is_reported).collect();
        let row = |row: &MatrixRow| columns.iter().map(|column| told(row, *column)).collect();
        (!columns.is_empty()).then(|| Map {
            family,
            workloads: columns.iter().map(|column| matrix.audited[*column].clone()).collect(),
            rows: matrix.versions.iter().map(row).collect(),
        })
    });
    all.collect()
}

impl Map {
    /// Draws it with the versions' names at its left; returns where it ends.
    fn draw(
        &self,
        canvas: &Canvas,
        names: &[String],
        (x, y): Point,
        (left, cell): (f64, f64),
        headings: f64,
    ) -> f64 {
        canvas.text(self.family.word(), (x, y + TITLE_LINE / 2.0), TEXT.bold());
        let top = y + TITLE_LINE + headings;
        Headings::over(&self.workloads, cell).draw(canvas, (x + left, top));
        let mut area = Area { x: x + left, y: top, width: cell, height: ROW };
        for (name, row) in names.iter().zip(&self.rows) {
            canvas.text(name, (area.x - 6.0, area.middle().1), SMALL.colour(INK).right());
            let cells = row.iter().map(|told| match told {
                Some(told) => HeatCell {
                    text: told.grade.mark().to_owned(),
                    colour: HeatColour::Told(Verdict { factor: None, ..*told }),
                },
                None => HeatCell { text: String::new(), colour: HeatColour::Blank },
            });
            draw_cells(canvas, &cells.collect::<Vec<_>>(), area);
            area.y += ROW;
        }
        debug_assert!(cell > NOTE.width("✓"), "a mark has room");
        area.y
    }
}

pub(super) fn alt(summary: &Summary) -> String {
    let Some(matrix) = largest(summary) else { return String::new() };
    let maps = maps(&matrix).into_iter().map(|map| {
        let versions = matrix.versions.iter().zip(&map.rows).map(|(version, row)| {
            let told = map.workloads.iter().zip(row);
            let told = told.filter_map(|(workload, told)| {
                Some(format!("{workload} {}", told.as_ref()?.grade.word()))
            });
            let told: Vec<String> = told.collect();
            let told = if told.is_empty() { "not audited".to_owned() } else { told.join(", ") };
            format!("{}: {told}", version.version)
        });
        format!("{}: {}", map.family.word(), versions.collect::<Vec<_>>().join("; "))
    });
    format!("{}. {}.", title(&matrix, TITLE), maps.collect::<Vec<_>>().join(". "))
}
