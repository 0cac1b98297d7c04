//! What each tracker of the catalogue is, beside its figures.

use std::collections::BTreeSet;

use super::table::{Builder, Cell, Table, Value};
use super::{claims, links, words};
use crate::analyse::accuracy::{Family, Grade, Standing};
use crate::analyse::claims::{JudgedClaim, Verdict};
use crate::analyse::summary::{Overall, Ratio, Summary};
use crate::plan::arm::ArmId;
use crate::plan::catalog::{Catalog, Copied, Counts, Realloc, Threads, TrackerEntry};

/// One row a tracker, by kind: so that a cheap one that knows little is not taken for a better one.
pub(super) fn features(catalog: &Catalog) -> Table {
    let mut entries: Vec<&TrackerEntry> =
        catalog.trackers.iter().filter(|entry| entry.kind.is_some()).collect();
    entries.sort_by_key(|entry| entry.kind);
    let rows = Table::of(entries)
        .words("tracker", "tracker", |entry| entry.name.clone())
        .words("kind", "kind", |entry| entry.kind.map_or("", words::kind))
        .words("version", "version", version);
    columns(rows, |entry| entry)
}

/// The same of the trackers that were measured, each mode and version by itself, with links to their pages.
pub(super) fn measured(summary: &Summary, catalog: &Catalog) -> Table {
    let known = summary
        .overall
        .iter()
        .filter_map(|overall| Some((overall, catalog.find(&overall.arm.tracker).ok()?)));
    let mut known: Vec<(&Overall, &TrackerEntry)> = known.collect();
    known.sort_by_key(|(overall, _)| overall.kind);
    let mut rows = Table::of(known)
        .words("tracker", "tracker", |(overall, _)| {
            let title = words::overall_title(overall);
            Cell::from(title).link(links::tracker_page(&overall.arm))
        })
        .words("kind", "kind", |(overall, _)| overall.kind.map_or("", words::kind));
    // What copying costs, where it was timed.
    if summary.overall.iter().any(|overall| on_reallocations(summary, &overall.arm).is_some()) {
        rows = rows.estimate("on reallocations", "reallocations_overhead", |(overall, _)| {
            on_reallocations(summary, &overall.arm)
        });
    }
    columns(rows, |(_, entry)| entry)
}

/// The workload that is made of reallocations.
const REALLOCATIONS: &str = "reallocations";

/// What a tracker costs there: as a workload among others, or at the largest size of a sweep.
fn on_reallocations(summary: &Summary, arm: &ArmId) -> Option<Ratio> {
    let mut workloads = summary.workloads.iter().filter(|one| one.workload == REALLOCATIONS);
    let timed = workloads.find_map(|one| one.cell(arm)?.overhead);
    let sizes = summary.sizes.iter().filter(|one| one.workload == REALLOCATIONS && one.arm == *arm);
    let largest = sizes.filter(|one| one.overhead.is_some());
    let largest = largest.max_by(|a, b| a.scale.total_cmp(&b.scale));
    timed.or_else(|| largest?.overhead)
}

/// What each that was measured tells, as these runs show it: so that a cheap one that knows little is not taken for a
/// better one.
pub(super) fn abilities(summary: &Summary) -> Table {
    let claims = claims::judged(summary);
    let mut rows: Vec<(&Overall, Option<&Standing>)> =
        summary.overall.iter().map(|overall| (overall, summary.standing(&overall.arm))).collect();
    rows.sort_by_key(|(overall, _)| overall.kind);
    let mut table = Table::of(rows)
        .words("tracker", "tracker", |(overall, _)| {
            let title = words::overall_title(overall);
            Cell::from(title).link(links::tracker_page(&overall.arm))
        })
        .words("kind", "kind", |(overall, _)| overall.kind.map_or("", words::kind));
    for family in Family::ALL {
        table =
            table.words(family.word(), family.word(), move |(_, standing)| told(standing?, family));
    }
    table
        .words("files", "report_formats", |(overall, _)| formats(summary, overall))
        .words("claims", "claims", |(overall, _)| held(&claims, overall))
        .table("abilities", "What each can tell, as these runs show it")
        .note(
            "What a tracker was asked for, in a family of figures, and the grade of the worst one that it gave; –: it gives \
             none. Files: the kinds of reports that it wrote. Claims: of what its author claims in public of cost and \
             accuracy and these runs can judge, so many hold. The tables of these pages show each run.",
        )
}

