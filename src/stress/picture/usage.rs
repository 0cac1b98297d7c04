//! Section 3: the variables handed to the tracker, by type, beside the types that it reports.

use plotters::style::RGBColor;
use protocol::TypeUse;

use super::{COUNTED, SAID, WIDTH, heading, nothing};
use crate::common::units;
use crate::present::canvas::{Area, Canvas, Entry, MARGIN, NOTE, PALE, SKY, TEXT, WHITE, legend};
use crate::stress::StressOutcome;
use crate::stress::figures::Unit;
use crate::stress::types::{Container, Sum};

const BAR: f64 = 12.0;
/// The two charts: where they begin, and how wide their bars get; their figures stand behind the bars.
const CHARTS: [(f64, f64); 2] = [(190.0, 270.0), (690.0, 270.0)];

pub(super) fn draw(canvas: &Canvas, outcome: &StressOutcome, y: f64) -> f64 {
    let tracker = &outcome.tracker.tracker;
    let words = format!(
        "The variables that the program handed to {tracker}, each with the bytes of the heap allocation \
         that it owns itself, not of what lies behind that. The two sides are compared by container; \
         contents are as they were handed over.{}",
        covered(outcome)
    );
    let y = heading(canvas, y, "Memory usage by type", &words);
    if outcome.types.is_empty() {
        return nothing(canvas, y, "No variables were tracked.");
    }
    let entries = [
        Entry::ground(SAID, format!("{tracker} says")),
        Entry::ground(COUNTED, "counted"),
        Entry::ground(LIGHT, "counted, by content"),
    ];
    let y = legend(canvas, (MARGIN, y), WIDTH - MARGIN, &entries) + 14.0;
    for (name, (x, _)) in ["Variables", "Bytes"].into_iter().zip(CHARTS) {
        canvas.text(name, (x, y), TEXT.bold());
    }
    let mut rows = Rows { canvas, y: y + 14.0, most: largest(&outcome.types), tracker };
    for container in &outcome.types {
        rows.container(container);
    }
    rows.y
}

/// Parts of what was counted.
const LIGHT: RGBColor = SKY;

/// How much of what the program allocated these variables are.
fn covered(outcome: &StressOutcome) -> String {
    let bytes: u64 = outcome.types.iter().filter_map(|container| container.counted?.bytes).sum();
    let allocated: u64 = outcome
        .phases
        .iter()
        .filter_map(|phase| Some(phase.part.truth.as_ref()?.heap.allocated_bytes))
        .sum();
    if bytes == 0 || allocated == 0 {
        return String::new();
    }
    let share = units::percent(bytes as f64 / allocated as f64);
    format!(" They come to {share} of the bytes that the phases allocated.")
}

/// The most variables and the most bytes of any container.
fn largest(types: &[Container]) -> [f64; 2] {
    let sums = || types.iter().flat_map(|of| [of.reported, of.counted]).flatten();
    let most = |values: &mut dyn Iterator<Item = u64>| values.max().unwrap_or(0).max(1) as f64;
    [most(&mut sums().map(|sum| sum.count)), most(&mut sums().filter_map(|sum| sum.bytes))]
}

struct Rows<'a> {
    canvas: &'a Canvas,
    y: f64,
    most: [f64; 2],
    tracker: &'a str,
}

impl Rows<'_> {
    fn container(&mut self, container: &Container) {
        let told = |sum: Option<Sum>| sum.map_or("none".to_owned(), words);
        let tip = format!(
            "{}\n{} says: {}\ncounted: {}",
            container.name,
            self.tracker,
            told(container.reported),
            told(container.counted)
        );
        let sides = if container.differs() {
            vec![(container.reported, SAID), (container.counted, COUNTED)]
        } else {
            vec![(container.counted, COUNTED)]
        };
        let agreed = if container.differs() { "" } else { ", as both say" };
        self.y += 6.0;
        let height = (BAR + 4.0) * sides.len() as f64;
        let (top, most) = (self.y, self.most);
        self.canvas.tip(&tip, |canvas| {
            let row = row(top, height);
            canvas.rectangle(row, WHITE);
            let name = TEXT.fit(&container.name, CHARTS[0].0 - MARGIN - 12.0);
            canvas.text(&name, (MARGIN, row.middle().1), TEXT.bold());
            for (row, &(sum, colour)) in sides.iter().enumerate() {
                let y = top + (BAR + 4.0) * row as f64;
                bars(canvas, y, BAR, most, sum, colour, agreed);
            }
        });
        self.y += height;
        // A container with but one content that is itself, such as String, has been told.
        let itself = |only: &TypeUse| only.type_name == container.name;
        if !matches!(&container.contents[..], [only] if itself(only)) {
            for content in &container.contents {
                self.content(content);
            }
        }
        self.y += 4.0;
    }

    fn content(&mut self, content: &TypeUse) {
        let sum = Sum { count: content.count, bytes: content.bytes };
        let tip = format!("{}\ncounted: {}", content.type_name, words(sum));
        let (y, most) = (self.y, self.most);
        self.canvas.tip(&tip, |canvas| {
            let row = row(y, BAR + 4.0);
            canvas.rectangle(row, WHITE);
            let name = NOTE.fit(&content.type_name, CHARTS[0].0 - MARGIN - 26.0);
            canvas.text(&name, (MARGIN + 14.0, row.middle().1 + 1.0), NOTE);
            bars(canvas, y + 3.0, BAR - 4.0, most, Some(sum), LIGHT, "");
        });
        self.y += BAR + 4.0;
    }
}

/// The ground of a row.
fn row(y: f64, height: f64) -> Area {
    Area { x: MARGIN - 6.0, y, width: WIDTH - 2.0 * MARGIN + 12.0, height }
}

/// A bar for the variables and one for the bytes, their figures behind them.
fn bars(
    canvas: &Canvas,
    y: f64,
    height: f64,
    most: [f64; 2],
    sum: Option<Sum>,
    colour: RGBColor,
    agreed: &str,
) {
    let exact = |bytes: u64| Unit::Bytes.exact(bytes as f64);
    let values = [
        sum.map(|sum| (sum.count, units::count(sum.count))),
        sum.and_then(|sum| sum.bytes).map(|bytes| (bytes, exact(bytes))),
    ];
    for (((x, width), most), value) in CHARTS.into_iter().zip(most).zip(values) {
        let track = Area { x, y: y + 2.0, width, height };
        let (share, text) = match value {
            Some((value, text)) => ((value as f64 / most).max(1e-9), text + agreed),
            None => (0.0, "none".to_owned()),
        };
        canvas.bar(track, PALE, share, colour);
        canvas.text(&text, (track.right() + 10.0, track.middle().1), NOTE);
    }
}

fn words(sum: Sum) -> String {
    let bytes = sum.bytes.map(|bytes| format!(", {}", Unit::Bytes.exact(bytes as f64)));
    format!("{}{}", units::counted(sum.count as usize, "variable"), bytes.unwrap_or_default())
}
