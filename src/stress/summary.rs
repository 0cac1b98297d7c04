//! What the stress test prints: upstream's lines, with figures where upstream has adjectives.

use protocol::workloads;

use super::StressOutcome;
use super::figures::{Figure, Kind, Unit};
use super::phases;
use super::types::{Container, Sum};
use crate::common::units;

/// Width of the printed text, in characters.
const WIDTH: usize = 100;

/// Where upstream defines "Memory Efficiency", and that upstream's own figure follows it.
pub(super) const EFFICIENCY: &str = "Memory efficiency is allocations freed ÷ allocations made: so \
    memscope-rs 0.1.0 to 0.1.10 compute it (export_enhanced.rs, add_comprehensive_summary), and so \
    upstream's 97.6 % comes from its 10,343,110 allocations with 245,239 active. It tells how much a \
    program gave back by its end, nothing about the cost of tracking.";

/// What these timings are, and are not.
pub(super) const TIMINGS: &str = "Times are of an audit pass: the ground truth is counted at each \
    allocation. They do not say what tracking costs; `cargo bench` does.";

/// The first lines.
pub(super) fn opening(tracker: &str) -> String {
    format!(
        "Starting the {tracker} stress test: eight phases in one process, every allocation counted...\n{}",
        "=".repeat(WIDTH)
    )
}

/// A line of progress: a phase's title gets its number and some room.
pub(super) fn progress(line: &str) -> String {
    match phases::number(line) {
        Some(1) => format!("Phase 1: {line}"),
        Some(number) => format!("\nPhase {number}: {line}"),
        // What comes behind the last phase.
        None if !line.starts_with(' ') => format!("\n{line}"),
        None => line.to_owned(),
    }
}

/// What follows the last phase.
pub(super) fn closing(outcome: &StressOutcome) -> String {
    let mut lines = vec![String::new(), "All stress tests completed:".to_owned()];
    lines.extend(phase_lines(outcome));
    lines.push(String::new());
    lines.extend(figure_lines(outcome));
    lines.push(String::new());
    lines.extend(duration_lines(outcome));
    lines.push(String::new());
    lines.extend(type_lines(outcome));
    lines.push(String::new());
    for note in notes(outcome) {
        lines.extend(wrap(&note, WIDTH));
    }
    lines.join("\n")
}

/// Where everything lies.
pub(super) fn files(outcome: &StressOutcome, svg_bytes: u64) -> String {
    let mut text = format!(
        "SVG visualization generated: {} ({})\nOpen it in a browser: figures show where the mouse points.\n",
        outcome.svg.display(),
        units::bytes(svg_bytes as f64)
    );
    if let Some(report) = &outcome.report {
        let size: u64 = report.files.iter().map(|(_, size)| size).sum();
        text += &format!(
            "{}'s report: {} ({}, {})\n",
            outcome.tracker_title(),
            outcome.folder.join(super::files::REPORT_FOLDER).display(),
            units::counted(report.files.len(), "file"),
            units::bytes(size as f64)
        );
        if let Some(problem) = &report.problem {
            text += &format!("  it failed with: {problem}\n");
        }
    }
    text += &format!("Raw figures: {}", outcome.folder.join("reply.json").display());
    text
}

fn phase_lines(outcome: &StressOutcome) -> Vec<String> {
    let line = |phase: &phases::Phase| {
        let words = workloads::find(&phase.part.workload)
            .map_or(&*phase.title, |meta| phases::closing_words(meta));
        let truth = phase.part.truth.as_ref();
        let count = |value: Option<u64>| value.map_or(units::ABSENT.to_owned(), units::count);
        format!(
            "   • {words:<36} {:>11} allocations {:>7} variables {:>9}",
            count(truth.map(|truth| truth.heap.allocations)),
            count(truth.map(|truth| truth.variables)),
            units::seconds(phase.wall_ns() as f64 / 1e9),
        )
    };
    outcome.phases.iter().map(line).collect()
}

fn figure_lines(outcome: &StressOutcome) -> Vec<String> {
    let says = format!("{} says", outcome.tracker.tracker);
    let row = |cells: [&str; 5]| {
        let [name, said, counted, difference, both] = cells;
        let line = format!("{name:<27}{said:>18}{counted:>17}{difference:>15}{both:>23}");
        line.trim_end().to_owned()
    };
    let mut lines = vec![row(["", &says, "counted", "difference", "with its own heap"])];
    for figure in &outcome.figures {
        let exact = |value: Option<f64>| {
            value.map_or(units::ABSENT.to_owned(), |value| figure.kind.unit().exact(value))
        };
        let known = figure.reported.is_some() && figure.counted.is_some();
        // What both agree on is told once.
        let counted =
            if known && !figure.differs() { "the same".to_owned() } else { exact(figure.counted) };
        let both = figure.with_own_heap.filter(|_| figure.differs());
        lines.push(row([
            figure.kind.name(),
            &exact(figure.reported),
            &counted,
            &figure.difference().unwrap_or_default(),
            &both.map(|_| exact(both)).unwrap_or_default(),
        ]));
    }
    lines
}

