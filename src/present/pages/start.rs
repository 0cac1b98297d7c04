//! The start page: the answer, and where more is to be found.

use serde::Serialize;

use super::TopicPage;
use crate::analyse::summary::Summary;
use crate::common::units;
use crate::present::charts::Chart;
use crate::present::compared::ComparedView;
use crate::present::instruction_page::InstructionsView;
use crate::present::others::Other;
use crate::present::page::Place;
use crate::present::profiles::ProfileView;
use crate::present::table::{Placed, Table};
use crate::present::versions::TrackerPicture;
use crate::present::{glance, headline, warnings, words};

/// The start page.
#[derive(Debug, Serialize)]
pub(in crate::present) struct Start {
    headline: Option<String>,
    warnings: Vec<String>,
    compared: Option<ComparedView>,
    instructions: Option<InstructionsView>,
    overview: Option<Placed>,
    /// When, where, and how far identical programs seemed to differ.
    measured: String,
    glance: Option<Chart>,
    /// The link of the same for a phone.
    glance_narrow: Option<String>,
    links: Vec<Place>,
    /// Where a report is short: all that it has.
    topics: Vec<TopicPage>,
    profiles: Vec<ProfileView>,
    pictures: Vec<TrackerPicture>,
    is_empty: bool,
    runs: Vec<Made>,
    criterion: Option<String>,
    others: Vec<Other>,
}

#[derive(Debug, Serialize)]
struct Made {
    when: String,
    command: String,
}

/// What stands on the start page beside what the summary says.
#[derive(Debug, Default)]
pub(in crate::present) struct Front {
    pub(in crate::present) compared: Option<ComparedView>,
    pub(in crate::present) instructions: Option<InstructionsView>,
    /// Every chart of the site.
    pub(in crate::present) charts: Vec<Chart>,
    /// The site's other pages.
    pub(in crate::present) places: Vec<Place>,
    /// Where the report has no costs, and so no other pages about trackers: all topics.
    pub(in crate::present) topics: Vec<TopicPage>,
    /// Heap profiles of workloads that have no page.
    pub(in crate::present) profiles: Vec<ProfileView>,
    /// Pictures of trackers that have none.
    pub(in crate::present) pictures: Vec<TrackerPicture>,
    pub(in crate::present) criterion: Option<String>,
    pub(in crate::present) others: Vec<Other>,
}

impl Start {
    /// The start page of a site.
    pub(in crate::present) fn new(summary: &Summary, front: Front) -> Self {
        let chart = |file: &str| front.charts.iter().find(|chart| chart.is(file)).cloned();
        let (glance_chart, narrow) = (chart("glance.svg"), chart("glance-narrow.svg"));
        let is_timed = summary.is_timed();
        let overview = is_timed.then(|| glance::overview(summary)).and_then(Table::filled);
        let runs = summary.environments.iter().map(|environment| Made {
            when: words::moment(&environment.started),
            command: environment.command.clone(),
        });
        let is_empty = overview.is_none()
            && front.topics.is_empty()
            && front.profiles.is_empty()
            && front.instructions.is_none()
            && front.compared.is_none();
        Self {
            headline: if is_timed { headline::headline(summary) } else { None },
            warnings: warnings::of(summary),
            measured: measured(summary),
            overview: overview.map(Placed::from),
            glance: glance_chart,
            glance_narrow: narrow.map(|chart| chart.file),
            links: front.places,
            topics: front.topics,
            profiles: front.profiles,
            pictures: front.pictures,
            is_empty,
            runs: runs.collect(),
            compared: front.compared,
            instructions: front.instructions,
            criterion: front.criterion,
            others: front.others,
        }
    }
}

/// `AMD EPYC, 2 cores …, 2026-11-28 23:30 UTC. Identical programs differed by up to 1.0 % here.`
fn measured(summary: &Summary) -> String {
    let places = words::places(summary);
    match summary.noise.and_then(|noise| noise.factor) {
        Some(factor) => {
            let noise = units::percent(factor - 1.0);
            format!("Measured on {places}. Identical programs differed by up to {noise} here.")
        }
        None => format!("Measured on {places}."),
    }
}
