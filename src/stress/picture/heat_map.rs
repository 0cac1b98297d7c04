//! Section 2: how many allocations of which size each phase made.

use plotters::style::RGBColor;

use super::columns::Columns;
use super::{heading, nothing};
use crate::common::units;
use crate::present::canvas::{Area, BLUE, Canvas, MARGIN, NOTE, PALE, ink_on, tint};
use crate::stress::StressOutcome;
use crate::stress::phases::Phase;

const ROW: f64 = 21.0;

pub(super) fn draw(canvas: &Canvas, outcome: &StressOutcome, y: f64) -> f64 {
    let words = "Allocations made or resized to a size, by phase, as they were counted. Each row is a \
        range of sizes up to the next power of two; colours are on a logarithmic scale.";
    let y = heading(canvas, y, "Memory allocation heat map", words);
    let phases = &outcome.phases;
    let columns = Columns { number: phases.len() };
    let Some((first, last)) = rows(phases) else {
        return nothing(canvas, y, "No sizes were counted.");
    };
    let most = phases.iter().flat_map(classes).copied().max().unwrap_or(1);
    let y = legend(canvas, y, most) + 10.0;
    let y = titles(canvas, &columns, phases, y);

    for (row, class) in (first..=last).enumerate() {
        let y = y + ROW * row as f64;
        let whole = columns.whole(y, ROW - 2.0);
        canvas.text(&range(class), (whole.x - 8.0, whole.middle().1), NOTE.right());
        for (index, phase) in phases.iter().enumerate() {
            cell(canvas, columns.area(index, y, whole.height), phase, class, most);
        }
    }
    y + ROW * (last - first + 1) as f64
}

fn cell(canvas: &Canvas, area: Area, phase: &Phase, class: usize, most: u64) {
    let count = classes(phase).get(class).copied().unwrap_or(0);
    if count == 0 {
        return canvas.rectangle(area, PALE);
    }
    let all: u64 = classes(phase).iter().sum();
    let (low, high) = bounds(class);
    let sizes = if low == high {
        format!("{} bytes", units::count(low))
    } else {
        format!("{} to {} bytes", units::count(low), units::count(high))
    };
    let tip = format!(
        "Phase {}: {}\n{sizes}: {}\n{} of the phase's {}",
        phase.number,
        phase.title,
        units::counted(count as usize, "allocation"),
        units::percent(count as f64 / all as f64),
        units::count(all),
    );
    let ground = colour(place(count, most));
    canvas.tip(&tip, |canvas| {
        canvas.cell(area, ground, &units::count(count), NOTE.colour(ink_on(ground)));
    });
}

/// The colour of a place on the scale: even the fewest differ from none.
fn colour(place: f64) -> RGBColor {
    tint(BLUE, 0.1 + 0.9 * place)
}

/// Where a count lies on the scale, from 0 for one to 1 for the most.
fn place(count: u64, most: u64) -> f64 {
    if most <= 1 { 1.0 } else { (count.max(1) as f64).ln() / (most as f64).ln() }
}

fn legend(canvas: &Canvas, y: f64, most: u64) -> f64 {
    const SLICES: usize = 95;
    let area = Area { x: 150.0, y: y + 2.0, width: 380.0, height: 14.0 };
    let (middle, width) = (area.middle().1, area.width / SLICES as f64);
    canvas.text("Allocations:", (MARGIN, middle), NOTE);
    for slice in 0..SLICES {
        let x = area.x + width * slice as f64;
        // Each reaches to the end, so that no seam shows between two.
        let rest = Area { x, width: area.right() - x, ..area };
        canvas.rectangle(rest, colour(slice as f64 / (SLICES - 1) as f64));
    }
    let mut ticks: Vec<u64> = (0..20).map(|power| 10_u64.saturating_pow(power)).collect();
    ticks.retain(|&tick| tick == 1 || tick <= most);
    // Every second one where they are many.
    let step = ticks.len().div_ceil(5);
    for tick in ticks.into_iter().step_by(step) {
        let x = area.x + area.width * if most <= 1 { 0.0 } else { place(tick, most) };
        canvas.text(&units::count(tick), (x, area.bottom() + 9.0), NOTE.centred());
    }
    let none = Area { x: area.right() + 60.0, width: 22.0, ..area };
    canvas.rectangle(none, PALE);
    canvas.text("none", (none.right() + 8.0, middle), NOTE);
    area.bottom() + 20.0
}

fn titles(canvas: &Canvas, columns: &Columns, phases: &[Phase], y: f64) -> f64 {
    let bottoms = phases.iter().enumerate().map(|(index, phase)| {
        let column = columns.area(index, y, 0.0);
        let mut lines =
            NOTE.wrap(&format!("{}. {}", phase.number, phase.short_title()), column.width);
        lines.truncate(3);
        canvas.lines(&lines, column.middle(), NOTE.centred())
    });
    bottoms.fold(y, f64::max) + 4.0
}

fn classes(phase: &Phase) -> &[u64] {
    phase.part.truth.as_ref().map_or(&[], |truth| &truth.size_classes)
}

/// The first and the last size class with an allocation.
fn rows(phases: &[Phase]) -> Option<(usize, usize)> {
    let used = || {
        let of = |phase| classes(phase).iter().enumerate().filter(|entry| *entry.1 > 0);
        phases.iter().flat_map(of).map(|entry| entry.0)
    };
    Some((used().min()?, used().max()?))
}

/// The smallest and the largest size of a class, in bytes.
fn bounds(class: usize) -> (u64, u64) {
    match class {
        0 => (0, 0),
        1..=63 => (1 << (class - 1), (1 << class) - 1),
        _ => (1 << 63, u64::MAX),
    }
}

/// A class's sizes in a few letters: `32–63 B`, `1–2 KiB`, `512 KiB–1 MiB`.
fn range(class: usize) -> String {
    let (low, high) = bounds(class);
    if high < 1024 {
        return if low == high { format!("{low} B") } else { format!("{low}–{high} B") };
    }
    let named = |power: usize| {
        let unit = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"][(power / 10).min(6)];
        (1_u64 << (power % 10), unit)
    };
    let ((low, low_unit), (high, high_unit)) = (named(class - 1), named(class));
    if low_unit == high_unit {
        format!("{low}–{high} {high_unit}")
    } else {
        format!("{low} {low_unit}–{high} {high_unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_named_by_their_sizes() {
        for (class, name) in [
            (0, "0 B"),
            (1, "1 B"),
            (2, "2–3 B"),
            (10, "512–1023 B"),
            (11, "1–2 KiB"),
            (20, "512 KiB–1 MiB"),
            (64, "8–16 EiB"),
        ] {
            assert_eq!(range(class), name);
        }
        assert_eq!(bounds(6), (32, 63));
        assert_eq!(bounds(64).1, u64::MAX);
    }
}
