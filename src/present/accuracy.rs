//! What trackers say, held against what happened, as tables.

use super::table::{Table, Unit, Value};
use crate::analyse::accuracy::{
    Audit, Check, Grade, Growth, GrowthRate, LeakAudit, LeakGrade, OwnHeap,
};
use crate::analyse::summary::Summary;
use crate::common::units::{self, ABSENT};
use crate::present::words::arm_title;

/// The figures that have a column, with its heading.
const FIGURES: [(&str, &str); 7] = [
    ("allocations", "allocations"),
    ("frees", "frees"),
    ("allocated bytes", "bytes"),
    ("live allocations", "live allocations"),
    ("live bytes", "live bytes"),
    ("peak live bytes", "peak"),
    ("variables", "variables"),
];

/// Every table of a summary that is about accuracy; those without a row are left out.
pub(super) fn tables(summary: &Summary) -> Vec<Table> {
    let tables = [
        verdicts(&summary.audits),
        own_heaps(&summary.audits),
        leaks(&summary.leaks),
        growth(&summary.growth),
        tracker_reports(&summary.audits),
    ];
    tables.into_iter().filter_map(Table::filled).collect()
}

/// One row a cell: reported ÷ counted, figure by figure, and the verdict.
fn verdicts(audits: &[Audit]) -> Table {
    let mut table = Table::of(audits)
        .words("workload", "workload", |audit| audit.workload.as_str())
        .words("tracker", "tracker", |audit| arm_title(&audit.arm, audit.version.as_deref()))
        .words("verdict", "verdict", verdict);
    for (figure, heading) in FIGURES {
        table = table.figure(heading, &figure.replace(' ', "_"), |audit| {
            let found = audit.checks.iter().find(|check| check.figure == figure);
            found.and_then(Check::ratio).map(Value::capture)
        });
    }
    table
        .figure("dropped", "dropped_events", |audit| audit.dropped_events.map(Value::Count))
        .table("accuracy", "How accurate is it?")
        .note(
            "Reported ÷ actual, by each tracker's own convention. Exact: every figure is equal. \
             Close: all are within 1 %. Wrong: the figure that is off by most. Absent: it reports \
             none of them. Dropped: events that the tracker itself says it lost.",
        )
}

/// What trackers allocate for themselves.
fn own_heaps(audits: &[Audit]) -> Table {
    let audits: Vec<(&Audit, OwnHeap)> =
        audits.iter().filter_map(|audit| Some((audit, audit.own_heap?))).collect();
    Table::of(&audits)
        .words("workload", "workload", |(audit, _)| audit.workload.as_str())
        .words("tracker", "tracker", |(audit, _)| arm_title(&audit.arm, audit.version.as_deref()))
        .figure("peak", "peak_bytes", |(_, own)| Value::size(own.peak_bytes))
        .figure("allocations", "peak_allocations", |(_, own)| own.peak_allocations.map(Value::Count))
        .figure("at the end", "live_bytes", |(_, own)| Value::size(own.live_bytes))
        .figure("allocations", "live_allocations", |(_, own)| Value::Count(own.live_allocations))
        .figure("bytes per event", "bytes_per_event", |(_, own)| {
            own.bytes_per_event.map(Value::bytes)
        })
        .figure("allocations per event", "allocations_per_event", |(_, own)| {
            own.allocations_per_event.map(|number| Unit::Decimals(2, "").of(number))
        })
        .figure("per live allocation", "peak_bytes_per_live_allocation", |(_, own)| {
            own.peak_bytes_per_live_allocation.map(Value::bytes)
        })
        .table("own-heap", "The tracker's own heap")
        .note(
            "What the tracker allocates for itself, counted: at its peak, when the work is done, and \
             for each allocation event of the program. Per live allocation: its peak ÷ the most \
             allocations of the program that were live at once.",
        )
}

/// Lists of leaks, graded.
fn leaks(audits: &[LeakAudit]) -> Table {
    let count = |of: fn(&LeakGrade) -> u64| {
        move |audit: &LeakAudit| audit.grade.as_ref().map(|grade| Value::Count(of(grade)))
    };
    let share = |of: fn(&LeakGrade) -> Option<f64>| {
        move |audit: &LeakAudit| {
            audit.grade.as_ref().and_then(of).map(|share| Unit::Share.of(share))
        }
    };
    Table::of(audits)
        .words("workload", "workload", |audit| audit.workload.as_str())
        .words("tracker", "tracker", |audit| arm_title(&audit.arm, audit.version.as_deref()))
        .words("verdict", "verdict", leak_verdict)
        .figure("leaked", "leaked", count(|grade| grade.true_leaks))
        .figure("listed", "listed", count(|grade| grade.listed))
        .figure("found", "found", count(|grade| grade.found))
        .figure("freed", "freed", count(|grade| grade.freed))
        .figure("own", "own", count(|grade| grade.own))
        .figure("missed", "missed", count(|grade| grade.missed))
        .figure("precision", "precision", share(|grade| grade.precision))
        .figure("recall", "recall", share(|grade| grade.recall))
        .figure("planted found", "planted_recall", share(|grade| grade.planted_recall))
        .table("leaks", "Lists of leaks")
        .note(
            "Each entry is looked up among what truly leaked: allocated by the workload and still \
             live when it and its threads are gone. Freed: listed, but freed before. Own: listed, \
             but the tracker's own. Precision: found ÷ listed. Recall: found ÷ leaked. Nothing \
             leaks in leak-detection and rapid-lifecycle: what is listed there is a false alarm. \
             Trackers that list no leaks are left out.",
        )
}

