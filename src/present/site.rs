//! The static site: a start page, pages about topics, trackers and workloads, and the raw data they rest on.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::badge::badge;
use super::compared::{Compared, ComparedView};
use super::instruction_page::{InstructionsCompared, InstructionsView};
use super::kept::keep_data;
use super::links::{self, link};
use super::page::{Frame, Page, Place, SHARED};
use super::pages::{
    self, Data, DataLinks, Front, Method, Start, TopicPage, TrackerPage, WorkloadPage,
};
use super::profiles::ProfileView;
use super::staging::Staging;
use super::topics::{TOPICS, Topic};
use super::versions::TrackerPicture;
use super::{ReportError, claims, csv, others, words};
use crate::analyse::comparison;
use crate::analyse::summary::Summary;
use crate::plan::catalog::Catalog;
use crate::present::charts::{self, Chart, ChartError};
use crate::record::Run;
use crate::stats::StatsError;

/// The site's first page.
const INDEX: &str = "index.html";

/// Its figures.
const FIGURES: &str = "summary.json";

/// The folder of its charts.
const CHARTS: &str = "charts";

const START: Place = Place { file: INDEX, name: "Start", about: "The answer in one table" };
const TRACKERS: Place = Place {
    file: "trackers.html",
    name: "Trackers",
    about: "What each tracker is, with a page for each: all workloads, and the commands that reproduce its figures",
};
const WORKLOADS: Place = Place {
    file: "workloads.html",
    name: "Workloads",
    about: "What is measured, with a page for each: all trackers on it",
};
const METHOD: Place = Place {
    file: "method.html",
    name: "Method",
    about: "What the words mean, and what a figure rests on",
};
const DATA: Place = Place {
    file: "data.html",
    name: "Data",
    about: "Every run with its command, its machine, and its raw samples",
};

/// What a site may have besides its runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// The front page of Criterion's own report on the same samples, to link to.
    pub criterion: Option<PathBuf>,
    /// A comparison of trackers of the runs, which then is what the start page is about.
    pub comparison: Option<Compared>,
    /// Likewise a comparison of instructions.
    pub instructions: Option<InstructionsCompared>,
}

impl Options {
    /// What recorded runs say of themselves: one of `compare` has its comparison, as it is judged if nobody says otherwise.
    ///
    /// # Errors
    ///
    /// If the statistics fail, which measured times cannot make them.
    pub fn of(runs: &[Run], summary: &Summary) -> Result<Self, StatsError> {
        let procedure = match runs {
            [one] => one.environment.procedure.as_ref(),
            _ => None,
        };
        let comparison = procedure.map(|procedure| comparison::of_run(summary, procedure));
        let comparison = comparison.transpose()?.flatten();
        let comparison = comparison.map(|comparison| Compared { comparison, reasons: None });
        Ok(Self { comparison, ..Self::default() })
    }
}

