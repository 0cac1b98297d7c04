//! What the figures say, in a sentence or three: who is cheapest, who is cheapest and accurate, and what is wrong
//! with cheaper ones.

use super::{faults, words};
use crate::analyse::accuracy::{Family, Grade, Standing};
use crate::analyse::summary::{Overall, Ratio, Summary};
use crate::common::units;
use crate::plan::catalog::Kind;
use crate::stats::{NOT_DETECTED, TOO_FEW};

/// A tracker that tells of so much of the program's allocations is said to see all of them.
const ALL: f64 = 0.99;

/// A tracker that was timed, with what is known of its accuracy.
#[derive(Clone, Copy)]
struct One<'a> {
    overall: &'a Overall,
    ratio: Ratio,
    standing: Option<&'a Standing>,
    /// The least and the most of its overheads by workload.
    ends: [f64; 2],
}

/// Where a tracker costs so many times as much on one workload as on another, a mean alone would say little.
const APART: f64 = 2.0;

/// What the summary says first of all. Nothing without tracked arms.
pub fn headline(summary: &Summary) -> Option<String> {
    if summary.overall.is_empty() {
        return None;
    }
    let all = summary.workloads.len();
    let noun = words::workload_noun(&summary.workloads);
    let these = match all {
        1 => format!("this {noun}"),
        number => format!("these {} {noun}s", number_word(number)),
    };
    // An allocator tells nothing, and so is nothing to choose a tracker by.
    let is_tracker = |one: &&Overall| one.kind != Some(Kind::Allocator);
    let mut measured: Vec<One<'_>> = summary
        .overall
        .iter()
        .filter(is_tracker)
        .filter_map(|overall| {
            let standing = summary.standing(&overall.arm);
            let ends = ends(summary, overall);
            Some(One { overall, ratio: overall.overhead?, standing, ends })
        })
        .collect();
    // A mean of fewer workloads is no price to compare with.
    measured.sort_by(|a, b| {
        let partial = |one: &One<'_>| one.overall.workloads < all;
        partial(a).cmp(&partial(b)).then_with(|| a.ratio.ratio.total_cmp(&b.ratio.ratio))
    });
    let mut sentences = match measured.as_slice() {
        [] => vec![format!("No tracker completed any of {these}.")],
        [one] => about_one(*one, &these, all),
        many => about_many(many, &these, all),
    };
    let failed = summary.overall.iter().filter(|overall| overall.overhead.is_none());
    if !measured.is_empty() {
        sentences.extend(failed.map(|overall| {
            let title = words::overall_title(overall);
            format!("{title} completed none of them.")
        }));
    }
    Some(sentences.join(" "))
}

/// The least and the most that a tracker costs on any workload.
fn ends(summary: &Summary, overall: &Overall) -> [f64; 2] {
    let cells = summary.workloads.iter().flat_map(|workload| &workload.cells);
    let ratios = cells.filter(|cell| cell.arm == overall.arm).filter_map(|cell| cell.overhead);
    ratios.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], one| {
        [low.min(one.ratio), high.max(one.ratio)]
    })
}

fn about_one(one: One<'_>, these: &str, all: usize) -> Vec<String> {
    let title = one.title();
    let (times, asides) = (times(one.ratio), one.asides(all, "95 % interval "));
    let (take, hold, their, they_take) = if all == 1 {
        ("takes", "holds", "its", "it takes")
    } else {
        ("take", "hold", "their", "they take")
    };
    let memory = one.overall.memory.map_or(String::new(), |memory| {
        format!(" and {hold} {} times the memory at {their} peak", self::times(memory))
    });
    let cost = if one.overall.detection == Some(NOT_DETECTED) {
        format!(
            "No difference in CPU time was detected between {these} with and without {title}: {times} \
             times as much{asides}."
        )
    } else {
        format!(
            "With {title}, {these} {take} {times} times the CPU time that {they_take} without it{asides}{memory}."
        )
    };
    let Some(standing) = one.standing else { return vec![cost] };
    let figures = match standing.grade {
        Grade::Absent => {
            "It reports no figure that could be held against what happened.".to_owned()
        }
        Grade::Exact => format!("Every figure it reports is exact{}.", one.seen()),
        Grade::Close => {
            format!("What it reports is within 1 %{}: {}.", one.seen(), faults::worst(standing))
        }
        Grade::Failed => format!("It {}.", one.fault()),
        _ => format!("What it reports is not accurate: it {}.", one.fault()),
    };
    vec![cost, figures]
}

