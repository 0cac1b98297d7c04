//! What a subject started and left behind: found by a mark in its environment, waited for, and ended.
//!
//! A child that is left becomes ours, since we adopt orphans (`PR_SET_CHILD_SUBREAPER`), wherever it has hidden: in a
//! session of its own, or behind a parent that ended at once. Only on Linux; elsewhere what is left stays.

use std::fs;
use std::process;
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;

use crate::common::{interrupt, os};

/// The variable that marks what belongs to a sample.
pub(super) const MARK: &str = "MEMSCOPE_BENCH_SAMPLE";

/// How long what is left may take to end by itself.
const GRACE: Duration = Duration::from_secs(1);

/// How often it is ended: what is being killed may still start others.
const ROUNDS: u32 = 1_000;

/// How often in a row nothing must be seen before nothing is there.
const LOOKS: u32 = 5;

/// A mark of its own for a sample. As long for every sample, since the length of the environment moves the stack.
pub(super) fn mark() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    format!("{:010}-{:012}", process::id(), NUMBER.fetch_add(1, Relaxed))
}

/// Makes orphans of our subjects our children.
pub(super) fn adopt() {
    static ADOPT: Once = Once::new();
    ADOPT.call_once(|| {
        os::adopt_orphans();
        interrupt::before_ending_at_once(end_all);
    });
}

/// Ends all that this process started, and they in turn: when it is about to end itself.
fn end_all() {
    for _ in 0..ROUNDS {
        let left = descendants_of(process::id());
        // A child that has ended and was not waited for is still listed, and is no matter.
        let left: Vec<u32> = left.into_iter().filter(|&one| !has_ended(one)).collect();
        if left.is_empty() {
            return;
        }
        for process in left {
            let _ = kill(Pid::from_raw(process.cast_signed()), Signal::SIGKILL);
        }
    }
}

/// By `proc_pid_stat(5)`: what follows the name in parentheses.
fn has_ended(process: u32) -> bool {
    let state = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    state.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with(['Z', 'X']))
}

/// Waits for what a sample left behind, and ends what stays; gives their names.
pub(super) fn end(mark: &str) -> Vec<String> {
    let deadline = Instant::now() + GRACE;
    while !none_left(mark) {
        if Instant::now() > deadline {
            return stopped(mark);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Vec::new()
}

fn stopped(mark: &str) -> Vec<String> {
    let mut names = Vec::new();
    for _ in 0..ROUNDS {
        if none_left(mark) {
            break;
        }
        for process in left(mark) {
            names.push(name(process));
            let process = Pid::from_raw(process);
            // It may have ended by itself meanwhile; then it only has to be waited for.
            let _ = kill(process, Signal::SIGKILL);
            let _ = waitpid(process, None);
        }
    }
    names
}

/// Looked at several times, since one look may miss a child: when the thread that it is listed under ends, it moves to
/// the list of another that may have been read already, and its environment is empty for a moment as it calls `exec`.
fn none_left(mark: &str) -> bool {
    (0..LOOKS).all(|_| left(mark).is_empty())
}

/// Our children that carry the mark and have not ended.
fn left(mark: &str) -> Vec<i32> {
    let marked = format!("{MARK}={mark}").into_bytes();
    let carries = |process: &i32| {
        let environment = fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
        environment.split(|&byte| byte == 0).any(|variable| variable == marked)
    };
    children_of(process::id()).into_iter().filter(carries).collect()
}

/// All that a process started, and they in turn, where the system tells.
pub(super) fn descendants_of(process: u32) -> Vec<u32> {
    let mut found = Vec::new();
    let mut open = vec![process];
    // A bound, since a fork bomb is faster than we read.
    while let (Some(process), true) = (open.pop(), found.len() < 10_000) {
        let children = children_of(process).into_iter().filter_map(|child| child.try_into().ok());
        let children: Vec<u32> = children.collect();
        found.extend(&children);
        open.extend(children);
    }
    found
}

/// By `proc_pid_task(5)`: each thread has a list of the processes that it started or adopted.
fn children_of(process: u32) -> Vec<i32> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let lists =
        threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let children = lists.flat_map(|list| {
        list.split_ascii_whitespace().filter_map(|one| one.parse().ok()).collect::<Vec<i32>>()
    });
    children.collect()
}

fn name(process: i32) -> String {
    let name = fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
    format!("{} ({process})", name.trim())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    /// A shell that starts others and ends at once.
    fn run(script: &str, mark: &str) {
        adopt();
        let mut shell = Command::new("sh");
        shell.args(["-c", script]).env(MARK, mark).stdout(Stdio::null()).stderr(Stdio::null());
        assert!(shell.status().unwrap().success());
    }

    #[test]
    fn what_is_left_is_ended_wherever_it_hides() {
        let mark = mark();
        run("sleep 300 & (setsid sleep 301 &) & exit 0", &mark);
        let names = end(&mark);
        assert_eq!(names.len(), 2, "{names:?}");
        assert!(names.iter().all(|name| name.starts_with("sleep")), "{names:?}");
        assert_eq!(end(&mark), [""; 0]);
    }

    #[test]
    fn what_ends_soon_is_waited_for() {
        let mark = mark();
        run("sleep 0.2 & exit 0", &mark);
        assert_eq!(end(&mark), [""; 0]);
    }

    #[test]
    fn children_of_others_are_left_alone() {
        let (ours, others) = (mark(), mark());
        run("sleep 302 & exit 0", &others);
        assert_eq!(end(&ours), [""; 0]);
        // The system's list may lack one while another child ends, as those of other tests do.
        let found = (0..1_000).map(|_| stopped(&others)).find(|names| !names.is_empty());
        assert_eq!(found.map(|names| names.len()), Some(1));
    }
}
