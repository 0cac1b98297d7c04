//! Which candidate is compared next, and what was found in the end.
//!
//! The last candidate is compared with the first, which is good; what is worse there is what is looked for. Then
//! always the middle one of those between the last good and the first bad. One that cannot be judged is stepped
//! over: the one nearest to the middle takes its place.

use serde::{Deserialize, Serialize};

use crate::analyse::comparison::{About, Reason};
use crate::plan::candidate::Candidate;

/// What a comparison with the good one says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// What is worse.
    pub worse: Vec<Reason>,
    /// What cannot be told, since the candidate fails there.
    pub untold: Vec<(Option<String>, About)>,
}

/// What is to be said of a candidate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing that is looked for is worse.
    Good,
    /// This is, of what is looked for.
    Bad(Vec<Reason>),
    /// It cannot be judged, for this reason.
    SteppedOver(String),
}

/// A candidate that was compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its number among the candidates.
    pub candidate: usize,
    /// The name of the run in which it was compared; absent if it does not build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// What is to be said of it.
    pub verdict: Verdict,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "found")]
pub enum Found {
    /// The bad one is not worse than the good one.
    Nothing,
    /// The first bad one.
    First {
        /// The last before it, which is good.
        last_good: Candidate,
        /// It.
        first_bad: Candidate,
        /// What is worse, against the good one that was named.
        reasons: Vec<Reason>,
    },
    /// One of several: those between could not be judged.
    Range {
        /// The last that is known to be good.
        last_good: Candidate,
        /// Those of which nothing is known.
        stepped_over: Vec<Candidate>,
        /// The first that is known to be bad.
        first_bad: Candidate,
        /// What is worse there, against the good one that was named.
        reasons: Vec<Reason>,
    },
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// This candidate is compared.
    Compare(usize),
    /// All that can be told is known.
    Done(Found),
}

/// A search among candidates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// From the good one to the bad one; two at least.
    pub candidates: Vec<Candidate>,
    /// Those that were compared, in their order.
    pub steps: Vec<Step>,
}

/// How far a search has come.
struct Reached {
    last_good: usize,
    first_bad: usize,
    /// Those between that may be compared.
    open: Vec<usize>,
}

impl Search {
    /// A search that has not begun.
    pub fn new(candidates: Vec<Candidate>) -> Self {
        Self { candidates, steps: Vec::new() }
    }

    /// The good one.
    pub fn good(&self) -> &Candidate {
        &self.candidates[0]
    }

    /// What is looked for: what is worse in the bad one. Nothing before that is known.
    pub fn sought(&self) -> &[Reason] {
        match self.steps.first().map(|step| &step.verdict) {
            Some(Verdict::Bad(reasons)) => reasons,
            _ => &[],
        }
    }

    /// What comes next.
    pub fn next(&self) -> Next {
        let Some(first) = self.steps.first() else {
            return Next::Compare(self.candidates.len() - 1);
        };
        if first.verdict == Verdict::Good {
            return Next::Done(Found::Nothing);
        }
        let Reached { last_good, first_bad, open } = self.reached();
        let middle = last_good + (first_bad - last_good) / 2;
        match open.into_iter().min_by_key(|candidate| candidate.abs_diff(middle)) {
            Some(next) => Next::Compare(next),
            None => Next::Done(self.found(last_good, first_bad)),
        }
    }

    /// Adds what is to be said of a candidate that was compared in this run.
    pub fn add(&mut self, candidate: usize, run: Option<String>, verdict: Verdict) {
        self.steps.push(Step { candidate, run, verdict });
    }

    /// What is to be said of a candidate.
    pub fn verdict(&self, judged: Judged) -> Verdict {
        let Judged { mut worse, untold } = judged;
        let is_told = |one: &Reason| !untold.contains(&(one.workload.clone(), one.about));
        if self.steps.is_empty() {
            // Where it fails, that is what is looked for, and not all that it therefore does not report.
            worse.retain(is_told);
            return if worse.is_empty() { Verdict::Good } else { Verdict::Bad(worse) };
        }
        let is_like = |one: &Reason, sought: &Reason| {
            (&one.workload, one.about) == (&sought.workload, sought.about)
        };
        // What a candidate that fails does not report is not what is looked for, unless failing is.
        let (told, not_told): (Vec<&Reason>, Vec<&Reason>) =
            self.sought().iter().partition(|one| is_told(one));
        let is_sought = |one: &Reason| told.iter().any(|sought| is_like(one, sought));
        let found: Vec<Reason> = worse.iter().filter(|one| is_sought(one)).cloned().collect();
        match not_told.first() {
            _ if !found.is_empty() => Verdict::Bad(found),
            None => Verdict::Good,
            Some(one) => {
                let fails = worse
                    .iter()
                    .find(|other| other.workload == one.workload && other.about == About::Failure);
                let place = one.workload.as_deref().unwrap_or("some workload");
                let words = fails.map_or_else(|| format!("{place}: fails"), Reason::told);
                Verdict::SteppedOver(words)
            }
        }
    }

