//! How a run to the very end is judged.
//!
//! ```text
//! it failed, or did not report its final heap ─▶ failed
//! Memcheck found an error                     ─▶ leaks
//! it leaks on purpose:  the witnesses agree   ─▶ on purpose, else leaks
//! neither witness saw anything left           ─▶ clean, else leaks
//! ```
//!
//! What a tracker holds for itself at the end is its cost, not the program's leak; what a library keeps in
//! a static, by Memcheck's stacks, is no leak either.

use super::{Counted, Judgement};
use crate::common::units::count;
use crate::record::{MemcheckFindings, NotFreed};

/// All that a judgement rests on.
pub(super) struct Evidence<'a> {
    /// How the sample failed, if it did.
    pub(super) failure: Option<String>,
    pub(super) memcheck: Option<&'a MemcheckFindings>,
    pub(super) counted: Option<&'a Counted>,
    pub(super) untracked: bool,
    pub(super) leaks_on_purpose: bool,
}

impl Evidence<'_> {
    /// The judgement, and why.
    pub(super) fn judge(&self) -> (Judgement, Vec<String>) {
        if let Some(failure) = &self.failure {
            return (Judgement::Failed, vec![failure.clone()]);
        }
        let Some(counted) = self.counted else {
            let reason = "the subject did not report its final heap count".to_owned();
            return (Judgement::Failed, vec![reason]);
        };
        if let Some(found) = self.memcheck.filter(|found| found.errors > 0) {
            let places = found.places.join("; ");
            let note = format!("Memcheck: {} errors, of which {places}", found.errors);
            return (Judgement::Leaks, vec![note]);
        }
        let own = self.own(counted);
        let mut notes = Vec::new();
        if own.allocations > 0 {
            notes.push(format!("the tracker itself holds {} at the end", words(own)));
        }
        let seen = self.memcheck.map(|found| without(found.left(), own));
        let judgement = if self.leaks_on_purpose {
            self.on_purpose(counted, seen, &mut notes)
        } else {
            self.by_accident(counted, seen, &mut notes)
        };
        (judgement, notes)
    }

    /// What the tracker holds for itself at the end.
    fn own(&self, counted: &Counted) -> NotFreed {
        if self.untracked { NotFreed::default() } else { counted.own }
    }

    fn on_purpose(
        &self,
        counted: &Counted,
        seen: Option<NotFreed>,
        notes: &mut Vec<String>,
    ) -> Judgement {
        let agreed = seen.is_none_or(|seen| !self.untracked || seen == counted.left);
        notes.push(format!("it leaks on purpose: {}", words(counted.left)));
        if agreed && counted.left.allocations > 0 {
            return Judgement::OnPurpose;
        }
        notes.push("but the two witnesses do not agree on it".to_owned());
        Judgement::Leaks
    }

    fn by_accident(
        &self,
        counted: &Counted,
        seen: Option<NotFreed>,
        notes: &mut Vec<String>,
    ) -> Judgement {
        let mut left = counted.left;
        if let Some(kept) = self.memcheck.and_then(MemcheckFindings::kept_by_libraries)
            && (1..=kept.allocations).contains(&left.allocations)
            && left.bytes <= kept.bytes
        {
            let kept = words(left);
            notes.push(format!("{kept} are kept by a library's static, by Memcheck's stacks"));
            left = NotFreed::default();
        }
        let witnesses = [("the ground truth", Some(left)), ("Memcheck", seen)];
        let leaks: Vec<String> = witnesses
            .into_iter()
            .filter_map(|(witness, left)| Some((witness, left.filter(|l| l.allocations > 0)?)))
            .map(|(witness, left)| format!("{witness}: {} not freed", words(left)))
            .collect();
        if leaks.is_empty() {
            return Judgement::Clean;
        }
        notes.extend(leaks);
        if let Some(found) = self.memcheck {
            notes.extend(found.places.iter().take(5).cloned());
        }
        Judgement::Leaks
    }
}

