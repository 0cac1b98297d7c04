//! The site as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::*;
use crate::analyse::summary::Summary;
use crate::fixture;
use crate::record::environment::VersionRecord;
use crate::record::{Outcome, Run};

/// Writes the site of some runs.
fn write(runs: &[Run], out: &Path, options: &Options) -> Result<PathBuf, ReportError> {
    write_site(runs, &Summary::of(runs)?, out, options)
}

/// Writes a site, gives its page.
fn page_of(runs: &[Run], out: &Path) -> String {
    let page = write(runs, out, &Options::default()).unwrap();
    assert_eq!(page, out.join("index.html"));
    read(&page)
}

/// A page, without what the escaping of slashes does to links.
fn read(page: &Path) -> String {
    fs::read_to_string(page).unwrap().replace("&#x2f;", "/")
}

/// Every link and source on a page.
fn links(html: &str) -> Vec<&str> {
    let after = |attribute: &'static str| {
        html.split(attribute).skip(1).filter_map(|rest| rest.split('"').next())
    };
    after("href=\"").chain(after("src=\"")).collect()
}

/// Every page of a site, by its file.
fn pages(out: &Path) -> BTreeMap<String, String> {
    let files = fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path());
    let pages = files.filter(|file| file.extension().is_some_and(|end| end == "html"));
    pages
        .map(|file| (file.file_name().unwrap().to_str().unwrap().to_owned(), read(&file)))
        .collect()
}

#[test]
fn the_site_is_complete_and_stands_alone() {
    let folder = tempfile::tempdir().unwrap();
    let run = fixture::run(folder.path());
    let out = folder.path().join("site");
    let start = page_of(std::slice::from_ref(&run), &out);
    assert!(start.contains(&run.environment.command));
    let pages = pages(&out);
    for file in
        ["costs.html", "trackers.html", "workload-fragmentation.html", "method.html", "data.html"]
    {
        assert!(pages.contains_key(file), "{file} is not among {:?}", pages.keys());
        // Each is to be found from the start.
        assert!(
            file.starts_with("workload-") || start.contains(&format!("href=\"{file}\"")),
            "{file}"
        );
    }
    assert!(pages["costs.html"].contains("<h2 id=\"failures\">"));
    assert!(pages["costs.html"].contains("&lt;script&gt;alert"));
    let mut titles = BTreeSet::new();
    for (file, html) in &pages {
        let title = html.split("<title>").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
        assert!(titles.insert(title.to_owned()), "{file} has the title of another: {title}");
        assert_eq!(
            html.matches("<script").count(),
            1,
            "{file}: what a tracker says must be escaped"
        );
        assert!(html.contains("<a href=\"index.html\""), "{file} does not lead back");
        for link in
            links(html).into_iter().filter(|link| !link.starts_with('#') && *link != "data:,")
        {
            if link.starts_with("https://") {
                assert!(html.contains(&format!("<a href=\"{link}\"")), "{file}: {link} is loaded");
            } else {
                assert!(out.join(link).is_file(), "{file}: {link} is missing");
            }
        }
    }
    let original = fs::read(run.folder.join("records.jsonl")).unwrap();
    let name = &run.environment.run;
    let packed = File::open(out.join("data").join(name).join("records.jsonl.zst")).unwrap();
    assert_eq!(zstd::decode_all(packed).unwrap(), original);
}

#[test]
fn every_link_within_a_page_has_its_end_there() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("site");
    page_of(&[fixture::run(folder.path())], &out);
    for (file, html) in pages(&out) {
        let mut ids: Vec<&str> =
            html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        for link in links(&html).into_iter().filter_map(|link| link.strip_prefix('#')) {
            assert!(ids.contains(&link), "{file}: #{link}");
        }
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "{file} has an id twice");
    }
}

#[test]
fn a_run_can_hold_its_own_site() {
    let folder = tempfile::tempdir().unwrap();
    let run = fixture::run(folder.path());
    page_of(std::slice::from_ref(&run), &run.folder);
    assert!(read(&run.folder.join("data.html")).contains("href=\"records.jsonl\""));
    assert!(!run.folder.join("data").exists());
}

