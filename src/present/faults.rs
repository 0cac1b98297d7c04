//! What is wrong with a tracker, in a few words: one way to say it, for tables, charts and sentences.

use crate::analyse::accuracy::{Audit, Check, Family, FamilyGrade, Grade, Standing};
use crate::common::units;

/// A surplus below this would read as 0.0 %.
const LITTLE: f64 = 1.001;

/// What is wrong with a figure: `8,369× too many live allocations`, `reports 0.4 % of the peak live bytes`. Of
/// one that is right, that it is.
pub fn fault(check: &Check) -> String {
    let figure = check.figure.as_str();
    let Some((ratio, reported)) = check.ratio().zip(check.reported) else {
        return format!("{figure} absent");
    };
    match check.family {
        _ if ratio == 1.0 => format!("{figure} exact"),
        Family::Leaks if check.actual == 0 && figure == "leaks" => {
            format!("lists {} where nothing leaks", units::counted(reported as usize, "leak"))
        }
        Family::Leaks if figure == "leaks found" => {
            format!("finds {} of the leaks", units::percent(ratio))
        }
        Family::Leaks if figure == "leaks listed" && ratio.is_infinite() => {
            format!("lists {} and no true one", units::counted(reported as usize, "false leak"))
        }
        Family::Leaks if figure == "leaks listed" => {
            format!("lists {} times as many leaks as it finds", times(ratio))
        }
        _ if ratio.is_infinite() && reported == 1 => {
            format!("1 {} where there is none", figure.trim_end_matches('s'))
        }
        _ if ratio.is_infinite() => {
            format!("{} {figure} where there are none", units::count(reported))
        }
        _ if reported == 0 => format!("reports no {figure}"),
        _ if ratio >= 2.0 => format!("{}× too many {figure}", times(ratio)),
        _ if ratio > 1.0 && ratio < LITTLE => format!("less than 0.1 % too many {figure}"),
        _ if ratio > 1.0 => format!("{} too many {figure}", units::percent(ratio - 1.0)),
        _ => format!("reports {} of the {figure}", units::percent(ratio)),
    }
}

/// A factor without its sign: `8,369`, `3.2`.
fn times(ratio: f64) -> String {
    units::short_factor(ratio).trim_end_matches('×').to_owned()
}

/// What is to be said of a family: its grade, and what is wrong, if anything is.
pub fn family(told: &FamilyGrade) -> String {
    match (&told.failure, &told.worst) {
        (Some(failure), _) => format!("failed: {}", first_line(failure)),
        (None, Some(check)) if told.grade > Grade::Exact => {
            format!("{}: {}", told.grade.word(), fault(check))
        }
        (None, _) => told.grade.word().to_owned(),
    }
}

/// What is to be said of a cell.
pub fn cell(audit: &Audit) -> String {
    if let Some(failure) = &audit.failure {
        return format!("failed: {}", first_line(failure));
    }
    audit.worst_family().map_or_else(|| audit.grade.word().to_owned(), family)
}

/// The grade of a tracker, with its mark: `✗ wrong`.
pub fn grade(grade: Grade) -> String {
    format!("{} {}", grade.mark(), grade.word())
}

/// What is worst of a tracker, over all its cells: its worst figure, and that something failed; or how that failed, where
/// no figure is wrong. Empty if nothing is off.
pub fn worst(standing: &Standing) -> String {
    let of_a_family = standing.families.iter().find_map(|(family, worst)| {
        let failure = worst.told.failure.as_ref()?;
        // A list of leaks is asked for in a process of its own: nothing else need have failed.
        let what = if *family == Family::Leaks { "failed to list leaks" } else { "failed" };
        Some((what, &worst.workload, failure))
    });
    let of_a_cell = || standing.failed.as_ref().map(|(workload, how)| ("failed", workload, how));
    let failed = of_a_family.or_else(of_a_cell);
    let failed = failed.map(|(what, workload, how)| (format!("{what} on {workload}"), how));
    // A figure that is wrong says more than a failure, and a failure more than one that is close.
    match (standing.worst_figure().map(|(check, _)| check), failed) {
        (Some(check), Some((what, _))) if check.grade() == Grade::Wrong => {
            format!("{}, and {what}", fault(check))
        }
        (_, Some((what, how))) => format!("{what}: {}", first_line(how)),
        (Some(check), None) if check.grade() > Grade::Exact => fault(check),
        (_, None) => String::new(),
    }
}

