//! Instructions on a page: tables, and flame graphs of the difference.

use std::path::Path;

use inferno::differential;
use inferno::flamegraph::{self, Options};
use serde::Serialize;

use super::staging::Staging;
use super::table::Placed;
use super::{ReportError, instructions, links};
use crate::analyse::instructions::{Functions, InstructionComparison};
use crate::record::Run;

/// A comparison of instructions, and what was made of it.
#[derive(Clone, Debug, PartialEq)]
pub struct InstructionsCompared {
    /// The comparison.
    pub comparison: InstructionComparison,
    /// Why a gate is red; empty if it is green, absent if nothing was to be judged.
    pub reasons: Option<Vec<String>>,
    /// Where the arms differ.
    pub functions: Vec<Functions>,
}

/// What a page shows of instructions beside the table of all.
#[derive(Debug, Serialize)]
pub(super) struct InstructionsView {
    /// What a comparison says, if it is one.
    verdict: Option<String>,
    /// Why a gate is red; empty if it is green.
    reasons: Option<Vec<String>>,
    compared: Option<Placed>,
    places: Vec<PlaceView>,
}

/// Where two arms differ.
#[derive(Debug, Serialize)]
struct PlaceView {
    table: Placed,
    flame_graph: String,
}

impl InstructionsView {
    /// What there is to see of a comparison, or else of the runs themselves; `None` if no instructions were counted.
    pub(super) fn new(
        runs: &[Run],
        compared: Option<&InstructionsCompared>,
        staging: &mut Staging,
    ) -> Result<Option<Self>, ReportError> {
        let functions = match compared {
            Some(compared) => compared.functions.clone(),
            None => {
                let all = runs.iter().map(Functions::of_run).collect::<Result<Vec<_>, _>>()?;
                all.concat()
            }
        };
        if functions.is_empty() && compared.is_none() {
            return Ok(None);
        }
        let mut places = Vec::new();
        for (index, functions) in functions.iter().enumerate() {
            let number = index + 1;
            let place = format!("charts/instructions-{number}.svg");
            staging.write(Path::new(&place), &flame_graph(functions)?)?;
            places.push(PlaceView {
                table: instructions::functions(functions, number).into(),
                flame_graph: links::encode(Path::new(&place)),
            });
        }
        Ok(Some(Self {
            verdict: compared.map(|one| instructions::instructions_verdict(&one.comparison)),
            reasons: compared.and_then(|one| one.reasons.clone()),
            compared: compared.map(|one| instructions::compared(&one.comparison).into()),
            places,
        }))
    }
}

/// Draws where one arm makes more instructions than another, red, and where fewer, blue. Widths are those of the
/// new arm; what it does not call at all is not in the picture.
pub fn flame_graph(functions: &Functions) -> Result<String, ReportError> {
    let title = format!("instructions: {} against {}", functions.arm, functions.base);
    let failed = |reason: String| ReportError::Page { page: title.clone(), reason };
    let [base, new] = functions.stacks.each_ref().map(|lines| lines.join("\n"));
    let mut lines = Vec::new();
    let options = differential::Options::default();
    differential::from_readers(options, base.as_bytes(), new.as_bytes(), &mut lines)
        .map_err(|error| failed(error.to_string()))?;
    let mut options = Options::default();
    options.title.clone_from(&title);
    options.subtitle =
        Some("red: more than in the base, blue: fewer; stacks are estimated as gprof does".into());
    options.count_name = "instructions".to_owned();
    options.image_width = Some(1200);
    let mut svg = Vec::new();
    flamegraph::from_reader(&mut options, lines.as_slice(), &mut svg)
        .map_err(|error| failed(error.to_string()))?;
    String::from_utf8(svg).map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_flame_graph_shows_what_became_more() {
        let lines = |malloc: u64| vec!["w;region 500".into(), format!("w;region;malloc {malloc}")];
        let functions = Functions {
            base: fixture::arm("memscope-rs@0.2.4/full"),
            arm: fixture::arm("memscope-rs@0.2.5/full"),
            workloads: vec!["w".to_owned()],
            changes: Vec::new(),
            all: 2,
            base_total: 800,
            new_total: 1_000,
            stacks: [lines(300), lines(500)],
        };
        let svg = flame_graph(&functions).unwrap();
        assert!(svg.contains("malloc (500 instructions, 50.00%; +"), "{svg}");
        assert!(svg.contains("0.2.5/full against memscope-rs@0.2.4/full"));
        assert_eq!(svg, flame_graph(&functions).unwrap(), "the same each time");
    }
}
