//! The main table: what each tracker costs on each workload, and over all of them.

use super::table::{Builder, Cell, Csv, Place, Renderer, Table, Unit, Value};
use super::{faults, links, words};
use crate::analyse::accuracy::{Audit, Check, Standing};
use crate::analyse::summary::{self, Overall, Summary, Timing, WorkloadSummary};
use crate::common::units;

/// The name of the table of costs on a page.
pub(super) const ID: &str = "figures";

/// What a row is made from.
#[derive(Clone, Copy)]
enum Line<'a> {
    /// A tracker on a workload.
    One(&'a WorkloadSummary, &'a summary::Cell),
    /// A tracker over all workloads.
    All(&'a Summary, &'a Overall),
}
use Line::{All, One};

/// A section for each tracked arm, with a row for each workload and one over all.
pub(super) fn by_arm(summary: &Summary) -> Table {
    let sections = summary.overall.iter().map(|overall| {
        let own = cells(summary).filter(|(_, cell)| cell.arm == overall.arm);
        let own = own.map(|(workload, cell)| One(workload, cell));
        let total = (summary.workloads.len() > 1).then_some(All(summary, overall));
        (words::overall_title(overall), own.chain(total))
    });
    columns(by_workload(Table::in_sections(sections), summary), summary)
}

/// The figures as CSV, workload by workload: unrounded, in seconds and bytes, absent ones empty.
pub fn csv(summary: &Summary) -> String {
    let lines = cells(summary).map(|(workload, cell)| One(workload, cell));
    Csv.render(&columns(by_workload(Table::of(lines), summary), summary))
}

/// One workload: a row for each tracker, the cheapest first.
pub(super) fn of_workload(summary: &Summary, workload: &WorkloadSummary) -> Table {
    let mut cells: Vec<&summary::Cell> = workload.cells.iter().collect();
    let cost = |cell: &summary::Cell| cell.overhead.map_or(f64::INFINITY, |cost| cost.ratio);
    cells.sort_by(|a, b| cost(a).total_cmp(&cost(b)));
    let lines = cells.into_iter().map(|cell| One(workload, cell));
    let rows = Table::of(lines).words("tracker", "tracker", |line| match line {
        One(_, cell) => {
            let title = words::arm_title(&cell.arm, cell.version.as_deref());
            Cell::from(title).link(links::tracker_page(&cell.arm))
        }
        All(..) => Value::Empty.into(),
    });
    columns(rows, summary)
}

/// Every way in which samples failed.
pub(super) fn failures(summary: &Summary) -> Table {
    let all = words::all_failures(summary);
    Table::of(&all)
        .words("tracker", "arm", |told| told.arm.as_str())
        .words(words::workload_noun(&summary.workloads), "workload", |told| told.workload)
        .words("failure", "failure", |told| told.failed.label())
        .figure("samples", "samples", |told| Value::Count(told.failed.count as u64))
        .words("the first one's reason", "reason", |told| Value::Log(told.failed.reason.clone()))
        .table("failures", "Failures")
        .note("A failure is a result: a cell without a figure, or with fewer samples than the others.")
}

fn by_workload<'a>(rows: Builder<Line<'a>>, summary: &'a Summary) -> Builder<Line<'a>> {
    let noun = words::workload_noun(&summary.workloads);
    rows.words(noun, "workload", |line| match line {
        One(workload, _) => {
            Cell::from(&*workload.workload).link(links::workload_page(&workload.workload))
        }
        All(summary, overall) => total_name(summary, overall, noun),
    })
}

/// Every column of the table but the first, in every form that it has.
fn columns(rows: Builder<Line<'_>>, summary: &Summary) -> Table {
    accuracy_columns(cost_columns(rows), summary)
        .datum("capture", |line| line.one(|_, cell| cell.capture.map(Value::capture)))
        .datum("failures", |line| line.one(|_, cell| Some(words::failures(&cell.failures).into())))
        .table(ID, "All costs")
        .note(format!(
            "{} of each arm and {}, each in a process of its own. Times and sizes are medians.",
            words::samples(summary),
            words::workload_noun(&summary.workloads)
        ))
}

