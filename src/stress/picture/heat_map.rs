//! Section 2: how many blocks of which size each phase allocated.

use super::canvas::{Anchor, Area, Canvas, Type};
use super::columns::{Columns, nothing};
use super::heading;
use super::style::{MARGIN, NOTE, PALE, SMALL, fit, ink_on, scale, wrap};
use crate::common::units;
use crate::stress::StressOutcome;
use crate::stress::phases::Phase;

const ROW: f64 = 21.0;

pub(super) fn draw(canvas: &mut Canvas, outcome: &StressOutcome, y: f64) -> f64 {
    let words = "Blocks allocated or resized to a size, by phase, as they were counted. Each row is a \
        range of sizes up to the next power of two; colours are on a logarithmic scale.";
    let y = heading(canvas, y, "Memory allocation heat map", words);
    let phases = &outcome.phases;
    let columns = Columns { number: phases.len() };
    let Some((first, last)) = rows(phases) else {
        let area = columns.whole(y, 60.0);
        nothing(canvas, area, "No sizes were counted.");
        return area.bottom();
    };
    let most = phases.iter().flat_map(classes).copied().max().unwrap_or(1);
    let y = legend(canvas, y, most) + 10.0;
    let y = titles(canvas, &columns, phases, y);

    for (row, class) in (first..=last).enumerate() {
        let y = y + ROW * row as f64;
        let looks = NOTE.anchored(Anchor::End);
        canvas.text(columns.whole(0.0, 0.0).x - 8.0, y + 14.0, &range(class), looks);
        for (index, phase) in phases.iter().enumerate() {
            let area = columns.area(index, y, ROW - 2.0);
            cell(canvas, area, phase, class, most);
        }
    }
    y + ROW * (last - first + 1) as f64
}

fn cell(canvas: &mut Canvas, area: Area, phase: &Phase, class: usize, most: u64) {
    let count = classes(phase).get(class).copied().unwrap_or(0);
    if count == 0 {
        canvas.rectangle(area, 2.0, PALE);
        return;
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
        units::counted(count as usize, "block"),
        units::percent(count as f64 / all as f64),
        units::count(all),
    );
    let share = place(count, most);
    canvas.tip(&tip, |canvas| {
        canvas.ground(area, 2.0, &scale(share));
        let looks = Type { colour: ink_on(share), ..SMALL }.anchored(Anchor::Middle);
        let text = fit(&units::count(count), looks.size, area.width - 4.0);
        canvas.text(area.x + area.width / 2.0, area.y + 13.5, &text, looks);
    });
}

/// Where a count lies on the scale, from 0 for one to 1 for the most.
fn place(count: u64, most: u64) -> f64 {
    if most <= 1 { 1.0 } else { (count.max(1) as f64).ln() / (most as f64).ln() }
}

fn legend(canvas: &mut Canvas, y: f64, most: u64) -> f64 {
    let colours: Vec<String> = (0..=16).map(|step| scale(f64::from(step) / 16.0)).collect();
    let words = "Blocks:";
    canvas.text(MARGIN, y + 14.0, words, NOTE);
    let area = Area { x: 150.0, y: y + 2.0, width: 380.0, height: 14.0 };
    canvas.gradient("heat", area, &colours);
    let mut ticks: Vec<u64> = (0..20).map(|power| 10_u64.saturating_pow(power)).collect();
    ticks.retain(|&tick| tick == 1 || tick <= most);
    // Every second one where they are many.
    let step = ticks.len().div_ceil(5);
    for tick in ticks.into_iter().step_by(step) {
        let x = area.x + area.width * if most <= 1 { 0.0 } else { place(tick, most) };
        let looks = SMALL.anchored(Anchor::Middle);
        canvas.text(x, area.bottom() + 13.0, &units::count(tick), looks);
    }
    let none = Area { x: area.right() + 60.0, width: 22.0, ..area };
    canvas.rectangle(none, 2.0, PALE);
    canvas.text(none.right() + 8.0, y + 14.0, "none", NOTE);
    area.bottom() + 20.0
}

fn titles(canvas: &mut Canvas, columns: &Columns, phases: &[Phase], y: f64) -> f64 {
    let mut lowest = y;
    for (index, phase) in phases.iter().enumerate() {
        let column = columns.area(index, y, 0.0);
        let text = format!("{}. {}", phase.number, phase.short_title());
        let looks = NOTE.anchored(Anchor::Middle);
        let mut y = y + 12.0;
        for line in wrap(&text, looks.size, column.width).iter().take(3) {
            canvas.text(column.x + column.width / 2.0, y, line, looks);
            y += 15.0;
        }
        lowest = lowest.max(y);
    }
    lowest - 6.0
}

fn classes(phase: &Phase) -> &[u64] {
    phase.part.truth.as_ref().map_or(&[], |truth| &truth.size_classes)
}

/// The first and the last size class with a block.
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
