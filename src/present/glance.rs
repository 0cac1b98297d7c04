//! At a glance: each tracker in one row, kind by kind, by accuracy and then by cost.

use std::path::Path;

use super::table::{Builder, Cell, Place, Table, Unit, Value};
use super::{faults, links, words};
use crate::analyse::accuracy::{Grade, Standing};
use crate::analyse::summary::{Overall, Summary};
use crate::common::units;
use crate::plan::arm::ArmId;
use crate::plan::catalog::Catalog;

/// A tracker over all workloads, and how accurate it is.
type Line<'a> = (&'a Overall, Option<&'a Standing>);

/// One row a tracked arm, over all workloads.
pub(super) fn overview(summary: &Summary) -> Table {
    let table = table(summary, in_order(summary)).note(
        "Those of a kind together, by accuracy, then by cost. Reports: of what it tells any figure; what it does not \
         report, it cannot have wrong. Accuracy is that of the worst figure on any workload: \
         exact, close (within 1 %), off (within 10 %), wrong, or failed. A rank is among those of a kind: it \
         counts those of better accuracy, and those that are as accurate and significantly cheaper; trackers \
         that share one cannot be told apart.",
    );
    documented(summary).into_iter().fold(table, Table::note)
}

/// The same of the first of each kind: what fits on a README's first screen.
pub(super) fn short(summary: &Summary) -> Table {
    table(summary, first_of_each_kind(summary))
}

fn table(summary: &Summary, lines: Vec<Line<'_>>) -> Table {
    let link = |arm: &ArmId| links::tracker_page(arm);
    let ranked = columns(summary, lines, link)
        .figure("rank", "rank", |(arm, _)| arm.rank.map(|rank| Value::Count(rank as u64)));
    dated(ranked).table("overview", "At a glance")
}

/// Some trackers of another site, in a folder beside this one's pages. No rank: that is among those of its own site.
pub(super) fn elsewhere(
    summary: &Summary,
    lines: Vec<Line<'_>>,
    folder: &str,
    title: String,
) -> Table {
    let link = |arm: &ArmId| links::encode(&Path::new(folder).join(links::tracker_page(arm)));
    dated(columns(summary, lines, link)).table(format!("overview-{folder}"), title)
}

/// The same with the day on which each was measured.
fn dated(table: Builder<Line<'_>>) -> Builder<Line<'_>> {
    table
        .figure("measured", "measured", |(arm, _)| arm.measured.clone().map(Value::Text))
        .at(Place::Page)
}

/// What is told of each. `link` makes the link to its page.
fn columns<'a>(
    summary: &Summary,
    lines: Vec<Line<'a>>,
    link: impl Fn(&ArmId) -> String,
) -> Builder<Line<'a>> {
    let of_many_kinds = lines.chunk_by(|a, b| a.0.kind == b.0.kind).count() > 1;
    let mut table = Table::of(lines)
        .words("tracker", "arm", |(arm, _)| {
            let newest = newest(summary, arm).map(|newest| format!(" (newest: {newest})"));
            let title = words::overall_title(arm) + &newest.unwrap_or_default();
            Cell::from(title).link(link(&arm.arm))
        })
        .estimate("CPU time, tracked ÷ untracked", "overhead", |(arm, _)| arm.overhead)
        .aside("95 % interval")
        .words("accuracy", "grade", |(_, told)| {
            told.map_or(Value::Absent, |told| Value::Text(faults::grade(told.grade)))
        })
        .words("worst figure", "worst", |(_, told)| told.map(faults::worst).unwrap_or_default())
        .words("reports", "reports", |(_, told)| told.map(faults::reported).unwrap_or_default())
        .figure("sees", "coverage", |(_, told)| {
            told.and_then(Standing::covered).map(|share| Unit::Share.of(share))
        })
        .aside("of all allocations")
        .bare_estimate("peak memory", "memory", |(arm, _)| arm.memory);
    if of_many_kinds {
        table = table.words("kind", "kind", |(arm, _)| arm.kind.map(words::kind));
    }
    table
}