impl<'a> Line<'a> {
    /// What there is of both.
    fn either<T>(self, cell: fn(&'a summary::Cell) -> T, all: fn(&'a Overall) -> T) -> T {
        match self {
            One(_, one) => cell(one),
            All(_, overall) => all(overall),
        }
    }

    /// What there is of single workloads alone.
    fn one(self, value: impl Fn(&WorkloadSummary, &summary::Cell) -> Option<Value>) -> Value {
        match self {
            One(workload, cell) => value(workload, cell).into(),
            All(..) => Value::Empty,
        }
    }
}

/// What each costs.
fn cost_columns(rows: Builder<Line<'_>>) -> Builder<Line<'_>> {
    rows.totals(|line| matches!(line, All(..)))
        .datum("arm", |line| line.either(|cell| cell.arm.to_string(), |all| all.arm.to_string()))
        .datum("version", |line| {
            line.either(|cell| cell.version.as_deref(), |all| all.version.as_deref())
        })
        .datum("blocks", |line| line.one(|workload, _| Some(Value::Count(workload.blocks as u64))))
        .estimate("overhead", "overhead", |line| match line {
            One(_, cell) => Cell::from(cell.overhead).failing(words::failures(&cell.failures)),
            All(_, overall) => overall.overhead.into(),
        })
        .aside("95 % interval")
        .words("difference", "detection", |line| {
            let detection = line.either(|cell| cell.detection, |all| all.detection);
            let detectable = line.either(|cell| cell.detectable, |all| all.detectable);
            let told = detection.map(|told| Value::Text(words::difference(told, detectable)));
            Cell::from(told).faint(detection != Some("slower"))
        })
        .bare_estimate("in wall time", "wall_overhead", |line| {
            line.either(|cell| cell.wall_overhead, |all| all.wall_overhead)
        })
        .at(Place::Page)
        .bare_estimate("peak memory", "memory", memory)
        .aside("untracked → tracked")
        .figure("untracked", "untracked_cpu_s", |line| {
            line.one(|workload, _| Some(Value::seconds(workload.untracked.as_ref()?.cpu_s?)))
        })
        .spare()
        .figure("tracked", "tracked_cpu_s", |line| {
            line.one(|_, cell| Some(Value::seconds(cell.timing.as_ref()?.cpu_s?)))
        })
        .spare()
        .figure("allocations", "allocations", |line| {
            line.one(|workload, _| workload.allocations.map(Value::Count))
        })
        .spare()
        .datum("events", |line| line.one(|workload, _| workload.events.map(Value::Count)))
        .datum("untracked_wall_s", |line| {
            line.one(|workload, _| Some(Value::seconds(workload.untracked.as_ref()?.wall_s)))
        })
        .datum("tracked_wall_s", |line| {
            line.one(|_, cell| Some(Value::seconds(cell.timing.as_ref()?.wall_s)))
        })
        .datum("untracked_resident_peak_bytes", |line| {
            line.one(|workload, _| peak(workload.untracked.as_ref()).map(Value::bytes))
        })
        .datum("tracked_resident_peak_bytes", |line| {
            line.one(|_, cell| peak(cell.timing.as_ref()).map(Value::bytes))
        })
        .figure("identical programs", "noise_factor", |line| {
            let (One(WorkloadSummary { noise, .. }, _) | All(Summary { noise, .. }, _)) = line;
            Cell::from(noise.and_then(|noise| noise.factor).map(Value::factor)).faint(true)
        })
        .spare()
}

/// How accurate each is.
fn accuracy_columns<'a>(rows: Builder<Line<'a>>, summary: &Summary) -> Builder<Line<'a>> {
    rows.words("accuracy", "grade", |line| grade(summary, line))
        .words("worst figure", "worst", |line| match line {
            One(workload, cell) => audit(summary, workload, cell).map(fault).unwrap_or_default(),
            All(_, all) => summary.standing(&all.arm).map(faults::worst).unwrap_or_default(),
        })
        .at(Place::Page)
        .datum("worst_factor", |line| match line {
            One(workload, cell) => {
                let worst = audit(summary, workload, cell).and_then(Audit::worst);
                worst.and_then(Check::factor).map(Value::factor)
            }
            All(..) => None,
        })
        .datum("coverage", |line| {
            match line {
                One(workload, cell) => audit(summary, workload, cell).and_then(covered),
                All(_, all) => summary.standing(&all.arm).and_then(Standing::covered),
            }
            .map(|share| Unit::Share.of(share))
        })
}

