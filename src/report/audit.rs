//! Audited cells as a table for a terminal.

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, ContentArrangement, Table};

use super::cells;
use crate::fidelity::{Audit, Check, Verdict};
use crate::units::{self, ABSENT};

/// The figures that have a column, with its heading.
const COLUMNS: [(&str, &str); 6] = [
    ("allocations", "allocations"),
    ("deallocations", "frees"),
    ("allocated bytes", "bytes"),
    ("live blocks", "live blocks"),
    ("live bytes", "live bytes"),
    ("peak live bytes", "peak"),
];

/// One row a cell: what the tracker reported ÷ what truly happened, figure by figure, and the verdict.
pub fn audit_table(audits: &[Audit]) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    let headings = COLUMNS.iter().map(|(_, heading)| *heading);
    let all = ["workload", "tracker"].into_iter().chain(headings).chain(["own heap", "verdict"]);
    table.set_header(all);
    for audit in audits {
        let arm = crate::wording::arm_title(&audit.arm, audit.version.as_deref());
        let mut row = vec![audit.workload.clone(), arm];
        row.extend(COLUMNS.iter().map(|(figure, _)| {
            let found = audit.checks.iter().find(|check| check.figure == *figure);
            cells::capture(found.and_then(Check::ratio))
        }));
        row.push(
            audit.own_heap.map_or(ABSENT.to_owned(), |own| units::bytes(own.peak_bytes as f64)),
        );
        row.push(verdict(audit));
        table.add_row(row);
    }
    for column in table.column_iter_mut().skip(2).take(COLUMNS.len() + 1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!(
        "{table}\n\nReported ÷ counted, in each tracker's own terms. Own heap: the most that the tracker \
         held for itself.\nExact: every figure equal. Close: all within 1 %. Wrong: the figure that is off \
         by most."
    )
}

/// The verdict in words.
fn verdict(audit: &Audit) -> String {
    match (audit.verdict, audit.worst(), &audit.failure) {
        (Verdict::Failed, _, Some(failure)) => format!("failed: {failure}"),
        (Verdict::Failed, ..) => "failed".to_owned(),
        (Verdict::Absent, ..) => "absent".to_owned(),
        (Verdict::Exact, ..) => "exact".to_owned(),
        (Verdict::Close, ..) => "close".to_owned(),
        (Verdict::Wrong, Some(check), _) => format!("{} wrong by {}", check.figure, off(check)),
        (Verdict::Wrong, None, _) => "wrong".to_owned(),
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
    use crate::fidelity::OwnHeap;

    fn audit(checks: Vec<Check>) -> Audit {
        Audit {
            workload: "fragmentation".to_owned(),
            arm: "some/mode".to_owned(),
            version: Some("1.2.3".to_owned()),
            verdict: checks.iter().map(Check::verdict).max().unwrap_or(Verdict::Absent),
            checks,
            own_heap: Some(OwnHeap {
                peak_bytes: 1_500_000,
                peak_blocks: None,
                live_bytes: 0,
                live_blocks: 0,
                bytes_per_event: None,
                blocks_per_event: None,
                peak_bytes_per_live_block: None,
            }),
            dropped_events: None,
            export_findings: Vec::new(),
            export_bytes: None,
            failure: None,
        }
    }

    #[test]
    fn the_verdict_names_the_worst_figure() {
        let check = |figure, truth, reported| Check { figure, truth, reported: Some(reported) };
        let exact = audit(vec![check("allocations", 5, 5)]);
        assert_eq!(verdict(&exact), "exact");
        let close = audit(vec![check("allocations", 1000, 1001)]);
        assert_eq!(verdict(&close), "close");
        let wrong = audit(vec![check("allocations", 1000, 1100), check("live bytes", 1000, 1400)]);
        assert_eq!(verdict(&wrong), "live bytes wrong by +40.0 %");
        let huge = audit(vec![check("live blocks", 14, 9935)]);
        assert_eq!(verdict(&huge), "live blocks wrong by 710 times");
        let none = audit(vec![check("live blocks", 0, 3)]);
        assert_eq!(verdict(&none), "live blocks wrong by 3 where there are none");
        let text = audit_table(&[exact, wrong]);
        assert!(text.contains("140.0 %") && text.contains("1.5 MB"), "{text}");
    }
}
