//! A bisection in words.

use crate::analyse::bisect::{Bisection, Found, Search, Verdict};
use crate::analyse::comparison::Reason;
use crate::common::shell::quoted;
use crate::common::units;
use crate::plan::candidate::Candidate;
use crate::plan::settings::Settings;

/// What is said before a candidate is compared.
pub fn before(search: &Search, candidate: usize) -> String {
    let Candidate { name, .. } = &search.candidates[candidate];
    let good = &search.good().name;
    if search.steps.is_empty() {
        let between = match search.left() {
            0 => "nothing between them".to_owned(),
            number => format!("{} between them", units::counted(number, "candidate")),
        };
        return format!("step 1: is {name} worse than {good}? ({between})");
    }
    let number = search.steps.len() + 1;
    let left = units::counted(search.left(), "candidate");
    let all = number + search.steps_left() as usize - 1;
    format!("step {number} of about {all}: {name} against {good}; {left} left")
}

/// What is said of the last step: where it leads, and why.
pub fn after(search: &Search) -> String {
    let Some(step) = search.steps.last() else { return String::new() };
    let name = &search.candidates[step.candidate].name;
    match &step.verdict {
        Verdict::Bad(reasons) if search.steps.len() == 1 => {
            let all: Vec<String> = reasons.iter().map(Reason::told).collect();
            format!("{name} is worse; what is looked for:\n  {}", all.join("\n  "))
        }
        Verdict::Bad(reasons) => {
            let more = match reasons.len() {
                0 | 1 => String::new(),
                many => format!("; and {} more", units::counted(many - 1, "reason")),
            };
            let first = reasons.first().map_or(String::new(), Reason::told);
            format!("{name} is bad, so back: {first}{more}")
        }
        Verdict::Good if search.steps.len() == 1 => format!("{name} is not worse"),
        Verdict::Good => {
            format!("{name} is good, so on: nothing that is looked for is worse there")
        }
        Verdict::SteppedOver(why) => {
            format!("{name} is stepped over: {}", why.lines().next().unwrap_or_default())
        }
    }
}

/// What was found.
pub fn found(bisection: &Bisection, found: &Found) -> String {
    let search = &bisection.search;
    let why = |reasons: &[Reason]| {
        reasons.iter().map(|one| format!("\n  {}", one.told())).collect::<String>()
    };
    let shown =
        show(bisection, found).map_or(String::new(), |command| format!("\nTo see it: {command}"));
    match found {
        Found::Nothing => {
            let bad = search.candidates.last().unwrap_or(search.good());
            format!("nothing to find: {} is not worse than {}", bad.name, search.good().name)
        }
        Found::First { last_good, first_bad, reasons } => format!(
            "The first bad one is {}\nThe last good one before it is {}\nWorse than {}:{}{shown}",
            first_bad.name,
            last_good.name,
            search.good().name,
            why(reasons),
        ),
        Found::Range { last_good, stepped_over, first_bad, reasons } => {
            let over: Vec<&str> = stepped_over.iter().map(|one| &*one.name).collect();
            let all: Vec<&str> = over.iter().copied().chain([&*first_bad.name]).collect();
            format!(
                "The first bad one is among {}: {} could not be judged\nThe last good one before them is \
                 {}\n{} is worse than {}:{}{shown}",
                units::listed(&all),
                units::listed(&over),
                last_good.name,
                first_bad.name,
                search.good().name,
                why(reasons),
            )
        }
    }
}

