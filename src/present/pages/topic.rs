//! A page about one topic.

use serde::Serialize;

use crate::analyse::summary::Summary;
use crate::present::charts::Chart;
use crate::present::others::Elsewhere;
use crate::present::table::{Placed, Table};
use crate::present::topics::Topic;

/// Charts and tables about a topic.
#[derive(Debug, Serialize)]
pub(in crate::present) struct TopicPage {
    about: String,
    charts: Vec<Chart>,
    tables: Vec<Placed>,
    /// The same page of other sites.
    pub(in crate::present) elsewhere: Vec<Elsewhere>,
}

impl TopicPage {
    /// What a summary says of a topic, with those of the site's charts that belong to it. Nothing, if it says nothing.
    pub(in crate::present) fn new(
        topic: &Topic,
        summary: &Summary,
        charts: &[Chart],
    ) -> Option<Self> {
        // In the topic's order, which is that of importance.
        let own = topic.charts.iter().filter_map(|file| charts.iter().find(|chart| chart.is(file)));
        let charts = own.cloned().collect();
        Self::of(topic.about, charts, topic.tables_of(summary))
    }

    /// Some tables. Nothing, if there is none.
    pub(in crate::present) fn of(
        about: &str,
        charts: Vec<Chart>,
        tables: Vec<Table>,
    ) -> Option<Self> {
        let tables: Vec<Placed> = tables.into_iter().map(Placed::from).collect();
        let about = about.to_owned();
        let elsewhere = Vec::new();
        (!charts.is_empty() || !tables.is_empty()).then_some(Self {
            about,
            charts,
            tables,
            elsewhere,
        })
    }
}