/// What a tracker said of a workload.
fn audit<'a>(
    summary: &'a Summary,
    workload: &WorkloadSummary,
    cell: &summary::Cell,
) -> Option<&'a Audit> {
    summary.audit(&workload.workload, &cell.arm)
}

/// The grade of a cell, and over all of the worst one.
fn grade(summary: &Summary, line: Line<'_>) -> Value {
    let grade = match line {
        One(workload, cell) => audit(summary, workload, cell).map(|audit| audit.grade),
        All(_, all) => summary.standing(&all.arm).map(|standing| standing.grade),
    };
    grade.map_or(Value::Absent, |grade| Value::Text(grade.word().to_owned()))
}

fn fault(audit: &Audit) -> String {
    audit.worst().map(faults::fault).or(audit.failure.clone()).unwrap_or_default()
}

fn covered(audit: &Audit) -> Option<f64> {
    let (seen, all) = audit.coverage?;
    (all > 0).then(|| seen as f64 / all as f64)
}

fn total_name(summary: &Summary, overall: &Overall, noun: &str) -> Cell {
    let all = summary.workloads.len();
    let name = if overall.workloads == all {
        format!("all {all} {noun}s")
    } else {
        format!("{} of {}", overall.workloads, units::counted(all, noun))
    };
    let failed = match overall.failed {
        0 => String::new(),
        failed => format!(", {failed} failed"),
    };
    Cell::from(Value::Label(name)).aside(format!("geometric mean{failed}"))
}

/// The ratio of peaks, with the peaks themselves beside it.
fn memory(line: Line<'_>) -> Cell {
    match line {
        One(workload, cell) => {
            let peaks = [workload.untracked.as_ref(), cell.timing.as_ref()].map(peak);
            let aside = cell.memory.map(|_| Value::Change(peaks, Unit::Bytes).words());
            Cell::from(cell.memory).aside(aside.unwrap_or_default())
        }
        All(_, overall) => overall.memory.into(),
    }
}

fn peak(timing: Option<&Timing>) -> Option<f64> {
    timing?.resident_peak_bytes
}

fn cells(summary: &Summary) -> impl Iterator<Item = (&WorkloadSummary, &summary::Cell)> {
    let workloads = summary.workloads.iter();
    workloads.flat_map(|workload| workload.cells.iter().map(move |cell| (workload, cell)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::present::table::Terminal;

    fn text(summary: &Summary, terminal: Terminal) -> String {
        terminal.render(&by_arm(summary))
    }

    #[test]
    fn the_table_has_a_section_for_each_arm() {
        insta::assert_snapshot!(text(&fixture::summary(), Terminal::default()));
    }

    #[test]
    fn the_table_of_one_arm() {
        insta::assert_snapshot!(text(&fixture::plain_summary(), Terminal::default()));
    }

    #[test]
    fn a_narrow_terminal_is_not_overrun() {
        let text = text(&fixture::summary(), Terminal { width: Some(80), colour: false });
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        insta::assert_snapshot!(text);
    }

    #[test]
    fn colour_only_where_it_is_wanted() {
        let text = |colour| text(&fixture::summary(), Terminal { width: None, colour });
        assert!(!text(false).contains('\u{1b}'));
        assert!(text(true).contains('\u{1b}'));
    }

    #[test]
    fn every_cell_is_a_line() {
        insta::assert_snapshot!(csv(&fixture::summary()));
    }
}