/// Writes the site of some runs, taken together in one summary, into the folder `out`; gives the path of its first
/// page. An earlier site there is replaced once the new one is complete.
///
/// ```text
/// out/index.html                 the start page; opens from disk, needs no server
///     costs.html …               a page for each topic (topics.rs) of which the runs say anything
///     trackers.html  tracker-*   each tracker, where any was timed
///     workloads.html workload-*  each workload
///     method.html  data.html     how to read it, and where it is from
///     style.css  tables.js       what all pages share
///     charts/*.svg
///     badges/tracker-*.json      a badge of each tracker, for shields.io
///     summary.json  summary.csv  its figures, unrounded
///     data/RUN/…                 records.jsonl.zst and environment.json of each run, lock files of what was
///                                built for it, its heap profiles, pictures that trackers drew
/// ```
///
/// The data of a run whose folder lies in `out`, or is it, stays where it is. Other sites of ours in folders
/// of `out` are linked to, and trackers that were measured only there have a row on the start page.
///
/// # Errors
///
/// If the folder cannot be written, or a run's files cannot be read; the error names the file.
pub fn write_site(
    runs: &[Run],
    summary: &Summary,
    out: &Path,
    options: &Options,
) -> Result<PathBuf, ReportError> {
    let mut staging = Staging::begin(out)?;
    let charts = charts::write_all(summary, &staging.folder(Path::new(CHARTS)))?;
    let charts = claimed(charts, &mut staging);
    let compared = match &options.comparison {
        Some(compared) => Some(compared_view(compared, &mut staging)?),
        None => None,
    };
    let instructions = InstructionsView::new(runs, options.instructions.as_ref(), &mut staging)?;
    let title = compared.as_ref().map_or(TITLE.to_owned(), |view| view.title.clone());
    let Parts { data, profiles, pictures } = Parts::of(runs, out, &mut staging)?;
    write_figures(summary, out, &mut staging)?;

    let is_timed = summary.is_timed();
    let mut topics = topics(summary, &charts);
    let catalog = catalog(summary);
    let mut lists = if is_timed { lists(summary, catalog.as_ref()) } else { Vec::new() };
    let others = others::others(summary, out, [INDEX, FIGURES]);
    for listed in topics.iter_mut().chain(&mut lists) {
        listed.page.elsewhere = others::elsewhere(&others, out, listed.place.file);
    }
    let shown = topics.iter().filter(|_| is_timed).chain(&lists);
    let places: Vec<Place> = shown.map(|one| one.place.clone()).chain([METHOD, DATA]).collect();
    let frame = Frame::new([vec![START], places.clone()].concat())?;
    let mut pages = Pages { frame: &frame, staging: &mut staging };
    if is_timed {
        for Listed { place, title, page } in topics.iter().chain(&lists) {
            pages.write(place.file, place, "topic.html", (*title).to_owned(), page)?;
        }
        pages.write_trackers(summary, catalog.as_ref(), &pictures)?;
        pages.write_workloads(summary, &profiles)?;
    }
    let criterion = options.criterion.as_deref().map(|report| link(out, report));
    let method = Method::new(summary);
    pages.write(METHOD.file, &METHOD, "method.html", "How to read this".to_owned(), &method)?;
    let data = Data::new(summary, data, criterion.clone());
    pages.write(DATA.file, &DATA, "data.html", "Where the figures come from".to_owned(), &data)?;
    let front = Front {
        compared,
        instructions,
        profiles: profiles.into_iter().filter(|one| !has_page(summary, &one.workload)).collect(),
        pictures: if is_timed { Vec::new() } else { pictures },
        topics: topics.into_iter().filter(|_| !is_timed).map(|one| one.page).collect(),
        charts,
        places,
        criterion,
        others,
    };
    // Last, so that what it links to is there before it.
    pages.write(INDEX, &START, "start.html", title, &Start::new(summary, front))?;
    staging.publish()?;
    Ok(out.join(INDEX))
}

/// The title of a report that is about no comparison.
const TITLE: &str = "What heap tracking costs, and how accurate it is";

/// What runs hold beside their samples, made part of the site.
struct Parts {
    data: Vec<DataLinks>,
    profiles: Vec<ProfileView>,
    pictures: Vec<TrackerPicture>,
}

impl Parts {
    fn of(runs: &[Run], out: &Path, staging: &mut Staging) -> Result<Self, ReportError> {
        let mut taken = Vec::new();
        let (mut data, mut profiles, mut pictures) = (Vec::new(), Vec::new(), Vec::new());
        for run in runs {
            let kept = keep_data(run, out, &pictures, staging, &mut taken)?;
            data.push(kept.links);
            profiles.extend(kept.profiles);
            pictures.extend(kept.tracker_pictures);
        }
        pictures.sort_by(|a: &TrackerPicture, b| a.arm.natural_cmp(&b.arm));
        Ok(Self { data, profiles, pictures })
    }
}

/// Whether a workload has a page of its own.
fn has_page(summary: &Summary, workload: &str) -> bool {
    summary.is_timed() && summary.workloads.iter().any(|one| one.workload == workload)
}

/// The figures for programs, and what all pages share.
fn write_figures(summary: &Summary, out: &Path, staging: &mut Staging) -> Result<(), ReportError> {
    let json = serde_json::to_string_pretty(summary)
        .map_err(|error| ReportError::written(&out.join(FIGURES))(error.into()))?;
    staging.write(Path::new(FIGURES), &(json + "\n"))?;
    staging.write(Path::new("summary.csv"), &csv(summary))?;
    for (file, text) in SHARED {
        staging.write(Path::new(file), text)?;
    }
    Ok(())
}

/// A page that navigation leads to.
struct Listed {
    place: Place,
    title: &'static str,
    page: TopicPage,
}

fn topics(summary: &Summary, charts: &[Chart]) -> Vec<Listed> {
    let page = |topic: &Topic| {
        let page = TopicPage::new(topic, summary, charts)?;
        let place = Place { file: topic.file, name: topic.name, about: topic.about };
        Some(Listed { place, title: topic.title, page })
    };
    TOPICS.iter().filter_map(page).collect()
}