    /// How many candidates may still be the first bad one but for the known bad one.
    pub fn left(&self) -> usize {
        match self.steps.len() {
            0 => self.candidates.len() - 2,
            _ => self.reached().open.len(),
        }
    }

    /// How many steps are still to come, if none is stepped over.
    pub fn steps_left(&self) -> u32 {
        usize::BITS - self.left().leading_zeros() + u32::from(self.steps.is_empty())
    }

    fn reached(&self) -> Reached {
        let (mut last_good, mut first_bad) = (0, self.candidates.len() - 1);
        let mut over = Vec::new();
        for step in &self.steps {
            match step.verdict {
                Verdict::Good => last_good = last_good.max(step.candidate),
                Verdict::Bad(_) => first_bad = first_bad.min(step.candidate),
                Verdict::SteppedOver(_) => over.push(step.candidate),
            }
        }
        let open = (last_good + 1..first_bad).filter(|one| !over.contains(one)).collect();
        Reached { last_good, first_bad, open }
    }

    fn found(&self, last_good: usize, first_bad: usize) -> Found {
        let bad = self.steps.iter().find(|step| step.candidate == first_bad);
        let reasons = match bad.map(|step| &step.verdict) {
            Some(Verdict::Bad(reasons)) => reasons.clone(),
            _ => Vec::new(),
        };
        let stepped_over = self.candidates[last_good + 1..first_bad].to_vec();
        let [last_good, first_bad] =
            [last_good, first_bad].map(|index| self.candidates[index].clone());
        if stepped_over.is_empty() {
            Found::First { last_good, first_bad, reasons }
        } else {
            Found::Range { last_good, stepped_over, first_bad, reasons }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::accuracy::Family;

    fn search(number: usize) -> Search {
        let candidate = |n| Candidate { spec: format!("t@0.1.{n}"), name: format!("0.1.{n}") };
        Search::new((0..number).map(candidate).collect())
    }

    fn reason(workload: &str, about: About) -> Reason {
        Reason { workload: Some(workload.to_owned()), about, words: format!("{about:?}") }
    }

    const EVENTS: About = About::Figures(Family::Events);

    fn worse(reasons: &[Reason]) -> Judged {
        Judged { worse: reasons.to_vec(), untold: Vec::new() }
    }

    /// Searches among so many, where those from `bad` on are worse and these do not build; what was found, and
    /// in which order they were compared.
    fn searched(number: usize, bad: usize, broken: &[usize]) -> (Found, Vec<usize>) {
        let mut search = search(number);
        for _ in 0..2 * number {
            match search.next() {
                Next::Compare(one) => {
                    let events = [reason("w", EVENTS)];
                    let verdict = if broken.contains(&one) {
                        Verdict::SteppedOver("does not build".to_owned())
                    } else {
                        search.verdict(worse(if one >= bad { &events } else { &[] }))
                    };
                    search.add(one, None, verdict);
                }
                Next::Done(found) => {
                    return (found, search.steps.iter().map(|step| step.candidate).collect());
                }
            }
        }
        panic!("it does not end: {search:?}");
    }

    fn told(found: &Found) -> (String, Vec<String>, String) {
        let name = |one: &Candidate| one.name.clone();
        match found {
            Found::Nothing => panic!("something is worse"),
            Found::First { last_good, first_bad, .. } => {
                (name(last_good), Vec::new(), name(first_bad))
            }
            Found::Range { last_good, stepped_over, first_bad, .. } => {
                (name(last_good), stepped_over.iter().map(name).collect(), name(first_bad))
            }
        }
    }

    #[test]
    fn the_first_bad_one_is_found_in_as_many_steps_as_it_halves() {
        for number in 2..40_usize {
            for bad in 1..number {
                let (found, compared) = searched(number, bad, &[]);
                let expected = (format!("0.1.{}", bad - 1), Vec::new(), format!("0.1.{bad}"));
                assert_eq!(told(&found), expected, "of {number}");
                assert!(compared.len() as u32 <= search(number).steps_left(), "{compared:?}");
                assert_eq!(compared[0], number - 1, "the bad one comes first");
            }
        }
    }

    #[test]
    fn one_that_does_not_build_is_stepped_over() {
        let (found, compared) = searched(9, 6, &[4, 3]);
        assert_eq!(told(&found), ("0.1.5".to_owned(), Vec::new(), "0.1.6".to_owned()));
        assert_eq!(compared, [8, 4, 3, 5, 6], "the middle, and those nearest to it");
        for (number, bad) in [(9, 6), (9, 1), (9, 8), (30, 11)] {
            for broken in 1..number - 1 {
                let (found, _) = searched(number, bad, &[broken]);
                let (good, over, first) = told(&found);
                if broken == bad || broken + 1 == bad {
                    assert_eq!(over, [format!("0.1.{broken}")], "it may be that one");
                } else {
                    assert!(over.is_empty());
                    assert_eq!((good, first), (format!("0.1.{}", bad - 1), format!("0.1.{bad}")));
                }
            }
        }
    }

    #[test]
    fn where_only_broken_ones_lie_between_the_range_is_named() {
        let (found, _) = searched(9, 5, &[3, 4, 5]);
        let over = ["0.1.3", "0.1.4", "0.1.5"].map(str::to_owned).to_vec();
        assert_eq!(told(&found), ("0.1.2".to_owned(), over, "0.1.6".to_owned()));
        let (found, compared) = searched(4, 2, &[1, 2]);
        assert_eq!(compared, [3, 1, 2]);
        assert!(matches!(found, Found::Range { .. }), "{found:?}");
    }

    #[test]
    fn where_nothing_is_worse_there_is_nothing_to_find() {
        let mut search = search(5);
        assert_eq!(search.verdict(worse(&[])), Verdict::Good);
        search.add(4, None, Verdict::Good);
        assert_eq!(search.next(), Next::Done(Found::Nothing));
    }

    #[test]
    fn only_what_is_worse_in_the_bad_one_counts() {
        let mut search = search(5);
        let sought = [reason("w", EVENTS), reason("w", About::Allocations)];
        let verdict = search.verdict(worse(&sought));
        assert_eq!(verdict, Verdict::Bad(sought.to_vec()), "all that is worse is looked for");
        search.add(4, None, verdict);
        assert_eq!(search.sought(), sought);
        for other in [
            reason("another", EVENTS),
            reason("w", About::Figures(Family::Peak)),
            reason("w", About::OwnHeap),
            Reason { workload: None, ..reason("w", EVENTS) },
        ] {
            assert_eq!(search.verdict(worse(&[other])), Verdict::Good);
        }
        let other_words = Reason { words: "frees 90 %".to_owned(), ..reason("w", EVENTS) };
        let both = [other_words.clone(), reason("another", EVENTS)];
        assert_eq!(search.verdict(worse(&both)), Verdict::Bad(vec![other_words]));
    }

    #[test]
    fn what_a_candidate_does_not_tell_because_it_fails_is_not_held_against_it() {
        let mut search = search(5);
        let sought = [reason("a", EVENTS), reason("b", EVENTS)];
        search.add(4, None, Verdict::Bad(sought.to_vec()));
        let fails = reason("a", About::Failure);
        let crashed = Judged {
            worse: vec![fails.clone(), reason("a", EVENTS)],
            untold: vec![(Some("a".to_owned()), EVENTS)],
        };
        assert_eq!(search.verdict(crashed.clone()), Verdict::SteppedOver("a: Failure".to_owned()));
        let elsewhere = Judged {
            worse: [crashed.worse.clone(), vec![reason("b", EVENTS)]].concat(),
            ..crashed.clone()
        };
        assert_eq!(search.verdict(elsewhere), Verdict::Bad(vec![reason("b", EVENTS)]));
        let only_fails = Verdict::Bad(vec![fails.clone()]);
        assert_eq!(
            self::search(5).verdict(crashed.clone()),
            only_fails,
            "and nothing else is looked for"
        );
        // Where failing is what is looked for, it has failed.
        search.steps[0].verdict = Verdict::Bad(vec![fails.clone(), reason("a", EVENTS)]);
        assert_eq!(search.verdict(crashed), Verdict::Bad(vec![fails]));
    }
}
