//! The figures as CSV: unrounded, in seconds and bytes, absent ones empty.

use crate::analyse::summary::{Cell, Ratio, Summary, WorkloadSummary};
use crate::present::words;

const HEADER: &str = "workload,arm,version,blocks,allocations,events,untracked_wall_s,tracked_wall_s,\
                      overhead,overhead_low,overhead_high,cpu_overhead,cpu_overhead_low,\
                      cpu_overhead_high,untracked_resident_peak_bytes,tracked_resident_peak_bytes,\
                      memory,memory_low,memory_high,noise_factor,detection,capture,failures\n";

/// A line for each workload and tracked arm, as RFC 4180 has it but for its line ends.
pub fn csv(summary: &Summary) -> String {
    let cells = summary
        .workloads
        .iter()
        .flat_map(|workload| workload.cells.iter().map(move |cell| line(workload, cell)));
    HEADER.to_owned() + &cells.collect::<String>()
}

fn line(workload: &WorkloadSummary, cell: &Cell) -> String {
    let untracked = workload.untracked.as_ref();
    let tracked = cell.timing.as_ref();
    let mut fields = vec![
        workload.workload.clone(),
        cell.arm.to_string(),
        cell.version.clone().unwrap_or_default(),
        workload.blocks.to_string(),
        or_empty(workload.allocations),
        or_empty(workload.events),
        or_empty(untracked.map(|timing| timing.wall_s)),
        or_empty(tracked.map(|timing| timing.wall_s)),
    ];
    fields.extend(ratio(cell.overhead));
    fields.extend(ratio(cell.cpu_overhead));
    fields.push(or_empty(untracked.and_then(|timing| timing.resident_peak_bytes)));
    fields.push(or_empty(tracked.and_then(|timing| timing.resident_peak_bytes)));
    fields.extend(ratio(cell.memory));
    fields.push(or_empty(workload.noise.and_then(|noise| noise.factor)));
    fields.push(cell.detection.unwrap_or_default().to_owned());
    fields.push(or_empty(cell.capture));
    fields.push(words::failures(&cell.failures));
    let quoted: Vec<String> = fields.iter().map(|field| quote(field)).collect();
    quoted.join(",") + "\n"
}

fn ratio(ratio: Option<Ratio>) -> [String; 3] {
    [
        or_empty(ratio.map(|ratio| ratio.ratio)),
        or_empty(ratio.and_then(|ratio| ratio.low)),
        or_empty(ratio.and_then(|ratio| ratio.high)),
    ]
}

fn or_empty<T: ToString>(figure: Option<T>) -> String {
    figure.map_or(String::new(), |figure| figure.to_string())
}

/// A field, in quotes if it needs them.
pub(crate) fn quote(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn every_cell_is_a_line() {
        insta::assert_snapshot!(csv(&fixture::summary()));
    }

    #[test]
    fn lines_have_as_many_fields_as_the_header() {
        for line in csv(&fixture::plain_summary()).lines() {
            assert_eq!(line.split(',').count(), HEADER.split(',').count(), "{line}");
        }
    }

    #[test]
    fn what_needs_quotes_gets_them() {
        assert_eq!(quote("plain"), "plain");
        assert_eq!(quote("a,b"), "\"a,b\"");
        assert_eq!(quote("a \"b\"\n"), "\"a \"\"b\"\"\n\"");
    }
}
