//! Sites of ours in folders of a site's folder: what each is about, and the trackers that were measured only there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::links::DATA_FOLDER;
use super::table::Placed;
use super::{glance, links, words};
use crate::analyse::summary::{Content, Overall, Summary};
use crate::common::units;
use crate::record::Run;

/// Another site to go to.
#[derive(Debug, Serialize)]
pub(super) struct Other {
    /// The link of its first page.
    pub(super) file: String,
    name: String,
    /// What it measured; none where its runs are not with it, or timed nothing.
    about: Option<String>,
    /// A row for each tracker that this site has not: slow ones that were measured at a smaller scale, say.
    only_there: Option<Placed>,
}

/// A page of another site.
#[derive(Debug, Serialize)]
pub(super) struct Elsewhere {
    file: String,
    name: String,
}

/// The pages of this file in the other sites of `out`.
pub(super) fn elsewhere(others: &[Other], out: &Path, file: &str) -> Vec<Elsewhere> {
    let has_it = |other: &&Other| out.join(&other.name).join(file).is_file();
    let page = |other: &Other| Elsewhere {
        file: links::encode(&Path::new(&other.name).join(file)),
        name: other.name.clone(),
    };
    others.iter().filter(has_it).map(page).collect()
}

/// The sites in folders of `out`, by name, which are known by the files of their first page and their figures.
pub(super) fn others(summary: &Summary, out: &Path, [index, figures]: [&str; 2]) -> Vec<Other> {
    let is_ours = |folder: &Path| [index, figures].iter().all(|file| folder.join(file).is_file());
    let entries = fs::read_dir(out).into_iter().flatten().flatten();
    let mut folders: Vec<_> =
        entries.map(|entry| entry.path()).filter(|one| is_ours(one)).collect();
    folders.sort();
    let other = |folder: &PathBuf| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let there = summary_of(&folder.join(DATA_FOLDER));
        let only_there = there.as_ref().and_then(|there| only_there(summary, there, &name));
        Other {
            file: links::encode(&Path::new(&name).join(index)),
            about: there.as_ref().and_then(about),
            name,
            only_there,
        }
    };
    folders.iter().map(other).collect()
}

/// What the runs in a folder say. What cannot be read, or not be taken together, is told nothing of: its site is not this one.
fn summary_of(data: &Path) -> Option<Summary> {
    let mut folders: Vec<_> = fs::read_dir(data).ok()?.flatten().map(|one| one.path()).collect();
    folders.sort();
    let runs: Vec<Run> = folders.iter().map(|one| Run::load(one)).collect::<Result<_, _>>().ok()?;
    Summary::of(&runs).ok().filter(|summary| summary.not_to_be_pooled().is_none())
}

/// `8 workloads at 0.1 of full size, under 9 trackers and modes, measured 2026-11-30`; nothing where nothing was timed.
fn about(there: &Summary) -> Option<String> {
    if there.overall.is_empty() {
        return None;
    }
    let names: Vec<&str> = there.workloads.iter().map(|one| one.workload.as_str()).collect();
    let what = match names.len() {
        0..=4 => units::listed(&names),
        many => units::counted(many, "workload"),
    };
    let days: BTreeSet<&str> =
        there.overall.iter().filter_map(|one| one.measured.as_deref()).collect();
    let days: Vec<&str> = days.into_iter().collect();
    let days = if days.is_empty() {
        String::new()
    } else {
        format!(", measured {}", units::listed(&days))
    };
    Some(format!("{what} {}, under {}{days}", sizes(there), trackers(&there.overall)))
}

/// `at full size`, or `at 0.1 of full size`.
fn sizes(there: &Summary) -> String {
    let environments = there.environments_of(&[Content::Timed, Content::Audited]);
    match words::distinct(environments.iter().map(|one| one.settings.scale_in_words())).as_str() {
        "1" => "at full size".to_owned(),
        scale => format!("at {scale} of full size"),
    }
}

/// `9 trackers and modes`, or `16 versions of memscope-rs`.
fn trackers(all: &[Overall]) -> String {
    let of = |what: fn(&Overall) -> Option<&str>| all.iter().map(what).collect::<BTreeSet<_>>();
    let (names, versions) =
        (of(|one| Some(&one.arm.tracker)), of(|one| one.arm.version.as_deref()));
    match (names.first(), all) {
        (Some(Some(name)), _) if names.len() == 1 && versions.len() > 1 => {
            format!("{} of {name}", units::counted(versions.len(), "version"))
        }
        (_, [one]) => words::overall_title(one),
        _ => format!("{} trackers and modes", all.len()),
    }
}

/// The trackers that the site here has not.
fn only_there(here: &Summary, there: &Summary, folder: &str) -> Option<Placed> {
    let is_here = |one: &Overall| here.overall.iter().any(|own| own.arm.tracker == one.arm.tracker);
    let lines = glance::in_order(there).into_iter().filter(|(one, _)| !is_here(one)).collect();
    let title = format!("Measured {}", sizes(there));
    glance::elsewhere(there, lines, folder, title).filled().map(Placed::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn trackers_are_counted_and_versions_of_one_named() {
        let summary = fixture::judged_summary();
        let mut all = summary.overall;
        assert_eq!(trackers(&all), format!("{} trackers and modes", all.len()));
        assert_eq!(trackers(&all[..1]), words::overall_title(&all[0]));
        all.truncate(2);
        for (one, version) in all.iter_mut().zip(["0.1.0", "0.2.0"]) {
            one.arm.tracker = "mine".to_owned();
            one.arm.version = Some(version.to_owned());
        }
        assert_eq!(trackers(&all), "2 versions of mine");
    }

    #[test]
    fn what_is_here_too_is_no_row_of_what_is_only_there() {
        let (here, there) = (fixture::judged_summary(), fixture::judged_summary());
        assert!(only_there(&here, &there, "slow").is_none());
        let mut fewer = here;
        let missing = fewer.overall.pop().unwrap();
        fewer.overall.retain(|one| one.arm.tracker != missing.arm.tracker);
        let shown = only_there(&fewer, &there, "slow");
        let html = serde_json::to_string(&shown.expect("one is only there")).unwrap();
        let html = html.replace("&#x2f;", "/");
        assert!(html.contains(&format!("slow/{}", links::tracker_page(&missing.arm))), "{html}");
        assert!(!html.contains(">rank<"), "{html}");
    }

    #[test]
    fn a_page_is_linked_to_where_another_site_has_it() {
        let out = tempfile::tempdir().unwrap();
        let file =
            |name: &str, text: &str| fs::write(out.path().join("slow").join(name), text).unwrap();
        fs::create_dir(out.path().join("slow")).unwrap();
        fs::create_dir(out.path().join("no-site")).unwrap();
        file("index.html", "");
        file("summary.json", "{}");
        file("claims.html", "");
        let others = others(&fixture::judged_summary(), out.path(), ["index.html", "summary.json"]);
        // Its runs are not there, and so nothing is said of them.
        let [slow] = others.as_slice() else { panic!("{others:?}") };
        assert_eq!((slow.file.as_str(), &slow.about), ("slow/index.html", &None));
        let links = |file| elsewhere(&others, out.path(), file);
        assert_eq!(links("claims.html")[0].file, "slow/claims.html");
        assert!(links("costs.html").is_empty());
    }

    #[test]
    fn a_folder_without_runs_has_no_summary() {
        let folder = tempfile::tempdir().unwrap();
        assert!(summary_of(&folder.path().join(DATA_FOLDER)).is_none());
    }
}
