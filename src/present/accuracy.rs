//! What trackers say, held against what happened, as tables.

use super::cells;
use super::grid::Grid;
use crate::analyse::accuracy::{Audit, Check, Grade, Growth, GrowthRate, LeakAudit};
use crate::analyse::summary::Summary;
use crate::common::units::{self, ABSENT};
use crate::plan::arm::ArmId;
use crate::present::words::arm_title;

/// The figures that have a column, with its heading.
const FIGURES: [(&str, &str); 7] = [
    ("allocations", "allocations"),
    ("deallocations", "frees"),
    ("allocated bytes", "bytes"),
    ("live allocations", "live allocations"),
    ("live bytes", "live bytes"),
    ("peak live bytes", "peak"),
    ("variables", "variables"),
];

/// Every table of a summary that is about truth, those without a row left out.
pub(super) fn grids(summary: &Summary) -> Vec<Grid> {
    let grids = [
        verdicts(&summary.audits),
        own_heaps(&summary.audits),
        leaks(&summary.leaks),
        growth(&summary.growth),
        exports(&summary.audits),
    ];
    grids.into_iter().filter_map(Grid::filled).collect()
}

/// One row a cell: reported ÷ counted, figure by figure, and the verdict.
fn verdicts(audits: &[Audit]) -> Grid {
    let row = |audit: &Audit| {
        let mut row = names(&audit.workload, &audit.arm, audit.version.as_deref());
        row.push(verdict(audit));
        row.extend(FIGURES.iter().map(|(figure, _)| {
            let found = audit.checks.iter().find(|check| check.figure == *figure);
            cells::capture(found.and_then(Check::ratio))
        }));
        row.push(audit.dropped_events.map_or(ABSENT.to_owned(), units::count));
        row
    };
    let headings = ["workload", "tracker", "verdict"].into_iter();
    Grid {
        id: "truth".to_owned(),
        title: "Is it true?".to_owned(),
        note: "Reported ÷ counted, in each tracker's own terms. Exact: every figure equal. Close: all \
               within 1 %. Wrong: the figure that is off by most. Absent: it reports none of them. \
               Dropped: events that the tracker itself says it lost."
            .to_owned(),
        headings: headings
            .chain(FIGURES.iter().map(|(_, heading)| *heading))
            .chain(["dropped"])
            .collect(),
        text: 3,
        rows: audits.iter().map(row).collect(),
    }
}

/// What trackers allocate for themselves.
fn own_heaps(audits: &[Audit]) -> Grid {
    let row = |audit: &Audit| {
        let own = audit.own_heap?;
        let mut row = names(&audit.workload, &audit.arm, audit.version.as_deref());
        let size = |bytes: Option<f64>| bytes.map_or(ABSENT.to_owned(), units::bytes);
        row.extend([
            units::bytes(own.peak_bytes as f64),
            own.peak_allocations.map_or(ABSENT.to_owned(), units::count),
            units::bytes(own.live_bytes as f64),
            units::count(own.live_allocations),
            size(own.bytes_per_event),
            own.allocations_per_event.map_or(ABSENT.to_owned(), |blocks| format!("{blocks:.2}")),
            size(own.peak_bytes_per_live_allocation),
        ]);
        Some(row)
    };
    Grid {
        id: "own-heap".to_owned(),
        title: "The tracker's own heap".to_owned(),
        note: "What the tracker allocates for itself, counted. At its peak; when the work is done; for \
               each allocation event of the program; and at its peak for each block that the program \
               held at its own."
            .to_owned(),
        headings: vec![
            "workload",
            "tracker",
            "peak",
            "blocks",
            "at the end",
            "blocks",
            "bytes per event",
            "blocks per event",
            "per live block",
        ],
        text: 2,
        rows: audits.iter().filter_map(row).collect(),
    }
}

