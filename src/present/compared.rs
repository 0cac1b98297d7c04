//! A comparison on a page: its verdict, its chart, its tables.

use serde::Serialize;

use super::charts::Chart;
use super::table::Placed;
use super::{comparison, words};
use crate::analyse::comparison::Comparison;

/// A comparison, and what was made of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// The comparison.
    pub comparison: Comparison,
    /// Why a gate is red; empty if it is green, absent if nothing was to be judged.
    pub reasons: Option<Vec<String>>,
}

/// A comparison: its verdict, its chart, its tables.
#[derive(Debug, Serialize)]
pub(super) struct ComparedView {
    pub(super) title: String,
    verdict: String,
    /// Why a gate is red; empty if it is green.
    reasons: Option<Vec<String>>,
    chart: Option<Chart>,
    tables: Vec<Placed>,
}

impl ComparedView {
    /// With the files of its chart, for a screen and for a phone.
    pub(super) fn new(compared: &Compared, chart: Option<(String, String)>) -> Self {
        let versus: Vec<String> =
            compared.comparison.against.iter().map(words::versus_title).collect();
        let verdict = comparison::verdict(&compared.comparison);
        let chart = chart.map(|(file, narrow)| Chart {
            file,
            narrow: Some(narrow),
            title: "The comparison as a chart".to_owned(),
            alt: verdict.clone(),
        });
        Self {
            title: versus.join(", "),
            verdict,
            reasons: compared.reasons.clone(),
            chart,
            tables: comparison::placed(&compared.comparison),
        }
    }
}
