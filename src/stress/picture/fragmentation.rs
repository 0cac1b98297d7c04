//! Section 5: resident heap that is in no live allocation, over time and by phase.

use plotters::style::Color;
use protocol::TimelinePoint;

use super::columns::{Columns, drawn, sensors};
use super::{heading, nothing};
use crate::common::units;
use crate::present::canvas::{Axis, Canvas, Direction, INK, PURPLE, Stroke};
use crate::stress::StressOutcome;
use crate::stress::fragmentation;

const HEIGHT: f64 = 170.0;

pub(super) fn draw(canvas: &Canvas, outcome: &StressOutcome, y: f64) -> f64 {
    let words = format!("{} {}", fragmentation::DEFINITION, fragmentation::LIMITS);
    let y = heading(canvas, y, "Fragmentation analysis", &words);
    let phases = &outcome.phases;
    let columns = Columns { number: phases.len() };
    let share = |point: &TimelinePoint| fragmentation::share(point, outcome.base_bytes?);
    let largest = phases.iter().flat_map(|phase| &phase.points).filter_map(share);
    let Some(largest) = largest.reduce(f64::max) else {
        return nothing(canvas, y, "No resident memory was read.");
    };

    let area = columns.whole(y, HEIGHT);
    columns.grounds(canvas, area);
    let axis = Axis::linear(area, Direction::Up, (0.0, largest * 1.04)).marked(0.0);
    axis.draw(canvas, |value| format!("{:.0} %", value * 100.0));
    for (index, phase) in phases.iter().enumerate() {
        let column = columns.area(index, area.y, area.height);
        let points = drawn(&columns, (index, phase), share);
        let line: Vec<_> = points.into_iter().map(|(x, value)| (x, axis.at(value))).collect();
        if let (Some(first), Some(last)) = (line.first(), line.last()) {
            let mut shape = line.clone();
            shape.extend([(last.0, area.bottom()), (first.0, area.bottom())]);
            canvas.polygon(&shape, PURPLE.mix(0.35));
        }
        canvas.line(&line, Stroke::new(PURPLE, 1.6));
        let of_phase =
            outcome.base_bytes.and_then(|base| fragmentation::median_and_last(&phase.points, base));
        let mut lines = vec![format!("Phase {}", phase.number)];
        match of_phase {
            None => lines.push("no point taken".to_owned()),
            Some((median, last)) => {
                let y = axis.at(median);
                let stroke = Stroke::new(INK, 1.4).dashed();
                canvas.line(&[(column.x, y), (column.right(), y)], stroke);
                lines.push(format!("median {}", units::percent(median)));
                lines.push(format!("at its end {}", units::percent(last)));
            }
        }
        for (row, line) in lines.iter().enumerate() {
            columns.text(canvas, index, area.bottom() + 14.0 + 15.0 * row as f64, line);
        }
    }
    let tell = |point: &TimelinePoint| {
        let share = share(point).map_or(units::ABSENT.to_owned(), units::percent);
        let bytes = |bytes: u64| units::bytes(bytes as f64);
        format!(
            "in no live allocation: {share}\nlive: {} of the program, {} of the tracker\nresident: {}",
            bytes(point.live_bytes),
            bytes(point.own_bytes),
            point.resident_bytes.map_or(units::ABSENT.to_owned(), bytes)
        )
    };
    sensors(canvas, &columns, phases, (area.y, area.height), tell);
    area.bottom() + 52.0
}
