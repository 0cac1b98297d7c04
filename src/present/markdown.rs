//! What a pull request or a README is told, as GitHub's Markdown.

use super::table::{Markdown, Renderer};
use super::{accuracy, costs, glance, headline};
use crate::analyse::summary::{Content, Summary};
use crate::common::units::{self, ABSENT};
use crate::present::{warnings, words};

/// The main table of each tracked arm, failures with their reasons, and the provenance.
pub fn markdown(summary: &Summary) -> String {
    if !summary.is_timed() && !summary.audits.is_empty() {
        return accuracy_markdown(summary);
    }
    let escape = |text: &str| Markdown.text(text);
    let mut text = String::new();
    for warning in warnings::of(summary) {
        text += &format!("> **Note:** {}\n\n", escape(&warning));
    }
    if let Some(headline) = headline(summary) {
        text += &format!("{}\n\n", escape(&headline));
    }
    if let Some(overview) = glance::overview(summary).filled() {
        text += &Markdown.render(&overview);
        text.push('\n');
    }
    if let Some(costs) = costs::by_arm(summary).filled() {
        text += &Markdown.render(&costs);
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

/// Every table about accuracy, and the provenance.
pub fn accuracy_markdown(summary: &Summary) -> String {
    let tables = accuracy::tables(summary);
    let tables = tables.iter().map(|table| Markdown.render(table) + "\n");
    let lines = words::provenance_of(summary, &[Content::Audited]);
    let lines = lines.iter().map(|line| format!("{}<br>\n", Markdown.text(line)));
    tables.chain(lines).collect()
}

/// The first trackers of each kind, a row each, over all workloads: what fits on a README's first screen.
pub fn overview(summary: &Summary) -> String {
    let noise = summary.noise.and_then(|noise| noise.factor);
    let noise = noise.map_or(ABSENT.to_owned(), |factor| units::percent(factor - 1.0));
    Markdown.render(&glance::short(summary).bare())
        + &format!("\nIdentical programs differed by up to {noise} here.\n")
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
    fn an_audit_is_told_without_costs() {
        let mut summary = fixture::summary_of_truth();
        summary.measuring_s = 0.0;
        let text = markdown(&summary);
        assert!(text.starts_with("### Can you believe it?"), "{text}");
        assert!(text.contains("### Lists of leaks") && !text.contains("overhead ["), "{text}");
    }

    #[test]
    fn what_a_tracker_says_cannot_break_out() {
        let text = markdown(&fixture::summary());
        assert!(!text.contains("<script") && text.contains("&lt;script&gt;"), "{text}");
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
        // Of two tables: at a glance, and of costs.
        for row in rows.iter().filter(|row| !row.contains("--")) {
            let bars = row.replace("\\|", "").matches('|').count();
            assert!([9, 10].contains(&bars), "{bars}: {row}");
        }
    }
}
