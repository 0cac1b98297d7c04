//! The table as GitHub's Markdown, for a README or a pull request.

use super::{cells, headline};
use crate::analyse::summary::{Cell, Overall, Summary, WorkloadSummary};
use crate::common::units::ABSENT;
use crate::present::words;

/// The main table of each tracked arm, failures with their reasons, and the provenance.
pub fn markdown(summary: &Summary) -> String {
    let mut text = String::new();
    for warning in words::warnings(summary) {
        text += &format!("> **Note:** {}\n\n", escape(&warning));
    }
    if let Some(headline) = headline(summary) {
        text += &format!("{}\n\n", escape(&headline));
    }
    for overall in &summary.overall {
        let title = words::arm_title(&overall.arm, overall.version.as_deref());
        text += &format!("**{}**\n\n", escape(&title));
        text += &arm_table(summary, overall);
        text.push('\n');
    }
    let failures = words::all_failures(summary);
    if !failures.is_empty() {
        text += "Failures:\n\n";
        for failure in failures {
            text += &format!(
                "- {} on {}: {}. {}\n",
                escape(&failure.arm),
                escape(failure.workload),
                words::failure(failure.failed),
                escape(&failure.failed.reason)
            );
        }
        text.push('\n');
    }
    for line in words::provenance(summary) {
        text += &format!("{}<br>\n", escape(&line));
    }
    text
}

/// One row a tracked arm, over all workloads: what fits on a README's first screen. The capture is given
/// from its lowest to its highest workload.
pub fn overview(summary: &Summary) -> String {
    let mut text =
        "| tracker | time, tracked ÷ untracked [95 % interval] | peak memory | capture |\n\
                    |:--|--:|--:|--:|\n"
            .to_owned();
    for overall in &summary.overall {
        let cells = summary.workloads.iter().flat_map(|workload| &workload.cells);
        let captures = cells.filter(|cell| cell.arm == overall.arm).filter_map(|cell| cell.capture);
        let (low, high) = captures
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), capture| {
                (low.min(capture), high.max(capture))
            });
        let (low, high) = (cells::capture(Some(low)), cells::capture(Some(high)));
        let capture = match (low.contains("inf"), low == high) {
            (true, _) => ABSENT.to_owned(),
            (_, true) => low,
            _ => format!("{low} – {high}"),
        };
        text += &line(&[
            escape(&words::arm_title(&overall.arm, overall.version.as_deref())),
            cells::ratio(overall.overhead),
            cells::bare_ratio(overall.memory),
            capture,
        ]);
    }
    text + &format!("\nNoise floor: {}.\n", cells::noise(summary.noise))
}

fn arm_table(summary: &Summary, overall: &Overall) -> String {
    let noun = words::workload_noun(&summary.workloads);
    let mut text = format!(
        "| {noun} | allocations | untracked | tracked | overhead [95 % interval] | peak memory | \
         noise floor | difference |\n|:--|--:|--:|--:|--:|--:|--:|:--|\n"
    );
    for workload in &summary.workloads {
        for cell in workload.cells.iter().filter(|cell| cell.arm == overall.arm) {
            text += &line(&row(workload, cell));
        }
    }
    let all = summary.workloads.len();
    if all > 1 {
        let strong = |text: String| format!("**{text}**");
        text += &line(&[
            strong(format!("{} of {all} {noun}s", overall.workloads)),
            String::new(),
            String::new(),
            String::new(),
            strong(cells::ratio(overall.overhead)),
            strong(cells::bare_ratio(overall.memory)),
            cells::noise(summary.noise),
            overall.detection.unwrap_or(ABSENT).to_owned(),
        ]);
    }
    text
}

fn row(workload: &WorkloadSummary, cell: &Cell) -> [String; 8] {
    [
        escape(&workload.workload),
        cells::count(workload.allocations),
        cells::wall(workload.untracked.as_ref()),
        cells::wall(cell.timing.as_ref()),
        cells::ratio_or_failure(cell.overhead, cell),
        cells::bare_ratio(cell.memory),
        cells::noise(workload.noise),
        cell.detection.unwrap_or(ABSENT).to_owned(),
    ]
}

fn line(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// Takes from a text whatever Markdown or HTML would read into it.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => escaped.push(' '),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '~' | '#' => escaped.extend(['\\', c]),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn figures_and_failures_in_markdown() {
        insta::assert_snapshot!(markdown(&fixture::summary()));
    }

    #[test]
    fn what_a_tracker_says_cannot_break_out() {
        let text = markdown(&fixture::summary());
        assert!(!text.contains("<script") && text.contains("&lt;script&gt;"), "{text}");
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
        for row in rows.iter().filter(|row| !row.contains("--")) {
            assert_eq!(row.replace("\\|", "").matches('|').count(), 9, "{row}");
        }
    }
}