/// The grade of a family of which a tracker reports anything.
fn told(standing: &Standing, family: Family) -> Option<Value> {
    let grade = standing.families.get(&family).map(|worst| worst.told.grade);
    grade.filter(|grade| *grade != Grade::Absent).map(|grade| Value::Text(grade.word().to_owned()))
}

/// The kinds of files that it wrote on any workload.
fn formats(summary: &Summary, overall: &Overall) -> String {
    let own = summary.audits.iter().filter(|audit| audit.arm == overall.arm);
    let formats: BTreeSet<&str> =
        own.flat_map(|audit| &audit.report_formats).map(String::as_str).collect();
    formats.into_iter().collect::<Vec<_>>().join(", ")
}

/// How many of its claims hold, of those that were judged.
fn held(claims: &[JudgedClaim], overall: &Overall) -> Cell {
    let own = claims.iter().filter(|one| one.arm.as_ref() == Some(&overall.arm));
    let judged: Vec<&JudgedClaim> = own.filter(|one| one.verdict < Verdict::NotMeasured).collect();
    let held = judged.iter().filter(|one| one.verdict == Verdict::Holds).count();
    if judged.is_empty() {
        return Cell::from(Value::Absent);
    }
    Cell::from(format!("{held} of {}", judged.len())).link(links::CLAIMS)
}

/// Those that cannot be measured, and why.
pub(super) fn unavailable(catalog: &Catalog) -> Table {
    let entries =
        catalog.trackers.iter().filter_map(|entry| Some((entry, entry.unavailable.as_ref()?)));
    Table::of(entries.collect::<Vec<_>>())
        .words("tracker", "tracker", |(entry, _)| entry.name.clone())
        .words("kind", "kind", |(entry, _)| entry.kind.map_or("", words::kind))
        .words("why not", "unavailable", |(_, reason)| reason.as_str())
        .table("unavailable", "What cannot be measured")
}

/// What each is, with the entry of each row.
fn columns<'a, S: Copy>(rows: Builder<S>, of: impl Fn(S) -> &'a TrackerEntry) -> Table {
    rows.words("a reallocation is", "realloc", |row| realloc(of(row)))
        .words("copies", "copies", |row| copies(of(row)))
        .words("threads", "threads", |row| threads(of(row)))
        .words("licence", "licence", |row| of(row).facts.licence.clone().unwrap_or_default())
        .words("Rust", "rust", |row| of(row).facts.rust.clone().unwrap_or_default())
        .words("needs", "needs", |row| of(row).facts.needs.clone().unwrap_or_default())
        .table("features", "What each tracker is")
        .note(
            "Copies: what its allocator does by copying, and the system's may do without (realloc, zeroed). \
             Rust: the oldest that its author names. On reallocations, where it was timed: CPU time on a workload that is made of \
             them, tracked ÷ untracked.",
        )
}

/// The same of one, a line each; what is not known is left out.
pub(super) fn facts(entry: &TrackerEntry, overall: &Overall) -> Vec<(&'static str, String)> {
    let facts = &entry.facts;
    let version = overall.version.as_ref().and_then(|version| version.parse().ok());
    let mode = overall.arm.mode.as_deref();
    let documented = version
        .zip(mode)
        .and_then(|(version, mode)| entry.documented_at(mode, &version).map(str::to_owned));
    let known = [
        ("kind", overall.kind.map(|kind| words::kind(kind).to_owned())),
        ("crate", entry.package.clone()),
        ("version", overall.version.clone()),
        ("used as documented in", documented.or(facts.documented.clone())),
        ("licence", facts.licence.clone()),
        ("oldest Rust", facts.rust.clone()),
        ("needs", facts.needs.clone()),
        ("a reallocation is", Some(realloc(entry).to_owned())),
        ("does by copying", Some(copies(entry))),
        ("allocator", facts.allocator.clone()),
        ("sees threads", Some(threads(entry).to_owned())),
    ];
    let known = known.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let known = known.filter(|(_, value)| !value.is_empty());
    known.collect()
}