/// Lists of leaks, graded.
fn leaks(audits: &[LeakAudit]) -> Grid {
    let row = |audit: &LeakAudit| {
        let mut row = names(&audit.workload, &audit.arm, audit.version.as_deref());
        match (&audit.grade, &audit.failure) {
            (Some(grade), _) => {
                let share = |share: Option<f64>| share.map_or(ABSENT.to_owned(), units::percent);
                let count = |count| units::count(count);
                row.extend([
                    leak_verdict(audit),
                    count(grade.true_leaks),
                    count(grade.listed),
                    count(grade.found),
                    count(grade.freed),
                    count(grade.own),
                    count(grade.missed),
                    share(grade.precision),
                    share(grade.recall),
                    share(grade.planted_recall),
                ]);
            }
            (None, failure) => {
                let reason = failure.as_deref().unwrap_or(ABSENT);
                row.push(format!("failed: {}", reason.lines().next().unwrap_or(reason)));
                row.extend(std::iter::repeat_n(ABSENT.to_owned(), 9));
            }
        }
        row
    };
    Grid {
        id: "leaks".to_owned(),
        title: "Lists of leaks".to_owned(),
        note: "Held block by block against what truly leaked: allocated by the workload and alive when it \
               and its threads are gone. Freed: listed, and freed long ago. Own: listed, and the \
               tracker's own. Precision: found ÷ listed. Recall: found ÷ leaked. Nothing leaks in \
               leak-detection and rapid-lifecycle: what is listed there is a false alarm. Trackers that \
               list no leaks are left out."
            .to_owned(),
        headings: vec![
            "workload",
            "tracker",
            "verdict",
            "leaked",
            "listed",
            "found",
            "freed",
            "own",
            "missed",
            "precision",
            "recall",
            "planted found",
        ],
        text: 3,
        rows: audits.iter().map(row).collect(),
    }
}

fn leak_verdict(audit: &LeakAudit) -> String {
    let Some(grade) = &audit.grade else { return "failed".to_owned() };
    match (grade.false_leaks(), grade.missed) {
        (0, 0) => "right".to_owned(),
        (wrong, 0) => format!("{} false", units::count(wrong)),
        (0, missed) => format!("{} missed", units::count(missed)),
        (wrong, missed) => {
            format!("{} false, {} missed", units::count(wrong), units::count(missed))
        }
    }
}

/// Memory over repeated passes.
fn growth(all: &[Growth]) -> Grid {
    let row = |growth: &Growth| {
        let verdict = match (&growth.failure, growth.own_heap) {
            (Some(failure), _) => format!("failed: {}", failure.lines().next().unwrap_or(failure)),
            (None, Some(_)) if growth.is_unbounded() => "grows without bound".to_owned(),
            (None, Some(_)) => "bounded".to_owned(),
            (None, None) => ABSENT.to_owned(),
        };
        let per_block =
            growth.own_heap.zip(growth.allocations_per_repetition).map(|(slope, blocks)| {
                format!("{:.1} B", slope.bytes_per_repetition.max(0.0) / blocks.max(1) as f64)
            });
        let mut row = names(&growth.workload, &growth.arm, growth.version.as_deref());
        row.extend([
            verdict,
            slope(growth.own_heap),
            per_block.unwrap_or(ABSENT.to_owned()),
            slope(growth.resident),
        ]);
        row
    };
    Grid {
        id: "growth".to_owned(),
        title: "Does its memory grow without bound?".to_owned(),
        note: "The same workload over and over in one process, which frees all that it allocates. Growth \
               from pass to pass with its 95 % interval, after two passes of warming up: of what the \
               tracker holds for itself, and of the resident set of a process in which nothing is \
               counted. It grows without bound if the whole interval of its own heap lies above zero."
            .to_owned(),
        headings: vec![
            "workload",
            "tracker",
            "verdict",
            "own heap, per pass",
            "per allocation",
            "resident set, per pass",
        ],
        text: 3,
        rows: all.iter().map(row).collect(),
    }
}

/// `+1.2 MB [1.1 MB to 1.3 MB]`.
fn slope(slope: Option<GrowthRate>) -> String {
    slope.map_or(ABSENT.to_owned(), |GrowthRate { bytes_per_repetition, low, high, .. }| {
        let signed = |bytes: f64| {
            let sign = match bytes.round() {
                0.0 => "",
                b if b < 0.0 => "−",
                _ => "+",
            };
            format!("{sign}{}", units::bytes(bytes.abs()))
        };
        format!("{} [{} to {}]", signed(bytes_per_repetition), signed(low), signed(high))
    })
}

