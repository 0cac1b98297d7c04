//! What trackers cost from report to report of a site, as a table.

use super::table::{Table, Unit, Value};
use crate::analyse::history::{Line, Spot, lines};
use crate::analyse::summary::Summary;
use crate::common::units;

/// A section a tracker, or, of one tracker, a workload; a row a report, the newest first.
pub(super) fn tables(summary: &Summary) -> Vec<Table> {
    let lines = lines(&summary.history);
    let sections = lines.iter().map(|line| {
        let spots = line.spots.iter().rev().map(move |spot| (line, spot));
        (line.name.to_owned(), spots.collect::<Vec<_>>())
    });
    let table = Table::in_sections(sections)
        .words("measured", "measured", |(_, spot): (&Line<'_>, &Spot<'_>)| {
            spot.dated.measured.get(..10).unwrap_or_default().to_owned()
        })
        .words("version", "version", |(_, spot)| spot.point.version.clone().unwrap_or_default())
        .estimate("slow-down", "overhead", |(_, spot)| {
            Value::Figure(spot.point.ratio, spot.point.ends, Unit::Factor)
        })
        .words("accuracy", "grade", |(_, spot)| {
            spot.point.grade.map_or(Value::Absent, |grade| Value::Text(grade.word().to_owned()))
        })
        .words("changed since the one before", "changed", |(_, spot)| {
            units::listed(&spot.changed)
        })
        .datum("tracker", |(line, _)| line.tracker)
        .datum("workload", |(line, _)| line.workload.unwrap_or_default())
        .datum("machine", |(_, spot)| spot.dated.circumstances.machine.as_str())
        .datum("compiler", |(_, spot)| spot.dated.circumstances.compiler.as_str())
        .datum("scale", |(_, spot)| spot.dated.circumstances.scale.as_str())
        .table("history", "From report to report")
        .note(
            "Each report that was made into this folder. Figures between which the machine, the compiler, the settings or \
             the workloads changed do not compare. Those of other hours hardly do: what an hour does is in no interval.",
        );
    vec![table]
}
