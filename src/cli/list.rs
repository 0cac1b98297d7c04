//! `memscope-bench list`: what can be measured here.

use memscope_bench::build::subjects::Subjects;
use memscope_bench::build::{Release, Releases, Resolver};
use memscope_bench::plan::catalog::{Catalog, TrackerEntry};
use memscope_bench::present::{features_table, terminal_width};
use protocol::workloads;
use serde::Serialize;
use textwrap::WordSplitter;

use super::{Failed, Output};

/// Names take a third of it.
const LEAST_WIDTH: u16 = 60;

pub(crate) const EXAMPLES: &str = "\
Examples:
  memscope-bench list               for people
  memscope-bench list --features    what each tracker is, as a table
  memscope-bench list --json        for scripts";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A table of what each tracker is: kind, version, licence, and how it counts
    #[arg(long)]
    features: bool,
}

#[derive(Serialize)]
struct Listing {
    workloads: Vec<Workload>,
    trackers: Vec<Tracker>,
}

#[derive(Serialize)]
struct Workload {
    name: &'static str,
    title: &'static str,
    kind: String,
    summary: &'static str,
    /// Whether two runs at one seed make the same allocations.
    deterministic: bool,
}

#[derive(Serialize)]
struct Tracker {
    #[serde(flatten)]
    entry: TrackerEntry,
    /// The version that the built subject says it carries; absent if it is not built.
    version: Option<String>,
    /// The newest version in the registry; absent for our own, and if it is unknown.
    newest_published: Option<String>,
    /// Every version in the registry that can be measured, from the oldest.
    published: Vec<Release>,
}

pub(crate) fn run(arguments: &Arguments, output: &Output) -> Result<(), Failed> {
    let catalog = Catalog::built_in().map_err(Failed::harness)?;
    if arguments.features && !output.json {
        return output.result(&(), || features_table(&catalog));
    }
    let subjects = Subjects::as_they_are()?;
    let mut registry = Resolver::default();
    let trackers = catalog.trackers.into_iter().map(|entry| {
        let package = entry.package.as_deref().filter(|_| entry.unavailable.is_none());
        let known = package.map(|package| registry.releases_of(package));
        let known = known.and_then(Result::ok).cloned();
        let newest = known.as_ref().and_then(Releases::newest);
        let newest_published = newest.map(|release| release.version.to_string());
        let mut releases = known.map(|known| known.releases).unwrap_or_default();
        match &entry.versions {
            Some(family) => releases.retain(|release| family.adapter(&release.version).is_some()),
            None => releases.clear(),
        }
        Tracker {
            version: subjects.identity(&entry.name).map(|identity| identity.version),
            newest_published,
            published: releases,
            entry,
        }
    });
    let listing = Listing {
        workloads: workloads::ALL
            .iter()
            .map(|meta| Workload {
                name: meta.name,
                title: meta.title,
                kind: meta.kind.numbered(),
                summary: meta.summary,
                deterministic: meta.is_deterministic(),
            })
            .collect(),
        trackers: trackers.collect(),
    };
    output.result(&listing, || match terminal_width() {
        Some(width) => wrapped(&listing.text(), width.max(LEAST_WIDTH).into()),
        None => listing.text(),
    })
}

impl Listing {
    fn text(&self) -> String {
        let mut text = String::from("Workloads\n");
        for workload in &self.workloads {
            text +=
                &format!("  {:<20} {:<11} {}\n", workload.name, workload.kind, workload.summary);
        }
        text += "\nTrackers\n";
        for Tracker { entry, version, newest_published, published } in &self.trackers {
            let note = if entry.reference { " (a reference, to check the instrument)" } else { "" };
            text += &format!("  {:<20} {}{note}\n", entry.name, entry.about);
            if let Some(reason) = &entry.unavailable {
                text += &format!("  {:<20}   unavailable: {reason}\n", "");
            } else if entry.package.is_some() {
                let version = version.as_deref().unwrap_or("not built yet: `measure` builds it");
                let told = match entry.measured() {
                    Some(measured) => format!("measured: {measured}, built when it is asked for"),
                    None => format!("built in: {version}"),
                };
                let newest = newest_published.as_deref().unwrap_or("unknown (no network?)");
                text += &format!("  {:<20}   {told}; newest published: {newest}\n", "");
            }
            if !published.is_empty() {
                let told = published.iter().map(|release| {
                    format!("{}{}", release.version, if release.yanked { " (yanked)" } else { "" })
                });
                let told: Vec<String> = told.collect();
                text += &format!("  {:<20}   published: {}\n", "", told.join(", "));
                text += &format!(
                    "  {:<20}   any of them, a folder or a revision: {}@VERSION, @path:DIR, @git:URL#REV\n",
                    "", entry.name
                );
            }
            for (index, mode) in entry.modes.iter().enumerate() {
                let default = if index == 0 { " (default)" } else { "" };
                let spec = format!("{}/{}", entry.name, mode.name);
                text += &format!("    {spec:<25} {}{default}\n", mode.about);
            }
        }
        text.trim_end().to_owned()
    }
}

/// Lines no longer than a width: what is too long goes on below where its words begin, behind the name and two spaces or more.
fn wrapped(text: &str, width: usize) -> String {
    let wrap = |line: &str| {
        let words = line.trim_start();
        let indent = line.len() - words.len();
        let behind_name =
            words.find("  ").map(|end| words[end..].len() - words[end..].trim_start().len() + end);
        let indent = " ".repeat(indent + behind_name.unwrap_or_default());
        let options = textwrap::Options::new(width)
            .subsequent_indent(&indent)
            .break_words(false)
            .word_splitter(WordSplitter::NoHyphenation);
        textwrap::fill(line, options)
    };
    text.lines().map(wrap).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_go_on_below_their_words() {
        let text = "Trackers\n  dhat      a profiler that knows\n            published: 1, 2";
        let expected = "Trackers\n  dhat      a profiler\n            that knows\n            published: 1,\n            2";
        assert_eq!(wrapped(text, 25), expected);
        assert_eq!(wrapped(text, 80), text);
    }
}