/// The arms, kind by kind, the first in rank first; those without a rank come last, by grade and then by cost.
pub(super) fn in_order(summary: &Summary) -> Vec<Line<'_>> {
    let mut rows: Vec<Line<'_>> =
        summary.overall.iter().map(|arm| (arm, summary.standing(&arm.arm))).collect();
    rows.sort_by(|(a, told_a), (b, told_b)| {
        let key = |arm: &Overall, told: Option<&Standing>| {
            let grade = told.map_or(Grade::Failed, |told| told.grade);
            // A reader's own may be of no kind, and stands behind all that are.
            (arm.kind.is_none(), arm.kind, arm.rank.unwrap_or(usize::MAX), grade)
        };
        let cost = |arm: &Overall| arm.overhead.map_or(f64::INFINITY, |overhead| overhead.ratio);
        key(a, *told_a).cmp(&key(b, *told_b)).then_with(|| cost(a).total_cmp(&cost(b)))
    });
    rows
}
/// The newest version in the registry when it was looked up, if another one was measured.
fn newest<'a>(summary: &'a Summary, arm: &Overall) -> Option<&'a str> {
    // Who names a version wants that one.
    let known = summary.adoptions.iter().filter(|_| arm.arm.version.is_none());
    let mut known = known
        .filter(|one| one.tracker == arm.arm.tracker && Some(&one.version) == arm.version.as_ref());
    known.find(|one| one.is_outdated())?.newest.as_deref()
}

/// How many of a kind stand in the short table.
const FIRST: usize = 2;

/// The first two of each kind, and of the tracker that the suite began with every mode.
pub(super) fn first_of_each_kind(summary: &Summary) -> Vec<Line<'_>> {
    let rows = in_order(summary);
    let kinds = rows.chunk_by(|a, b| a.0.kind == b.0.kind);
    let first = kinds.flat_map(|kind| {
        kind.iter()
            .enumerate()
            .filter(|(place, (one, _))| *place < FIRST || one.arm.tracker == SUBJECT_OF_THE_SUITE)
    });
    first.map(|(_, line)| *line).collect()
}

/// The tracker whose stress test is the first seed of the suite.
const SUBJECT_OF_THE_SUITE: &str = "memscope-rs";

/// For each mode, where its author documents it; one sentence for those of one tracker.
pub(super) fn documented(summary: &Summary) -> Vec<String> {
    // The page can be made without it.
    let Ok(catalog) = Catalog::built_in() else { return Vec::new() };
    // Of many versions, those of one place stand together.
    let mut places: Vec<(String, Vec<String>)> = Vec::new();
    for overall in &summary.overall {
        let Some(place) = place(&catalog, overall) else { continue };
        let title = words::overall_title(overall);
        match places.iter_mut().find(|(known, _)| *known == place) {
            Some((_, titles)) => titles.push(title),
            None => places.push((place, vec![title])),
        }
    }
    if places.is_empty() {
        return Vec::new();
    }
    let sentences = places.into_iter().map(|(place, titles)| {
        let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
        format!("{}: {place}", units::listed(&titles))
    });
    vec![format!(
        "Where each way to use it is documented, in that version: {}.",
        sentences.collect::<Vec<_>>().join("; ")
    )]
}

/// Where the author documents a mode: file and heading. `None` for a tracker without modes.
fn place(catalog: &Catalog, overall: &Overall) -> Option<String> {
    let entry = catalog.find(&overall.arm.tracker).ok()?;
    let version = overall.version.as_ref()?.parse().ok()?;
    let place = entry.documented_at(overall.arm.mode.as_deref()?, &version);
    Some(place.unwrap_or("nowhere in its documents").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::present::table::{Renderer, Terminal};

    #[test]
    fn who_is_right_stands_first() {
        let summary = fixture::judged_summary();
        insta::assert_snapshot!(Terminal::default().render(&overview(&summary)));
    }

    #[test]
    fn a_version_that_was_not_the_newest_says_so_in_its_row() {
        let mut summary = fixture::judged_summary();
        let arm = &summary.overall[0];
        let tracker = arm.arm.tracker.clone();
        let version = arm.version.clone().unwrap();
        let told = |summary: &Summary| Terminal::default().render(&overview(summary));
        summary.adoptions = vec![fixture::adoption(&tracker, &version, "99.0.0")];
        assert!(told(&summary).contains("(newest: 99.0.0)"), "{}", told(&summary));
        summary.adoptions = vec![fixture::adoption(&tracker, &version, &version)];
        assert!(!told(&summary).contains("newest:"), "{}", told(&summary));
    }

    #[test]
    fn the_verdict_fits_a_narrow_terminal() {
        let summary = fixture::judged_summary();
        let terminal = Terminal { width: Some(80), colour: false };
        let text = terminal.render(&overview(&summary));
        assert!(text.contains("wrong") && text.contains("exact"), "{text}");
    }
}