fn leak_verdict(audit: &LeakAudit) -> String {
    let Some(grade) = &audit.grade else {
        return format!("failed: {}", first_line(audit.failure.as_deref().unwrap_or(ABSENT)));
    };
    match (grade.false_leaks(), grade.missed) {
        (0, 0) => "right".to_owned(),
        (wrong, 0) => format!("{} false", units::count(wrong)),
        (0, missed) => format!("{} missed", units::count(missed)),
        (wrong, missed) => {
            format!("{} false, {} missed", units::count(wrong), units::count(missed))
        }
    }
}

/// Memory over repetitions.
fn growth(all: &[Growth]) -> Table {
    let slope = |slope: GrowthRate| {
        Value::Figure(slope.bytes_per_repetition, Some([slope.low, slope.high]), Unit::Growth)
    };
    Table::of(all)
        .words("workload", "workload", |growth| growth.workload.as_str())
        .words("tracker", "tracker", |growth| arm_title(&growth.arm, growth.version.as_deref()))
        .words("verdict", "verdict", |growth| match (&growth.failure, growth.own_heap) {
            (Some(failure), _) => format!("failed: {}", first_line(failure)).into(),
            (None, Some(_)) if growth.is_unbounded() => "grows without bound".into(),
            (None, Some(_)) => "bounded".into(),
            (None, None) => Value::Absent,
        })
        .estimate("own heap, per repetition", "own_bytes_per_repetition", |growth| {
            growth.own_heap.map(slope)
        })
        .figure("per allocation", "own_bytes_per_allocation", |growth| {
            let (slope, allocations) = growth.own_heap.zip(growth.allocations_per_repetition)?;
            let bytes = slope.bytes_per_repetition.max(0.0) / allocations.max(1) as f64;
            Some(Unit::Decimals(1, " B").of(bytes))
        })
        .estimate("resident set, per repetition", "resident_bytes_per_repetition", |growth| {
            growth.resident.map(slope)
        })
        .table("growth", "Does its memory grow without bound?")
        .note(
            "The same workload over and over in one process, which frees all that it allocates. \
             Growth per repetition with its 95 % interval, without the first two: of what the \
             tracker holds for itself, and of the resident set of a process in which nothing is \
             counted. It grows without bound if the whole interval of its own heap lies above \
             zero.",
        )
}

/// What is wrong with tracker reports, and how large they are.
fn tracker_reports(audits: &[Audit]) -> Table {
    let known = |audit: &&Audit| audit.report_bytes.is_some() || !audit.report_findings.is_empty();
    Table::of(audits.iter().filter(known))
        .words("workload", "workload", |audit| audit.workload.as_str())
        .words("tracker", "tracker", |audit| arm_title(&audit.arm, audit.version.as_deref()))
        .words("finding", "finding", |audit| match audit.report_findings.as_slice() {
            [] => "sound".to_owned(),
            findings => findings.join("; "),
        })
        .figure("size", "report_bytes", |audit| audit.report_bytes.map(Value::size))
        .table("tracker-reports", "Tracker reports")
        .note(
            "Made after the work, outside every measured time. Only the form is judged: a \
             report that failed, or a file that is empty, cut off or malformed.",
        )
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or(text)
}

/// The verdict in words.
pub(super) fn verdict(audit: &Audit) -> String {
    match (audit.grade, audit.worst(), &audit.failure) {
        (Grade::Failed, _, Some(failure)) => {
            format!("failed: {}", first_line(failure))
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
    use protocol::{Reported, Truth};

    use super::*;
    use crate::analyse::accuracy;
    use crate::fixture;
    use crate::plan::catalog::{Convention, Counts, Realloc};
    use crate::present::table::{Renderer, Terminal};

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
    fn every_column_has_a_figure() {
        let checks = [Counts::Allocations, Counts::Variables].map(|counts| {
            let convention = Convention { realloc: Realloc::Apart, counts };
            accuracy::checks(&Truth::default(), &Reported::default(), convention, 0)
        });
        let figures: Vec<&str> = checks.iter().flatten().map(|check| check.figure).collect();
        for (figure, heading) in FIGURES {
            assert!(figures.contains(&figure), "{heading} would always be absent");
        }
    }

    #[test]
    fn every_table_of_accuracy_reads_like_this() {
        let summary = fixture::summary_of_truth();
        let text: Vec<String> =
            tables(&summary).iter().map(|table| Terminal::default().render(table)).collect();
        insta::assert_snapshot!(text.join("\n\n"));
    }
}
