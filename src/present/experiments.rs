//! The experiments' tables: numbers of threads, and the cost ladder.

use super::cells;
use super::grid::Grid;
use crate::analyse::summary::{Ladder, Rung, Summary, ThreadCell};
use crate::common::units::{self, ABSENT};
use crate::present::words::{self, arm_title};

/// Every table of a summary that is about an experiment, those without a row left out.
pub(super) fn grids(summary: &Summary) -> Vec<Grid> {
    let grids = [threads(&summary.threads), ladder(&summary.ladders)];
    grids.into_iter().filter_map(Grid::filled).collect()
}

pub(super) fn threads(all: &[ThreadCell]) -> Grid {
    let row = |cell: &ThreadCell| {
        vec![
            cell.workload.clone(),
            arm_title(&cell.arm, cell.version.as_deref()),
            cell.threads.to_string(),
            if cell.overhead.is_none() && !cell.failures.is_empty() {
                words::failures(&cell.failures)
            } else {
                cells::ratio(cell.overhead)
            },
            cells::noise(cell.noise),
            cells::capture(cell.capture),
            cells::capture(cell.live_allocations),
        ]
    };
    Grid {
        id: "threads".to_owned(),
        title: "By number of threads".to_owned(),
        note:
            "Each number of threads has its own untracked programs beside it. Capture: allocations \
               reported ÷ counted. Live blocks at the end, likewise."
                .to_owned(),
        headings: vec![
            "workload",
            "tracker",
            "threads",
            "overhead",
            "noise floor",
            "capture",
            "live allocations",
        ],
        text: 2,
        rows: all.iter().map(row).collect(),
    }
}

pub(super) fn ladder(all: &[Ladder]) -> Grid {
    let row = |ladder: &Ladder| {
        let per_event = |ns: Option<f64>| ns.map_or(ABSENT.to_owned(), nanoseconds);
        vec![
            ladder.workload.clone(),
            arm_title(&ladder.arm, ladder.version.as_deref()),
            units::count(ladder.events),
            ladder.init_ns.map_or(ABSENT.to_owned(), |ns| units::seconds(ns / 1e9)),
            rung(ladder.idle),
            match (ladder.armed, ladder.failures.is_empty()) {
                (None, false) => words::failures(&ladder.failures),
                (armed, _) => rung(armed),
            },
            per_event(ladder.read_ns),
            per_event(ladder.report_ns),
            per_event(ladder.total_ns()),
            ladder.report_bytes.map_or(ABSENT.to_owned(), |bytes| units::bytes(bytes as f64)),
        ]
    };
    Grid {
        id: "ladder".to_owned(),
        title: "Which step costs what".to_owned(),
        note: "Nanoseconds of wall time per allocation event of the workload, with the 95 % interval. \
               Idle: linked and not started, against no tracker; what is within the interval around 0 is \
               nothing. Armed: at work, against no tracker. Read and exported: its statistics and its \
               own reports, once at the end, shared out over the events. Set-up is once per program."
            .to_owned(),
        headings: vec![
            "workload",
            "tracker",
            "events",
            "set-up",
            "idle",
            "armed",
            "read",
            "exported",
            "all",
            "size of export",
        ],
        text: 2,
        rows: all.iter().map(row).collect(),
    }
}

/// `12.3 ns [11.9 to 12.8]`.
fn rung(rung: Option<Rung>) -> String {
    rung.map_or(ABSENT.to_owned(), |rung| match (rung.low, rung.high) {
        (Some(low), Some(high)) => {
            format!("{} [{} to {}]", nanoseconds(rung.ns), figure(low), figure(high))
        }
        _ => nanoseconds(rung.ns),
    })
}

fn nanoseconds(ns: f64) -> String {
    format!("{} ns", figure(ns))
}

/// One decimal where it says something.
fn figure(ns: f64) -> String {
    let figure = if ns.abs() < 99.95 { format!("{ns:.1}") } else { format!("{ns:.0}") };
    figure.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn the_experiments_read_like_this() {
        let summary = fixture::summary_of_truth();
        let text: Vec<String> = grids(&summary).iter().map(Grid::terminal).collect();
        insta::assert_snapshot!(text.join("\n\n"));
    }
}