fn without(left: NotFreed, own: NotFreed) -> NotFreed {
    NotFreed {
        allocations: left.allocations.saturating_sub(own.allocations),
        bytes: left.bytes.saturating_sub(own.bytes),
    }
}

/// What the witnesses differ in.
pub(super) fn difference(found: &MemcheckFindings, counted: &Counted) -> String {
    let more = found.allocations.checked_sub(counted.allocations);
    let bytes = found.bytes.checked_sub(counted.bytes);
    match more.zip(bytes) {
        Some((0, 0)) => {
            "Memcheck and the ground truth agree to the allocation and the byte".to_owned()
        }
        Some((allocations, bytes)) => {
            format!("Memcheck counts {} more", words(NotFreed { allocations, bytes }))
        }
        None => format!(
            "Memcheck counts fewer: {} allocations and {} bytes against {} and {}; that should not be",
            count(found.allocations),
            count(found.bytes),
            count(counted.allocations),
            count(counted.bytes)
        ),
    }
}

pub(super) fn suppressed(found: &MemcheckFindings) -> Option<String> {
    let names: Vec<&str> = found.suppressions.iter().map(|(name, _)| name.as_str()).collect();
    (found.suppressed.allocations > 0)
        .then(|| format!("suppressed by name: {} ({})", words(found.suppressed), names.join(", ")))
}

