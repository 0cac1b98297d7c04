//! What trackers say, held against what happened, as tables.

use super::faults;
use super::table::{Table, Unit, Value};
use crate::analyse::accuracy::{
    Attribution, Audit, Bias, Bounds, Check, Estimates, Family, Grade, Growth, GrowthRate,
    LeakAudit, LeakGrade, OwnHeap, Standing,
};
use crate::analyse::summary::Summary;
use crate::common::units::{self, ABSENT};
use crate::present::words::arm_title;
use crate::stats::Mean;

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
    let tables = figures(summary).into_iter().chain([leaks(&summary.leaks)]);
    tables.filter_map(Table::filled).collect()
}

/// The same without lists of leaks.
pub(super) fn figures(summary: &Summary) -> Vec<Table> {
    vec![
        standings(&summary.standings),
        verdicts(&summary.audits),
        moments(&summary.audits),
        surplus(&summary.audits),
        own_heaps(&summary.audits),
        growth(&summary.growth),
        estimates(&summary.estimates),
        tracker_reports(&summary.audits),
    ]
}

/// One row a tracker: its grade, family by family.
fn standings(standings: &[Standing]) -> Table {
    let mut table = Table::of(standings)
        .words("tracker", "arm", |one| arm_title(&one.arm, one.version.as_deref()))
        .words("grade", "grade", |one| faults::grade(one.grade))
        .words("worst figure", "worst", faults::worst)
        .figure("coverage", "coverage", |one| one.covered().map(|share| Unit::Share.of(share)));
    for family in Family::ALL {
        table = table.figure(family.word(), family.word(), move |one: &Standing| {
            one.families.get(&family).map(|worst| Value::Text(worst.told.grade.word().to_owned()))
        });
    }
    table
        .words("cells", "cells", faults::cells)
        .table("grades", "Can you believe it?")
        .note(
            "Each tracker by its worst figure on any workload. Exact: equal to the event or byte. Close: \
             within 1 %. Off: within 10 %. Wrong: further off, half and double alike. Absent: it does not \
             report it, which is no fault. Failed: it crashed, or never answered. Coverage: of the program's \
             allocations, those that it reports; a tracker of variables is handed few.",
        )
}

/// One row a cell: reported ÷ actual, figure by figure, and the grade.
fn verdicts(audits: &[Audit]) -> Table {
    let mut table = Table::of(audits)
        .words("workload", "workload", |audit| audit.workload.as_str())
        .words("tracker", "tracker", |audit| arm_title(&audit.arm, audit.version.as_deref()))
        .words("verdict", "verdict", faults::cell);
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
            "Reported ÷ actual, by each tracker's own convention. The verdict is of the figure that is off by \
             most, these and those of the tables below: at moments within the work, lists of leaks, single \
             sites. Dropped: events that the tracker itself says it lost.",
        )
}

/// What is in figures that are off: how much of the program's is missed, how much is the tracker's own.
fn surplus(audits: &[Audit]) -> Table {
    const TOLD: [&str; 3] = ["allocations", "frees", "live allocations"];
    let rows: Vec<(&Audit, &Check, Attribution)> = audits
        .iter()
        .flat_map(|audit| audit.checks.iter().map(move |check| (audit, check)))
        .filter(|(_, check)| TOLD.contains(&check.figure.as_str()) && check.grade() > Grade::Exact)
        .filter_map(|(audit, check)| {
            let listed = audit.listed_live.filter(|_| check.figure == "live allocations");
            Some((audit, check, listed.or_else(|| check.attribution())?))
        })
        .collect();
    let bounds = |bounds: Bounds| match (bounds.least, bounds.most) {
        (least, most) if least == most => units::count(least),
        (least, most) => format!("{} – {}", units::count(least), units::count(most)),
    };
    Table::of(&rows)
        .words("workload", "workload", |(audit, ..)| audit.workload.as_str())
        .words("tracker", "tracker", |(audit, ..)| arm_title(&audit.arm, audit.version.as_deref()))
        .words("figure", "figure", |(_, check, _)| check.figure.as_str())
        .figure("actual", "actual", |(_, check, _)| Value::Count(check.actual))
        .figure("reported", "reported", |(_, check, _)| check.reported.map(Value::Count))
        .figure("of the program's: missed", "missed", move |(.., told)| bounds(told.missed))
        .figure("of its own: counted", "own", move |(.., told)| bounds(told.own))
        .figure("neither", "neither", |(.., told)| Value::Count(told.neither))
        .table("surplus", "Missed, or counted too much?")
        .note(
            "A tracker that takes its own bookkeeping for the program's reports too much; if it then drops \
             events, it comes closer to 100 % and is no better for it. What it allocates for itself was \
             counted, and explains no more than that: hence the least and the most that each can be. \
             Neither: counted twice, or long gone.",
        )
}

