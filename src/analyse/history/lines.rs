//! Figures of one tracker on one workload, from report to report, apart where the circumstances changed.

use super::{Dated, Point};

/// What a figure over all workloads is called, beside those on one.
const ALL: &str = "all workloads";

/// A tracker on a workload, or over all.
#[derive(Clone, Debug, PartialEq)]
pub struct Line<'a> {
    /// What tells it from the others: its tracker, or, where all are of one, its workload.
    pub name: &'a str,
    /// The tracker, by the name of its arm.
    pub tracker: &'a str,
    /// The workload; none over all.
    pub workload: Option<&'a str>,
    /// Its figures, by date.
    pub spots: Vec<Spot<'a>>,
}

/// A figure, and whether it compares with the one before.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot<'a> {
    /// The report that it is of.
    pub dated: &'a Dated,
    /// The figure.
    pub point: &'a Point,
    /// What is another than at the figure before, in words; empty if nothing is, or if it is the first.
    pub changed: Vec<&'static str>,
}

/// Every tracker's figures over all workloads, of those that have two and more; of a single tracker, or a single workload,
/// every line.
pub fn lines(history: &[Dated]) -> Vec<Line<'_>> {
    let points = || history.iter().flat_map(|dated| &dated.points);
    let first = points().next();
    let is_of_one = first.is_some_and(|first| points().all(|one| one.tracker == first.tracker));
    let has_overall = points().any(|point| point.workload.is_none());
    let mut lines: Vec<Line<'_>> = Vec::new();
    for dated in history {
        for point in &dated.points {
            if point.workload.is_some() && has_overall && !is_of_one {
                continue;
            }
            let (tracker, workload) = (&*point.tracker, point.workload.as_deref());
            let known =
                lines.iter_mut().find(|line| (line.tracker, line.workload) == (tracker, workload));
            match known {
                Some(line) => line.add(dated, point),
                None => {
                    let spots = vec![Spot { dated, point, changed: Vec::new() }];
                    let name = if is_of_one { workload.unwrap_or(ALL) } else { tracker };
                    lines.push(Line { name, tracker, workload, spots });
                }
            }
        }
    }
    lines.retain(|line| line.spots.len() > 1);
    lines
}

impl<'a> Line<'a> {
    fn add(&mut self, dated: &'a Dated, point: &'a Point) {
        let mut changed = Vec::new();
        if let Some(before) = self.spots.last() {
            changed = dated.circumstances.changed_since(&before.dated.circumstances);
            let workloads = |dated: &'a Dated| dated.workloads_of(self.tracker);
            if self.workload.is_none() && workloads(dated) != workloads(before.dated) {
                changed.push("workloads");
            }
        }
        self.spots.push(Spot { dated, point, changed });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    /// A report on each day, with another machine on the third.
    fn history() -> Vec<Dated> {
        let mut days: Vec<Dated> = ["2026-11-01", "2026-11-08", "2026-11-15"]
            .into_iter()
            .map(|day| Dated {
                measured: format!("{day}T00:00:00Z"),
                runs: vec![day.to_owned()],
                ..Dated::of(&fixture::summary()).unwrap()
            })
            .collect();
        days[2].circumstances.machine = "another".to_owned();
        days
    }

    #[test]
    fn a_line_is_apart_where_the_machine_changed() {
        let history = history();
        let lines = lines(&history);
        assert!(lines.len() > 1 && lines.iter().all(|line| line.workload.is_none()), "{lines:?}");
        let changed: Vec<_> = lines[0].spots.iter().map(|spot| spot.changed.clone()).collect();
        assert_eq!(changed, [vec![], vec![], vec!["machine"]]);
    }

    #[test]
    fn a_figure_over_other_workloads_is_another_figure() {
        let mut history = history();
        // As many, and others.
        for point in &mut history[1].points {
            point.workload = point.workload.as_ref().map(|name| format!("another-{name}"));
        }
        let lines = lines(&history);
        assert_eq!(lines[0].spots[1].changed, ["workloads"]);
        assert_eq!(lines[0].spots[2].changed, ["machine", "workloads"]);
    }

    #[test]
    fn one_tracker_has_a_line_a_workload_and_a_single_report_has_none() {
        let history = history();
        let tracker = history[0].points[0].tracker.clone();
        let own: Vec<Dated> =
            history.iter().map(|dated| dated.part(|point| point.tracker == tracker)).collect();
        let of_one = lines(&own);
        assert!(of_one.iter().any(|line| line.workload.is_some()), "{of_one:?}");
        assert!(lines(&history[..1]).is_empty());
    }
}
