//! What the figures say, in a sentence.

use crate::analyse::summary::{NOT_DETECTED, Overall, Ratio, Summary, TOO_FEW};
use crate::common::units;
use crate::present::words;

/// What the summary says first of all: `With memscope-rs 0.2.5/full, these eight phases take 4.1 times
/// as long as without it (95 % interval 3.9–4.3) and hold 2.2 times the memory at their peak.`
/// Nothing without tracked arms.
pub fn headline(summary: &Summary) -> Option<String> {
    let noun = words::workload_noun(&summary.workloads);
    let all = summary.workloads.len();
    let these = match all {
        1 => format!("this {noun}"),
        number => format!("these {} {noun}s", number_word(number)),
    };
    match summary.overall.as_slice() {
        [] => None,
        [one] => Some(about_one(one, &these, all)),
        many => Some(about_many(many, &these, all)),
    }
}

fn about_one(overall: &Overall, these: &str, all: usize) -> String {
    let title = words::arm_title(&overall.arm, overall.version.as_deref());
    let Some(ratio) = overall.overhead else {
        return format!("With {title}, {these} could not be measured.");
    };
    let (times, asides) = (times(ratio), asides(overall, ratio, all, "95 % interval "));
    let (take, hold, their) =
        if all == 1 { ("takes", "holds", "its") } else { ("take", "hold", "their") };
    let memory = overall.memory.map_or(String::new(), |memory| {
        format!(" and {hold} {} times the memory at {their} peak", self::times(memory))
    });
    if overall.detection == Some(NOT_DETECTED) {
        return format!(
            "No difference in time was detected between {these} with and without {title}: {times} \
             times as long{asides}."
        );
    }
    format!("With {title}, {these} {take} {times} times as long as without it{asides}{memory}.")
}

/// From the cheapest to the dearest, those in the middle left out if they are many.
fn about_many(arms: &[Overall], these: &str, all: usize) -> String {
    let mut measured: Vec<(&Overall, Ratio)> =
        arms.iter().filter_map(|overall| Some((overall, overall.overhead?))).collect();
    measured.sort_by(|(_, a), (_, b)| a.ratio.total_cmp(&b.ratio));
    let clauses = (0..).zip(&measured).map(|(place, (overall, ratio))| {
        let title = words::arm_title(&overall.arm, overall.version.as_deref());
        let label = if place == 0 { "95 % interval " } else { "" };
        let as_long = if place == 0 { " as long" } else { "" };
        let asides = asides(overall, *ratio, all, label);
        format!("{} times{as_long} with {title}{asides}", times(*ratio))
    });
    let mut clauses: Vec<String> = clauses.collect();
    // One alone is rather named than counted.
    if clauses.len() > 5 {
        let between = format!("{} more in between", clauses.len() - 4);
        clauses.splice(2..clauses.len() - 2, [between]);
    }
    let said = match clauses.pop() {
        None => return format!("No tracker completed any of {these}."),
        Some(only) if clauses.is_empty() => only,
        Some(last) => format!("{} and {last}", clauses.join(", ")),
    };
    let failed = arms.iter().filter(|overall| overall.overhead.is_none()).map(|overall| {
        let title = words::arm_title(&overall.arm, overall.version.as_deref());
        format!(" {title} completed none of them.")
    });
    format!("Compared with no tracking, {these} take {said}.{}", failed.collect::<String>())
}

/// `4.1`.
fn times(ratio: Ratio) -> String {
    units::short_factor(ratio.ratio).trim_end_matches('×').to_owned()
}

/// What belongs to a figure, in parentheses: its interval, whether it is noise, and on how many
/// workloads it rests, if not on all.
fn asides(overall: &Overall, ratio: Ratio, all: usize, label: &str) -> String {
    let mut asides = Vec::new();
    if let (Some(low), Some(high)) = (ratio.low, ratio.high) {
        asides.push(format!("{label}{}", units::short_interval(ratio.ratio, low, high)));
    }
    match overall.detection {
        Some(NOT_DETECTED) => asides.push("within the noise".to_owned()),
        Some(TOO_FEW) => asides.push("too few samples for an interval".to_owned()),
        _ => {}
    }
    if overall.workloads < all {
        asides.push(format!("on the {} of {all} that it completed", overall.workloads));
    }
    if asides.is_empty() { String::new() } else { format!(" ({})", asides.join("; ")) }
}

fn number_word(number: usize) -> String {
    const WORDS: [&str; 13] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ];
    WORDS.get(number).map_or_else(|| number.to_string(), |&word| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn one_arm_is_one_clause() {
        insta::assert_snapshot!(
            headline(&fixture::plain_summary()).unwrap(),
            @"With memscope-rs 0.2.5/full, these two phases take 3.2 times as long as without it (95 % interval 3.1–3.3) and hold 1.79 times the memory at their peak."
        );
        let mut summary = fixture::plain_summary();
        summary.overall[0].detection = Some("not detected");
        assert!(headline(&summary).unwrap().starts_with("No difference in time was detected"));
        summary.overall[0].overhead = None;
        insta::assert_snapshot!(
            headline(&summary).unwrap(),
            @"With memscope-rs 0.2.5/full, these two phases could not be measured."
        );
    }

    #[test]
    fn several_arms_are_ranked() {
        insta::assert_snapshot!(headline(&fixture::summary()).unwrap());
        let many = headline(&fixture::large_summary(10, 12)).unwrap();
        assert!(many.contains(", 6 more in between, "), "{many}");
        let mut summary = fixture::summary();
        summary.overall[0].overhead = None;
        let one_failed = headline(&summary).unwrap();
        assert!(one_failed.ends_with(" dhat 0.3.3 completed none of them."), "{one_failed}");
    }

    #[test]
    fn without_arms_there_is_nothing_to_say() {
        let empty = fixture::summary_of(Vec::new());
        assert_eq!(headline(&empty), None);
    }
}