/// What is wrong with trackers' own exports, and how large they are.
fn exports(audits: &[Audit]) -> Grid {
    let row = |audit: &Audit| {
        let size = audit.report_bytes;
        if size.is_none() && audit.report_findings.is_empty() {
            return None;
        }
        let mut row = names(&audit.workload, &audit.arm, audit.version.as_deref());
        let findings = &audit.report_findings;
        row.push(if findings.is_empty() { "sound".to_owned() } else { findings.join("; ") });
        row.push(size.map_or(ABSENT.to_owned(), |size| units::bytes(size as f64)));
        Some(row)
    };
    Grid {
        id: "exports".to_owned(),
        title: "The trackers' own reports".to_owned(),
        note: "Made after the work, outside every measured time. Only the form is judged: an export that \
               failed, or a file that is empty, cut off or malformed."
            .to_owned(),
        headings: vec!["workload", "tracker", "finding", "size"],
        text: 3,
        rows: audits.iter().filter_map(row).collect(),
    }
}

fn names(workload: &str, arm: &ArmId, version: Option<&str>) -> Vec<String> {
    vec![workload.to_owned(), arm_title(arm, version)]
}

/// The verdict in words.
pub(super) fn verdict(audit: &Audit) -> String {
    match (audit.grade, audit.worst(), &audit.failure) {
        (Grade::Failed, _, Some(failure)) => {
            format!("failed: {}", failure.lines().next().unwrap_or(failure))
        }
        (Grade::Failed, ..) => "failed".to_owned(),
        (Grade::Absent, ..) => "absent".to_owned(),
        (Grade::Exact, ..) => "exact".to_owned(),
        (Grade::Close, ..) => "close".to_owned(),
        (Grade::Wrong, Some(check), _) => format!("{} wrong by {}", check.figure, off(check)),
        (Grade::Wrong, None, _) => "wrong".to_owned(),
    }
}

/// How far a figure is off: `+45.8 %`, or a factor where a percentage would not be read any more.
fn off(check: &Check) -> String {
    match check.ratio() {
        Some(ratio) if ratio.is_infinite() => {
            format!("{} where there are none", units::count(check.reported.unwrap_or(0)))
        }
        Some(ratio) if ratio >= 10.0 => format!("{} times", units::count(ratio.round() as u64)),
        Some(ratio) => format!("{:+.1} %", (ratio - 1.0) * 100.0),
        None => ABSENT.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn audit(checks: Vec<Check>) -> Audit {
        Audit {
            grade: checks.iter().map(Check::grade).max().unwrap_or(Grade::Absent),
            checks,
            ..fixture::audit("fragmentation", "some/mode")
        }
    }

    #[test]
    fn the_verdict_names_the_worst_figure() {
        let check = |figure, truth, reported| Check {
            figure,
            truth,
            reported: Some(reported),
            tolerance: 0,
        };
        let exact = audit(vec![check("allocations", 5, 5)]);
        assert_eq!(verdict(&exact), "exact");
        let close = audit(vec![check("allocations", 1000, 1001)]);
        assert_eq!(verdict(&close), "close");
        let wrong = audit(vec![check("allocations", 1000, 1100), check("live bytes", 1000, 1400)]);
        assert_eq!(verdict(&wrong), "live bytes wrong by +40.0 %");
        let huge = audit(vec![check("live allocations", 14, 9935)]);
        assert_eq!(verdict(&huge), "live allocations wrong by 710 times");
        let none = audit(vec![check("live allocations", 0, 3)]);
        assert_eq!(verdict(&none), "live allocations wrong by 3 where there are none");
    }

    #[test]
    fn every_table_of_truth_reads_like_this() {
        let summary = fixture::summary_of_truth();
        let text: Vec<String> = grids(&summary).iter().map(Grid::terminal).collect();
        insta::assert_snapshot!(text.join("\n\n"));
    }
}
