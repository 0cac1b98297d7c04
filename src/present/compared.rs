//! A comparison on a page: its verdict, its chart, its tables.

use serde::Serialize;

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
    chart: Option<String>,
    tables: Vec<Placed>,
}

impl ComparedView {
    pub(super) fn new(compared: &Compared, chart: Option<String>) -> Self {
        let versus: Vec<String> =
            compared.comparison.against.iter().map(words::versus_title).collect();
        Self {
            title: versus.join(", "),
            verdict: comparison::verdict(&compared.comparison),
            reasons: compared.reasons.clone(),
            chart,
            tables: comparison::placed(&compared.comparison),
        }
    }
}
