//! The eight phases, and where each lies on the timeline.

use protocol::workloads::{self, Kind, Workload};
use protocol::{Part, TimelinePoint};
use serde::Serialize;

/// The phases of the registry, in upstream's order.
pub fn all() -> Vec<&'static Workload> {
    let is_phase = |meta: &&Workload| matches!(meta.kind, Kind::Phase(_));
    workloads::ALL.iter().filter(is_phase).collect()
}

/// What upstream's closing words call a phase; otherwise its title.
pub fn closing_words(meta: &Workload) -> &'static str {
    match meta.name {
        "basic-structures" => "Basic data structures",
        "nested-structures" => "Complex data structure hierarchies",
        "concurrent-tasks" => "Concurrent memory operations",
        "data-processing" => "Large-scale data processing",
        "fragmentation" => "Memory fragmentation scenarios",
        "reference-cycles" => "Circular reference patterns",
        "mixed-workload" => "Mixed workload simulations",
        "leak-detection" => "Memory leak detection",
        _ => meta.title,
    }
}

/// The number of the phase with this title.
pub fn number(title: &str) -> Option<usize> {
    all().iter().position(|meta| meta.title == title).map(|index| index + 1)
}

/// A phase that ran.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Phase {
    /// Its number, from 1.
    pub number: usize,
    /// Its title.
    pub title: String,
    /// What it did and cost.
    pub part: Part,
    /// The heap meanwhile.
    #[serde(skip)]
    pub points: Vec<TimelinePoint>,
}

impl Phase {
    /// When it began, on the timeline's clock, in nanoseconds.
    pub fn begin_ns(&self) -> u64 {
        self.part.begin_ns
    }

    /// How long it took, in nanoseconds.
    pub fn wall_ns(&self) -> u64 {
        self.part.cost.wall_ns
    }

    /// The title without words that all have in common, for narrow columns.
    pub fn short_title(&self) -> &str {
        let mut title = self.title.as_str();
        for word in [" Test", " Stress"] {
            title = title.strip_suffix(word).unwrap_or(title);
        }
        title
    }
}

/// The phases of a reply, with the points of the timeline that fall into each, and the nearest before and
/// behind it: subjects look at the heap where a phase begins and where it ends.
pub fn of(parts: &[Part], timeline: &[TimelinePoint]) -> Vec<Phase> {
    let phases = parts.iter().enumerate().map(|(index, part)| {
        let end = part.begin_ns.saturating_add(part.cost.wall_ns);
        let first = timeline.partition_point(|point| point.at_ns < part.begin_ns);
        let behind = timeline.partition_point(|point| point.at_ns <= end);
        let points = first.saturating_sub(1)..timeline.len().min(behind + 1);
        let title = workloads::find(&part.workload).map_or(&*part.workload, |meta| meta.title);
        Phase {
            number: index + 1,
            title: title.to_owned(),
            part: part.clone(),
            points: timeline[points].to_vec(),
        }
    });
    phases.collect()
}

#[cfg(test)]
mod tests {
    use protocol::Cost;

    use super::*;

    #[test]
    fn there_are_eight_and_each_has_closing_words() {
        let phases = all();
        assert_eq!(phases.len(), 8);
        for (index, meta) in phases.iter().enumerate() {
            assert_eq!(number(meta.title), Some(index + 1));
            assert_ne!(closing_words(meta), meta.title, "{}", meta.name);
        }
        assert_eq!(number("  Creating massive basic data structures..."), None);
    }

    #[test]
    fn points_belong_to_the_phase_they_were_taken_in_or_next_to() {
        let part = |begin_ns, wall_ns| Part {
            workload: "basic-structures".to_owned(),
            begin_ns,
            cost: Cost { wall_ns, ..Cost::default() },
            truth: None,
            own_heap: None,
            own_live_bytes: None,
            leaked: None,
            variables: Vec::new(),
            served: None,
            latencies: None,
        };
        let point = |at_ns| TimelinePoint { at_ns, ..TimelinePoint::default() };
        let timeline = [5, 9, 15, 21, 23, 30, 35, 99].map(point);
        let phases = of(&[part(10, 10), part(24, 10), part(50, 1), part(200, 1)], &timeline);
        let taken = |phase: &Phase| phase.points.iter().map(|p| p.at_ns).collect::<Vec<_>>();
        let all: Vec<_> = phases.iter().map(taken).collect();
        assert_eq!(all, [vec![9, 15, 21], vec![23, 30, 35], vec![35, 99], vec![99]]);
        assert!(of(&[part(10, 10)], &[])[0].points.is_empty());
        assert_eq!(phases[0].short_title(), "Basic Data Structure");
    }
}
