//! What each tracker of the catalogue is, beside its figures.

use super::table::Table;
use crate::plan::catalog::{Catalog, Copied, Counts, Kind, Realloc, Threads, TrackerEntry};

/// One row a tracker, by kind: so that a cheap one that knows little is not taken for a better one.
pub(super) fn features(catalog: &Catalog) -> Table {
    let mut entries: Vec<&TrackerEntry> =
        catalog.trackers.iter().filter(|entry| entry.kind.is_some()).collect();
    entries.sort_by_key(|entry| entry.kind);
    Table::of(entries)
        .words("tracker", "tracker", |entry| entry.name.clone())
        .words("kind", "kind", |entry| entry.kind.map_or("", kind))
        .words("version", "version", version)
        .words("a reallocation is", "realloc", realloc)
        .words("copies", "copies", copies)
        .words("threads", "threads", |entry| match entry.facts.threads {
            Threads::All => "all",
            Threads::Own => "its own",
        })
        .words("licence", "licence", |entry| entry.facts.licence.clone().unwrap_or_default())
        .words("Rust", "rust", |entry| entry.facts.rust.clone().unwrap_or_default())
        .words("claims", "claims", |entry| match entry.facts.claims.len() {
            0 => String::new(),
            claims => claims.to_string(),
        })
        .words("needs", "needs", |entry| entry.facts.needs.clone().unwrap_or_default())
        .table("features", "What each tracker is")
        .note(
            "Copies: what its allocator does by copying, and the system's may do without (realloc, zeroed). \
             Rust: the oldest that its author names. Claims: how many its author makes of its cost; \
             `list --json` has them, with their places.",
        )
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Counter => "counter",
        Kind::Sampled => "sampled",
        Kind::Allocation => "each allocation",
        Kind::Stacks => "with stacks",
        Kind::Process => "whole process",
        Kind::Allocator => "allocator",
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
    use crate::present::table::{Markdown, Renderer};

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