fn lists(summary: &Summary, catalog: Option<&Catalog>) -> Vec<Listed> {
    let trackers = catalog.and_then(|catalog| pages::trackers(summary, catalog, TRACKERS.about));
    let workloads = pages::workloads(summary, WORKLOADS.about);
    let all = [(TRACKERS, trackers), (WORKLOADS, workloads)].into_iter();
    all.filter_map(|(place, page)| Some(Listed { title: place.name, place, page: page? })).collect()
}

/// The catalogue, with the readers' own trackers of these runs. The site can be made without it.
fn catalog(summary: &Summary) -> Option<Catalog> {
    let own = summary.environments.iter().flat_map(|one| &one.settings.own_trackers);
    Catalog::with(&own.cloned().collect::<Vec<_>>()).ok()
}

/// What writes pages.
struct Pages<'a> {
    frame: &'a Frame,
    staging: &'a mut Staging,
}

impl Pages<'_> {
    fn write<C: Serialize>(
        &mut self,
        file: &str,
        place: &Place,
        template: &'static str,
        title: String,
        content: &C,
    ) -> Result<(), ReportError> {
        let page = Page { file: file.to_owned(), place: place.file, template, title, content };
        self.staging.write(Path::new(file), &self.frame.render(&page)?)
    }

    /// A page for each tracker that was timed.
    fn write_trackers(
        &mut self,
        summary: &Summary,
        catalog: Option<&Catalog>,
        pictures: &[TrackerPicture],
    ) -> Result<(), ReportError> {
        let claims = claims::judged(summary);
        for overall in &summary.overall {
            let part = summary.of_arm(&overall.arm);
            let file = links::tracker_page(&overall.arm);
            let wanted = ["overhead.svg", "history.svg", "call-latency.svg"];
            let charts = self.charts_of(&wanted, &part, &file)?;
            let page = TrackerPage::new(&part, overall, catalog, charts, pictures, &claims);
            let title = words::overall_title(overall);
            let place = Path::new("badges").join(&file).with_extension("json");
            self.staging.write(&place, &(badge(summary, overall).to_string() + "\n"))?;
            self.write(&file, &TRACKERS, "tracker.html", title, &page)?;
        }
        Ok(())
    }

    /// A page for each workload that was timed.
    fn write_workloads(
        &mut self,
        summary: &Summary,
        profiles: &[ProfileView],
    ) -> Result<(), ReportError> {
        for workload in &summary.workloads {
            let part = summary.of_workload(&workload.workload);
            let file = links::workload_page(&workload.workload);
            let charts = self.charts_of(&["samples.svg", "call-latency.svg"], &part, &file)?;
            let page = WorkloadPage::new(&part, workload, charts, profiles);
            self.write(&file, &WORKLOADS, "workload.html", workload.workload.clone(), &page)?;
        }
        Ok(())
    }

    /// Charts of a part of the summary, for the page `file`.
    fn charts_of(
        &mut self,
        wanted: &[&str],
        part: &Summary,
        file: &str,
    ) -> Result<Vec<Chart>, ReportError> {
        let folder = self.staging.folder(Path::new(CHARTS));
        let name = file.trim_end_matches(".html");
        let charts = charts::write_of_part(wanted, part, &folder, name)?;
        Ok(claimed(charts, self.staging))
    }
}

/// Makes charts part of the site, and their files links.
fn claimed(mut charts: Vec<Chart>, staging: &mut Staging) -> Vec<Chart> {
    let mut claim = |file: &mut String| {
        let place = Path::new(CHARTS).join(&*file);
        *file = links::encode(&place);
        staging.claim(place);
    };
    for chart in &mut charts {
        claim(&mut chart.file);
        chart.narrow.iter_mut().for_each(&mut claim);
    }
    charts
}

/// The comparison's part of the page, with its chart.
fn compared_view(compared: &Compared, staging: &mut Staging) -> Result<ComparedView, ReportError> {
    let wide = match charts::change(&compared.comparison) {
        // Nothing was timed.
        Err(ChartError::Nothing) => return Ok(ComparedView::new(compared, None)),
        drawn => drawn?,
    };
    let mut write = |file: &str, svg: &str| {
        let place = Path::new(CHARTS).join(file);
        staging.write(&place, svg).map(|()| links::encode(&place))
    };
    let file = write("comparison.svg", &wide)?;
    let narrow = write("comparison-narrow.svg", &charts::change_narrow(&compared.comparison)?)?;
    Ok(ComparedView::new(compared, Some((file, narrow))))
}