/// What a tracker reports figures of: `events, live`. Empty if of nothing.
pub fn reported(standing: &Standing) -> String {
    standing.reported().into_iter().map(Family::word).collect::<Vec<_>>().join(", ")
}

/// How many cells stand at which grade: `9 exact, 4 wrong`.
pub fn cells(standing: &Standing) -> String {
    let counts = standing.cells.iter().map(|(grade, number)| format!("{number} {}", grade.word()));
    counts.collect::<Vec<_>>().join(", ")
}

pub(super) fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_is_not_reported() {
        let mut standing = crate::fixture::judged_summary().standings[0].clone();
        let mut worst = standing.families.values().next().unwrap().clone();
        assert!(!reported(&standing).contains("peak"), "{standing:?}");
        worst.told.grade = Grade::Absent;
        standing.families.insert(Family::Peak, worst.clone());
        assert!(!reported(&standing).contains("peak"), "{standing:?}");
        worst.told.grade = Grade::Wrong;
        standing.families.insert(Family::Peak, worst);
        assert!(reported(&standing).contains("peak"), "{standing:?}");
    }

    #[test]
    fn of_a_tracker_that_never_reports_it_is_said_how_it_failed() {
        let mut standing = crate::fixture::judged_summary().standings[0].clone();
        standing.families.clear();
        assert_eq!(worst(&standing), "");
        standing.failed = Some(("fragmentation".to_owned(), "timed out: after 20s".to_owned()));
        assert_eq!(worst(&standing), "failed on fragmentation: timed out: after 20s");
    }

    #[test]
    fn a_wrong_figure_does_not_hide_that_something_failed() {
        let mut standing = crate::fixture::judged_summary().standings[0].clone();
        let mut some = standing.families.values().next().unwrap().clone();
        let check = Check::new(Family::Peak, "peak live bytes", 100, Some(148));
        (some.told.grade, some.told.worst) = (Grade::Wrong, Some(check));
        standing.families = [(Family::Peak, some.clone())].into();
        assert_eq!(worst(&standing), "48.0 % too many peak live bytes");
        (some.told.worst, some.told.failure) = (None, Some("timed out: after 10s".to_owned()));
        some.workload = "reference-cycles".to_owned();
        standing.families.insert(Family::Leaks, some);
        assert_eq!(
            worst(&standing),
            "48.0 % too many peak live bytes, and failed to list leaks on reference-cycles"
        );
    }

    fn told(family: Family, figure: &str, actual: u64, reported: u64) -> String {
        fault(&Check::new(family, figure, actual, Some(reported)))
    }

    #[test]
    fn faults_are_said_in_words_that_anyone_reads() {
        let live = |actual, reported| told(Family::Live, "live allocations", actual, reported);
        assert_eq!(live(14, 117_166), "8,369× too many live allocations");
        assert_eq!(live(10, 45), "4.5× too many live allocations");
        assert_eq!(live(100, 104), "4.0 % too many live allocations");
        assert_eq!(live(100_000, 100_004), "less than 0.1 % too many live allocations");
        assert_eq!(live(0, 3), "3 live allocations where there are none");
        assert_eq!(live(0, 1), "1 live allocation where there is none");
        assert_eq!(live(5, 5), "live allocations exact");
        assert_eq!(told(Family::Events, "frees", 100, 0), "reports no frees");
        let peak = told(Family::Peak, "peak live bytes", 1_000, 4);
        assert_eq!(peak, "reports 0.4 % of the peak live bytes");
        let leaks = |figure, actual, reported| told(Family::Leaks, figure, actual, reported);
        assert_eq!(leaks("leaks", 0, 7), "lists 7 leaks where nothing leaks");
        assert_eq!(leaks("leaks found", 10, 3), "finds 30.0 % of the leaks");
        assert_eq!(leaks("leaks listed", 3, 12), "lists 4.0 times as many leaks as it finds");
        let some = "reports 83.3 % of the leaked allocations";
        assert_eq!(leaks("leaked allocations", 18, 15), some);
        assert_eq!(leaks("leaks listed", 0, 12), "lists 12 false leaks and no true one");
    }
}
