//! Which overheads are differences: all cells of a summary and all overall figures, judged together.

use super::Summary;
use crate::stats::{self, Judged};

/// Says of every cell and overall figure whether it is a difference.
pub(super) fn judge_all(summary: &mut Summary) {
    let cells = summary.workloads.iter().flat_map(|workload| &workload.cells);
    let estimates: Vec<_> = cells
        .map(|cell| cell.estimate)
        .chain(summary.overall.iter().map(|overall| overall.estimate))
        .collect();
    let mut judged = stats::judge(&estimates, stats::LEAST_EFFECT).into_iter();
    let mut next = |known: bool| judged.next().filter(|_| known);
    for cell in summary.workloads.iter_mut().flat_map(|workload| &mut workload.cells) {
        (cell.detection, cell.detectable) = told(next(cell.estimate.is_some()));
    }
    for overall in &mut summary.overall {
        (overall.detection, overall.detectable) = told(next(overall.estimate.is_some()));
    }
    for service in &mut summary.services {
        let workloads = summary.workloads.iter().filter(|one| one.workload == service.workload);
        let cell = workloads.flat_map(|one| &one.cells).find(|cell| cell.arm == service.arm);
        let said = cell.map(|cell| (cell.detection, cell.detectable));
        (service.detection, service.detectable) = said.unwrap_or_default();
    }
}

fn told(judged: Option<Judged>) -> (Option<&'static str>, Option<f64>) {
    (judged.map(|one| one.detection.words()), judged.and_then(|one| one.detectable))
}