/// `1 allocation, 48 bytes`.
fn words(left: NotFreed) -> String {
    let plural = |n: u64| if n == 1 { "" } else { "s" };
    format!(
        "{} allocation{}, {} byte{}",
        count(left.allocations),
        plural(left.allocations),
        count(left.bytes),
        plural(left.bytes)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn not_freed(allocations: u64, bytes: u64) -> NotFreed {
        NotFreed { allocations, bytes }
    }

    fn counted(left: NotFreed, own: NotFreed) -> Counted {
        Counted { allocations: 100, frees: 100 - left.allocations, bytes: 4_800, left, own }
    }

    /// What Memcheck found of a process that has lost so much.
    fn memcheck(lost: NotFreed) -> MemcheckFindings {
        MemcheckFindings {
            definitely_lost: lost,
            places: vec!["Leak_DefinitelyLost: workload::run".to_owned()],
            ..MemcheckFindings::default()
        }
    }

    fn judge(evidence: &Evidence<'_>) -> (Judgement, String) {
        let (judgement, notes) = evidence.judge();
        (judgement, notes.join("; "))
    }

    const NOTHING: NotFreed = NotFreed { allocations: 0, bytes: 0 };

    fn evidence<'a>(counted: &'a Counted, memcheck: Option<&'a MemcheckFindings>) -> Evidence<'a> {
        Evidence {
            failure: None,
            memcheck,
            counted: Some(counted),
            untracked: true,
            leaks_on_purpose: false,
        }
    }

    #[test]
    fn what_did_not_run_to_its_end_failed() {
        let clean = counted(NOTHING, NOTHING);
        let failed = Evidence { failure: Some("crashed".to_owned()), ..evidence(&clean, None) };
        assert_eq!(judge(&failed), (Judgement::Failed, "crashed".to_owned()));
        let silent = Evidence { counted: None, ..evidence(&clean, None) };
        assert_eq!(judge(&silent).0, Judgement::Failed);
    }

    #[test]
    fn nothing_left_is_clean_by_one_witness_or_by_two() {
        let clean = counted(NOTHING, NOTHING);
        assert_eq!(judge(&evidence(&clean, None)), (Judgement::Clean, String::new()));
        let found = memcheck(NOTHING);
        assert_eq!(judge(&evidence(&clean, Some(&found))).0, Judgement::Clean);
    }

    #[test]
    fn an_error_is_no_clean_run_though_nothing_is_left() {
        let clean = counted(NOTHING, NOTHING);
        let mut found = memcheck(NOTHING);
        found.errors = 2;
        let (judgement, notes) = judge(&evidence(&clean, Some(&found)));
        assert_eq!(judgement, Judgement::Leaks);
        assert!(notes.starts_with("Memcheck: 2 errors"), "{notes}");
    }

    #[test]
    fn either_witness_alone_can_tell_a_leak() {
        let leaky = counted(not_freed(1, 48), NOTHING);
        let (judgement, notes) = judge(&evidence(&leaky, None));
        assert_eq!(judgement, Judgement::Leaks);
        assert_eq!(notes, "the ground truth: 1 allocation, 48 bytes not freed");
        // A block of the C library's, which never passes the global allocator.
        let clean = counted(NOTHING, NOTHING);
        let found = memcheck(not_freed(2, 64));
        let (judgement, notes) = judge(&evidence(&clean, Some(&found)));
        assert_eq!(judgement, Judgement::Leaks);
        assert!(notes.contains("Memcheck: 2 allocations, 64 bytes not freed"), "{notes}");
        assert!(notes.ends_with("workload::run"), "where it is from: {notes}");
    }

    #[test]
    fn what_a_tracker_holds_for_itself_is_not_the_programs_leak() {
        let held = counted(NOTHING, not_freed(5, 500));
        let found = memcheck(not_freed(5, 500));
        let tracked = Evidence { untracked: false, ..evidence(&held, Some(&found)) };
        let (judgement, notes) = judge(&tracked);
        assert_eq!(judgement, Judgement::Clean);
        assert_eq!(notes, "the tracker itself holds 5 allocations, 500 bytes at the end");
        // One more than its own is a leak.
        let found = memcheck(not_freed(6, 548));
        let tracked = Evidence { untracked: false, ..evidence(&held, Some(&found)) };
        assert_eq!(judge(&tracked).0, Judgement::Leaks);
    }

    #[test]
    fn what_a_library_keeps_in_a_static_is_no_leak_up_to_that_much() {
        let mut found = memcheck(NOTHING);
        found.suppressed = not_freed(2, 1_504);
        found.suppressions = vec![("rust-heap-crossbeam".to_owned(), 2)];
        let kept = counted(not_freed(2, 1_504), NOTHING);
        assert_eq!(judge(&evidence(&kept, Some(&found))).0, Judgement::Clean);
        let more = counted(not_freed(3, 1_600), NOTHING);
        assert_eq!(judge(&evidence(&more, Some(&found))).0, Judgement::Leaks);
        // Only what passed Rust's global allocator excuses the ground truth's count.
        found.suppressions = vec![("std-main-thread".to_owned(), 2)];
        assert_eq!(judge(&evidence(&kept, Some(&found))).0, Judgement::Leaks);
    }

    #[test]
    fn a_leak_on_purpose_has_to_be_there_and_the_same_for_both() {
        let on_purpose =
            |counted, memcheck| Evidence { leaks_on_purpose: true, ..evidence(counted, memcheck) };
        let leaky = counted(not_freed(10, 480), NOTHING);
        let same = memcheck(not_freed(10, 480));
        let other = memcheck(not_freed(11, 528));
        assert_eq!(judge(&on_purpose(&leaky, None)).0, Judgement::OnPurpose);
        assert_eq!(judge(&on_purpose(&leaky, Some(&same))).0, Judgement::OnPurpose);
        assert_eq!(judge(&on_purpose(&leaky, Some(&other))).0, Judgement::Leaks);
        let clean = counted(NOTHING, NOTHING);
        assert_eq!(judge(&on_purpose(&clean, None)).0, Judgement::Leaks);
    }

    #[test]
    fn what_the_witnesses_differ_in_is_told() {
        let clean = counted(NOTHING, NOTHING);
        let with = |allocations, bytes| MemcheckFindings {
            allocations,
            bytes,
            ..MemcheckFindings::default()
        };
        assert!(difference(&with(100, 4_800), &clean).contains("agree to the allocation"));
        let more = difference(&with(118, 44_800), &clean);
        assert_eq!(more, "Memcheck counts 18 allocations, 40,000 bytes more");
        assert!(difference(&with(99, 4_800), &clean).contains("counts fewer"));
    }
}