/// The cheapest that is accurate, and what is wrong with cheaper ones.
fn about_many(measured: &[One<'_>], these: &str, all: usize) -> Vec<String> {
    if measured.iter().all(|one| one.standing.is_none()) {
        let clause = measured.first().map(|one| one.costs(these, all, "95 % interval "));
        return vec![format!("The cheapest is {}.", clause.unwrap_or_default())];
    }
    let whole = |one: &One<'_>| one.is_accurate() && one.sees_all() && one.overall.workloads == all;
    let Some(place) = measured.iter().position(whole) else {
        let cheapest = measured[0];
        let mut sentences = vec![
            format!("None of these trackers is accurate about all allocations of {these}."),
            format!(
                "The cheapest is {}; it {}.",
                cheapest.costs(these, all, "95 % interval "),
                cheapest.fault()
            ),
        ];
        let others = measured[1..].iter().filter(|one| one.is_accurate());
        sentences.extend(others.take(1).map(|one| {
            format!(
                "{} is accurate, {}, at {} times.",
                one.title(),
                one.limits(all),
                times(one.ratio)
            )
        }));
        return sentences;
    };
    let costs = measured[place].costs(these, all, "95 % interval ");
    let mut sentences = vec![match place {
        0 => format!("The cheapest tracker is also accurate: {costs}."),
        _ => format!("The cheapest that is accurate is {costs}."),
    }];
    sentences.extend(measured[place].reports_in_part());
    let cheaper = &measured[..place];
    // Two are named; of many, how many more there are.
    let named = if cheaper.len() > 3 { 2 } else { cheaper.len() };
    let clauses: Vec<String> = cheaper[..named]
        .iter()
        .map(|one| format!("{} ({}×) {}", one.title(), times(one.ratio), one.fault()))
        .collect();
    if !clauses.is_empty() {
        let more = match cheaper.len() - named {
            0 => String::new(),
            more => format!("; and {more} more are cheaper and not accurate"),
        };
        sentences.push(format!("Cheaper, but: {}{more}.", clauses.join("; ")));
    }
    // Who reports less is not cheaper at the same thing.
    let totals = |one: &&One<'_>| whole(one) && one.reports_totals();
    if !measured[place].reports_totals()
        && let Some(one) = measured.iter().find(totals)
    {
        sentences.push(format!(
            "The cheapest that reports events, what is live, and the peak, and is accurate, is {} ({}×).",
            one.title(),
            times(one.ratio)
        ));
    }
    sentences
}

impl One<'_> {
    fn title(self) -> String {
        words::overall_title(self.overall)
    }

    fn is_accurate(self) -> bool {
        self.standing.is_some_and(|standing| standing.grade.is_accurate())
    }

    fn sees_all(self) -> bool {
        self.standing.and_then(Standing::covered).is_some_and(|share| share >= ALL)
    }

    fn reports_totals(self) -> bool {
        self.standing.is_some_and(Standing::reports_totals)
    }

    /// Of what it reports figures, if there is more to ask for.
    fn reports_in_part(self) -> Option<String> {
        let standing = self.standing.filter(|standing| !standing.reports_totals())?;
        Some(format!("It reports {} alone.", told(standing)))
    }

    /// `counting 0.1.0, with which these eight phases take 1.33 times the CPU time (1.27–1.42)`.
    fn costs(self, these: &str, all: usize, label: &str) -> String {
        let take = if all == 1 { "takes" } else { "take" };
        format!(
            "{}, with which {these} {take} {} times the CPU time{}",
            self.title(),
            times(self.ratio),
            self.asides(all, label)
        )
    }

    /// What is wrong with it, as a predicate.
    fn fault(self) -> String {
        let Some(standing) = self.standing else { return "was not audited".to_owned() };
        match standing.grade {
            Grade::Absent if self.overall.kind == Some(Kind::Sampled) => {
                "only estimates".to_owned()
            }
            Grade::Absent => "reports nothing that could be checked".to_owned(),
            grade if grade.is_accurate() && standing.covered().is_none() => {
                format!("reports {} alone", told(standing))
            }
            grade if grade.is_accurate() && !self.sees_all() => format!("is right{}", self.seen()),
            grade if grade.is_accurate() => "did not complete all of them".to_owned(),
            _ => predicate(&faults::worst(standing)),
        }
    }

    /// How little it sees, if it does not see all: ` about the 0.1 % of the allocations that it sees`.
    fn seen(self) -> String {
        match self.standing.and_then(Standing::covered) {
            Some(0.0) => ", though it sees none of the allocations".to_owned(),
            Some(share) if share < ALL => {
                format!(" about the {} of the allocations that it sees", units::percent(share))
            }
            _ => String::new(),
        }
    }

    fn limits(self, all: usize) -> String {
        let seen = self.seen();
        match self.overall.workloads < all {
            true => format!("on the {} of {all} that it completed", self.overall.workloads),
            false => seen.trim_start_matches([',', ' ']).to_owned(),
        }
    }

    /// What belongs to a figure, in parentheses: its interval, whether it is noise, and on how many
    /// workloads it rests, if not on all.
    fn asides(self, all: usize, label: &str) -> String {
        let mut asides = Vec::new();
        if let (Some(low), Some(high)) = (self.ratio.low, self.ratio.high) {
            asides.push(format!("{label}{}", units::short_interval(self.ratio.ratio, low, high)));
        }
        let [least, most] = self.ends;
        if most > APART * least {
            let [least, most] = [least, most].map(units::short_factor);
            asides.push(format!("from {least} to {most} by workload"));
        }
        match self.overall.detection {
            // Its own interval may well exclude 1: it is judged together with all others, which asks more of each.
            Some(NOT_DETECTED) => {
                let below =
                    self.overall.detectable.map(|factor| format!(", {}", words::below(factor)));
                let below = below.unwrap_or_default();
                asides.push(format!("among all figures here {NOT_DETECTED}{below}"));
            }
            Some(TOO_FEW) => asides.push("too few samples for an interval".to_owned()),
            _ => {}
        }
        if self.overall.workloads < all {
            asides.push(format!("on the {} of {all} that it completed", self.overall.workloads));
        }
        if asides.is_empty() { String::new() } else { format!(" ({})", asides.join("; ")) }
    }
}

