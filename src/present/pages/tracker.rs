//! A page about one tracker.

use serde::Serialize;

use crate::analyse::claims::JudgedClaim;
use crate::analyse::summary::{Overall, Summary};
use crate::plan::catalog::{Catalog, TrackerEntry};
use crate::present::charts::Chart;
use crate::present::table::Placed;
use crate::present::topics::TOPICS;
use crate::present::versions::TrackerPicture;
use crate::present::{adoption, claims, features, headline, reproduce};

/// All that is known of a tracker.
#[derive(Debug, Serialize)]
pub(in crate::present) struct TrackerPage {
    about: String,
    headline: Option<String>,
    facts: Vec<(&'static str, String)>,
    charts: Vec<Chart>,
    tables: Vec<Placed>,
    pictures: Vec<TrackerPicture>,
    /// Workload, and the commands that measure and audit the tracker there.
    commands: Vec<(String, [String; 2])>,
}

impl TrackerPage {
    /// Of a tracker: `part` is what the summary says of it alone.
    pub(in crate::present) fn new(
        part: &Summary,
        overall: &Overall,
        catalog: Option<&Catalog>,
        charts: Vec<Chart>,
        pictures: &[TrackerPicture],
        claims: &[JudgedClaim],
    ) -> Self {
        let entry = catalog.and_then(|catalog| catalog.find(&overall.arm.tracker).ok());
        let tables = TOPICS.iter().filter(|topic| !topic.is_about_all);
        let claims = claims::of_arm(claims, &overall.arm).filled();
        let tables = tables.flat_map(|topic| topic.tables_of(part)).chain(claims).map(Placed::from);
        let workloads = part.workloads.iter().filter(|workload| !workload.cells.is_empty());
        let command = |workload: &str| reproduce::commands(part, &overall.arm, workload);
        let commands = workloads.map(|one| (one.workload.clone(), command(&one.workload)));
        Self {
            about: entry.map_or(String::new(), |entry| about(entry, overall)),
            headline: headline::headline(part),
            facts: facts(entry, overall, part),
            charts,
            tables: tables.collect(),
            pictures: pictures
                .iter()
                .filter(|picture| picture.arm == overall.arm)
                .cloned()
                .collect(),
            commands: commands.collect(),
        }
    }
}

/// What it is, and what it takes to add it to a program; a line each.
fn facts(
    entry: Option<&TrackerEntry>,
    overall: &Overall,
    part: &Summary,
) -> Vec<(&'static str, String)> {
    let known = entry.map_or(Vec::new(), |entry| features::facts(entry, overall));
    let adopted = part.adoptions.iter().find(|one| Some(&one.version) == overall.version.as_ref());
    known.into_iter().chain(adopted.map(adoption::facts).unwrap_or_default()).collect()
}

/// What it is, and the way that it is used here.
fn about(entry: &TrackerEntry, overall: &Overall) -> String {
    let mode = overall.arm.mode.as_deref();
    let mode = entry.modes.iter().find(|known| Some(&*known.name) == mode);
    let mode = mode.map(|mode| format!(" {}: {}", mode.name, mode.about)).unwrap_or_default();
    format!("{}{mode}", entry.about)
}
