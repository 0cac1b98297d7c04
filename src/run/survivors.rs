//! What a subject started and left behind: found by its control group and by a mark in its environment, waited for, and
//! ended.
//!
//! A child that is left becomes ours, since we adopt orphans (`PR_SET_CHILD_SUBREAPER`), wherever it has hidden: in a
//! session of its own, or behind a parent that ended at once. Only on Linux; elsewhere what is left stays.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process;
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;

use super::cgroup::ControlGroup;
use crate::common::descendants::{children_of, descendants_of};
use crate::common::os;

/// The variable that marks what belongs to a sample.
const MARK: &str = "MEMSCOPE_BENCH_SAMPLE";

/// How long what is left may take to end by itself.
const GRACE: Duration = Duration::from_secs(1);

/// How often it is ended: what is being killed may still start others.
const ROUNDS: u32 = 1_000;

/// How often in a row nothing must be seen before nothing is there.
const LOOKS: u32 = 5;

/// All that one sample starts.
#[derive(Debug)]
pub(super) struct Offspring {
    mark: String,
    group: Option<ControlGroup>,
}

impl Offspring {
    /// Of a sample that is about to be started.
    pub(super) fn new() -> Self {
        adopt();
        let mark = mark();
        Self { group: ControlGroup::new(&mark).ok(), mark }
    }

    /// What has to stand in the environment of what the sample starts.
    pub(super) fn variable(&self) -> (&'static str, &str) {
        (MARK, &self.mark)
    }

    /// Takes in what was just started. Without a control group, the mark has to do.
    pub(super) fn take_in(&mut self, process: u32) {
        if self.group.as_ref().is_some_and(|group| group.take_in(process).is_err()) {
            self.group = None;
        }
    }

    /// All that a process of it started, and they in turn, and what has got away from them.
    pub(super) fn all(&self, leader: u32) -> BTreeSet<u32> {
        let mut all: BTreeSet<u32> = descendants_of(leader).into_iter().collect();
        all.extend(self.group.iter().flat_map(ControlGroup::members));
        all.insert(leader);
        all
    }

    /// Waits for what a sample left behind, and ends what stays; gives their names.
    pub(super) fn end(&self) -> Vec<String> {
        let deadline = Instant::now() + GRACE;
        while !self.none_left() {
            if Instant::now() > deadline {
                return self.stopped();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Vec::new()
    }

    fn stopped(&self) -> Vec<String> {
        let mut names = BTreeMap::new();
        for _ in 0..ROUNDS {
            if self.none_left() {
                break;
            }
            for process in self.left() {
                names.entry(process).or_insert_with(|| name(process));
                let process = Pid::from_raw(process);
                // It may have ended by itself meanwhile; then it only has to be waited for.
                let _ = kill(process, Signal::SIGKILL);
                let _ = waitpid(process, None);
            }
        }
        names.into_values().collect()
    }

    /// Looked at several times, since one look may miss a child: when the thread that it is listed under ends, it moves
    /// to the list of another that may have been read already, and its environment is empty for a moment as it calls
    /// `exec`. A control group misses none.
    fn none_left(&self) -> bool {
        let looks = if self.group.is_some() { 1 } else { LOOKS };
        (0..looks).all(|_| self.left().is_empty())
    }

    /// What is in the group, and our children that carry the mark, but for those that have ended.
    fn left(&self) -> BTreeSet<i32> {
        let marked = format!("{MARK}={}", self.mark).into_bytes();
        let carries = |process: &i32| {
            let environment = fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
            environment.split(|&byte| byte == 0).any(|variable| variable == marked)
        };
        let members = self.group.iter().flat_map(ControlGroup::members);
        let members = members.filter_map(|process| i32::try_from(process).ok());
        children_of(process::id()).into_iter().filter(carries).chain(members).collect()
    }
}

/// A mark of its own for a sample. As long for every sample, since the length of the environment moves the stack.
fn mark() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    format!("{:010}-{:012}", process::id(), NUMBER.fetch_add(1, Relaxed))
}

/// Makes orphans of our subjects our children.
fn adopt() {
    static ADOPT: Once = Once::new();
    ADOPT.call_once(os::adopt_orphans);
}

fn name(process: i32) -> String {
    let name = fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
    format!("{} ({process})", name.trim())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::*;

    /// A shell that starts others and ends at once; by the mark alone, or in a group of its own.
    fn run(script: &str, with_group: bool) -> Offspring {
        let mut started = Offspring::new();
        if !with_group {
            started.group = None;
        }
        let (name, mark) = started.variable();
        let mut shell = Command::new("sh");
        // What it starts is taken in with it.
        shell.args(["-c", &format!("read go; {script}")]).env(name, mark);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut shell = shell.spawn().unwrap();
        started.take_in(shell.id());
        shell.stdin.take().unwrap().write_all(b"go\n").unwrap();
        assert!(shell.wait().unwrap().success());
        started
    }

    #[test]
    fn what_is_left_is_ended_wherever_it_hides() {
        for with_group in [false, true] {
            let started = run("sleep 300 & (setsid sleep 301 &) & exit 0", with_group);
            let names = started.end();
            assert_eq!(names.len(), 2, "{names:?}");
            assert!(names.iter().all(|name| name.starts_with("sleep")), "{names:?}");
            assert_eq!(started.end(), [""; 0]);
        }
    }

    /// Only a control group holds it.
    #[test]
    fn what_drops_the_mark_is_ended_too() {
        let started = run("env -i setsid sleep 303 & exit 0", true);
        if started.group.is_none() {
            eprintln!("skipped: no control group can be made here");
            return;
        }
        let names = started.end();
        assert_eq!(names.len(), 1, "{names:?}");
        assert_eq!(started.end(), [""; 0]);
    }

    #[test]
    fn what_ends_soon_is_waited_for() {
        assert_eq!(run("sleep 0.2 & exit 0", false).end(), [""; 0]);
    }

    #[test]
    fn children_of_others_are_left_alone() {
        let others = run("sleep 302 & exit 0", false);
        assert_eq!(run("exit 0", true).end(), [""; 0]);
        assert_eq!(others.stopped().len(), 1);
    }
}