/// What was alive at moments within the work.
fn moments(audits: &[Audit]) -> Table {
    let at_moment = |check: &&Check| check.figure.contains(" at round ");
    let rows: Vec<(&Audit, Vec<&Check>)> = audits
        .iter()
        .map(|audit| (audit, audit.checks.iter().filter(at_moment).collect::<Vec<_>>()))
        .filter(|(_, checks)| !checks.is_empty())
        .collect();
    let mut table = Table::of(&rows)
        .words("workload", "workload", |(audit, _)| audit.workload.as_str())
        .words("tracker", "tracker", |(audit, _)| arm_title(&audit.arm, audit.version.as_deref()));
    for (index, name) in ["1st", "2nd", "3rd", "4th", "5th"].into_iter().enumerate() {
        table = table.figure(name, &format!("moment_{}", index + 1), move |(_, checks)| {
            let live = checks.iter().filter(|check| check.figure.starts_with("live allocations"));
            live.clone().nth(index).and_then(|check| check.ratio()).map(Value::capture)
        });
    }
    table.table("moments", "And while the work is going on?").note(
        "Live allocations, reported ÷ actual, at five moments that part the workload's outer loops into equal \
         stretches. In a small workload several fall together.",
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
pub(super) fn leaks(audits: &[LeakAudit]) -> Table {
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
        return format!(
            "failed: {}",
            faults::first_line(audit.failure.as_deref().unwrap_or(ABSENT))
        );
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
            (Some(failure), _) => format!("failed: {}", faults::first_line(failure)).into(),
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

/// Figures that are estimated, over many samples.
fn estimates(all: &[Estimates]) -> Table {
    let share = |of: f64| Value::Figure(of * 100.0, None, Unit::Decimals(1, " %"));
    Table::of(all)
        .words("workload", "workload", |one| one.workload.as_str())
        .words("tracker", "tracker", |one| arm_title(&one.arm, one.version.as_deref()))
        .words("figure", "figure", |one| one.figure.as_str())
        .words("bias", "bias", |one| one.verdict.word())
        .estimate("estimate ÷ actual", "mean", |one| {
            let Mean { mean, low, high } = one.mean?;
            // Without any spread there is no interval of the average.
            let ends = (one.verdict != Bias::Deterministic).then_some([low * 100.0, high * 100.0]);
            Some(Value::Figure(mean * 100.0, ends, Unit::Decimals(1, " %")))
        })
        .figure("95 % within", "within", |one| Some(share(one.within)))
        .figure("samples", "samples", |one| Some(Value::Count(one.samples as u64)))
        .figure("failed", "failed", |one| (one.failed > 0).then_some(Value::Count(one.failed as u64)))
        .table("estimates", "How good are its estimates?")
        .note(
            "For trackers that sample. The same workload runs thirty times with different seeds, and each estimate \
             is divided by what happened: the mean with its 95 % interval, and the error within which 95 of 100 \
             single estimates fall. Too small or too large: the whole interval is more than 1 % from the truth. \
             Deterministic: every run gives the same estimate, so one workload says nothing of the average. A \
             bias found here is that of this workload; on another it may differ. No estimate is called wrong for \
             not being exact.",
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

#[cfg(test)]
mod tests {
    use protocol::{Reported, Truth};

    use super::*;
    use crate::analyse::accuracy;
    use crate::fixture;
    use crate::plan::catalog::{Convention, Counts, Realloc};
    use crate::present::table::{Renderer, Terminal};

    #[test]
    fn every_column_has_a_figure() {
        let checks = [Counts::Allocations, Counts::Variables].map(|counts| {
            let convention = Convention {
                realloc: Realloc::Apart,
                counts,
                variables: true,
                whole_process: false,
            };
            accuracy::checks(&Truth::default(), &Reported::default(), None, convention, 0)
        });
        let figures: Vec<&str> =
            checks.iter().flatten().map(|check| check.figure.as_str()).collect();
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