/// The command that shows the difference.
pub fn show(bisection: &Bisection, found: &Found) -> Option<String> {
    let (Found::First { last_good, first_bad, .. } | Found::Range { last_good, first_bad, .. }) =
        found
    else {
        return None;
    };
    let settings = &bisection.settings;
    let (params, default) = (settings.params, Settings::default());
    let mut words = vec!["memscope-bench".to_owned(), "compare".to_owned()];
    words.extend([last_good, first_bad].map(|one| quoted(&one.spec)));
    words.extend(settings.workloads.iter().map(|pattern| format!("-w {}", quoted(pattern))));
    let mut option = |differs: bool, name: &str, value: String| {
        if differs {
            words.push(format!("{name} {value}").trim_end().to_owned());
        }
    };
    option(params.scale != default.params.scale, "--scale", params.scale.to_string());
    option(params.threads != default.params.threads, "--threads", params.threads.to_string());
    option(params.seed != default.params.seed, "--seed", params.seed.to_string());
    option(params.pacing != default.params.pacing, "--original-sleeps", String::new());
    let timeout = default.timeout.as_secs_f64();
    option(settings.timeout_s != timeout, "--timeout", format!("{}s", settings.timeout_s));
    if let Some(samples) = settings.samples {
        option(true, "--samples", samples.to_string());
    }
    if let Some(percent) = bisection.fail_above {
        option(true, "--fail-above", percent.to_string());
    }
    Some(words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::accuracy::Family;
    use crate::analyse::bisect::Next;
    use crate::analyse::comparison::About;
    use crate::record::environment::SettingsRecord;

    fn reason() -> Reason {
        let words = "events less accurate: frees 100 % → 0.0 %".to_owned();
        let about = About::Figures(Family::Events);
        Reason { workload: Some("fragmentation".to_owned()), about, words }
    }

    fn bisection(number: usize) -> Bisection {
        let candidate =
            |n| Candidate { spec: format!("t@git:u#{n}/full"), name: format!("{n} \"a\"") };
        let search = Search::new((0..number).map(candidate).collect());
        let mut settings =
            Settings { workloads: vec!["phase/*".to_owned()], ..Settings::default() };
        settings.params.scale = 0.1;
        Bisection::new("bisect".to_owned(), SettingsRecord::of(&settings), Some(5.0), search)
    }

    fn end(bisection: &Bisection) -> String {
        let Next::Done(what) = bisection.search.next() else { panic!("{bisection:?}") };
        found(bisection, &what)
    }

    #[test]
    fn every_step_is_told_and_what_was_found() {
        let mut bisection = bisection(4);
        assert_eq!(
            before(&bisection.search, 3),
            "step 1: is 3 \"a\" worse than 0 \"a\"? (2 candidates between them)"
        );
        bisection.search.add(3, None, Verdict::Bad(vec![reason()]));
        assert!(
            after(&bisection.search).ends_with(
                "looked for:\n  fragmentation: events less accurate: frees 100 % → 0.0 %"
            )
        );
        assert_eq!(
            before(&bisection.search, 1),
            "step 2 of about 3: 1 \"a\" against 0 \"a\"; 2 candidates left"
        );
        bisection.search.add(1, None, Verdict::SteppedOver("error: no\nmore".to_owned()));
        assert_eq!(after(&bisection.search), "1 \"a\" is stepped over: error: no");
        bisection.search.add(2, None, Verdict::Bad(vec![reason(), reason()]));
        assert!(after(&bisection.search).contains("so back: fragmentation: events"));
        let told = end(&bisection);
        assert!(
            told.starts_with(
                "The first bad one is among 1 \"a\" and 2 \"a\": 1 \"a\" could not be judged"
            ),
            "{told}"
        );
        bisection.search.steps[1].verdict = Verdict::Good;
        let told = end(&bisection);
        assert!(
            told.starts_with("The first bad one is 2 \"a\"\nThe last good one before it is 1"),
            "{told}"
        );
        let command = "memscope-bench compare 't@git:u#1/full' 't@git:u#2/full' -w 'phase/*' --scale 0.1 --fail-above 5";
        assert!(told.ends_with(&format!("To see it: {command}")), "{told}");
    }

    #[test]
    fn where_nothing_is_worse_it_says_so() {
        let mut bisection = bisection(2);
        bisection.search.add(1, None, Verdict::Good);
        assert_eq!(end(&bisection), "nothing to find: 1 \"a\" is not worse than 0 \"a\"");
    }
}
