//! A page about one workload.

use protocol::workloads;
use serde::Serialize;

use crate::analyse::summary::{Summary, WorkloadSummary};
use crate::present::charts::Chart;
use crate::present::costs;
use crate::present::profiles::ProfileView;
use crate::present::table::{Placed, Table};
use crate::present::topics::TOPICS;

/// All trackers on a workload.
#[derive(Debug, Serialize)]
pub(in crate::present) struct WorkloadPage {
    about: &'static str,
    charts: Vec<Chart>,
    tables: Vec<Placed>,
    profiles: Vec<ProfileView>,
}

impl WorkloadPage {
    /// Of a workload: `part` is what the summary says of it alone.
    pub(in crate::present) fn new(
        part: &Summary,
        workload: &WorkloadSummary,
        charts: Vec<Chart>,
        profiles: &[ProfileView],
    ) -> Self {
        // Its costs stand in one table, instead of one for each tracker.
        let costs = costs::of_workload(part, workload).filled();
        let topics = TOPICS.iter().filter(|topic| !topic.is_about_all);
        let further = topics.flat_map(|topic| topic.tables_of(part));
        let further = further.filter(|table| !table.is(costs::ID));
        let tables: Vec<Table> = costs.into_iter().chain(further).collect();
        let own = profiles.iter().filter(|profile| profile.workload == workload.workload);
        Self {
            about: workloads::find(&workload.workload).map_or("", |meta| meta.summary),
            charts,
            tables: tables.into_iter().map(Placed::from).collect(),
            profiles: own.cloned().collect(),
        }
    }
}