fn threads(entry: &TrackerEntry) -> &'static str {
    match entry.facts.threads {
        Threads::All => "all",
        Threads::Own => "its own",
    }
}

fn version(entry: &TrackerEntry) -> String {
    match (&entry.unavailable, entry.measured()) {
        (Some(_), _) => "unavailable".to_owned(),
        (None, Some(measured)) => measured.to_string(),
        (None, None) if entry.is_wrapped() => "installed".to_owned(),
        (None, None) => "built in".to_owned(),
    }
}

fn realloc(entry: &TrackerEntry) -> &'static str {
    match (entry.counts, entry.realloc) {
        (Some(Counts::Allocations), Some(Realloc::Apart)) => "one",
        (Some(Counts::Allocations), Some(Realloc::Allocation)) => "an allocation",
        (Some(Counts::Allocations), Some(Realloc::Both)) => "an allocation and a free",
        (Some(Counts::Allocations), Some(Realloc::Difference)) => "its difference",
        (Some(Counts::Allocations), Some(Realloc::Growth)) => "an allocation of its growth",
        (Some(Counts::Estimates), _) => "estimated",
        _ => "",
    }
}

fn copies(entry: &TrackerEntry) -> String {
    let words = entry.facts.copies.iter().map(|copied| match copied {
        Copied::Realloc => "realloc",
        Copied::Zeroed => "zeroed",
    });
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::present::table::{Markdown, Renderer};

    #[test]
    fn what_a_tracker_does_not_tell_is_no_merit_and_what_it_tells_wrongly_is_told() {
        let table = Markdown.render(&abilities(&fixture::judged_summary()));
        let row = |name: &str| table.lines().find(|line| line.contains(name)).unwrap_or_default();
        assert!(row("dhat").contains("| exact |"), "{table}");
        assert!(table.contains("| wrong |"), "{table}");
        assert!(table.contains("What each can tell"), "{table}");
    }

    #[test]
    fn what_reallocations_cost_is_of_a_workload_or_of_the_largest_size_of_a_sweep() {
        let mut summary = fixture::summary();
        let arm = summary.overall[0].arm.clone();
        assert_eq!(on_reallocations(&summary, &arm), None);
        let sized = |scale: f64| {
            let mut cell = fixture::sized(&arm, REALLOCATIONS, 1_000, 1.0, (1.0, 0.5));
            let overhead = Ratio { ratio: 1.0 + scale, low: None, high: None, blocks: 7 };
            (cell.scale, cell.overhead) = (scale, Some(overhead));
            cell
        };
        summary.sizes = vec![sized(10.0), sized(1.0)];
        assert_eq!(on_reallocations(&summary, &arm).unwrap().ratio, 11.0);
        let workload = fixture::workload(REALLOCATIONS, summary.workloads[0].cells.clone());
        let timed = workload.cells.iter().find(|cell| cell.arm == arm).unwrap().overhead;
        summary.workloads.push(workload);
        assert_eq!(on_reallocations(&summary, &arm), timed);
    }

    #[test]
    fn every_tracker_has_its_row() {
        let catalog = Catalog::built_in().unwrap();
        let table = Markdown.render(&features(&catalog));
        for line in [
            r"| stats\_alloc | counter | 0.1.10 | its difference |",
            "| memcheck | whole process | installed | an allocation and a free |",
            "| mockalloc | counter | unavailable |",
        ] {
            assert!(table.contains(line), "{line} is not in\n{table}");
        }
        let rows = catalog.trackers.iter().filter(|entry| entry.kind.is_some()).count();
        let lines = table.lines().filter(|line| line.starts_with("| ")).count();
        assert_eq!(lines, rows + 1, "{table}");
    }
}