/// What a tracker reports figures of: `events and peak`.
fn told(standing: &Standing) -> String {
    let words: Vec<&str> = standing.reported().into_iter().map(Family::word).collect();
    units::listed(&words)
}

/// A fault as what is said of a tracker: `8,369× too many frees` → `reports 8,369× too many frees`.
fn predicate(fault: &str) -> String {
    let is_verb =
        ["reports ", "finds ", "lists ", "failed "].iter().any(|verb| fault.starts_with(verb));
    if is_verb { fault.to_owned() } else { format!("reports {fault}") }
}

/// `4.1`.
fn times(ratio: Ratio) -> String {
    units::short_factor(ratio.ratio).trim_end_matches('×').to_owned()
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
            @"With memscope-rs 0.2.5/full, these two phases take 3.2 times the CPU time that they take without it (95 % interval 3.1–3.3) and hold 1.79 times the memory at their peak."
        );
        let mut summary = fixture::plain_summary();
        summary.overall[0].detection = Some("not detected");
        assert!(headline(&summary).unwrap().starts_with("No difference in CPU time was detected"));
        summary.overall[0].overhead = None;
        insta::assert_snapshot!(
            headline(&summary).unwrap(),
            @"No tracker completed any of these two phases."
        );
    }

    #[test]
    fn what_was_not_detected_says_what_would_have_been_without_brackets_in_brackets() {
        let mut summary = fixture::judged_summary();
        for overall in &mut summary.overall {
            (overall.detection, overall.detectable) = (Some(NOT_DETECTED), Some(1.087));
        }
        let told = headline(&summary).unwrap();
        assert!(told.contains("; among all figures here not detected, < 8.7 %"), "{told}");
        assert!(!told.contains("(<"), "{told}");
    }

    #[test]
    fn of_a_cheaper_one_that_does_not_see_all_it_is_said_what_it_reports() {
        let mut summary = fixture::judged_summary();
        let overall = summary.overall[0].clone();
        let standing = summary.standings.iter_mut().find(|one| one.arm == overall.arm).unwrap();
        (standing.grade, standing.failed) = (Grade::Exact, None);
        let mut fault = |coverage| {
            standing.coverage = coverage;
            let ratio = overall.overhead.unwrap();
            let ends = [1.0, 1.0];
            One { overall: &overall, standing: Some(standing), ratio, ends }.fault()
        };
        let told = fault(None);
        assert!(told.starts_with("reports ") && told.ends_with(" alone"), "{told}");
        assert_eq!(fault(Some((0, 100))), "is right, though it sees none of the allocations");
        assert_eq!(
            fault(Some((1, 100))),
            "is right about the 1.0 % of the allocations that it sees"
        );
    }

    #[test]
    fn the_cheapest_and_the_cheapest_that_is_accurate_are_two_answers() {
        insta::assert_snapshot!(headline(&fixture::judged_summary()).unwrap());
    }

    #[test]
    fn where_none_is_accurate_that_is_said() {
        let mut summary = fixture::judged_summary();
        for standing in &mut summary.standings {
            standing.grade = standing.grade.max(Grade::Wrong);
        }
        let told = headline(&summary).unwrap();
        assert!(told.starts_with("None of these trackers is accurate"), "{told}");
    }

    #[test]
    fn several_arms_that_were_not_audited_are_not_called_accurate() {
        let told = headline(&fixture::summary()).unwrap();
        assert!(told.starts_with("The cheapest is ") && !told.contains("accurate"), "{told}");
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