#[test]
fn runs_of_one_name_are_kept_apart_and_a_second_site_replaces_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let run = fixture::run(folder.path());
    let out = folder.path().join("site");
    page_of(&[run.clone(), run.clone()], &out);
    assert_eq!(fs::read_dir(out.join("data")).unwrap().count(), 2);
    fs::write(out.join("index.html"), "an earlier site").unwrap();
    assert!(page_of(&[run], &out).contains("<h1>"));
    let hidden = fs::read_dir(&out).unwrap().flatten();
    assert!(hidden.into_iter().all(|entry| !entry.file_name().to_string_lossy().starts_with('.')));
}

#[test]
fn what_spoils_the_figures_is_said_first() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = fixture::run(folder.path());
    assert!(!page_of(std::slice::from_ref(&run), &folder.path().join("a")).contains("warning\""));
    run.environment.settings.params.scale = 0.1;
    for record in &mut run.records {
        if let Outcome::Timed(timed) = &mut record.outcome {
            timed.process.debug_build = true;
        }
    }
    let html = page_of(&[run], &folder.path().join("b"));
    assert_eq!(html.matches("class=\"warning\"").count(), 2);
    assert!(html.find("debug assertions") < html.find("<table"));
    let chart = fs::read_to_string(folder.path().join("b/charts/overhead.svg")).unwrap();
    assert!(chart.contains("DEBUG BUILDS"));
}

#[test]
fn criterion_is_linked_if_there_is_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let run = fixture::run(folder.path());
    let criterion = Some(folder.path().join("criterion/report/index.html"));
    let out = folder.path().join("site");
    let page = write(&[run], &out, &Options { criterion, ..Options::default() }).unwrap();
    let html = read(&page);
    assert!(html.contains("href=\"../criterion/report/index.html\""), "{html}");
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let run = fixture::run(folder.path());
    let blocked = folder.path().join("a-file");
    fs::write(&blocked, "").unwrap();
    let error = write(&[run], &blocked.join("site"), &Options::default()).unwrap_err();
    assert!(error.to_string().contains("a-file"), "{error}");
}

#[test]
fn a_run_without_its_files_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = fixture::run(folder.path());
    run.folder = PathBuf::from("/nowhere/at/all");
    let error = write(&[run], &folder.path().join("site"), &Options::default()).unwrap_err();
    assert!(error.to_string().contains("/nowhere/at/all: cannot be read"), "{error}");
    assert!(!folder.path().join("site/index.html").exists());
}

#[test]
fn an_empty_run_has_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = fixture::run(folder.path());
    run.records.clear();
    assert!(page_of(&[run], &folder.path().join("site")).contains("No tracked program was timed"));
}

#[test]
fn what_was_built_and_drawn_stays_with_the_data_and_other_pages_are_linked() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = fixture::run(folder.path());
    let drawn = run.folder.join("samples/00001/export");
    fs::create_dir_all(&drawn).unwrap();
    fs::write(drawn.join("memory_analysis.svg"), "<svg/>").unwrap();
    fs::create_dir_all(run.folder.join("locks")).unwrap();
    fs::write(run.folder.join("locks/one.lock"), "").unwrap();
    run.environment.versions = vec![VersionRecord {
        tracker: "memscope-rs".to_owned(),
        asked: "0.1.0".to_owned(),
        version: "0.1.0".to_owned(),
        released: None,
        commit: None,
        adapter: Some("trackers/memscope-rs/0.1.0.rs".to_owned()),
        features: Vec::new(),
        lock: Some("locks/one.lock".to_owned()),
    }];
    let arm = run.records.iter().position(|record| record.arm.is_tracked()).unwrap();
    run.records[arm].folder = Some("samples/00001".to_owned());
    let out = folder.path().join("site");
    page_of(std::slice::from_ref(&run), &out.join("more"));
    let shown = || {
        let html: String = pages(&out).into_values().collect();
        let wanted = ["export/memory_analysis.svg\"><img", "locks/one.lock\">lock file"];
        wanted.into_iter().all(|part| html.contains(part))
    };
    let html = page_of(std::slice::from_ref(&run), &out);
    assert!(shown());
    assert!(html.contains("<a href=\"more/index.html\">more</a>"), "{html}");
    // Of nothing but what the site holds.
    let data = fs::read_dir(out.join("data")).unwrap().next().unwrap().unwrap().path();
    run.folder = data;
    page_of(&[run], &out);
    assert!(shown());
}