fn duration_lines(outcome: &StressOutcome) -> Vec<String> {
    let seconds = |ns: u64| units::seconds(ns as f64 / 1e9);
    let mut text = format!(
        "Test duration: {} in the phases, {} the whole process.",
        seconds(outcome.phases_ns()),
        seconds(outcome.process_ns)
    );
    let tracker = &outcome.tracker.tracker;
    if let Some(readout) = outcome.readout_ns {
        text += &format!(" Reading out {tracker} took {}", seconds(readout));
        text += &match &outcome.report {
            Some(report) => format!(", its report {}.", seconds(report.took_ns)),
            None => ".".to_owned(),
        };
    }
    wrap(&text, WIDTH)
}

fn type_lines(outcome: &StressOutcome) -> Vec<String> {
    let says = format!("{} says", outcome.tracker.tracker);
    let row = |name: &str, said: &str, counted: &str| {
        format!("{name:<27}{said:>26}{counted:>26}").trim_end().to_owned()
    };
    let told = |sum: Option<Sum>| match sum {
        None => "none".to_owned(),
        Some(Sum { count, bytes }) => {
            let bytes = bytes.map(|bytes| Unit::Bytes.exact(bytes as f64));
            format!("{}{:>16}", units::count(count), bytes.as_deref().unwrap_or(units::ABSENT))
        }
    };
    if outcome.types.is_empty() {
        return vec!["Tracked variables by type: none.".to_owned()];
    }
    let mut lines = vec![row("Tracked variables by type", &says, "counted")];
    for container in &outcome.types {
        let counted =
            if container.differs() { told(container.counted) } else { "the same".to_owned() };
        lines.push(row(&plain(&container.name), &told(container.reported), &counted));
        let contents = contents(container);
        lines.extend(wrap(&contents, WIDTH - 4).iter().map(|line| format!("    {line}")));
    }
    lines
}

/// The contents of a container, where they tell more than its name: `Vec<Vec> 5,113, Vec<T> 1,300`.
fn contents(container: &Container) -> String {
    let one = |content: &protocol::TypeUse| {
        format!("{} {}", plain(&content.type_name), units::count(content.count))
    };
    match &container.contents[..] {
        [only] if only.type_name == container.name => String::new(),
        contents => contents.iter().map(one).collect::<Vec<_>>().join(", "),
    }
}

/// A name of a tracker's making, fit for a terminal.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn notes(outcome: &StressOutcome) -> Vec<String> {
    let mut notes = vec![
        format!(
            "Allocations count a resize as one freed and one made, as {} does. The average \
             size is bytes allocated ÷ allocations made.",
            outcome.tracker.tracker
        ),
        EFFICIENCY.to_owned(),
    ];
    if let Some(own) = &outcome.own_heap {
        notes.push(format!(
            "{}'s own heap, counted apart: {} allocations, {} alive at the end with {}.",
            outcome.tracker.tracker,
            units::count(own.allocations),
            units::count(own.live_allocations),
            Unit::Bytes.exact(own.live_bytes as f64)
        ));
    }
    if outcome
        .figures
        .iter()
        .all(|figure: &Figure| figure.kind == Kind::Variables || figure.counted.is_none())
    {
        notes.push(
            "The ground truth could not be counted: its table of live allocations overflowed."
                .to_owned(),
        );
    }
    if outcome.tracker.debug_build {
        notes.push("The subject was built with debug assertions.".to_owned());
    }
    notes.push(TIMINGS.to_owned());
    notes
}

/// Lines of at most `width` characters.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use protocol::TypeUse;

    use super::*;
    use crate::stress::fixture::{empty, outcome, reply};

    #[test]
    fn the_whole_text_is_as_people_read_it() {
        let outcome = outcome(&reply());
        let lines =
            ["Basic Data Structure Stress Test", "  Creating…", "Complex Nested Structure Test"];
        let mut text = opening("memscope-rs") + "\n";
        for line in lines.map(progress) {
            text += &(line + "\n");
        }
        text += &closing(&outcome);
        text += "\n";
        text += &files(&outcome, 123_456);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn what_is_unknown_is_not_made_up() {
        let text = closing(&outcome(&empty()));
        assert!(text.contains("ground truth could not be counted"), "{text}");
        assert!(!text.contains("NaN") && !text.contains("the same"), "{text}");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn names_of_types_cannot_write_to_the_terminal() {
        let mut reply = reply();
        reply.reported.as_mut().unwrap().types.push(TypeUse {
            type_name: "\u{1b}[31mRed".to_owned(),
            count: 1,
            bytes: None,
        });
        assert!(!closing(&outcome(&reply)).contains('\u{1b}'));
    }
}
